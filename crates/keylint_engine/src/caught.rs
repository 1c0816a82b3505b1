//! Turns a panic into a fact about one file, stack or rule.
//!
//! A bug in one place must not hide what the rest would find. What a panic says is dropped: the
//! text of a failed slice contains the string that was sliced, which may be a secret. Only the
//! place in keylint's own source is kept, by a hook that the program installs.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};

thread_local! {
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Makes panics silent and notes where in keylint they happened. For the program and the server
/// to call once at their start; without it panics print as usual.
pub fn install_panic_hook() {
    panic::set_hook(Box::new(|information| {
        let place = information.location().map(|location| format!("{}:{}", location.file(), location.line()));
        PLACE.with_borrow_mut(|slot| *slot = place);
    }));
}

/// Runs `work`; a panic in it becomes the place that it came from (`unknown` without the hook).
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    PLACE.with_borrow_mut(|slot| *slot = None);
    // Nothing of a failed unit of work is used afterwards, so no broken invariant is seen.
    panic::catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| PLACE.with_borrow_mut(Option::take).unwrap_or_else(|| "unknown".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_place_and_never_its_message() {
        install_panic_hook();
        let caught = catch(|| -> () { panic!("hunter2") }).unwrap_err();
        assert!(caught.contains("caught.rs:"), "{caught}");
        assert!(!caught.contains("hunter2"));
        assert_eq!(catch(|| 1), Ok(1));
    }
}

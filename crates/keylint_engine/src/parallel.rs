//! Runs a function over many items on several threads, in the order of the items.
//!
//! Starting many threads takes longer than checking a small project, so their number goes by the
//! amount of work. Even one thread is one of ours, though: its stack holds trees as deep as the
//! parsers' limits allow, whatever thread the caller lives on. Answers come back in the order of
//! the items: nothing that follows can see how many threads there were.

use rayon::prelude::*;

/// Up to this many files of the usual size one thread is faster than starting others.
pub(crate) const SMALL: usize = 8;

/// The size of a thread's stack. A debug build takes some kilobytes for each level of a tree.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// A block that glibc maps on its own, yet small enough to raise the size from which it does so.
const MAPPED_BYTES: usize = 31 * 1024 * 1024;

/// How much room a thread's heap has from the start.
const ROOM_BYTES: usize = 24 * 1024 * 1024;

/// Runs `work` where [`map`] and every other use of rayon finds the threads of this run: as many
/// as given, or as the machine has, but one for a small number of files (see [`SMALL`]).
pub(crate) fn install<R: Send>(threads: Option<usize>, files: usize, work: impl FnOnce() -> R + Send) -> R {
    let available = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if files <= SMALL { 1 } else { threads.unwrap_or_else(available).max(1) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK_BYTES);
    let pool = pool.start_handler(move |_| {
        if threads > 1 {
            widen_heap();
        }
    });
    match pool.build() {
        Ok(pool) => pool.install(work),
        // No thread to be had: the same work on this one.
        Err(_) => work(),
    }
}

/// Lets the heap of this thread grow in large steps instead of page by page, which takes more system
/// calls than the work of a large run. glibc keeps what was freed at the end of a heap, up to a threshold
/// that it sets to twice the largest block that was mapped on its own and freed.
///
/// Room that nobody writes to takes no memory.
///
/// Source: <https://sourceware.org/glibc/manual/latest/html_node/Malloc-Tunable-Parameters.html>,
/// `M_MMAP_THRESHOLD`.
fn widen_heap() {
    for bytes in [MAPPED_BYTES, ROOM_BYTES] {
        drop(std::hint::black_box(Vec::<u8>::with_capacity(bytes)));
    }
}

/// How many items a thread takes at most before another one can take some: large files stand together.
const AT_ONCE: usize = 4;

/// The answers of `work` for all items, in the order of the items.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    items.par_iter().with_max_len(AT_ONCE).map(&work).collect()
}

/// The answers of two functions.
pub(crate) fn both<A: Send, B: Send>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    rayon::join(first, second)
}

/// Frees something large on whatever thread of the run has nothing else to do.
pub(crate) fn discard<T: Send + 'static>(large: T) {
    rayon::spawn(move || drop(large));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_keep_the_order_of_the_items_on_any_number_of_threads() {
        let items: Vec<usize> = (0..200).collect();
        let expected: Vec<usize> = items.iter().map(|item| item * 2).collect();
        for threads in [1, 2, 8] {
            assert_eq!(install(Some(threads), items.len(), || map(&items, |item| item * 2)), expected);
        }
    }

    #[test]
    fn a_small_run_takes_one_thread() {
        assert_eq!(install(Some(8), 1, rayon::current_num_threads), 1);
        assert_eq!(install(Some(3), 100, rayon::current_num_threads), 3);
    }
}

//! A word on standard error when a run takes long and a person is waiting.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use keylint_engine::Progress;

use crate::environment;

/// Runs shorter than this say nothing.
const PATIENCE: Duration = Duration::from_secs(1);
const REFRESH: Duration = Duration::from_millis(200);

/// Shows progress until it is dropped, and then leaves no trace.
pub(crate) struct Shown {
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

/// Shows progress on standard error, where that is a terminal.
pub(crate) fn show(progress: &Arc<Progress>, quiet: bool) -> Shown {
    if quiet || !environment::stderr_is_terminal() {
        return Shown { running: None };
    }
    let (stop, stopped) = channel::<()>();
    let progress = Arc::clone(progress);
    let work = move || {
        let start = Instant::now();
        let mut wait = PATIENCE;
        let mut shown = false;
        while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
            let seconds = start.elapsed().as_secs();
            let _ = write!(std::io::stderr(), "\r\x1b[2Kchecking: {progress}, {seconds} s");
            let _ = std::io::stderr().flush();
            (wait, shown) = (REFRESH, true);
        }
        if shown {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    };
    // Without a thread to spare there is no progress to see.
    Shown { running: std::thread::Builder::new().spawn(work).ok().map(|thread| (stop, thread)) }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

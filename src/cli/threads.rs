//! How many threads work, and how they are asked to stop.

use super::output::Failure;
use std::sync::atomic::{AtomicBool, Ordering};

/// Does work on the threads asked for; on all cores where none are.
pub(super) fn on_threads<R: Send>(threads: Option<u32>, work: impl FnOnce() -> R + Send) -> Result<R, Failure> {
    let Some(threads) = threads else { return Ok(work()) };
    match rayon::ThreadPoolBuilder::new().num_threads(threads as usize).build() {
        Ok(pool) => Ok(pool.install(work)),
        Err(error) => Err(Failure::refused(
            "threads",
            format!("{threads} threads cannot be started: {error}"),
        )),
    }
}

/// Whether Ctrl-C was pressed.
static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C asks instead of killing; the second time it kills.
pub(super) fn listen_for_interrupt() {
    // Where there is no handler to be had, Ctrl-C kills as ever, and what was saved is there.
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })
    .ok();
}

/// Whether to stop.
pub(super) fn interrupted() -> bool {
    ASKED.load(Ordering::Relaxed)
}

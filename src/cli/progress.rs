//! A line on the terminal while long work is under way; nothing where nobody looks.

use crate::lab::duration;
use crate::session::{Task, TaskKind, Watcher};
use std::io::{IsTerminal, Write, stderr};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Work shorter than this needs no line.
const PATIENCE_SECONDS: f64 = 1.0;

/// Someone to tell how far a task has come.
pub(super) fn watch(task: &Task) -> Watcher {
    if task.kind() == TaskKind::Fit {
        return Box::new(|_| ControlFlow::Continue(()));
    }
    named(&task.title())
}

/// The same for other work, by its name.
pub(super) fn named(title: &str) -> Watcher {
    if !stderr().is_terminal() {
        return Box::new(|_| ControlFlow::Continue(()));
    }
    let (title, start, shown) = (title.to_owned(), Instant::now(), AtomicU64::new(0));
    Box::new(move |done| {
        let seconds = start.elapsed().as_secs_f64();
        // Ten times a second is as often as anyone reads.
        let tick = (seconds * 10.0) as u64;
        if seconds > PATIENCE_SECONDS && (shown.swap(tick, Ordering::Relaxed) != tick || done >= 1.0) {
            let line = if done < 1.0 {
                let left = seconds * (1.0 - done) / done.max(1e-9);
                format!("\r{title}  {:3.0} %  {left:.0} s left ", done * 100.0)
            } else {
                // The line leaves as it came.
                "\r\u{1b}[K".to_owned()
            };
            let mut out = stderr().lock();
            out.write_all(line.as_bytes()).and_then(|()| out.flush()).ok();
        }
        ControlFlow::Continue(())
    })
}

/// A bar with the time left, for work that tells of itself many times a second.
pub(super) struct Bar {
    start: Instant,
    shown: u64,
    terminal: bool,
}

/// Characters of a bar.
const BAR: usize = 24;

impl Bar {
    pub(super) fn new() -> Self {
        Self {
            start: Instant::now(),
            shown: 0,
            terminal: stderr().is_terminal(),
        }
    }

    /// Draws it when there is someone to see it and it has changed for the eye.
    pub(super) fn show(&mut self, done: f64, text: impl FnOnce() -> String) {
        let seconds = self.start.elapsed().as_secs_f64();
        let tick = (seconds * 10.0) as u64;
        if !self.terminal || tick == self.shown {
            return;
        }
        self.shown = tick;
        let full = ((done * BAR as f64) as usize).min(BAR);
        let left = duration(seconds * (1.0 - done) / done.max(1e-9));
        let bar = "█".repeat(full) + &"░".repeat(BAR - full);
        write_line(&format!(
            "\r{bar} {:3.0} %  {left} left  {}\u{1b}[K",
            done * 100.0,
            text()
        ));
    }

    /// The line leaves as it came.
    pub(super) fn clear(&self) {
        if self.terminal && self.shown > 0 {
            write_line("\r\u{1b}[K");
        }
    }
}

fn write_line(line: &str) {
    let mut out = stderr().lock();
    out.write_all(line.as_bytes()).and_then(|()| out.flush()).ok();
}

//! Long work on threads: progress, cancel, and a panic that becomes an error on its row.
//!
//! Knows no window: whoever owns the queue passes a `wake` that is called when something has happened.

use super::task::{Answer, Task, TaskKind};
use crate::lab::panic_text;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

/// Called from workers when an answer or some progress is there.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// A piece of work under way, or one that failed and waits to be dismissed.
#[derive(Debug)]
pub struct Job {
    /// Distinguishes jobs of one queue.
    pub number: u64,
    /// What it is about.
    pub kind: TaskKind,
    /// For its row.
    pub title: String,
    /// Why it failed; such a job is over.
    pub error: Option<String>,
    started: Instant,
    state: Arc<JobState>,
}

#[derive(Debug, Default)]
struct JobState {
    stop: AtomicBool,
    /// Thousandths done.
    progress: AtomicU32,
}

impl Job {
    /// Fraction done.
    pub fn progress(&self) -> f64 {
        f64::from(self.state.progress.load(Ordering::Relaxed)) / 1000.0
    }

    /// Seconds that are left if it goes on as it went; `None` before that can be told.
    pub fn seconds_left(&self) -> Option<f64> {
        seconds_left(self.progress(), self.seconds())
    }

    /// Seconds since it began.
    pub fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }
}

/// Jobs under way.
pub struct Jobs {
    running: Vec<Job>,
    next: u64,
    wake: Wake,
    sender: SyncSender<(u64, Result<Answer, String>)>,
    receiver: Receiver<(u64, Result<Answer, String>)>,
}

impl Jobs {
    /// An empty queue.
    pub fn new(wake: Wake) -> Self {
        let (sender, receiver) = sync_channel(64);
        Self {
            running: vec![],
            next: 0,
            wake,
            sender,
            receiver,
        }
    }

    /// Starts a task on a thread of its own; one of the same kind that is under way is cancelled.
    pub fn start(&mut self, task: Task) {
        self.spawn(task.kind(), task.title(), move |progress| task.run(progress));
    }

    fn spawn(
        &mut self,
        kind: TaskKind,
        title: String,
        work: impl FnOnce(&(dyn Fn(f64) -> ControlFlow<()> + Sync)) -> Answer + Send + 'static,
    ) {
        self.cancel(kind);
        let state = Arc::new(JobState::default());
        let number = self.next;
        self.next += 1;
        let (sender, wake) = (self.sender.clone(), Arc::clone(&self.wake));
        let shared = Arc::clone(&state);
        let thread = move || {
            let progress = |done: f64| {
                let now = (done * 1000.0) as u32;
                let before = shared.progress.swap(now, Ordering::Relaxed);
                // Every percent at the most: thousands of wakes a second help nobody.
                if now / 10 != before / 10 {
                    wake();
                }
                match shared.stop.load(Ordering::Relaxed) {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            };
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&progress))).map_err(|panic| panic_text(&*panic));
            // The queue may be gone with its window.
            sender.send((number, outcome)).ok();
            wake();
        };
        let spawned = std::thread::Builder::new().name(format!("job {number}")).spawn(thread);
        let error = spawned
            .err()
            .map(|error| format!("no thread could be started: {error}"));
        self.running.push(Job {
            number,
            kind,
            title,
            error,
            started: Instant::now(),
            state,
        });
    }

    /// Asks the jobs of a kind to stop and takes them off the list; their answers will be dropped.
    pub fn cancel(&mut self, kind: TaskKind) {
        for job in self.running.iter().filter(|job| job.kind == kind) {
            job.state.stop.store(true, Ordering::Relaxed);
        }
        self.running.retain(|job| job.kind != kind);
    }

    /// What has come in: answers, and jobs that broke, which stay listed with their error.
    pub fn drain(&mut self) -> Vec<Result<Answer, (TaskKind, String)>> {
        let mut outcomes = vec![];
        while let Ok((number, outcome)) = self.receiver.try_recv() {
            let Some(place) = self.running.iter().position(|job| job.number == number) else {
                continue;
            };
            outcomes.push(match outcome {
                Ok(answer) => {
                    self.running.remove(place);
                    Ok(answer)
                }
                Err(text) => {
                    let job = &mut self.running[place];
                    job.error = Some(text.clone());
                    Err((job.kind, text))
                }
            });
        }
        outcomes
    }

    /// Takes a failed job off the list.
    pub fn dismiss(&mut self, number: u64) {
        self.running.retain(|job| job.number != number || job.error.is_none());
    }

    /// Jobs under way and jobs that failed, oldest first.
    pub fn list(&self) -> &[Job] {
        &self.running
    }

    /// Whether anything is under way.
    pub fn busy(&self) -> bool {
        self.running.iter().any(|job| job.error.is_none())
    }
}

/// What is left of work of which a fraction has taken so long. The first moments tell nothing.
fn seconds_left(done: f64, seconds: f64) -> Option<f64> {
    (done >= 0.02 && seconds >= 1.0).then(|| seconds * (1.0 - done) / done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_time_left_is_told_once_it_can_be() {
        assert_eq!(seconds_left(0.25, 4.0), Some(12.0));
        assert_eq!(seconds_left(1.0, 4.0), Some(0.0));
        assert_eq!((seconds_left(0.0, 9.0), seconds_left(0.5, 0.3)), (None, None));
    }

    #[test]
    fn a_panic_becomes_an_error_on_its_row() {
        let mut jobs = Jobs::new(Arc::new(|| {}));
        // The panic hook's message on stderr is expected.
        jobs.spawn(TaskKind::Fit, "Fitting".to_owned(), |_| panic!("index out of range"));
        let (start, mut outcomes) = (Instant::now(), vec![]);
        while jobs.busy() && start.elapsed() < Duration::from_secs(10) {
            outcomes.extend(jobs.drain());
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(
            jobs.list()[0].error.as_deref(),
            Some("internal error: index out of range")
        );
        assert!(matches!(&outcomes[..], [Err((TaskKind::Fit, _))]), "{outcomes:?}");
        let number = jobs.list()[0].number;
        jobs.dismiss(number);
        assert!(jobs.list().is_empty());
    }
}

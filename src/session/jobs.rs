//! Long work on threads: progress, cancel, and a panic that becomes an error on its row.
//!
//! Knows no window: whoever owns the queue passes a `wake` that is called when something has happened.

use super::task::{Answer, Task, TaskKind};
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
        self.cancel(task.kind());
        let state = Arc::new(JobState::default());
        let number = self.next;
        self.next += 1;
        self.running.push(Job {
            number,
            kind: task.kind(),
            title: task.title(),
            error: None,
            started: Instant::now(),
            state: Arc::clone(&state),
        });
        let (sender, wake) = (self.sender.clone(), Arc::clone(&self.wake));
        let work = move || {
            let progress = |done: f64| {
                let now = (done * 1000.0) as u32;
                let before = state.progress.swap(now, Ordering::Relaxed);
                // Every percent at the most: thousands of wakes a second help nobody.
                if now / 10 != before / 10 {
                    wake();
                }
                if state.stop.load(Ordering::Relaxed) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            };
            let outcome = catch_unwind(AssertUnwindSafe(|| task.run(&progress))).map_err(|panic| panic_text(&*panic));
            // The queue may be gone with its window.
            sender.send((number, outcome)).ok();
            wake();
        };
        let spawned = std::thread::Builder::new().name(format!("job {number}")).spawn(work);
        if let (Err(error), Some(job)) = (spawned, self.running.last_mut()) {
            job.error = Some(format!("no thread could be started: {error}"));
        }
    }

    /// Asks the jobs of a kind to stop and takes them off the list; their answers will be dropped.
    pub fn cancel(&mut self, kind: TaskKind) {
        for job in self.running.iter().filter(|job| job.kind == kind) {
            job.state.stop.store(true, Ordering::Relaxed);
        }
        self.running.retain(|job| job.kind != kind);
    }

    /// Answers that have come in; jobs that failed stay listed with their error.
    pub fn drain(&mut self) -> Vec<Answer> {
        let mut answers = vec![];
        while let Ok((number, outcome)) = self.receiver.try_recv() {
            let Some(place) = self.running.iter().position(|job| job.number == number) else {
                continue;
            };
            match outcome {
                Ok(answer) => {
                    self.running.remove(place);
                    answers.push(answer);
                }
                Err(text) => self.running[place].error = Some(text),
            }
        }
        answers
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

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("internal error: {}", text.unwrap_or_else(|| "unknown".to_owned()))
}

//! How far an import has come, for those who wait, and whether they still do.

use super::ImportError;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Told the fraction done; may say to stop.
type Tell<'a> = &'a (dyn Fn(f64) -> ControlFlow<()> + Sync);

/// A part of the whole work.
#[derive(Clone, Copy)]
pub(super) struct Progress<'a> {
    tell: Tell<'a>,
    from: f64,
    to: f64,
}

/// A part is told in so many steps at most.
const STEPS: usize = 100;

impl<'a> Progress<'a> {
    /// Of everything.
    pub(super) fn whole(tell: Tell<'a>) -> Self {
        Self {
            tell,
            from: 0.0,
            to: 1.0,
        }
    }

    /// Of what nobody waits for.
    #[cfg(test)]
    pub(super) fn unwatched() -> Self {
        Self::whole(&|_| ControlFlow::Continue(()))
    }

    /// Of a part of this part.
    pub(super) fn part(self, from: f64, to: f64) -> Self {
        let at = |fraction: f64| self.from + fraction * (self.to - self.from);
        Self {
            tell: self.tell,
            from: at(from),
            to: at(to),
        }
    }

    /// Tells a fraction of this part.
    pub(super) fn at(self, fraction: f64) -> Result<(), ImportError> {
        match (self.tell)(self.from + fraction * (self.to - self.from)) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(ImportError::Cancelled),
        }
    }

    /// Counts so many things to do, of which several may be done at once.
    pub(super) fn steps(self, total: usize) -> Steps<'a> {
        Steps {
            progress: self,
            done: AtomicUsize::new(0),
            total,
        }
    }
}

/// Things of which some are done.
pub(super) struct Steps<'a> {
    progress: Progress<'a>,
    done: AtomicUsize,
    total: usize,
}

impl Steps<'_> {
    /// Some more are done.
    pub(super) fn advance(&self, count: usize) -> Result<(), ImportError> {
        let before = self.done.fetch_add(count, Ordering::Relaxed);
        let step = |done: usize| done * STEPS / self.total.max(1);
        if step(before) == step(before + count) {
            return Ok(());
        }
        self.progress.at((before + count) as f64 / self.total.max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn parts_are_told_as_parts_of_the_whole_and_not_too_often() {
        let told = Mutex::new(Vec::new());
        let tell = |fraction: f64| {
            told.lock().unwrap().push(fraction);
            if fraction < 0.9 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        let second_half = Progress::whole(&tell).part(0.5, 1.0);
        let steps = second_half.steps(10_000);
        let outcome = (0..10_000).try_for_each(|_| steps.advance(1));
        assert!(matches!(outcome, Err(ImportError::Cancelled)));
        let told = told.into_inner().unwrap();
        assert!(told.len() <= STEPS && told[0] > 0.5 && told.is_sorted(), "{told:?}");
    }
}

//! How far a fit can be trusted, beyond its intervals.
//!
//! | question | module |
//! |---|---|
//! | would other reasonable choices have given another answer? | [`multiverse`] |
//! | does the law foresee what it has not seen, and which runs decide it? | [`leave_out`] |
//! | would another law have served better? | [`compare`] |
//! | what does someone else need to know to judge or repeat it? | [`Card`] |
//!
//! Everything takes observations and configurations and gives plain data. Long work runs on the rayon pool it is called from, is
//! told how far it has come and may be stopped; what comes out does not depend on the number of threads.
//!
//! Sources: Li et al. 2025 (arXiv 2502.18969) for the checklist and the choices that matter; Simonsohn et al. 2020
//! (doi:10.1038/s41562-020-0912-z) for running all of them. Limits: none of it sees what all runs have in common.

mod answers;
mod card;
mod comparison;
mod groups;
mod leave_out;
mod multiverse;

pub use answers::{Answers, Budget, Refit};
pub use card::{
    Card, CardExample, CardExclusion, CardField, CardFile, CardFormat, CardNumber, CardSection, NOT_RECORDED, equation,
    escaped,
};
pub use comparison::{Candidate, Comparison, NotCompared, OutOfRange, Ranked, Terms, compare, r2_log};
pub use groups::{Group, GroupKind, by_budget, by_run, by_size};
pub use leave_out::{LeaveOut, Prediction, Shift, Without, leave_out};
pub use multiverse::{
    Choice, ComputeRule, Effect, Multiverse, OutlierRule, ParamsRule, Reading, Span, Universe, multiverse, objectives,
};

use crate::fit::{FitError, Observations};
use rayon::prelude::*;
use serde::ser::{SerializeMap as _, Serializer};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Told the fraction done; may stop the work.
pub type Progress<'a> = &'a (dyn Fn(f64) -> ControlFlow<()> + Sync);

/// Named numbers as an object in their own order.
fn as_map<S: Serializer>(pairs: &[(String, f64)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (name, value) in pairs {
        map.serialize_entry(name, value)?;
    }
    map.end()
}

/// The observations at these places, in this order.
fn only(data: &Observations, places: impl IntoIterator<Item = usize>) -> Observations {
    let mut picked = Observations::default();
    for place in places {
        picked.push(data.x.row(place), data.loss[place], data.run[place]);
    }
    picked
}

/// Does `work` for every item on the current pool, in their order; told to stop, a piece of work gives `Cancelled` when it
/// asks `going`.
fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    progress: Progress<'_>,
    work: impl Fn(&T, &mut dyn FnMut() -> ControlFlow<()>) -> R + Sync,
) -> Result<Vec<R>, FitError> {
    let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let tell = |done: usize| {
        if progress(done as f64 / items.len().max(1) as f64).is_break() {
            stop.store(true, Ordering::Relaxed);
        }
    };
    items
        .par_iter()
        .map(|item| {
            let mut going = || {
                tell(done.load(Ordering::Relaxed));
                if stop.load(Ordering::Relaxed) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            };
            if going().is_break() {
                return Err(FitError::Cancelled);
            }
            let result = work(item, &mut going);
            tell(done.fetch_add(1, Ordering::Relaxed) + 1);
            if stop.load(Ordering::Relaxed) {
                return Err(FitError::Cancelled);
            }
            Ok(result)
        })
        .collect()
}

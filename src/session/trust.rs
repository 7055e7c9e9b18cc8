//! How far the present fit can be trusted, asked from a session: work for another thread, and what it found.

use super::{FitInput, Workspace, candidates, groups, readings};
use crate::fit::{FitError, FitReport};
use crate::law::{LawChoice, LawKind};
use crate::validation::{
    Budget, Candidate, Comparison, Group, GroupKind, LeaveOut, Multiverse, Progress, Reading, compare, leave_out,
    multiverse,
};
use std::sync::Arc;

/// A question about a fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustKind {
    /// Would other reasonable choices have given another answer?
    OtherChoices,
    /// Does the law foresee what it has not seen, and which runs decide it?
    Without(GroupKind),
    /// Would another law have served better?
    OtherLaws,
}

/// What it takes to answer one.
#[derive(Debug, Clone)]
pub struct TrustWork {
    /// Which.
    pub kind: TrustKind,
    input: Arc<FitInput>,
    budget: Budget,
    work: Work,
}

#[derive(Debug, Clone)]
enum Work {
    Multiverse(Vec<Reading>),
    LeaveOut(Box<FitReport>, GroupKind, Vec<Group>),
    Compare(Vec<Candidate>),
}

/// An answer.
#[derive(Debug, Clone)]
pub enum TrustFound {
    /// Of [`TrustKind::OtherChoices`].
    Multiverse(Multiverse),
    /// Of [`TrustKind::Without`].
    LeaveOut(LeaveOut),
    /// Of [`TrustKind::OtherLaws`].
    Comparison(Comparison),
}

impl TrustFound {
    /// In a sentence.
    pub fn summary(&self) -> &str {
        match self {
            Self::Multiverse(found) => &found.summary,
            Self::LeaveOut(found) => &found.summary,
            Self::Comparison(found) => &found.summary,
        }
    }
}

/// How far an answer has come.
#[derive(Debug, Clone)]
pub struct TrustState {
    /// Of which question.
    pub kind: TrustKind,
    /// What was found, or why nothing; `None` while it is under way.
    pub result: Option<Result<TrustFound, String>>,
}

impl TrustWork {
    /// Gathers what a question about the present fit needs, at the budget under the hand.
    ///
    /// # Errors
    /// In words, where the runs do not allow the question.
    pub(super) fn gather(workspace: &Workspace, kind: TrustKind) -> Result<Self, String> {
        let (session, derived) = (workspace.session(), workspace.derived());
        let none = || "there is no fit to ask about".to_owned();
        let report = derived.report().ok_or_else(none)?;
        let input = derived.fit.input.as_ref().ok_or_else(none)?;
        let flops = Some(session.plan.budget);
        let work = match kind {
            TrustKind::OtherChoices => Work::Multiverse(readings(session, derived, Some(session.plan.counts.family))),
            TrustKind::Without(groups_of) => {
                Work::LeaveOut(Box::new(report.clone()), groups_of, groups(input, groups_of)?)
            }
            TrustKind::OtherLaws => {
                let laws = LawKind::ALL.map(LawChoice::from);
                Work::Compare(candidates(session, derived, &laws, flops))
            }
        };
        Ok(Self {
            kind,
            budget: input.budget(flops),
            input: Arc::clone(input),
            work,
        })
    }

    /// Of which fit.
    pub(super) fn input(&self) -> &Arc<FitInput> {
        &self.input
    }

    /// Does it.
    pub(super) fn run(&self, progress: Progress<'_>) -> Result<TrustFound, FitError> {
        let config = &self.input.question.config;
        Ok(match &self.work {
            Work::Multiverse(readings) => TrustFound::Multiverse(multiverse(config, readings, &self.budget, progress)?),
            Work::LeaveOut(report, kind, groups) => {
                let data = &self.input.observations;
                TrustFound::LeaveOut(leave_out(config, data, report, *kind, groups, &self.budget, progress)?)
            }
            Work::Compare(candidates) => TrustFound::Comparison(compare(candidates, &self.budget, progress)?),
        })
    }
}

//! Changes to what is trained here.

use crate::lab::{Budget, CorpusChoice, Design, Planned};
use crate::session::Session;
use crate::units::Tokens;

/// Changes to what is trained here.
#[derive(Debug, Clone, PartialEq)]
pub enum TrainAction {
    /// The text.
    SetCorpus(CorpusChoice),
    /// What the runs are for.
    SetDesign(Design),
    /// What all runs may cost.
    SetBudget(Budget),
    /// Of models and text; also of the runs that are planned.
    SetSeed(u64),
    /// Text limited to so many tokens, which repeat; also of the runs that are planned.
    SetUniqueTokens(Option<Tokens>),
    /// The runs to be done.
    SetPlan(Vec<Planned>),
    /// One run more.
    AddRun(Planned),
    /// One run fewer, by its place.
    RemoveRun(usize),
    /// Another model, width and layers, for the run at a place.
    SetRunSize(usize, [usize; 2]),
    /// Another number of tokens for the run at a place.
    SetRunTokens(usize, u64),
}

impl TrainAction {
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::SetCorpus(_) => "change training text",
            Self::SetDesign(_) => "change what is trained for",
            Self::SetBudget(_) => "change training budget",
            Self::SetSeed(_) => "change seed",
            Self::SetUniqueTokens(_) => "limit training text",
            Self::SetPlan(_) => "plan runs",
            Self::AddRun(_) => "add a run",
            Self::RemoveRun(_) => "remove a run",
            Self::SetRunSize(..) => "change a run's size",
            Self::SetRunTokens(..) => "change a run's tokens",
        }
    }

    pub(super) fn apply(self, session: &mut Session) {
        let train = &mut session.train;
        match self {
            Self::SetCorpus(corpus) => train.corpus = corpus,
            Self::SetDesign(design) => train.design = design,
            Self::SetBudget(budget) => train.budget = budget,
            Self::SetSeed(seed) => {
                // Runs that differ by their seed alone still do.
                for run in &mut train.runs {
                    run.seed = run.seed.saturating_sub(train.seed).saturating_add(seed);
                }
                train.seed = seed;
            }
            Self::SetUniqueTokens(tokens) => {
                train.unique_tokens = tokens;
                let limit = train.unique_limit();
                train.runs.iter_mut().for_each(|run| run.unique_tokens = limit);
            }
            Self::SetPlan(runs) => train.runs = runs,
            Self::AddRun(run) => train.runs.push(run),
            Self::RemoveRun(place) => {
                if place < train.runs.len() {
                    train.runs.remove(place);
                }
            }
            Self::SetRunSize(place, [width, layers]) => {
                if let Some(run) = train.runs.get_mut(place) {
                    *run = Planned::new([width, layers], run.tokens, run.seed, run.unique_tokens);
                }
            }
            Self::SetRunTokens(place, tokens) => {
                if let Some(run) = train.runs.get_mut(place) {
                    run.set_tokens(tokens);
                }
            }
        }
        // Names are folders: each says what its run is, and no two are the same.
        for place in 0..train.runs.len() {
            let (before, rest) = train.runs.split_at_mut(place);
            if let Some(run) = rest.first_mut() {
                run.name_unlike(before.iter().map(|run| &*run.name));
            }
        }
    }
}

//! What the run table shows: a row a run, kept until the fit's question or answer changes; filtered and sorted once for
//! each filter and order, so that a frame costs the rows in sight and no more.

use crate::app::readout::{Facts, file_name};
use crate::data::{Expression, Finding, FindingKind, Role, RunTable};
use crate::figure::Datum;
use crate::session::{ByHand, DataId, FitInput, LoadState, TableSelection, Workspace};
use std::cmp::Ordering;
use std::collections::HashMap;

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Run,
    Params,
    Tokens,
    Flops,
    TokensPerParam,
    Loss,
    Residual,
    Health,
    State,
    File,
}

impl Column {
    pub(super) const ALL: [Self; 10] = [
        Self::Run,
        Self::Params,
        Self::Tokens,
        Self::Flops,
        Self::TokensPerParam,
        Self::Loss,
        Self::Residual,
        Self::Health,
        Self::State,
        Self::File,
    ];

    /// Heading, what it is, share of the width, whether it holds numbers.
    pub(super) fn about(self) -> (&'static str, &'static str, f32, bool) {
        match self {
            Self::Run => ("Run", "Name of the run", 2.5, false),
            Self::Params => ("N", "Parameters", 1.0, true),
            Self::Tokens => ("D", "Training tokens", 1.0, true),
            Self::Flops => ("C", "Training compute in FLOP; 6ND where the file has none", 1.4, true),
            Self::TokensPerParam => ("D/N", "Tokens per parameter", 0.9, true),
            Self::Loss => ("Loss", "Loss in nats per token", 0.9, true),
            Self::Residual => ("Residual", "Residual of ln L in the present fit", 1.2, true),
            Self::Health => ("Health", "What is suspicious about the run", 1.6, false),
            Self::State => ("In the fit", "Used, or why not", 1.7, false),
            Self::File => ("File", "Where the run comes from", 1.4, false),
        }
    }
}

/// A run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// Its last point that could take part.
    pub(super) datum: Datum,
    /// Index in its table.
    pub(super) run: usize,
    pub(super) facts: Facts,
    /// Bits of [`KINDS`].
    badges: u16,
    /// Index into [`Rows::states`].
    state: usize,
    /// Left out by hand.
    pub(super) by_hand: bool,
    /// Index into [`Rows::files`].
    file: usize,
}

impl Row {
    /// Whether it takes part.
    pub(super) fn used(&self) -> bool {
        self.state == USED
    }

    /// Whether anything is suspicious.
    pub(super) fn ill(&self) -> bool {
        self.badges != 0
    }

    fn number(&self, column: Column) -> Option<f64> {
        match column {
            Column::Params => self.facts.params,
            Column::Tokens => self.facts.tokens,
            Column::Flops => self.facts.flops,
            Column::TokensPerParam => self.facts.tokens_per_param(),
            Column::Loss => self.facts.loss,
            Column::Residual => self.facts.residual,
            _ => None,
        }
    }
}

/// In the order of their bits.
const KINDS: [FindingKind; 8] = [
    FindingKind::Diverged,
    FindingKind::DidNotTrain,
    FindingKind::CrashedEarly,
    FindingKind::ExactDuplicate,
    FindingKind::NearDuplicate,
    FindingKind::TooFewCheckpoints,
    FindingKind::LooksSampled,
    FindingKind::FewDigits,
];

/// The first states.
const USED: usize = 0;
const NO_LOSS: usize = 1;

/// What decides which rows are seen, in which order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wish {
    pub(super) filter: String,
    pub(super) column: Column,
    pub(super) falling: bool,
}

/// The rows, and those that are seen.
#[derive(Default)]
pub(super) struct Rows {
    revision: Option<u64>,
    pub(super) all: Vec<Row>,
    states: Vec<String>,
    files: Vec<(DataId, String)>,
    answered: Option<Wish>,
    /// Indices of the rows that are seen.
    pub(super) order: Vec<usize>,
    /// Why the filter cannot be read.
    pub(super) error: Option<String>,
}

impl Rows {
    /// Takes in what has changed since the last frame.
    pub(super) fn refresh(&mut self, workspace: &Workspace, wish: &Wish) {
        let revision = workspace.derived().revision;
        let Some(input) = &workspace.derived().fit.input else {
            *self = Self::default();
            return;
        };
        if self.revision != Some(revision) {
            self.gather(workspace, input);
            self.revision = Some(revision);
            self.answered = None;
        }
        if self.answered.as_ref() != Some(wish) {
            self.arrange(input, wish);
            self.answered = Some(wish.clone());
        }
    }

    pub(super) fn name<'a>(&self, workspace: &'a Workspace, row: &Row) -> &'a str {
        crate::app::readout::run_name(workspace, row.datum).unwrap_or_default()
    }

    pub(super) fn state(&self, row: &Row) -> &str {
        &self.states[row.state]
    }

    pub(super) fn file(&self, row: &Row) -> &str {
        &self.files[row.file].1
    }

    /// What is suspicious about a run, in a few words each.
    pub(super) fn health(row: &Row) -> String {
        let found = KINDS.iter().enumerate().filter(|(bit, _)| row.badges & (1 << bit) != 0);
        let words: Vec<&str> = found.map(|(_, kind)| kind.words()).collect();
        words.join(", ")
    }

    fn gather(&mut self, workspace: &Workspace, input: &FitInput) {
        self.all.clear();
        self.states = vec!["used".to_owned(), "no loss".to_owned()];
        let sets = workspace.session().data.iter();
        self.files = sets.map(|set| (set.id, file_name(&set.source))).collect();
        let places: HashMap<DataId, usize> = self.files.iter().enumerate().map(|(i, (id, _))| (*id, i)).collect();
        let mut known: HashMap<String, usize> = HashMap::new();
        for (index, part) in input.tables.iter().enumerate() {
            let by_hand = ByHand::of(part, &input.question.exclusions);
            let ill = findings(workspace, part);
            let excluded = &part.selected.excluded;
            for (run, point) in last_points(part).into_iter().enumerate() {
                let Some((point, considered)) = point else { continue };
                let out = excluded.binary_search_by_key(&point, |excluded| excluded.point);
                let state = match out {
                    Ok(place) => {
                        let states = &mut self.states;
                        *known
                            .entry(excluded[place].reason.clone())
                            .or_insert_with_key(|reason| {
                                states.push(reason.clone());
                                states.len() - 1
                            })
                    }
                    Err(_) if considered => USED,
                    Err(_) => NO_LOSS,
                };
                let datum = Datum { table: index, point };
                self.all.push(Row {
                    datum,
                    run,
                    facts: Facts::of(workspace, datum),
                    badges: ill.get(&*part.table.runs()[run].name).copied().unwrap_or(0),
                    state,
                    by_hand: by_hand.reason(point).is_some(),
                    file: places.get(&part.source(point)).copied().unwrap_or(0),
                });
            }
        }
    }

    fn arrange(&mut self, input: &FitInput, wish: &Wish) {
        let filter = Filter::of(&wish.filter, input);
        self.error = match &filter {
            Filter::Unread(error) => Some(error.clone()),
            _ => None,
        };
        let table = |row: &Row| &*input.tables[row.datum.table].table;
        let seen = |row: &Row| match &filter {
            Filter::All | Filter::Unread(_) => true,
            Filter::Rows(read) => read[row.datum.table]
                .as_ref()
                .is_some_and(|expression| expression.keeps(table(row), row.datum.point)),
            Filter::Words(words) => {
                let holds = |text: &str| text.to_lowercase().contains(words);
                holds(table(row).run_name(row.datum.point))
                    || holds(self.state(row))
                    || (row.ill() && holds(&Self::health(row)))
                    || holds(self.file(row))
            }
        };
        let mut order: Vec<usize> = (0..self.all.len()).filter(|index| seen(&self.all[*index])).collect();
        let compare = |a: &Row, b: &Row| match wish.column {
            Column::Run => table(a).run_name(a.datum.point).cmp(table(b).run_name(b.datum.point)),
            Column::Health => a.badges.reverse_bits().cmp(&b.badges.reverse_bits()),
            Column::State => self.state(a).cmp(self.state(b)),
            Column::File => self.file(a).cmp(self.file(b)),
            _ => Ordering::Equal,
        };
        order.sort_by(|a, b| {
            let (a, b) = (&self.all[*a], &self.all[*b]);
            let turned = |order: Ordering| if wish.falling { order.reverse() } else { order };
            match (a.number(wish.column), b.number(wish.column)) {
                (Some(a), Some(b)) => turned(a.total_cmp(&b)),
                // What is not known stands last, however it is sorted.
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => turned(compare(a, b)),
            }
        });
        self.order = order;
    }
}

/// What the filter field asks for.
enum Filter {
    All,
    /// An expression as each table reads it.
    Rows(Vec<Option<Expression>>),
    /// Part of a name, reason or badge, in lower case.
    Words(String),
    /// Meant as an expression, and no table can read it.
    Unread(String),
}

impl Filter {
    /// What has a comparison in it is an expression.
    fn of(text: &str, input: &FitInput) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::All;
        }
        if !text.contains(['<', '>', '=', '≤', '≥', '≠']) {
            return Self::Words(text.to_lowercase());
        }
        let tables = input.tables.iter().map(|part| Expression::parse(text, &part.table));
        let read: Vec<Result<Expression, _>> = tables.collect();
        match read.iter().find_map(|read| read.as_ref().err()) {
            Some(error) if read.iter().all(Result::is_err) => Self::Unread(error.to_string()),
            _ => Self::Rows(read.into_iter().map(Result::ok).collect()),
        }
    }
}

/// The point that stands for each run, and whether it could take part: the farthest of those that do, else of those that
/// were left out, else the first.
fn last_points(part: &TableSelection) -> Vec<Option<(usize, bool)>> {
    let table: &RunTable = &part.table;
    let mut last: Vec<Option<(usize, bool)>> = vec![None; table.runs().len()];
    let progress = [Role::Step, Role::Tokens].map(|role| table.quantity(role));
    let at = |point: usize| progress.iter().flatten().find_map(|numbers| numbers.get(point));
    let used = part.selected.used.iter().copied();
    for point in used {
        let place = &mut last[table.run_of(point)];
        if place.is_none_or(|(known, _)| at(point) >= at(known)) {
            *place = Some((point, true));
        }
    }
    let taken: Vec<bool> = last.iter().map(Option::is_some).collect();
    for point in part.selected.excluded.iter().map(|excluded| excluded.point) {
        let run = table.run_of(point);
        if !taken[run] && last[run].is_none_or(|(known, _)| at(point) >= at(known)) {
            last[run] = Some((point, true));
        }
    }
    for point in 0..table.points().len() {
        last[table.run_of(point)].get_or_insert((point, false));
    }
    last
}

/// Bits of what was found about runs, by name. What holds of nearly all of them marks none out.
fn findings<'a>(workspace: &'a Workspace, part: &TableSelection) -> HashMap<&'a str, u16> {
    let mut found: HashMap<&str, u16> = HashMap::new();
    for member in &part.members {
        let Some(LoadState::Ready(loaded)) = workspace.derived().file(*member) else {
            continue;
        };
        let all = loaded.table.runs().len();
        let telling = |finding: &&Finding| finding.runs.len() * 10 <= all * 9;
        for finding in loaded.report.health.iter().filter(telling) {
            let bit = KINDS.iter().position(|kind| *kind == finding.kind);
            for run in finding.runs.iter().filter_map(|run| loaded.table.runs().get(*run)) {
                *found.entry(&run.name).or_default() |= bit.map_or(0, |bit| 1 << bit);
            }
        }
    }
    found
}

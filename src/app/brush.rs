//! The runs that the user selected: in a plot, with the lasso or in the table, and the same in all of them.
//!
//! A selection belongs to the window: it is neither saved nor undone. It is of whole runs, as exclusions are, and lasts
//! while the same files are shown; when they are read again or joined another way, its runs are found again by name.

use crate::data::RunTable;
use crate::figure::Datum;
use crate::session::{Action, ByHand, DataAction, DataId, FitInput, RunKey, TableSelection, Workspace};
use eframe::egui::Modifiers;
use std::collections::HashSet;
use std::sync::Arc;

/// Why runs are left out, where the user says nothing.
pub(super) const REASON: &str = "by hand";

/// What becomes of the selection when more is pointed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Only that.
    Replace,
    /// That too.
    Add,
    /// Not that any more.
    Remove,
}

impl How {
    /// Shift adds, Alt removes.
    pub(super) fn of(modifiers: Modifiers) -> Self {
        if modifiers.alt {
            Self::Remove
        } else if modifiers.shift {
            Self::Add
        } else {
            Self::Replace
        }
    }
}

/// The selection.
#[derive(Default)]
pub(super) struct Brush {
    /// By table and run.
    chosen: Vec<Vec<bool>>,
    /// What the indices mean.
    tables: Vec<(Vec<DataId>, Arc<RunTable>)>,
    revision: Option<u64>,
    points: Vec<Datum>,
    counts: Counts,
    /// Typed or chosen for the next exclusion; empty is [`REASON`].
    pub(super) reason: String,
    /// Moves with every change, so that the table can follow.
    pub(super) version: u64,
}

/// How many runs are selected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// In all.
    pub(super) runs: usize,
    /// Of them those left out by hand.
    pub(super) by_hand: usize,
}

impl Brush {
    /// The points of the selected runs that views draw, sorted.
    pub(super) fn points(&self) -> &[Datum] {
        &self.points
    }

    /// How many runs are selected.
    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// Whether nothing is selected.
    pub(super) fn is_empty(&self) -> bool {
        self.counts.runs == 0
    }

    /// Whether a run is selected.
    pub(super) fn holds(&self, table: usize, run: usize) -> bool {
        self.chosen.get(table).and_then(|runs| runs.get(run)) == Some(&true)
    }

    /// Selects nothing.
    pub(super) fn clear(&mut self) {
        self.chosen.iter_mut().for_each(|runs| runs.fill(false));
        self.moved();
    }

    /// Selects the runs of these measurements.
    pub(super) fn pick(&mut self, workspace: &Workspace, data: impl IntoIterator<Item = Datum>, how: How) {
        self.refresh(workspace);
        if how == How::Replace {
            self.chosen.iter_mut().for_each(|runs| runs.fill(false));
        }
        for datum in data {
            let Some((_, table)) = self.tables.get(datum.table) else {
                continue;
            };
            if datum.point < table.points().len() {
                self.chosen[datum.table][table.run_of(datum.point)] = how != How::Remove;
            }
        }
        self.moved();
        self.refresh(workspace);
    }

    /// Takes in what has changed since the last frame.
    pub(super) fn refresh(&mut self, workspace: &Workspace) {
        let derived = workspace.derived();
        if self.revision == Some(derived.revision) {
            return;
        }
        self.revision = Some(derived.revision);
        let Some(input) = &derived.fit.input else {
            // Files are being read; what was selected is found again in them.
            (self.points, self.counts) = (vec![], Counts::default());
            return;
        };
        self.follow(input);
        (self.points, self.counts) = (vec![], Counts::default());
        for (index, (part, chosen)) in input.tables.iter().zip(&self.chosen).enumerate() {
            let runs = chosen.iter().filter(|chosen| **chosen).count();
            if runs == 0 {
                continue;
            }
            let by_hand = ByHand::of(part, &input.question.exclusions);
            let mut out = HashSet::new();
            let excluded = part.selected.excluded.iter().map(|excluded| excluded.point);
            for point in part.selected.used.iter().copied().chain(excluded) {
                let run = part.table.run_of(point);
                if chosen[run] {
                    self.points.push(Datum { table: index, point });
                    if by_hand.reason(point).is_some() {
                        out.insert(run);
                    }
                }
            }
            self.counts.runs += runs;
            self.counts.by_hand += out.len();
        }
        self.points.sort_unstable();
    }

    /// Finds the selected runs again where the tables are others than before.
    fn follow(&mut self, input: &FitInput) {
        let same =
            |((_, known), part): (&(Vec<DataId>, Arc<RunTable>), &TableSelection)| Arc::ptr_eq(known, &part.table);
        if self.tables.len() == input.tables.len() && self.tables.iter().zip(&input.tables).all(same) {
            return;
        }
        let mut names: HashSet<(DataId, &str)> = HashSet::new();
        for ((members, table), chosen) in self.tables.iter().zip(&self.chosen) {
            for (run, _) in table.runs().iter().zip(chosen).filter(|(_, chosen)| **chosen) {
                names.extend(members.iter().map(|member| (*member, run.name.as_str())));
            }
        }
        let found = input.tables.iter().map(|part| {
            let known = |name: &str| part.members.iter().any(|member| names.contains(&(*member, name)));
            part.table.runs().iter().map(|run| known(&run.name)).collect()
        });
        self.chosen = found.collect();
        self.tables = input
            .tables
            .iter()
            .map(|part| (part.members.clone(), Arc::clone(&part.table)))
            .collect();
    }

    fn moved(&mut self) {
        self.revision = None;
        self.version += 1;
        self.counts = Counts::default();
        self.points.clear();
    }

    /// Leaves the selected runs out, for the reason that was typed.
    pub(super) fn exclude(&self, workspace: &Workspace) -> Option<Action> {
        let what: Vec<RunKey> = self.runs(workspace).map(|(part, run)| key(part.id, run)).collect();
        let reason = match self.reason.trim() {
            "" => REASON,
            reason => reason,
        };
        (!what.is_empty()).then(|| {
            Action::Data(DataAction::Exclude {
                what,
                reason: reason.to_owned(),
            })
        })
    }

    /// Lets those of the selected runs take part again that were left out by hand.
    pub(super) fn restore(&self, workspace: &Workspace) -> Option<Action> {
        let exclusions = workspace.session().exclusions.iter();
        let out: HashSet<(DataId, &str)> = exclusions.map(|out| (out.of.data, out.of.run.as_str())).collect();
        // Of a joined table, whichever of its files they were left out of.
        let what: Vec<RunKey> = self
            .runs(workspace)
            .flat_map(|(part, run)| part.members.iter().map(move |member| (*member, run)))
            .filter(|key| out.contains(key))
            .map(|(data, run)| key(data, run))
            .collect();
        (!what.is_empty()).then_some(Action::Data(DataAction::Restore(what)))
    }

    /// Leaves the run of a measurement out, or lets it in, whatever is selected.
    pub(super) fn toggled(&self, workspace: &Workspace, datum: Datum) -> Option<Action> {
        let mut one = Self {
            reason: self.reason.clone(),
            ..Self::default()
        };
        one.pick(workspace, [datum], How::Replace);
        if one.counts.by_hand > 0 {
            one.restore(workspace)
        } else {
            one.exclude(workspace)
        }
    }

    /// The selected runs by name.
    fn runs<'a>(&'a self, workspace: &'a Workspace) -> impl Iterator<Item = (&'a TableSelection, &'a str)> {
        let tables = workspace.derived().fit.input.iter().flat_map(|input| &input.tables);
        tables.zip(&self.chosen).flat_map(|(part, chosen)| {
            let runs = part.table.runs().iter().zip(chosen);
            runs.filter(|(_, chosen)| **chosen)
                .map(move |(run, _)| (part, &*run.name))
        })
    }
}

fn key(data: DataId, run: &str) -> RunKey {
    RunKey {
        data,
        run: run.to_owned(),
        line: None,
    }
}

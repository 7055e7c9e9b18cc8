//! What a fit is asked: which runs, by which rule, with which law. Two equal questions have one answer.

use super::exclusion::ByHand;
use super::prepared::{Prepared, PreparedTable};
use super::{DataId, Derived, Exclusion, HeldOut, Session};
use crate::data::{Quantities, Role, RunTable, Selected, Selection};
use crate::figure::Datum;
use crate::fit::{FitConfig, Observations, Severity, Verdict, VerdictCode};
use crate::import::{ContentHash, ImportOptions};
use crate::law::{Inputs, LawChoice, Response};
use std::collections::BTreeMap;
use std::sync::Arc;

/// `loss` of `log(loss)`: what is fitted may be the logarithm of a number.
pub fn logged(y: &str) -> Option<&str> {
    y.trim().strip_prefix("log(")?.strip_suffix(')').map(str::trim)
}

/// Whether a name in a formula is a number of the runs: a column of theirs, or N, D, C where they have it.
fn is_variable(table: &RunTable, name: &str) -> bool {
    // A formula for the loss does not take the loss.
    let role = Role::of_symbol(name).filter(|role| *role != Role::Loss);
    table.columns().iter().any(|column| column.name == name) || role.is_some_and(|role| table.quantity(role).is_some())
}

/// The key of a fit.
#[derive(Debug, Clone, PartialEq)]
pub struct FitQuestion {
    /// Files, how they were read, and the hash of their bytes: last, as comparing it may take time.
    pub data: Vec<(DataId, ImportOptions, ContentHash)>,
    /// Which of their runs.
    pub selection: Selection,
    /// Which loss, N and C of each run.
    pub quantities: Quantities,
    /// Whether files of one study are joined.
    pub join: bool,
    /// Runs and points of these files that are left out by hand.
    pub exclusions: Vec<Exclusion>,
    /// Law, objective, held parameters.
    pub config: FitConfig,
    /// Variable of one-variable laws.
    pub x: String,
    /// What is fitted.
    pub y: String,
    /// Share of largest C that is kept out.
    pub hold_out: Option<f64>,
}

/// A table with what was selected of it.
#[derive(Debug, Clone)]
pub struct TableSelection {
    /// The data set with the losses.
    pub id: DataId,
    /// Every data set that was joined to it, itself the first.
    pub members: Vec<DataId>,
    /// From which of them the points come, in order, each with the index after its last point.
    pub parts: Vec<(DataId, usize)>,
    /// How they were joined: what matched and what did not.
    pub notes: Vec<String>,
    /// The runs.
    pub table: Arc<RunTable>,
    /// Those that take part and those that do not.
    pub selected: Selected,
}

impl TableSelection {
    /// The data set whose file has the line of a point.
    pub fn source(&self, point: usize) -> DataId {
        let part = self.parts.iter().find(|(_, end)| point < *end);
        part.map_or(self.id, |(id, _)| *id)
    }

    /// Whether runs of a data set are in the table.
    pub fn holds(&self, id: DataId) -> bool {
        self.members.contains(&id)
    }
}

/// A point that could take part and does not.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// Which point; the table by position in [`FitInput::tables`].
    pub datum: Datum,
    /// Name of its run.
    pub run: String,
    /// In words.
    pub reason: String,
}

/// A question with everything needed to answer it.
#[derive(Debug, Clone)]
pub struct FitInput {
    /// The key.
    pub question: FitQuestion,
    /// The tables, in session order. `selected.used` holds only points that are fitted.
    pub tables: Vec<TableSelection>,
    /// What the fitter takes.
    pub observations: Observations,
    /// Where each observation comes from.
    pub data: Vec<Datum>,
    /// Points left out, with reasons; held-out points are not among them.
    pub left_out: Vec<LeftOut>,
    /// Points kept out of the fit to be scored.
    pub held_out: Vec<HeldOut>,
    /// The row filter cannot be read.
    pub filter_error: Option<String>,
}

impl FitInput {
    /// Gathers the shown tables of a session; `None` while one of them is still being read.
    pub fn gather(session: &Session, derived: &mut Derived) -> Option<Self> {
        let prepared = Prepared::of(session, derived)?;
        Self::asked(session, derived, &prepared.tables)
    }

    /// As [`Self::gather`], for choices that the user has not made: nothing of it is kept.
    pub fn beside(session: &Session, derived: &Derived) -> Option<Self> {
        let prepared = Prepared::beside(session, derived)?;
        Self::asked(session, derived, &prepared.tables)
    }

    fn asked(session: &Session, derived: &Derived, tables: &[PreparedTable]) -> Option<Self> {
        let mut question = FitQuestion {
            data: vec![],
            selection: session.selection.clone(),
            quantities: session.quantities,
            join: session.join,
            exclusions: vec![],
            config: session.fit.config.clone(),
            x: session.fit.x.clone(),
            y: session.fit.y.clone(),
            hold_out: session.fit.hold_out,
        };
        for set in session.shown() {
            let Some(loaded) = derived.loaded(set.id)? else {
                continue;
            };
            question.data.push((set.id, set.import.clone(), loaded.hash.clone()));
            let of_set = session
                .exclusions
                .iter()
                .filter(|exclusion| exclusion.of.data == set.id);
            question.exclusions.extend(of_set.cloned());
        }
        Some(Self::select(question, tables))
    }

    fn select(mut question: FitQuestion, tables: &[PreparedTable]) -> Self {
        if let LawChoice::Formula(formula) = &question.config.law {
            let formula = formula.bind(|name| tables.iter().any(|prepared| is_variable(&prepared.table, name)));
            question.config.law = LawChoice::Formula(formula);
        }
        let mut input = Self {
            tables: vec![],
            observations: Observations::default(),
            data: vec![],
            left_out: vec![],
            held_out: vec![],
            filter_error: None,
            question,
        };
        let mut first_run = 0;
        for (index, prepared) in tables.iter().enumerate() {
            let mut part = TableSelection {
                id: prepared.members[0],
                members: prepared.members.clone(),
                parts: prepared.parts.clone(),
                notes: prepared.notes.clone(),
                table: Arc::clone(&prepared.table),
                selected: Selected::default(),
            };
            let by_hand = ByHand::of(&part, &input.question.exclusions);
            let selection = &input.question.selection;
            let mut selected = match selection.apply_without(&part.table, |point| by_hand.reason(point)) {
                Ok(selected) => selected,
                Err(error) => {
                    input.filter_error = Some(error.to_string());
                    Selected::default()
                }
            };
            let table = &prepared.table;
            let candidates = std::mem::take(&mut selected.used);
            for point in candidates {
                match input.observe(table, point) {
                    Ok((x, y)) => {
                        let run = first_run + table.points().get(point).run;
                        input.observations.push(&x, y, run);
                        input.data.push(Datum { table: index, point });
                        selected.used.push(point);
                    }
                    Err(reason) => selected.excluded.push(crate::data::Excluded { point, reason }),
                }
            }
            selected.excluded.sort_by_key(|excluded| excluded.point);
            input.left_out.extend(selected.excluded.iter().map(|excluded| LeftOut {
                datum: Datum {
                    table: index,
                    point: excluded.point,
                },
                run: table.run_name(excluded.point).to_owned(),
                reason: excluded.reason.clone(),
            }));
            first_run += table.runs().len();
            part.selected = selected;
            input.tables.push(part);
        }
        if let Some(share) = input.question.hold_out {
            input.hold_out(share);
        }
        input
    }

    /// The law's inputs and the fitted value of a point, or what it lacks.
    fn observe(&self, table: &RunTable, point: usize) -> Result<(Vec<f64>, f64), String> {
        let FitQuestion { config, x, y, .. } = &self.question;
        let number = |name: &str| table.number(point, name).ok_or_else(|| format!("no {name}"));
        let checked = |name: &str, positive: bool| {
            let value = number(name)?;
            if value > 0.0 || !positive {
                Ok(value)
            } else {
                Err(format!("{name} is not positive"))
            }
        };
        let law = config.law.law();
        let inputs = match law.inputs() {
            Inputs::One => vec![checked(x, true)?],
            Inputs::Named(variables) => variables
                .iter()
                .map(|variable| checked(&variable.name, variable.positive))
                .collect::<Result<_, _>>()?,
        };
        let chosen = match logged(y) {
            Some(inner) => checked(inner, true)?.ln(),
            None => number(y)?,
        };
        let response = match law.response() {
            Response::Chosen => chosen,
            Response::Gap => chosen - number("train_loss")?,
        };
        Ok((inputs, response))
    }

    /// What the runs themselves say against a fit of them.
    pub fn verdicts(&self) -> Vec<Verdict> {
        let diverged = |table: &TableSelection| {
            table
                .selected
                .excluded
                .iter()
                .filter(|left| table.table.points().get(left.point).diverged)
                .count()
        };
        let text = match self.tables.iter().map(diverged).sum::<usize>() {
            0 => return vec![],
            1 => "One run diverged and is not in the fit.".to_owned(),
            count => format!("{count} runs diverged and are not in the fit."),
        };
        vec![Verdict {
            code: VerdictCode::DivergedRuns,
            severity: Severity::Note,
            text: format!("{text} The law is that of runs that train; look for what the others share."),
        }]
    }

    /// Why points are left out, and how many for each reason, the most frequent first.
    pub fn reasons(&self) -> Vec<(String, usize)> {
        let mut counts = BTreeMap::<&str, usize>::new();
        for left_out in &self.left_out {
            *counts.entry(&left_out.reason).or_default() += 1;
        }
        let mut reasons: Vec<(String, usize)> = counts
            .into_iter()
            .map(|(reason, count)| (reason.to_owned(), count))
            .collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        reasons
    }

    /// Runs that take part.
    pub fn n_runs(&self) -> usize {
        self.observations.runs().len()
    }

    /// Least and greatest C among the fitted points; C = 6ND where the table has none.
    pub fn flops_range(&self) -> Option<(f64, f64)> {
        let flops = self.data.iter().filter_map(|datum| {
            let point = self.tables[datum.table].table.points().get(datum.point);
            point.flops.map(|c| c.0)
        });
        flops.fold(None, |range, c| match range {
            None => Some((c, c)),
            Some((low, high)) => Some((c.min(low), c.max(high))),
        })
    }

    /// Whether rows of the fit are checkpoints of the same runs.
    pub fn has_checkpoints(&self) -> bool {
        self.n_runs() < self.observations.loss.len()
    }
}

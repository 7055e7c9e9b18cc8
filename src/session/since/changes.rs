//! What has changed since an earlier save: points, what is left out, numbers, and the answer.

use super::{Basis, Earlier, PointChanges};
use crate::fit::{Ends, FitReport};
use crate::plan::{Answered, Oracle};
use crate::session::picture::file_name;
use crate::session::{Aim, Exclusion, FitInput, PlanChoice, RecordedNumber, Session, Workspace};
use crate::units::Flops;
use serde::Serialize;
use std::collections::HashSet;

/// A number then and now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NumberChange {
    /// As in formulas and JSON.
    pub name: String,
    /// For people.
    #[serde(skip)]
    pub symbol: String,
    /// Then; `None` where the law had no such parameter.
    pub before: Option<f64>,
    /// Its interval then, where that is known.
    pub interval: Option<Ends>,
    /// Now.
    pub now: Option<f64>,
    /// Whether it is now outside its interval of then; `None` where there was none.
    pub outside: Option<bool>,
}

impl NumberChange {
    fn of(name: &str, symbol: &str, before: Option<&RecordedNumber>, now: Option<f64>) -> Self {
        let interval = before.and_then(|before| before.interval);
        let outside = interval
            .zip(now)
            .map(|([low, high], now)| low.is_some_and(|low| now < low) || high.is_some_and(|high| now > high));
        Self {
            name: name.to_owned(),
            symbol: symbol.to_owned(),
            before: before.map(|before| before.value),
            interval,
            now,
            outside,
        }
    }

    fn answer(name: &str, before: Option<f64>, now: Option<f64>) -> Self {
        Self {
            name: name.to_owned(),
            symbol: name.to_owned(),
            before,
            interval: None,
            now,
            outside: None,
        }
    }

    /// Whether it is the same to the last bit.
    pub fn is_same(&self) -> bool {
        self.before.map(f64::to_bits) == self.now.map(f64::to_bits)
    }
}

/// Something that was left out since, or taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExclusionChange {
    /// Left out now and not then; otherwise the other way round.
    pub added: bool,
    /// Which run, point, rule or filter.
    pub what: String,
    /// Why, where a reason was given.
    pub reason: Option<String>,
}

/// What has changed since an earlier save.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SinceChanges {
    /// The earlier save: `study, 2026-11-27`.
    pub title: String,
    /// Why its record stands in for its data, where that is so.
    pub recorded: Option<String>,
    /// The law then and now, where it is another.
    pub laws: Option<[String; 2]>,
    /// Files that are fitted now and were not then.
    pub files_added: Vec<String>,
    /// Files that were fitted then and are not now.
    pub files_gone: Vec<String>,
    /// Points.
    pub points: PointChanges,
    /// Points fitted then and now.
    pub n_used: [usize; 2],
    /// Points left out then and now.
    pub n_excluded: [usize; 2],
    /// What was left out and taken back.
    pub exclusions: Vec<ExclusionChange>,
    /// Parameters in the order of the law of now; of another law only a and b.
    pub params: Vec<NumberChange>,
    /// a and b.
    pub exponents: Vec<NumberChange>,
}

impl SinceChanges {
    /// Of an earlier save and the present fit of a session.
    pub(super) fn of(earlier: &Earlier, session: &Session, report: &FitReport, input: &FitInput) -> Self {
        let points = match &earlier.basis {
            Basis::Fitted(before) => PointChanges::of(before, input),
            Basis::Recorded(_) => PointChanges::of_record(&earlier.record, &earlier.session, input),
        };
        let before = &earlier.record;
        let [then, now] = [&before.law, report.law.name()].map(str::to_owned);
        // Two formulas may have one name.
        let same = then == now && earlier.law.law().formula() == report.law.law().formula();
        let known = |name: &str| before.params.iter().find(|number| number.name == name);
        let law = report.law.law();
        let params = report.params.iter().zip(law.parameters()).map(|(estimate, parameter)| {
            NumberChange::of(
                &estimate.name,
                &parameter.symbol,
                known(&estimate.name),
                Some(estimate.value),
            )
        });
        let exponents = crate::plan::closed_exponents(law, &report.theta());
        let exponent = |(index, name): (usize, &str)| {
            let before = before.derived.iter().find(|number| number.name == name);
            let now = exponents.map(|pair| pair[index]);
            (before.is_some() || now.is_some()).then(|| NumberChange::of(name, name, before, now))
        };
        let files = |session: &Session| session.shown().map(|set| file_name(&set.source)).collect::<Vec<_>>();
        let (files_then, files_now) = (files(&earlier.session), files(session));
        let others = |of: &[String], than: &[String]| {
            of.iter()
                .filter(|name| !than.contains(name))
                .cloned()
                .collect::<Vec<_>>()
        };
        Self {
            title: earlier.title(),
            recorded: match &earlier.basis {
                Basis::Fitted(_) => None,
                Basis::Recorded(why) => Some(why.clone()),
            },
            laws: (!same).then_some([then, now]),
            files_added: others(&files_now, &files_then),
            files_gone: others(&files_then, &files_now),
            points,
            n_used: [before.n_used, report.n_used],
            n_excluded: [before.n_excluded, input.left_out.len()],
            exclusions: exclusions(&earlier.session, session),
            params: if same { params.collect() } else { vec![] },
            exponents: ["a", "b"].into_iter().enumerate().filter_map(exponent).collect(),
        }
    }

    /// Parameters, and a and b.
    pub fn numbers(&self) -> impl Iterator<Item = &NumberChange> {
        self.params.iter().chain(&self.exponents)
    }
}

/// What one session leaves out by choice and the other does not.
fn exclusions(then: &Session, now: &Session) -> Vec<ExclusionChange> {
    let [before, after] = [then, now].map(left_out);
    let only = |of: &[(String, Option<String>)], than: &[(String, Option<String>)], added: bool| {
        let than: HashSet<&str> = than.iter().map(|(what, _)| what.as_str()).collect();
        of.iter()
            .filter(|(what, _)| !than.contains(what.as_str()))
            .map(|(what, reason)| ExclusionChange {
                added,
                what: what.clone(),
                reason: reason.clone(),
            })
            .collect::<Vec<_>>()
    };
    [only(&after, &before, true), only(&before, &after, false)].concat()
}

/// Everything that a session leaves out by choice, in words, with reasons.
fn left_out(session: &Session) -> Vec<(String, Option<String>)> {
    let several = session.data.len() > 1;
    let by_hand = session.exclusions.iter().map(|Exclusion { of, reason }| {
        let mut what = of.run.clone();
        if let Some(line) = of.line {
            what.push_str(&format!(", line {line}"));
        }
        if let Some(set) = session.data_set(of.data).filter(|_| several) {
            what.push_str(&format!(" of {}", file_name(&set.source)));
        }
        (what, Some(reason.clone()))
    });
    let selection = &session.selection;
    let mut found: Vec<(String, Option<String>)> = by_hand.collect();
    let rules = selection.rules.iter().filter(|rule| rule.on);
    found.extend(rules.map(|rule| (format!("what is {}", rule.text), None)));
    if !selection.keep.trim().is_empty() {
        found.push((format!("what is not {}", selection.keep.trim()), None));
    }
    match selection.drop_highest_loss {
        0 => {}
        1 => found.push(("the highest loss".to_owned(), None)),
        count => found.push((format!("the {count} highest losses"), None)),
    }
    if let Some(share) = session.fit.hold_out {
        found.push((format!("{share} of the points, those of largest C, held out"), None));
    }
    found
}

impl Workspace {
    /// What has changed since the earlier save that is compared with; `None` until both are there.
    pub fn since_changes(&self) -> Option<SinceChanges> {
        let derived = self.derived();
        let earlier = derived.since.as_ref()?.earlier()?;
        let (report, input) = (derived.report()?, derived.fit.input.as_deref()?);
        Some(SinceChanges::of(earlier, self.session(), report, input))
    }

    /// N*, D* and the loss at a budget by the law of the earlier save and by that of now, asked alike; empty where neither has an
    /// optimum.
    pub fn since_answer(&self, budget: Flops) -> Vec<NumberChange> {
        let Some(earlier) = self.derived().since.as_ref().and_then(super::SinceState::earlier) else {
            return vec![];
        };
        let plan = PlanChoice {
            budget,
            aim: Aim::Budget,
            by: None,
            ..self.session().plan.clone()
        };
        let before = Oracle::of(&earlier.law, &earlier.theta()).and_then(|oracle| self.ask(&plan).answer(&oracle).ok());
        let now = self.answered(&plan).and_then(Result::ok);
        let part = |name: &str, of: fn(&Answered) -> Option<f64>| {
            let [before, now] = [&before, &now].map(|answer| answer.as_ref().and_then(of));
            (before.is_some() || now.is_some()).then(|| NumberChange::answer(name, before, now))
        };
        [
            part("N*", |answered| Some(answered.optimum.params.0)),
            part("D*", |answered| Some(answered.optimum.tokens.0)),
            part("L*", |answered| answered.optimum.loss.map(|loss| loss.0)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

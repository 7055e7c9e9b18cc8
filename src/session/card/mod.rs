//! The fit card of a session: the checklist filled from its choices, its tables and its answer.

mod said;
mod sections;

use super::{LoadState, Source, Workspace};
use crate::fit::{Bootstrap, IntervalMethod, Uncertainty};
use crate::law::Inputs;
use crate::plan::closed_exponents;
use crate::units::Flops;
use crate::validation::{Card, CardExample, CardExclusion, CardFile, CardNumber};

/// The numbers of a card and where their intervals come from.
#[derive(Debug, Clone, PartialEq)]
pub struct CardNumbers {
    /// Parameters in the law's order.
    pub params: Vec<CardNumber>,
    /// a and b, where the law has an optimum.
    pub derived: Vec<CardNumber>,
    /// The method with its numbers, in words; empty where there are no intervals.
    pub intervals: String,
    /// The compute that is asked about, to say how far beyond the runs it lies.
    pub budget: Option<Flops>,
    /// What was found by other choices, missing runs and other laws, a sentence each; empty where nobody looked.
    pub sensitivity: Vec<String>,
}

impl CardNumbers {
    /// With the session's intervals, by the way that is chosen there, where it has them.
    pub fn of(workspace: &Workspace) -> Option<Self> {
        let choice = &workspace.session().fit;
        let (report, level) = (workspace.derived().report()?, choice.level);
        let known = workspace
            .derived()
            .uncertainty(choice.interval)
            .filter(|known| match known {
                Uncertainty::Resampled(bootstrap) => bootstrap.replicates.len() >= Bootstrap::FEWEST,
                Uncertainty::Curved(_) => true,
            });
        let law = report.law.law();
        let params = report.params.iter().zip(law.parameters()).enumerate();
        let params = params.map(|(index, (estimate, parameter))| CardNumber {
            name: estimate.name.clone(),
            symbol: parameter.symbol.to_string(),
            meaning: parameter.meaning.to_string(),
            value: estimate.value,
            se: known.and_then(|known| known.error_of_parameter(report, index)),
            interval: known.and_then(|known| known.of_parameter(report, index, level)),
            fixed: estimate.fixed,
        });
        let exponents = |theta: &[f64]| closed_exponents(law, theta);
        let derived = exponents(&report.theta()).map_or(vec![], |values| {
            let number = |(index, (name, meaning)): (usize, (&str, &str))| {
                let of = |theta: &[f64]| exponents(theta).map_or(f64::NAN, |pair| pair[index]);
                CardNumber {
                    name: name.to_owned(),
                    symbol: name.to_owned(),
                    meaning: meaning.to_owned(),
                    value: values[index],
                    se: known.and_then(|known| known.standard_error(of)),
                    interval: known
                        .and_then(|known| known.interval(level, of))
                        .map(|ends| ends.map(Some)),
                    fixed: false,
                }
            };
            let names = [("a", "N* grows as C^a"), ("b", "D* grows as C^b")];
            names.into_iter().enumerate().map(number).collect()
        });
        Some(Self {
            params: params.collect(),
            derived,
            intervals: known.map_or(String::new(), |known| in_words(known, level)),
            budget: Some(workspace.session().plan.budget),
            sensitivity: vec![],
        })
    }
}

/// Where intervals come from.
fn in_words(known: Uncertainty<'_>, level: f64) -> String {
    let level = (1e8 * level).round() / 1e6;
    let bootstrap = match known {
        Uncertainty::Resampled(bootstrap) => bootstrap,
        Uncertainty::Curved(curved) if curved.method == IntervalMethod::Profile => {
            return format!("{level} % intervals of parameters from profiles; ± and those of a and b from curvature");
        }
        Uncertainty::Curved(_) => return format!("± and {level} % intervals from curvature"),
    };
    format!(
        "{level} % percentile intervals from {} resamples of runs (not checkpoints), {} failed, seed {}",
        bootstrap.replicates.len() + bootstrap.failed,
        bootstrap.failed,
        bootstrap.seed
    )
}

/// The card of the present fit; `None` where there is none.
pub fn card(workspace: &Workspace, numbers: CardNumbers) -> Option<Card> {
    let (session, derived) = (workspace.session(), workspace.derived());
    let (report, input) = (derived.report()?, derived.fit.input.as_deref()?);
    let law = report.law.law();
    let mut verdicts = report.verdicts.clone();
    verdicts.extend(input.verdicts());
    let example = (!input.observations.loss.is_empty()).then(|| {
        let x = input.observations.x.row(0).to_vec();
        let value = law.loss(&report.theta(), &x);
        CardExample { x, value }
    });
    let place = |left: &super::LeftOut| {
        let table = &input.tables[left.datum.table];
        let set = session.data_set(table.source(left.datum.point));
        let file = set.map_or(String::new(), |set| path(&set.source));
        format!("{file}:{}", table.table.points().get(left.datum.point).line)
    };
    let files = session.shown().filter_map(|set| match derived.file(set.id)? {
        LoadState::Ready(loaded) => Some(CardFile {
            path: path(&set.source),
            sha256: loaded.hash.hex().to_owned(),
        }),
        _ => None,
    });
    Some(Card {
        title: format!("Fit card: {}", law.label()),
        law: report.law.clone(),
        formula: law.formula().to_owned(),
        source: law.source().to_owned(),
        y: input.question.y.clone(),
        x: (law.inputs() == Inputs::One).then(|| input.question.x.clone()),
        sections: vec![
            sections::hypothesis(input, report),
            sections::setup(session, derived, input),
            sections::data(input),
            sections::fitting(input, report),
            sections::validation(input, report, &numbers),
        ],
        params: numbers.params,
        derived: numbers.derived,
        verdicts,
        exclusions: input
            .left_out
            .iter()
            .map(|left| CardExclusion {
                run: left.run.clone(),
                reason: left.reason.clone(),
                place: place(left),
            })
            .collect(),
        files: files.collect(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        example: example.filter(|example| example.value.is_finite()),
    })
}

fn path(source: &Source) -> String {
    source.place()
}

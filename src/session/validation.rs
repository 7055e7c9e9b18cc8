//! What the room `validation` asks of a session: the same runs under other choices, in groups, and for other laws.
//!
//! Everything is gathered beside the session's own fit, which stays as it is; what comes out holds all it needs and can go to
//! another thread.

use super::{Derived, FitInput, Session};
use crate::data::{Compute, ParamsCount};
use crate::fit::{FitConfig, Observations};
use crate::law::{Inputs, LawChoice};
use crate::plan::FLOPS_PER_PARAM_TOKEN;
use crate::units::Flops;
use crate::validation::{
    Budget, Candidate, FamilyShape, Group, GroupKind, OutlierRule, ParamsRule, Reading, by_budget, by_run, by_size,
};

/// How many of the highest losses the published protocol drops.
const DROPPED: usize = 5;
/// A C of less than this share beside 6ND is 6ND.
const SAME_FLOPS: f64 = 1e-3;
/// Share of largest C that laws are to foresee where the session keeps none out.
const HELD_OUT: f64 = 0.1;

impl FitInput {
    /// Where answers are compared: at this C, the largest of the fitted points where none is given.
    pub fn budget(&self, flops: Option<Flops>) -> Budget {
        let flops = flops.map(|flops| flops.0).or(self.flops_range().map(|range| range.1));
        let one = self.question.config.law.law().inputs() == Inputs::One;
        let x = match (one, self.question.x.as_str(), flops) {
            (false, ..) => None,
            (true, "flops" | "C", Some(flops)) => Some(flops),
            (true, ..) => Some(self.observations.x.column(0).fold(0.0, f64::max)).filter(|x| *x > 0.0),
        };
        Budget::new(flops.unwrap_or(f64::NAN), x)
    }

    /// The median of C/(ND) over the fitted points; `None` where no point has all three.
    fn flops_per_param_token(&self) -> Option<f64> {
        let ratio = |datum: &crate::figure::Datum| {
            let number = |name: &str| self.tables[datum.table].table.number(datum.point, name);
            Some(number("flops")? / (number("params")? * number("tokens")?))
        };
        let mut ratios: Vec<f64> = self.data.iter().filter_map(ratio).collect();
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied()
    }
}

/// The session's runs under every choice of N, C and highest losses that they allow, the session's own first. `shape` is that of
/// a family of models, by which N without embeddings follows where no column has it.
pub fn readings(session: &Session, derived: &Derived, shape: Option<FamilyShape>) -> Vec<Reading> {
    let chosen = session.quantities;
    let mut counts = vec![chosen.params];
    counts.extend(
        [ParamsCount::Total, ParamsCount::NonEmbedding]
            .into_iter()
            .filter(|count| *count != chosen.params),
    );
    let mut computes = vec![chosen.compute];
    computes.extend(
        [Compute::AsGiven, Compute::SixNd]
            .into_iter()
            .filter(|compute| *compute != chosen.compute),
    );
    let own = session.selection.drop_highest_loss;
    let mut drops = vec![own];
    drops.extend([0, DROPPED].into_iter().filter(|drop| *drop != own));

    let mut readings: Vec<Reading> = vec![];
    let mut without_embeddings = false;
    for drop in drops {
        for params in &counts {
            for compute in &computes {
                let mut other = session.clone();
                other.quantities.params = *params;
                other.quantities.compute = *compute;
                other.selection.drop_highest_loss = drop;
                let Some(input) = FitInput::beside(&other, derived) else {
                    return vec![];
                };
                let k = match compute {
                    Compute::SixNd => FLOPS_PER_PARAM_TOKEN,
                    Compute::AsGiven => input.flops_per_param_token().unwrap_or(FLOPS_PER_PARAM_TOKEN),
                };
                let outliers = if drop == own {
                    OutlierRule::AsChosen
                } else {
                    OutlierRule::DropHighest(drop)
                };
                let reading = Reading {
                    params: ParamsRule::Column(*params),
                    compute: *compute,
                    outliers,
                    flops_per_param_token: k,
                    observations: input.observations.clone(),
                };
                without_embeddings |= *params == ParamsCount::NonEmbedding && !reading.observations.loss.is_empty();
                if is_new(&readings, &reading) {
                    if let Some(shape) = shape.filter(|_| *params == chosen.params && !without_embeddings) {
                        let of_family = by_shape(&input, &reading, shape);
                        readings.push(reading);
                        readings.extend(of_family);
                    } else {
                        readings.push(reading);
                    }
                }
            }
        }
    }
    readings
}

/// Whether it says something that earlier ones of the same points do not. The first always does.
fn is_new(earlier: &[Reading], reading: &Reading) -> bool {
    let same = |other: &Reading| {
        other.outliers == reading.outliers
            && (other.flops_per_param_token / reading.flops_per_param_token - 1.0).abs() < SAME_FLOPS
            && other.observations == reading.observations
    };
    earlier.is_empty() || !(reading.observations.loss.is_empty() || earlier.iter().any(same))
}

/// The same with N by the shape of the family, where the law takes N.
fn by_shape(input: &FitInput, reading: &Reading, shape: FamilyShape) -> Option<Reading> {
    let place = match input.question.config.law.law().inputs() {
        Inputs::One => matches!(input.question.x.as_str(), "params" | "N").then_some(0),
        Inputs::Named(variables) => variables.iter().position(|v| matches!(&*v.name, "params" | "N")),
    }?;
    let mut observations = Observations::default();
    let mut ratio = 1.0;
    for (row, x) in input.observations.x.iter().enumerate() {
        let mut x = x.to_vec();
        let inner = shape.without_embeddings(x[place]);
        // The middle point's, as for the median.
        if row == input.observations.x.len() / 2 {
            ratio = x[place] / inner;
        }
        x[place] = inner;
        observations.push(&x, input.observations.loss[row], input.observations.run[row]);
    }
    Some(Reading {
        params: ParamsRule::Derived(shape),
        observations,
        flops_per_param_token: match reading.compute {
            Compute::SixNd => FLOPS_PER_PARAM_TOKEN,
            Compute::AsGiven => reading.flops_per_param_token * ratio,
        },
        ..reading.clone()
    })
}

/// The fitted points in groups.
///
/// # Errors
/// In words, where there are no such groups.
pub fn groups(input: &FitInput, kind: GroupKind) -> Result<Vec<Group>, String> {
    match kind {
        GroupKind::Size => {
            let params = |datum: &crate::figure::Datum| {
                let table = &input.tables[datum.table].table;
                table.number(datum.point, "params").filter(|params| *params > 0.0)
            };
            by_size(&input.data.iter().map(params).collect::<Vec<_>>())
        }
        GroupKind::Budget => by_budget(&input.placed_measurements()),
        GroupKind::Run => by_run(&input.observations, |run| {
            let place = input.observations.run.iter().position(|label| *label == run);
            place.map_or(String::new(), |place| {
                let datum = input.data[place];
                input.tables[datum.table].table.run_name(datum.point).to_owned()
            })
        }),
    }
}

/// The session's law and others on the session's runs, all by the session's objective. What the session holds, ties or bounds is
/// of its own law alone. The points of largest C are to be foreseen: the share that the session keeps out, or a tenth.
pub fn candidates(session: &Session, derived: &Derived, laws: &[LawChoice]) -> Vec<Candidate> {
    let own = &session.fit.config;
    let mut all = vec![own.law.clone()];
    for law in laws {
        if !all.contains(law) {
            all.push(law.clone());
        }
    }
    let mut usual: Vec<(String, usize)> = vec![];
    let mut candidates = vec![];
    for law in all {
        let mut asked = session.clone();
        asked.fit.hold_out = None;
        if law != own.law {
            asked.fit.config = FitConfig {
                objective: own.objective,
                starts: own.starts,
                ..FitConfig::new(law)
            };
        }
        let Some(input) = FitInput::beside(&asked, derived) else {
            return vec![];
        };
        let mut held_out = vec![false; input.data.len()];
        for place in input.largest_flops(session.fit.hold_out.unwrap_or(HELD_OUT)) {
            held_out[place] = true;
        }
        let reasons = input.reasons();
        if candidates.is_empty() {
            usual.clone_from(&reasons);
        }
        let missing: Vec<String> = reasons
            .iter()
            .filter(|reason| !usual.contains(reason))
            .map(|(reason, count)| format!("{count} {reason}"))
            .collect();
        candidates.push(Candidate {
            // A formula knows its variables only now.
            config: input.question.config.clone(),
            points: input
                .data
                .iter()
                .map(|datum| (datum.table << 40) | datum.point)
                .collect(),
            observations: input.observations,
            held_out,
            missing: missing.join(", "),
        });
    }
    candidates
}

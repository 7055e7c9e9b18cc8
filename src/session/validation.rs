//! What the room `validation` asks of a session: the same runs under other choices, in groups, and for other laws.
//!
//! Everything is gathered beside the session's own fit, which stays as it is; what comes out holds all it needs and can go to
//! another thread.

use super::{Derived, FitInput, Session};
use crate::data::{Compute, ParamsCount};
use crate::fit::{FitConfig, Observations};
use crate::law::{Inputs, LawChoice};
use crate::plan::{Convention, Counting, FLOPS_PER_PARAM_TOKEN, Family, FlopsRule};
use crate::units::Flops;
use crate::validation::{
    Budget, Candidate, ComputeRule, Group, GroupKind, OutlierRule, ParamsRule, Reading, by_budget, by_run, by_size,
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

    /// The median of C/(ND) over the fitted points, N as `params` counts it; `None` where no point has all three.
    fn flops_per_param_token(&self, params: impl Fn(f64) -> f64) -> Option<f64> {
        let ratio = |datum: &crate::figure::Datum| {
            let number = |name: &str| self.tables[datum.table].table.number(datum.point, name);
            Some(number("flops")? / (params(number("params")?) * number("tokens")?))
        };
        let mut ratios: Vec<f64> = self.data.iter().filter_map(ratio).collect();
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied()
    }
}

/// The session's runs under every choice of N, C and highest losses that they allow, the session's own first. `shape` is that of
/// a family of models, by which N without embeddings follows where no column has it, and C with attention.
pub fn readings(session: &Session, derived: &Derived, shape: Option<Family>) -> Vec<Reading> {
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

    let gather = |params: ParamsCount, compute: Compute, drop: usize| {
        let mut other = session.clone();
        other.quantities.params = params;
        other.quantities.compute = compute;
        other.selection.drop_highest_loss = drop;
        FitInput::beside(&other, derived)
    };
    // Only a surface can be asked for its optimum in other counts.
    let law = session.fit.config.law.law();
    let surface = law.surface(&vec![1.0; law.parameters().len()]).is_some();
    let family = shape.filter(|_| surface);
    // What a column has needs no family.
    let by_column = gather(ParamsCount::NonEmbedding, chosen.compute, own);
    let shape = shape.filter(|_| by_column.is_none_or(|input| input.data.is_empty()));
    let mut readings: Vec<Reading> = vec![];
    for drop in drops {
        for params in &counts {
            for compute in &computes {
                let Some(input) = gather(*params, *compute, drop) else {
                    return vec![];
                };
                let own_count = *params == chosen.params;
                let of_family = shape.filter(|_| own_count).and_then(|shape| by_shape(&input, shape));
                let with = |rule: ParamsRule, observations: Observations, ratio: Option<f64>| Reading {
                    params: rule,
                    compute: ComputeRule::Column(*compute),
                    counting: None,
                    outliers: if drop == own {
                        OutlierRule::AsChosen
                    } else {
                        OutlierRule::DropHighest(drop)
                    },
                    flops_per_param_token: match compute {
                        Compute::SixNd => FLOPS_PER_PARAM_TOKEN,
                        Compute::AsGiven => ratio.unwrap_or(FLOPS_PER_PARAM_TOKEN),
                    },
                    observations,
                };
                let ratio = input.flops_per_param_token(|params| params);
                let plain = with(ParamsRule::Column(*params), input.observations.clone(), ratio);
                let by_shape = of_family.zip(shape).map(|(observations, shape)| {
                    let ratio = input.flops_per_param_token(|params| shape.without_embeddings(params));
                    with(ParamsRule::Derived(shape), observations, ratio)
                });
                let by_columns = std::iter::once(plain).chain(by_shape);
                let counted: Vec<Reading> = by_columns
                    .flat_map(|reading| std::iter::once(reading.clone()).chain(with_attention(reading, family)))
                    .collect();
                for reading in counted {
                    if is_new(&readings, &reading) {
                        readings.push(reading);
                    }
                }
            }
        }
    }
    readings
}

/// The same runs where a token also costs its attention, over half of the context and over all of it.
fn with_attention(reading: Reading, family: Option<Family>) -> impl Iterator<Item = Reading> {
    // Without a context there is none.
    let family = family.filter(|family| family.context > 0.0);
    let counts = match reading.params {
        ParamsRule::Column(ParamsCount::NonEmbedding) | ParamsRule::Derived(_) => Convention::NonEmbedding,
        ParamsRule::Column(ParamsCount::AsGiven | ParamsCount::Total) => Convention::Total,
    };
    let rules = [FlopsRule::Kaplan, FlopsRule::Attention].into_iter();
    let pairs = rules.filter_map(move |rule| Some((rule, family?)));
    pairs.map(move |(rule, family)| Reading {
        compute: ComputeRule::Shape(rule),
        flops_per_param_token: FLOPS_PER_PARAM_TOKEN,
        counting: Some(Counting {
            family,
            convention: counts,
            rule,
            law_counts: counts,
        }),
        ..reading.clone()
    })
}

/// Whether it says something that earlier ones of the same points do not. The first always does.
fn is_new(earlier: &[Reading], reading: &Reading) -> bool {
    let same = |other: &Reading| {
        other.outliers == reading.outliers
            && other.counting == reading.counting
            && (other.flops_per_param_token / reading.flops_per_param_token - 1.0).abs() < SAME_FLOPS
            && other.observations == reading.observations
    };
    earlier.is_empty() || !(reading.observations.loss.is_empty() || earlier.iter().any(same))
}

/// The observations with N by the shape of the family; `None` for a law that does not take N.
fn by_shape(input: &FitInput, shape: Family) -> Option<Observations> {
    let place = match input.question.config.law.law().inputs() {
        Inputs::One => matches!(input.question.x.as_str(), "params" | "N").then_some(0),
        Inputs::Named(variables) => variables.iter().position(|v| matches!(&*v.name, "params" | "N")),
    }?;
    let (mut observations, given) = (Observations::default(), &input.observations);
    for (row, x) in given.x.iter().enumerate() {
        let mut x = x.to_vec();
        x[place] = shape.without_embeddings(x[place]);
        observations.push(&x, given.loss[row], given.run[row]);
    }
    Some(observations)
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
/// of its own law alone. The points of largest C are to be foreseen: the share that the session keeps out, or a tenth. `flops` as in
/// [`FitInput::budget`].
pub fn candidates(session: &Session, derived: &Derived, laws: &[LawChoice], flops: Option<Flops>) -> Vec<Candidate> {
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
            x: input.budget(flops).x,
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

//! What many universes say together: ranges, which choice moves an answer most, and a sentence.
//!
//! The effect of a choice on X is the mean, over all settings of the other choices, of max − min of X over its own.

use super::{Multiverse, Universe};
use crate::units::{Flops, Params, format_significant};
use crate::validation::Answers;
use serde::Serialize;

/// Least and greatest of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Span {
    /// Least.
    pub low: f64,
    /// Greatest.
    pub high: f64,
}

/// A choice that universes differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The objective.
    Objective,
    /// Which points are left out.
    Outliers,
    /// Which N counts.
    Params,
    /// Which C counts.
    Compute,
}

impl Choice {
    const ALL: [Self; 4] = [Self::Objective, Self::Outliers, Self::Params, Self::Compute];

    /// For sentences.
    pub fn words(self) -> &'static str {
        match self {
            Self::Objective => "the objective",
            Self::Outliers => "which runs are left out",
            Self::Params => "which N counts",
            Self::Compute => "which C counts",
        }
    }

    fn key(self, universe: &Universe) -> String {
        match self {
            Self::Objective => universe.objective_words.clone(),
            Self::Outliers => format!("{:?}", universe.outliers),
            Self::Params => format!("{:?}", universe.params),
            Self::Compute => format!("{:?}", universe.compute),
        }
    }
}

/// How much a choice moves the answers; see the module.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Effect {
    /// Which choice.
    pub choice: Choice,
    /// On a.
    pub a: Option<f64>,
    /// On ln N*.
    pub ln_params: Option<f64>,
    /// On ln D*/N*.
    pub ln_tokens_per_param: Option<f64>,
    /// On ln L.
    pub ln_loss: Option<f64>,
}

/// An answer of a universe.
type Part = fn(&Answers) -> Option<f64>;

fn value(universe: &Universe, part: Part) -> Option<f64> {
    universe
        .fit
        .as_ref()
        .and_then(|fit| part(&fit.answers))
        .filter(|v| v.is_finite())
}

fn span(universes: &[Universe], part: Part) -> Option<Span> {
    universes.iter().filter_map(|u| value(u, part)).fold(None, |span, v| {
        Some(span.map_or(Span { low: v, high: v }, |Span { low, high }| Span {
            low: low.min(v),
            high: high.max(v),
        }))
    })
}

/// Mean over the settings of the other choices of max − min over those of this one.
fn effect(universes: &[Universe], choice: Choice, part: Part) -> Option<f64> {
    let others = |universe: &Universe| {
        let keys = Choice::ALL.iter().filter(|other| **other != choice);
        keys.map(|other| other.key(universe)).collect::<Vec<_>>().join("|")
    };
    let mut sets: Vec<(String, Vec<&Universe>)> = vec![];
    for universe in universes {
        let key = others(universe);
        match sets.iter_mut().find(|(known, _)| *known == key) {
            Some((_, set)) => set.push(universe),
            None => sets.push((key, vec![universe])),
        }
    }
    let ranges: Vec<f64> = sets
        .iter()
        .filter_map(|(_, set)| {
            let values: Vec<f64> = set.iter().filter_map(|u| value(u, part)).collect();
            let (low, high) = values
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
            (values.len() > 1).then_some(high - low)
        })
        .collect();
    (!ranges.is_empty()).then(|| ranges.iter().sum::<f64>() / ranges.len() as f64)
}

pub(super) fn summed_up(universes: Vec<Universe>, flops: f64) -> Multiverse {
    let effects = Choice::ALL
        .into_iter()
        .filter(|choice| universes.iter().any(|u| choice.key(u) != choice.key(&universes[0])))
        .map(|choice| Effect {
            choice,
            a: effect(&universes, choice, |answers| answers.a),
            ln_params: effect(&universes, choice, |answers| answers.params.map(f64::ln)),
            ln_tokens_per_param: effect(&universes, choice, |answers| answers.tokens_per_param.map(f64::ln)),
            ln_loss: effect(&universes, choice, |answers| answers.loss.map(f64::ln)),
        })
        .collect();
    let mut multiverse = Multiverse {
        flops,
        a: span(&universes, |answers| answers.a),
        params: span(&universes, |answers| answers.params),
        tokens_per_param: span(&universes, |answers| answers.tokens_per_param),
        loss: span(&universes, |answers| answers.loss),
        effects,
        universes,
        summary: String::new(),
    };
    multiverse.summary = multiverse.sentence();
    multiverse
}

impl Multiverse {
    /// The choice with the largest effect on a number, and that effect.
    pub fn largest_effect(&self, on: fn(&Effect) -> Option<f64>) -> Option<(Choice, f64)> {
        let effects = self
            .effects
            .iter()
            .filter_map(|effect| Some((effect.choice, on(effect)?)));
        effects.reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    fn sentence(&self) -> String {
        let answered = self.universes.iter().filter(|u| u.fit.is_some()).count();
        let all = self.universes.len();
        if answered == 0 {
            return format!("None of {all} combinations of choices gives an answer.");
        }
        let short = |value: f64| format_significant(value, 3);
        let to = |span: &Option<Span>, text: &dyn Fn(f64) -> String| {
            span.map(|Span { low, high }| format!("{} to {}", text(low), text(high)))
        };
        let at = format!("at C = {}", Flops(self.flops).short());
        let mut parts = vec![];
        parts.extend(to(&self.a, &short).map(|range| format!("a is {range}")));
        parts.extend(to(&self.params, &|n| Params(n).short()).map(|range| format!("N* {at} {range}")));
        parts.extend(to(&self.tokens_per_param, &short).map(|range| format!("D/N {range}")));
        if parts.is_empty() {
            parts.extend(to(&self.loss, &short).map(|range| format!("the loss {at} is {range}")));
        }
        let count = if answered == all {
            format!("{all} combinations of choices")
        } else {
            format!("{answered} of {all} combinations of choices that give an answer")
        };
        if parts.is_empty() {
            return format!("Over {count}, the law has no answer at a budget to compare.");
        }
        let mut text = format!("Over {count}, {}.", parts.join(", "));
        let factor = |effect: f64| format!("by a factor of {} on average", format_significant(effect.exp(), 3));
        let by_ratio = self.largest_effect(|effect| effect.ln_tokens_per_param);
        let most = match by_ratio {
            Some((choice, effect)) => Some((choice, format!("D/N {}", factor(effect)))),
            None => self
                .largest_effect(|effect| effect.ln_loss)
                .map(|(choice, effect)| (choice, format!("the loss {}", factor(effect)))),
        };
        if let Some((choice, moved)) = most {
            text.push_str(&format!(" What moves it most is {}: {moved}", choice.words()));
            match self.largest_effect(|effect| effect.a) {
                Some((other, effect)) if other == choice => {
                    text.push_str(&format!(", a by {}.", format_significant(effect, 2)));
                }
                Some((other, effect)) => text.push_str(&format!(
                    ". a moves most with {}: by {}.",
                    other.words(),
                    format_significant(effect, 2)
                )),
                None => text.push('.'),
            }
        }
        text
    }
}

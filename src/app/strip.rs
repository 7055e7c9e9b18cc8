//! The multiverse along a number: every universe a dot, in rows by one of the choices that they differ in.
//!
//! Which number and which choice is the user's to say; at first it is D/N, and the choice that moves it most.

use crate::data::{Compute, ParamsCount};
use crate::fit::{Objective, ObjectiveKind, Space, power_or_digits};
use crate::plan::{Family, FlopsRule};
use crate::units::{Params, format_significant};
use crate::validation::{Answers, Choice, ComputeRule, Multiverse, OutlierRule, ParamsRule, Universe};

/// A number that universes lie along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Along {
    /// D*/N*.
    Ratio,
    /// N*.
    Params,
    /// a, the exponent of N* in C.
    Exponent,
}

impl Along {
    pub(super) const ALL: [Self; 3] = [Self::Ratio, Self::Params, Self::Exponent];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ratio => "D/N",
            Self::Params => "N*",
            Self::Exponent => "a",
        }
    }

    fn of(self, answers: &Answers) -> Option<f64> {
        let value = match self {
            Self::Ratio => answers.tokens_per_param,
            Self::Params => answers.params,
            Self::Exponent => answers.a,
        };
        value.filter(|value| *value > 0.0 && value.is_finite())
    }

    /// The number as it is written.
    pub(super) fn text(self, value: f64) -> String {
        match self {
            Self::Params => Params(value).short(),
            Self::Ratio | Self::Exponent => format_significant(value, 3),
        }
    }
}

/// What the user chose of it; `None` until then.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StripChoice {
    pub(super) along: Option<Along>,
    pub(super) by: Option<Choice>,
}

/// All universes, with what they can be laid out by.
#[derive(Debug)]
pub(super) struct Strip {
    /// Numbers that some universe has.
    pub(super) along: Vec<Along>,
    /// Choices that they differ in, the one that moves D/N most first.
    pub(super) by: Vec<Choice>,
    /// The family of models that N or C by shape supposes, where some universe does.
    pub(super) supposed: Option<Family>,
    dots: Vec<Dot>,
}

/// One of them.
#[derive(Debug)]
struct Dot {
    at: [Option<f64>; 3],
    /// Settings of the choices, in the order of [`Strip::by`].
    settings: Vec<String>,
    chosen: bool,
    about: String,
}

/// The strip as it is drawn.
#[derive(Debug)]
pub(super) struct Laid<'a> {
    pub(super) along: Along,
    pub(super) by: Option<Choice>,
    /// Least and greatest value.
    pub(super) range: [f64; 2],
    /// Setting of the choice, and its universes.
    pub(super) rows: Vec<(&'a str, Vec<Placed<'a>>)>,
}

/// A universe in its place.
#[derive(Debug)]
pub(super) struct Placed<'a> {
    pub(super) at: f64,
    /// The user's own.
    pub(super) chosen: bool,
    pub(super) about: &'a str,
}

impl Strip {
    pub(super) fn of(found: &Multiverse) -> Self {
        let mut effects = found.effects.clone();
        let size = |effect: &crate::validation::Effect| {
            let on = effect.ln_tokens_per_param.or(effect.a).or(effect.ln_loss);
            on.unwrap_or(0.0)
        };
        effects.sort_by(|a, b| size(b).total_cmp(&size(a)));
        let by: Vec<Choice> = effects.iter().map(|effect| effect.choice).collect();
        let dots: Vec<Dot> = found.universes.iter().map(|universe| Dot::of(universe, &by)).collect();
        let known = |along: &Along| dots.iter().any(|dot| dot.at[*along as usize].is_some());
        let supposed = found.universes.iter().find_map(|universe| match universe.params {
            ParamsRule::Derived(family) => Some(family),
            ParamsRule::Column(_) => universe.counting.map(|counting| counting.family),
        });
        Self {
            supposed,
            along: Along::ALL.into_iter().filter(known).collect(),
            by,
            dots,
        }
    }

    /// Lays it out; `None` where no universe has a number.
    pub(super) fn laid(&self, choice: StripChoice) -> Option<Laid<'_>> {
        let along = choice.along.filter(|along| self.along.contains(along));
        let along = along.or(self.along.first().copied())?;
        let place = self.by.iter().position(|by| Some(*by) == choice.by).unwrap_or(0);
        let mut rows: Vec<(&str, Vec<Placed<'_>>)> = vec![];
        let mut range = [f64::INFINITY, 0.0];
        for dot in &self.dots {
            let Some(at) = dot.at[along as usize] else { continue };
            range = [f64::min(range[0], at), f64::max(range[1], at)];
            let placed = Placed {
                at,
                chosen: dot.chosen,
                about: &dot.about,
            };
            let name = dot.settings.get(place).map_or("all", String::as_str);
            match rows.iter_mut().find(|(known, _)| *known == name) {
                Some((_, dots)) => dots.push(placed),
                None => rows.push((name, vec![placed])),
            }
        }
        Some(Laid {
            along,
            by: self.by.get(place).copied(),
            range,
            rows,
        })
    }
}

impl Dot {
    fn of(universe: &Universe, by: &[Choice]) -> Self {
        let answers = universe.fit.as_ref().map(|fit| &fit.answers);
        let at = Along::ALL.map(|along| answers.and_then(|answers| along.of(answers)));
        let settings: Vec<String> = by.iter().map(|choice| setting(*choice, universe)).collect();
        let numbers: Vec<String> = Along::ALL
            .iter()
            .zip(at)
            .filter_map(|(along, at)| Some(format!("{} = {}", along.name(), along.text(at?))))
            .collect();
        Self {
            at,
            chosen: universe.chosen,
            about: format!(
                "{}: {} points\n{}",
                settings.join(" · "),
                universe.n_used,
                numbers.join(", ")
            ),
            settings,
        }
    }
}

/// What heads the rows of a choice.
pub(super) fn choice_name(choice: Choice) -> &'static str {
    match choice {
        Choice::Objective => "objective",
        Choice::Outliers => "left out",
        Choice::Params => "N",
        Choice::Compute => "C",
    }
}

/// Short enough for a row.
fn setting(choice: Choice, universe: &Universe) -> String {
    match choice {
        Choice::Objective => objective_name(&universe.objective),
        Choice::Outliers => match universe.outliers {
            OutlierRule::AsChosen => "as chosen".to_owned(),
            OutlierRule::DropHighest(0) => "no high losses".to_owned(),
            OutlierRule::DropHighest(count) => format!("{count} high losses"),
            OutlierRule::ResidualsBeyond3 => "residuals > 3 s".to_owned(),
        },
        Choice::Params => match universe.params {
            ParamsRule::Column(ParamsCount::AsGiven) => "N as given",
            ParamsRule::Column(ParamsCount::Total) => "N total",
            ParamsRule::Column(ParamsCount::NonEmbedding) => "N no embedding",
            ParamsRule::Derived(_) => "N by shape",
        }
        .to_owned(),
        Choice::Compute => match universe.compute {
            ComputeRule::Column(Compute::AsGiven) => "C as given",
            ComputeRule::Column(Compute::SixNd) => "C = 6ND",
            ComputeRule::Shape(FlopsRule::Kaplan) => "C ½ attention",
            ComputeRule::Shape(_) => "C + attention",
        }
        .to_owned(),
    }
}

/// `Huber 10⁻³, ln L`.
fn objective_name(objective: &Objective) -> String {
    let delta = match objective.kind {
        ObjectiveKind::Huber => format!(" {}", power_or_digits(objective.delta)),
        _ => String::new(),
    };
    let of = match objective.space {
        Space::Log => "ln L",
        Space::Level => "L",
    };
    format!("{}{delta}, {of}", objective.kind.label())
}

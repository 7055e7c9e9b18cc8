//! Known models as small diamonds with their names, where the user asks for them.

use super::context::Context;
use crate::figure::{Anchor, Dot, Dots, Mark, Paint, Symbol, Token};
use crate::plan::{FLOPS_PER_PARAM_TOKEN, KnownModel, REFERENCE_MODELS};

const PAINT: Paint = Paint::Token(Token::TextMuted);

/// The models to be drawn; none unless they were asked for.
pub(super) fn shown(context: &Context<'_>) -> &'static [KnownModel] {
    if context.scene.reference_models {
        &REFERENCE_MODELS
    } else {
        &[]
    }
}

/// C = 6ND of a model.
pub(super) fn flops(model: &KnownModel) -> f64 {
    FLOPS_PER_PARAM_TOKEN * model.params.0 * model.tokens.0
}

/// Filled diamonds with names at `at`, and hollow ones without at `also`.
pub(super) fn marks(
    context: &Context<'_>,
    at: impl Fn(&KnownModel) -> [f64; 2],
    also: Option<fn(&KnownModel) -> [f64; 2]>,
) -> Vec<Mark> {
    let models = shown(context);
    let dots = |at: &dyn Fn(&KnownModel) -> [f64; 2], hollow: bool| -> Dots {
        models
            .iter()
            .map(|model| Dot {
                at: at(model),
                paint: PAINT,
                hollow,
                datum: None,
            })
            .collect()
    };
    if models.is_empty() {
        return vec![];
    }
    let diamonds = |id: &str, dots: Dots| Mark::Dots {
        id: id.to_owned(),
        dots,
        symbol: Symbol::Diamond,
        radius: 3.6,
    };
    let mut marks = vec![];
    if let Some(also) = also {
        marks.push(diamonds("known models also", dots(&also, true)));
    }
    marks.push(diamonds("known models", dots(&at, false)));
    marks.extend(models.iter().map(|model| Mark::Label {
        at: at(model),
        text: model.name.to_owned(),
        paint: PAINT,
        anchor: Anchor::Start,
        along: None,
        importance: 90,
    }));
    marks
}

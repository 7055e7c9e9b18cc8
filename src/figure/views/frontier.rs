//! The compute-optimal size and tokens, N*(C) and D*(C), in one picture.

use super::axes;
use super::context::{Context, Valley};
use super::curves::{FLOPS_DRAWN, band, interval, over_flops, overlay_line};
use super::models;

use super::ranges::{extent, snapped};
use super::words::{capitalised, footer, nothing, power_of_c, subtitle, whose};
use crate::figure::{
    Anchor, Axis, Figure, LabelPlace, LegendEntry, LegendKey, Mark, Paint, RuleAt, Scale, Symbol, TickFormat, Token,
};

use crate::units::{Flops, Params, Tokens};

const PARAMS: Paint = Paint::Token(Token::Accent);
const TOKENS: Paint = Paint::Category(2);

pub(super) fn base(context: &Context<'_>) -> Figure {
    let known = models::shown(context).iter().map(models::flops).fold(0.0, f64::max);
    let x_range = match x_range(context) {
        (low, high) if known > high => snapped(low, known * 1.5, 1.0),
        range => range,
    };
    let a = interval(context, |valley| valley.params_exponent);
    let b = interval(context, |valley| valley.tokens_exponent);
    let mut figure = Figure {
        title: title(context, a),
        subtitle: subtitle(context),
        x: axes::flops(x_range),
        y: Axis {
            label: "Parameters N*, tokens D*".to_owned(),
            scale: Scale::Log,
            format: TickFormat::Count,
            range: (1e7, 1e13),
            second: None,
        },
        equal_decades: false,
        marks: vec![],
        equation: vec![],
        legend: keys(context),
        colour_bar: None,
        footer: footer(context, context.law_is_fitted()),
        empty: None,
    };
    let Some(law) = context.law else {
        figure.empty = Some(nothing(
            context,
            "Open a file of runs, or show a published law, to see the best size for a budget",
            "The best size for a budget needs a law of N and D: choose Chinchilla",
        ));
        return figure;
    };
    let heights: Vec<f64> = [x_range.0, x_range.1]
        .into_iter()
        .filter_map(|flops| law.at_flops(Flops(flops)).ok())
        .flat_map(|best| [best.equivalent_params().0, best.tokens.0])
        .collect();
    if let Some((low, high)) = extent(heights.into_iter()) {
        figure.y.range = snapped(low, high, 0.5);
    }

    let marks = &mut figure.marks;
    if context.law_is_fitted() {
        marks.extend(band(context, "band N*", PARAMS, FLOPS_DRAWN, Valley::params));
        marks.extend(band(context, "band D*", TOKENS, FLOPS_DRAWN, Valley::tokens));
    }
    marks.extend(context.dots(
        |run| Some([run.flops?, run.params?]),
        |_| Paint::Token(Token::Reference),
        1.8,
    ));
    marks.extend(overlays(context));
    if let Some((_, high)) = context.data_flops_range() {
        marks.push(Mark::Rule {
            at: RuleAt::X(high),
            label: "largest run".to_owned(),
            paint: Paint::Token(Token::Reference),
        });
    }
    let data = context.flops_range_of(&law);
    marks.extend(over_flops("N*", data, PARAMS, 2.4, |flops| {
        Some([flops, law.at_flops(Flops(flops)).ok()?.equivalent_params().0])
    }));
    marks.extend(over_flops("D*", data, TOKENS, 2.4, |flops| {
        Some([flops, law.at_flops(Flops(flops)).ok()?.tokens.0])
    }));
    marks.extend(models::marks(
        context,
        |model| [models::flops(model), model.params.0],
        Some(|model| [models::flops(model), model.tokens.0]),
    ));
    if let Ok(laws) = law.frontier() {
        let texts = [
            ("N*", laws.params.exponent, a, PARAMS),
            ("D*", laws.tokens.exponent, b, TOKENS),
        ];
        for (line, exponent, interval, paint) in texts {
            marks.push(Mark::LineLabel {
                line: line.to_owned(),
                text: format!("{line} ∝ {}", power_of_c(exponent, interval)),
                paint,
                place: LabelPlace::Beside(0.5),
                importance: 200,
            });
        }
    }
    figure
}

pub(super) fn budget(context: &Context<'_>) -> Vec<Mark> {
    let Some(place) = context.place() else { return vec![] };
    let whose = place.whose();
    let answers = [
        (
            "N*",
            place.shown_params,
            place.best.map(|best| best.0),
            format!("{whose}{} parameters", Params(place.shown_params).short()),
            PARAMS,
        ),
        (
            "D*",
            place.tokens,
            place.best.map(|best| best.1),
            format!("{whose}{} tokens", Tokens(place.tokens).short()),
            TOKENS,
        ),
    ];
    let mut marks = vec![];
    if let Some(ghost) = context.ghost() {
        for (id, value) in [("before N*", ghost.shown_params), ("before D*", ghost.tokens)] {
            marks.push(context.hollow_star(id, [ghost.flops, value], Paint::Token(Token::Reference)));
        }
    }
    for (id, value, best, text, paint) in answers {
        let at = [place.flops, value];
        if let Some(best) = best {
            marks.push(context.hollow_star(&format!("best {id}"), [place.flops, best], paint));
        }
        marks.push(context.star(id, at, paint));
        marks.push(Mark::Label {
            at,
            text,
            paint,
            anchor: Anchor::End,
            along: None,
            importance: 250,
        });
    }
    marks
}

/// A decade under the runs and three over them, in whole decades.
pub(super) fn x_range(context: &Context<'_>) -> (f64, f64) {
    match context.data_flops_range() {
        Some((low, high)) => snapped(low / 1.5, high * 300.0, 1.0),
        None => (1e18, 1e26),
    }
}

fn keys(context: &Context<'_>) -> Vec<LegendEntry> {
    let entry = |text: &str, paint, hollow| LegendEntry {
        text: text.to_owned(),
        paint: Paint::Token(paint),
        key: LegendKey::Symbol(Symbol::Circle, hollow),
    };
    let mut entries = vec![];
    if context.used().any(|run| run.flops.is_some() && run.params.is_some()) {
        entries.push(entry("N of a run", Token::Reference, false));
    }
    if context.runs.iter().any(|run| !run.used) {
        entries.push(entry("excluded from the fit", Token::TextFaint, true));
    }
    if context.scene.reference_models {
        entries.push(LegendEntry {
            text: "known models: N, and D hollow".to_owned(),
            paint: Paint::Token(Token::TextMuted),
            key: LegendKey::Symbol(Symbol::Diamond, false),
        });
    }
    entries
}

fn title(context: &Context<'_>, interval: Option<[f64; 2]>) -> String {
    match context.law.and_then(|law| Some((law, law.frontier().ok()?))) {
        Some((law, laws)) => {
            let whose = whose(&law);
            let a = power_of_c(laws.params.exponent, interval);
            capitalised(&format!("{whose}compute-optimal N grows as {a}"))
        }
        None => "The compute-optimal size and tokens".to_owned(),
    }
}

fn overlays(context: &Context<'_>) -> Vec<Mark> {
    let mut marks = vec![];
    for overlay in context.overlays(context.law) {
        let best = |flops: f64| overlay.law.at_flops(Flops(flops)).ok();
        let name = |symbol: &str| (format!("{} {symbol}", overlay.id), format!("{symbol} {}", overlay.name));
        let ((id, text), (tokens_id, tokens_text)) = (name("N*"), name("D*"));
        marks.extend(overlay_line(&overlay, &id, text, |flops| {
            Some([flops, best(flops)?.equivalent_params().0])
        }));
        marks.extend(overlay_line(&overlay, &tokens_id, tokens_text, |flops| {
            Some([flops, best(flops)?.tokens.0])
        }));
    }
    marks
}

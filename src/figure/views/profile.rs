//! The profile of a parameter: how the fit gets worse as it is moved and the others follow.

use crate::figure::{Axis, Dash, Dot, Figure, Mark, Paint, RuleAt, Scale, Symbol, TickFormat, Token};
use crate::fit::{FitReport, ProfileCurve};
use crate::units::format_significant;

/// χ²₁ that 95 % of samples do not exceed.
const NINETY_FIVE: f64 = 3.841_458_820_694_124;

/// Draws one.
pub fn profile(report: &FitReport, curve: &ProfileCurve) -> Figure {
    let parameter = &report.law.law().parameters()[curve.index];
    let value = |theta: &[f64]| theta[curve.index];
    let points: Vec<[f64; 2]> = curve
        .points
        .iter()
        .map(|point| [value(&point.theta), point.rise.max(0.0)])
        .collect();
    let best = report.params[curve.index].value;
    let (low, high) = match (points.first(), points.last()) {
        (Some(first), Some(last)) if last[0] > first[0] => (first[0], last[0]),
        _ => (best - 1.0, best + 1.0),
    };
    let decades = low > 0.0 && high / low > 4.0;
    let accent = Paint::Token(Token::Accent);
    Figure {
        title: title(&parameter.symbol, &points, best),
        subtitle: String::new(),
        x: Axis {
            label: parameter.symbol.to_string(),
            scale: if decades { Scale::Log } else { Scale::Linear },
            format: if decades { TickFormat::Power } else { TickFormat::Plain },
            range: (low, high),
        },
        y: Axis {
            label: "χ² above the fit".to_owned(),
            scale: Scale::Linear,
            format: TickFormat::Plain,
            range: (0.0, 9.0),
        },
        equal_decades: false,
        marks: vec![
            Mark::Rule {
                at: RuleAt::Y(NINETY_FIVE),
                label: "95 %".to_owned(),
                paint: Paint::Token(Token::Reference),
            },
            Mark::Line {
                id: "profile".to_owned(),
                points,
                paint: accent,
                width: 2.0,
                dash: Dash::Solid,
            },
            Mark::Dots {
                id: "fit".to_owned(),
                dots: vec![Dot {
                    at: [best, 0.0],
                    paint: accent,
                    hollow: false,
                    datum: None,
                }]
                .into(),
                symbol: Symbol::Diamond,
                radius: 4.0,
            },
        ],
        legend: vec![],
        colour_bar: None,
        footer: vec![],
        empty: None,
    }
}

/// The value with where its 95 % interval ends, or that it does not.
fn title(symbol: &str, points: &[[f64; 2]], best: f64) -> String {
    let short = |value: f64| format_significant(value, 3);
    let end = |beyond: &dyn Fn(f64) -> bool| {
        points.windows(2).find_map(|pair| {
            let [a, b] = [pair[0], pair[1]];
            let crosses = (a[1] - NINETY_FIVE) * (b[1] - NINETY_FIVE) <= 0.0 && a[1] != b[1];
            let at = a[0] + (NINETY_FIVE - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
            (crosses && beyond(at)).then_some(at)
        })
    };
    let about = format!("{symbol} = {}", short(best));
    match (end(&|at| at < best), end(&|at| at > best)) {
        (Some(low), Some(high)) => format!("{about}, 95 % [{}, {}]", short(low), short(high)),
        (None, Some(high)) => format!("{about}, 95 % below {}", short(high)),
        (Some(low), None) => format!("{about}, 95 % above {}", short(low)),
        (None, None) => format!("{about}: the runs leave it open"),
    }
}

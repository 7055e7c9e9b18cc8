//! The profile of a parameter: how the fit gets worse as it is moved and the others follow.

use crate::figure::{Axis, Dash, Dot, Figure, Mark, Paint, RuleAt, Scale, Symbol, TickFormat, Token};
use crate::fit::{FitReport, ProfileCurve};
use crate::units::format_significant;

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
        title: title(&parameter.symbol, best, curve),
        subtitle: String::new(),
        x: Axis {
            label: parameter.symbol.to_string(),
            scale: if decades { Scale::Log } else { Scale::Linear },
            format: if decades { TickFormat::Power } else { TickFormat::Plain },
            range: (low, high),
            second: None,
        },
        y: Axis {
            label: "t² above the fit".to_owned(),
            scale: Scale::Linear,
            format: TickFormat::Plain,
            range: (0.0, 9.0),
            second: None,
        },
        equal_decades: false,
        marks: vec![
            Mark::Rule {
                at: RuleAt::Y(curve.most),
                label: format!("{:.0} %", 100.0 * curve.level),
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
        equation: vec![],
        legend: vec![],
        colour_bar: None,
        footer: vec![],
        empty: None,
    }
}

/// The value with where its interval ends, or that it does not.
fn title(symbol: &str, best: f64, curve: &ProfileCurve) -> String {
    let short = |value: f64| format_significant(value, 3);
    let about = format!("{symbol} = {}", short(best));
    let level = format!("{:.0} %", 100.0 * curve.level);
    match curve.ends {
        [Some(low), Some(high)] => format!("{about}, {level} [{}, {}]", short(low), short(high)),
        [None, Some(high)] => format!("{about}, {level} below {}", short(high)),
        [Some(low), None] => format!("{about}, {level} above {}", short(low)),
        [None, None] => format!("{about}: the runs leave it open"),
    }
}

//! A spotlight on one series, for a room: everything of another colour fades, in every view alike.
//!
//! A series is what has the very same [`Paint`]: figures give one object one paint wherever it is drawn. A colour of the ramp only
//! says the same where the ramp does, so such a spotlight goes no further than views with the same colour bar. A view that has
//! nothing of the series stays as it is.

use super::readout::written;
use crate::figure::{ColourBar, Figure, Frame, Mark, Paint, Scale, Token, thinned_curves};
use eframe::egui::Pos2;

/// What is left of everything else.
pub(super) const FADED: f32 = 0.2;

/// How near to a dot and to a line a click must be, in points.
const DOT_REACH: f64 = 9.0;
const LINE_REACH: f64 = 6.0;
/// Curves are looked at in columns of so many points, and at so many points of all of them.
const COLUMN: f64 = 1.0;
const MOST: usize = 40_000;

/// A series in the light.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    paint: Paint,
    scope: Scope,
    /// What a room may call it; empty where nothing names it.
    pub(super) name: String,
}

/// Where a paint says the same.
#[derive(Debug, Clone, PartialEq)]
enum Scope {
    Everywhere,
    Bar(ColourBar),
    View(String),
}

impl Scope {
    fn of(paint: Paint, view: &str, figure: &Figure) -> Self {
        match (paint, &figure.colour_bar) {
            (Paint::Ramp(_), Some(bar)) => Self::Bar(bar.clone()),
            (Paint::Ramp(_), None) => Self::View(view.to_owned()),
            (Paint::Token(_) | Paint::Category(_), _) => Self::Everywhere,
        }
    }
}

impl Series {
    fn new(paint: Paint, view: &str, figure: &Figure) -> Self {
        Self {
            paint,
            scope: Scope::of(paint, view, figure),
            name: name_of(paint, figure),
        }
    }

    /// The series at a place of a view: of the nearest dot, else of the nearest line or curve.
    pub(super) fn at(pointer: Pos2, view: &str, figure: &Figure, frame: &Frame) -> Option<Self> {
        let at = [f64::from(pointer.x), f64::from(pointer.y)];
        let paint = dot_at(at, figure, frame).or_else(|| line_at(at, figure, frame))?;
        Some(Self::new(paint, view, figure))
    }

    /// The series of a row of the legend. A row on the ramp stands for all of it.
    pub(super) fn of_row(paint: Paint, view: &str, figure: &Figure) -> Option<Self> {
        let one = !matches!(paint, Paint::Ramp(_)) && drawn(paint, figure);
        one.then(|| Self::new(paint, view, figure))
    }

    /// The paint that is lit in a view; nothing where it has none of the series.
    pub(super) fn lit_in(&self, view: &str, figure: &Figure) -> Option<Paint> {
        let same = self.scope == Scope::of(self.paint, view, figure);
        (same && drawn(self.paint, figure)).then_some(self.paint)
    }

    /// The series after this one, or before it, round those of a view that have a name there.
    pub(super) fn beside(present: Option<&Self>, by: isize, view: &str, figure: &Figure) -> Option<Self> {
        let all = listed(figure);
        let lit = present.and_then(|series| series.lit_in(view, figure));
        let now = lit.and_then(|lit| all.iter().position(|paint| *paint == lit));
        let count = all.len() as isize;
        let place = match now {
            Some(now) => (now as isize + by).rem_euclid(count),
            None if by > 0 => 0,
            None => count - 1,
        };
        Some(Self::new(*all.get(usize::try_from(place).ok()?)?, view, figure))
    }
}

/// The paint of what is drawn at a place, not of what is written there.
fn paints(mark: &Mark) -> Vec<Paint> {
    match mark {
        Mark::Line { paint, .. } | Mark::Band { paint, .. } | Mark::Hatch { paint, .. } => vec![*paint],
        _ => vec![],
    }
}

/// Whether something of a paint is drawn.
fn drawn(paint: Paint, figure: &Figure) -> bool {
    figure.marks.iter().any(|mark| match mark {
        Mark::Dots { dots, .. } => dots.iter().any(|dot| dot.paint == paint),
        Mark::Curves { curves, .. } => curves.iter().any(|curve| curve.paint == paint),
        other => paints(other).contains(&paint),
    })
}

/// What has a row in the legend, a line or a label: in the legend's order, then in the order of drawing; what is only there to
/// compare with comes last.
fn listed(figure: &Figure) -> Vec<Paint> {
    let rows = figure.legend.iter().map(|row| row.paint);
    let rows = rows.filter(|paint| !matches!(paint, Paint::Ramp(_)));
    let marks = figure.marks.iter().filter_map(|mark| match mark {
        Mark::Line { paint, .. } | Mark::LineLabel { paint, .. } | Mark::Label { paint, .. } => Some(*paint),
        _ => None,
    });
    let mut found: Vec<Paint> = vec![];
    for paint in rows.chain(marks) {
        if !found.contains(&paint) && drawn(paint, figure) {
            found.push(paint);
        }
    }
    found.sort_by_key(|paint| {
        matches!(
            paint,
            Paint::Token(Token::Reference | Token::TextMuted | Token::TextFaint)
        )
    });
    found
}

fn dot_at(at: [f64; 2], figure: &Figure, frame: &Frame) -> Option<Paint> {
    let (mut found, mut reach) = (None, DOT_REACH);
    for mark in &figure.marks {
        let Mark::Dots { dots, .. } = mark else { continue };
        if let Some((dot, distance)) = dots.nearest(frame, at, reach, |_| true) {
            (found, reach) = (Some(dots[dot].paint), distance);
        }
    }
    found
}

fn line_at(at: [f64; 2], figure: &Figure, frame: &Frame) -> Option<Paint> {
    let (mut found, mut reach) = (None, LINE_REACH);
    let mut look = |paint: Paint, pieces: &[Vec<[f64; 2]>]| {
        let segments = pieces.iter().flat_map(|piece| piece.windows(2));
        let distances = segments.map(|ends| distance(at, ends[0], ends[1]));
        let nearest = distances.fold(f64::INFINITY, f64::min);
        if nearest < reach {
            (found, reach) = (Some(paint), nearest);
        }
    };
    for mark in &figure.marks {
        match mark {
            Mark::Line { points, paint, .. } => look(*paint, &frame.clip(points)),
            Mark::Curves { curves, .. } => {
                thinned_curves(curves, frame, COLUMN, MOST, |curve, pieces| look(curve.paint, &pieces));
            }
            _ => {}
        }
    }
    found
}

/// From a point to a segment.
fn distance(at: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    let (along, across) = ([to[0] - from[0], to[1] - from[1]], [at[0] - from[0], at[1] - from[1]]);
    let length = along[0].powi(2) + along[1].powi(2);
    let share = match length > 0.0 {
        true => ((across[0] * along[0] + across[1] * along[1]) / length).clamp(0.0, 1.0),
        false => 0.0,
    };
    (across[0] - share * along[0]).hypot(across[1] - share * along[1])
}

/// By its row in the legend, by what is written at it, or by the value of its colour.
fn name_of(paint: Paint, figure: &Figure) -> String {
    let one = !matches!(paint, Paint::Ramp(_));
    let row = figure.legend.iter().find(|row| one && row.paint == paint);
    let label = || {
        figure.marks.iter().find_map(|mark| match mark {
            Mark::LineLabel { text, paint: of, .. } | Mark::Label { text, paint: of, .. } if *of == paint => Some(text),
            _ => None,
        })
    };
    let value = || match (paint, &figure.colour_bar) {
        (Paint::Ramp(share), Some(bar)) => Some(format!("{} {}", bar.label, written(bar.format, at_share(bar, share)))),
        _ => None,
    };
    let said = row
        .map(|row| row.text.clone())
        .or_else(value)
        .or_else(|| label().cloned());
    said.unwrap_or_default()
}

/// The value that a colour stands for.
fn at_share(bar: &ColourBar, share: f64) -> f64 {
    let (low, high) = bar.range;
    match bar.scale {
        Scale::Linear => low + (high - low) * share,
        Scale::Log => low * (high / low).powf(share),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Axis, Dash, Dot, Dots, LegendEntry, LegendKey, Rect, Symbol, TickFormat};
    use eframe::egui::pos2;

    fn line(id: &str, paint: Paint, y: f64) -> Mark {
        Mark::Line {
            id: id.to_owned(),
            points: vec![[0.0, y], [10.0, y]],
            paint,
            width: 1.0,
            dash: Dash::Solid,
        }
    }

    fn figure(bar: Option<&str>) -> Figure {
        let axis = || Axis {
            label: String::new(),
            scale: Scale::Linear,
            format: TickFormat::Plain,
            range: (0.0, 10.0),
            second: None,
        };
        let dot = Dot {
            at: [5.0, 8.0],
            paint: Paint::Ramp(0.25),
            hollow: false,
            datum: None,
        };
        let row = |text: &str, paint: Paint| LegendEntry {
            text: text.to_owned(),
            paint,
            key: LegendKey::Line(Dash::Solid),
        };
        Figure {
            title: String::new(),
            subtitle: String::new(),
            x: axis(),
            y: axis(),
            equal_decades: false,
            marks: vec![
                line("ramp", Paint::Ramp(0.5), 2.0),
                line("law", Paint::Token(Token::Accent), 5.0),
                Mark::Dots {
                    id: "runs".to_owned(),
                    dots: std::iter::once(dot).collect::<Dots>(),
                    symbol: Symbol::Circle,
                    radius: 3.0,
                },
            ],
            equation: vec![],
            legend: vec![
                row("run", Paint::Ramp(0.5)),
                row("nowhere", Paint::Category(3)),
                row("the law", Paint::Token(Token::Accent)),
            ],
            colour_bar: bar.map(|label| ColourBar {
                label: label.to_owned(),
                range: (1e6, 1e10),
                scale: Scale::Log,
                format: TickFormat::Count,
            }),
            footer: vec![],
            empty: None,
        }
    }

    fn frame(figure: &Figure) -> Frame {
        let plot = Rect {
            left: 0.0,
            top: 0.0,
            right: 100.0,
            bottom: 100.0,
        };
        Frame::new(plot, (figure.x.scale, figure.x.range), (figure.y.scale, figure.y.range))
    }

    #[test]
    fn a_click_finds_a_dot_before_a_line_and_nothing_in_the_empty() {
        let figure = figure(None);
        let at = |x: f32, y: f32| Series::at(pos2(x, y), "v", &figure, &frame(&figure)).map(|series| series.paint);
        assert_eq!(at(50.0, 22.0), Some(Paint::Ramp(0.25)));
        assert_eq!(at(20.0, 78.0), Some(Paint::Ramp(0.5)));
        assert_eq!(at(90.0, 53.0), Some(Paint::Token(Token::Accent)));
        assert_eq!(at(20.0, 35.0), None);
    }

    #[test]
    fn keys_go_round_what_has_a_name_or_a_line() {
        let figure = figure(None);
        let step = |series: Option<&Series>, by| Series::beside(series, by, "v", &figure);
        let first = step(None, 1).unwrap();
        assert_eq!(
            (first.paint, first.name.as_str()),
            (Paint::Token(Token::Accent), "the law")
        );
        let second = step(Some(&first), 1).unwrap();
        assert_eq!(second.paint, Paint::Ramp(0.5));
        assert_eq!(step(Some(&second), 1), Some(first.clone()), "round again");
        assert_eq!(step(Some(&first), -1), Some(second.clone()));
        assert_eq!(step(None, -1), Some(second));
        let mut nothing = figure.clone();
        nothing.marks.clear();
        assert_eq!(Series::beside(None, 1, "v", &nothing), None);
    }

    #[test]
    fn a_colour_of_the_ramp_says_the_same_only_under_the_same_bar() {
        let (sizes, tokens, none) = (figure(Some("Parameters N")), figure(Some("Tokens D")), figure(None));
        let series = Series::at(pos2(50.0, 20.0), "a", &sizes, &frame(&sizes)).unwrap();
        assert_eq!(series.name, "Parameters N 10.0M");
        assert_eq!(series.lit_in("b", &sizes), Some(Paint::Ramp(0.25)));
        assert_eq!(series.lit_in("b", &tokens), None);
        let own = Series::at(pos2(50.0, 20.0), "a", &none, &frame(&none)).unwrap();
        assert_eq!(own.lit_in("a", &none), Some(Paint::Ramp(0.25)));
        assert_eq!(own.lit_in("b", &none), None);
        let law = Series::of_row(Paint::Token(Token::Accent), "a", &sizes).unwrap();
        assert_eq!(law.lit_in("b", &none), Some(Paint::Token(Token::Accent)));
        assert_eq!(Series::of_row(Paint::Ramp(0.5), "a", &sizes), None, "it stands for all");
        assert_eq!(
            Series::of_row(Paint::Category(3), "a", &sizes),
            None,
            "nothing of it is drawn"
        );
    }
}

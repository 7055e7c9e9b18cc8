//! The marks of a figure: dots, lines, bands, rules.

use super::Svg;
use super::write::{fine_polyline, number, polyline};
use crate::figure::frame::Frame;
use crate::figure::{Curve, Dash, Dot, Dots, Mark, Paint, RuleAt, Symbol, Token, hatched, thinned_curves};
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

/// More dots than this are thinned.
const MANY: usize = 6000;
/// More dots than this are drawn as paths, which take a sixth of the bytes.
const BARE: usize = 800;
/// Points of all the curves of a figure together; a point takes about eight bytes.
const CURVE_POINTS: usize = 11_000;

impl Svg {
    pub(super) fn mark(&mut self, mark: &Mark, frame: &Frame) {
        match mark {
            Mark::Dots {
                id,
                dots,
                symbol,
                radius,
            } => self.dots(id, dots, *symbol, f64::from(*radius), frame),
            Mark::Line {
                id,
                points,
                paint,
                width,
                dash,
            } => {
                let path: String = frame.clip(points).iter().map(|piece| polyline(piece)).collect();
                if !path.is_empty() {
                    let (id, colour, pattern) =
                        (self.id(id), self.paint(*paint), self.pattern(*dash, f64::from(*width)));
                    let width = self.length(f64::from(*width));
                    self.put(format_args!(
                        "<path id=\"{id}\" d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" \
                         stroke-linejoin=\"round\"{pattern}/>\n"
                    ));
                }
            }
            Mark::Hatch { id, points, paint } => {
                let strokes = hatched(points, frame, self.scale);
                let path: String = strokes.iter().map(|stroke| polyline(stroke)).collect();
                if !path.is_empty() {
                    let (id, colour, width) = (self.id(id), self.paint(*paint), self.length(1.0));
                    self.put(format_args!(
                        "<path id=\"{id}\" d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>\n"
                    ));
                }
            }
            Mark::Curves { id, curves } => self.curves(id, curves, frame),
            Mark::Band {
                id,
                edges,
                paint,
                opacity,
            } => {
                let plot = frame.plot;
                // Far outside, the exact place does not matter, and no reader likes numbers of twenty digits.
                let near = |[x, y]: [f64; 2]| {
                    let (w, h) = (plot.width(), plot.height());
                    [
                        x.clamp(plot.left - w, plot.right + w),
                        y.clamp(plot.top - h, plot.bottom + h),
                    ]
                };
                let side = |which: usize| {
                    edges
                        .iter()
                        .filter_map(move |e| frame.place([e[0], e[which]]))
                        .map(near)
                };
                let outline: Vec<[f64; 2]> = side(1).chain(side(2).collect::<Vec<_>>().into_iter().rev()).collect();
                if outline.len() > 3 {
                    let (id, path, colour) = (self.id(id), polyline(&outline), self.paint(*paint));
                    let opacity = number(f64::from(*opacity));
                    self.put(format_args!(
                        "<path id=\"{id}\" d=\"{path}Z\" fill=\"{colour}\" fill-opacity=\"{opacity}\"/>\n"
                    ));
                }
            }
            Mark::Rule { at, paint, .. } => {
                let plot = frame.plot;
                let path = match at {
                    RuleAt::X(x) => format!(
                        "M{} {}V{}",
                        number(frame.x.place(*x)),
                        number(plot.top),
                        number(plot.bottom)
                    ),
                    RuleAt::Y(y) => format!(
                        "M{} {}H{}",
                        number(plot.left),
                        number(frame.y.place(*y)),
                        number(plot.right)
                    ),
                };
                if !path.contains("NaN") && !path.contains("inf") {
                    let (colour, width) = (self.paint(*paint), self.length(1.0));
                    self.put(format_args!(
                        "<path d=\"{path}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>\n"
                    ));
                }
            }
            Mark::Label { .. } | Mark::LineLabel { .. } | Mark::Note { .. } => {}
        }
    }

    /// Curves of one look share a group, which says it once.
    fn curves(&mut self, id: &str, curves: &[Curve], frame: &Frame) {
        let id = self.id(id);
        self.put(format_args!(
            "<g id=\"{id}\" fill=\"none\" stroke-linejoin=\"round\">\n"
        ));
        let mut look = None;
        let column = 0.5 * self.scale;
        thinned_curves(curves, frame, column, CURVE_POINTS, |curve, pieces| {
            let path: String = pieces.iter().map(|piece| fine_polyline(piece)).collect();
            if path.is_empty() {
                return;
            }
            if look != Some((curve.width, curve.opacity)) {
                let close = if look.is_some() { "</g>\n" } else { "" };
                let (width, opacity) = (self.length(f64::from(curve.width)), number(f64::from(curve.opacity)));
                self.put(format_args!(
                    "{close}<g stroke-width=\"{width}\" stroke-opacity=\"{opacity}\">\n"
                ));
                look = Some((curve.width, curve.opacity));
            }
            let colour = self.paint(curve.paint);
            self.put(format_args!("<path d=\"{path}\" stroke=\"{colour}\"/>\n"));
        });
        self.out
            .push_str(if look.is_some() { "</g>\n</g>\n" } else { "</g>\n" });
    }

    pub(super) fn pattern(&self, dash: Dash, width: f64) -> String {
        let width = width.max(1.0);
        match dash {
            Dash::Solid => String::new(),
            Dash::Dashed => format!(
                " stroke-dasharray=\"{} {}\"",
                self.length(3.5 * width),
                self.length(2.5 * width)
            ),
            Dash::Dotted => format!(
                " stroke-dasharray=\"{} {}\"",
                self.length(1.2 * width),
                self.length(2.6 * width)
            ),
        }
    }

    fn dots(&mut self, id: &str, dots: &Dots, symbol: Symbol, radius: f64, frame: &Frame) {
        let radius = radius * self.scale;
        let seen: Vec<(&Dot, [f64; 2])> = dots
            .iter()
            .filter_map(|dot| Some((dot, frame.place(dot.at)?)))
            .filter(|(_, at)| frame.plot.contains(*at, radius))
            .collect();
        if seen.is_empty() {
            return;
        }
        let id = self.id(id);
        self.put(format_args!("<g id=\"{id}\">\n"));
        // The last drawn is on top: of dots in one half-point cell it is the one that shows.
        let mut kept = thinned(&seen, 0.5);
        if symbol == Symbol::Circle && kept.len() > BARE {
            let mut cell = 1.0;
            while kept.len() > MANY {
                kept = thinned(&seen, cell);
                cell *= 1.5;
            }
            self.cloud(&kept, radius);
        } else {
            for (dot, at) in kept {
                self.symbol(symbol, at, radius, dot.paint, dot.hollow);
            }
        }
        self.out.push_str("</g>\n");
    }

    /// Many dots, as one path of round caps a colour.
    fn cloud(&mut self, dots: &[(&Dot, [f64; 2])], radius: f64) {
        let mut paths: BTreeMap<(bool, String), String> = BTreeMap::new();
        for (dot, at) in dots {
            let paint = match dot.paint {
                Paint::Ramp(at) => Paint::Ramp((at * 31.0).round() / 31.0),
                other => other,
            };
            let path = paths.entry((!dot.hollow, self.paint(paint))).or_default();
            write!(
                path,
                "M{} {}h0",
                number((at[0] * 10.0).round() / 10.0),
                number((at[1] * 10.0).round() / 10.0)
            )
            .ok();
        }
        for ((_, colour), path) in paths {
            let width = number(2.0 * radius);
            self.put(format_args!(
                "<path d=\"{path}\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-linecap=\"round\"/>\n"
            ));
        }
    }

    pub(super) fn symbol(&mut self, symbol: Symbol, at: [f64; 2], radius: f64, paint: Paint, hollow: bool) {
        let colour = self.paint(paint);
        let ground = self.token(Token::Background);
        if matches!(symbol, Symbol::Cross | Symbol::Tick) {
            let (path, width) = (strokes(symbol, at, radius), self.length(1.5));
            self.put(format_args!(
                "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>\n"
            ));
            return;
        }
        let (fill, edge, width) = match (symbol, hollow) {
            (_, true) => ("none".to_owned(), colour, 1.2),
            (Symbol::Diamond, false) => (colour, self.token(Token::Text), 1.2),
            (Symbol::Star, false) => (colour, ground, 1.5),
            (_, false) => (colour, ground, 0.6),
        };
        let width = self.length(width);
        if symbol == Symbol::Circle {
            let (x, y, r) = (number(at[0]), number(at[1]), number(radius));
            self.put(format_args!(
                "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" fill=\"{fill}\" stroke=\"{edge}\" stroke-width=\"{width}\"/>\n"
            ));
        } else {
            let path = polyline(&outline(symbol, at, radius));
            self.put(format_args!(
                "<path d=\"{path}Z\" fill=\"{fill}\" stroke=\"{edge}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"/>\n"
            ));
        }
    }
}

/// Of the dots in one cell, the last; in drawing order.
fn thinned<'a>(dots: &[(&'a Dot, [f64; 2])], cell: f64) -> Vec<(&'a Dot, [f64; 2])> {
    let mut taken = HashSet::with_capacity(dots.len());
    let mut kept: Vec<_> = dots
        .iter()
        .rev()
        .filter(|(dot, at)| taken.insert(((at[0] / cell).floor() as i64, (at[1] / cell).floor() as i64, dot.hollow)))
        .copied()
        .collect();
    kept.reverse();
    kept
}

/// The strokes of a symbol that has no inside.
fn strokes(symbol: Symbol, [x, y]: [f64; 2], radius: f64) -> String {
    let (left, right, top, bottom) = (
        number(x - radius),
        number(x + radius),
        number(y - radius),
        number(y + radius),
    );
    match symbol {
        Symbol::Tick => format!("M{} {top}V{bottom}", number(x)),
        _ => format!("M{left} {top}L{right} {bottom}M{left} {bottom}L{right} {top}"),
    }
}

/// Corners of a symbol of this radius.
fn outline(symbol: Symbol, [x, y]: [f64; 2], radius: f64) -> Vec<[f64; 2]> {
    match symbol {
        Symbol::Circle | Symbol::Cross | Symbol::Tick => vec![],
        Symbol::Diamond => vec![[x, y - radius], [x + radius, y], [x, y + radius], [x - radius, y]],
        Symbol::Star => (0..10)
            .map(|i| {
                let r = if i % 2 == 0 { radius } else { 0.42 * radius };
                let (sin, cos) = (f64::from(i) * std::f64::consts::PI / 5.0).sin_cos();
                [x + r * sin, y - r * cos]
            })
            .collect(),
    }
}

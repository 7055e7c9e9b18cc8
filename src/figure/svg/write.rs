//! Numbers, colours and texts as SVG writes them.

use crate::figure::Rgb;
use crate::figure::text::{EXPONENT_RISE, EXPONENT_SIZE, in_second_face, spans};
use std::fmt::Write as _;

/// Hundredths of a point, without trailing zeros.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Text of an element or an attribute, in XML or HTML.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML 1.0 has no place for these, not even escaped.
            c if (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

/// A colour.
pub(super) fn hex(colour: Rgb) -> String {
    format!("#{:02x}{:02x}{:02x}", colour.0, colour.1, colour.2)
}

/// Path data of an open polyline.
pub(super) fn polyline(points: &[[f64; 2]]) -> String {
    let mut path = String::new();
    let mut before = String::new();
    for [x, y] in points {
        let point = format!("{} {}", number(*x), number(*y));
        if point != before {
            path.push(if path.is_empty() { 'M' } else { 'L' });
            path.push_str(&point);
        }
        before = point;
    }
    path
}

/// Path data of an open polyline of many points: in tenths of a point, each from the one before.
pub(super) fn fine_polyline(points: &[[f64; 2]]) -> String {
    let tenths = |at: &[f64; 2]| at.map(|v| (v * 10.0).round() as i64);
    let Some(first) = points.first() else {
        return String::new();
    };
    let mut before = tenths(first);
    let mut path = format!("M{} {}l", number(points_of(before[0])), number(points_of(before[1])));
    let start = path.len();
    for point in points {
        let here = tenths(point);
        for axis in [0, 1] {
            let step = here[axis] - before[axis];
            if here != before {
                // A minus parts numbers as well as a space does.
                if path.len() > start && step >= 0 {
                    path.push(' ');
                }
                path.push_str(&number(points_of(step)));
            }
        }
        before = here;
    }
    if path.len() == start { String::new() } else { path }
}

fn points_of(tenths: i64) -> f64 {
    tenths as f64 / 10.0
}

/// Text with raised exponents; where wanted, with the second typeface named for the characters that need it.
pub(super) fn rich(text: &str, size: f64, faces: bool) -> String {
    let mut out = String::new();
    let mut up = false;
    // Readers drop a space at the start of a span, so the one after an exponent stands between the spans.
    for (span, raised) in spans(text) {
        let rise = number(size * f64::from(EXPONENT_RISE));
        let span = if faces { with_faces(span) } else { escape(span) };
        match (raised, up) {
            (true, _) => {
                let small = number(size * f64::from(EXPONENT_SIZE));
                write!(out, "<tspan dy=\"-{rise}\" font-size=\"{small}\">{span}</tspan>").ok();
            }
            (false, true) => {
                let rest = span.trim_start_matches(' ');
                out.push_str(&span[..span.len() - rest.len()]);
                write!(out, "<tspan dy=\"{rise}\">{rest}</tspan>").ok();
            }
            (false, false) => out.push_str(&span),
        }
        up = raised;
    }
    out
}

/// Text whose stretches in the second typeface name it.
fn with_faces(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let second = in_second_face(first);
        let end = rest.find(|c| in_second_face(c) != second).unwrap_or(rest.len());
        let stretch = escape(&rest[..end]);
        out.push_str(&if second {
            format!("<tspan font-family=\"DejaVu Sans\">{stretch}</tspan>")
        } else {
            stretch
        });
        rest = &rest[end..];
    }
    out
}

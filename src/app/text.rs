//! Text with raised exponents: figures hold `C^0.51` as typed, the screen raises it.

use super::theme;
use crate::figure::{EXPONENT_SIZE, FontWeight, spans};
use eframe::egui::text::{LayoutJob, TextFormat, TextWrapping};
use eframe::egui::{Align, Color32, FontId};

/// One line with its exponents raised.
pub(super) fn rich(text: &str, size: f32, weight: FontWeight, color: Color32) -> LayoutJob {
    let font = |size: f32| match weight {
        FontWeight::Regular => FontId::proportional(size),
        FontWeight::Bold => theme::bold(size),
    };
    let mut job = LayoutJob::default();
    for (span, raised) in spans(&quoted(text)) {
        let size = if raised { size * EXPONENT_SIZE } else { size };
        let mut format = TextFormat::simple(font(size), color);
        if raised {
            format.valign = Align::TOP;
        }
        job.append(span, 0.0, format);
    }
    job.wrap = TextWrapping::no_max_width();
    job
}

/// The same over at most `rows` rows of `width` points, cut with `…` where it is longer.
pub(super) fn rich_rows(
    text: &str,
    size: f32,
    weight: FontWeight,
    color: Color32,
    width: f32,
    rows: usize,
) -> LayoutJob {
    let mut job = rich(text, size, weight, color);
    job.wrap = TextWrapping {
        max_width: width,
        max_rows: rows,
        ..TextWrapping::default()
    };
    job
}

/// Words between backticks as words between quotation marks: a lone grave accent leans on its neighbour on screen.
pub(super) fn quoted(text: &str) -> String {
    let mut open = false;
    text.chars()
        .map(|c| match c {
            '`' => {
                open = !open;
                if open { '“' } else { '”' }
            }
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn backticks_become_quotation_marks() {
        assert_eq!(super::quoted("`70X`: `X` is no unit"), "“70X”: “X” is no unit");
    }
}

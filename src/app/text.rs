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
    for (span, raised) in spans(text) {
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

/// The same, cut with `…` where it would be wider than `width`.
pub(super) fn rich_truncated(text: &str, size: f32, weight: FontWeight, color: Color32, width: f32) -> LayoutJob {
    let mut job = rich(text, size, weight, color);
    job.wrap = TextWrapping::truncate_at_width(width);
    job
}

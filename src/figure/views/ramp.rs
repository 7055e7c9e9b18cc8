//! Model sizes, amounts of data, losses as colours: the same in every view that has room for a colour bar.

use super::ranges::extent;
use crate::figure::{ColourBar, Paint, Scale, TickFormat};

/// A loss on the ramp between the lowest and the highest; the best is at the bright end.
pub(super) fn loss_paint(loss: f64, (low, high): (f64, f64)) -> Paint {
    let share = (high.ln() - loss.ln()) / (high.ln() - low.ln());
    Paint::Ramp(if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.5 })
}

/// The sequential ramp over the sizes of some runs, even in log N; or over their tokens, seen or unique.
#[derive(Debug, Clone, Copy)]
pub(super) struct SizeRamp {
    range: Option<(f64, f64)>,
    label: &'static str,
}

impl SizeRamp {
    pub(super) fn of(sizes: impl Iterator<Item = f64>) -> Self {
        Self {
            range: extent(sizes).filter(|(low, high)| high > low),
            label: "Parameters N",
        }
    }

    pub(super) fn of_unique_tokens(tokens: impl Iterator<Item = f64>) -> Self {
        Self {
            label: "Unique tokens U",
            ..Self::of(tokens)
        }
    }

    pub(super) fn of_tokens(tokens: impl Iterator<Item = f64>) -> Self {
        Self {
            label: "Training tokens D",
            ..Self::of(tokens)
        }
    }

    /// Colour of a size; the middle of the ramp where it is unknown or all are the same.
    pub(super) fn paint(self, value: Option<f64>) -> Paint {
        let share = self
            .range
            .zip(value)
            .map(|((low, high), n)| (n / low).ln() / (high / low).ln());
        Paint::Ramp(share.filter(|s| s.is_finite()).unwrap_or(0.5).clamp(0.0, 1.0))
    }

    /// What the colours mean, where there are several.
    pub(super) fn bar(self) -> Option<ColourBar> {
        self.range.map(|range| ColourBar {
            label: self.label.to_owned(),
            range,
            scale: Scale::Log,
            format: TickFormat::Count,
        })
    }
}

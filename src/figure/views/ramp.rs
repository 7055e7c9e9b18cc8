//! Model sizes, or amounts of data, as colours: the same in every view that has room for a colour bar.

use super::ranges::extent;
use crate::figure::{ColourBar, Paint, Scale, TickFormat};

/// The sequential ramp over the sizes of some runs, even in log N; or over their tokens.
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

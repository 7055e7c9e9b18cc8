//! Model sizes as colours, the same in every view that has room for a colour bar.

use super::ranges::extent;
use crate::figure::{ColourBar, Paint, Scale, TickFormat};

/// The sequential ramp over the sizes of some runs, even in log N.
#[derive(Debug, Clone, Copy)]
pub(super) struct SizeRamp(Option<(f64, f64)>);

impl SizeRamp {
    pub(super) fn of(sizes: impl Iterator<Item = f64>) -> Self {
        Self(extent(sizes).filter(|(low, high)| high > low))
    }

    /// Colour of a size; the middle of the ramp where it is unknown or all are the same.
    pub(super) fn paint(self, params: Option<f64>) -> Paint {
        let share = self
            .0
            .zip(params)
            .map(|((low, high), n)| (n / low).ln() / (high / low).ln());
        Paint::Ramp(share.filter(|s| s.is_finite()).unwrap_or(0.5).clamp(0.0, 1.0))
    }

    /// What the colours mean, where there are several.
    pub(super) fn bar(self) -> Option<ColourBar> {
        self.0.map(|range| ColourBar {
            label: "Parameters N".to_owned(),
            range,
            scale: Scale::Log,
            format: TickFormat::Count,
        })
    }
}

//! The axes of the quantities that several views share: one name and one way to write ticks each.

use crate::figure::{Axis, Scale, TickFormat};

/// N.
pub(super) fn params(range: (f64, f64)) -> Axis {
    axis("Parameters N", Scale::Log, TickFormat::Count, range)
}

/// D.
pub(super) fn tokens(range: (f64, f64)) -> Axis {
    axis("Training tokens D", Scale::Log, TickFormat::Count, range)
}

/// C.
pub(super) fn flops(range: (f64, f64)) -> Axis {
    axis("Training compute C (FLOP)", Scale::Log, TickFormat::Power, range)
}

/// L.
pub(super) fn loss(scale: Scale, range: (f64, f64)) -> Axis {
    axis("Loss L (nats/token)", scale, TickFormat::Plain, range)
}

fn axis(label: &str, scale: Scale, format: TickFormat, range: (f64, f64)) -> Axis {
    Axis {
        label: label.to_owned(),
        scale,
        format,
        range,
        second: None,
    }
}

//! The axes of the quantities that several views share: one name and one way to write ticks each.

use crate::figure::{Axis, Figure, Scale, TickFormat};
use serde::{Deserialize, Serialize};

/// How a loss axis runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossScale {
    /// As suits the view: linear over the isoFLOP profiles, by decades elsewhere.
    #[default]
    Usual,
    /// By decades.
    Log,
    /// Evenly.
    Linear,
}

/// How axes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct AxisStyle {
    /// Of losses.
    pub loss: LossScale,
    /// N and D as 10⁹ and not as 1B.
    pub powers: bool,
    /// C in PF-days and not in FLOP.
    pub pf_days: bool,
}

const LOSS: &str = "Loss L (nats/token)";
const FLOPS: &str = "Training compute C (FLOP)";

/// Writes the axes of a figure in a style.
pub(super) fn restyle(figure: &mut Figure, style: AxisStyle) {
    for axis in [&mut figure.x, &mut figure.y] {
        let scale = match style.loss {
            LossScale::Log if axis.range.0 > 0.0 => Scale::Log,
            LossScale::Linear => Scale::Linear,
            LossScale::Usual | LossScale::Log => axis.scale,
        };
        match axis.label.as_str() {
            LOSS => axis.scale = scale,
            FLOPS if style.pf_days => {
                "Training compute C (PF-days)".clone_into(&mut axis.label);
                axis.format = TickFormat::PfDays;
            }
            _ if style.powers && axis.format == TickFormat::Count => axis.format = TickFormat::Power,
            _ => {}
        }
    }
}

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
    axis(FLOPS, Scale::Log, TickFormat::Power, range)
}

/// L.
pub(super) fn loss(scale: Scale, range: (f64, f64)) -> Axis {
    axis(LOSS, scale, TickFormat::Plain, range)
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

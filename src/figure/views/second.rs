//! Second scales of the views: perplexity beside the loss, GPU-hours beside C, tokens per parameter beside N at the asked C.

use super::{Scene, View};
use crate::figure::{Figure, Says, Scale, SecondAxis, TickFormat};
use crate::plan::FLOPS_PER_PARAM_TOKEN;

/// What an hour of an accelerator does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GpuHour<'a> {
    /// Such as `NVIDIA H100 SXM`.
    pub name: &'a str,
    /// FLOP of one in an hour, at the share of the peak that training reaches.
    pub flops: f64,
}

pub(super) fn add(figure: &mut Figure, view: View, scene: &Scene<'_>) {
    if !scene.second_axes {
        return;
    }
    let of_loss = matches!(
        view,
        View::LossN | View::LossD | View::LossC | View::Isoflop | View::Curves
    );
    // What is above the floor is the exponent of no perplexity.
    if of_loss && super::reducible::floor(view, scene).is_none() {
        figure.y.second = Some(SecondAxis {
            label: "Perplexity, exp L".to_owned(),
            format: TickFormat::Plain,
            says: Says::Exp,
        });
    }
    if let (View::LossC | View::Frontier, Some(hour)) = (view, scene.gpu_hour.filter(|hour| hour.flops > 0.0)) {
        figure.x.second = Some(SecondAxis {
            label: format!("Hours of one {}", hour.name),
            format: TickFormat::Count,
            says: Says::Power {
                factor: hour.flops.recip(),
                power: 1.0,
            },
        });
    }
    // By other counts D is not C/(6N).
    let plain = scene.chosen.is_none_or(|chosen| chosen.answered.counted.is_none());
    if view == View::Isoflop && plain && figure.x.scale == Scale::Log && scene.budget.0 > 0.0 {
        figure.x.second = Some(SecondAxis {
            label: format!("Tokens per parameter at C = {}", scene.budget.short()),
            format: TickFormat::Count,
            says: Says::Power {
                factor: scene.budget.0 / FLOPS_PER_PARAM_TOKEN,
                power: -2.0,
            },
        });
    }
}

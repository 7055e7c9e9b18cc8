//! Compute as time, money and energy on real machines.
//!
//! ```text
//! GPU-hours = C/(3600 · peak · MFU)        cost = GPU-hours · price        energy = GPU-hours · board power
//! ```
//!
//! C in FLOP; peak in FLOP/s, dense, 16-bit with 32-bit sums; MFU the share of it that training reaches (model FLOPs
//! utilisation, Chowdhery et al. 2022, arXiv 2204.02311); price in any currency per GPU-hour; energy without cooling and hosts.
//!
//! Limits: nothing is known of failures, restarts, or whether the model fits in memory. Peaks are those of the vendors' data
//! sheets and are not reached.

use crate::units::Flops;
use serde::Serialize;

/// An accelerator.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Gpu {
    /// As on the command line.
    pub name: &'static str,
    /// For people.
    pub label: &'static str,
    /// Peak, dense, 16 bit, in FLOP/s.
    pub peak: f64,
    /// Board power, in watts, where it is known.
    pub watts: Option<f64>,
}

/// Vendors' figures for dense 16-bit arithmetic and board power.
pub const GPUS: [Gpu; 10] = [
    gpu("v100", "NVIDIA V100 SXM2", 125e12, 300.0),
    gpu("a100", "NVIDIA A100 SXM", 312e12, 400.0),
    gpu("h100", "NVIDIA H100 SXM", 989.4e12, 700.0),
    gpu("h100-pcie", "NVIDIA H100 PCIe", 756e12, 350.0),
    gpu("h200", "NVIDIA H200 SXM", 989.4e12, 700.0),
    gpu("b200", "NVIDIA B200", 2.25e15, 1000.0),
    gpu("l40s", "NVIDIA L40S", 362e12, 350.0),
    gpu("rtx4090", "NVIDIA RTX 4090", 165.2e12, 450.0),
    gpu("mi300x", "AMD MI300X", 1307.4e12, 750.0),
    gpu("tpu-v5p", "Google TPU v5p", 459e12, 450.0),
];

const fn gpu(name: &'static str, label: &'static str, peak: f64, watts: f64) -> Gpu {
    Gpu {
        name,
        label,
        peak,
        watts: Some(watts),
    }
}

impl Gpu {
    /// One of which nothing is known but its peak, in FLOP/s.
    pub fn of_peak(peak: f64) -> Self {
        Self {
            name: "custom",
            label: "an accelerator of your own",
            peak,
            watts: None,
        }
    }
}

/// An accelerator by its name, in any case.
pub fn gpu_by_name(name: &str) -> Option<Gpu> {
    GPUS.into_iter().find(|gpu| gpu.name.eq_ignore_ascii_case(name.trim()))
}

/// What a training takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bill {
    /// Hours of one accelerator.
    pub gpu_hours: f64,
    /// In the currency of the price; `None` without one.
    pub cost: Option<f64>,
    /// In kilowatt-hours; `None` where the power is not known.
    pub energy_kwh: Option<f64>,
}

/// The bill for a training. `mfu` between 0 and 1, `price` per GPU-hour.
pub fn bill(flops: Flops, gpu: Gpu, mfu: f64, price: Option<f64>) -> Bill {
    let gpu_hours = flops.0 / (3600.0 * gpu.peak * mfu);
    Bill {
        gpu_hours,
        cost: price.map(|price| price * gpu_hours),
        energy_kwh: gpu.watts.map(|watts| gpu_hours * watts / 1000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_four_accelerators_for_three_weeks() {
        let h100 = gpu_by_name("H100").unwrap();
        let flops = Flops(64.0 * 21.0 * 86_400.0 * h100.peak * 0.4);
        let bill = bill(flops, h100, 0.4, Some(2.5));
        assert!((bill.gpu_hours - 64.0 * 21.0 * 24.0).abs() < 1e-6);
        assert!((bill.cost.unwrap() - 2.5 * bill.gpu_hours).abs() < 1e-6);
        assert!((bill.energy_kwh.unwrap() - 0.7 * bill.gpu_hours).abs() < 1e-6);
        assert_eq!(super::bill(flops, Gpu::of_peak(1e15), 0.4, None).energy_kwh, None);
        assert!(gpu_by_name("abacus").is_none());
        let names: std::collections::HashSet<&str> = GPUS.iter().map(|gpu| gpu.name).collect();
        assert_eq!(names.len(), GPUS.len());
    }
}

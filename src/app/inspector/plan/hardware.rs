//! What it runs on, and what that takes: hours, days, money, energy. Days that are typed are a budget.

use super::table;
use crate::app::Requests;
use crate::app::figures::Figures;
use crate::app::inspector::named;
use crate::app::widgets::{Entry, heading, labelled, small};
use crate::plan::GPUS;
use crate::session::{Action, BUDGET_RANGE, Hardware, PlanAction, Workspace};
use crate::units::{format_significant, parse_number};
use eframe::egui::{ComboBox, Ui};

/// What half-typed values the section remembers.
#[derive(Default)]
pub(super) struct HardwareFields {
    count: Entry,
    mfu: Entry,
    price: Entry,
    peak: Entry,
    watts: Entry,
    days: Entry,
}

const FIELD: f32 = 72.0;

pub(super) fn hardware_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    fields: &mut HardwareFields,
    requests: &mut Requests,
) {
    let plan = &workspace.session().plan;
    let mut hardware = plan.hardware.clone();
    heading(ui, "Hardware");
    labelled(ui, "Accelerator", |ui| preset_ui(ui, &mut hardware));
    labelled(ui, "How many", |ui| {
        let shown = hardware.count.to_string();
        if let Some(count) = fields.count.ui(ui, "How many accelerators", &shown, FIELD, positive) {
            hardware.count = count;
        }
    });
    labelled(ui, "Share of peak (MFU)", |ui| {
        let shown = format!("{} %", format_significant(100.0 * hardware.mfu, 3));
        if let Some(mfu) = fields.mfu.ui(ui, "Share of peak", &shown, FIELD, share) {
            hardware.mfu = mfu;
        }
    });
    labelled(ui, "Peak, FLOP/s", |ui| {
        let shown = format!("{:e}", hardware.peak);
        if let Some(peak) = fields.peak.ui(ui, "Peak", &shown, FIELD, positive) {
            hardware.peak = peak;
            "custom".clone_into(&mut hardware.name);
        }
    });
    labelled(ui, "Power, W", |ui| {
        let shown = hardware
            .watts
            .map_or_else(|| "unknown".to_owned(), |watts| watts.to_string());
        if let Some(watts) = fields.watts.ui(ui, "Power", &shown, FIELD, perhaps) {
            hardware.watts = watts;
        }
    });
    labelled(ui, "Price of an hour", |ui| {
        let shown = hardware
            .price
            .map_or_else(|| "none".to_owned(), |price| price.to_string());
        if let Some(price) = fields.price.ui(ui, "Price of an hour", &shown, FIELD, perhaps) {
            hardware.price = price;
        }
    });
    if hardware != plan.hardware {
        requests.act(Action::Plan(PlanAction::SetHardware(hardware.clone())));
    }
    let Some(answer) = figures.answered(workspace) else {
        return;
    };
    let flops = answer.answered.optimum.flops;
    labelled(ui, "Days", |ui| {
        let shown = format_significant(hardware.days(flops), 3);
        let read = |text: &str| {
            let flops = hardware.flops_in(positive(text)?);
            let within = (BUDGET_RANGE.0..=BUDGET_RANGE.1).contains(&flops.0);
            within
                .then_some(flops)
                .ok_or_else(|| format!("that is {} FLOP, outside 10¹² to 10²⁸", flops.short()))
        };
        if let Some(flops) = fields.days.ui(ui, "Days of training", &shown, FIELD, read) {
            requests.act(Action::Plan(PlanAction::SetBudget(flops)));
        }
    });
    let bill = hardware.bill(flops);
    let mut rows = vec![("GPU-hours".to_owned(), format_significant(bill.gpu_hours, 3))];
    if let Some(cost) = bill.cost {
        rows.push(("Cost".to_owned(), format_significant(cost, 3)));
    }
    if let Some(energy) = bill.energy_kwh {
        let (value, unit) = if energy >= 1e4 {
            (energy / 1e3, "MWh")
        } else {
            (energy, "kWh")
        };
        rows.push((
            "Energy at the boards".to_owned(),
            format!("{} {unit}", format_significant(value, 3)),
        ));
    }
    table(ui, "bill", rows);
    ui.label(small("Days that you type set the budget.", ui));
}

fn preset_ui(ui: &mut Ui, hardware: &mut Hardware) {
    let selected = hardware.label().to_owned();
    let shown = ComboBox::from_id_salt("accelerator")
        .width(150.0)
        .selected_text(&selected)
        .show_ui(ui, |ui| {
            for gpu in &GPUS {
                let on = gpu.name == hardware.name;
                if ui.selectable_label(on, gpu.label).clicked() && !on {
                    gpu.name.clone_into(&mut hardware.name);
                    (hardware.peak, hardware.watts) = (gpu.peak, gpu.watts);
                }
            }
        });
    named(&shown.response, "Accelerator", &selected);
}

fn positive(text: &str) -> Result<f64, String> {
    match parse_number(text) {
        Ok(value) if value > 0.0 => Ok(value),
        Ok(_) => Err("expected a positive number".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// `40 %`, `40` or `.4`.
fn share(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches('%').trim();
    let value = positive(number)?;
    let value = if text.contains('%') || value > 1.0 {
        value / 100.0
    } else {
        value
    };
    (value <= 1.0)
        .then_some(value)
        .ok_or_else(|| "expected a share of the peak, such as 40 %".to_owned())
}

fn perhaps(text: &str) -> Result<Option<f64>, String> {
    match text.trim() {
        "" | "none" | "unknown" => Ok(None),
        text => positive(text).map(Some),
    }
}

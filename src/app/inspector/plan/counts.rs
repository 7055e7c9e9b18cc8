//! What N counts and what a token costs: a switch that answers everything anew.

use super::table;
use crate::app::Requests;
use crate::app::figures::Figures;
use crate::app::inspector::menu;
use crate::app::widgets::{Entry, heading, labelled, small};
use crate::plan::{Convention, Family, FlopsRule};
use crate::session::{Action, Counts, PlanAction, Workspace};
use crate::units::{format_significant, parse_number};
use eframe::egui::Ui;

/// What half-typed values the section remembers.
#[derive(Default)]
pub(super) struct CountFields {
    vocab: Entry,
    context: Entry,
    aspect: Entry,
}

const CONVENTIONS: [(Option<Convention>, &str, &str); 4] = [
    (None, "as the law counts", ""),
    (Some(Convention::Total), "total", "With embeddings and positions"),
    (
        Some(Convention::NonEmbedding),
        "without embeddings",
        "12 layers d², as Kaplan counts",
    ),
    (
        Some(Convention::WithHead),
        "with the head",
        "With the head's matrix, which costs FLOP, and no other embedding",
    ),
];

const RULES: [(FlopsRule, &str, &str); 4] = [
    (FlopsRule::SixNd, "6 N D", "With N as it is counted"),
    (FlopsRule::Kaplan, "Kaplan, with attention", "(6 N + 6 layers T d) D"),
    (FlopsRule::Attention, "full attention", "(6 N + 12 layers T d) D"),
    (FlopsRule::Deepseek, "DeepSeek's M", "(72 layers d² + 12 layers T d) D"),
];

pub(super) fn counts_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    fields: &mut CountFields,
    requests: &mut Requests,
) {
    let plan = &workspace.session().plan;
    let mut counts = plan.counts;
    heading(ui, "Counts");
    labelled(ui, "N counts", |ui| {
        if let Some(convention) = menu(ui, "What N counts", &CONVENTIONS, counts.convention) {
            counts.convention = convention;
        }
    });
    labelled(ui, "C counts", |ui| {
        if let Some(rule) = menu(ui, "What C counts", &RULES, counts.rule) {
            counts.rule = rule;
        }
    });
    let own = workspace.ask(plan).counting.is_none();
    if own {
        let asked = counts.convention.is_some() || counts.rule != FlopsRule::SixNd;
        let text = if asked && workspace.ask(plan).counting.is_none() && plan.published().is_some() {
            "This law counts so itself, or cannot be counted otherwise."
        } else {
            "The law's own counts, C = 6 N D."
        };
        ui.label(small(text, ui));
    } else {
        family_ui(ui, &mut counts, fields);
        if let Some(found) = figures.answered(workspace).and_then(|answer| answer.answered.counted) {
            let layers = counts.family.layers(found.width);
            table(
                ui,
                "counted",
                [
                    (
                        "N* grows here as".to_owned(),
                        format!("C^{}", format_significant(found.params_exponent, 3)),
                    ),
                    (
                        "Width and layers".to_owned(),
                        format!(
                            "{}, {}",
                            format_significant(found.width, 3),
                            format_significant(layers, 2)
                        ),
                    ),
                    ("N as the law counts".to_owned(), found.law_params.short()),
                ],
            );
        }
    }
    if counts != plan.counts {
        requests.act(Action::Plan(PlanAction::SetCounts(counts)));
    }
}

/// The models that other counts suppose.
fn family_ui(ui: &mut Ui, counts: &mut Counts, fields: &mut CountFields) {
    let Family { vocab, context, aspect } = &mut counts.family;
    let rows = [
        ("Vocabulary V", "Vocabulary", vocab, &mut fields.vocab),
        ("Context T", "Context", context, &mut fields.context),
        ("Width over layers", "Aspect", aspect, &mut fields.aspect),
    ];
    for (label, name, value, field) in rows {
        labelled(ui, label, |ui| {
            let shown = format_significant(*value, 6);
            let read = |text: &str| match parse_number(text) {
                Ok(value) if value > 0.0 => Ok(value),
                Ok(_) => Err("expected a positive number".to_owned()),
                Err(error) => Err(error.to_string()),
            };
            if let Some(typed) = field.ui(ui, name, &shown, 72.0, read) {
                *value = typed;
            }
        });
    }
}

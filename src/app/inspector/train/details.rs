//! One run of the queue: its configuration, what it measured, what is wrong with it, and what its model writes.

use super::Fields;
use crate::app::Requests;
use crate::app::text::quoted;
use crate::app::training::TrainCommand;
use crate::app::widgets::{card, heading, small};
use crate::figure::Token;
use crate::lab::{Queue, Row, RowState};
use crate::session::Workspace;
use crate::units::{Params, Tokens, format_significant};
use eframe::egui::{Align, Grid, Label, Layout, RichText, Ui};

pub(super) fn details_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    queue: &Queue,
    fields: &mut Fields,
    requests: &mut Requests,
) {
    let Some(row) = fields.explained.and_then(|id| queue.row(id)) else {
        return;
    };
    heading(ui, &row.planned.name);
    Grid::new("run").num_columns(2).spacing([10.0, 2.0]).show(ui, |ui| {
        for (name, value) in facts(row) {
            ui.label(small(name, ui));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(value));
            ui.end_row();
        }
    });
    if let RowState::Failed(error) = &row.state {
        card(ui, Token::Error, error);
    }
    for trouble in row.summary.iter().flat_map(|summary| &summary.troubles) {
        card(ui, Token::Warning, &trouble.text());
    }
    if row.state != RowState::Finished {
        return;
    }
    let tip = "200 bytes of the model's own, drawn with a seed; again for others";
    if ui.button("Sample").on_hover_text(tip).clicked() {
        requests.commands.push(TrainCommand::Sample(row.id).into());
    }
    let folder = queue.folder().join(&row.planned.name);
    let sample = workspace.derived().train.sample.as_ref();
    if let Some(sample) = sample.filter(|sample| sample.folder == folder) {
        match &sample.result {
            Ok(text) => {
                let shown = ui.add(Label::new(RichText::new(text).italics()).wrap());
                shown.on_hover_text(format!("Seed {}", sample.seed));
            }
            Err(error) => card(ui, Token::Error, &quoted(error)),
        }
    }
}

/// Configuration and measurements of a run, as far as they are known.
pub(super) fn facts(row: &Row) -> Vec<(&'static str, String)> {
    let config = row.planned.config();
    let shape = config.shape;
    let mut facts = vec![
        ("Parameters", Params(shape.params_non_embedding() as f64).short()),
        (
            "Shape",
            format!("d {} · {} layers · {} heads", shape.width, shape.layers, shape.heads),
        ),
        ("Tokens", Tokens(row.planned.tokens as f64).short()),
        ("Batch", format!("{} × {} tokens", config.batch, shape.context)),
        ("Learning rate", format_significant(config.learning_rate, 3)),
        ("Seed", config.seed.to_string()),
    ];
    if let Some(unique) = config.unique_tokens {
        facts.push(("Unique tokens", Tokens(unique as f64).short()));
    }
    match &row.summary {
        Some(summary) => {
            let pm = |loss: f64| match summary.se {
                Some(se) => format!("{} ± {}", format_significant(loss, 4), format_significant(se, 1)),
                None => format_significant(loss, 4),
            };
            facts.extend(summary.loss.map(|loss| ("Held-out loss", pm(loss))));
            let best = summary.oracle_loss.map(|loss| format_significant(loss, 4));
            facts.extend(best.map(|best| ("Best possible", best)));
            facts.push(("Tokens a second", format_significant(summary.tokens_per_second, 3)));
            facts.push(("Ended", summary.ended.clone()));
        }
        None => {
            let train = row.train_loss.map(|loss| format_significant(loss, 3));
            facts.extend(train.map(|loss| ("Training loss", loss)));
            if row.tokens_per_second > 0.0 {
                facts.push(("Tokens a second", format_significant(row.tokens_per_second, 3)));
            }
        }
    }
    facts
}

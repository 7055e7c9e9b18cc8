//! What is trained: text, budget, seed, how much of the text.

use super::Fields;
use crate::app::Requests;
use crate::app::text::quoted;
use crate::app::theme::{self, size};
use crate::app::training::TrainCommand;
use crate::app::widgets::{Entry, heading, labelled, small};
use crate::figure::Token;
use crate::lab::{Budget, CorpusChoice, Design};
use crate::session::{Action, TrainAction, Workspace};
use crate::units::Tokens;
use eframe::egui::{RichText, Ui};
use std::path::PathBuf;

/// Name of the built-in text.
const LANGUAGE: &str = "language";

pub(super) fn choice_ui(ui: &mut Ui, workspace: &Workspace, fields: &mut Fields, requests: &mut Requests) {
    let choice = &workspace.session().train;
    heading(ui, "What is trained");
    let mut act = |action: TrainAction| requests.act(Action::Train(action));
    labelled(ui, "Text", |ui| {
        let shown = match &choice.corpus {
            CorpusChoice::Language => LANGUAGE.to_owned(),
            CorpusChoice::Path(path) => path.display().to_string(),
        };
        let read = |text: &str| match text.trim() {
            "" | LANGUAGE => Ok(CorpusChoice::Language),
            path => Ok(CorpusChoice::Path(PathBuf::from(path))),
        };
        if let Some(corpus) = fields.corpus.ui(ui, "Text to train on", &shown, 176.0, read) {
            act(TrainAction::SetCorpus(corpus));
        }
    });
    ui.horizontal(|ui| {
        let tip = "Our own endless language, whose best possible loss is known: 0.861 nats a byte";
        let on = choice.corpus == CorpusChoice::Language;
        if ui.selectable_label(on, "Language").on_hover_text(tip).clicked() && !on {
            requests.act(Action::Train(TrainAction::SetCorpus(CorpusChoice::Language)));
        }
        let tip = "UTF-8 text in any script; its last tenth is held out. Or drop it here while this tab is open";
        if ui.button("File…").on_hover_text(tip).clicked() {
            requests.commands.push(TrainCommand::PickText { folder: false }.into());
        }
        let tip = "All UTF-8 files in a folder and below, one after the other";
        if ui.button("Folder…").on_hover_text(tip).clicked() {
            requests.commands.push(TrainCommand::PickText { folder: true }.into());
        }
    });
    let mut act = |action: TrainAction| requests.act(Action::Train(action));
    labelled(ui, "For", |ui| {
        // From right to left, as everything in such a row.
        for design in Design::ALL.into_iter().rev() {
            let on = choice.design == design;
            let chosen = ui.selectable_label(on, design_name(design));
            if chosen.on_hover_text(design.purpose()).clicked() && !on {
                act(TrainAction::SetDesign(design));
            }
        }
    });
    labelled(ui, "Budget", |ui| {
        // A time of this machine, such as 10 min, or training FLOP, such as 1e14.
        let shown = choice.budget.to_string();
        if let Some(budget) = fields
            .budget
            .ui(ui, "Training budget", &shown, 96.0, str::parse::<Budget>)
        {
            act(TrainAction::SetBudget(budget));
        }
    });
    error_ui(ui, &fields.budget);
    labelled(ui, "Seed", |ui| {
        let read = |text: &str| {
            text.trim()
                .parse::<u64>()
                .map_err(|_| "expected a whole number such as 0".to_owned())
        };
        if let Some(seed) = fields
            .seed
            .ui(ui, "Training seed", &choice.seed.to_string(), 96.0, read)
        {
            act(TrainAction::SetSeed(seed));
        }
    });
    error_ui(ui, &fields.seed);
    if choice.design == Design::Overfit {
        ui.label(small("How much text repeats is part of the plan.", ui));
        return;
    }
    labelled(ui, "Unique tokens", |ui| {
        let shown = choice
            .unique_tokens
            .map_or_else(|| "no limit".to_owned(), Tokens::short);
        let read = |text: &str| match text.trim() {
            "" | "no limit" | "none" => Ok(None),
            text => text.parse::<Tokens>().map(Some).map_err(|error| error.to_string()),
        };
        if let Some(tokens) = fields
            .unique_tokens
            .ui(ui, "Unique training tokens", &shown, 96.0, read)
        {
            act(TrainAction::SetUniqueTokens(tokens));
        }
    });
    error_ui(ui, &fields.unique_tokens);
    if choice.unique_tokens.is_some() {
        ui.label(small("Text repeats beyond that, and models overfit.", ui));
    }
}

/// On its button.
fn design_name(design: Design) -> &'static str {
    match design {
        Design::Law => "Law",
        Design::Shape => "Shape",
        Design::Overfit => "Overfitting",
    }
}

/// What is wrong with what was typed.
pub(super) fn error_ui(ui: &mut Ui, entry: &Entry) {
    if let Some(error) = entry.error() {
        ui.label(
            RichText::new(quoted(error))
                .size(size::SMALL)
                .color(theme::token(ui, Token::Error)),
        );
    }
}

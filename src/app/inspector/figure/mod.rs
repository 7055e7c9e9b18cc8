//! Figures: what they say, what is written into them, and how they leave the program.

mod notes;
mod preview;
mod template;
mod titles;

pub(in crate::app) use preview::Previewed;

use crate::app::commands::Command;
use crate::app::figures::Figures;
use crate::app::widgets::{heading, labelled, small};
use crate::app::{Local, Requests};
use crate::figure::{NoteId, Template};
use crate::session::{FigureOf, Workspace};
use eframe::egui::Ui;

/// What the tab remembers.
#[derive(Default)]
pub(in crate::app) struct FigureTab {
    /// Which figure; the first view where none was chosen.
    of: Option<FigureOf>,
    titles: titles::TitleFields,
    notes: notes::NoteFields,
    template: template::TemplateFields,
    preview: preview::Preview,
}

impl FigureTab {
    /// Puts the cursor into the words of a note.
    pub(in crate::app) fn edit(&mut self, note: NoteId) {
        self.notes.edit(note);
    }

    /// Looks that were saved under a name, for the window to keep.
    pub(in crate::app) fn templates(&self) -> &[Template] {
        &self.template.saved
    }

    /// Takes up looks that were kept.
    pub(in crate::app) fn remember(&mut self, templates: Vec<Template>) {
        self.template.saved = templates.into_iter().map(Template::sound).collect();
    }

    /// Takes in how the figure would look.
    pub(in crate::app) fn show(&mut self, ctx: &eframe::egui::Context, previewed: Previewed) {
        self.preview.show(ctx, previewed);
    }
}

pub(super) fn figure_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    local: &mut Local,
    requests: &mut Requests,
) {
    let tab = &mut local.figure;
    let board = &workspace.session().view.board;
    let mut choices: Vec<(FigureOf, &str, &str)> = board
        .iter()
        .map(|view| (FigureOf::View(*view), view.label(), view.hint()))
        .collect();
    if board.len() > 1 {
        choices.push((
            FigureOf::Board,
            "The whole board",
            "Its views side by side, lettered, under one title",
        ));
    }
    let known = tab.of.filter(|of| choices.iter().any(|(choice, ..)| choice == of));
    let of = known.unwrap_or(choices[0].0);
    labelled(ui, "Figure", |ui| {
        if let Some(other) = super::menu(ui, "Figure to edit", &choices, of) {
            tab.of = Some(other);
        }
    });
    preview::preview_ui(ui, workspace, of, &mut tab.preview, requests);
    save_ui(ui, of, requests);
    titles::titles_ui(ui, workspace, figures, of, &mut tab.titles, requests);
    match of {
        FigureOf::View(view) => {
            let figure = figures.view(workspace, view);
            notes::notes_ui(ui, workspace, figure, view, &mut tab.notes, requests);
        }
        FigureOf::Board => {
            heading(ui, "Notes");
            ui.label(small("Notes belong to a view: choose one above.", ui));
        }
    }
    template::template_ui(ui, workspace, &mut tab.template, requests);
}

fn save_ui(ui: &mut Ui, of: FigureOf, requests: &mut Requests) {
    ui.horizontal(|ui| {
        for (text, command) in [
            ("Save…", Command::SaveFigure(Some(of), None)),
            ("Copy image", Command::CopyFigure(of)),
        ] {
            if ui.button(text).on_hover_text(command.about()).clicked() {
                requests.commands.push(command);
            }
        }
    });
}

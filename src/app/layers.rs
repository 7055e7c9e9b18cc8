//! The left zone: data sets, the fit, published laws; each with an eye.

use super::commands::Command;
use super::figures::Figures;
use super::hints::hints_ui;
use super::project::Project;
use super::sheet::Sheet;
use super::text::quoted;
use super::theme;
use super::widgets::{card, heading, link_row, small, toggle_row};
use super::{Local, Requests, inspector};
use crate::data::Checkpoints;
use crate::figure::Token;
use crate::law::published::PUBLISHED;
use crate::plan::REFERENCE_MODELS;
use crate::session::{Action, DataAction, DataSet, LoadState, Source, StandIn, ViewAction, Workspace};
use crate::units::format_significant;
use eframe::egui::{self, Rect, RichText, ScrollArea, Ui, vec2};

pub(super) fn layers_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    project: &Project,
    local: &mut Local,
    requests: &mut Requests,
) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.add_space(-theme::GRID);
        unsaved_ui(ui, project, requests);
        data_ui(ui, workspace, figures, local, requests);
        fit_ui(ui, workspace, local);
        heading(ui, "Published laws");
        for law in PUBLISHED {
            let on = workspace.session().view.published.iter().any(|name| name == law.name);
            let row = toggle_row(ui, on, theme::token(ui, Token::Reference), law.label, "");
            let about = format!(
                "{}\nN is {}. {}\n{}",
                law.source,
                law.params_convention.description(),
                law.flops_convention,
                law.validity
            );
            if row.on_hover_text(about).clicked() {
                requests.act(Action::View(ViewAction::SetPublished(law.name, !on)));
            }
        }
        models_ui(ui, workspace, requests);
        hints_ui(ui, workspace, &mut local.hints);
    });
}

/// Offers what was not saved when the window was last open.
fn unsaved_ui(ui: &mut Ui, project: &Project, requests: &mut Requests) {
    if !project.offers() {
        return;
    }
    ui.add_space(theme::GRID);
    card(ui, Token::Accent, "There is unsaved work from the last time.");
    ui.horizontal(|ui| {
        for (text, restore) in [("Restore", true), ("Discard", false)] {
            if ui.small_button(text).clicked() {
                requests.commands.push(Command::Restore(restore));
            }
        }
    });
}

/// Models that people know, as marks on the isoloss map and the frontier.
fn models_ui(ui: &mut Ui, workspace: &Workspace, requests: &mut Requests) {
    heading(ui, "Reference marks");
    let on = workspace.session().view.reference_models;
    let row = toggle_row(ui, on, theme::token(ui, Token::TextMuted), "Known models", "");
    let lines = REFERENCE_MODELS.iter().map(|model| {
        let (params, tokens) = (model.params.short(), model.tokens.short());
        format!("{}: {params} on {tokens} tokens. {}", model.name, model.source)
    });
    let about: Vec<String> = lines.collect();
    if row.on_hover_text(about.join("\n")).clicked() {
        requests.act(Action::View(ViewAction::SetReferenceModels(!on)));
    }
}

fn data_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures, local: &mut Local, requests: &mut Requests) {
    heading(ui, "Data");
    if workspace.session().data.is_empty() {
        ui.label(small(
            "No runs yet. Open a file, drop files or a folder on the window, or paste a table.",
            ui,
        ));
        if ui.small_button("Paste a table").clicked() {
            requests.commands.push(Command::Paste);
        }
        if ui.small_button("Open an example").clicked() {
            requests.commands.push(Command::Example(0));
        }
    }
    for set in &workspace.session().data {
        let Counts { text, error, choosable } = counts(workspace, set, in_sight(ui));
        let color = theme::token(ui, if error.is_some() { Token::Error } else { Token::Accent });
        let row = toggle_row(ui, set.shown, color, &set.source.name(), &text);
        let row = row.on_hover_text("Draw and fit these runs, or not. Right-click for more.");
        if row.clicked() {
            requests.act(Action::Data(DataAction::SetShown(set.id, !set.shown)));
        }
        row.context_menu(|ui| {
            if ui.button("Import sheet…").clicked() {
                local.sheet = Some(Sheet::new(set.id));
            }
            if ui.button("How it was read").clicked() {
                local.explained = Some(set.id);
                local.tab = inspector::Tab::Data;
            }
            if ui.button("Remove from the list").clicked() {
                requests.act(Action::Data(DataAction::Remove(set.id)));
            }
        });
        if let Some(error) = error {
            ui.add(
                egui::Label::new(
                    RichText::new(error)
                        .size(theme::size::SMALL)
                        .color(theme::token(ui, Token::Error)),
                )
                .wrap(),
            );
            ui.horizontal_wrapped(|ui| {
                if choosable && ui.small_button("Choose columns…").clicked() {
                    local.sheet = Some(Sheet::new(set.id));
                }
                if ui.small_button("Read again").clicked() {
                    requests.act(Action::Data(DataAction::ReadAgain(set.id)));
                }
                if matches!(set.source, Source::File(_)) && ui.small_button("Find…").clicked() {
                    requests.commands.push(Command::Find(set.id));
                }
                if ui.small_button("Remove").clicked() {
                    requests.act(Action::Data(DataAction::Remove(set.id)));
                }
            });
        }
        stand_in_ui(ui, workspace, set, requests);
        if set.has_changed(workspace.derived()) {
            let text = "Not what the project was saved with: the file has changed. The fit is of what it holds now.";
            card(ui, Token::Warning, text);
            if ui.small_button("Accept the change").clicked() {
                requests.act(Action::Data(DataAction::AcceptChange(set.id)));
            }
        }
    }
    unusable_ui(ui, workspace, requests);
    if let Some(moved) = workspace.moved() {
        card(ui, Token::Warning, &moved);
    }
    for (reason, count) in &figures.summary(workspace).left_out {
        ui.label(small(format!("{count} left out: {reason}"), ui));
    }
}

/// Says by name where the copy in the project is read in the place of a file.
fn stand_in_ui(ui: &mut Ui, workspace: &Workspace, set: &DataSet, requests: &mut Requests) {
    let Some(LoadState::Ready(loaded)) = workspace.derived().file(set.id) else {
        return;
    };
    let Some(why) = &loaded.stand_in else { return };
    card(ui, Token::Warning, &format!("{}.", why.words(&set.source.name())));
    ui.horizontal_wrapped(|ui| {
        if *why == StandIn::Changed && ui.small_button("Read the file").clicked() {
            requests.act(Action::Data(DataAction::TakeFile(set.id)));
        }
        if ui.small_button("Find…").clicked() {
            requests.commands.push(Command::Find(set.id));
        }
    });
}

/// Takes every file that cannot be used off the list at once: folders hold much that is no run.
fn unusable_ui(ui: &mut Ui, workspace: &Workspace, requests: &mut Requests) {
    let failed = |set: &&DataSet| matches!(workspace.derived().file(set.id), Some(LoadState::Failed(_)));
    let unusable = || workspace.session().data.iter().filter(failed);
    let count = unusable().count();
    if count > 1
        && ui
            .small_button(format!("Remove all {count} that cannot be used"))
            .clicked()
    {
        requests
            .actions
            .extend(unusable().map(|set| Action::Data(DataAction::Remove(set.id))));
    }
}

/// What stands beside and below a data set's name.
#[derive(Default)]
struct Counts {
    /// `240 of 245`.
    text: String,
    /// Why the file could not be used.
    error: Option<String>,
    /// Its columns are known and may be chosen.
    choosable: bool,
}

/// Whether the next row will be seen: of thousands of files, few are.
fn in_sight(ui: &Ui) -> bool {
    ui.is_rect_visible(Rect::from_min_size(ui.cursor().min, vec2(1.0, 24.0)))
}

fn counts(workspace: &Workspace, set: &DataSet, in_sight: bool) -> Counts {
    match workspace.derived().file(set.id) {
        None | Some(LoadState::Pending) => Counts {
            text: "reading".to_owned(),
            ..Counts::default()
        },
        Some(LoadState::Failed(error)) => Counts {
            text: String::new(),
            error: Some(quoted(&error.text)),
            choosable: error.found.is_some(),
        },
        Some(LoadState::Ready(_)) if !in_sight => Counts::default(),
        Some(LoadState::Ready(loaded)) => {
            // Like with like: checkpoints are counted where checkpoints are fitted.
            let (all, what) = match workspace.session().selection.checkpoints {
                Checkpoints::Final => (loaded.table.runs().len(), "runs"),
                Checkpoints::All => (loaded.table.points().len(), "points"),
            };
            let input = workspace.derived().fit.input.as_ref();
            let used = input.and_then(|input| input.tables.iter().find(|table| table.id == set.id));
            let joined = input.and_then(|input| {
                input
                    .tables
                    .iter()
                    .find(|table| table.id != set.id && table.holds(set.id))
            });
            let text = match used {
                None if set.shown && joined.is_some() => "joined".to_owned(),
                Some(table) if table.selected.used.len() != all => format!("{} of {all}", table.selected.used.len()),
                _ => format!("{all} {what}"),
            };
            Counts {
                text,
                ..Counts::default()
            }
        }
    }
}

fn fit_ui(ui: &mut Ui, workspace: &Workspace, local: &mut Local) {
    heading(ui, "Fit");
    let config = &workspace.session().fit.config;
    let Some(report) = workspace.derived().report() else {
        ui.label(small("None yet", ui));
        return;
    };
    let surface = report.law.law().surface(&report.theta());
    let slope = surface.map(|surface| format!("a {}", format_significant(surface.params_growth(), 3)));
    let text = format!("{}, {}", config.law.short_label(), config.objective.kind.label());
    let color = theme::token(ui, Token::Accent);
    let row = link_row(ui, color, &text, &slope.unwrap_or_default());
    let about = format!("L = {}. Show how it was made.", report.law.law().formula());
    if row.on_hover_text(about).clicked() {
        local.tab = inspector::Tab::Fit;
    }
}

//! The top line: what is open, undo and redo, which views are on the board.

use super::commands::{Command, shortcut};
use super::project::Project;
use super::theme::{self, size};
use super::{Local, Requests};
use crate::figure::views::View;
use crate::figure::{FontWeight, Token, text_width};
use crate::session::{Action, ProjectAction, ViewAction, Workspace};
use eframe::egui::{self, Align, Button, Layout, RichText, Ui};

pub(super) fn toolbar_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    project: &Project,
    local: &Local,
    requests: &mut Requests,
) {
    ui.horizontal_centered(|ui| {
        let shown: Vec<String> = workspace.session().shown().map(|set| set.source.name()).collect();
        let data = match shown.as_slice() {
            [] => "Isoloss".to_owned(),
            [one] => one.clone(),
            [first, rest @ ..] => format!("{first} + {}", rest.len()),
        };
        // A saved project has its own name, and a mark while something of it is not saved.
        let title = match project.name() {
            Some(name) if project.is_modified() => format!("{name} •"),
            Some(name) => name,
            None => data,
        };
        ui.add(egui::Label::new(RichText::new(title).font(theme::bold(size::TITLE))).truncate());
        ui.add_space(theme::GRID);
        command_button(ui, Command::Open, requests);
        recent_ui(ui, workspace, project, requests);
        command_button(ui, Command::Save, requests);
        let history = workspace.history();
        for (command, label) in [
            (Command::Undo, history.undo_label()),
            (Command::Redo, history.redo_label()),
        ] {
            let verb = command.name();
            let tip = match label {
                Some(label) => format!("{verb} {label}"),
                None => format!("Nothing to {}", verb.to_lowercase()),
            };
            button(ui, &verb, command, label.is_some(), &tip, requests);
        }
        toggle(ui, Command::Lasso, local.lasso.on, requests);
        toggle(ui, Command::RunTable, local.runs.open, requests);

        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let other = if ui.ctx().theme() == egui::Theme::Dark {
                "Light"
            } else {
                "Dark"
            };
            button(
                ui,
                other,
                Command::SwitchTheme,
                true,
                Command::SwitchTheme.about(),
                requests,
            );
            command_button(ui, Command::Present, requests);
            // Its name is its shortcut: the one to remember.
            let keys = shortcut(ui.ctx(), Command::Palette);
            button(ui, &keys, Command::Palette, true, Command::Palette.about(), requests);
            button(ui, "?", Command::Help, true, Command::Help.about(), requests);
            ui.add_space(theme::GRID);
            let board = &workspace.session().view.board;
            let (shown, rest) = shared_out(ui, board);
            if !rest.is_empty() {
                let more = ui.add(Button::new(
                    RichText::new("More ▾").color(theme::token(ui, Token::TextMuted)),
                ));
                egui::Popup::menu(&more).show(|ui| {
                    for view in rest {
                        view_ui(ui, view, false, requests);
                    }
                });
            }
            for view in shown.into_iter().rev() {
                view_ui(ui, view, board.contains(&view), requests);
            }
        });
    });
}

/// Name and explanation of saving the data in the project.
pub(super) const EMBED: &str = "Keep data in the project";
pub(super) const EMBED_ABOUT: &str = "Saves the files of runs in the project too, for readers who do not have them and for the day when they have changed";

/// Projects opened last, and what else can be done with a project.
fn recent_ui(ui: &mut Ui, workspace: &Workspace, project: &Project, requests: &mut Requests) {
    let button = ui.add(Button::new("▾").small());
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Projects"));
    egui::Popup::menu(&button).show(|ui| {
        for (place, path) in project.recent().iter().enumerate() {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let row = ui.button(name).on_hover_text(path.display().to_string());
            if row.clicked() {
                requests.commands.push(Command::OpenRecent(place));
            }
        }
        if !project.recent().is_empty() {
            ui.separator();
        }
        let embed = workspace.session().embed;
        let keep = ui.add(Button::selectable(embed, EMBED)).on_hover_text(EMBED_ABOUT);
        keep.widget_info(|| egui::WidgetInfo::selected(egui::Role::CheckBox, true, embed, EMBED));
        if keep.clicked() {
            requests.act(Action::Project(ProjectAction::SetEmbed(!embed)));
        }
        let comparing = workspace.session().since.is_some();
        let no_longer = comparing.then_some(Command::CompareNoLonger);
        for command in [Command::SaveAs, Command::Compare].into_iter().chain(no_longer) {
            if ui.button(command.name()).on_hover_text(command.about()).clicked() {
                requests.commands.push(command);
            }
        }
    });
}

/// A view that a click puts on the board or takes off it.
fn view_ui(ui: &mut Ui, view: View, on: bool, requests: &mut Requests) {
    let text = RichText::new(view.label()).color(theme::token(ui, if on { Token::Text } else { Token::TextMuted }));
    let response = ui.add(Button::selectable(on, text)).on_hover_text(view.hint());
    if response.clicked() {
        requests.act(Action::View(ViewAction::Toggle(view)));
    }
}

/// The views that have room in the line, those on the board first, and those that go into a menu; both in their order.
fn shared_out(ui: &Ui, board: &[View]) -> (Vec<View>, Vec<View>) {
    let spacing = ui.spacing();
    let width = |text: &str| {
        let text = text_width(text, size::BODY, FontWeight::Regular);
        text + 2.0 * spacing.button_padding.x + spacing.item_spacing.x
    };
    let mut room = ui.available_width() - width("More ▾");
    let mut views = View::ALL.to_vec();
    views.sort_by_key(|view| !board.contains(view));
    let fits: Vec<View> = views
        .into_iter()
        .filter(|view| {
            let fits = room >= width(view.label());
            room -= if fits { width(view.label()) } else { 0.0 };
            fits || board.contains(view)
        })
        .collect();
    View::ALL.into_iter().partition(|view| fits.contains(view))
}

/// A command as the registry has it.
fn command_button(ui: &mut Ui, command: Command, requests: &mut Requests) {
    button(ui, &command.name(), command, true, command.about(), requests);
}

/// A command that is on or off.
fn toggle(ui: &mut Ui, command: Command, on: bool, requests: &mut Requests) {
    let response = ui.add(Button::selectable(on, command.name()));
    if response
        .on_hover_text(with_keys(ui, command, command.about()))
        .clicked()
    {
        requests.commands.push(command);
    }
}

fn with_keys(ui: &Ui, command: Command, tip: &str) -> String {
    match shortcut(ui.ctx(), command) {
        keys if keys.is_empty() => tip.to_owned(),
        keys => format!("{tip} ({keys})"),
    }
}

fn button(ui: &mut Ui, text: &str, command: Command, enabled: bool, tip: &str, requests: &mut Requests) {
    let tip = with_keys(ui, command, tip);
    let response = ui
        .add_enabled(enabled, Button::new(text))
        .on_hover_text(&tip)
        .on_disabled_hover_text(&tip);
    if response.clicked() {
        requests.commands.push(command);
    }
}

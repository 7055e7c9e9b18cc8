//! A title and a subtitle of one's own, with numbers that follow the fit and the budget.

use crate::app::Requests;
use crate::app::figures::Figures;
use crate::app::widgets::{heading, heading_with, small, spoken_field};
use crate::session::{Action, FigureAction, FigureOf, Workspace};
use eframe::egui::{Key, Role, TextEdit, Ui, WidgetInfo};

/// Words that are being typed.
#[derive(Default)]
pub(super) struct TitleFields {
    title: Words,
    subtitle: Words,
}

/// Lines of words: shows what stands until it is edited; taken on leaving and, where it is one paragraph, on Enter.
#[derive(Default)]
pub(super) struct Words {
    text: String,
    editing: bool,
    /// The cursor is wanted here.
    pub(super) wanted: bool,
}

impl Words {
    /// Shows the field over `hint`; gives what was typed.
    pub(super) fn ui(&mut self, ui: &mut Ui, name: &str, shown: &str, hint: &str, rows: usize) -> Option<String> {
        if !self.editing {
            shown.clone_into(&mut self.text);
        }
        let edit = TextEdit::multiline(&mut self.text)
            .desired_rows(rows)
            .desired_width(f32::INFINITY)
            .hint_text(hint)
            // Enter takes it; a line is broken with Shift.
            .return_key(eframe::egui::KeyboardShortcut::new(
                eframe::egui::Modifiers::SHIFT,
                Key::Enter,
            ))
            .id_salt(name);
        let response = ui.add(edit);
        spoken_field(&response, name, &self.text);
        if std::mem::take(&mut self.wanted) {
            response.request_focus();
            response.scroll_to_me(None);
        }
        let entered = response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter) && !input.modifiers.shift);
        if entered {
            response.surrender_focus();
        }
        let left = response.lost_focus() || entered;
        self.editing = response.has_focus() && !entered;
        if left && ui.input(|input| input.key_pressed(Key::Escape)) {
            return None;
        }
        (left && self.text != shown).then(|| self.text.clone())
    }
}

pub(super) fn titles_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    of: FigureOf,
    fields: &mut TitleFields,
    requests: &mut Requests,
) {
    let choice = &workspace.session().figures;
    let first = workspace.session().view.board[0];
    let (own, view) = match of {
        FigureOf::View(view) => (choice.wording.titles.get(&view).cloned().unwrap_or_default(), view),
        FigureOf::Board => (choice.board.clone(), first),
    };
    let figure = figures.automatic(workspace, view);
    let automatic = match of {
        FigureOf::View(_) => [figure.title.clone(), figure.subtitle.clone()],
        FigureOf::Board => [workspace.board_title(&figure.title), figure.subtitle.clone()],
    };
    let whole = |text: &Option<String>| text.clone().unwrap_or_default();
    let said = |text: String| (!text.trim().is_empty()).then_some(text);
    let (title, subtitle) = (whole(&own.title), whole(&own.subtitle));
    let mut set_title = |text: String| {
        requests.act(Action::Figure(FigureAction::SetTitle(of, said(text))));
    };
    let number = heading_with(ui, "Title", |ui| number_ui(ui, workspace, "Number in the title"));
    if let Some(number) = number {
        // Beside what is said already, by whomever.
        let said = if title.is_empty() { &automatic[0] } else { &title };
        set_title(format!("{said} {number}"));
    }
    if let Some(text) = fields.title.ui(ui, "Title", &title, &automatic[0], 2) {
        set_title(text);
    }
    heading(ui, "Subtitle");
    if let Some(text) = fields.subtitle.ui(ui, "Subtitle", &subtitle, &automatic[1], 1) {
        requests.act(Action::Figure(FigureAction::SetSubtitle(of, said(text))));
    }
    if title.is_empty() && subtitle.is_empty() {
        ui.label(small(
            "Empty, they follow the fit by themselves. {N} in a text is N* as it stands.",
            ui,
        ));
    }
}

/// A menu of the numbers that texts may hold; gives the one that was chosen, in its braces.
pub(super) fn number_ui(ui: &mut Ui, workspace: &Workspace, name: &str) -> Option<String> {
    let mut chosen = None;
    let menu = ui.menu_button("Insert number", |ui| {
        let numbers = workspace.live_numbers();
        if numbers.is_empty() {
            ui.label("There is no fit");
        }
        for number in numbers {
            let row = ui.button(format!("{{{}}}   {}", number.name, number.value));
            let tip = format!("{}. {{{}±}} says what it is known to.", number.about, number.name);
            if row.on_hover_text(tip).clicked() {
                chosen = Some(format!("{{{}}}", number.name));
            }
        }
    });
    menu.response
        .widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    chosen
}

//! The command palette: every command, view and law in one list that is narrowed as one types.
//!
//! What is typed must be found in the name in this order, with anything between; letters at the beginnings of words and next
//! to one another count for more, and a whole piece of the name for most.

use super::commands::{Command, shortcut};
use super::theme::{self, size};
use super::toolbar::{EMBED, EMBED_ABOUT};
use super::{Local, Requests};
use crate::figure::Token;
use crate::figure::views::{AxisStyle, View};
use crate::law::LawKind;
use crate::law::published::PUBLISHED;
use crate::session::{Action, FitAction, ProjectAction, ViewAction, Workspace};
use eframe::egui::{
    self, Align2, Context, FontId, Id, Key, Modal, Modifiers, Rect, Role, ScrollArea, Sense, TextEdit, Ui, WidgetInfo,
    pos2, vec2,
};

/// Width of the list, height of a row, and of all rows that are seen.
const WIDTH: f32 = 560.0;
const ROW: f32 = 26.0;
const LIST: f32 = 14.0 * ROW;
/// From the top of the window.
const TOP: f32 = 80.0;

/// The palette, while it is open.
#[derive(Default)]
pub(super) struct Palette {
    open: Option<Open>,
}

#[derive(Default)]
struct Open {
    typed: String,
    /// Place in the narrowed list.
    cursor: usize,
    /// Keys moved the cursor: it must be in sight.
    reveal: bool,
}

impl Palette {
    /// Opens it, or closes it.
    pub(super) fn toggle(&mut self) {
        self.open = match self.open {
            Some(_) => None,
            None => Some(Open::default()),
        };
    }
}

/// What a row does.
#[derive(Debug, Clone, PartialEq)]
enum Deed {
    Command(Command),
    Action(Action),
}

/// A row.
struct Entry {
    name: String,
    about: String,
    keys: String,
    deed: Deed,
}

/// Everything that can be asked for.
fn entries(ctx: &Context, workspace: &Workspace) -> Vec<Entry> {
    let command = |command: Command| Entry {
        name: command.name(),
        about: command.about().to_owned(),
        keys: shortcut(ctx, command),
        deed: Deed::Command(command),
    };
    let action = |name: String, about: &str, action: Action| Entry {
        name,
        about: about.to_owned(),
        keys: String::new(),
        deed: Deed::Action(action),
    };
    let mut entries: Vec<Entry> = Command::listed().into_iter().map(command).collect();
    let view = &workspace.session().view;
    for listed in View::ALL {
        let name = match view.board.contains(&listed) {
            true => format!("Take off the board: {}", listed.label()),
            false => format!("Show: {}", listed.label()),
        };
        entries.push(action(name, listed.hint(), Action::View(ViewAction::Toggle(listed))));
    }
    for listed in View::ALL {
        let name = format!("Show only: {}", listed.label());
        entries.push(action(name, listed.hint(), Action::View(ViewAction::Only(listed))));
    }
    for (on, name, about, to) in [
        (
            view.residual_strip,
            "residuals under the first view",
            "A strip under the first view",
            ViewAction::SetResidualStrip as fn(bool) -> ViewAction,
        ),
        (
            view.reducible,
            "reducible loss L − E",
            "Losses less the floor of the fit",
            ViewAction::SetReducible,
        ),
        (
            view.second_axes,
            "second scales",
            "Perplexity, hours of the accelerator, tokens per parameter on the far sides",
            ViewAction::SetSecondAxes,
        ),
        (
            view.reference_models,
            "known models",
            "GPT-3, Chinchilla and others as marks",
            ViewAction::SetReferenceModels,
        ),
    ] {
        let verb = if on { "Hide" } else { "Draw" };
        entries.push(action(format!("{verb}: {name}"), about, Action::View(to(!on))));
    }
    let style = view.axis_style;
    let powers = AxisStyle {
        powers: !style.powers,
        ..style
    };
    let days = AxisStyle {
        pf_days: !style.pf_days,
        ..style
    };
    for (on, names, about, style) in [
        (
            style.powers,
            ["N and D as powers of ten", "N and D as 1B"],
            "How axes are written",
            powers,
        ),
        (
            style.pf_days,
            ["C in PF-days", "C in FLOP"],
            "How axes are written",
            days,
        ),
    ] {
        let name = format!("Axes: {}", names[usize::from(on)]);
        entries.push(action(name, about, Action::View(ViewAction::SetAxisStyle(style))));
    }
    let embed = workspace.session().embed;
    let name = if embed { "Keep data outside the project" } else { EMBED };
    let deed = Action::Project(ProjectAction::SetEmbed(!embed));
    entries.push(action(name.to_owned(), EMBED_ABOUT, deed));
    for law in LawKind::ALL {
        let name = format!("Fit: {}", law.law().label());
        entries.push(action(name, law.law().formula(), Action::Fit(FitAction::SetLaw(law))));
    }
    for law in PUBLISHED {
        let on = view.published.iter().any(|name| name == law.name);
        let name = format!("{} published law: {}", if on { "Hide" } else { "Draw" }, law.label);
        let deed = Action::View(ViewAction::SetPublished(law.name, !on));
        entries.push(action(name, law.source, deed));
    }
    entries
}

/// How well a text answers what was typed; `None` where it does not.
fn score(typed: &str, text: &str) -> Option<i32> {
    let typed = typed.trim().to_lowercase();
    let text = text.to_lowercase();
    if let Some(at) = text.find(&typed) {
        let (before, more) = (text[..at].chars().count(), text.len() - typed.len());
        return Some(10_000 - 10 * before as i32 - more as i32);
    }
    let (mut score, mut last, mut before) = (0, None, ' ');
    let mut wanted = typed.chars().filter(|c| !c.is_whitespace()).peekable();
    for (place, c) in text.chars().enumerate() {
        if wanted.peek() == Some(&c) {
            wanted.next();
            let begins = !before.is_alphanumeric();
            let follows = last == Some(place.wrapping_sub(1));
            score += 1 + 8 * i32::from(begins) + 4 * i32::from(follows);
            last = Some(place);
        }
        before = c;
    }
    wanted.peek().is_none().then_some(score)
}

/// The entries that answer what was typed, the best first; names count for more than what is said about them.
fn narrowed(entries: Vec<Entry>, typed: &str) -> Vec<Entry> {
    if typed.trim().is_empty() {
        return entries;
    }
    let scored = entries.into_iter().filter_map(|entry| {
        let about = || entry.about.to_lowercase().contains(&typed.trim().to_lowercase());
        let found = score(typed, &entry.name).or_else(|| about().then_some(0))?;
        Some((found, entry))
    });
    let mut scored: Vec<(i32, Entry)> = scored.collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, entry)| entry).collect()
}

pub(super) fn palette_ui(ctx: &Context, workspace: &Workspace, local: &mut Local, requests: &mut Requests) {
    let Some(mut open) = local.palette.open.take() else {
        return;
    };
    // The field would take some of these for itself.
    let pressed = |modifiers, key| ctx.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::NONE, Key::Escape) || pressed(Modifiers::COMMAND, Key::K) {
        ctx.request_repaint();
        return;
    }
    let down = pressed(Modifiers::NONE, Key::ArrowDown);
    let up = pressed(Modifiers::NONE, Key::ArrowUp);
    let enter = pressed(Modifiers::NONE, Key::Enter);
    let area = Modal::default_area(Id::unique("palette")).anchor(Align2::CENTER_TOP, vec2(0.0, TOP));
    let shown = Modal::new(Id::unique("palette")).area(area).show(ctx, |ui| {
        ui.set_width(WIDTH);
        field_ui(ui, &mut open);
        let rows = narrowed(entries(ctx, workspace), &open.typed);
        let last = rows.len().saturating_sub(1);
        open.cursor = open.cursor.min(last);
        if down || up {
            let step = |from: usize| if down { from + 1 } else { from.wrapping_sub(1) };
            // Round from one end to the other.
            open.cursor = match step(open.cursor) {
                place if place <= last => place,
                _ if down => 0,
                _ => last,
            };
            open.reveal = true;
        }
        let clicked = list_ui(ui, &rows, &mut open);
        let chosen = clicked.or(enter.then_some(open.cursor));
        chosen.and_then(|place| rows.into_iter().nth(place))
    });
    match shown.inner {
        Some(entry) => {
            match entry.deed {
                Deed::Command(command) => requests.commands.push(command),
                Deed::Action(action) => requests.act(action),
            }
            ctx.request_repaint();
        }
        None if shown.backdrop_response.clicked() => ctx.request_repaint(),
        None => local.palette.open = Some(open),
    }
}

fn field_ui(ui: &mut Ui, open: &mut Open) {
    let before = open.typed.clone();
    let edit = TextEdit::singleline(&mut open.typed)
        .id_salt("command")
        .hint_text("A command, a view or a law")
        .desired_width(f32::INFINITY);
    let response = ui.add(edit);
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Command"));
    response.request_focus();
    if open.typed != before {
        open.cursor = 0;
        open.reveal = true;
    }
}

/// The rows; says which was clicked.
fn list_ui(ui: &mut Ui, rows: &[Entry], open: &mut Open) -> Option<usize> {
    if rows.is_empty() {
        ui.label(super::widgets::small("Nothing of that name", ui));
        return None;
    }
    let mut clicked = None;
    let moved = ui.input(|input| input.pointer.is_moving());
    ScrollArea::vertical()
        .max_height(LIST)
        .auto_shrink([false, true])
        .id_salt("commands")
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (place, entry) in rows.iter().enumerate() {
                let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::CLICK);
                let on = place == open.cursor;
                response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, on, &entry.name));
                if response.hovered() && moved {
                    open.cursor = place;
                }
                if on && open.reveal {
                    ui.scroll_to_rect(rect, None);
                }
                if response.clicked() {
                    clicked = Some(place);
                }
                if ui.is_rect_visible(rect) {
                    row_ui(ui, rect, entry, on);
                }
            }
            open.reveal = false;
        });
    clicked
}

fn row_ui(ui: &Ui, rect: Rect, entry: &Entry, on: bool) {
    let color = |token| theme::token(ui, token);
    let painter = ui.painter();
    if on {
        painter.rect_filled(rect, 4.0, color(Token::Accent).gamma_multiply(0.22));
    }
    let middle = rect.center().y;
    let name = painter.text(
        pos2(rect.left() + 8.0, middle),
        Align2::LEFT_CENTER,
        &entry.name,
        FontId::proportional(size::BODY),
        color(Token::Text),
    );
    let small = FontId::proportional(size::SMALL);
    let keys = painter.text(
        pos2(rect.right() - 8.0, middle),
        Align2::RIGHT_CENTER,
        &entry.keys,
        small.clone(),
        color(Token::TextMuted),
    );
    let room = Rect::from_min_max(
        pos2(name.right() + 12.0, rect.top()),
        pos2(keys.left() - 12.0, rect.bottom()),
    );
    let mut job = egui::text::LayoutJob::simple_singleline(entry.about.clone(), small, color(Token::TextFaint));
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.width().max(0.0));
    let galley = painter.layout_job(job);
    painter.galley(
        pos2(room.left(), middle - galley.size().y / 2.0),
        galley,
        color(Token::TextFaint),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_found_in_order_and_the_best_stands_first() {
        assert!(score("isl", "Show: Isoloss map").is_some());
        assert_eq!(score("pam", "Show: Isoloss map"), None);
        assert_eq!(score("zebra", "Show: Isoloss map"), None);
        assert!(score("iso", "Show: Isoloss map") > score("sim", "Show: Isoloss map"));
        assert!(score("sf", "Save figure…") > score("sf", "Besiroglu of"));
        // Every entry is found by its own name, and comes first.
        let rows = || entries(&Context::default(), &Workspace::default());
        assert!(rows().len() > 60);
        for entry in rows() {
            let found = narrowed(rows(), &entry.name);
            assert_eq!(found[0].name, entry.name);
        }
    }

    #[test]
    fn every_law_view_and_shortcut_is_listed_once() {
        let rows = entries(&Context::default(), &Workspace::default());
        let mut names: Vec<&str> = rows.iter().map(|entry| entry.name.as_str()).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all, "names are told apart");
        for (command, _) in super::super::commands::SHORTCUTS {
            let listed = rows.iter().any(|entry| entry.deed == Deed::Command(command));
            assert!(listed || command == Command::Palette, "{command:?} is not listed");
        }
    }
}

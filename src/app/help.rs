//! Help: each law with its formula, source and limits, the published laws with theirs, the mouse, presenting and the keys.

use super::commands::{SHORTCUTS, shortcut};
use super::text::{quoted, rich_rows};
use super::theme::{self, size};
use super::widgets::{heading, small};
use crate::figure::{FontWeight, Token};
use crate::law::LawKind;
use crate::law::published::PUBLISHED;
use crate::session::Workspace;
use eframe::egui::{self, Align, Context, Id, Key, Label, Layout, Modal, Modifiers, RichText, ScrollArea, Ui};

/// Width of the page, and its share of the window's height.
const WIDTH: f32 = 640.0;
const SHARE: f32 = 0.72;

/// What the mouse does on a plot.
const MOUSE: [(&str, &str); 8] = [
    ("Wheel, or two fingers", "zoom about the pointer, by decades"),
    ("Drag", "pan"),
    ("Right drag", "zoom to a box"),
    ("Double click", "back to the whole view"),
    ("Click on a run", "select it; Shift adds, Alt takes out"),
    (
        "Shift and drag",
        "draw an outline and add the runs inside; with Alt, take them out",
    ),
    ("Drag the star", "move the budget along the frontier"),
    ("Drag the edge of a panel", "make it wider or narrower"),
];

/// What keys and clicks do in a presentation.
const PRESENTING: [(&str, &str); 9] = [
    (
        "F5",
        "present on the display that the window is on, and back again; Ctrl+K has the other display, or move the window there first",
    ),
    (
        "Right, Left",
        "tell one step more or less: axes, runs, law, band, frontier, beyond, answer",
    ),
    ("Down, Up", "the next view of the board, the one before"),
    ("V", "two views side by side, or one"),
    (
        "Click on a dot, a curve or a name",
        "put the spotlight on its series, in every view; a click beside everything takes it off",
    ),
    ("S, Shift+S", "put the spotlight on the next series, on the one before"),
    ("1 to 9", "switch to a scenario"),
    ("B, H", "a black screen; the line of keys"),
    ("Escape", "takes the spotlight off, then ends"),
];

/// Shows the page while it is open; says whether it stays so.
pub(super) fn help_ui(ctx: &Context, workspace: &Workspace) -> bool {
    let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let mut stays = !pressed(Key::Escape) && !pressed(Key::F1);
    let height = ctx.content_rect().height() * SHARE;
    let shown = Modal::new(Id::unique("help")).show(ctx, |ui| {
        ui.set_width(WIDTH);
        ui.horizontal(|ui| {
            ui.label(RichText::new("Help").font(theme::bold(size::TITLE)));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                stays &= !ui.button("Close help").clicked();
            });
        });
        ScrollArea::vertical()
            .max_height(height)
            .auto_shrink([false, true])
            .id_salt("help")
            .show(ui, |ui| {
                laws_ui(ui, workspace);
                published_ui(ui);
                hands_ui(ui);
            });
    });
    stays && !shown.backdrop_response.clicked()
}

/// The law that is fitted comes first.
fn laws_ui(ui: &mut Ui, workspace: &Workspace) {
    heading(ui, "Laws that can be fitted");
    let present = &workspace.session().fit.config.law;
    let mut laws = LawKind::ALL.to_vec();
    laws.sort_by_key(|law| *present != *law);
    for law in laws {
        let about = law.law();
        let now = if *present == law { " · fitted now" } else { "" };
        entry_ui(
            ui,
            &format!("{}{now}", about.label()),
            &format!("L = {}", about.formula()),
            &[about.source(), &format!("Limits: {}", about.limits())],
        );
    }
}

fn published_ui(ui: &mut Ui) {
    heading(ui, "Published laws");
    for law in PUBLISHED {
        let counts = format!("N is {}. {}", law.params_convention.description(), law.flops_convention);
        entry_ui(
            ui,
            law.label,
            "",
            &[law.source, &counts, &format!("Limits: {}", law.validity)],
        );
    }
}

fn entry_ui(ui: &mut Ui, name: &str, formula: &str, lines: &[&str]) {
    ui.add(Label::new(RichText::new(name).font(theme::bold(size::BODY))).wrap());
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        if !formula.is_empty() {
            let color = theme::token(ui, Token::Text);
            let job = rich_rows(formula, size::BODY, FontWeight::Regular, color, ui.available_width(), 3);
            ui.label(job);
        }
        for line in lines {
            ui.add(Label::new(small(quoted(line), ui)).wrap());
        }
    });
    ui.add_space(theme::GRID * 0.5);
}

fn hands_ui(ui: &mut Ui) {
    heading(ui, "The mouse on a plot");
    let row = |ui: &mut Ui, left: &str, right: &str| {
        ui.label(left);
        ui.add(Label::new(small(right, ui)).wrap());
        ui.end_row();
    };
    let grid = |id: &'static str| egui::Grid::new(id).num_columns(2).spacing([24.0, 2.0]);
    grid("mouse").show(ui, |ui| {
        for (hand, deed) in MOUSE {
            row(ui, hand, deed);
        }
    });
    heading(ui, "Presenting");
    grid("presenting").show(ui, |ui| {
        for (keys, deed) in PRESENTING {
            row(ui, keys, deed);
        }
    });
    heading(ui, "Keys");
    grid("keys").show(ui, |ui| {
        for (command, keys) in SHORTCUTS {
            // The first of several is the one that buttons name.
            let text = ui.ctx().format_shortcut(&keys);
            if shortcut(ui.ctx(), command) == text {
                row(ui, &text, command.about());
            }
        }
        row(
            ui,
            "Tab, then arrows, + −, 0",
            "Pan and zoom the plot that has the focus",
        );
    });
}

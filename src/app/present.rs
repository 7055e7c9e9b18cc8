//! Presenting: the views alone, larger, and told in steps. One key in, one key out, and everything is where it was.
//!
//! F5 begins and Escape ends; → and ← tell more and less; ↓ and ↑ go through the views where there is room for one only; 1 to 9
//! switch to a scenario; B makes the screen black.

use super::Requests;
use super::theme::{self, size};
use crate::figure::{Reveal, Token};
use crate::session::{Action, ScenarioAction, Workspace};
use eframe::egui::{Align2, Context, FontId, Key, Modifiers, Rect, Ui, ViewportCommand, pos2};

/// How much larger everything is.
const LARGER: f32 = 1.6;

/// A presentation under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Presentation {
    /// How far the views are told.
    pub(super) reveal: Reveal,
    black: bool,
    /// Which view, counted round the board, where there is room for one only.
    pub(super) place: usize,
    /// To come back to.
    zoom_before: f32,
    fullscreen_before: bool,
}

/// What the keys of a presentation are for, in its corner.
const HELP: &str = "← → steps   ·   ↑ ↓ views   ·   1–9 scenarios   ·   B black   ·   Esc ends";

impl Presentation {
    /// Begins one: the window fills the screen it is on.
    pub(super) fn begin(ctx: &Context) -> Self {
        let fullscreen_before = ctx.input(|input| input.viewport().fullscreen.unwrap_or(false));
        let zoom_before = ctx.zoom_factor();
        ctx.set_zoom_factor(zoom_before * LARGER);
        ctx.send_viewport_cmd(ViewportCommand::Fullscreen(true));
        Self {
            reveal: Reveal::Answer,
            black: false,
            place: 0,
            zoom_before,
            fullscreen_before,
        }
    }

    /// Ends it: the window is as it was.
    pub(super) fn end(self, ctx: &Context) {
        ctx.set_zoom_factor(self.zoom_before);
        ctx.send_viewport_cmd(ViewportCommand::Fullscreen(self.fullscreen_before));
    }

    /// Takes the keys of a frame; says whether it goes on.
    pub(super) fn keys(&mut self, ctx: &Context, workspace: &Workspace, requests: &mut Requests) -> bool {
        let pressed = |key: Key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::Escape) || pressed(Key::F5) {
            return false;
        }
        for key in [Key::ArrowRight, Key::PageDown, Key::Space] {
            if pressed(key) {
                self.reveal = self.reveal.next();
            }
        }
        for key in [Key::ArrowLeft, Key::PageUp] {
            if pressed(key) {
                self.reveal = self.reveal.before();
            }
        }
        if pressed(Key::ArrowDown) {
            self.place += 1;
        }
        if pressed(Key::ArrowUp) {
            // Round the board the other way.
            self.place += workspace.session().view.board.len() - 1;
        }
        if pressed(Key::Home) {
            self.reveal = Reveal::Axes;
        }
        if pressed(Key::End) {
            self.reveal = Reveal::Answer;
        }
        if pressed(Key::B) {
            self.black = !self.black;
        }
        const NUMBERS: [Key; 9] = [
            Key::Num1,
            Key::Num2,
            Key::Num3,
            Key::Num4,
            Key::Num5,
            Key::Num6,
            Key::Num7,
            Key::Num8,
            Key::Num9,
        ];
        for (scenario, key) in workspace.session().scenarios.iter().zip(NUMBERS) {
            if pressed(key) {
                requests.act(Action::Scenario(ScenarioAction::Recall(scenario.id)));
            }
        }
        true
    }

    /// What lies over the views: nothing but where one is, or black.
    pub(super) fn over_ui(&self, ui: &Ui, rect: Rect) {
        let painter = ui.painter();
        if self.black {
            painter.rect_filled(ui.ctx().content_rect(), 0.0, theme::OFF);
            return;
        }
        let font = FontId::proportional(size::SMALL);
        let faint = theme::token(ui, Token::TextFaint);
        let at = pos2(rect.right(), rect.bottom());
        let text = match self.reveal {
            Reveal::Answer => HELP.to_owned(),
            step => format!("{}   ·   {HELP}", step.label()),
        };
        painter.text(at, Align2::RIGHT_BOTTOM, text, font, faint);
    }
}

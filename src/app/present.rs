//! Presenting: one view or two, as large as can be, told in steps. One key in, one key out, and everything is where it was.
//!
//! Everything is larger by one factor, which follows from the height of the screen:
//!
//! ```text
//! factor = rows of the screen / 420
//! ```
//!
//! The stage is 420 points high, so 720, 1080 and 2160 rows show one picture at three sizes. On it the smallest text (11.5 points)
//! is 1/37 of the height, titles (14 points) are 1/30, and a line of 1.2 points is three pixels of 1080. On a screen that is
//! narrower than 4:3 the factor follows from the width instead.

use super::figures::Figures;
use super::paint::ROOM_LINE;
use super::spotlight::Series;
use super::text::rich;
use super::theme::{self, size};
use super::zoom::Zoom;
use super::{Local, Requests};
use crate::figure::views::View;
use crate::figure::{Figure, FontWeight, Paint, Reveal, Token};
use crate::session::{Action, ScenarioAction, Workspace};
use eframe::egui::util::IdTypeMap;
use eframe::egui::{Align, Context, Key, Label, Layout, Modifiers, Popup, Ui, UiBuilder, Vec2, ViewportCommand, vec2};

/// The stage in points: its height, and the least of its width.
const STAGE: Vec2 = vec2(560.0, 420.0);
// Ticks and titles as shares of the height, and a line in pixels of 1080 rows: less, and the last row does not see it.
const _: () = assert!(size::SMALL >= STAGE.y / 40.0 && size::TITLE >= STAGE.y / 30.0);
const _: () = assert!(ROOM_LINE * 1080.0 / STAGE.y >= 3.0);

/// The factor follows the screen when it is off by more than this share.
const SLACK: f32 = 0.005;

/// A presentation under way.
pub(super) struct Presentation {
    /// How far the views are told.
    pub(super) reveal: Reveal,
    /// The series in the spotlight.
    light: Option<Series>,
    black: bool,
    /// Which view, counted round the board.
    place: usize,
    /// The next one stands beside it.
    pair: bool,
    /// The line of keys stands where the equation stands otherwise.
    help: bool,
    before: Before,
}

/// What to come back to.
struct Before {
    zoom_factor: f32,
    fullscreen: bool,
    /// Number of the display that the window was on, where it was sent to another.
    display: Option<usize>,
    /// What egui keeps of plots, panels and what scrolls.
    data: IdTypeMap,
    /// What the views have told one another.
    zoom: Zoom,
}

/// What the keys of a presentation are for.
const HELP: &str =
    "← → steps · ↑ ↓ views · V two views · S spotlight · 1–9 scenarios · B black · H this line · Esc ends";

impl Presentation {
    /// Begins one: the window fills the screen it is on, or the `display` of this number.
    pub(super) fn begin(ctx: &Context, local: &Local, display: Option<Elsewhere>) -> Self {
        let before = Before {
            zoom_factor: ctx.zoom_factor(),
            fullscreen: ctx.input(|input| input.viewport().fullscreen.unwrap_or(false)),
            display: display.map(|elsewhere| elsewhere.here),
            data: ctx.data(Clone::clone),
            zoom: local.zoom.clone(),
        };
        ctx.send_viewport_cmd(match display {
            Some(elsewhere) => ViewportCommand::SetMonitor(elsewhere.there),
            None => ViewportCommand::Fullscreen(true),
        });
        theme::read_in_a_room(ctx, true);
        let presentation = Self {
            reveal: Reveal::Answer,
            light: None,
            black: false,
            place: 0,
            pair: false,
            help: true,
            before,
        };
        fit_stage(ctx);
        presentation
    }

    /// Ends it: the window is as it was.
    pub(super) fn end(self, ctx: &Context, local: &mut Local) {
        let before = self.before;
        ctx.set_zoom_factor(before.zoom_factor);
        ctx.send_viewport_cmd(match (before.fullscreen, before.display) {
            (true, Some(display)) => ViewportCommand::SetMonitor(display),
            (fullscreen, _) => ViewportCommand::Fullscreen(fullscreen),
        });
        ctx.data_mut(|data| *data = before.data);
        local.zoom = before.zoom;
        theme::read_in_a_room(ctx, false);
        ctx.request_repaint();
    }

    /// The paint that the spotlight is on in a view.
    pub(super) fn lit_in(&self, view: View, figure: &Figure) -> Option<Paint> {
        self.light.as_ref()?.lit_in(view.name(), figure)
    }

    /// The views of a board that are seen.
    pub(super) fn shown(&self, board: &[View]) -> Vec<View> {
        let at = |place: usize| board[place % board.len()];
        match self.pair && board.len() > 1 {
            true => vec![at(self.place), at(self.place + 1)],
            false => vec![at(self.place)],
        }
    }

    /// Puts the spotlight on a series, or takes it off; says whether that is another.
    pub(super) fn shine(&mut self, light: Option<Series>) -> bool {
        let other = self.light != light;
        self.help &= !other;
        self.light = light;
        other
    }

    /// Whether the screen is black.
    pub(super) fn is_black(&self) -> bool {
        self.black
    }

    /// Takes the keys of a frame; says whether it goes on.
    pub(super) fn keys(
        &mut self,
        ctx: &Context,
        workspace: &Workspace,
        figures: &mut Figures,
        requests: &mut Requests,
    ) -> bool {
        fit_stage(ctx);
        if ctx.input(|input| input.viewport().close_requested()) {
            // The window must not remember that it filled the screen.
            ctx.send_viewport_cmd(ViewportCommand::Fullscreen(self.before.fullscreen));
        }
        // Text being typed, a menu and what lies over everything keep their keys.
        let over = ctx.memory(|memory| memory.top_modal_layer().is_some());
        if over || ctx.text_edit_focused() || Popup::is_any_open(ctx) {
            return true;
        }
        let pressed = |key: Key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::F5) {
            return false;
        }
        if pressed(Key::Escape) && self.light.take().is_none() {
            return false;
        }
        let board = &workspace.session().view.board;
        let mut any = false;
        let mut step = |keys: &[Key]| {
            let steps = keys.iter().filter(|key| pressed(**key)).count();
            any |= steps > 0;
            steps
        };
        for _ in 0..step(&[Key::ArrowRight, Key::PageDown, Key::Space]) {
            self.reveal = self.reveal.next();
        }
        for _ in 0..step(&[Key::ArrowLeft, Key::PageUp]) {
            self.reveal = self.reveal.before();
        }
        // Up is round the board the other way.
        self.place += step(&[Key::ArrowDown]) + step(&[Key::ArrowUp]) * (board.len() - 1);
        if step(&[Key::Home]) > 0 {
            self.reveal = Reveal::Axes;
        }
        if step(&[Key::End]) > 0 {
            self.reveal = Reveal::Answer;
        }
        self.pair ^= step(&[Key::V]) % 2 == 1;
        self.black ^= step(&[Key::B]) % 2 == 1;
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
            if step(&[key]) > 0 {
                requests.act(Action::Scenario(ScenarioAction::Recall(scenario.id)));
            }
        }
        // Shift first: a pattern without it takes both.
        let back = ctx.input_mut(|input| input.consume_key(Modifiers::SHIFT, Key::S));
        if back || step(&[Key::S]) > 0 {
            any = true;
            figures.tell_to(self.reveal);
            let first = self.shown(board)[0];
            let figure = figures.view(workspace, first);
            let by = if back { -1 } else { 1 };
            self.light = Series::beside(self.light.as_ref(), by, first.name(), figure);
        }
        self.help = if pressed(Key::H) { !self.help } else { self.help && !any };
        true
    }

    /// The line under the views: the keys, or at its end where one is. Says whether there is room for an equation.
    pub(super) fn line_ui(&self, ui: &mut Ui) -> bool {
        let muted = theme::token(ui, Token::TextMuted);
        let small = |text: &str| rich(text, size::SMALL, FontWeight::Regular, muted);
        if self.help {
            ui.horizontal_centered(|ui| ui.add(Label::new(small(HELP)).truncate()));
            return false;
        }
        let step = (self.reveal != Reveal::Answer).then(|| self.reveal.label().to_owned());
        let light = self.light.as_ref().map(|series| series.name.clone());
        let said: Vec<String> = step.into_iter().chain(light).filter(|text| !text.is_empty()).collect();
        if !said.is_empty() {
            let text = small(&said.join(" · "));
            let end = UiBuilder::new()
                .max_rect(ui.max_rect())
                .layout(Layout::right_to_left(Align::Center));
            let used = ui.new_child(end).add(Label::new(text).truncate()).rect.width();
            ui.set_max_width((ui.max_rect().width() - used - theme::GRID * 2.0).max(0.0));
        }
        // The law is told with its curve.
        self.reveal >= Reveal::Fit
    }
}

/// Makes everything as large as the screen asks for.
fn fit_stage(ctx: &Context) {
    let (screen, now) = (ctx.content_rect().size(), ctx.zoom_factor());
    let larger = (screen / STAGE).min_elem();
    if larger.is_finite() && larger > 0.0 && (larger - 1.0).abs() > SLACK {
        ctx.set_zoom_factor(now * larger);
    }
}

/// Another display than the one that the window is on, each by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Elsewhere {
    here: usize,
    there: usize,
}

impl Elsewhere {
    /// The first other one, if there is any.
    pub(super) fn of(frame: &eframe::Frame) -> Option<Self> {
        let window = frame.winit_window()?;
        let current = window.current_monitor()?;
        let is_here: Vec<bool> = window.available_monitors().map(|display| display == current).collect();
        Some(Self {
            here: is_here.iter().position(|here| *here)?,
            there: is_here.iter().position(|here| !here)?,
        })
    }
}

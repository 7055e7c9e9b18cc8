//! The window: three zones around one session.
//!
//! Panels read the session and what was derived from it, keep their own small state in `Local`, and push actions.
//! `IsolossApp::ui` applies them at its end; `IsolossApp::logic` takes in what jobs and dialogs have brought.

mod answer;
mod arrivals;
mod board;
mod brush;
mod commands;
mod corrections;
mod dialogs;
mod figures;
mod files;
mod handles;
mod help;
mod highlight;
mod hints;
mod inspector;
mod keys;
mod lasso;
mod launch;
mod layers;
mod notes;
mod paint;
mod palette;
mod perform;
mod pictures;
mod plans;
mod plot;
mod present;
mod project;
mod readout;
mod runs;
mod selected;
mod sheet;
mod spotlight;
mod star;
mod status;
mod steer;
mod strip;
mod summary;
mod text;
mod theme;
mod toolbar;
mod training;
mod trust;
mod watch;
mod widgets;
mod zoom;

pub use launch::{LaunchError, LaunchOptions, run};

use crate::figure::{Datum, Reveal, Token};
use crate::session::jobs::Jobs;
use crate::session::{
    Action, DataAction, Gesture, OpenedProject, ProjectAction, Session, Source, Task, TaskKind, Workspace,
};
use commands::Command;
use dialogs::{Dialogs, Picked};
use eframe::egui::{self, CentralPanel, Context, Frame, Margin, Panel, Stroke, Ui};
use figures::Figures;
use files::Files;
use std::path::PathBuf;
use std::sync::Arc;
use training::Training;

/// What panels hand back: changes of the session, and commands of the window.
#[derive(Default)]
struct Requests {
    actions: Vec<Action>,
    commands: Vec<Command>,
}

impl Requests {
    fn act(&mut self, action: Action) {
        self.actions.push(action);
    }
}

/// What the window remembers of itself: open tabs, half-typed text, what is under the mouse. Not undone, not saved.
#[derive(Default)]
struct Local {
    tab: inspector::Tab,
    /// The data set whose import the inspector explains.
    explained: Option<crate::session::DataId>,
    /// The import sheet, while it lies over the board, and whether its way back was clicked.
    sheet: Option<sheet::Sheet>,
    close_sheet: bool,
    budget: widgets::Entry,
    plan: inspector::plan::PlanPanel,
    keep: widgets::Entry,
    rule: widgets::Entry,
    parameters: inspector::fit::Parameters,
    train: inspector::train::Fields,
    kept: inspector::fit::KeptFits,
    /// Correlations are unfolded.
    correlation: bool,
    /// How universes are laid out.
    strip: strip::StripChoice,
    /// The measurement under the mouse, in whichever view.
    hovered: Option<Datum>,
    figure: inspector::figure::FigureTab,
    /// Runs that a finding points out.
    highlight: highlight::Highlight,
    hints: hints::Hints,
    /// A presentation under way.
    presentation: Option<present::Presentation>,
    left_out: inspector::health::LeftOutByHand,
    /// Runs that are selected, what selects them, and where all of them are listed.
    brush: brush::Brush,
    lasso: lasso::Lasso,
    zoom: zoom::Zoom,
    runs: runs::Runs,
    palette: palette::Palette,
    /// The page of help is open.
    help: bool,
    /// What the mouse would do here, as the status line says it, and as this frame's panels found it.
    hint: &'static str,
    next_hint: &'static str,
    /// The last thing that went well or wrong outside a job, for the status line.
    notice: Option<Notice>,
    /// Counts presses of pointer and keys.
    press: u64,
    held_before: bool,
}

struct Notice {
    text: String,
    error: bool,
}

/// Keys of what is remembered in the window's own state: of corrected files, and which hints were dismissed.
const CORRECTIONS: &str = "corrections";
const HINTS: &str = "hints";
/// Of looks of figures that were given a name.
const TEMPLATES: &str = "templates";

/// The application.
pub struct IsolossApp {
    workspace: Workspace,
    jobs: Jobs,
    dialogs: Dialogs,
    figures: Figures,
    files: Files,
    project: project::Project,
    pictures: pictures::Pictures,
    training: Training,
    local: Local,
}

impl IsolossApp {
    /// An application on a session, with fonts and themes installed.
    pub fn new(ctx: &Context, session: Session) -> Self {
        Self::on(ctx, session.into())
    }

    /// The same on a project as its file has it.
    pub fn on(ctx: &Context, opened: OpenedProject) -> Self {
        theme::install(ctx);
        let told = opened.told.join(". ");
        let wake = ctx.clone();
        let folder = eframe::storage_dir("isoloss");
        let mut app = Self {
            project: project::Project::new(&opened.session),
            workspace: Workspace::open(opened),
            // A worker's many small steps become ten frames a second at the most.
            jobs: Jobs::new(Arc::new(move || {
                wake.request_repaint_after(std::time::Duration::from_millis(100));
            })),
            dialogs: Dialogs::default(),
            figures: Figures::default(),
            files: Files::new(folder.map(|folder| folder.join("pasted"))),
            pictures: pictures::Pictures::default(),
            training: Training::new(eframe::storage_dir("isoloss").map(|folder| folder.join("sweeps"))),
            local: Local::default(),
        };
        let tasks = app.workspace.start();
        app.undertake(tasks);
        if !told.is_empty() {
            app.say(&told, true);
        }
        app
    }

    /// The session and its answers.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Whether a job is under way.
    pub fn busy(&self) -> bool {
        self.jobs.busy() || self.files.arrivals.busy() || self.pictures.busy()
    }

    /// Takes up how files were corrected before, which hints were dismissed, which projects were open, and unsaved work.
    pub fn remember(&mut self, storage: &dyn eframe::Storage) {
        if let Some(text) = storage.get_string(CORRECTIONS) {
            self.files.corrections = corrections::Corrections::from_json(&text);
        }
        if let Some(text) = storage.get_string(HINTS) {
            self.local.hints = hints::Hints::from_text(&text);
        }
        if let Some(text) = storage.get_string(TEMPLATES) {
            // What a later program has written of them is left alone.
            self.local
                .figure
                .remember(serde_json::from_str(&text).unwrap_or_default());
        }
        let folder = eframe::storage_dir("isoloss");
        self.project.remember(storage.get_string(project::RECENT), folder);
        if let Some(text) = storage.get_string(training::UNFINISHED) {
            self.training.offer(&text);
        }
    }

    /// Keeps pasted tables in this folder.
    pub fn keep_pasted_in(&mut self, folder: PathBuf) {
        self.files.arrivals.keep_pasted_in(folder);
    }

    /// Applies a change as if a panel had asked for it.
    pub fn act(&mut self, action: Action) {
        let tasks = self.workspace.act(action, None);
        self.undertake(tasks);
    }

    /// Quick tasks at once, the rest on threads.
    fn undertake(&mut self, tasks: Vec<Task>) {
        let mut waiting = std::collections::VecDeque::from(tasks);
        while let Some(task) = waiting.pop_front() {
            if task.kind() == TaskKind::Fit {
                // What is asked about the fit before is of no use any more.
                for kind in [TaskKind::Bootstrap, TaskKind::Curve, TaskKind::Profile, TaskKind::Trust] {
                    self.jobs.cancel(kind);
                }
            }
            if task.is_quick() {
                // What is under way for the same kind answers an old question.
                self.jobs.cancel(task.kind());
                self.files.waiting.retain(|waiting| waiting.kind() != task.kind());
                let answer = task.run(&|_| std::ops::ControlFlow::Continue(()));
                waiting.extend(self.workspace.accept(answer));
            } else if matches!(task.kind(), TaskKind::Load(_)) {
                self.read_in_turn(task);
            } else {
                self.jobs.start(task);
            }
        }
    }

    /// The stretch of input under way: a pointer or a key is held, and what it changes is one undo step.
    fn gesture(&mut self, ctx: &Context) -> Option<Gesture> {
        // The release belongs to the drag that it ends.
        let (pressed, held) = ctx.input(|input| {
            let pointer = &input.pointer;
            let held = pointer.any_down() || pointer.any_released() || !input.keys_down.is_empty();
            (pointer.any_pressed(), held)
        });
        if ctx.input(|input| input.pointer.any_released()) {
            // The frame after it finishes what the drag left as a draft.
            ctx.request_repaint();
        }
        if pressed || (held && !self.local.held_before) {
            self.local.press += 1;
        }
        self.local.held_before = held;
        held.then_some(Gesture(self.local.press))
    }

    /// The views alone, told in steps.
    fn presentation(&mut self, ui: &mut Ui, requests: &mut Requests) {
        let Some(mut presentation) = self.local.presentation.take() else {
            return;
        };
        if !presentation.keys(ui.ctx(), &self.workspace, &mut self.figures, requests) {
            presentation.end(ui.ctx(), &mut self.local);
            self.figures.tell_to(Reveal::Answer);
            return;
        }
        self.figures.tell_to(presentation.reveal);
        let black = presentation.is_black();
        self.local.presentation = Some(presentation);
        let ground = Frame::NONE
            .fill(if black {
                theme::OFF
            } else {
                theme::token(ui, Token::Background)
            })
            .inner_margin(Margin::symmetric(12, 8));
        CentralPanel::default().frame(ground).show(ui, |ui| {
            if !black {
                board::board_ui(ui, &self.workspace, &mut self.figures, &mut self.local, requests);
            }
        });
    }

    /// Lays the window out; panels only read and request.
    fn panels(&mut self, ui: &mut Ui, requests: &mut Requests) {
        let panel = theme::token(ui, Token::Panel);
        let hairline = theme::token(ui, Token::Hairline);
        let zone = |margin: Margin| Frame::NONE.fill(panel).inner_margin(margin);
        let Self {
            workspace,
            jobs,
            figures,
            files,
            project,
            training,
            local,
            ..
        } = self;

        Panel::top("toolbar")
            .exact_size(44.0)
            .resizable(false)
            .frame(
                Frame::NONE
                    .fill(theme::token(ui, Token::Background))
                    .inner_margin(Margin::symmetric(16, 8)),
            )
            .show(ui, |ui| toolbar::toolbar_ui(ui, workspace, project, local, requests));
        Panel::bottom("status")
            .exact_size(28.0)
            .resizable(false)
            .frame(zone(Margin::symmetric(16, 4)))
            .show(ui, |ui| status::status_ui(ui, workspace, jobs, files, local, requests));
        Panel::left("layers")
            .default_size(216.0)
            .size_range(160.0..=360.0)
            .frame(zone(Margin::same(16)))
            .show(ui, |ui| {
                layers::layers_ui(ui, workspace, figures, project, local, requests);
            });
        Panel::right("inspector")
            .default_size(296.0)
            .size_range(248.0..=420.0)
            .frame(zone(Margin::same(16)))
            .show(ui, |ui| {
                inspector::inspector_ui(ui, workspace, figures, files, training, local, requests);
            });
        if local.runs.open && local.sheet.is_none() {
            Panel::bottom("runs")
                .default_size(232.0)
                .size_range(120.0..=520.0)
                .frame(zone(Margin::symmetric(16, 8)))
                .show(ui, |ui| runs::runs_ui(ui, workspace, local, requests));
        }
        let ground = Frame::NONE
            .fill(theme::token(ui, Token::Background))
            .stroke(Stroke::new(0.0, hairline))
            .inner_margin(Margin {
                left: 20,
                right: 12,
                top: 14,
                bottom: 6,
            });
        CentralPanel::default().frame(ground).show(ui, |ui| match local.sheet {
            Some(_) => sheet::sheet_ui(ui, workspace, files, local, requests),
            None => board::board_ui(ui, workspace, figures, local, requests),
        });
    }
}

impl eframe::App for IsolossApp {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        for outcome in self.jobs.drain() {
            match outcome {
                Ok(answer) => self.admit(answer),
                Err((kind, error)) => {
                    let tasks = self.workspace.abandon(kind, &error);
                    self.undertake(tasks);
                }
            }
        }
        self.follow_trainings(ctx);
        self.receive_files(ctx);
        self.receive_pictures(ctx);
        self.read_next();
        match self.dialogs.poll() {
            Some(Picked::Runs(paths)) => self.open(ctx, paths),
            Some(Picked::Figure(of, page, path)) => self.save_figure(ctx, of, page, path),
            Some(Picked::Views(format, folder)) => self.save_views(ctx, format, folder),
            Some(Picked::Text(path)) => self.train_on(path),
            Some(Picked::Card(format, path)) => self.save_card(format, path),
            Some(Picked::Project(path)) => self.save_project_as(path),
            Some(Picked::Earlier(path)) => self.act(Action::Project(ProjectAction::SetSince(Some(path)))),
            Some(Picked::Found(id, path)) => {
                self.act(Action::Data(DataAction::SetSource(id, Source::File(path))));
            }
            Some(Picked::NoDialog) => self.say(
                "This desktop offers no file dialog: drop a file here or start `isoloss FILE`; \
                 `isoloss figure` writes figures",
                true,
            ),
            None => {}
        }
    }

    /// Not while presenting: the size of everything and where panels are is then that of the room.
    fn persist_egui_memory(&self) -> bool {
        self.local.presentation.is_none()
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        storage.set_string(CORRECTIONS, self.files.corrections.to_json());
        storage.set_string(project::RECENT, self.project.recent_text());
        storage.set_string(HINTS, self.local.hints.to_text());
        if let Ok(text) = serde_json::to_string(self.local.figure.templates()) {
            storage.set_string(TEMPLATES, text);
        }
        storage.set_string(training::UNFINISHED, self.training.to_json());
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        self.local.next_hint = "Drop a file of runs anywhere to open it";
        let mut requests = Requests::default();
        palette::palette_ui(&ctx, &self.workspace, &mut self.local, &mut requests);
        if self.local.help {
            self.local.help = help::help_ui(&ctx, &self.workspace);
        }
        if self.local.presentation.is_some() {
            self.presentation(ui, &mut requests);
        } else {
            self.panels(ui, &mut requests);
        }
        let pressed = commands::pressed(&ctx).into_iter();
        let room = self.local.presentation.is_some();
        requests
            .commands
            .extend(pressed.filter(|command| !room || command.is_for_a_room()));
        training::closing_ui(&ctx, &self.training, &mut requests.commands);
        arrivals::drop_overlay(&ctx);

        // `ui` may run twice a frame; requests come from responses, which happen once.
        self.take_dropped(&ctx);
        let gesture = self.gesture(&ctx);
        let changed = !requests.actions.is_empty() || !requests.commands.is_empty();
        if changed {
            self.local.notice = None;
        }
        for action in requests.actions {
            self.figures.keep_ghost(&self.workspace, &action);
            let tasks = self.workspace.act(action, gesture);
            self.undertake(tasks);
        }
        for command in requests.commands {
            self.command(&ctx, frame, command);
        }
        if changed {
            self.files.corrections.observe(self.workspace.session());
            self.project.observe(self.workspace.session());
        }
        self.autosave(&ctx);
        if gesture.is_none() {
            let tasks = self.workspace.finish_gesture();
            let finished = !tasks.is_empty();
            self.undertake(tasks);
            if finished {
                ctx.request_repaint();
            }
        }
        if changed || self.local.hint != self.local.next_hint {
            self.local.hint = self.local.next_hint;
            ctx.request_repaint();
        }
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.extreme_bg_color.to_normalized_gamma_f32()
    }
}

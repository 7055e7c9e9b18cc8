//! What a frame of the window costs, by percentiles: `cargo bench --bench frame`.
//!
//! Drives the real panels without a display: 245 simulated runs, three views with the isoloss map, pointer drags on
//! the real sliders; then 1,000 runs of 2,000 checkpoints, panned and zoomed as learning curves and as a cloud of all
//! their checkpoints; then 100,000 runs under the lasso and in the run table. A frame is everything outside the GPU driver: taking in jobs, laying out and painting panels,
//! refitting where the drag calls for it, and tessellating. Prints; judges nothing, for machines are noisy.

#![allow(clippy::print_stdout)] // a bench reports on stdout

use eframe::App as _;
use eframe::egui::{self, Context, Event, Modifiers, PointerButton, Pos2, RawInput, Rect, pos2, vec2};
use isoloss::app::IsolossApp;
use isoloss::data::{Checkpoints, Point, Run, RunTable};
use isoloss::figure::views::View;
use isoloss::import::{ImportOptions, write_tidy};
use isoloss::law::published::by_name;
use isoloss::plan::{SimulateConfig, simulate};
use isoloss::session::{Action, DataAction, Session, Source, ViewAction, apply};
use isoloss::units::{Flops, Loss, Params, Tokens};
use std::time::{Duration, Instant};

const SCREEN: egui::Vec2 = vec2(1440.0, 900.0);
const FRAMES: usize = 400;
/// Somewhere in the plot of a view that fills the board.
const PLOT: Pos2 = pos2(640.0, 560.0);

struct Window {
    ctx: Context,
    app: IsolossApp,
    frame: eframe::Frame,
    time: f64,
}

impl Window {
    fn new(session: Session) -> Self {
        let ctx = Context::default();
        let app = IsolossApp::new(&ctx, session);
        Self {
            ctx,
            app,
            frame: eframe::Frame::_new_kittest(),
            time: 0.0,
        }
    }

    /// One frame, with what it cost and how soon it wants the next.
    fn step(&mut self, events: Vec<Event>) -> (Duration, Duration, egui::FullOutput) {
        self.time += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SCREEN)),
            time: Some(self.time),
            focused: true,
            events,
            ..RawInput::default()
        };
        let start = Instant::now();
        let (app, frame) = (&mut self.app, &mut self.frame);
        app.logic(&self.ctx, frame);
        let mut output = self.ctx.run_ui(input, |ui| app.ui(ui, frame));
        let shapes = std::mem::take(&mut output.shapes);
        let meshes = self.ctx.tessellate(shapes, output.pixels_per_point);
        let cost = start.elapsed();
        std::hint::black_box(meshes);
        // Nobody uploads them here.
        output.textures_delta.clear();
        let delay = output
            .viewport_output
            .values()
            .map(|viewport| viewport.repaint_delay)
            .min();
        (cost, delay.unwrap_or(Duration::MAX), output)
    }

    /// Frames until no job is under way and nothing asks for another.
    fn settle(&mut self) {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(120) {
            let (_, delay, _) = self.step(vec![]);
            if !self.app.busy() && delay > Duration::from_secs(1) {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The middle of the control that screen readers know by this name.
    fn find(&mut self, label: &str) -> Pos2 {
        self.ctx.enable_accesskit();
        self.step(vec![]);
        let (_, _, output) = self.step(vec![]);
        self.ctx.disable_accesskit();
        let update = output.platform_output.accesskit_update.expect("accessibility is on");
        let node = update.nodes.iter().find(|(_, node)| node.label() == Some(label));
        let bounds = node
            .and_then(|(_, node)| node.bounds())
            .unwrap_or_else(|| panic!("no control named {label}"));
        pos2(
            ((bounds.x0 + bounds.x1) / 2.0) as f32,
            ((bounds.y0 + bounds.y1) / 2.0) as f32,
        )
    }

    /// Frames in which nothing changes.
    fn still(&mut self) -> Vec<Duration> {
        (0..FRAMES).map(|_| self.step(vec![]).0).collect()
    }

    /// Holds the plot and moves it to and fro; the cost of each frame.
    fn pan(&mut self) -> Vec<Duration> {
        let button = |pressed, pos| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.step(vec![Event::PointerMoved(PLOT)]);
        self.step(vec![button(true, PLOT)]);
        let mut costs = vec![];
        let mut last = PLOT;
        for index in 0..FRAMES {
            let turn = index as f32 * 0.05;
            last = PLOT + vec2(160.0 * turn.sin(), 60.0 * (1.7 * turn).sin());
            costs.push(self.step(vec![Event::PointerMoved(last)]).0);
        }
        self.step(vec![button(false, last)]);
        costs
    }

    /// Zooms in and out again with the wheel.
    fn zoom(&mut self) -> Vec<Duration> {
        self.scroll(PLOT)
    }

    /// Turns the wheel to and fro at a place.
    fn scroll(&mut self, at: Pos2) -> Vec<Duration> {
        self.step(vec![Event::PointerMoved(at)]);
        let wheel = |up: bool| Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: vec2(0.0, if up { 6.0 } else { -6.0 }),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
            modifiers: Modifiers::NONE,
        };
        (0..FRAMES)
            .map(|index| self.step(vec![wheel(index % 200 < 100)]).0)
            .collect()
    }

    /// Moves the pointer over the plot.
    fn hover(&mut self) -> Vec<Duration> {
        (0..FRAMES)
            .map(|index| {
                let turn = index as f32 * 0.05;
                let at = PLOT + vec2(200.0 * turn.sin(), 80.0 * (1.7 * turn).sin());
                self.step(vec![Event::PointerMoved(at)]).0
            })
            .collect()
    }

    /// Draws outlines around runs with the lasso, a full turn in every forty frames; the frames that select are among them.
    fn lasso(&mut self) -> Vec<Duration> {
        let button = |pressed, pos| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        let mut costs = vec![];
        for index in 0..FRAMES {
            let turn = index as f32 * std::f32::consts::TAU / 40.0;
            let at = PLOT + vec2(200.0 * turn.cos(), 80.0 * turn.sin());
            if index % 40 == 0 {
                costs.push(self.step(vec![Event::PointerMoved(at), button(true, at)]).0);
            } else if index % 40 == 39 {
                costs.push(self.step(vec![Event::PointerMoved(at), button(false, at)]).0);
            } else {
                costs.push(self.step(vec![Event::PointerMoved(at)]).0);
            }
        }
        costs
    }

    /// Presses a key and lets it go.
    fn key(&mut self, key: egui::Key) {
        for pressed in [true, false] {
            let event = Event::Key {
                key,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers: Modifiers::NONE,
            };
            self.step(vec![event]);
        }
        self.settle();
    }

    /// Holds a slider and moves it to and fro; the cost of each frame.
    fn drag(&mut self, label: &str) -> Vec<Duration> {
        let at = self.find(label);
        let button = |pressed, pos| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.step(vec![Event::PointerMoved(at)]);
        self.step(vec![button(true, at)]);
        let mut costs = vec![];
        let mut last = at;
        for index in 0..FRAMES {
            last = at + vec2(60.0 * (index as f32 * 0.07).sin(), 0.0);
            costs.push(self.step(vec![Event::PointerMoved(last)]).0);
        }
        self.step(vec![button(false, last)]);
        self.settle();
        costs
    }
}

impl Window {
    fn report_plot(&mut self, what: &str) {
        // The pointer comes to rest first: what is drawn once is not what a frame costs.
        self.step(vec![Event::PointerMoved(PLOT)]);
        self.settle();
        report(&format!("{what}: forced repaint"), || self.still());
        report(&format!("{what}: pan"), || self.pan());
        report(&format!("{what}: zoom"), || self.zoom());
        report(&format!("{what}: pointer over the plot"), || self.hover());
        self.settle();
        self.report_idle();
    }

    fn report_idle(&mut self) {
        let (_, delay, _) = self.step(vec![]);
        let delay = match delay {
            Duration::MAX => "never".to_owned(),
            delay => format!("{delay:?}"),
        };
        println!("idle window asks for its next frame: {delay}");
    }
}

/// CPU time of this thread so far, where the system tells: other programs cannot inflate it as they do the clock's.
fn cpu() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// Measures frames and prints their percentiles by the clock, and their mean by the CPU.
fn report(name: &str, frames: impl FnOnce() -> Vec<Duration>) {
    let before = cpu();
    let mut costs = frames();
    let mean = before.zip(cpu()).map_or(f64::NAN, |(before, after)| {
        (after.saturating_sub(before)).as_secs_f64() * 1e3 / costs.len() as f64
    });
    costs.sort();
    let at = |share: f64| costs[((costs.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{name:<46} p50 {:6.2} ms   p95 {:6.2} ms   p99 {:6.2} ms   max {:6.2} ms   CPU {mean:6.2} ms",
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0)
    );
}

fn session_on(path: &std::path::Path) -> Session {
    let mut session = Session::default();
    let file = (Source::File(path.to_owned()), ImportOptions::default());
    apply(&mut session, Action::Data(DataAction::Open(vec![file])));
    session
}

fn main() {
    // `cargo test --benches` runs this too; there it only has to start.
    let quick = !std::env::args().any(|argument| argument == "--bench");
    let runs = simulate(&SimulateConfig {
        law: by_name("epoch").expect("a published law of that name"),
        budgets: [6e18, 1e19, 6e19, 1e20, 6e20, 1e21, 3e21].map(Flops).to_vec(),
        sizes_per_budget: 35,
        width: 8.0,
        noise: 0.006,
        seed: 1,
    })
    .expect("a sound design");
    let folder = tempfile::tempdir().expect("a folder for the runs");
    let path = folder.path().join("runs.csv");
    let file = std::fs::File::create(&path).expect("a file for the runs");
    write_tidy(&[runs], file).expect("runs are written");

    let mut window = Window::new(session_on(&path));
    window.settle();
    let used = window.app.workspace().derived().report().map(|report| report.n_used);
    assert_eq!(used, Some(245), "the bench fits all its runs");
    if quick {
        return;
    }
    println!(
        "{} x {} points, 245 runs, isoloss map, isoFLOP profiles, frontier",
        SCREEN.x, SCREEN.y
    );
    report("forced repaint, nothing changes", || window.still());
    report("budget drag: star, slice, answer, intervals", || {
        window.drag("Compute budget")
    });
    report("delta drag: refit and redraw in every frame", || {
        window.drag("Huber delta")
    });
    report("leave-out drag: select, refit, redraw", || {
        window.drag("Leave out highest losses")
    });
    window.report_idle();

    let path = folder.path().join("curves.csv");
    let file = std::fs::File::create(&path).expect("a file for the curves");
    write_tidy(&[learning_curves(1000, 2000)], file).expect("curves are written");
    println!("\n1,000 runs of 2,000 checkpoints, one view");
    let mut session = session_on(&path);
    session.fit.bootstrap = None;
    apply(&mut session, Action::View(ViewAction::Only(View::Curves)));
    let mut window = Window::new(session.clone());
    window.settle();
    window.report_plot("learning curves");

    // All parameters are held: what is measured is the drawing, and not two million residuals.
    let law = [("E", 1.8), ("A", 480.0), ("B", 2085.0), ("alpha", 0.35), ("beta", 0.37)];
    session.fit.config.fixed = law.map(|(name, value)| (name.to_owned(), value)).to_vec();
    apply(&mut session, Action::Data(DataAction::SetCheckpoints(Checkpoints::All)));
    apply(&mut session, Action::View(ViewAction::Only(View::LossC)));
    let mut window = Window::new(session);
    window.settle();
    window.report_plot("all checkpoints");

    let path = folder.path().join("many.csv");
    let file = std::fs::File::create(&path).expect("a file for the runs");
    write_tidy(&[learning_curves(100_000, 1)], file).expect("runs are written");
    println!("\n100,000 runs, one view");
    let mut session = session_on(&path);
    session.fit.bootstrap = None;
    session.fit.config.fixed = law.map(|(name, value)| (name.to_owned(), value)).to_vec();
    apply(&mut session, Action::View(ViewAction::Only(View::LossC)));
    let mut window = Window::new(session);
    window.settle();
    window.key(egui::Key::L);
    report("lasso: draw, select", || window.lasso());
    window.key(egui::Key::L);
    window.key(egui::Key::T);
    // The pointer stands on the table, which scrolls under it.
    report("run table: scroll", || window.scroll(pos2(640.0, 800.0)));
    window.settle();
    window.report_idle();
}

/// Runs from 10M to 10B parameters that learn by the published law, with noise.
fn learning_curves(runs: usize, checkpoints: usize) -> RunTable {
    let mut points = vec![];
    let mut noise = 1u32;
    for run in 0..runs {
        let params = 1e7 * 1e3f64.powf(run as f64 / runs as f64);
        for checkpoint in 1..=checkpoints {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let tokens = 20.0 * params * checkpoint as f64 / checkpoints as f64;
            let loss = 1.8 + 480.0 * params.powf(-0.35) + 2085.0 * tokens.powf(-0.37);
            points.push(Point {
                run,
                line: points.len() as u64 + 2,
                params: Some(Params(params)),
                tokens: Some(Tokens(tokens)),
                step: Some(checkpoint as f64 * 10.0),
                loss: Some(Loss(loss * (1.0 + 0.02 * (f64::from(noise >> 8) / 16_777_216.0 - 0.5)))),
                ..Point::default()
            });
        }
    }
    let names = (0..runs).map(|run| Run {
        name: format!("run_{run:04}"),
        ..Run::default()
    });
    RunTable::new("curves", names.collect(), points, vec![]).expect("sound runs")
}

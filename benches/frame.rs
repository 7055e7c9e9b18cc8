//! What a frame of the window costs, by percentiles: `cargo bench --bench frame`.
//!
//! Drives the real panels without a display: 245 simulated runs, three views with the isoloss map, pointer drags on
//! the real sliders. A frame is everything outside the GPU driver: taking in jobs, laying out and painting panels,
//! refitting where the drag calls for it, and tessellating. Prints; judges nothing, for machines are noisy.

#![allow(clippy::print_stdout)] // a bench reports on stdout

use eframe::App as _;
use eframe::egui::{self, Context, Event, Modifiers, PointerButton, Pos2, RawInput, Rect, pos2, vec2};
use isoloss::app::IsolossApp;
use isoloss::import::{ImportOptions, write_tidy};
use isoloss::law::published::by_name;
use isoloss::plan::{SimulateConfig, simulate};
use isoloss::session::{Action, DataAction, Session, Source, apply};
use isoloss::units::Flops;
use std::time::{Duration, Instant};

const SCREEN: egui::Vec2 = vec2(1440.0, 900.0);
const FRAMES: usize = 400;

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
        let delay = output
            .viewport_output
            .values()
            .map(|viewport| viewport.repaint_delay)
            .min();
        (cost, delay.unwrap_or(Duration::MAX), output)
    }

    /// Frames until no job is under way and nothing asks for another.
    fn settle(&mut self) {
        for _ in 0..2000 {
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

fn report(name: &str, mut costs: Vec<Duration>) {
    costs.sort();
    let at = |share: f64| costs[((costs.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{name:<46} p50 {:6.2} ms   p95 {:6.2} ms   p99 {:6.2} ms   max {:6.2} ms",
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
    let still = (0..FRAMES).map(|_| window.step(vec![]).0).collect();
    report("forced repaint, nothing changes", still);
    let drag = window.drag("Compute budget");
    report("budget drag: star, slice, answer, intervals", drag);
    let drag = window.drag("Huber delta");
    report("delta drag: refit and redraw in every frame", drag);
    let drag = window.drag("Leave out highest losses");
    report("leave-out drag: select, refit, redraw", drag);
    let (_, delay, _) = window.step(vec![]);
    println!(
        "idle window asks for its next frame: {}",
        if delay == Duration::MAX {
            "never".to_owned()
        } else {
            format!("{delay:?}")
        }
    );
}

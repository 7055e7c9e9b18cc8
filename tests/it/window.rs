//! The window, clicked through its AccessKit labels; no GPU, no display.

use eframe::egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use isoloss::app::IsolossApp;
use isoloss::figure::views::View;
use isoloss::figure::{FigureFormat, FigurePage};
use isoloss::fit::BootstrapConfig;
use isoloss::import::ImportOptions;
use isoloss::law::LawKind;
use isoloss::session::{Action, DataAction, FigureOf, Session, Source, apply};
use isoloss::units::Flops;
use std::path::Path;
use std::time::{Duration, Instant};

pub(crate) fn window_on(sources: Vec<Source>) -> Harness<'static, IsolossApp> {
    let mut session = Session::default();
    session.fit.bootstrap = Some(BootstrapConfig {
        replicates: 40,
        seed: 0,
    });
    if !sources.is_empty() {
        let files = sources
            .into_iter()
            .map(|source| (source, ImportOptions::default()))
            .collect();
        apply(&mut session, Action::Data(DataAction::Open(files)));
    }
    let builder = Harness::builder().with_size([1280.0, 800.0]).with_max_steps(30);
    let mut harness = builder.build_eframe(move |creation| IsolossApp::new(&creation.egui_ctx, session));
    settle(&mut harness);
    harness
}

/// What never comes is given up; no slow machine takes as long for what does.
const PATIENCE: Duration = Duration::from_secs(180);

/// Steps until no job is under way.
pub(crate) fn settle(harness: &mut Harness<'_, IsolossApp>) {
    let start = Instant::now();
    harness.run();
    while harness.state().busy() && start.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(5));
        harness.run();
    }
    harness.run();
}

/// Clicks what may have to be scrolled to.
pub(crate) fn click(harness: &mut Harness<'_, IsolossApp>, label: &str) {
    harness.get_by_label(label).scroll_to_me();
    harness.run();
    harness.get_by_label(label).click();
    settle(harness);
}

/// Replaces what stands in a field, which may have to be scrolled to.
pub(crate) fn typed(harness: &mut Harness<'_, IsolossApp>, field: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, field).scroll_to_me();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.key_press(Key::Backspace);
    harness.get_by_role_and_label(Role::TextInput, field).type_text(text);
    harness.run();
    harness.key_press(Key::Enter);
    settle(harness);
}

fn example() -> Harness<'static, IsolossApp> {
    window_on(vec![Source::Example])
}

pub(crate) fn session<'a>(harness: &'a Harness<'_, IsolossApp>) -> &'a Session {
    harness.state().workspace().session()
}

/// The spoken text of the number with this label, such as `Model size N* 2.8B [2.1B, 3.6B]`.
fn number(harness: &Harness<'_, IsolossApp>, label: &str) -> String {
    harness.get_by_label_contains(label).accesskit_node().value().unwrap()
}

#[test]
fn first_start_is_alive() {
    let harness = example();
    let size = number(&harness, "Model size N*");
    assert!(size.contains('B') && size.contains('['), "{size}");
    harness.get_by_label_contains("decades beyond the largest run");
    harness.get_by_role_and_label(Role::CheckBox, "Synthetic example");
    // The views say in a sentence what they show, to those who do not see them; synthetic data say that they are.
    assert!(harness.query_all_by_role(Role::Image).any(|node| {
        node.accesskit_node()
            .label()
            .is_some_and(|label| label.contains("synthetic"))
    }));
}

#[test]
fn without_runs_the_window_says_what_to_do() {
    let harness = window_on(vec![]);
    assert!(
        harness
            .query_all_by_label_contains("Open a file of runs")
            .next()
            .is_some()
    );
}

#[test]
fn changing_the_law_and_undoing_it() {
    let mut harness = example();
    harness.get_by_role_and_label(Role::ComboBox, "Law").click();
    harness.run();
    harness.get_by_label(LawKind::PowerFloor.law().label()).click();
    settle(&mut harness);
    assert_eq!(session(&harness).fit.config.law, LawKind::PowerFloor);
    assert_eq!(
        harness.state().workspace().derived().report().unwrap().law,
        LawKind::PowerFloor
    );
    harness.get_by_label_contains("is a law of one variable");
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert_eq!(session(&harness).fit.config.law, LawKind::Chinchilla);
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    settle(&mut harness);
    assert_eq!(session(&harness).fit.config.law, LawKind::PowerFloor);
    harness.get_by_label("Fit Chinchilla").click();
    settle(&mut harness);
    assert_eq!(session(&harness).fit.config.law, LawKind::Chinchilla);
}

#[test]
fn dragging_the_budget_moves_the_answer_and_is_one_undo_step() {
    let mut harness = example();
    let before = number(&harness, "Model size N*");
    let slider = harness.get_by_label("Compute budget").rect();
    let start = slider.center();
    harness.drag_at(start);
    harness.run();
    for step in 1..=5 {
        harness.hover_at(start + eframe::egui::vec2(-20.0 * step as f32, 0.0));
        harness.run();
    }
    let dragged = number(&harness, "Model size N*");
    assert_ne!(before, dragged);
    harness.drop_at(start + eframe::egui::vec2(-100.0, 0.0));
    settle(&mut harness);
    assert!(
        session(&harness).plan.budget < Flops(1e20),
        "{}",
        session(&harness).plan.budget
    );
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut harness);
    assert_eq!(session(&harness).plan.budget, Flops(5.76e23));
    assert_eq!(number(&harness, "Model size N*"), before);
}

#[test]
fn the_budget_can_be_typed_in_the_apps_notation() {
    let mut harness = example();
    let field = harness.get_by_label("Compute budget, typed");
    field.focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.get_by_label("Compute budget, typed").type_text("19.6 PF-days");
    harness.run();
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert_eq!(session(&harness).plan.budget, Flops(19.6 * 8.64e19));
    // What cannot be read is said and changes nothing.
    harness.get_by_label("Compute budget, typed").focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.get_by_label("Compute budget, typed").type_text("plenty");
    harness.run();
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert_eq!(session(&harness).plan.budget, Flops(19.6 * 8.64e19));
    harness.get_by_label("“plenty” is not a number");
}

#[test]
fn published_laws_and_views_toggle() {
    let mut harness = example();
    harness.get_by_label("Besiroglu 2024").click();
    settle(&mut harness);
    assert!(session(&harness).view.published.contains(&"epoch".to_owned()));
    harness.get_by_label("Frontier").click();
    settle(&mut harness);
    assert_eq!(session(&harness).view.board.len(), 2);
    view(&mut harness, "Loss and compute");
    assert_eq!(session(&harness).view.board.len(), 3);
}

/// Clicks a view in the line or, where it has no room there, in the menu.
fn view(harness: &mut Harness<'_, IsolossApp>, name: &str) {
    if harness.query_by_role_and_label(Role::Button, name).is_none() {
        harness.get_by_label("More ▾").click();
        harness.run();
    }
    harness.get_by_role_and_label(Role::Button, name).click();
    settle(harness);
}

#[test]
fn learning_curves_come_onto_the_board() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("curves.csv");
    let mut rows = "run,step,tokens,params,loss\n".to_owned();
    for (run, params) in [("small", 1e7), ("medium", 3e7), ("large", 1e8), ("largest", 3e8)] {
        for step in 1..=30 {
            let tokens = 1e8 * f64::from(step);
            let loss = 1.8 + 480.0 * f64::powf(params, -0.35) + 2085.0 * tokens.powf(-0.37);
            rows.push_str(&format!("{run},{step},{tokens},{params},{loss}\n"));
        }
    }
    std::fs::write(&path, rows).unwrap();
    let mut harness = window_on(vec![Source::File(path)]);
    assert_eq!(session(&harness).view.board.len(), 3, "the board begins as ever");
    view(&mut harness, "Curves");
    assert_eq!(session(&harness).view.board.last(), Some(&View::Curves));
    harness.get_by_label_contains("largest ends lowest");
    harness.get_by_role_and_label(Role::Button, "Curves").click();
    settle(&mut harness);
    assert!(!session(&harness).view.board.contains(&View::Curves));
}

#[test]
fn a_parameter_can_be_held_and_freed() {
    let mut harness = example();
    harness.get_by_label("Hold E").click();
    settle(&mut harness);
    let held = session(&harness).fit.config.fixed.clone();
    assert_eq!(held[0].0, "E");
    let report = harness.state().workspace().derived().report().unwrap().clone();
    assert!(report.params[0].fixed);
    harness.get_by_label("Hold E").click();
    settle(&mut harness);
    assert!(session(&harness).fit.config.fixed.is_empty());
}

#[test]
fn a_file_is_explained_and_a_broken_one_can_be_removed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Source::File(path)
    };
    let good = "N,tokens,loss\n1e8,2e9,3.2\n2e8,4e9,3.0\n4e8,8e9,oops\n8e8,1e10,2.7\n";
    let mut harness = window_on(vec![write("good.csv", good), write("bad.csv", "")]);
    harness.get_by_label_contains("the file is empty");
    harness.get_by_role_and_label(Role::Button, "Data").click();
    settle(&mut harness);
    harness.get_by_label_contains("Line 4");
    harness.get_by_label("Remove").click();
    settle(&mut harness);
    assert_eq!(session(&harness).data.len(), 1);
}

#[test]
fn plan_tab_shows_overfitting_and_other_laws() {
    let mut harness = example();
    harness.get_by_label("Plan").click();
    settle(&mut harness);
    harness.get_by_label_contains("Fewest tokens for");
    harness.get_by_role_and_label(Role::TextInput, "Unique tokens").focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness
        .get_by_role_and_label(Role::TextInput, "Unique tokens")
        .type_text("10B");
    harness.run();
    harness.key_press(Key::Enter);
    settle(&mut harness);
    harness.get_by_label_contains("unique tokens are too few");
}

#[test]
fn an_idle_window_asks_for_no_frame() {
    let mut harness = example();
    harness.run_steps(3);
    harness.step();
    let delay = harness
        .output()
        .viewport_output
        .values()
        .map(|viewport| viewport.repaint_delay)
        .min()
        .unwrap();
    assert_eq!(delay, Duration::MAX);
}

#[test]
fn real_runs_open_with_their_published_fit() {
    let Some(path) = crate::shared::data("chinchilla-traced/svg_extracted_data.csv") else {
        return;
    };
    let mut harness = window_on(vec![Source::File(Path::new(&path).to_owned())]);
    let drag = harness
        .get_by_role_and_label(Role::SpinButton, "Leave out highest losses")
        .rect()
        .center();
    harness.drag_at(drag);
    harness.run();
    // A tenth of a run a point.
    harness.hover_at(drag + eframe::egui::vec2(50.0, 0.0));
    harness.run();
    harness.drop_at(drag + eframe::egui::vec2(50.0, 0.0));
    settle(&mut harness);
    assert_eq!(session(&harness).selection.drop_highest_loss, 5);
    let report = harness.state().workspace().derived().report().unwrap();
    assert!(report.value <= 0.001_018_274_5, "{}", report.value);
}

/// A file as the windowing system hands it over.
#[derive(Debug)]
pub(crate) struct Dropped(pub(crate) std::path::PathBuf);

impl eframe::egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

#[test]
fn a_dropped_file_opens_in_place_of_the_example() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dropped.csv");
    let rows: Vec<String> = (1..=12)
        .map(|k| {
            let (n, d) = (1e8 * f64::from(k), 2e9 * f64::from((k * 7) % 11 + 1));
            format!("{n},{d},{}", 1.7 + 400.0 * n.powf(-0.34) + 900.0 * d.powf(-0.3))
        })
        .collect();
    std::fs::write(&path, format!("N,D,loss\n{}\n", rows.join("\n"))).unwrap();
    let mut harness = example();
    harness
        .input_mut()
        .dropped_files
        .push(std::sync::Arc::new(Dropped(path)));
    settle(&mut harness);
    assert_eq!(session(&harness).data.len(), 1);
    harness.get_by_role_and_label(Role::CheckBox, "dropped");
    assert_eq!(harness.state().workspace().derived().report().unwrap().n_used, 12);
}

#[test]
fn the_run_under_the_mouse_is_read_out() {
    let mut harness = example();
    // Sweep over the isoloss map until a run is under the pointer; where exactly is the layout's business.
    let plots: Vec<_> = harness.query_all_by_role(Role::Image).map(|node| node.rect()).collect();
    let map = plots.into_iter().max_by(|a, b| a.area().total_cmp(&b.area())).unwrap();
    let mut found = false;
    'sweep: for row in 2..38 {
        for column in 2..38 {
            let share = eframe::egui::vec2(column as f32 / 40.0, row as f32 / 40.0);
            harness.hover_at(map.min + map.size() * share);
            harness.run_steps(2);
            if harness.query_by_label_contains("Residual of ln L").is_some() {
                found = true;
                break 'sweep;
            }
        }
    }
    assert!(found, "no run was read out anywhere on the map");
}

#[test]
fn figures_are_saved_in_four_formats_and_copied() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = example();
    let said = |harness: &Harness<'_, IsolossApp>, what: &str| harness.query_by_label_contains(what).is_some();
    for format in FigureFormat::ALL {
        let path = folder.path().join(format!("isoflop.{}", format.extension()));
        let ctx = harness.ctx.clone();
        harness.state_mut().save_figure(
            &ctx,
            FigureOf::View(View::Isoflop),
            Some(FigurePage::Column),
            path.clone(),
        );
        settle(&mut harness);
        assert!(said(&harness, "Saved "), "{format:?}");
        assert!(std::fs::metadata(path).unwrap().len() > 2000, "{format:?}");
    }
    // Light, as the page of a paper is; of the window's own runs.
    let svg = std::fs::read_to_string(folder.path().join("isoflop.svg")).unwrap();
    assert!(svg.contains("width=\"312\"") && svg.contains("fill=\"#fcfcfd\"") && svg.contains("Synthetic example"));
    let ctx = harness.ctx.clone();
    let other = folder.path().join("isoflop.docx");
    harness
        .state_mut()
        .save_figure(&ctx, FigureOf::View(View::Isoflop), None, other.clone());
    settle(&mut harness);
    assert!(said(&harness, "not as .docx") && !other.exists());

    harness.get_by_label("IsoFLOP menu").click();
    harness.run();
    harness.get_by_label("Copy as image").click();
    settle(&mut harness);
    assert!(said(&harness, "The figure is on the clipboard"));
    harness.get_by_label("IsoFLOP menu").click();
    harness.run();
    harness.get_by_label("Save figure").click();
    harness.run();
    for page in FigurePage::ALL {
        harness.get_by_label(&format!("{}…", page.label()));
    }
}

/// A pipe that nobody has written the end of is a file that takes its time.
#[cfg(unix)]
#[test]
fn a_reading_is_cancelled_and_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("slow.csv");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let mut session = Session::default();
    let files = vec![(Source::File(pipe.clone()), ImportOptions::default())];
    apply(&mut session, Action::Data(DataAction::Open(files)));
    let builder = Harness::builder().with_size([1280.0, 800.0]).with_max_steps(30);
    let mut harness = builder.build_eframe(move |creation| IsolossApp::new(&creation.egui_ctx, session));
    let write = |rows: usize| {
        use std::io::Write as _;
        let mut pipe = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        let rows = (0..rows).map(|row| {
            format!(
                "r{row},{}e8,{}e9,{}\n",
                1 + row % 7,
                2 + row % 11,
                3.0 - 0.01 * row as f64
            )
        });
        pipe.write_all(format!("run,params,tokens,loss\n{}", rows.collect::<String>()).as_bytes())
            .unwrap();
        pipe
    };
    // Open while the reader waits for more.
    let open = write(3);
    harness.step();
    assert!(harness.state().busy());
    harness.get_by_label_contains("Reading slow");
    harness.get_by_label("Cancel").click();
    harness.step();
    harness.step();
    assert!(!harness.state().busy(), "nobody waits for the pipe");
    assert!(
        harness
            .query_all_by_label_contains("slow cannot be used: reading was cancelled")
            .count()
            > 0
    );
    drop(open);
    harness.run();
    harness.get_by_label("Read again").click();
    harness.step();
    assert!(harness.state().busy());
    drop(write(40));
    settle(&mut harness);
    assert_eq!(harness.state().workspace().derived().report().unwrap().n_used, 40);
}

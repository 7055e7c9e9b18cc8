//! Hands on the plots and on the run table: selecting, leaving out, letting in; rules; the palette.

use crate::window::{session, settle, window_on};
use eframe::egui::{Event, Key, Modifiers, Pos2, Rect, accesskit::Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use isoloss::app::IsolossApp;
use isoloss::fit::FitReport;
use isoloss::plan::Answered;
use isoloss::session::{Action, Aim, DataAction, PlanAction, Session, Source};
use isoloss::units::Flops;

type Window = Harness<'static, IsolossApp>;

fn example() -> Window {
    window_on(vec![Source::Example])
}

fn report(harness: &Window) -> FitReport {
    harness.state().workspace().derived().report().unwrap().clone()
}

fn bits(report: &FitReport) -> Vec<u64> {
    report
        .params
        .iter()
        .map(|parameter| parameter.value.to_bits())
        .collect()
}

/// The largest plot.
fn map(harness: &Window) -> Rect {
    let plots = harness.query_all_by_role(Role::Image).map(|node| node.rect());
    plots.max_by(|a, b| a.area().total_cmp(&b.area())).unwrap()
}

fn hold(harness: &mut Window, modifiers: Modifiers) {
    harness.event(Event::ModifiersChanged(modifiers));
    harness.run_steps(1);
}

/// Drags around a part of a plot, given as shares of its width and height.
fn lasso(harness: &mut Window, plot: Rect, [left, top, right, bottom]: [f32; 4]) {
    let at = |x: f32, y: f32| plot.min + vec2(x * plot.width(), y * plot.height());
    let corners = [at(left, top), at(right, top), at(right, bottom), at(left, bottom)];
    harness.hover_at(corners[0]);
    harness.run_steps(2);
    harness.drag_at(corners[0]);
    harness.run_steps(2);
    for pair in corners.windows(2) {
        for step in 1..=8 {
            harness.hover_at(pair[0] + (pair[1] - pair[0]) * (step as f32 / 8.0));
            harness.run_steps(1);
        }
    }
    harness.drop_at(corners[3]);
    settle(harness);
}

/// How many runs the line under the board says are selected.
fn selected(harness: &Window) -> usize {
    let texts = harness.query_all_by_label_contains("selected").filter_map(|node| {
        let node = node.accesskit_node();
        node.label().or(node.value())
    });
    let counts = texts.filter_map(|text| text.split_once(" run")?.0.parse().ok());
    counts.max().unwrap_or(0)
}

/// Replaces what stands in a field.
fn typed(harness: &mut Window, field: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.key_press(Key::Backspace);
    harness.get_by_role_and_label(Role::TextInput, field).type_text(text);
    harness.run();
}

/// Clicks what may have to be scrolled to.
fn click(harness: &mut Window, role: Role, label: &str) {
    harness.get_by_role_and_label(role, label).scroll_to_me();
    harness.run();
    harness.get_by_role_and_label(role, label).click();
    settle(harness);
}

#[test]
fn excluded_by_lasso_undone_and_redone_the_fit_is_the_same_to_the_last_bit() {
    let mut harness = example();
    let before = report(&harness);
    let plot = map(&harness);
    harness.key_press(Key::L);
    harness.run();
    lasso(&mut harness, plot, [0.02, 0.02, 0.45, 0.98]);
    let some = selected(&harness);
    assert!(some > 3 && some + 3 < before.n_used, "{some} of {}", before.n_used);
    assert_eq!(report(&harness), before, "selecting changes no fit");

    harness.key_press(Key::Delete);
    settle(&mut harness);
    let without = report(&harness);
    assert_eq!(without.n_used, before.n_used - some);
    assert_eq!(session(&harness).exclusions.len(), some);
    assert!(session(&harness).exclusions.iter().all(|out| out.reason == "by hand"));
    assert_eq!(selected(&harness), some, "they stay selected, and in view");
    harness.get_by_label(&format!("Restore {some} runs"));

    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut harness);
    assert_eq!(bits(&report(&harness)), bits(&before));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Y);
    settle(&mut harness);
    assert_eq!(bits(&report(&harness)), bits(&without));

    // Saved and opened again.
    let text = serde_json::to_string(session(&harness)).unwrap();
    let opened: Session = serde_json::from_str(&text).unwrap();
    assert_eq!(&opened, session(&harness));

    // Escape: nothing is selected, then the lasso is put away.
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(selected(&harness), 0);
}

#[test]
fn shift_adds_and_alt_takes_out_without_the_tool() {
    let mut harness = example();
    let plot = map(&harness);
    // A plain drag pans.
    lasso(&mut harness, plot, [0.3, 0.3, 0.5, 0.5]);
    assert_eq!(selected(&harness), 0);
    let mut harness = example();
    hold(&mut harness, Modifiers::SHIFT);
    lasso(&mut harness, plot, [0.02, 0.02, 0.4, 0.98]);
    let left = selected(&harness);
    lasso(&mut harness, plot, [0.4, 0.02, 0.6, 0.98]);
    let more = selected(&harness);
    assert!(left > 0 && more > left, "{left}, then {more}");
    hold(&mut harness, Modifiers::ALT);
    lasso(&mut harness, plot, [0.4, 0.02, 0.6, 0.98]);
    assert_eq!(selected(&harness), left);
    hold(&mut harness, Modifiers::NONE);
    harness.get_by_label("Clear").click();
    harness.run();
    assert_eq!(selected(&harness), 0);
}

/// A place on a plot where a run is under the pointer: its card is there.
fn find_dot(harness: &mut Window, plot: Rect) -> Pos2 {
    for row in 2..38 {
        for column in 2..38 {
            let at = plot.min + plot.size() * vec2(column as f32 / 40.0, row as f32 / 40.0);
            harness.hover_at(at);
            harness.run_steps(2);
            if harness.query_by_label("Residual of ln L").is_some() {
                return at;
            }
        }
    }
    panic!("no run anywhere on the map");
}

fn click_at(harness: &mut Window, at: Pos2) {
    harness.hover_at(at);
    harness.run_steps(2);
    harness.drag_at(at);
    harness.run_steps(1);
    harness.drop_at(at);
    harness.run();
}

#[test]
fn a_click_selects_the_run_and_the_card_says_everything_of_it() {
    let mut harness = example();
    let plot = map(&harness);
    let at = find_dot(&mut harness, plot);
    for label in [
        "Parameters N",
        "Tokens D",
        "Compute C",
        "Tokens per parameter",
        "Loss",
        "Residual of ln L",
        "File",
    ] {
        assert!(harness.query_all_by_label(label).next().is_some(), "{label}");
    }
    harness.get_by_label_contains("Click to select this run");
    click_at(&mut harness, at);
    assert_eq!(selected(&harness), 1);
    hold(&mut harness, Modifiers::ALT);
    click_at(&mut harness, at);
    assert_eq!(selected(&harness), 0);
    hold(&mut harness, Modifiers::SHIFT);
    click_at(&mut harness, at);
    assert_eq!(selected(&harness), 1);
    hold(&mut harness, Modifiers::NONE);
    // The reason can be typed.
    typed(&mut harness, "Reason", "spiked");
    harness.get_by_label("Exclude 1 run").click();
    settle(&mut harness);
    assert_eq!(session(&harness).exclusions[0].reason, "spiked");
    harness.get_by_label("Restore 1 run").click();
    settle(&mut harness);
    assert!(session(&harness).exclusions.is_empty());
}

#[test]
fn an_excluded_run_never_comes_back_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.csv");
    let rows = |count: i32| {
        let row = |k: i32| {
            let (n, d) = (1e8 * f64::from(k), 2e9 * f64::from((k * 7) % 11 + 1));
            format!(
                "run-{k},{n},{d},{}\n",
                1.7 + 400.0 * n.powf(-0.34) + 900.0 * d.powf(-0.3)
            )
        };
        format!("run,N,D,loss\n{}", (1..=count).map(row).collect::<String>())
    };
    std::fs::write(&path, rows(14)).unwrap();
    let mut harness = window_on(vec![Source::File(path.clone())]);
    harness.key_press(Key::T);
    harness.run();
    typed(&mut harness, "Filter runs", "run-3");
    click(&mut harness, Role::CheckBox, "Use run-3");
    let out = |harness: &Window| {
        let input = harness.state().workspace().derived().fit.input.clone().unwrap();
        input.left_out.iter().map(|out| out.run.clone()).collect::<Vec<_>>()
    };
    assert_eq!(out(&harness), ["run-3"]);
    // The file grows and is read again, rules and filters come and go, another law is fitted.
    std::fs::write(&path, rows(16)).unwrap();
    let files = vec![(Source::File(path), isoloss::import::ImportOptions::default())];
    let text = |text: &str| text.to_owned();
    for action in [
        DataAction::Open(files),
        DataAction::AddRule(text("D/N < 5")),
        DataAction::SetRule(text("D/N < 5"), false),
        DataAction::RemoveRule(text("D/N < 5")),
        DataAction::SetKeep(text("N > 1")),
        DataAction::SetKeep(String::new()),
        DataAction::SetJoin(false),
    ] {
        harness.state_mut().act(Action::Data(action));
        settle(&mut harness);
        assert!(out(&harness).contains(&text("run-3")));
    }
    assert_eq!(report(&harness).n_used, 15);
    click(&mut harness, Role::CheckBox, "Use run-3");
    assert_eq!(report(&harness).n_used, 16);
}

#[test]
fn the_run_table_sorts_filters_selects_and_excludes() {
    let mut harness = example();
    let all = report(&harness).n_used;
    harness.get_by_role_and_label(Role::Button, "Runs").click();
    harness.run();
    let first = |harness: &Window| {
        let rows = harness.query_all_by_role(Role::Row);
        let top = rows.min_by(|a, b| a.rect().top().total_cmp(&b.rect().top())).unwrap();
        top.accesskit_node().label().unwrap()
    };
    harness.get_by_label("Sort by N").click();
    harness.run();
    let smallest = first(&harness);
    harness.get_by_label("Sort by N").click();
    harness.run();
    assert_ne!(first(&harness), smallest);
    harness.get_by_label("Sort by N").click();
    harness.run();
    assert_eq!(first(&harness), smallest);

    // The filter speaks the language of “Keep where”; other text is part of a name.
    typed(&mut harness, "Filter runs", "D/N < 20");
    let input = harness.state().workspace().derived().fit.input.clone().unwrap();
    let table = &input.tables[0].table;
    let below = table
        .points()
        .iter()
        .filter(|point| point.tokens_per_param().unwrap() < 20.0);
    harness.get_by_label(&format!("{} of {} runs", below.count(), table.runs().len()));
    typed(&mut harness, "Filter runs", "D/N <");
    harness.get_by_label_contains("expected a name or a number");
    typed(&mut harness, "Filter runs", "no such run");
    harness.get_by_label("No run passes the filter.");
    typed(&mut harness, "Filter runs", "N > 0");

    // A click selects, arrows move on, Shift adds; Space leaves out and lets in.
    harness.get_by_label(&smallest).click();
    harness.run();
    assert_eq!(selected(&harness), 1);
    harness.key_press(Key::ArrowDown);
    harness.run();
    assert_eq!(selected(&harness), 1);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    harness.run();
    assert_eq!(selected(&harness), 2);
    harness.key_press(Key::Space);
    settle(&mut harness);
    assert_eq!(report(&harness).n_used, all - 2);
    harness.key_press(Key::Space);
    settle(&mut harness);
    assert_eq!(report(&harness).n_used, all);
}

#[test]
fn a_row_under_the_pointer_and_a_dot_light_up_together() {
    let mut harness = example();
    harness.key_press(Key::T);
    harness.run();
    let row = harness.query_all_by_role(Role::Row).next().unwrap();
    let (name, at) = (row.accesskit_node().label().unwrap(), row.rect().center());
    harness.hover_at(at);
    harness.run();
    let name = name.strip_prefix("Row of ").unwrap().to_owned();
    harness.get_by_label_contains(&format!("{name} · Click to select"));
}

#[test]
fn a_rule_is_written_switched_and_removed() {
    let mut harness = example();
    let all = report(&harness).n_used;
    harness.get_by_role_and_label(Role::Button, "Data").click();
    settle(&mut harness);
    let rule = |harness: &mut Window, text: &str| {
        typed(harness, "New rule", text);
        harness.key_press(Key::Enter);
        settle(harness);
    };
    rule(&mut harness, "state = ");
    assert!(
        session(&harness).selection.rules.is_empty(),
        "what cannot be read is refused"
    );
    rule(&mut harness, "D/N < 10");
    let input = harness.state().workspace().derived().fit.input.clone().unwrap();
    let out = input.left_out.iter().filter(|out| out.reason == "D/N < 10").count();
    assert!(out > 0 && report(&harness).n_used + out == all);
    click(&mut harness, Role::CheckBox, "D/N < 10");
    assert_eq!(report(&harness).n_used, all);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut harness);
    assert_eq!(report(&harness).n_used, all - out);
    click(&mut harness, Role::Button, "Remove rule D/N < 10");
    assert_eq!(report(&harness).n_used, all);
    assert!(session(&harness).selection.rules.is_empty());
}

#[test]
fn the_star_takes_the_budget_along_the_frontier() {
    let mut harness = example();
    harness
        .state_mut()
        .act(Action::Plan(PlanAction::SetBudget(Flops(1e21))));
    settle(&mut harness);
    let star = harness.get_by_label("Star on the frontier").rect().center();
    harness.hover_at(star);
    harness.run_steps(2);
    harness.drag_at(star);
    harness.run_steps(2);
    for step in 1..=6 {
        harness.hover_at(star + vec2(4.0, -4.0) * step as f32);
        harness.run_steps(1);
    }
    harness.drop_at(star + vec2(24.0, -24.0));
    settle(&mut harness);
    let budget = session(&harness).plan.budget.0;
    assert!(budget > 2e21 && budget < 1e24, "{budget:e}");
    // Keys move it on, and a drag is one step to undo.
    harness.key_press(Key::ArrowLeft);
    harness.run();
    let nudged = session(&harness).plan.budget.0;
    assert!(((nudged / budget).log10() + 0.02).abs() < 1e-9, "{nudged:e}");
    for _ in 0..2 {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        settle(&mut harness);
    }
    assert_eq!(session(&harness).plan.budget, Flops(1e21));
}

#[test]
fn off_the_frontier_the_star_holds_its_size_and_its_tokens() {
    let mut harness = example();
    harness
        .state_mut()
        .act(Action::Plan(PlanAction::SetBudget(Flops(1e21))));
    settle(&mut harness);
    let best = answered(&harness).optimum;
    let star = harness.get_by_label("Star on the frontier").rect().center();
    harness.hover_at(star);
    harness.run_steps(2);
    harness.drag_at(star);
    harness.run_steps(2);
    let away = vec2(-60.0, -60.0);
    for step in 1..=6 {
        harness.hover_at(star + away * (step as f32 / 6.0));
        harness.run_steps(1);
    }
    harness.drop_at(star + away);
    settle(&mut harness);
    let placed = answered(&harness);
    assert!(placed.optimum.params.0 < best.params.0 && placed.optimum.tokens.0 > best.tokens.0);
    assert!(placed.excess_loss().unwrap() > 0.0 && placed.best.is_some());
    assert!(matches!(session(&harness).plan.aim, Aim::Two(..)));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut harness);
    assert_eq!(answered(&harness).optimum, best);
}

fn answered(harness: &Harness<'_, IsolossApp>) -> Answered {
    let workspace = harness.state().workspace();
    workspace.answered(&workspace.session().plan).unwrap().unwrap()
}

#[test]
fn help_explains_every_law_and_hints_can_be_dismissed() {
    let mut harness = example();
    for hint in ["budget", "open", "point"] {
        click(&mut harness, Role::Button, &format!("Dismiss hint: {hint}"));
    }
    assert!(harness.query_by_label("First steps").is_none());
    harness.key_press(Key::F1);
    harness.run();
    for law in isoloss::law::LawKind::ALL {
        assert!(harness.query_all_by_label_contains(law.law().label()).next().is_some());
        assert!(harness.query_all_by_label_contains(law.law().source()).next().is_some());
    }
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Close help").is_none());
}

#[test]
fn the_palette_finds_and_runs_and_closes() {
    let mut harness = example();
    let open = |harness: &mut Window, text: &str| {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
        harness.run();
        harness
            .get_by_role_and_label(Role::TextInput, "Command")
            .type_text(text);
        harness.run();
    };
    open(&mut harness, "fit power floor");
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Command").is_none());
    open(&mut harness, "insp data");
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert!(harness.query_by_label("Command").is_none());
    harness.get_by_role_and_label(Role::TextInput, "New rule");
    open(&mut harness, "show only frontier");
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert_eq!(session(&harness).view.board.len(), 1);
    // Arrows move, and go round.
    open(&mut harness, "take off");
    harness.key_press(Key::ArrowUp);
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    // What has a shortcut shows it.
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run();
    harness.get_by_role_and_label(Role::ListBoxOption, "Undo");
}

#[test]
fn every_entry_of_the_palette_can_be_run() {
    let mut harness = example();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run();
    let rows = harness.query_all_by_role(Role::ListBoxOption);
    let names: Vec<String> = rows.filter_map(|row| row.accesskit_node().label()).collect();
    assert!(names.len() > 60, "{}", names.len());
    harness.key_press(Key::Escape);
    harness.run();
    // An ellipsis means a dialog of the desktop's own, which no test must open.
    for name in names.iter().filter(|name| !name.ends_with('…')) {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
        harness.run();
        let field = harness.get_by_role_and_label(Role::TextInput, "Command");
        field.type_text(name);
        harness.run();
        harness.key_press(Key::Enter);
        harness.run_ok();
        // A search for other choices takes its time; what it may not do is panic.
        assert!(harness.query_by_label("Command").is_none(), "{name} was not run");
        if harness.query_by_label("Close help").is_some() {
            harness.key_press(Key::Escape);
            harness.run_ok();
        }
    }
    settle(&mut harness);
    harness
        .state_mut()
        .act(Action::Plan(PlanAction::SetBudget(Flops(1e21))));
    settle(&mut harness);
    assert_eq!(session(&harness).plan.budget, Flops(1e21));
}

#[test]
fn a_run_table_under_a_resting_pointer_asks_for_no_frame() {
    let mut harness = example();
    harness.key_press(Key::T);
    settle(&mut harness);
    let rows = harness.get_by_label("Rows of runs").rect();
    harness.hover_at(rows.center());
    harness.run_steps(30);
    harness.step();
    let viewports = harness.output().viewport_output.values();
    let delay = viewports.map(|viewport| viewport.repaint_delay).min().unwrap();
    // A tooltip may want to come by itself; nothing else may.
    assert!(delay > std::time::Duration::from_millis(100), "{delay:?}");
}

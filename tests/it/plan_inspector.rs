//! Asking the law by hand in the window: what is known, how it is counted, what it runs on, what-ifs.

use crate::window::{click, settle, typed, window_on};
use eframe::egui::accesskit::Role;
use eframe::egui::{Rect, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use isoloss::app::IsolossApp;
use isoloss::plan::{Answered, Convention, Question};
use isoloss::session::{Action, Aim, PlanAction, Source};
use isoloss::units::{Flops, Loss, Params, Tokens};

fn plan_tab() -> Harness<'static, IsolossApp> {
    let mut harness = window_on(vec![Source::Example]);
    harness.get_by_label("Plan").click();
    settle(&mut harness);
    harness
}

fn answered(harness: &Harness<'_, IsolossApp>) -> Answered {
    let workspace = harness.state().workspace();
    workspace.answered(&workspace.session().plan).unwrap().unwrap()
}

fn aim(harness: &Harness<'_, IsolossApp>) -> Aim {
    harness.state().workspace().session().plan.aim
}

fn act(harness: &mut Harness<'_, IsolossApp>, action: PlanAction) {
    harness.state_mut().act(Action::Plan(action));
    settle(harness);
}

fn near(found: f64, expected: f64) {
    assert!((found / expected - 1.0).abs() < 1e-9, "{found} {expected}");
}

#[test]
fn a_size_that_is_known_leaves_the_tokens_to_the_budget_and_says_what_it_costs() {
    let mut harness = plan_tab();
    let best = answered(&harness).optimum;
    typed(&mut harness, "Model size, typed", "70B");
    assert_eq!(aim(&harness), Aim::BudgetWith(Question::Params(Params(7e10))));
    let held = answered(&harness);
    near(held.optimum.tokens.0, best.flops.0 / 4.2e11);
    assert!(held.excess_loss().unwrap() > 0.0);
    harness.get_by_label_contains("× the best size for");
    harness.get_by_label_contains("Model size N 70.0B held");
    click(&mut harness, "Back to the best");
    assert_eq!(answered(&harness).optimum, best);
    assert_eq!(aim(&harness), Aim::Budget);
}

#[test]
fn a_target_loss_asks_for_the_cheapest_budget() {
    let mut harness = plan_tab();
    let floor = harness
        .state()
        .workspace()
        .derived()
        .report()
        .unwrap()
        .value_of("E")
        .unwrap();
    let target = (1000.0 * (floor + 0.2)).round() / 1000.0;
    typed(&mut harness, "Target loss, typed", &target.to_string());
    assert_eq!(aim(&harness), Aim::Best(Question::Loss(Loss(target))));
    near(answered(&harness).optimum.loss.unwrap().0, target);
    // And no budget reaches one below the floor: said, and nothing else breaks.
    typed(&mut harness, "Target loss, typed", &(floor - 0.1).to_string());
    assert!(harness.get_all_by_label_contains("floor").count() > 0);
    click(&mut harness, "Undo");
    near(answered(&harness).optimum.loss.unwrap().0, target);
}

#[test]
fn two_known_and_one_let_go() {
    let mut harness = plan_tab();
    act(&mut harness, PlanAction::Hold(Question::Tokens(Tokens(1.4e12))));
    click(&mut harness, "Hold compute");
    assert_eq!(aim(&harness), Aim::Best(Question::Tokens(Tokens(1.4e12))));
    near(answered(&harness).optimum.tokens.0, 1.4e12);
    click(&mut harness, "Hold model size");
    assert!(matches!(
        aim(&harness),
        Aim::Two(Question::Tokens(_), Question::Params(_))
    ));
    // The slider over the answer takes the budget back.
    act(&mut harness, PlanAction::SetBudget(Flops(1e22)));
    assert_eq!(aim(&harness), Aim::Budget);
}

#[test]
fn another_count_answers_everything_anew_and_shows_what_moved() {
    let mut harness = plan_tab();
    act(&mut harness, PlanAction::SetBudget(Flops(1e21)));
    let before = answered(&harness).optimum;
    let mut counts = harness.state().workspace().session().plan.counts;
    counts.convention = Some(Convention::NonEmbedding);
    harness
        .get_by_role_and_label(Role::ComboBox, "What N counts")
        .scroll_to_me();
    harness.run();
    harness.get_by_role_and_label(Role::ComboBox, "What N counts").click();
    harness.run();
    harness.get_by_label("without embeddings").click();
    settle(&mut harness);
    assert_eq!(harness.state().workspace().session().plan.counts, counts);
    let after = answered(&harness);
    assert!(after.optimum.params.0 < before.params.0 && after.counted.is_some());
    harness.get_by_label_contains(&format!("was {}", before.params.short()));
    click(&mut harness, "Undo");
    assert_eq!(answered(&harness).optimum, before);
}

#[test]
fn kaplans_exponent_appears_by_the_switch_of_counts_alone() {
    let mut harness = plan_tab();
    act(&mut harness, PlanAction::SetLaw(Some("epoch")));
    act(&mut harness, PlanAction::SetBudget(Flops(1e18)));
    let mut counts = harness.state().workspace().session().plan.counts;
    counts.convention = Some(Convention::NonEmbedding);
    act(&mut harness, PlanAction::SetCounts(counts));
    let exponent = answered(&harness).counted.unwrap().params_exponent;
    assert!((0.6..0.85).contains(&exponent), "{exponent}");
    assert!(harness.get_all_by_label_contains("Besiroglu").count() > 1);
}

#[test]
fn tokens_to_serve_make_the_model_smaller() {
    let mut harness = plan_tab();
    let before = answered(&harness).optimum;
    typed(&mut harness, "Tokens to serve, typed", "10T");
    let after = answered(&harness);
    let served = after.served.unwrap();
    assert!(after.optimum.params.0 < before.params.0 && served.saving > 0.0);
    near(after.optimum.loss.unwrap().0, before.loss.unwrap().0);
    typed(&mut harness, "Tokens to serve, typed", "none");
    assert_eq!(answered(&harness).optimum, before);
}

#[test]
fn days_of_hardware_are_a_budget() {
    let mut harness = plan_tab();
    typed(&mut harness, "Days of training", "21");
    let plan = harness.state().workspace().session().plan.clone();
    near(plan.budget.0, 64.0 * 21.0 * 86_400.0 * 989.4e12 * 0.4);
    typed(&mut harness, "How many accelerators", "128");
    near(answered(&harness).optimum.flops.0, plan.budget.0);
    assert_eq!(harness.state().workspace().session().plan.hardware.count, 128.0);
    near(
        harness.state().workspace().session().plan.hardware.days(plan.budget),
        10.5,
    );
}

#[test]
fn scenarios_are_kept_switched_and_ghosted() {
    let mut harness = plan_tab();
    act(&mut harness, PlanAction::SetBudget(Flops(1e21)));
    let small = answered(&harness).optimum;
    click(&mut harness, "Keep this");
    act(&mut harness, PlanAction::SetBudget(Flops(1e24)));
    let large = answered(&harness).optimum;
    click(&mut harness, "Keep this");
    chip(&harness, "Scenario 1").click();
    settle(&mut harness);
    assert_eq!(answered(&harness).optimum, small);
    harness.get_by_label_contains(&format!("was {}", large.params.short()));
    typed(&mut harness, "Name of Scenario 2", "big");
    chip(&harness, "big").click();
    settle(&mut harness);
    assert_eq!(answered(&harness).optimum, large);
    click(&mut harness, "Takes it off the list: big");
    assert_eq!(harness.state().workspace().session().scenarios.len(), 1);
}

#[test]
fn a_published_law_answers_where_it_is_clicked() {
    let mut harness = plan_tab();
    act(&mut harness, PlanAction::SetBudget(Flops(1e21)));
    let row = harness.get_all_by_role(Role::RadioButton).find(|node| {
        let label = node.accesskit_node().label();
        label.is_some_and(|label| label.contains("Besiroglu"))
    });
    row.unwrap().scroll_to_me();
    harness.run();
    let row = harness.get_all_by_role(Role::RadioButton).find(|node| {
        let label = node.accesskit_node().label();
        label.is_some_and(|label| label.contains("Besiroglu"))
    });
    row.unwrap().click();
    settle(&mut harness);
    assert_eq!(harness.state().workspace().session().plan.by.as_deref(), Some("epoch"));
    assert!((answered(&harness).optimum.params.0 / 2.778459e9 - 1.0).abs() < 1e-4);
}

/// The scenario over the answer.
fn chip<'h>(harness: &'h Harness<'_, IsolossApp>, name: &'h str) -> egui_kittest::Node<'h> {
    harness.get_by_role_and_label(Role::Button, name)
}

/// Rectangles of everything with a name that is not a number of the answer.
fn rectangles(harness: &Harness<'_, IsolossApp>) -> Vec<(String, Rect)> {
    ["Model size", "Training tokens", "Target loss"]
        .into_iter()
        .map(|name| {
            let field = format!("{name}, typed");
            let rect = harness.get_by_role_and_label(Role::TextInput, &field).rect();
            (field, rect)
        })
        .chain(["Hold model size", "Hold compute"].into_iter().map(|name| {
            let rect = harness.get_by_label(name).rect();
            (name.to_owned(), rect)
        }))
        .collect()
}

#[test]
fn a_drag_moves_nothing_but_what_it_should() {
    let mut harness = plan_tab();
    let rail = harness.get_by_role_and_label(Role::Slider, "Compute by hand").rect();
    let before = rectangles(&harness);
    let from = rail.center();
    harness.drag_at(from);
    harness.run();
    for step in 1..8 {
        harness.hover_at(from + vec2(9.0 * step as f32, 0.0));
        harness.run();
        assert_eq!(rectangles(&harness), before, "step {step}");
        assert_eq!(
            harness.get_by_role_and_label(Role::Slider, "Compute by hand").rect(),
            rail
        );
    }
    harness.drop_at(from + vec2(72.0, 0.0));
    settle(&mut harness);
    assert!(answered(&harness).optimum.flops.0 > 1e24);
}

//! Presenting: one key in, one key out, and everything is where it was.

use crate::window::{session, settle, window_on};
use eframe::egui::{Key, accesskit::Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use isoloss::app::IsolossApp;
use isoloss::session::{Action, PlanAction, ScenarioAction, Source};
use isoloss::units::Flops;

type Window = Harness<'static, IsolossApp>;

#[test]
fn a_presentation_shows_the_views_alone_and_gives_back_what_was_there() {
    let mut harness = window_on(vec![Source::Example]);
    for flops in [1e20, 1e22] {
        harness
            .state_mut()
            .act(Action::Plan(PlanAction::SetBudget(Flops(flops))));
        harness
            .state_mut()
            .act(Action::Scenario(ScenarioAction::Add(format!("{flops:e}"))));
    }
    settle(&mut harness);
    let before = session(&harness).clone();
    let (zoom, views) = (
        harness.ctx.zoom_factor(),
        harness.query_all_by_role(Role::Image).count(),
    );
    harness.key_press(Key::F5);
    harness.run();
    assert!(harness.query_by_label("Open…").is_none(), "no toolbar");
    assert!(harness.query_by_label("Fit").is_none(), "no inspector");
    // The room has 500 points of height: one view at a time.
    let title = |harness: &Window| {
        let image = harness.query_all_by_role(Role::Image).next().unwrap();
        image.accesskit_node().label().unwrap()
    };
    assert_eq!((views, harness.query_all_by_role(Role::Image).count()), (3, 1));
    let first = title(&harness);
    harness.key_press(Key::ArrowDown);
    harness.run();
    assert_ne!(title(&harness), first);
    harness.key_press(Key::ArrowUp);
    harness.run();
    assert_eq!(title(&harness), first);
    assert!(
        harness.ctx.zoom_factor() > 1.3 * zoom,
        "everything is larger by one factor"
    );
    // Steps and a black screen change nothing that is saved; a scenario is what it is elsewhere.
    for key in [Key::Home, Key::ArrowRight, Key::ArrowLeft, Key::End, Key::B, Key::B] {
        harness.key_press(key);
        harness.run();
    }
    assert_eq!(session(&harness), &before);
    harness.key_press(Key::Num1);
    settle(&mut harness);
    assert_eq!(session(&harness).plan.budget, Flops(1e20));
    // The pointer has its values at both axes wherever it is.
    let plot = harness.query_all_by_role(Role::Image).next().unwrap().rect();
    harness.hover_at(plot.center());
    harness.run();
    harness.key_press(Key::Escape);
    settle(&mut harness);
    assert!(harness.query_by_label("Open…").is_some());
    assert!((harness.ctx.zoom_factor() - zoom).abs() < 1e-6);
}

//! Handles of the law on the plots, and views that are zoomed together.

use crate::window::{click, session, settle, window_on};
use eframe::egui::{Event, Key, Modifiers, PointerButton, Rect, accesskit::Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use isoloss::app::IsolossApp;
use isoloss::figure::views::View;
use isoloss::fit::FitReport;
use isoloss::law::LawKind;
use isoloss::session::{Action, FitAction, Source, ViewAction};

type Window = Harness<'static, IsolossApp>;

fn showing(law: LawKind, views: &[View]) -> Window {
    let mut harness = window_on(vec![Source::Example]);
    harness.state_mut().act(Action::Fit(FitAction::SetLaw(law)));
    harness.state_mut().act(Action::View(ViewAction::Only(views[0])));
    for view in &views[1..] {
        harness.state_mut().act(Action::View(ViewAction::Toggle(*view)));
    }
    settle(&mut harness);
    harness
}

fn report(harness: &Window) -> FitReport {
    harness.state().workspace().derived().report().unwrap().clone()
}

fn value(harness: &Window, name: &str) -> f64 {
    report(harness).value_of(name).unwrap()
}

fn handles(harness: &Window, name: &str) -> Vec<Rect> {
    let all = harness.query_all_by_role(Role::Slider);
    let mut rects: Vec<Rect> = vec![];
    for node in all {
        use egui_kittest::kittest::NodeT as _;
        if node.accesskit_node().label().as_deref() == Some(name) {
            rects.push(node.rect());
        }
    }
    rects
}

fn drag(harness: &mut Window, name: &str, down: f32) {
    let start = handles(harness, name)[0].center();
    harness.hover_at(start);
    harness.run_steps(2);
    harness.drag_at(start);
    harness.run_steps(2);
    for step in 1..=6 {
        harness.hover_at(start + vec2(0.0, down * step as f32 / 6.0));
        harness.run_steps(2);
    }
    harness.drop_at(start + vec2(0.0, down));
    settle(harness);
}

#[test]
fn the_floor_is_held_where_it_is_dragged_and_the_others_follow() {
    let mut harness = showing(LawKind::Chinchilla, &[View::LossC]);
    let before = report(&harness);
    assert!(
        handles(&harness, "Level of the law").is_empty(),
        "a surface has no one level"
    );
    drag(&mut harness, "Floor of the law", -30.0);
    let held = &session(&harness).fit.config.fixed;
    assert_eq!(held.len(), 1);
    let floor = value(&harness, "E");
    assert!(
        held[0] == ("E".to_owned(), floor) && floor > 1.01 * before.value_of("E").unwrap(),
        "{held:?}"
    );
    assert!(
        value(&harness, "alpha") != before.value_of("alpha").unwrap(),
        "the others are fitted around it"
    );
    // One drag is one step back.
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut harness);
    assert!(session(&harness).fit.config.fixed.is_empty());
    assert_eq!(report(&harness).theta(), before.theta());
}

#[test]
fn level_and_slope_put_the_curve_where_the_hand_is() {
    let mut harness = showing(LawKind::PowerFloor, &[View::LossC]);
    let (level, slope) = (value(&harness, "A"), value(&harness, "alpha"));
    let before = handles(&harness, "Level of the law")[0].center();
    drag(&mut harness, "Level of the law", -25.0);
    assert_eq!(session(&harness).fit.config.fixed.len(), 3);
    let after = handles(&harness, "Level of the law")[0].center();
    assert!((after.y - before.y + 25.0).abs() < 1.5, "{before:?} {after:?}");
    assert!(value(&harness, "A") > level && value(&harness, "alpha") == slope);
    let stands = handles(&harness, "Level of the law")[0].center();
    drag(&mut harness, "Slope of the law", 20.0);
    assert!(value(&harness, "alpha") > slope);
    let turned = handles(&harness, "Level of the law")[0].center();
    assert!((turned - stands).length() < 1.5, "it turns about the other handle");
    // The arrow keys do the same, and "Fit all" lets go.
    let low = value(&harness, "alpha");
    harness.key_press(Key::ArrowUp);
    settle(&mut harness);
    assert!(value(&harness, "alpha") < low);
    click(&mut harness, "Fit all");
    assert!((value(&harness, "alpha") / slope - 1.0).abs() < 1e-6);
}

#[test]
fn a_view_that_is_moved_takes_along_the_others_over_the_same_loss() {
    let mut harness = showing(LawKind::Chinchilla, &[View::LossC, View::LossN, View::LossD]);
    let floors = |harness: &Window| handles(harness, "Floor of the law");
    let before = floors(&harness);
    assert_eq!(before.len(), 3);
    let plots: Vec<Rect> = harness.query_all_by_role(Role::Image).map(|node| node.rect()).collect();
    let first = plots.iter().max_by(|a, b| a.area().total_cmp(&b.area())).unwrap();
    let start = first.center() + vec2(0.0, -60.0);
    harness.drag_at(start);
    harness.run_steps(2);
    for step in 1..=4 {
        harness.hover_at(start + vec2(0.0, -8.0 * step as f32));
        harness.run_steps(2);
    }
    harness.drop_at(start + vec2(0.0, -32.0));
    settle(&mut harness);
    let shares = |harness: &Window| -> Vec<f32> {
        let plots: Vec<Rect> = harness.query_all_by_role(Role::Image).map(|node| node.rect()).collect();
        let share = |floor: &Rect| {
            let plot = plots.iter().find(|plot| plot.contains(floor.center())).unwrap();
            (plot.bottom() - floor.center().y) / plot.height()
        };
        floors(harness).iter().map(share).collect()
    };
    let after = shares(&harness);
    assert!(
        floors(&harness)[0].center().y < before[0].center().y - 20.0,
        "it was moved"
    );
    // One range of losses: the floor is at one share of every height.
    assert!(after.iter().all(|share| (share - after[0]).abs() < 0.01), "{after:?}");
    // A double click lets all of them go back to their own.
    harness.hover_at(start);
    harness.run();
    for _ in 0..2 {
        for pressed in [true, false] {
            // Events that are queued come a frame each, too slowly for a double click.
            harness.input_mut().events.push(Event::PointerButton {
                pos: start,
                button: PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            });
        }
        harness.step();
    }
    settle(&mut harness);
    let again = floors(&harness);
    assert_same_places(&again, &before);
}

fn assert_same_places(now: &[Rect], before: &[Rect]) {
    let same = |(a, b): (&Rect, &Rect)| (a.center() - b.center()).length() < 1.0;
    assert!(
        now.len() == before.len() && now.iter().zip(before).all(same),
        "{now:?} {before:?}"
    );
}

#[test]
fn a_plot_with_the_focus_is_steered_by_keys() {
    let mut harness = showing(LawKind::Chinchilla, &[View::LossC, View::LossN]);
    let floors = |harness: &Window| handles(harness, "Floor of the law");
    let before = floors(&harness);
    let plots = harness.query_all_by_role(Role::Image);
    let first = plots
        .max_by(|a, b| a.rect().area().total_cmp(&b.rect().area()))
        .unwrap();
    first.focus();
    harness.run();
    harness.get_by_label_contains("Arrow keys pan");
    harness.key_press(Key::ArrowDown);
    harness.run();
    let panned = floors(&harness);
    let up = before[0].center().y - panned[0].center().y;
    assert!(up > 5.0, "the view goes down, the floor up");
    assert!(panned[1].center().y < before[1].center().y, "and takes the other along");
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    harness.run();
    let far = panned[0].center().y - floors(&harness)[0].center().y;
    assert!((far / up - 5.0).abs() < 0.2, "{far} {up}");
    harness.key_press(Key::Num0);
    harness.run();
    let again = floors(&harness);
    assert_same_places(&again, &before);
    harness.key_press(Key::Minus);
    harness.run();
    assert!(
        floors(&harness)[0].center().y < before[0].center().y,
        "more of it is seen"
    );
}

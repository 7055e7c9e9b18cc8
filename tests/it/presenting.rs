//! Presenting: one key in, one key out, and everything is where it was; one picture at every size of screen; the spotlight.

use crate::window::{session, settle, window_on};
use eframe::egui::epaint::ColorMode;
use eframe::egui::{Key, Modifiers, Pos2, Rect, Shape, accesskit::Role, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use isoloss::app::IsolossApp;
use isoloss::figure::views::View;
use isoloss::session::{Action, PlanAction, ScenarioAction, Source, ViewAction};
use isoloss::units::Flops;
use std::time::Duration;

type Window = Harness<'static, IsolossApp>;

/// Rows of the stage, in points.
const STAGE: f32 = 420.0;

fn press(harness: &mut Window, keys: &[Key]) {
    for key in keys {
        harness.key_press(*key);
        harness.run();
    }
}

fn is_presenting(harness: &Window) -> bool {
    harness.query_by_label("Open…").is_none()
}

/// The largest plot.
fn plot(harness: &Window) -> Rect {
    let plots = harness.query_all_by_role(Role::Image).map(|node| node.rect());
    plots.max_by(|a, b| a.area().total_cmp(&b.area())).unwrap()
}

/// Everything that is painted, as text.
fn painted(harness: &Window) -> Vec<String> {
    let shapes = harness.output().shapes.iter();
    shapes.map(|clipped| format!("{:?}", clipped.shape)).collect()
}

/// How many curves are painted in their full colour, and how many are not.
fn curves(harness: &Window) -> (usize, usize) {
    let (mut full, mut faded) = (0, 0);
    for clipped in &harness.output().shapes {
        if let Shape::Path(path) = &clipped.shape
            && let (false, ColorMode::Solid(color)) = (path.closed, &path.stroke.color)
        {
            *if color.a() == 255 { &mut full } else { &mut faded } += 1;
        }
    }
    (full, faded)
}

/// A place of a plot where the card of a run opens.
fn a_dot(harness: &mut Window, within: Rect) -> Pos2 {
    let step = 14.0;
    let (columns, rows) = ((within.width() / step) as usize, (within.height() / step) as usize);
    for row in 1..rows {
        for column in 1..columns {
            let at = within.min + vec2(column as f32, row as f32) * step;
            harness.hover_at(at);
            harness.run_steps(2);
            if harness.query_by_label("D/N").is_some() {
                harness.run();
                return at;
            }
        }
    }
    panic!("no run under the pointer anywhere");
}

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
    press(&mut harness, &[Key::F5]);
    assert!(is_presenting(&harness), "no toolbar");
    assert!(harness.query_by_label("Fit").is_none(), "no inspector");
    // A room sees one view, or two.
    let titles = |harness: &Window| -> Vec<String> {
        let images = harness.query_all_by_role(Role::Image);
        images.map(|image| image.accesskit_node().label().unwrap()).collect()
    };
    assert_eq!((views, titles(&harness).len()), (3, 1));
    let first = titles(&harness);
    press(&mut harness, &[Key::ArrowDown]);
    let second = titles(&harness);
    assert_ne!(second, first);
    press(&mut harness, &[Key::ArrowUp, Key::V]);
    assert_eq!(titles(&harness), [first.clone(), second].concat());
    press(&mut harness, &[Key::V]);
    assert_eq!(titles(&harness), first);
    // Steps and a black screen change nothing that is saved; a scenario is what it is elsewhere.
    press(
        &mut harness,
        &[Key::Home, Key::ArrowRight, Key::ArrowLeft, Key::End, Key::B],
    );
    assert!(titles(&harness).is_empty(), "black");
    press(&mut harness, &[Key::B]);
    assert_eq!(titles(&harness), first);
    assert_eq!(session(&harness), &before);
    press(&mut harness, &[Key::Num1]);
    settle(&mut harness);
    assert_eq!(session(&harness).plan.budget, Flops(1e20));
    press(&mut harness, &[Key::Escape]);
    settle(&mut harness);
    assert!(!is_presenting(&harness));
    assert!((harness.ctx.zoom_factor() - zoom).abs() < 1e-6);
}

#[test]
fn every_screen_has_the_same_picture_and_the_plot_most_of_it() {
    let mut harness = window_on(vec![Source::Example]);
    // A map keeps its decades; any other view takes the whole width.
    harness.state_mut().act(Action::View(ViewAction::Only(View::Isoflop)));
    settle(&mut harness);
    let mut seen: Option<Rect> = None;
    for rows in [720.0, 1080.0, 2160.0] {
        harness.set_size(vec2(rows * 16.0 / 9.0, rows));
        harness.run();
        press(&mut harness, &[Key::F5]);
        let stage = harness.ctx.content_rect().size();
        assert!((stage.y - STAGE).abs() < 1.0, "{stage}");
        assert!((harness.ctx.zoom_factor() * STAGE / rows - 1.0).abs() < 0.01);
        let found = plot(&harness);
        assert!(found.height() > 0.5 * STAGE, "{found}");
        assert!(found.width() > 0.85 * stage.x, "{found}");
        let first = *seen.get_or_insert(found);
        assert!((first.min - found.min).length() < 1.0 && (first.max - found.max).length() < 1.0);
        press(&mut harness, &[Key::Escape]);
        assert!(!is_presenting(&harness));
    }
}

#[test]
fn the_window_comes_back_to_the_last_shape() {
    let mut harness = window_on(vec![Source::Example]);
    harness.get_by_label("Plan").click();
    settle(&mut harness);
    // A view zoomed, runs selected, a panel scrolled.
    let map = plot(&harness);
    harness.hover_at(map.center());
    harness.run();
    let scroll = |harness: &mut Window, by: f32| {
        harness.event(eframe::egui::Event::MouseWheel {
            unit: eframe::egui::MouseWheelUnit::Point,
            delta: vec2(0.0, by),
            phase: eframe::egui::TouchPhase::Move,
            source: eframe::egui::MouseWheelSource::Unknown,
            modifiers: Modifiers::NONE,
        });
        harness.run();
    };
    scroll(&mut harness, 120.0);
    harness.hover_at(pos2(1200.0, 600.0));
    harness.run();
    scroll(&mut harness, -150.0);
    settle(&mut harness);
    let (aside, before, choices) = (
        pos2(640.0, 12.0),
        {
            harness.hover_at(pos2(640.0, 12.0));
            settle(&mut harness);
            painted(&harness)
        },
        session(&harness).clone(),
    );
    press(&mut harness, &[Key::F5]);
    // The room looks closer, at other views, told otherwise, with a series in the light.
    let stage = plot(&harness);
    harness.hover_at(stage.center());
    harness.run();
    scroll(&mut harness, 200.0);
    press(
        &mut harness,
        &[Key::S, Key::ArrowDown, Key::Home, Key::V, Key::T, Key::L],
    );
    harness.hover_at(plot(&harness).center());
    harness.run();
    scroll(&mut harness, -90.0);
    press(&mut harness, &[Key::Escape, Key::Escape]);
    assert!(!is_presenting(&harness));
    harness.hover_at(aside);
    settle(&mut harness);
    harness.run();
    assert_eq!(session(&harness), &choices);
    let after = painted(&harness);
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
}

#[test]
fn keys_and_clicks_put_the_spotlight_on_a_series_and_escape_takes_it_off() {
    let mut harness = window_on(vec![Source::Example]);
    harness.state_mut().act(Action::View(ViewAction::Only(View::Isoflop)));
    settle(&mut harness);
    press(&mut harness, &[Key::F5]);
    let (all, _) = curves(&harness);
    assert!(all > 5, "{all}");
    press(&mut harness, &[Key::S]);
    let (lit, faded) = curves(&harness);
    assert!(lit > 0 && lit < all, "{lit} of {all}");
    assert!(faded >= all - lit, "{faded} of {all}");
    // The line under the view says which series it is.
    harness.get_by_label("6·10¹⁸");
    let first = painted(&harness);
    press(&mut harness, &[Key::S]);
    assert_ne!(painted(&harness), first);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::S);
    harness.run();
    assert_eq!(painted(&harness), first);
    // Escape takes it off first, and only then ends.
    press(&mut harness, &[Key::Escape]);
    assert!(is_presenting(&harness));
    assert_eq!(curves(&harness).0, all);

    // A click on a dot, and one beside everything.
    let stage = plot(&harness);
    let dot = a_dot(&mut harness, stage);
    let click = |harness: &mut Window, at: Pos2| {
        harness.hover_at(at);
        harness.run();
        harness.drag_at(at);
        harness.run();
        harness.drop_at(at);
        harness.run();
    };
    click(&mut harness, dot);
    assert!(curves(&harness).0 < all);
    assert!(harness.query_by_label_contains("selected").is_none());
    click(&mut harness, stage.left_bottom() + vec2(4.0, -4.0));
    assert_eq!(curves(&harness).0, all);
    press(&mut harness, &[Key::Escape]);
    assert!(!is_presenting(&harness));
}

#[test]
fn a_row_of_the_legend_puts_the_spotlight_on_its_series_in_the_next_view_too() {
    let mut harness = window_on(vec![Source::Example]);
    harness.state_mut().act(Action::View(ViewAction::Only(View::Frontier)));
    harness.state_mut().act(Action::View(ViewAction::Toggle(View::LossC)));
    settle(&mut harness);
    press(&mut harness, &[Key::F5]);
    let row = harness.query_all_by_label_contains("Spotlight on").next().unwrap();
    let name = row.accesskit_node().label().unwrap();
    row.click();
    harness.run();
    let (_, faded) = curves(&harness);
    assert!(faded > 0, "{name}");
    harness.get_by_label(name.trim_start_matches("Spotlight on "));
}

#[test]
fn the_card_of_a_run_is_large_and_beside_its_dot() {
    let mut harness = window_on(vec![Source::Example]);
    harness.set_size(vec2(1280.0, 720.0));
    harness.run();
    press(&mut harness, &[Key::F5]);
    let stage = plot(&harness);
    let dot = a_dot(&mut harness, stage);
    for name in ["N", "D", "C", "D/N", "Loss", "Residual"] {
        let label = harness.get_all_by_label(name).map(|node| node.rect());
        let card = label
            .min_by(|a, b| a.center().distance(dot).total_cmp(&b.center().distance(dot)))
            .unwrap();
        assert!(card.height() >= STAGE / 30.0, "{name}: {card}");
        assert!(!card.expand(6.0).contains(dot), "{name} covers the dot");
    }
    assert!(harness.query_by_label("File").is_none());
}

#[test]
fn nothing_is_painted_anew_while_nothing_changes() {
    let mut harness = window_on(vec![Source::Example]);
    press(&mut harness, &[Key::F5, Key::S]);
    settle(&mut harness);
    harness.run_steps(3);
    let viewports = harness.output().viewport_output.values();
    let delay = viewports.map(|viewport| viewport.repaint_delay).min().unwrap();
    assert!(delay > Duration::from_secs(1), "{delay:?}");
    let still = painted(&harness);
    harness.run_steps(1);
    assert_eq!(painted(&harness), still);
}

#[test]
fn without_another_display_the_window_says_so_and_stays() {
    let mut harness = window_on(vec![Source::Example]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run();
    let field = harness.get_by_role_and_label(Role::TextInput, "Command");
    field.type_text("present on the other");
    harness.run();
    press(&mut harness, &[Key::Enter]);
    assert!(!is_presenting(&harness));
    harness.get_by_label_contains("no other display");
}

//! Trying laws by hand in the window: sliders, limits, profiles, fits put aside.

use crate::window::{click, settle, typed, window_on};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use isoloss::app::IsolossApp;
use isoloss::figure::views::{ResidualAxis, View};
use isoloss::fit::FitReport;
use isoloss::law::LawKind;
use isoloss::session::{Action, CardNumbers, FitAction, KeptAction, Source, card};
use isoloss::units::format_significant;
use isoloss::validation::CardFormat;

fn example() -> Harness<'static, IsolossApp> {
    window_on(vec![Source::Example])
}

fn report(harness: &Harness<'_, IsolossApp>) -> FitReport {
    harness.state().workspace().derived().report().unwrap().clone()
}

fn act(harness: &mut Harness<'_, IsolossApp>, action: Action) {
    harness.state_mut().act(action);
    settle(harness);
}

#[test]
fn a_slider_holds_its_parameter_and_the_others_follow() {
    let mut harness = example();
    let before = report(&harness);
    harness.get_by_label("Sliders").click();
    settle(&mut harness);
    let rail = harness.get_by_role_and_label(Role::Slider, "alpha by hand").rect();
    let from = rail.center();
    harness.drag_at(from);
    harness.run();
    harness.hover_at(from + eframe::egui::vec2(20.0, 0.0));
    harness.run();
    harness.drop_at(from + eframe::egui::vec2(20.0, 0.0));
    settle(&mut harness);
    let after = report(&harness);
    let [old, new] = [&before, &after].map(|report| report.value_of("alpha").unwrap());
    assert!(after.params[3].fixed && new != old, "{old} {new}");
    assert_ne!(
        before.value_of("A"),
        after.value_of("A"),
        "the others are fitted around it"
    );
    // The rail has stood still under the hand.
    assert_eq!(
        harness.get_by_role_and_label(Role::Slider, "alpha by hand").rect(),
        rail
    );
}

#[test]
fn all_parameters_by_hand_and_back() {
    let mut harness = example();
    let before = report(&harness);
    harness.get_by_label("Hold all").click();
    settle(&mut harness);
    let held = report(&harness);
    assert!(held.params.iter().all(|parameter| parameter.fixed));
    assert!((held.value / before.value - 1.0).abs() < 1e-9);
    act(
        &mut harness,
        Action::Fit(FitAction::SetFixed("E".to_owned(), Some(1.5))),
    );
    let moved = report(&harness);
    assert!(moved.value > 2.0 * before.value, "a worse curve is drawn, not mended");
    assert_eq!(moved.value_of("A"), before.value_of("A"));
    harness.get_by_label("Fit all").click();
    settle(&mut harness);
    assert_eq!(report(&harness).value, before.value);
}

#[test]
fn a_typed_limit_binds_the_fit_and_an_empty_one_frees_it() {
    let mut harness = example();
    let free = report(&harness).value_of("beta").unwrap();
    harness.get_by_label("Sliders").click();
    settle(&mut harness);
    typed(&mut harness, "Greatest beta", "0.3");
    assert!(free > 0.3);
    assert_eq!(report(&harness).value_of("beta"), Some(0.3));
    harness.get_by_label_contains("at its bound");
    typed(&mut harness, "Greatest beta", "");
    assert_eq!(report(&harness).value_of("beta"), Some(free));
}

#[test]
fn a_profile_is_drawn_for_the_row_that_was_clicked() {
    let mut harness = example();
    click(&mut harness, "Show");
    harness.get_by_label_contains("Profile of E;").scroll_to_me();
    harness.run();
    harness.get_by_label_contains("Profile of E;").click();
    settle(&mut harness);
    harness.get_by_label_contains("E = ");
    let profile = harness.state().workspace().derived().fit.profile.clone().unwrap();
    let curve = profile.result.unwrap().unwrap().unwrap();
    assert!(curve.points.len() > 20 && curve.points.iter().all(|point| point.rise > -1e-6));
    // Another fit has another profile.
    act(&mut harness, Action::Fit(FitAction::SetLaw(LawKind::ChinchillaTied)));
    assert!(harness.state().workspace().derived().fit.profile.is_none());
}

#[test]
fn intervals_come_from_what_was_chosen_everywhere_and_undo_takes_them_back() {
    let mut harness = example();
    let shown = |harness: &Harness<'_, IsolossApp>| {
        let workspace = harness.state().workspace();
        let card = CardNumbers::of(workspace).unwrap();
        let alpha = card
            .params
            .iter()
            .find(|number| number.name == "alpha")
            .unwrap()
            .interval
            .unwrap();
        (alpha.map(Option::unwrap), card.intervals)
    };
    let answer = |harness: &Harness<'_, IsolossApp>| {
        let label = harness
            .get_by_label_contains("Model size N*")
            .accesskit_node()
            .value()
            .unwrap();
        assert!(label.contains('['), "{label}");
        label
    };
    let (curved, words) = shown(&harness);
    assert!(words.contains("from curvature"), "{words}");
    let first = answer(&harness);
    for (name, told, in_card) in [
        ("profiles", "of parameters by profiles", "from profiles"),
        ("resampled runs", "resamples of runs", "resamples of runs"),
    ] {
        harness
            .get_by_role_and_label(Role::ComboBox, "Intervals from")
            .scroll_to_me();
        harness.run();
        harness.get_by_role_and_label(Role::ComboBox, "Intervals from").click();
        harness.run();
        click(&mut harness, name);
        harness.get_by_label_contains(told);
        let (ends, words) = shown(&harness);
        assert!(words.contains(in_card) && ends != curved, "{words} {ends:?}");
        // The row has the very interval of the card.
        let row = format!(
            "[{}, {}]",
            format_significant(ends[0], 3),
            format_significant(ends[1], 3)
        );
        harness.get_by_label(&row);
    }
    assert_ne!(answer(&harness), first);
    let saved = serde_json::to_string(harness.state().workspace().session()).unwrap();
    assert!(saved.contains(r#""interval":"bootstrap""#), "{saved}");
    for _ in 0..2 {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        settle(&mut harness);
    }
    assert_eq!(shown(&harness).0, curved);
    assert_eq!(answer(&harness), first);
}

#[test]
fn residuals_lie_under_the_first_view_over_what_was_chosen() {
    let mut harness = example();
    click(&mut harness, "Under the first view");
    harness.get_by_label_contains("Half of the runs lie within");
    click(&mut harness, "order");
    let view = &harness.state().workspace().session().view;
    assert_eq!((view.residual_axis, view.residual_strip), (ResidualAxis::Order, true));
    assert!(!view.board.contains(&View::Residuals));
}

#[test]
fn a_fit_is_put_aside_renamed_hidden_recalled_and_removed() {
    let mut harness = example();
    let first = report(&harness);
    click(&mut harness, "Keep this fit");
    act(&mut harness, Action::Fit(FitAction::SetLaw(LawKind::ChinchillaTied)));
    click(&mut harness, "Keep this fit");
    let session = harness.state().workspace().session();
    let names: Vec<&str> = session.kept.iter().map(|kept| kept.name.as_str()).collect();
    assert_eq!(names, ["Chinchilla", "Chinchilla, α = β"]);
    assert_ne!(session.kept[0].colour, session.kept[1].colour);
    let (id, other) = (session.kept[0].id, session.kept[1].id);
    let kept = &harness.state().workspace().derived().kept;
    assert_eq!(kept[&id].report(), Some(&first), "the answer was at hand");

    act(&mut harness, Action::Kept(KeptAction::Rename(id, "free".to_owned())));
    click(&mut harness, "Show free");
    assert!(!harness.state().workspace().session().kept[0].shown);
    harness.get_by_role_and_label(Role::Button, "free").click();
    settle(&mut harness);
    assert_eq!(report(&harness).params, first.params);
    act(&mut harness, Action::Kept(KeptAction::Remove(other)));
    assert!(harness.query_by_label("Show Chinchilla, α = β").is_none());

    // Undone to before anything was kept, and done again: the fit is made anew, to the last bit.
    for _ in 0..7 {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        settle(&mut harness);
    }
    assert!(harness.state().workspace().session().kept.is_empty());
    for _ in 0..7 {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Y);
        settle(&mut harness);
    }
    let kept = &harness.state().workspace().derived().kept;
    assert_eq!(kept[&id].report().unwrap().params, first.params);
}

#[test]
fn trust_is_asked_and_told_and_goes_onto_the_card() {
    let mut harness = example();
    click(&mut harness, "Other choices");
    harness.get_by_label_contains("universes along D/N");
    click(&mut harness, "objective");
    harness.get_by_label_contains("rows by objective");
    click(&mut harness, "left out");
    click(&mut harness, "N*");
    harness.get_by_label_contains("universes along N*");
    harness.get_by_label_contains("rows by left out");
    let workspace = harness.state().workspace();
    let trust = workspace.derived().fit.trust.clone().unwrap();
    let mut numbers = CardNumbers::of(workspace).unwrap();
    let summary = trust.result.unwrap().unwrap().summary().to_owned();
    numbers.sensitivity.push(summary);
    let text = card(workspace, numbers).unwrap().write(CardFormat::Markdown).unwrap();
    assert!(text.contains("Fit card") && text.contains("combinations of choices"));
    click(&mut harness, "Without a size");
    harness.get_by_label("without");
    click(&mut harness, "Other choices");
    click(&mut harness, "Copy as");
    click(&mut harness, "Markdown");
    harness.get_by_label_contains("on the clipboard");
    // Another fit has not been asked about.
    act(&mut harness, Action::Fit(FitAction::SetLaw(LawKind::ChinchillaTied)));
    assert!(harness.state().workspace().derived().fit.trust.is_none());
}

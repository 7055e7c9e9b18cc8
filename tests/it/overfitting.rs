//! Where overfitting begins, and how many tokens a loss takes: measured on curves that are known to turn, and on others'.

use isoloss::data::{Point, Role, Run, RunTable, Selected};
use isoloss::figure::views::{AxisStyle, IsolossAxis, ResidualAxis, Scene, View, draw, draw_base};
use isoloss::figure::{Dash, Figure, LegendKey, Mark, RuleAt, SvgStyle, Symbol, Theme, ThemeKind, layout, to_svg};
use isoloss::fit::{Estimate, FitReport, Objective, Stopped};
use isoloss::law::LawKind;
use isoloss::law::published::by_name;
use isoloss::plan::{Allocation, Repeats, Turn, onset};
use isoloss::units::{Flops, Loss, Params, Tokens};
use std::collections::BTreeMap;

/// Besiroglu et al. 2024.
const THETA: [f64; 5] = [1.8172, 482.01, 2085.43, 0.3478, 0.3658];

fn by_law(params: f64, tokens: f64) -> f64 {
    let [e, a, b, alpha, beta] = THETA;
    e + a * params.powf(-alpha) + b * tokens.powf(-beta)
}

/// Curves that follow the law, and from `turn` tokens on rise again; `unique` tokens are known where it is not NaN.
fn curves(sizes: &[f64], most: f64, turn: impl Fn(f64) -> f64, unique: f64) -> RunTable {
    let mut points = vec![];
    for (run, params) in sizes.iter().enumerate() {
        for step in 1..=60 {
            let tokens = most * f64::from(step) / 60.0;
            let past = (tokens / turn(*params)).ln().max(0.0);
            points.push(Point {
                run,
                line: points.len() as u64 + 2,
                params: Some(Params(*params)),
                tokens: Some(Tokens(tokens)),
                unique_tokens: (unique > 0.0).then_some(Tokens(unique)),
                loss: Some(Loss(by_law(*params, tokens) + 2.0 * past * past)),
                ..Point::default()
            });
        }
    }
    let runs = sizes.iter().map(|size| Run {
        name: format!("{size:.0e}"),
        ..Run::default()
    });
    RunTable::new("sweep", runs.collect(), points, vec![]).unwrap()
}

/// One point a run.
fn finals(rows: &[(f64, f64, f64, f64)]) -> RunTable {
    let points = rows
        .iter()
        .enumerate()
        .map(|(run, (params, tokens, unique, loss))| Point {
            run,
            line: run as u64 + 2,
            params: Some(Params(*params)),
            tokens: Some(Tokens(*tokens)),
            unique_tokens: Some(Tokens(*unique)),
            loss: Some(Loss(*loss)),
            ..Point::default()
        });
    let runs = (0..rows.len()).map(|run| Run {
        name: format!("row {run}"),
        ..Run::default()
    });
    RunTable::new("finals", runs.collect(), points.collect(), vec![]).unwrap()
}

/// The last point of each run takes part.
fn last(table: &RunTable) -> Selected {
    let points = table.points();
    Selected {
        used: (0..points.len())
            .filter(|index| index + 1 == points.len() || points.get(index + 1).run != points.get(*index).run)
            .collect(),
        excluded: vec![],
        rules: vec![],
    }
}

fn report(law: LawKind, values: &[f64]) -> FitReport {
    let names: Vec<String> = law.law().parameters().iter().map(|p| p.name.to_string()).collect();
    FitReport {
        law: law.into(),
        objective: Objective::default(),
        value: 0.001,
        params: names
            .into_iter()
            .zip(values)
            .map(|(name, value)| Estimate {
                name,
                value: *value,
                fixed: false,
            })
            .collect(),
        n_used: 10,
        n_runs: 10,
        stopped: Stopped::Gradient,
        starts_tried: 8,
        starts_agreed: 8,
        residuals: vec![],
        verdicts: vec![],
    }
}

fn with_scene<T>(
    tables: &[(&RunTable, &Selected)],
    fit: Option<&FitReport>,
    change: impl FnOnce(&mut Scene<'_>),
    then: impl FnOnce(&Scene<'_>) -> T,
) -> T {
    let mut scene = Scene {
        tables,
        fit,
        spread: None,
        chosen: None,
        ghost: None,
        level: 0.95,
        obstacle: None,
        published: &[],
        budget: Flops(1e21),
        penalty: 0.02,
        unique_tokens: None,
        reference_models: false,
        fit_x: Role::Flops,
        reducible: false,
        axis_style: AxisStyle::default(),
        second_axes: false,
        gpu_hour: None,
        isoloss_axis: IsolossAxis::Tokens,
        residual_axis: ResidualAxis::Params,
        wording: None,
        kept: &[],
    };
    change(&mut scene);
    then(&scene)
}

fn figure(view: View, table: &RunTable, fit: Option<&FitReport>, change: impl FnOnce(&mut Scene<'_>)) -> Figure {
    let selected = last(table);
    with_scene(&[(table, &selected)], fit, change, |scene| draw(view, scene))
}

fn texts(figure: &Figure) -> Vec<&str> {
    let text = |mark: &'_ Mark| matches!(mark, Mark::Label { .. } | Mark::LineLabel { .. } | Mark::Rule { .. });
    figure
        .marks
        .iter()
        .filter(|mark| text(mark))
        .map(|mark| match mark {
            Mark::Label { text, .. } | Mark::LineLabel { text, .. } => text.as_str(),
            Mark::Rule { label, .. } => label.as_str(),
            _ => "",
        })
        .collect()
}

fn dots(figure: &Figure, wanted: &str) -> Vec<[f64; 2]> {
    let of = |mark: &Mark| match mark {
        Mark::Dots { id, dots, .. } if id == wanted => dots.iter().map(|dot| dot.at).collect(),
        _ => vec![],
    };
    figure.marks.iter().flat_map(of).collect()
}

fn lines<'a>(figure: &'a Figure, start: &str) -> Vec<(&'a str, &'a [[f64; 2]], Dash)> {
    figure
        .marks
        .iter()
        .filter_map(|mark| match mark {
            Mark::Line { id, points, dash, .. } if id.starts_with(start) => {
                Some((id.as_str(), points.as_slice(), *dash))
            }
            _ => None,
        })
        .collect()
}

const SIZES: [f64; 4] = [1e7, 3e7, 1e8, 3e8];

/// Turns at 4e9, 2e9, 1e9, .5e9 tokens.
fn turn(params: f64) -> f64 {
    4e9 * (params / 1e7).powf(-(2f64.ln() / 3f64.ln()))
}

#[test]
fn the_turns_of_curves_are_marked_and_those_that_fall_are_bounds() {
    let turning = curves(&SIZES, 8e9, turn, 1e8);
    let drawn = figure(View::Overfit, &turning, None, |_| {});
    let found = dots(&drawn, "turns");
    assert_eq!(found.len(), 4);
    for [params, tokens] in found {
        // A slow rise is overcome by the law's fall for a while.
        let ratio = tokens / turn(params);
        assert!((0.9..1.6).contains(&ratio), "{params:e}: {ratio}");
    }
    assert!(
        drawn.title.starts_with("On 100M unique tokens the loss turns up after"),
        "{}",
        drawn.title
    );
    assert!(
        texts(&drawn).contains(&"lowest held-out loss, U = 100M"),
        "{:?}",
        texts(&drawn)
    );
    assert!(dots(&drawn, "turn bounds").is_empty());

    let falling = curves(&SIZES, 8e9, |_| 1e12, 1e8);
    let drawn = figure(View::Overfit, &falling, None, |_| {});
    assert_eq!((dots(&drawn, "turns").len(), dots(&drawn, "turn bounds").len()), (0, 4));
    assert!(
        dots(&drawn, "turn bounds")
            .iter()
            .all(|at| (at[1] / 8e9 - 1.0).abs() < 1e-9)
    );
    assert!(drawn.title.contains("Kaplan 2020"), "{}", drawn.title);
    assert!(
        drawn
            .legend
            .iter()
            .any(|entry| entry.key == LegendKey::Symbol(Symbol::Diamond, true))
    );

    // New tokens cannot be learnt by heart.
    let fresh = curves(&SIZES, 8e9, |_| 1e12, 1e10);
    assert!(dots(&figure(View::Overfit, &fresh, None, |_| {}), "turn bounds").is_empty());
}

#[test]
fn repeats_are_drawn_for_the_unique_tokens_that_are_asked() {
    let table = curves(&SIZES, 8e9, |_| 1e12, f64::NAN);
    let none = figure(View::Overfit, &table, None, |_| {});
    assert!(
        lines(&none, "useless after").is_empty(),
        "of unknown unique tokens nothing is said"
    );
    let drawn = figure(View::Overfit, &table, None, |scene| {
        scene.unique_tokens = Some(Tokens(2e8));
    });
    assert!(
        drawn
            .marks
            .iter()
            .any(|mark| matches!(mark, Mark::Rule { at: RuleAt::Y(2e8), .. }))
    );
    let law = Repeats::MUENNIGHOFF;
    for share in [0.5, 0.1] {
        let (_, points, _) = lines(&drawn, &format!("next epoch {share}"))[0];
        assert!((points[0][1] / (2e8 * law.epochs_until(share)) - 1.0).abs() < 1e-9);
    }
    let useless = lines(&drawn, "useless after");
    let (_, points, _) = useless.iter().find(|(id, ..)| *id == "useless after").unwrap();
    for [params, tokens] in *points {
        let expected = law.useless_after(Params(*params), Tokens(2e8), 0.02).unwrap().0;
        assert!((tokens / expected - 1.0).abs() < 1e-12);
        assert!(
            (7.1e6..=8.67e9).contains(params),
            "solid only where the paper's models were"
        );
    }
    assert!(useless.iter().any(|(_, _, dash)| *dash == Dash::Dashed));
    assert!(drawn.footer.iter().any(|line| line.contains("Muennighoff et al. 2023")));
    assert!(
        drawn
            .legend
            .iter()
            .any(|entry| entry.text == "repeats of U, Muennighoff 2023")
    );

    // A fit of that law takes the place of the published one.
    let fit = report(LawKind::DataConstrained, &[1.9, 520.0, 1480.0, 0.35, 0.35, 8.0, 5.0]);
    let drawn = figure(View::Overfit, &table, Some(&fit), |scene| {
        scene.unique_tokens = Some(Tokens(2e8));
    });
    let fitted = Repeats::fitted(&fit.theta()).unwrap();
    let (_, points, _) = lines(&drawn, "next epoch 0.5")[0];
    assert!((points[0][1] / (2e8 * fitted.epochs_until(0.5)) - 1.0).abs() < 1e-9);
    assert!(drawn.legend.iter().any(|entry| entry.text == "repeats of U, this fit"));
    assert!(
        !dots(&drawn, "budget optimum").is_empty(),
        "the star is the fit's own answer"
    );
}

#[test]
fn the_star_bears_its_penalty_and_when_to_stop() {
    let table = curves(&SIZES, 8e9, |_| 1e12, f64::NAN);
    let fit = report(LawKind::Chinchilla, &THETA);
    let drawn = figure(View::Overfit, &table, Some(&fit), |scene| {
        scene.unique_tokens = Some(Tokens(1e9));
    });
    let texts = texts(&drawn);
    assert!(
        texts.iter().any(|text| text.starts_with("2.78B on 60.0B tokens: δL")),
        "{texts:?}"
    );
    assert!(
        texts.iter().any(|text| text.ends_with("(Kaplan, eq. 5.7)")),
        "{texts:?}"
    );
}

#[test]
fn the_gap_law_is_drawn_as_exploratory() {
    let table = curves(&SIZES, 8e9, |_| 1e12, f64::NAN);
    let fit = report(LawKind::OverfitGap, &[0.8, 0.6]);
    let drawn = figure(View::Overfit, &table, Some(&fit), |_| {});
    assert!(texts(&drawn).iter().any(|text| text.contains("(exploratory)")));
    let (_, points, _) = *lines(&drawn, "gap").iter().find(|(id, ..)| *id == "gap").unwrap();
    let [params, tokens] = points[0];
    let losses: Vec<f64> = SIZES.iter().map(|size| by_law(*size, 8e9)).collect();
    let gap = 0.8 * (params / tokens).powf(0.6);
    assert!(
        (gap / (0.02 * losses[1]) - 1.0).abs() < 1e-9,
        "{gap}, losses {losses:?}"
    );
}

#[test]
fn dots_of_runs_that_follow_the_law_lie_on_its_curves() {
    let table = curves(&[1e7, 3e7, 1e8, 3e8, 1e9], 4e10, |_| 1e14, f64::NAN);
    let fit = report(LawKind::Chinchilla, &THETA);
    let drawn = figure(View::SampleEfficiency, &table, Some(&fit), |_| {});
    let law = Allocation::Published(by_name("epoch").unwrap());
    let losses: Vec<f64> = lines(&drawn, "loss ")
        .iter()
        .filter_map(|(id, ..)| id.split(' ').nth(1)?.parse().ok())
        .collect();
    let found = dots(&drawn, "runs");
    assert!(found.len() > 8, "{}", found.len());
    for [params, tokens] in found {
        let near = losses.iter().any(|loss| {
            law.tokens_for_loss(Params(params), Loss(*loss))
                .is_some_and(|expected| (tokens / expected.0).ln().abs() < 0.03)
        });
        assert!(near, "{params:e} at {tokens:e}");
    }
    // ((1 − s_N 100^−alpha)/s_D)^(1/beta) with s_N = beta/(alpha + beta).
    let [_, _, _, alpha, beta] = THETA;
    let (size, data) = (beta / (alpha + beta), alpha / (alpha + beta));
    let ratio = ((1.0 - size * 100f64.powf(-alpha)) / data).powf(1.0 / beta);
    let title = format!("At equal loss, 100 × the optimal size needs {ratio:.1} × fewer tokens");
    assert_eq!(drawn.title, title);
    let star = law.at_flops(Flops(1e21)).unwrap();
    let larger = dots(&drawn, "budget larger")[0];
    assert!((larger[0] / (100.0 * star.params.0) - 1.0).abs() < 1e-9);
    assert!((star.tokens.0 / larger[1] / ratio - 1.0).abs() < 1e-9);
}

#[test]
fn without_a_law_the_runs_speak_for_themselves() {
    let table = curves(&SIZES, 8e9, |_| 1e14, f64::NAN);
    let drawn = figure(View::SampleEfficiency, &table, None, |_| {});
    assert!(drawn.title.starts_with("Loss "), "{}", drawn.title);
    assert!(!lines(&drawn, "measured ").is_empty());
    // One length each, and no law: there is nothing to say.
    let single = finals(&[(1e7, 1e9, 1e9, 4.0), (3e7, 1e9, 1e9, 3.7)]);
    let nothing = figure(View::SampleEfficiency, &single, None, |_| {});
    assert!(nothing.empty.unwrap().contains("choose Chinchilla"));
}

#[test]
fn published_laws_are_solid_where_their_runs_were() {
    let table = curves(&SIZES, 8e9, |_| 1e14, f64::NAN);
    let fit = report(LawKind::Chinchilla, &THETA);
    let law = by_name("kaplan").unwrap();
    let published = [law];
    let selected = last(&table);
    for view in [View::Frontier, View::LossC] {
        let drawn = with_scene(
            &[(&table, &selected)],
            Some(&fit),
            |_| {},
            |scene| {
                draw(
                    view,
                    &Scene {
                        published: &published,
                        ..*scene
                    },
                )
            },
        );
        let pieces = lines(&drawn, "published Kaplan 2020");
        assert!(!pieces.is_empty(), "{view:?}");
        for (id, points, dash) in pieces {
            let inside = points
                .iter()
                .all(|at| at[0] >= law.flops_range.0 * 0.999 && at[0] <= law.flops_range.1 * 1.001);
            assert_eq!(dash == Dash::Solid, inside, "{view:?} {id}");
        }
    }
}

#[test]
fn known_models_come_when_asked_and_stay_in_view() {
    let table = curves(&SIZES, 8e9, |_| 1e14, f64::NAN);
    let fit = report(LawKind::Chinchilla, &THETA);
    for view in [View::Isoloss, View::Frontier] {
        let plain = figure(view, &table, Some(&fit), |_| {});
        assert!(dots(&plain, "known models").is_empty());
        let drawn = figure(view, &table, Some(&fit), |scene| scene.reference_models = true);
        let models = dots(&drawn, "known models");
        assert!(models.len() > 8);
        for at in models {
            assert!(at[0] < drawn.x.range.1 && at[1] < drawn.y.range.1, "{view:?}");
        }
        let page = layout(&drawn, 900.0, 700.0, 1.0);
        assert!(page.labels.iter().any(|label| label.text == "Llama 3 405B"), "{view:?}");
    }
}

#[test]
fn both_views_as_svg() {
    let table = curves(&SIZES, 8e9, turn, 1e8);
    let fit = report(LawKind::Chinchilla, &THETA);
    for (name, view) in [
        ("overfit", View::Overfit),
        ("sample-efficiency", View::SampleEfficiency),
    ] {
        let drawn = figure(view, &table, Some(&fit), |_| {});
        let style = SvgStyle::new(640.0, 400.0, Theme { kind: ThemeKind::Light });
        insta::assert_snapshot!(format!("{name}-light"), to_svg(&drawn, &style));
    }
}

/// The runs of Muennighoff et al. 2023 on repeated C4, where they are at hand: epochs at the lowest held-out loss.
#[test]
fn repeated_c4_turns_where_it_was_seen_to() {
    let Some(path) = crate::shared::data("repeated-data/c4_runs_all.csv") else {
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let rows: Vec<(f64, f64, f64, f64)> = text
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let number = |index: usize| cells[index].parse().unwrap();
            (number(1), number(2), number(3), number(4))
        })
        .collect();
    let mut series: BTreeMap<(u64, u64), Vec<[f64; 2]>> = BTreeMap::new();
    for (params, tokens, unique, loss) in &rows {
        let key = (*params as u64, *unique as u64);
        series.entry(key).or_default().push([tokens / unique, *loss]);
    }
    let find = |size: f64, unique: f64| {
        let near = |params: u64| (params as f64 / size - 1.0).abs() < 0.02;
        let (_, points) = series
            .iter()
            .find(|((params, of), _)| near(*params) && *of == unique as u64)
            .unwrap();
        onset(points).unwrap()
    };
    for (size, epochs) in [
        (44e6, 140.0),
        (83e6, 140.0),
        (146e6, 59.0),
        (220e6, 39.0),
        (281e6, 27.0),
        (421e6, 27.0),
    ] {
        let found = find(size, 1e8);
        assert_eq!(found.turn, Turn::Rises, "{size:e}");
        assert!(
            (found.tokens / epochs - 1.0).abs() < 0.02,
            "{size:e}: {} epochs",
            found.tokens
        );
    }
    // 619M was first measured at 15 epochs, and rises from there; 1.1B was also measured at one.
    assert_eq!(
        (find(619e6, 1e8).turn, find(619e6, 1e8).tokens.round()),
        (Turn::AlreadyRising, 15.0)
    );
    assert_eq!(
        (find(1.1e9, 1e8).turn, find(1.1e9, 1e8).tokens.round()),
        (Turn::Rises, 15.0)
    );
    assert_eq!(
        (find(14.1e6, 1e8).turn, find(14.1e6, 1e8).last.round()),
        (Turn::NotYet, 9000.0)
    );
    assert_eq!(find(220e6, 4e8).tokens.round(), 750.0);
    assert_eq!(find(421e6, 1.5e9).turn, Turn::NotYet);
    assert_eq!(
        (find(1.1e9, 1.5e9).turn, find(1.1e9, 1.5e9).tokens.round()),
        (Turn::Rises, 61.0)
    );

    // The view draws the same: one diamond a size that turned, and the title says so.
    let table = finals(&rows);
    let selected = Selected {
        used: (0..rows.len()).collect(),
        excluded: vec![],
        rules: vec![],
    };
    let drawn = with_scene(
        &[(&table, &selected)],
        None,
        |_| {},
        |scene| draw_base(View::Overfit, scene),
    );
    assert!(
        drawn
            .title
            .starts_with("On 100M unique tokens the loss turns up after 140 epochs at 44.0M, 15 at 1.10B"),
        "{}",
        drawn.title
    );
    assert!(drawn.colour_bar.is_some() && dots(&drawn, "turns").len() >= 7);
}

//! Learning curves as a figure: what it says, what it keeps of many points, how small it stays.

use isoloss::data::{Excluded, Point, Role, Run, RunTable, Selected};
use isoloss::figure::views::{AxisStyle, IsolossAxis, Prepared, ResidualAxis, Scene, View, draw, draw_base_with};
use isoloss::figure::{Figure, Mark, SvgStyle, Symbol, Theme, ThemeKind, to_svg};
use isoloss::units::{Flops, Loss, Params, Tokens};

/// Runs that learn by a law, of sizes a factor of three apart; `loss` may change what a checkpoint shows.
fn table(runs: usize, checkpoints: usize, loss: impl Fn(usize, usize, f64) -> f64) -> RunTable {
    let mut points = vec![];
    for run in 0..runs {
        let params = 1e7 * 3f64.powf(run as f64 * 6.0 / runs as f64);
        for checkpoint in 1..=checkpoints {
            let tokens = 4e9 * checkpoint as f64 / checkpoints as f64;
            let smooth = 1.8 + 480.0 * params.powf(-0.35) + 2085.0 * tokens.powf(-0.37);
            let shown = loss(run, checkpoint, smooth);
            points.push(Point {
                run,
                line: points.len() as u64 + 2,
                params: Some(Params(params)),
                tokens: Some(Tokens(tokens)),
                step: Some(checkpoint as f64 * 10.0),
                loss: shown.is_finite().then_some(Loss(shown)),
                train_loss: shown.is_finite().then_some(Loss(shown * 0.97)),
                diverged: !shown.is_finite(),
                ..Point::default()
            });
        }
    }
    let runs = (0..runs).map(|run| Run {
        name: format!("sweep/run-{run:03}"),
        seams: if run == 1 { vec![200.0] } else { vec![] },
        ..Run::default()
    });
    RunTable::new("sweep", runs.collect(), points, vec![]).unwrap()
}

fn last_points(table: &RunTable) -> Selected {
    let points = table.points();
    let last = (0..points.len())
        .filter(|index| index + 1 == points.len() || points.get(index + 1).run != points.get(*index).run);
    let (used, out): (Vec<usize>, Vec<usize>) = last.partition(|index| !points.get(*index).diverged);
    let excluded = |point| Excluded {
        point,
        reason: "diverged".to_owned(),
    };
    Selected {
        used,
        excluded: out.into_iter().map(excluded).collect(),
        ..Selected::default()
    }
}

fn with_scene<T>(table: &RunTable, selected: &Selected, then: impl FnOnce(&Scene<'_>) -> T) -> T {
    then(&Scene {
        tables: &[(table, selected)],
        fit: None,
        spread: None,
        level: 0.95,
        obstacle: None,
        published: &[],
        budget: Flops(5.76e23),
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
        chosen: None,
        ghost: None,
    })
}

fn figure(table: &RunTable) -> Figure {
    with_scene(table, &last_points(table), |scene| draw(View::Curves, scene))
}

fn svg(figure: &Figure, width: f32, height: f32) -> String {
    let theme = Theme { kind: ThemeKind::Light };
    to_svg(figure, &SvgStyle::new(width, height, theme))
}

/// Four runs of which one diverges and one was restarted.
fn four() -> RunTable {
    table(4, 40, |run, checkpoint, loss| {
        if run == 3 && checkpoint > 30 {
            f64::INFINITY
        } else {
            loss
        }
    })
}

fn dots(figure: &Figure, wanted: &str) -> usize {
    let count = |mark: &Mark| match mark {
        Mark::Dots { id, dots, .. } if id == wanted => dots.len(),
        _ => 0,
    };
    figure.marks.iter().map(count).sum()
}

#[test]
fn few_curves_as_svg() {
    insta::assert_snapshot!("curves-light", svg(&figure(&four()), 640.0, 400.0));
}

#[test]
fn the_figure_says_what_the_runs_did() {
    let figure = figure(&four());
    assert_eq!(
        figure.title,
        "sweep/run-002 ends lowest, at 2.92 nats/token after 4.00B tokens"
    );
    assert!(
        figure.subtitle.ends_with("4 curves of 150 checkpoints"),
        "{}",
        figure.subtitle
    );
    assert_eq!(figure.footer, ["n = 4 curves · 1 excluded from the fit · 1 diverged"]);
    assert_eq!(
        (dots(&figure, "runs"), dots(&figure, "diverged"), dots(&figure, "seams")),
        (3, 1, 1)
    );
    let legend: Vec<&str> = figure.legend.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(
        legend,
        [
            "run",
            "excluded from the fit",
            "diverged",
            "restart",
            "training loss, fainter"
        ]
    );
    let names: Vec<&str> = figure
        .marks
        .iter()
        .filter_map(|mark| match mark {
            Mark::Label { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(names, ["003", "000", "001", "002"]);
    let text = svg(&figure, 800.0, 500.0);
    assert!(
        names.iter().all(|name| text.contains(&format!(">{name}</text>"))),
        "no name is lost"
    );
}

#[test]
fn one_run_tells_how_far_it_came() {
    let figure = figure(&table(1, 40, |_, _, loss| loss));
    assert_eq!(
        figure.title,
        "sweep/run-000 falls from 5.79 to 4.09 nats/token over 4.00B tokens"
    );
    assert!(figure.colour_bar.is_none());
}

#[test]
fn runs_of_one_checkpoint_are_told_what_is_missing() {
    let figure = figure(&table(5, 1, |_, _, loss| loss));
    assert!(figure.empty.unwrap().contains("one checkpoint each"));
}

#[test]
fn what_was_prepared_is_drawn_the_same_and_only_for_its_tables() {
    let (first, second) = (four(), table(12, 30, |_, _, loss| loss));
    let mut prepared = Prepared::default();
    for table in [&first, &first, &second, &first] {
        let selected = last_points(table);
        let (kept, fresh) = with_scene(table, &selected, |scene| {
            (
                draw_base_with(View::Curves, scene, &mut prepared),
                draw(View::Curves, scene),
            )
        });
        assert_eq!(kept, fresh);
    }
}

#[test]
fn a_hundred_thousand_points_stay_small_and_keep_their_extremes() {
    for runs in [1, 10, 1000] {
        let checkpoints = 100_000 / runs;
        let noisy = table(runs, checkpoints, |run, checkpoint, loss| {
            let noise = ((run * checkpoints + checkpoint) as f64 * 0.618_033_988_75).fract() - 0.5;
            let spike = if run == 0 && checkpoint == checkpoints / 2 {
                1.4
            } else {
                1.0
            };
            loss * spike * (1.0 + 0.03 * noise)
        });
        let figure = figure(&noisy);
        let text = svg(&figure, 1600.0, 900.0);
        assert!(text.len() < 200_000, "{runs} runs: {} bytes", text.len());
        assert!(text.len() > 20_000, "{runs} runs: {} bytes", text.len());
        let spike = noisy.points().get(checkpoints / 2 - 1).loss.unwrap().0;
        let Some(Mark::Curves { curves, .. }) = figure.marks.first() else {
            panic!("curves come first")
        };
        assert!(
            curves
                .iter()
                .any(|curve| curve.points.reach().unwrap().1 >= spike * 0.999_999)
        );
    }
}

#[test]
fn marks_of_a_crowd_have_no_names() {
    let figure = figure(&table(12, 30, |_, _, loss| loss));
    assert!(!figure.marks.iter().any(|mark| matches!(mark, Mark::Label { .. })));
    assert!(figure.colour_bar.is_some());
    assert_eq!(
        figure
            .legend
            .iter()
            .map(|entry| entry.text.as_str())
            .collect::<Vec<_>>(),
        ["restart"]
    );
    let stars = |mark: &Mark| {
        matches!(
            mark,
            Mark::Dots {
                symbol: Symbol::Star,
                ..
            }
        )
    };
    assert!(!figure.marks.iter().any(stars), "a budget has no place among curves");
}

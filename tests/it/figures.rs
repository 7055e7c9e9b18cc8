//! Figures as text snapshots, and what must hold of any figure.
//!
//! The runs are simulated and the fit is written down, so a snapshot moves only when the drawing does.

use isoloss::data::{Excluded, Role, RunTable, Selected};
use isoloss::figure::views::{
    AxisStyle, GpuHour, IsolossAxis, LossScale, ResidualAxis, Scene, View, draw, draw_base, draw_budget, ranges_with,
};
use isoloss::figure::{
    Anchor, Axis, Dash, Dot, Figure, Frame, LabelPlace, Mark, Paint, Rect, RuleAt, Scale, SvgStyle, Symbol, Theme,
    ThemeKind, TickFormat, Token, layout, place_labels, to_csv, to_svg,
};
use isoloss::fit::{Bootstrap, Estimate, FitReport, Objective, Stopped, Uncertainty};
use isoloss::law::LawKind;
use isoloss::law::published::by_name;
use isoloss::method::{Measurement, isoflop};
use isoloss::plan::{SimulateConfig, simulate};
use isoloss::units::Flops;

const VIEWS: [View; 10] = View::ALL;

/// Besiroglu et al. 2024: the truth behind the simulated runs, and the fit.
const THETA: [f64; 5] = [1.8172, 482.01, 2085.43, 0.3478, 0.3658];

pub(crate) struct Bench {
    pub(crate) table: RunTable,
    selected: Selected,
    fit: FitReport,
    bootstrap: Bootstrap,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let table = simulate(&SimulateConfig {
            law: by_name("epoch").unwrap(),
            budgets: [1e19, 1e20, 1e21].map(Flops).to_vec(),
            sizes_per_budget: 6,
            width: 5.0,
            noise: 0.004,
            seed: 7,
        })
        .unwrap();
        let last = table.points().len() - 1;
        let selected = Selected {
            used: (0..last).collect(),
            excluded: vec![Excluded {
                point: last,
                reason: "by hand".to_owned(),
            }],
            ..Selected::default()
        };
        // Replicates that lean one way and the other, without a random number.
        let replicates = (0..40)
            .map(|i| {
                let lean = (f64::from(i) - 19.5) / 19.5;
                let [e, a, b, alpha, beta] = THETA;
                vec![
                    e + 0.03 * lean,
                    a,
                    b,
                    alpha * (1.0 + 0.02 * lean),
                    beta * (1.0 - 0.015 * lean),
                ]
            })
            .collect();
        Self {
            table,
            selected,
            fit: report(LawKind::Chinchilla, &["E", "A", "B", "alpha", "beta"], &THETA),
            bootstrap: Bootstrap {
                replicates,
                failed: 0,
                seed: 0,
            },
        }
    }

    pub(crate) fn draw(&self, view: View, change: impl Fn(&mut Scene<'_>)) -> Figure {
        self.with_scene(change, |scene| draw(view, scene))
    }

    fn with_scene<T>(&self, change: impl Fn(&mut Scene<'_>), then: impl Fn(&Scene<'_>) -> T) -> T {
        let tables = [(&self.table, &self.selected)];
        let published = [by_name("kaplan").unwrap()];
        let mut scene = Scene {
            tables: &tables,
            fit: Some(&self.fit),
            spread: Some(Uncertainty::Resampled(&self.bootstrap)),
            level: 0.95,
            obstacle: None,
            published: &published,
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
        };
        change(&mut scene);
        then(&scene)
    }
}

fn report(law: LawKind, names: &[&str], values: &[f64]) -> FitReport {
    FitReport {
        law: law.into(),
        objective: Objective::default(),
        value: 0.001,
        params: names
            .iter()
            .zip(values)
            .map(|(name, value)| Estimate {
                name: (*name).to_owned(),
                value: *value,
                fixed: false,
            })
            .collect(),
        n_used: 17,
        n_runs: 17,
        stopped: Stopped::Gradient,
        starts_tried: 8,
        starts_agreed: 8,
        residuals: vec![],
        verdicts: vec![],
    }
}

fn svg(figure: &Figure, width: f32, height: f32, kind: ThemeKind) -> String {
    to_svg(figure, &SvgStyle::new(width, height, Theme { kind }))
}

/// What a reader sees of a figure, without the coordinates of its curves.
fn words(svg: &str) -> Vec<String> {
    svg.lines()
        .filter(|line| line.starts_with("<text") && !line.contains("aria-hidden"))
        .map(|line| {
            let body = &line[line.find('>').unwrap() + 1..line.rfind("</text>").unwrap()];
            let mut out = String::new();
            let mut inside = false;
            for c in body.chars() {
                match c {
                    '<' => inside = true,
                    '>' => inside = false,
                    c if !inside => out.push(c),
                    _ => {}
                }
            }
            out
        })
        .collect()
}

#[test]
fn views_as_svg() {
    let bench = Bench::new();
    let figure = |view| bench.draw(view, |_| {});
    insta::assert_snapshot!(
        "isoloss-light",
        svg(&figure(View::Isoloss), 640.0, 480.0, ThemeKind::Light)
    );
    insta::assert_snapshot!(
        "isoloss-dark",
        svg(&figure(View::Isoloss), 640.0, 480.0, ThemeKind::Dark)
    );
    insta::assert_snapshot!(
        "isoflop-light",
        svg(&figure(View::Isoflop), 640.0, 400.0, ThemeKind::Light)
    );
    insta::assert_snapshot!(
        "frontier-light",
        svg(&figure(View::Frontier), 640.0, 400.0, ThemeKind::Light)
    );
    insta::assert_snapshot!(
        "loss-c-light",
        svg(&figure(View::LossC), 640.0, 400.0, ThemeKind::Light)
    );
    insta::assert_snapshot!(
        "loss-n-light",
        svg(&figure(View::LossN), 640.0, 400.0, ThemeKind::Light)
    );
    insta::assert_snapshot!(
        "loss-d-light",
        svg(&figure(View::LossD), 640.0, 400.0, ThemeKind::Light)
    );
    insta::assert_snapshot!(
        "residuals-light",
        svg(&figure(View::Residuals), 640.0, 400.0, ThemeKind::Light)
    );
    let doubled = bench.draw(View::LossC, second_scales);
    insta::assert_snapshot!("loss-c-second-light", svg(&doubled, 640.0, 400.0, ThemeKind::Light));
}

/// Perplexity, and hours of an H100 at 40 % of its peak.
fn second_scales(scene: &mut Scene<'_>) {
    scene.second_axes = true;
    scene.gpu_hour = Some(GpuHour {
        name: "NVIDIA H100 SXM",
        flops: 3600.0 * 0.4 * 989.4e12,
    });
}

#[test]
fn second_scales_say_the_same_in_other_units() {
    let bench = Bench::new();
    let page = |view| {
        let figure = bench.draw(view, second_scales);
        let texts = layout(&figure, 900.0, 600.0, 1.0).texts;
        texts.into_iter().map(|text| text.text).collect::<Vec<_>>()
    };
    let has = |texts: &[String], wanted: &str| texts.iter().any(|text| text == wanted);
    let over_c = page(View::LossC);
    assert!(has(&over_c, "Perplexity, exp L") && has(&over_c, "Hours of one NVIDIA H100 SXM"));
    assert!(has(&page(View::Isoflop), "Tokens per parameter at C = 5.76·10²³"));
    let map = page(View::Isoloss);
    assert!(
        !map.iter()
            .any(|text| text.contains("Perplexity") || text.contains("Hours"))
    );
    // What is above the floor has no perplexity.
    let lowered = bench.draw(View::LossC, |scene| {
        second_scales(scene);
        scene.reducible = true;
    });
    assert_eq!(lowered.y.second, None);
}

#[test]
fn axes_are_written_as_one_likes_and_their_data_stay() {
    let bench = Bench::new();
    let styled = |view, style: AxisStyle| bench.draw(view, |scene| scene.axis_style = style);
    let labels = |figure: &Figure| {
        let texts = layout(figure, 900.0, 600.0, 1.0).texts;
        texts.into_iter().map(|text| text.text).collect::<Vec<_>>()
    };
    let days = AxisStyle {
        pf_days: true,
        ..AxisStyle::default()
    };
    let (plain, in_days) = (bench.draw(View::LossC, |_| {}), styled(View::LossC, days));
    assert_eq!((&plain.marks, plain.x.range), (&in_days.marks, in_days.x.range));
    assert_eq!(in_days.x.label, "Training compute C (PF-days)");
    let frame = layout(&in_days, 900.0, 600.0, 1.0);
    let one = frame
        .x_ticks
        .iter()
        .find(|tick| tick.label.as_deref() == Some("1"))
        .unwrap();
    assert!((one.value / 8.64e19 - 1.0).abs() < 1e-12);
    // Numbers go with the heading.
    let value = |figure: &Figure| {
        let text = to_csv(figure, &|_| None);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let place = reader
            .headers()
            .unwrap()
            .iter()
            .position(|name| name == figure.x.label)
            .unwrap();
        let row = reader
            .records()
            .map(Result::unwrap)
            .find(|row| &row[1] == "dots")
            .unwrap();
        row[place].parse::<f64>().unwrap()
    };
    assert!((value(&plain) / value(&in_days) / 8.64e19 - 1.0).abs() < 1e-12);
    let powers = AxisStyle {
        powers: true,
        ..AxisStyle::default()
    };
    let texts = labels(&styled(View::Isoloss, powers));
    assert!(
        texts.iter().any(|text| text == "10⁹") && !texts.iter().any(|text| text.ends_with('B')),
        "{texts:?}"
    );
    let even = AxisStyle {
        loss: LossScale::Linear,
        ..AxisStyle::default()
    };
    assert_eq!(
        (plain.y.scale, styled(View::LossC, even).y.scale),
        (Scale::Log, Scale::Linear)
    );
    let log = AxisStyle {
        loss: LossScale::Log,
        ..AxisStyle::default()
    };
    assert_eq!(styled(View::Isoflop, log).y.scale, Scale::Log);
}

#[test]
fn the_slice_through_the_answer_fades_runs_that_are_far_from_it() {
    let bench = Bench::new();
    let grey = Paint::Token(Token::Reference);
    for (view, role) in [(View::LossN, Role::Tokens), (View::LossD, Role::Params)] {
        let figure = bench.draw(view, |scene| scene.budget = Flops(1e21));
        let named = |name: &str| {
            figure
                .marks
                .iter()
                .any(|mark| matches!(mark, Mark::Line { id, .. } if id.starts_with(name)))
        };
        assert!(named("budget slice"), "{view:?}");
        let runs = figure.marks.iter().find_map(|mark| match mark {
            Mark::Dots { id, dots, .. } if id == "runs" => Some(dots),
            _ => None,
        });
        let (mut near, mut far) = (vec![], vec![]);
        for dot in runs.unwrap().iter() {
            let value = bench
                .table
                .quantity(role)
                .unwrap()
                .get(dot.datum.unwrap().point)
                .unwrap();
            if dot.paint == grey {
                far.push(value);
            } else {
                near.push(value);
            }
        }
        let span = |values: &[f64]| {
            (
                values.iter().copied().fold(f64::INFINITY, f64::min),
                values.iter().copied().fold(0.0, f64::max),
            )
        };
        let (least, most) = span(&near);
        assert!(most / least <= 9.0 + 1e-9 && !far.is_empty(), "{view:?} {least} {most}");
        assert!(far.iter().all(|value| *value < least || *value > most));
    }
}

#[test]
fn titles_carry_the_finding_and_captions_the_method() {
    let bench = Bench::new();
    let figure = bench.draw(View::Frontier, |_| {});
    assert!(
        figure.title.starts_with("Compute-optimal N grows as C^0.51 [0.5"),
        "{}",
        figure.title
    );
    assert!(figure.subtitle.contains("(synthetic)"), "{}", figure.subtitle);
    assert_eq!(
        figure.footer[0],
        "n = 17 of 18 runs, 1 excluded · chinchilla · Huber δ 10⁻³ on log loss · band 95 %, 40 resamples of the runs"
    );
    let plain = bench.draw(View::Frontier, |scene| scene.spread = None);
    assert_eq!(plain.title, "Compute-optimal N grows as C^0.51");
    assert!(!plain.marks.iter().any(|mark| matches!(mark, Mark::Band { .. })));
}

#[test]
fn without_a_surface_the_valleys_are_the_methods_parabolas() {
    let bench = Bench::new();
    let figure = bench.draw(View::Isoflop, |scene| {
        scene.fit = None;
        scene.published = &[];
    });
    let points = bench.table.points();
    let runs: Vec<Measurement> = bench
        .selected
        .used
        .iter()
        .map(|&run| {
            let point = points.get(run);
            Measurement {
                run,
                params: point.params.unwrap().0,
                tokens: point.tokens.unwrap().0,
                flops: point.flops.unwrap().0,
                loss: point.loss.unwrap().0,
            }
        })
        .collect();
    let found = isoflop(&runs, None).unwrap();
    let expected: Vec<[f64; 2]> = found
        .used()
        .filter_map(|budget| budget.vertex.map(|vertex| [vertex.params, vertex.loss]))
        .collect();
    let drawn = figure.marks.iter().find_map(|mark| match mark {
        Mark::Dots { id, dots, .. } if id == "minima" => Some(dots.iter().map(|dot| dot.at).collect::<Vec<_>>()),
        _ => None,
    });
    assert_eq!(drawn.unwrap(), expected);
    let lines = figure
        .marks
        .iter()
        .filter(|mark| matches!(mark, Mark::Line { id, .. } if id.starts_with("parabola ")));
    assert_eq!((lines.count(), expected.len()), (3, 3));
    let exponent = format!("C^{:.2}", found.frontier.exponents()[0]);
    assert!(figure.title.ends_with(&exponent), "{} {exponent}", figure.title);
}

#[test]
fn a_fit_that_did_not_converge_is_not_drawn() {
    let mut bench = Bench::new();
    bench.fit.stopped = Stopped::Iterations;
    let figure = bench.draw(View::Isoloss, |scene| scene.published = &[]);
    assert!(figure.footer[0].contains("has not converged"));
    assert!(!figure.title.contains("0.51"));
    assert!(
        !figure
            .marks
            .iter()
            .any(|mark| matches!(mark, Mark::Line { id, .. } if id.starts_with("contour")))
    );
}

#[test]
fn every_view_says_what_it_lacks() {
    let bench = Bench::new();
    for view in VIEWS {
        let nothing = bench.draw(view, |scene| {
            (scene.tables, scene.fit, scene.spread, scene.published) = (&[], None, None, &[]);
        });
        assert!(nothing.empty.as_ref().unwrap().contains("Open a file"), "{view:?}");
        let text = svg(&nothing, 640.0, 400.0, ThemeKind::Light);
        assert!(
            words(&text).iter().any(|word| word.starts_with("Open a file")),
            "{view:?}"
        );
        assert!(bench.with_scene(
            |scene| (scene.tables, scene.fit, scene.published) = (&[], None, &[]),
            |scene| draw_budget(view, scene).is_empty()
        ));
    }
    let no_law = bench.draw(View::Isoloss, |scene| (scene.fit, scene.published) = (None, &[]));
    assert!(no_law.subtitle.contains("choose Chinchilla") && no_law.colour_bar.is_some());
    let no_law = bench.draw(View::Frontier, |scene| (scene.fit, scene.published) = (None, &[]));
    assert!(no_law.empty.unwrap().contains("choose Chinchilla"));
}

#[test]
fn the_base_does_not_depend_on_the_budget() {
    let bench = Bench::new();
    for view in VIEWS {
        let base = |budget| {
            bench.with_scene(
                move |scene| scene.budget = Flops(budget),
                |scene| draw_base(view, scene),
            )
        };
        assert_eq!(base(1e18), base(1e26), "{view:?}");
        let whole = bench.draw(view, |_| {});
        let (kept, marks) = bench.with_scene(|_| {}, |scene| (draw_base(view, scene), draw_budget(view, scene)));
        assert_eq!((whole.x.range, whole.y.range), ranges_with(&kept, &marks));
        // Where runs far from the slice are faded, they change their paint and nothing else.
        let slices = matches!(view, View::LossN | View::LossD);
        let plain = |marks: Vec<Mark>| -> Vec<Mark> {
            let plain = |mark| match mark {
                Mark::Dots {
                    id,
                    dots,
                    symbol,
                    radius,
                } if slices && id == "runs" => Mark::Dots {
                    dots: dots
                        .iter()
                        .map(|dot| Dot {
                            paint: Paint::Ramp(0.0),
                            ..*dot
                        })
                        .collect(),
                    id,
                    symbol,
                    radius,
                },
                other => other,
            };
            marks.into_iter().map(plain).collect()
        };
        assert_eq!(plain(whole.marks), plain([kept.marks, marks].concat()));
    }
}

#[test]
fn the_star_is_in_view_at_any_budget_and_the_view_does_not_jump() {
    let bench = Bench::new();
    for view in [View::Isoloss, View::Frontier, View::LossC] {
        let mut ranges = vec![];
        for step in 0..=320 {
            let budget = 10f64.powf(12.0 + f64::from(step) * 0.05);
            let figure = bench.draw(view, |scene| scene.budget = Flops(budget));
            for at in stars(&figure) {
                let inside = |v: f64, (low, high): (f64, f64)| v > low && v < high;
                assert!(
                    inside(at[0], figure.x.range) && inside(at[1], figure.y.range),
                    "{view:?} at {budget:e}"
                );
            }
            assert!(!stars(&figure).is_empty());
            ranges.push((figure.x.range, figure.y.range));
        }
        ranges.dedup();
        assert!(ranges.len() < 90, "{view:?}: {} ranges over 320 steps", ranges.len());
    }
}

fn stars(figure: &Figure) -> Vec<[f64; 2]> {
    figure
        .marks
        .iter()
        .filter_map(|mark| match mark {
            Mark::Dots {
                dots,
                symbol: Symbol::Star,
                ..
            } => Some(dots.iter().map(|dot| dot.at)),
            _ => None,
        })
        .flatten()
        .collect()
}

#[test]
fn eight_to_twelve_contours_are_labelled() {
    let figure = Bench::new().draw(View::Isoloss, |_| {});
    let page = layout(&figure, 900.0, 800.0, 1.0);
    let contours = page.labels.iter().filter(
        |label| matches!(&figure.marks[label.mark], Mark::LineLabel { line, .. } if line.starts_with("contour")),
    );
    assert!((8..=13).contains(&contours.clone().count()), "{}", contours.count());
}

#[test]
fn power_laws_of_compute_have_their_curve_and_others_do_not() {
    let mut bench = Bench::new();
    bench.fit = report(LawKind::PowerFloor, &["E", "A", "alpha"], &[1.8, 3000.0, 0.18]);
    let curve = |figure: &Figure| {
        figure
            .marks
            .iter()
            .any(|mark| matches!(mark, Mark::Line { id, dash: Dash::Solid, .. } if id == "L*"))
    };
    let of_compute = bench.draw(View::LossC, |scene| scene.spread = None);
    assert!(curve(&of_compute));
    assert!(
        of_compute
            .marks
            .iter()
            .any(|mark| matches!(mark, Mark::Rule { at: RuleAt::Y(floor), .. } if *floor == 1.8))
    );
    let of_size = bench.draw(View::LossC, |scene| {
        (scene.spread, scene.fit_x) = (None, Role::Params);
    });
    assert!(!curve(&of_size));
}

#[test]
fn the_same_figure_gives_the_same_bytes() {
    let bench = Bench::new();
    for view in VIEWS {
        let once = svg(&bench.draw(view, |_| {}), 1600.0, 900.0, ThemeKind::Dark);
        assert_eq!(once, svg(&bench.draw(view, |_| {}), 1600.0, 900.0, ThemeKind::Dark));
        assert!(!once.contains("NaN") && !once.contains("inf"), "{view:?}");
        assert!(once.len() < 200_000, "{view:?}: {}", once.len());
    }
}

#[test]
fn every_text_stays_on_the_page() {
    let bench = Bench::new();
    for view in VIEWS {
        for (width, height) in [
            (1600.0, 900.0),
            (800.0, 600.0),
            (234.0, 145.0),
            (486.0, 301.0),
            (400.0, 700.0),
        ] {
            let figure = bench.draw(view, second_scales);
            let scale = SvgStyle::new(width, height, Theme::default()).text_scale;
            let page = layout(&figure, f64::from(width), f64::from(height), f64::from(scale));
            for text in page.texts.iter().filter(|text| !text.upwards) {
                let length = f64::from(isoloss::figure::text_width(&text.text, text.size as f32, text.weight));
                let left = match text.anchor {
                    Anchor::Start => text.at[0],
                    Anchor::Middle => text.at[0] - length / 2.0,
                    Anchor::End => text.at[0] - length,
                };
                assert!(
                    left >= 0.0 && left + length <= f64::from(width) + 0.5 && text.at[1] <= f64::from(height),
                    "{view:?} at {width}x{height}: {text:?}"
                );
            }
            assert!(
                page.frame.plot.height() > 0.4 * f64::from(height),
                "{view:?} at {width}x{height}"
            );
        }
    }
}

fn axis(range: (f64, f64)) -> Axis {
    Axis {
        label: "x".to_owned(),
        scale: Scale::Linear,
        format: TickFormat::Plain,
        range,
        second: None,
    }
}

fn figure_of(marks: Vec<Mark>) -> Figure {
    Figure {
        title: String::new(),
        subtitle: String::new(),
        x: axis((0.0, 100.0)),
        y: axis((0.0, 100.0)),
        equal_decades: false,
        marks,
        equation: vec![],
        legend: vec![],
        colour_bar: None,
        footer: vec![],
        empty: None,
    }
}

fn label(at: [f64; 2], text: &str, importance: u8) -> Mark {
    Mark::Label {
        at,
        text: text.to_owned(),
        paint: Paint::Token(Token::Text),
        anchor: Anchor::Middle,
        along: None,
        importance,
    }
}

#[test]
fn no_label_covers_another_and_the_important_ones_stay() {
    // A crowd at one point: few can stand.
    let marks: Vec<Mark> = (0..60)
        .map(|i| label([50.0, 50.0], &format!("label {i:02}"), 100 + i))
        .collect();
    let plot = Rect {
        left: 0.0,
        top: 0.0,
        right: 300.0,
        bottom: 200.0,
    };
    let frame = Frame::new(plot, (Scale::Linear, (0.0, 100.0)), (Scale::Linear, (0.0, 100.0)));
    let placed = place_labels(&marks, &frame, 12.0);
    assert!(placed.len() < 10 && placed[0].text == "label 59");
    for (i, a) in placed.iter().enumerate() {
        assert!(a.centre[0] - a.width / 2.0 >= 0.0 && a.centre[0] + a.width / 2.0 <= 300.0);
        for b in &placed[i + 1..] {
            let apart = (a.centre[0] - b.centre[0]).abs() >= (a.width + b.width) / 2.0
                || (a.centre[1] - b.centre[1]).abs() >= 12.0 * 0.7;
            assert!(apart, "{} covers {}", a.text, b.text);
        }
    }
}

#[test]
fn labels_on_lines_lie_along_them_and_read_left_to_right() {
    let line = |id: &str, points| Mark::Line {
        id: id.to_owned(),
        points,
        paint: Paint::Token(Token::Reference),
        width: 1.0,
        dash: Dash::Dotted,
    };
    let on = |line: &str| Mark::LineLabel {
        line: line.to_owned(),
        text: "name".to_owned(),
        paint: Paint::Token(Token::Reference),
        place: LabelPlace::On(0.5),
        importance: 100,
    };
    let marks = vec![
        line("up", vec![[0.0, 0.0], [100.0, 100.0]]),
        line("back", vec![[100.0, 0.0], [0.0, 50.0]]),
        on("up"),
        on("back"),
        on("nowhere"),
    ];
    let figure = figure_of(marks);
    let page = layout(&figure, 500.0, 400.0, 1.0);
    assert_eq!(page.labels.len(), 2);
    assert!(page.labels[0].angle < -0.3, "a rising line turns its label up");
    assert!(page.labels[1].angle.abs() < std::f64::consts::FRAC_PI_2 && page.labels[1].angle > 0.1);
}

#[test]
fn text_is_escaped() {
    let mut figure = figure_of(vec![label([50.0, 50.0], "a<b & \"c\"", 100)]);
    figure.title = "<script>'\u{1}".to_owned();
    let text = svg(&figure, 400.0, 300.0, ThemeKind::Light);
    assert!(text.contains("a&lt;b &amp; &quot;c&quot;") && text.contains("&lt;script&gt;&#39;"));
    assert!(!text.contains("<script") && !text.contains('\u{1}'));
}

#[test]
fn a_hundred_thousand_dots_stay_small() {
    let dots = (0..100_000u32)
        .map(|i| {
            let share = f64::from(i) / 100_000.0;
            Dot {
                at: [100.0 * share, (f64::from(i) * 0.618_033_988_75).fract() * 100.0],
                paint: Paint::Ramp(share),
                hollow: false,
                datum: None,
            }
        })
        .collect();
    let figure = figure_of(vec![Mark::Dots {
        id: "cloud".to_owned(),
        dots,
        symbol: Symbol::Circle,
        radius: 3.0,
    }]);
    let text = svg(&figure, 1600.0, 900.0, ThemeKind::Light);
    assert!(text.len() < 200_000, "{}", text.len());
}

#[test]
fn nonsense_is_drawn_without_a_panic() {
    let nan = f64::NAN;
    let mut figure = figure_of(vec![
        label([nan, 1.0], "x", 1),
        Mark::Line {
            id: "l".to_owned(),
            points: vec![[nan, nan], [f64::INFINITY, 1.0], [1.0, -1e300]],
            paint: Paint::Ramp(nan),
            width: nan as f32,
            dash: Dash::Dashed,
        },
        Mark::Band {
            id: "b".to_owned(),
            edges: vec![[1.0, nan, 2.0]; 3],
            paint: Paint::Category(99),
            opacity: 0.5,
        },
        Mark::Rule {
            at: RuleAt::X(nan),
            label: "r".to_owned(),
            paint: Paint::Token(Token::Error),
        },
    ]);
    for range in [(0.0, 0.0), (1.0, nan), (5.0, -5.0), (0.0, f64::INFINITY)] {
        (figure.x.range, figure.y.range) = (range, range);
        for scale in [Scale::Linear, Scale::Log] {
            (figure.x.scale, figure.equal_decades) = (scale, scale == Scale::Log);
            assert!(svg(&figure, 400.0, 300.0, ThemeKind::Light).ends_with("</svg>\n"));
            assert!(svg(&figure, 1.0, 0.0, ThemeKind::Light).ends_with("</svg>\n"));
        }
    }
}

/// The traced file of Hoffmann et al., where it is at hand: budgets are found in its spread of compute.
#[test]
fn traced_runs_show_nine_profiles() {
    use isoloss::data::{Point, Run};
    use isoloss::units::{Loss, Params};
    let Some(path) = crate::shared::data("chinchilla-traced/svg_extracted_data.csv") else {
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let cells = text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    let points: Vec<Point> = cells
        .enumerate()
        .map(|(run, cells)| Point {
            run,
            line: run as u64 + 2,
            params: Some(Params(cells[3].parse().unwrap())),
            flops: Some(Flops(cells[4].parse().unwrap())),
            loss: Some(Loss(cells[6].parse().unwrap())),
            ..Point::default()
        })
        .collect();
    let runs = (0..points.len())
        .map(|i| Run {
            name: format!("row {}", i + 2),
            ..Run::default()
        })
        .collect();
    let table = RunTable::new("traced", runs, points, vec![]).unwrap();
    let selected = Selected {
        used: (0..table.points().len()).collect(),
        ..Selected::default()
    };
    let tables = [(&table, &selected)];
    let bench = Bench::new();
    let figure = bench.with_scene(
        |_| {},
        |scene| {
            draw(
                View::Isoflop,
                &Scene {
                    tables: &tables,
                    ..*scene
                },
            )
        },
    );
    let minima = figure.marks.iter().find_map(|mark| match mark {
        Mark::Dots { id, dots, .. } if id == "minima" => Some(dots.len()),
        _ => None,
    });
    assert_eq!(minima, Some(9));
}

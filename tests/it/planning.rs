//! Budgets into decisions, against golden tables and against a search that knows no closed form.

use isoloss::data::Point;
use isoloss::law::published::{PUBLISHED, PublishedForm, by_name};
use isoloss::law::{Additive, Surface};
use isoloss::plan::{
    Allocation, DEFAULT_PENALTY, PlanError, Question, SimulateConfig, SimulateError, SizeQuantity, beyond_data_decades,
    decide, simulate,
};
use isoloss::units::{FLOPS_PER_PF_DAY, Flops, Loss, Params, Tokens};
use proptest::prelude::*;

fn published(name: &str) -> Allocation {
    Allocation::Published(by_name(name).unwrap())
}

fn near(value: f64, expected: f64, relative: f64) {
    assert!(
        (value / expected - 1.0).abs() <= relative,
        "{value} is not {expected} to {relative}"
    );
}

/// The laws that are whole surfaces.
const SURFACES: [&str; 5] = [
    "kaplan-joint",
    "chinchilla",
    "chinchilla-rounded",
    "muennighoff",
    "epoch",
];

#[test]
fn golden_optima() {
    for (name, a, small, large) in [
        (
            "chinchilla-rounded",
            0.451_613,
            [1.82422e9, 9.13634e10, 2.328_883],
            [3.21899e10, 92.6474, 1.930_748],
        ),
        (
            "chinchilla",
            0.45653,
            [2.21695e9, 7.51782e10, 2.295_491],
            [4.03609e10, 58.9317, 1.918_412],
        ),
        (
            "epoch",
            0.51261,
            [2.77846e9, 5.99853e10, 2.305_529],
            [7.22487e10, 18.3912, 1.974_441],
        ),
        (
            "muennighoff",
            0.5,
            [2.91509e9, 5.71738e10, 2.347_687],
            [6.99622e10, 19.6130, 2.025_162],
        ),
    ] {
        let law = published(name);
        near(law.frontier().unwrap().params.exponent, a, 1e-4);
        near(law.frontier().unwrap().tokens.exponent, 1.0 - a, 1e-4);
        let optimum = law.at_flops(Flops(1e21)).unwrap();
        near(optimum.params.0, small[0], 1e-4);
        near(optimum.tokens.0, small[1], 1e-4);
        near(optimum.loss.unwrap().0, small[2], 1e-4);
        let optimum = law.at_flops(Flops(5.76e23)).unwrap();
        near(optimum.params.0, large[0], 1e-4);
        near(optimum.tokens_per_param().unwrap(), large[1], 1e-4);
        near(optimum.loss.unwrap().0, large[2], 1e-4);
    }
}

#[test]
fn frontiers_as_their_papers_state_them() {
    let kaplan = published("kaplan").at_flops(Flops(FLOPS_PER_PF_DAY)).unwrap();
    near(kaplan.params.0, 1.3e9, 1e-12);
    near(kaplan.tokens.0, 2e10, 1e-12);
    near(kaplan.loss.unwrap().0, 2.658_080, 3e-7);
    // One epoch of D, so 6 N* D* is not the budget; the inversions stay on the printed laws.
    near(
        published("kaplan").at_params(Params(1.3e9)).unwrap().tokens.0,
        2e10,
        1e-12,
    );
    near(
        published("kaplan").at_loss(Loss(2.369_016)).unwrap().flops.pf_days(),
        10.0,
        1e-5,
    );

    let llama = published("llama3").at_flops(Flops(3.8e25)).unwrap();
    near(llama.tokens.0, 1.63e13, 5e-3);
    near(llama.params.0, 402e9, 0.04);
    assert_eq!(llama.loss, None);

    // The paper's own extrapolation to the 67B model's budget: 4.3e11 FLOP per token, 1.04e12 tokens.
    let deepseek = published("deepseek").at_flops(Flops(4.5e23)).unwrap();
    near(deepseek.params.0, 4.3e11, 0.01);
    near(deepseek.tokens.0, 1.04e12, 0.01);
    assert_eq!(deepseek.tokens_per_param(), None);
    assert_eq!(deepseek.size, SizeQuantity::FlopsPerToken);
    assert_eq!(deepseek.size.symbol(), "M*");
    near(deepseek.equivalent_params().0, deepseek.params.0 / 6.0, 1e-12);
}

#[test]
fn what_a_law_does_not_give_is_said() {
    let error = published("llama3").at_loss(Loss(2.0)).unwrap_err();
    assert_eq!(error.to_string(), "Llama 3 2024 publishes no loss");
    assert_eq!(published("llama3").loss_at(Params(1e9), Tokens(1e10)), None);
    assert_eq!(published("llama3").compute_ratio_at_size(2.0), None);
    let error = published("epoch").at_loss(Loss(1.8)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no budget reaches a loss of 1.8: this law's floor is 1.8172"
    );
    let error = published("epoch").at_flops(Flops(0.0)).unwrap_err();
    assert_eq!(error.to_string(), "Besiroglu 2024 has no finite answer to C = 0e0");
    for value in [f64::NAN, f64::INFINITY, -1.0] {
        for law in PUBLISHED {
            let law = Allocation::Published(law);
            assert!(law.at_flops(Flops(value)).is_err());
            assert!(law.at_params(Params(value)).is_err());
            assert!(law.at_tokens(Tokens(value)).is_err());
            assert!(law.at_loss(Loss(value)).is_err());
        }
    }
}

#[test]
fn a_fit_without_a_valley_has_no_best_size() {
    let sound = Additive {
        floor: 1.8,
        params_coefficient: 480.0,
        tokens_coefficient: 2000.0,
        params_exponent: 0.35,
        tokens_exponent: 0.37,
    };
    let broken = [
        Additive {
            params_coefficient: 0.0,
            ..sound
        },
        Additive {
            tokens_coefficient: 0.0,
            ..sound
        },
        Additive {
            params_exponent: 0.0,
            ..sound
        },
        Additive {
            tokens_exponent: -0.1,
            ..sound
        },
        Additive {
            floor: f64::NAN,
            ..sound
        },
    ];
    for law in broken {
        let law = Allocation::Surface(law.into());
        for question in [
            Question::Flops(Flops(1e20)),
            Question::Loss(Loss(2.5)),
            Question::Params(Params(1e9)),
            Question::Tokens(Tokens(1e10)),
        ] {
            assert!(matches!(law.answer(question), Err(PlanError::NoInteriorOptimum { .. })));
        }
        assert_eq!(law.compute_ratio_at_size(2.0), None);
    }
    let error = Allocation::Surface(broken[0].into()).at_flops(Flops(1e20)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "this fit has no compute-optimal size: A = 0, so the loss does not depend on N"
    );
    // Off the optimum such a surface still has losses and contours.
    let flat = Allocation::Surface(broken[0].into());
    let loss = flat.loss_at(Params(1e9), Tokens(1e10)).unwrap();
    near(flat.tokens_for_loss(Params(1e3), loss).unwrap().0, 1e10, 1e-9);
    assert_eq!(flat.params_for_loss(Tokens(1e10), Loss(loss.0 + 0.1)), None);

    let without_floor = Allocation::Surface(Additive { floor: 0.0, ..sound }.into());
    let optimum = without_floor.at_flops(Flops(1e20)).unwrap();
    near(
        without_floor.at_loss(optimum.loss.unwrap()).unwrap().flops.0,
        1e20,
        1e-9,
    );
    assert!(matches!(
        without_floor.at_loss(Loss(0.0)),
        Err(PlanError::BelowFloor { .. })
    ));
}

#[test]
fn a_wrong_size_costs_compute() {
    let epoch = published("epoch");
    near(epoch.compute_ratio_at_size(0.5).unwrap(), 1.26, 5e-3);
    near(epoch.compute_ratio_at_size(2.0).unwrap(), 1.15, 5e-3);
    near(epoch.compute_ratio_at_size(1.0).unwrap(), 1.0, 1e-12);
    assert_eq!(epoch.compute_ratio_at_size(1e-3), None);
    assert_eq!(epoch.compute_ratio_at_size(0.0), None);
    for name in SURFACES {
        let law = published(name);
        let (low, high) = law.sizes_within(1.2).unwrap();
        assert!(low < 1.0 && 1.0 < high);
        near(law.compute_ratio_at_size(low).unwrap(), 1.2, 1e-9);
        near(law.compute_ratio_at_size(high).unwrap(), 1.2, 1e-9);
        // The same from two contour points, without the closed form.
        let best = law.at_flops(Flops(1e21)).unwrap();
        let tokens = law
            .tokens_for_loss(Params(2.0 * best.params.0), best.loss.unwrap())
            .unwrap();
        near(
            law.compute_ratio_at_size(2.0).unwrap(),
            2.0 * tokens.0 / best.tokens.0,
            1e-9,
        );
    }
    assert_eq!(epoch.sizes_within(0.9), None);
}

#[test]
fn decades_beyond_the_data() {
    let range = (1e18, 1e22);
    assert_eq!(beyond_data_decades(Flops(1e20), range), 0.0);
    near(beyond_data_decades(Flops(1e24), range), 2.0, 1e-12);
    near(beyond_data_decades(Flops(1e15), range), 3.0, 1e-12);
}

#[test]
fn decisions_count_the_data_once() {
    let epoch = published("epoch").into();
    let ask = |unique| decide(&epoch, Question::Flops(Flops(1e21)), DEFAULT_PENALTY, unique, None).unwrap();
    let fresh = ask(None);
    assert_eq!(fresh.law, "epoch");
    assert_eq!(fresh.overfit.epochs, 1.0);
    assert_eq!(fresh.beyond_data_decades, Some(0.0));
    near(fresh.tokens_per_param.unwrap(), 5.99853e10 / 2.77846e9, 1e-4);
    near(
        fresh.overfit.min_tokens.0,
        5519.3 * fresh.optimum.params.0.powf(0.076 / 0.103),
        1e-5,
    );

    let repeated = ask(Some(Tokens(1e9)));
    near(repeated.overfit.epochs, fresh.optimum.tokens.0 / 1e9, 1e-12);
    assert!(repeated.overfit.value > fresh.overfit.value && repeated.overfit.exceeds());
    assert!(repeated.overfit.max_params.0 < repeated.optimum.params.0);
    // More distinct tokens than are read change nothing but the share of them that is read.
    let plenty = ask(Some(Tokens(1e13)));
    assert_eq!(plenty.overfit.value, fresh.overfit.value);
    assert!(plenty.overfit.epochs < 1.0);

    let json = serde_json::to_value(fresh.overfit).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["penalty", "value", "max_params", "min_tokens", "epochs"]);
    assert!(json["max_params"].is_f64());
    let refused = decide(&epoch, Question::Flops(Flops(1e21)), 0.0, None, None).unwrap_err();
    assert_eq!(refused.to_string(), "penalty = 0: expected a positive number");
    // Every published law answers a budget.
    for law in PUBLISHED {
        let decision = decide(
            &Allocation::Published(law).into(),
            Question::Flops(Flops(1e21)),
            DEFAULT_PENALTY,
            None,
            Some((1e18, 1e20)),
        );
        near(decision.unwrap().beyond_data_decades.unwrap(), 1.0, 1e-12);
    }
}

fn design(name: &str, noise: f64, seed: u64) -> SimulateConfig {
    SimulateConfig {
        law: by_name(name).unwrap(),
        budgets: vec![Flops(6e18), Flops(1e20), Flops(3e21)],
        sizes_per_budget: 7,
        width: 4.0,
        noise,
        seed,
    }
}

#[test]
fn simulated_runs_lie_on_the_law() {
    for name in SURFACES {
        let law = published(name);
        let table = simulate(&design(name, 0.0, 1)).unwrap();
        assert_eq!((table.runs().len(), table.points().len()), (21, 21));
        assert_eq!(table.label, "synthetic");
        for point in table.points() {
            let (params, tokens) = (point.model_size().unwrap(), point.tokens.unwrap());
            assert_eq!(point.loss, law.loss_at(params, tokens));
            near(6.0 * params.0 * tokens.0, point.flops.unwrap().0, 1e-6);
        }
        // The middle of each profile is its lowest run and the optimum itself.
        let points: Vec<Point> = table.points().iter().collect();
        for profile in points.chunks(7) {
            let best = law.at_flops(profile[0].flops.unwrap()).unwrap();
            near(profile[3].model_size().unwrap().0, best.params.0, 1e-6);
            assert!(profile.iter().all(|point| point.loss >= profile[3].loss));
        }
    }
    let names: Vec<String> = simulate(&design("epoch", 0.0, 1))
        .unwrap()
        .runs()
        .iter()
        .map(|run| run.name.clone())
        .collect();
    assert_eq!((names[2].as_str(), names[7].as_str()), ("6e18-n3", "1e20-n1"));
}

#[test]
fn one_seed_gives_one_table() {
    let one = simulate(&design("epoch", 0.01, 7)).unwrap();
    assert_eq!(one, simulate(&design("epoch", 0.01, 7)).unwrap());
    assert_ne!(one, simulate(&design("epoch", 0.01, 8)).unwrap());
    // The generator and its stream are part of the contract: a saved seed must mean the same runs in every version.
    let first = one.points().get(0).loss.unwrap().0;
    let truth = simulate(&design("epoch", 0.0, 7))
        .unwrap()
        .points()
        .get(0)
        .loss
        .unwrap()
        .0;
    let z = (first / truth).ln() / 0.01;
    assert!((z - FIRST_DRAW_OF_SEED_7).abs() < 1e-9, "{z}");
    let spread: f64 = (0..40)
        .flat_map(|seed| {
            let noisy = simulate(&design("epoch", 0.01, seed)).unwrap();
            let clean = simulate(&design("epoch", 0.0, seed)).unwrap();
            noisy
                .points()
                .iter()
                .zip(clean.points())
                .map(|(n, c)| (n.loss.unwrap().0 / c.loss.unwrap().0).ln().powi(2))
                .collect::<Vec<f64>>()
        })
        .sum::<f64>()
        / (40.0 * 21.0);
    near(spread.sqrt(), 0.01, 0.1);
}

const FIRST_DRAW_OF_SEED_7: f64 = -0.775_371_933_2;

#[test]
fn senseless_designs_are_refused() {
    let sound = design("epoch", 0.01, 1);
    for (config, message) in [
        (
            SimulateConfig {
                budgets: vec![],
                ..sound.clone()
            },
            "budgets must be at least one, and all different",
        ),
        (
            SimulateConfig {
                budgets: vec![Flops(1e20); 2],
                ..sound.clone()
            },
            "budgets must be at least one, and all different",
        ),
        (
            SimulateConfig {
                sizes_per_budget: 0,
                ..sound.clone()
            },
            "sizes per budget must be at least 1",
        ),
        (
            SimulateConfig {
                width: 0.5,
                ..sound.clone()
            },
            "width must be a factor of at least 1",
        ),
        (
            SimulateConfig {
                noise: f64::NAN,
                ..sound.clone()
            },
            "noise must be zero or a positive number",
        ),
    ] {
        assert_eq!(simulate(&config).unwrap_err().to_string(), message);
    }
    let error = simulate(&design("llama3", 0.01, 1)).unwrap_err();
    assert!(matches!(error, SimulateError::Plan(PlanError::NotGiven { .. })));
    assert_eq!(error.to_string(), "Llama 3 2024 publishes no loss surface");
}

/// Any law that answers: a published one or a sane fit.
fn allocations() -> impl Strategy<Value = Allocation> {
    let fitted = (
        0.0..3.0f64,
        0.0..4.0f64,
        0.0..5.0f64,
        0.1..0.9f64,
        0.1..0.9f64,
        0.3..1.5f64,
    )
        .prop_map(|(floor, a, b, alpha, beta, coupling)| {
            let sum = Additive {
                floor,
                params_coefficient: 10f64.powf(a),
                tokens_coefficient: 10f64.powf(b),
                params_exponent: alpha,
                tokens_exponent: beta,
            };
            Allocation::Surface(Surface { sum, coupling })
        });
    prop_oneof![
        prop::sample::select(PUBLISHED).prop_map(|law| Allocation::Published(by_name(law.name).unwrap())),
        fitted
    ]
}

fn floor_of(law: &Allocation) -> f64 {
    match law {
        Allocation::Surface(law) => law.sum.floor,
        Allocation::Published(law) => match law.form {
            PublishedForm::Additive(law) => law.floor,
            _ => 0.0,
        },
    }
}

proptest! {
    #[test]
    fn questions_invert_each_other(law in allocations(), log_flops in 12.0..28.0f64) {
        let flops = Flops(10f64.powf(log_flops));
        let optimum = law.at_flops(flops).unwrap();
        prop_assert_eq!(optimum.flops, flops);
        near(law.at_params(optimum.params).unwrap().flops.0, flops.0, 1e-9);
        near(law.at_tokens(optimum.tokens).unwrap().flops.0, flops.0, 1e-9);
        let frontier = law.frontier().unwrap();
        near(frontier.params.at(flops.0), optimum.params.0, 1e-9);
        near(frontier.tokens.at(flops.0), optimum.tokens.0, 1e-9);
        if let Some(loss) = optimum.loss {
            // What is lost of the reducible part beside the floor is lost for good: l − E has few digits there.
            let digits = 1e-11 * loss.0 / (loss.0 - floor_of(&law));
            if digits < 1e-6 {
                near(law.at_loss(loss).unwrap().flops.0, flops.0, 100.0 * digits);
            }
        }
    }

    #[test]
    fn no_neighbour_is_better(law in allocations(), log_flops in 12.0..28.0f64, log_size in -1.5..1.5f64) {
        let optimum = law.at_flops(Flops(10f64.powf(log_flops))).unwrap();
        let size = 10f64.powf(log_size);
        let (params, tokens) = (Params(optimum.params.0 * size), Tokens(optimum.tokens.0 / size));
        if let (Some(best), Some(other)) = (optimum.loss, law.loss_at(params, tokens)) {
            prop_assert!(other.0 >= best.0 * (1.0 - 1e-14));
            near(law.loss_at(optimum.params, optimum.tokens).unwrap().0, best.0, 1e-12);
        }
    }

    #[test]
    fn contours_have_one_loss(law in allocations(), log_flops in 12.0..28.0f64) {
        let optimum = law.at_flops(Flops(10f64.powf(log_flops))).unwrap();
        let Some(loss) = optimum.loss else { return Ok(()) };
        let (from, to) = (Params(optimum.params.0 / 30.0), Params(optimum.params.0 * 30.0));
        let contour = law.contour(loss, from, to, 61);
        for &(params, tokens) in &contour {
            near(law.loss_at(params, tokens).unwrap().0, loss.0, 1e-9);
        }
        if law.loss_at(optimum.params, optimum.tokens).is_some() {
            // The half above N* is always reached.
            prop_assert!(contour.len() >= 30);
            prop_assert!(contour.windows(2).all(|pair| pair[0].1.0 >= pair[1].1.0));
        }
    }
}

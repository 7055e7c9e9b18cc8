//! Formulas against certified values: NIST's reference data sets for nonlinear regression (StRD).
//!
//! Each set comes with a model, two starts, parameters and their standard deviations to eleven digits. Both starts must lead
//! to at least eight of them, alone and without another start to help.

use crate::shared::data;
use isoloss::fit::{Covariance, Delta, FitConfig, Observations, fit};
use isoloss::law::LawChoice;
use isoloss::law::formula::Formula;
use std::ops::ControlFlow;

/// One data set, as its file has it.
struct Certified {
    formula: String,
    names: Vec<String>,
    starts: [Vec<f64>; 2],
    values: Vec<f64>,
    /// Standard deviations of the parameters.
    errors: Vec<f64>,
    /// Residual sum of squares.
    squares: f64,
    rows: Vec<(f64, f64)>,
}

impl Certified {
    fn parse(text: &str) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let at = |word: &str| lines.iter().position(|line| line.starts_with(word)).unwrap();
        let is_parameter = |line: &str| line.trim_start().starts_with('b') && line.matches('=').count() == 1;
        // The last mention is that above the numbers; the first only tells where they are.
        let data = lines.iter().rposition(|line| line.starts_with("Data:")).unwrap();
        let model: String = lines[at("Model:")..data]
            .iter()
            .skip_while(|line| !line.trim_start().starts_with("y "))
            .take_while(|line| !line.trim().is_empty())
            .map(|line| line.trim())
            .collect();
        let (_, right) = model.split_once('=').unwrap();
        let formula = right.trim_end().strip_suffix("e").unwrap().trim_end();
        let formula = formula.strip_suffix('+').unwrap().trim();
        let formula = formula.replace("**", "^").replace('[', "(").replace(']', ")");
        let mut set = Self {
            formula,
            names: vec![],
            starts: [vec![], vec![]],
            values: vec![],
            errors: vec![],
            squares: f64::NAN,
            rows: vec![],
        };
        for line in &lines[..data] {
            if is_parameter(line) && line.split_whitespace().count() == 6 {
                let words: Vec<&str> = line.split_whitespace().collect();
                let number = |place: usize| words[place].parse::<f64>().unwrap();
                set.names.push(words[0].to_owned());
                set.starts[0].push(number(2));
                set.starts[1].push(number(3));
                set.values.push(number(4));
                set.errors.push(number(5));
            }
            if let Some(rest) = line.strip_prefix("Residual Sum of Squares:") {
                set.squares = rest.trim().parse().unwrap();
            }
        }
        for line in &lines[data + 1..] {
            let numbers: Vec<f64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
            if let [y, x] = numbers[..] {
                set.rows.push((y, x));
            }
        }
        set
    }

    fn question(&self, start: usize, starts: usize) -> (FitConfig, Observations) {
        let formula = Formula::parse(&self.formula).unwrap().bind(|name| name == "x");
        let config = FitConfig {
            start: self
                .names
                .iter()
                .cloned()
                .zip(self.starts[start].iter().copied())
                .collect(),
            starts,
            ..FitConfig::new(LawChoice::Formula(formula))
        };
        let observations = Observations {
            x: self.rows.iter().map(|(_, x)| [*x]).collect(),
            loss: self.rows.iter().map(|(y, _)| *y).collect(),
            run: (0..self.rows.len()).collect(),
        };
        (config, observations)
    }

    /// The fewest digits on which a fit from one of the starts agrees.
    fn digits(&self, start: usize, starts: usize) -> f64 {
        let (config, observations) = self.question(start, starts);
        let report = fit(&config, &observations, &mut |_| ControlFlow::Continue(())).unwrap();
        assert!(report.converged(), "{}: {report:?}", self.formula);
        // As good a fit as the certified one, to the digits in which it is given.
        assert!(
            report.value <= self.squares * (1.0 + 1e-9),
            "{} {}",
            report.value,
            self.squares
        );
        let digits = self.names.iter().zip(&self.values).map(|(name, certified)| {
            let off = (report.value_of(name).unwrap() / certified - 1.0).abs();
            -off.max(1e-11).log10()
        });
        digits.fold(f64::INFINITY, f64::min)
    }
}

#[test]
fn certified_parameters_from_both_starts() {
    for name in [
        "Misra1a", "Chwirut2", "DanWood", "Eckerle4", "Kirby2", "Lanczos3", "MGH17", "Rat42", "Bennett5",
    ] {
        let Some(path) = data(&format!("nist-strd/{name}.dat")) else {
            return;
        };
        let set = Certified::parse(&std::fs::read_to_string(path).unwrap());
        assert!(set.rows.len() > set.names.len() && !set.names.is_empty(), "{name}");
        for start in [0, 1] {
            for starts in [1, 8] {
                let digits = set.digits(start, starts);
                assert!(
                    digits >= 8.0,
                    "{name} from start {} of {starts}: {digits:.1} digits",
                    start + 1
                );
            }
        }
    }
}

#[test]
fn certified_standard_deviations_by_curvature() {
    for name in [
        "Misra1a", "Chwirut2", "DanWood", "Eckerle4", "Kirby2", "Lanczos3", "MGH17", "Rat42", "Bennett5",
    ] {
        let Some(path) = data(&format!("nist-strd/{name}.dat")) else {
            return;
        };
        let set = Certified::parse(&std::fs::read_to_string(path).unwrap());
        let (config, observations) = set.question(1, 1);
        let report = fit(&config, &observations, &mut |_| ControlFlow::Continue(())).unwrap();
        let delta = Delta::new(&config, &observations, &report).unwrap().unwrap();
        assert_eq!(delta.made, Covariance::LeastSquares);
        for (parameter, certified) in set.names.iter().zip(&set.errors) {
            let index = report.params.iter().position(|p| p.name == *parameter).unwrap();
            let found = delta.standard_error(|theta| theta[index]).unwrap();
            assert!(
                (found / certified - 1.0).abs() < 1e-5,
                "{name} {parameter}: {found} {certified}"
            );
        }
    }
}

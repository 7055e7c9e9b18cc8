//! Live numbers in titles and notes: `{N}` is N* at the budget as it stands, `{alpha±}` an exponent with what it is known to.
//!
//! What names no number stays as it was typed, braces and all, so that nothing that is written is lost.

use super::Workspace;
use crate::plan::beyond_data_decades;
use crate::units::{Flops, Params, Tokens, digits_of, format_significant};

/// A number that texts may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveNumber {
    /// Between the braces.
    pub name: String,
    /// What it is.
    pub about: String,
    /// As it is now.
    pub value: String,
}

/// Of the answer and the fit: names, and what they are. Parameters of the law come after them by their own names.
const NAMED: [(&str, &str); 11] = [
    ("N", "Parameters of the answer"),
    ("D", "Tokens of the answer"),
    ("C", "Compute of the answer, in FLOP"),
    ("L", "Loss of the answer, in nats per token"),
    ("D/N", "Tokens per parameter of the answer"),
    ("a", "N* grows as C to this"),
    ("b", "D* grows as C to this"),
    ("beyond", "Decades of compute between the answer and the runs"),
    ("n", "Points that are fitted"),
    ("excluded", "Points that are left out"),
    ("law", "Name of the law"),
];

/// Behind a name: with its interval or error.
const WITH: char = '±';

impl Workspace {
    /// A text with its live numbers filled in.
    pub fn live(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let (before, from) = rest.split_at(open);
            out.push_str(before);
            let inside = from[1..]
                .find(['{', '}'])
                .filter(|end| from[1 + end..].starts_with('}'));
            let number = inside.and_then(|end| Some((end, self.live_number(&from[1..=end])?)));
            match number {
                Some((end, value)) => {
                    out.push_str(&value);
                    rest = &from[end + 2..];
                }
                None => {
                    out.push('{');
                    rest = &from[1..];
                }
            }
        }
        out + rest
    }

    /// Every number that a text may hold now.
    pub fn live_numbers(&self) -> Vec<LiveNumber> {
        let of_law = self.derived().report().map(|report| report.law.law().parameters());
        let of_law = of_law.unwrap_or_default().iter();
        let parameters = of_law.map(|parameter| (parameter.name.to_string(), parameter.meaning.to_string()));
        NAMED
            .into_iter()
            .map(|(name, about)| (name.to_owned(), about.to_owned()))
            .chain(parameters)
            .filter_map(|(name, about)| {
                let value = self.live_number(&name)?;
                Some(LiveNumber { name, about, value })
            })
            .collect()
    }

    /// What stands between braces, where it names a number that is known.
    pub(super) fn live_number(&self, name: &str) -> Option<String> {
        let (name, with) = match name.trim().strip_suffix(WITH) {
            Some(name) => (name.trim_end(), true),
            None => (name.trim(), false),
        };
        let report = self.derived().report();
        match name {
            "N" | "D" | "C" | "L" | "D/N" => self.of_answer(name, with),
            "beyond" => {
                let flops = self.chosen(&self.session().plan)?.answered.optimum.flops;
                let range = self.derived().fit.input.as_ref()?.flops_range()?;
                Some(format_significant(beyond_data_decades(flops, range), 2))
            }
            "n" => Some(report?.n_used.to_string()),
            "excluded" => Some(self.derived().fit.input.as_ref()?.left_out.len().to_string()),
            "law" => Some(report?.law.law().label().to_owned()),
            "a" | "b" => self.of_frontier(name == "a", with),
            _ => self.of_law(name, with),
        }
    }

    fn of_answer(&self, name: &str, with: bool) -> Option<String> {
        let plan = &self.session().plan;
        let optimum = self.chosen(plan)?.answered.optimum;
        let known = if with { self.intervals(plan) } else { Default::default() };
        let (value, interval, short): (f64, _, fn(f64) -> String) = match name {
            "N" => (optimum.params.0, known.params, |n| Params(n).short()),
            "D" => (optimum.tokens.0, known.tokens, |d| Tokens(d).short()),
            "C" => (optimum.flops.0, known.flops, |c| Flops(c).short()),
            "L" => (optimum.loss?.0, known.loss, |loss| format_significant(loss, 4)),
            _ => (optimum.tokens.0 / optimum.params.0, known.tokens_per_param, |ratio| {
                format_significant(ratio, 3)
            }),
        };
        Some(between(short(value), interval.map(|ends| ends.map(short))))
    }

    fn of_frontier(&self, params: bool, with: bool) -> Option<String> {
        let report = self.derived().report()?;
        let law = report.law.law();
        let growth = |theta: &[f64]| {
            let a = law.surface(theta).map_or(f64::NAN, |surface| surface.params_growth());
            if params { a } else { 1.0 - a }
        };
        let value = growth(&report.theta());
        let (fit, two) = (&self.session().fit, |value: f64| format!("{value:.2}"));
        let known = self.derived().uncertainty(fit.interval).filter(|_| with);
        let interval = known.and_then(|known| known.interval(fit.level, growth));
        value
            .is_finite()
            .then(|| between(two(value), interval.map(|ends| ends.map(two))))
    }

    /// `1.82 ± 0.03`, in as many digits as the error supports.
    fn of_law(&self, name: &str, with: bool) -> Option<String> {
        let report = self.derived().report()?;
        let mut parameters = report.law.law().parameters().iter();
        let index = parameters.position(|parameter| parameter.name == name || parameter.symbol == name)?;
        let value = report.params[index].value;
        let known = self.derived().uncertainty(self.session().fit.interval);
        let error = known.and_then(|known| known.error_of_parameter(report, index));
        let error = error.filter(|error| *error > 0.0);
        let text = format_significant(value, digits_of(value, error, 4));
        Some(match error.filter(|_| with) {
            Some(error) => format!("{text} ± {}", format_significant(error, 2)),
            None => text,
        })
    }
}

/// `2.8B [2.1B, 3.6B]`, which no line break parts.
fn between(value: String, interval: Option<[String; 2]>) -> String {
    match interval {
        Some([low, high]) => format!("{value} [{low},\u{a0}{high}]"),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Session, Source};

    fn example() -> Workspace {
        let mut workspace = Workspace::new(Session::default());
        for action in Source::Example.opened() {
            let tasks = workspace.act(action, None);
            workspace.settle(tasks);
        }
        workspace
    }

    #[test]
    fn numbers_are_those_of_the_fit_and_what_names_none_stays() {
        let workspace = example();
        let report = workspace.derived().report().unwrap();
        assert_eq!(
            workspace.live("{n} runs, {nonsense}, {, }, {{n}} and {law"),
            format!("{0} runs, {{nonsense}}, {{, }}, {{{0}}} and {{law", report.n_used)
        );
        let optimum = workspace.chosen(&workspace.session().plan).unwrap().answered.optimum;
        assert_eq!(
            workspace.live("{N}/{ D }"),
            format!("{}/{}", optimum.params.short(), optimum.tokens.short())
        );
        let e: f64 = workspace.live("{E}").parse().unwrap();
        assert!((e / report.value_of("E").unwrap() - 1.0).abs() < 0.01);
        assert!(workspace.live("{E±}").contains(" ± "));
        let interval = workspace.live("{a±}");
        let ends = workspace.live("{b±}");
        assert!(
            interval.starts_with("0.5") && interval.contains('[') && ends.contains('['),
            "{interval} {ends}"
        );
    }

    #[test]
    fn every_listed_number_is_known_by_its_name() {
        let workspace = example();
        let numbers = workspace.live_numbers();
        assert!(numbers.len() >= NAMED.len() + 5);
        for number in numbers {
            assert_eq!(workspace.live(&format!("{{{}}}", number.name)), number.value);
        }
        let empty = Workspace::new(Session::default());
        assert!(empty.live_numbers().is_empty());
        assert_eq!(empty.live("{N} is not known"), "{N} is not known");
    }
}

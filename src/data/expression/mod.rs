//! Row filters as text: `D/N < 5 and not state = crashed`.
//!
//! ```text
//! or      = and { "or" and }
//! and     = not { "and" not }
//! not     = "not" not | compare
//! compare = sum { ( "<" | "<=" | "=" | "!=" | ">" | ">=" ) sum }      a chain `1 < x < 2` means both
//! sum     = product { ( "+" | "-" ) product }
//! product = unary { ( "*" | "/" ) unary }
//! unary   = "-" unary | power
//! power   = atom [ "^" unary ]                                        right-associative, above unary minus
//! atom    = number | name | "{" any name "}" | "text" | "(" or ")"
//! ```
//!
//! Numbers are in the notation of [`crate::units`]: `70B`, `1e21`, `19.6PFd`. Names are the symbols N, D, C and L, the
//! roles, and the file's own columns; braces quote a name with spaces or slashes and mean the file's column where there
//! is one. Text is compared with `=` and `!=` alone, as quoted text or a bare word, upper and lower case being different.
//! A comparison with a missing value is false, `!=` included; `state = ""` finds the blanks.

mod syntax;

use super::{Role, RunTable};
use crate::units::{Flops, Params, parse_number};
use syntax::{Comparison, Kind, Node, Problem, fail};

/// A parsed row filter, bound to the columns of the table that it was parsed against.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    root: Condition,
}

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message} at character {position} of `{text}`")]
pub struct ExpressionError {
    /// What was expected.
    pub message: String,
    /// 1-based.
    pub position: usize,
    /// The whole text.
    pub text: String,
}

impl Expression {
    /// Parses a filter against the names in a table.
    ///
    /// # Errors
    /// On a syntax error or a name that the table does not have.
    pub fn parse(text: &str, table: &RunTable) -> Result<Self, ExpressionError> {
        let root = syntax::parse(text).and_then(|node| condition(&node, table));
        root.map(|root| Self { root })
            .map_err(|Problem { position, message }| ExpressionError {
                message,
                position,
                text: text.to_owned(),
            })
    }

    /// Whether the point is kept. A comparison with a missing value is false.
    pub fn keeps(&self, table: &RunTable, point: usize) -> bool {
        self.root.holds(table, point)
    }
}

/// True or false for a point.
#[derive(Debug, Clone, PartialEq)]
enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Numbers(Number, Comparison, Number),
    /// Equal if true.
    Texts(Text, bool, Text),
}

/// A number for a point, or none.
#[derive(Debug, Clone, PartialEq)]
enum Number {
    Constant(f64),
    /// A symbol or role of the points.
    Role(&'static str),
    /// Index of a column.
    Column(usize),
    Negate(Box<Number>),
    Arithmetic(char, Box<Number>, Box<Number>),
}

/// A text for a point.
#[derive(Debug, Clone, PartialEq)]
enum Text {
    Constant(String),
    /// Index of a column.
    Column(usize),
    Run,
    Group,
}

impl Condition {
    fn holds(&self, table: &RunTable, point: usize) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(table, point)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(table, point)),
            Self::Not(part) => !part.holds(table, point),
            Self::Numbers(left, comparison, right) => left
                .value(table, point)
                .zip(right.value(table, point))
                .is_some_and(|(left, right)| comparison.holds(left, right)),
            Self::Texts(left, equal, right) => {
                let (left_text, right_text) = (left.value(table, point), right.value(table, point));
                // A blank cell is missing, unless the question is about blanks.
                let asks_for_blank = [left, right].iter().any(|text| **text == Text::Constant(String::new()));
                let known = asks_for_blank || !(left_text.is_empty() || right_text.is_empty());
                known && (left_text == right_text) == *equal
            }
        }
    }
}

impl Number {
    fn value(&self, table: &RunTable, point: usize) -> Option<f64> {
        let value = match self {
            Self::Constant(value) => *value,
            Self::Role(name) => table.number(point, name)?,
            Self::Column(column) => {
                let column = table.columns().get(*column)?;
                if column.is_numeric() {
                    column.number(point)?
                } else {
                    parse_number(column.text(point)).ok()?
                }
            }
            Self::Negate(inner) => -inner.value(table, point)?,
            Self::Arithmetic(operator, left, right) => {
                let (left, right) = (left.value(table, point)?, right.value(table, point)?);
                match operator {
                    '+' => left + right,
                    '-' => left - right,
                    '*' => left * right,
                    '/' => left / right,
                    _ => left.powf(right),
                }
            }
        };
        // 0/0 is as unknown as a blank.
        (!value.is_nan()).then_some(value)
    }
}

impl Text {
    fn value<'a>(&'a self, table: &'a RunTable, point: usize) -> &'a str {
        match self {
            Self::Constant(text) => text,
            Self::Run => table.run_name(point),
            Self::Group => table.runs()[table.points().get(point).run]
                .group
                .as_deref()
                .unwrap_or(""),
            Self::Column(column) => table.columns().get(*column).map_or("", |column| column.text(point)),
        }
    }
}

fn condition(node: &Node, table: &RunTable) -> Result<Condition, Problem> {
    let each = |nodes: &[Node]| {
        nodes
            .iter()
            .map(|node| condition(node, table))
            .collect::<Result<Vec<_>, _>>()
    };
    match &node.kind {
        Kind::All(nodes) => each(nodes).map(Condition::All),
        Kind::Any(nodes) => each(nodes).map(Condition::Any),
        Kind::Not(inner) => Ok(Condition::Not(Box::new(condition(inner, table)?))),
        Kind::Compare(first, rest) => {
            let mut parts = Vec::with_capacity(rest.len());
            let mut left: &Node = first;
            for (comparison, right) in rest {
                parts.push(comparison_of(left, *comparison, right, table)?);
                left = right;
            }
            Ok(match parts.len() {
                1 => parts.swap_remove(0),
                _ => Condition::All(parts),
            })
        }
        _ => fail(node.position, "expected a comparison such as `D/N < 5`, found a value"),
    }
}

fn comparison_of(left: &Node, comparison: Comparison, right: &Node, table: &RunTable) -> Result<Condition, Problem> {
    let (left_text, right_text) = (text_name(left, table), text_name(right, table));
    if left_text.is_none() && right_text.is_none() {
        return Ok(Condition::Numbers(
            number(left, table)?,
            comparison,
            number(right, table)?,
        ));
    }
    // A column of text that holds numbers here and there can be compared with a number.
    let numeric = |node: &Node| number(node, table).ok().filter(|n| !matches!(n, Number::Column(_)));
    let equal = match comparison {
        Comparison::Equal => true,
        Comparison::NotEqual => false,
        _ => {
            let (one, other) = if left_text.is_some() {
                (&left_text, right)
            } else {
                (&right_text, left)
            };
            return match one {
                Some(Text::Column(column)) if holds_numbers(table, *column) && numeric(other).is_some() => Ok(
                    Condition::Numbers(number(left, table)?, comparison, number(right, table)?),
                ),
                _ => {
                    let node = if left_text.is_some() { left } else { right };
                    fail(
                        node.position,
                        "text can only be compared with `=` or `!=`; found a comparison of size",
                    )
                }
            };
        }
    };
    let literal = |node: &Node| match &node.kind {
        Kind::Word(text) | Kind::Quoted(text) => Ok(Text::Constant(text.clone())),
        _ => fail(
            node.position,
            "expected text to compare with, such as `crashed` or \"two words\"",
        ),
    };
    let left = left_text.map_or_else(|| literal(left), Ok)?;
    let right = right_text.map_or_else(|| literal(right), Ok)?;
    Ok(Condition::Texts(left, equal, right))
}

fn holds_numbers(table: &RunTable, column: usize) -> bool {
    let column = &table.columns()[column];
    column.is_numeric() || column.texts().any(|text| parse_number(text).is_ok())
}

/// The text that a name stands for, where it is a name of text.
fn text_name(node: &Node, table: &RunTable) -> Option<Text> {
    let name = match &node.kind {
        // A symbol or role is a number, whatever the file calls so.
        Kind::Word(name) if OF_POINTS.contains(&name.as_str()) => return None,
        Kind::Word(name) | Kind::Braced(name) => name,
        _ => return None,
    };
    if let Some(column) = table.column_index(name) {
        let is_text = !table.columns()[column].is_numeric();
        return is_text.then_some(Text::Column(column));
    }
    match name.as_str() {
        "run" => Some(Text::Run),
        "group" => Some(Text::Group),
        _ => None,
    }
}

/// Names that [`RunTable::number`] answers from the points.
const OF_POINTS: [&str; 12] = [
    "N",
    "D",
    "C",
    "L",
    "params",
    "params_non_embedding",
    "tokens",
    "unique_tokens",
    "flops",
    "loss",
    "train_loss",
    "step",
];

fn number(node: &Node, table: &RunTable) -> Result<Number, Problem> {
    let column = |name: &str| table.column_index(name);
    let of_points = |name: &str| {
        OF_POINTS
            .iter()
            .find(|known| **known == name)
            .map(|known| Number::Role(known))
    };
    match &node.kind {
        Kind::Word(word) => {
            if let Some(number) = of_points(word).or_else(|| column(word).map(Number::Column)) {
                return Ok(number);
            }
            if let Some(value) = literal(word) {
                return Ok(Number::Constant(value));
            }
            if word.starts_with(|c: char| c.is_ascii_digit()) {
                return fail(
                    node.position,
                    format!("`{word}` is neither a number nor the name of a column"),
                );
            }
            fail(node.position, format!("no column `{word}`; {}", names(table)))
        }
        Kind::Braced(name) => match column(name).map(Number::Column).or_else(|| of_points(name)) {
            Some(number) => Ok(number),
            None => fail(node.position, format!("no column `{name}`; {}", names(table))),
        },
        Kind::Quoted(text) => match literal(text) {
            Some(value) => Ok(Number::Constant(value)),
            None => fail(node.position, format!("\"{text}\" is text where a number is needed")),
        },
        Kind::Negate(inner) => Ok(Number::Negate(Box::new(number(inner, table)?))),
        Kind::Arithmetic(operator, left, right) => Ok(Number::Arithmetic(
            *operator,
            Box::new(number(left, table)?),
            Box::new(number(right, table)?),
        )),
        Kind::Compare(..) | Kind::Not(_) | Kind::All(_) | Kind::Any(_) => {
            fail(node.position, "expected a number, found a comparison")
        }
    }
}

fn literal(text: &str) -> Option<f64> {
    parse_number(text)
        .ok()
        .or_else(|| text.parse::<Params>().ok().map(|v| v.0))
        .or_else(|| text.parse::<Flops>().ok().map(|v| v.0))
        .or_else(|| {
            text.strip_suffix('%')
                .and_then(|text| parse_number(text).ok())
                .map(|v| v / 100.0)
        })
}

fn names(table: &RunTable) -> String {
    let own: Vec<String> = table
        .columns()
        .iter()
        .take(24)
        .map(|column| format!("`{}`", column.name))
        .collect();
    let roles = [Role::Params, Role::Tokens, Role::Flops, Role::Loss]
        .map(Role::name)
        .join(", ");
    if own.is_empty() {
        format!("there are N, D, C, L and the roles {roles} …")
    } else {
        format!("there are N, D, C, L, the roles {roles} … and {}", own.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Column, Point, Run};
    use crate::units::{Loss, Tokens};

    fn table() -> RunTable {
        let run = |name: &str, group: Option<&str>| Run {
            name: name.to_owned(),
            group: group.map(str::to_owned),
            ..Run::default()
        };
        let point = |run, n: f64, d: Option<f64>| Point {
            run,
            params: Some(Params(n)),
            tokens: d.map(Tokens),
            flops: Some(Flops(1e20)),
            loss: Some(Loss(2.5)),
            ..Point::default()
        };
        let text = |name: &str, cells: [&str; 3]| Column::of_texts(name, cells);
        let numbers = |name: &str, cells: [Option<f64>; 3]| Column::of_numbers(name, cells.into_iter().collect());
        RunTable::new(
            "t",
            vec![run("a", Some("web")), run("2b8", None), run("c d", None)],
            vec![
                point(0, 1e9, Some(2e10)),
                point(1, 7e10, Some(1.4e12)),
                point(2, 1e9, None),
            ],
            vec![
                text("state", ["finished", "crashed", ""]),
                numbers("eval/loss", [Some(3.0), None, Some(1.0)]),
                numbers("N", [Some(1.0), Some(2.0), Some(3.0)]),
                text("mixed", ["1", "2", "oops"]),
                numbers("x", [Some(-2.0), Some(0.0), Some(2.0)]),
            ],
        )
        .unwrap()
    }

    fn kept(text: &str) -> Vec<usize> {
        let table = table();
        let expression = Expression::parse(text, &table).unwrap_or_else(|error| panic!("{error}"));
        (0..3).filter(|&point| expression.keeps(&table, point)).collect()
    }

    #[test]
    fn comparisons() {
        assert_eq!(kept("D/N < 25"), [0, 1]);
        assert_eq!(kept("D/N = 20 and N >= 70B"), [1]);
        assert_eq!(kept("not D/N = 20"), [2]);
        assert_eq!(kept("N == 1e+9 or tokens > 1T"), [0, 1, 2]);
        assert_eq!(kept("C > 1.1PFd"), [0, 1, 2]);
        assert_eq!(kept("1e9 < N < 1e12"), [1]);
        assert_eq!(kept("(N > 2B or D < 1e11) and not (L != 2.5)"), [0, 1]);
        assert_eq!(kept("x ≤ 0 AND x ≠ 0"), [0]);
    }

    #[test]
    fn arithmetic_binds_as_in_formulas() {
        assert_eq!(kept("-x^2 = -4"), [0, 2]);
        assert_eq!(kept("2^3^2 = 512"), [0, 1, 2]);
        assert_eq!(kept("1 - 2 - 3 = -4 and 2 * 3 + 1 = 7 and 2^-1 = 0.5"), [0, 1, 2]);
        assert_eq!(kept("x/x = 1"), [0, 2]);
    }

    #[test]
    fn names_and_text() {
        assert_eq!(kept("state = crashed"), [1]);
        assert_eq!(kept("state != crashed"), [0]);
        assert_eq!(kept("state = \"\""), [2]);
        assert_eq!(kept("not state = crashed"), [0, 2]);
        assert_eq!(kept("'finished' = state"), [0]);
        assert_eq!(kept("run = 2b8 or run = 'c d'"), [1, 2]);
        assert_eq!(kept("group = web"), [0]);
        assert_eq!(kept("{eval/loss} > 2"), [0]);
        assert_eq!(kept("{N} > 1"), [1, 2]);
        assert_eq!(kept("mixed < 2"), [0]);
        assert_eq!(kept("mixed = oops"), [2]);
        assert_eq!(kept("{params} > 1B"), [1]);
    }

    #[test]
    fn errors_have_a_position() {
        let error = |text: &str| {
            let error = Expression::parse(text, &table()).unwrap_err();
            (error.position, error.message)
        };
        assert_eq!(error("D/N <"), (6, "expected a name or a number".into()));
        assert_eq!(error(""), (1, "expected a name or a number".into()));
        assert_eq!(error("N < 5 )").0, 7);
        assert_eq!(error("(N < 5").1, "expected `)`");
        assert!(
            error("nope < 5")
                .1
                .starts_with("no column `nope`; there are N, D, C, L")
        );
        assert_eq!(error("N").1, "expected a comparison such as `D/N < 5`, found a value");
        assert_eq!(error("state < 3").0, 1);
        assert_eq!(error("N = \"big\"").0, 5);
        assert_eq!(error("N ! 3").0, 3);
        assert_eq!(error("\"open").0, 1);
        assert_eq!(error(&"(".repeat(10_000)).1, "nested too deeply");
        assert_eq!(error("N < 5 & D").0, 7);
        let text = Expression::parse("é <", &table()).unwrap_err().to_string();
        assert_eq!(text, "expected a name or a number at character 4 of `é <`");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,40}", words in "((N|D|x|state|and|or|not|<|=|\\(|\\)|-|\\^|/|2B|1e|\\{|\") ?){0,24}") {
            let table = table();
            for text in [text, words] {
                if let Ok(expression) = Expression::parse(&text, &table) {
                    (0..3).for_each(|point| { expression.keeps(&table, point); });
                }
            }
        }
    }
}

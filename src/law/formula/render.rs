//! A formula in other languages: Python, and LaTeX's mathematics.
//!
//! The tree is written out with as few parentheses as the language needs for the same order of operations, and numbers in the
//! fewest digits that read back the same.

use super::Formula;
use super::parse::{Binary, Tree, Unary};

/// How tightly an expression binds. Python and our grammar agree: a power binds tighter than the sign before it, and takes a
/// signed exponent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tightness {
    Sum,
    Product,
    Signed,
    Power,
    Atom,
}

impl Formula {
    /// As a Python expression with the functions of `math`; `name` gives the identifier of each name.
    pub fn python(&self, name: &dyn Fn(&str) -> String) -> String {
        python(&self.0.tree, name).0
    }

    /// As LaTeX mathematics, without the dollars.
    pub fn latex(&self) -> String {
        latex(&self.0.tree).0
    }
}

/// In parentheses where it binds less tightly than `least`.
fn within((text, tightness): (String, Tightness), least: Tightness, open: &str, close: &str) -> String {
    if tightness < least {
        format!("{open}{text}{close}")
    } else {
        text
    }
}

fn python(tree: &Tree, name: &dyn Fn(&str) -> String) -> (String, Tightness) {
    use Tightness::{Atom, Power, Product, Signed, Sum};
    let inner = |tree: &Tree, least| within(python(tree, name), least, "(", ")");
    match tree {
        Tree::Number(value) => (format!("{value:?}"), Atom),
        Tree::Name(text) => (name(text), Atom),
        Tree::Unary(Unary::Negate, of) => (format!("-{}", inner(of, Signed)), Signed),
        Tree::Unary(function, of) => {
            let function = match function {
                Unary::Negate => "-",
                Unary::Exp => "math.exp",
                Unary::Log => "math.log",
                Unary::Log10 => "math.log10",
                Unary::Sqrt => "math.sqrt",
                Unary::Abs => "abs",
                Unary::Sin => "math.sin",
                Unary::Cos => "math.cos",
                Unary::Tan => "math.tan",
                Unary::Atan => "math.atan",
            };
            (format!("{function}({})", inner(of, Sum)), Atom)
        }
        Tree::Binary(function, a, b) => match function {
            Binary::Add => (format!("{} + {}", inner(a, Sum), inner(b, Product)), Sum),
            Binary::Subtract => (format!("{} - {}", inner(a, Sum), inner(b, Product)), Sum),
            Binary::Multiply => (format!("{} * {}", inner(a, Product), inner(b, Signed)), Product),
            Binary::Divide => (format!("{} / {}", inner(a, Product), inner(b, Signed)), Product),
            Binary::Power => (format!("{}**{}", inner(a, Atom), inner(b, Signed)), Power),
            Binary::Least => (format!("min({}, {})", inner(a, Sum), inner(b, Sum)), Atom),
            Binary::Greatest => (format!("max({}, {})", inner(a, Sum), inner(b, Sum)), Atom),
        },
    }
}

fn latex(tree: &Tree) -> (String, Tightness) {
    use Tightness::{Atom, Power, Product, Signed, Sum};
    let inner = |tree: &Tree, least| within(latex(tree), least, "\\left(", "\\right)");
    match tree {
        Tree::Number(value) if *value == std::f64::consts::PI => ("\\pi".to_owned(), Atom),
        Tree::Number(value) => (format!("{value}"), Atom),
        Tree::Name(text) => (latex_name(text), Atom),
        Tree::Unary(function, of) => match function {
            Unary::Negate => (format!("-{}", inner(of, Signed)), Signed),
            Unary::Sqrt => (format!("\\sqrt{{{}}}", inner(of, Sum)), Atom),
            Unary::Abs => (format!("\\left|{}\\right|", inner(of, Sum)), Atom),
            Unary::Exp => (format!("e^{{{}}}", inner(of, Sum)), Power),
            Unary::Log => (format!("\\ln\\left({}\\right)", inner(of, Sum)), Atom),
            Unary::Log10 => (format!("\\log_{{10}}\\left({}\\right)", inner(of, Sum)), Atom),
            Unary::Sin => (format!("\\sin\\left({}\\right)", inner(of, Sum)), Atom),
            Unary::Cos => (format!("\\cos\\left({}\\right)", inner(of, Sum)), Atom),
            Unary::Tan => (format!("\\tan\\left({}\\right)", inner(of, Sum)), Atom),
            Unary::Atan => (format!("\\arctan\\left({}\\right)", inner(of, Sum)), Atom),
        },
        Tree::Binary(function, a, b) => match function {
            Binary::Add => (format!("{} + {}", inner(a, Sum), inner(b, Product)), Sum),
            Binary::Subtract => (format!("{} - {}", inner(a, Sum), inner(b, Product)), Sum),
            Binary::Multiply => (format!("{} \\, {}", inner(a, Product), inner(b, Power)), Product),
            Binary::Divide => (format!("\\frac{{{}}}{{{}}}", inner(a, Sum), inner(b, Sum)), Product),
            Binary::Power => (format!("{}^{{{}}}", inner(a, Atom), inner(b, Sum)), Power),
            Binary::Least => (
                format!("\\min\\left({}, {}\\right)", inner(a, Sum), inner(b, Sum)),
                Atom,
            ),
            Binary::Greatest => (
                format!("\\max\\left({}, {}\\right)", inner(a, Sum), inner(b, Sum)),
                Atom,
            ),
        },
    }
}

const GREEK: [&str; 12] = [
    "alpha", "beta", "gamma", "delta", "epsilon", "kappa", "lambda", "mu", "sigma", "tau", "theta", "eta",
];

/// `alpha_N` as `\alpha_{N}`, `b1` as `b_{1}`, other words upright.
fn latex_name(name: &str) -> String {
    let plain = |part: &str| -> String {
        let escaped: String = part
            .chars()
            .map(|c| match c {
                '_' | '%' | '#' | '&' | '$' | '{' | '}' => format!("\\{c}"),
                '\\' | '^' | '~' => "\\ ".to_owned(),
                ' ' => "\\ ".to_owned(),
                c => c.to_string(),
            })
            .collect();
        if GREEK.contains(&part) {
            format!("\\{part}")
        } else if part.chars().count() <= 1 {
            escaped
        } else {
            format!("\\mathrm{{{escaped}}}")
        }
    };
    if let Some((base, index)) = name
        .split_once('_')
        .filter(|(base, index)| !base.is_empty() && !index.is_empty())
    {
        return format!("{}_{{{}}}", plain(base), plain(index));
    }
    let digits = name.trim_start_matches(|c: char| c.is_alphabetic());
    let base = &name[..name.len() - digits.len()];
    if !base.is_empty() && !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()) {
        return format!("{}_{{{digits}}}", plain(base));
    }
    plain(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_keeps_the_order_of_operations() {
        let written = |text: &str| Formula::parse(text).unwrap().python(&|name| name.replace('/', "_"));
        for (text, python) in [
            ("-x^2", "-x**2.0"),
            ("2^3^2", "2.0**3.0**2.0"),
            ("(-x)^2", "(-x)**2.0"),
            ("(a^b)^c", "(a**b)**c"),
            ("a^-b", "a**-b"),
            ("a - (b - c)", "a - (b - c)"),
            ("a/(b*c)", "a / (b * c)"),
            ("a/b*c", "a / b * c"),
            ("a*-b", "a * -b"),
            ("min(a, b, 1e300)", "min(min(a, b), 1e300)"),
            (
                "log(x) + log10(x)*exp(-abs(x))",
                "math.log(x) + math.log10(x) * math.exp(-abs(x))",
            ),
            ("{eval/loss}*1.5e-3", "eval_loss * 0.0015"),
        ] {
            assert_eq!(written(text), python);
        }
    }

    #[test]
    fn latex_has_fractions_and_greek() {
        let written = |text: &str| Formula::parse(text).unwrap().latex();
        assert_eq!(
            written("E + A/N^alpha + B/D^beta"),
            "E + \\frac{A}{N^{\\alpha}} + \\frac{B}{D^{\\beta}}"
        );
        assert_eq!(
            written("(N_c/N)^(alpha_N/alpha_D)"),
            "\\left(\\frac{N_{c}}{N}\\right)^{\\frac{\\alpha_{N}}{\\alpha_{D}}}"
        );
        assert_eq!(written("b1*exp(-x)"), "b_{1} \\, e^{-x}");
        assert_eq!(written("{C4 loss}^2"), "\\mathrm{C4\\ loss}^{2}");
    }
}

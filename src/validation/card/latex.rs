//! A card for a paper's appendix: tables that need no package.

use super::{Card, CardNumber};
use crate::law::formula::Formula;
use crate::law::{LawChoice, LawKind, Recipe};

impl Card {
    pub(super) fn latex(&self) -> String {
        let mut text = format!(
            "% {}, by isoloss {}\n",
            self.title.replace(['\n', '\r'], " "),
            self.version
        );
        text.push_str("\\begin{equation}\n\\begin{array}{l}\n");
        text.push_str(&self.equations().join(" \\\\\n"));
        text.push_str("\n\\end{array}\n\\end{equation}\n\n");
        text.push_str("\\begin{tabular}{llll}\n\\hline\nparameter & value & error & interval \\\\\n\\hline\n");
        for number in self.params.iter().chain(&self.derived) {
            text.push_str(&row(number));
        }
        text.push_str("\\hline\n\\end{tabular}\n\n");
        text.push_str("\\begin{tabular}{rp{0.28\\linewidth}p{0.6\\linewidth}}\n\\hline\n");
        for section in &self.sections {
            text.push_str(&format!(
                "\\multicolumn{{3}}{{l}}{{\\textbf{{{}}}}} \\\\\n",
                section.title
            ));
            for field in &section.fields {
                text.push_str(&format!(
                    "{} & {} & {} \\\\\n",
                    field.item,
                    escaped(field.label),
                    escaped(&field.text)
                ));
            }
        }
        text.push_str("\\hline\n\\end{tabular}\n");
        for verdict in &self.verdicts {
            text.push_str(&format!("\n\\noindent {}\n", escaped(&verdict.text)));
        }
        if !self.exclusions.is_empty() {
            let left_out = self.exclusions.iter().map(|left| {
                let [run, reason] = [&left.run, &left.reason].map(|text| escaped(text));
                format!("{run} ({reason}; {})", path(&left.place))
            });
            let left_out: Vec<String> = left_out.collect();
            text.push_str(&format!("\n\\noindent Left out: {}.\n", left_out.join(", ")));
        }
        for file in &self.files {
            text.push_str(&format!(
                "\n\\noindent {}, sha256\\\\\n{{\\footnotesize\\texttt{{{}}}}}\n",
                path(&file.path),
                file.sha256
            ));
        }
        text
    }

    /// The law, a line a step. M4 is no formula for L; its two sides are formulas.
    fn equations(&self) -> Vec<String> {
        let sides = |text: &str| {
            let (left, right) = text.split_once('=')?;
            let side = |text: &str| Formula::parse(text).map(|formula| formula.latex()).ok();
            Some(format!("{} = {}", side(left)?, side(right)?))
        };
        if self.law == LawKind::M4 {
            return vec![sides(&self.formula).unwrap_or_else(|| escaped(&self.formula))];
        }
        // Shortest where the formula itself can be read.
        let own = match &self.law {
            LawChoice::Formula(formula) => Some(formula.latex()),
            _ => Formula::parse(&self.formula).map(|formula| formula.latex()).ok(),
        };
        let left = if self.y == "loss" {
            "L".to_owned()
        } else {
            format!("\\mathrm{{{}}}", escaped(&self.y))
        };
        if let Some(own) = own {
            return vec![format!("{left} = {own}")];
        }
        let steps = Recipe::of(&self.law, &self.theta()).map_or(vec![], |recipe| recipe.steps);
        let equation = |name: &str| match Formula::parse(name) {
            Ok(name) => name.latex(),
            Err(_) => name.to_owned(),
        };
        steps
            .iter()
            .map(|step| {
                let name = if step.name == "value" {
                    left.clone()
                } else {
                    equation(step.name)
                };
                format!("{name} = {}", step.formula.latex())
            })
            .collect()
    }
}

fn row(number: &CardNumber) -> String {
    let [value, error, interval] = number.words().map(|cell| escaped(&cell));
    let name =
        Formula::parse(&number.name).map_or_else(|_| escaped(&number.name), |name| format!("${}$", name.latex()));
    format!("{name} & {value} & {error} & {interval} \\\\\n")
}

/// A way to a file, which may be broken after every folder.
fn path(text: &str) -> String {
    escaped(text).replace('/', "/\\allowbreak{}")
}

/// Text that is to stay text. Signs of ours that older engines do not know are written as mathematics.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    for c in text.chars() {
        match c {
            // Names of columns stand between two of them.
            '`' => {
                out.push(if quoted { '\'' } else { '`' });
                quoted = !quoted;
            }
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => out.extend(['\\', c]),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '\\' => out.push_str("\\textbackslash{}"),
            '<' => out.push_str("$<$"),
            '>' => out.push_str("$>$"),
            '±' => out.push_str("$\\pm$"),
            '×' => out.push_str("$\\times$"),
            '·' => out.push_str("$\\cdot$"),
            '≤' => out.push_str("$\\le$"),
            '≥' => out.push_str("$\\ge$"),
            '−' => out.push_str("$-$"),
            'δ' => out.push_str("$\\delta$"),
            'τ' => out.push_str("$\\tau$"),
            'α' => out.push_str("$\\alpha$"),
            'β' => out.push_str("$\\beta$"),
            '⁻' => out.push_str("$^{-}$"),
            '\n' | '\r' => out.push(' '),
            c => match "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|digit| digit == c) {
                Some(digit) => out.push_str(&format!("$^{{{digit}}}$")),
                None => out.push(c),
            },
        }
    }
    out
}

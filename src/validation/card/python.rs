//! The law as a Python function with its unrounded constants, which checks itself when it is run.

use super::{Card, equation};
use crate::law::Recipe;

/// Words that Python or the text around the law has a use for.
const TAKEN: [&str; 42] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", "math", "min", "max", "abs", "range",
    "predict", "print",
];

/// Identifiers for names, each its own.
struct Names(Vec<(String, String)>);

impl Names {
    fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut known: Vec<(String, String)> = vec![];
        for name in names {
            if known.iter().any(|(original, _)| original == name) {
                continue;
            }
            let mut identifier: String = name
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' })
                .collect();
            if identifier.is_empty() || identifier.starts_with(|c: char| c.is_ascii_digit()) {
                identifier.insert(0, '_');
            }
            while TAKEN.contains(&&*identifier) || known.iter().any(|(_, taken)| *taken == identifier) {
                identifier.push('_');
            }
            known.push((name.to_owned(), identifier));
        }
        Self(known)
    }

    fn of(&self, name: &str) -> String {
        let known = self.0.iter().find(|(original, _)| original == name);
        known.map_or_else(|| name.to_owned(), |(_, identifier)| identifier.clone())
    }
}

impl Card {
    /// `None` for a law of several groups.
    pub(super) fn python(&self) -> Option<String> {
        let recipe = Recipe::of(&self.law, &self.theta())?;
        let inputs = self.inputs();
        let parameters = self.params.iter().map(|p| &*p.name);
        let steps = recipe.steps.iter().map(|step| step.name);
        let names = Names::new(inputs.iter().map(|name| &**name).chain(parameters).chain(steps));
        let arguments: Vec<String> = inputs.iter().map(|name| names.of(name)).collect();
        let quoted = |text: &str| {
            text.replace('\\', "\\\\")
                .replace("\"\"\"", "'''")
                .replace(['\n', '\r'], " ")
        };

        let mut text = format!(
            "\"\"\"{}\n\n{}\nFitted by isoloss {}.\n\"\"\"\nimport math\n\n",
            quoted(&self.title),
            quoted(&equation(&self.law, &self.y)),
            self.version
        );
        for parameter in &self.params {
            let meaning = quoted(&parameter.meaning);
            text.push_str(&format!(
                "{} = {:?}  # {meaning}\n",
                names.of(&parameter.name),
                parameter.value
            ));
        }
        text.push_str(&format!(
            "\n\ndef predict({}):\n    \"\"\"Return {}",
            arguments.join(", "),
            quoted(&self.y)
        ));
        match &self.x {
            Some(x) => text.push_str(&format!("; x is {}.\"\"\"\n", quoted(x))),
            None => text.push_str(".\"\"\"\n"),
        }
        let last = recipe.steps.len() - 1;
        for (index, step) in recipe.steps.iter().enumerate() {
            let expression = step.formula.python(&|name| names.of(name));
            if index == last {
                text.push_str(&format!("    return {expression}\n"));
            } else if step.times > 1 {
                let name = names.of(step.name);
                text.push_str(&format!(
                    "    for _ in range({}):\n        {name} = {expression}\n",
                    step.times
                ));
            } else {
                text.push_str(&format!("    {} = {expression}\n", names.of(step.name)));
            }
        }
        if let Some(example) = &self.example {
            let values: Vec<String> = example.x.iter().map(|x| format!("{x:?}")).collect();
            text.push_str(&format!(
                "\n\nif __name__ == \"__main__\":\n    value = predict({})\n    assert math.isclose(value, {:?}, rel_tol=1e-9), value\n    print(value)\n",
                values.join(", "),
                example.value
            ));
        }
        Some(text)
    }
}

//! A card for reading.

use super::{Card, CardNumber, equation};

impl Card {
    /// The card as a page of Markdown.
    pub fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n`{}`", escaped(&self.title), equation(&self.law, &self.y));
        if let Some(x) = &self.x {
            text.push_str(&format!(", x = `{x}`"));
        }
        text.push_str(&format!("\n\nSource of the form: {}\n\n", escaped(&self.source)));
        text.push_str("| parameter | value | error | interval | unrounded | meaning |\n|---|---|---|---|---|---|\n");
        for number in self.params.iter().chain(&self.derived) {
            text.push_str(&row(number));
        }
        for section in &self.sections {
            text.push_str(&format!("\n## {}\n\n| | | |\n|---|---|---|\n", section.title));
            for field in &section.fields {
                text.push_str(&format!(
                    "| {} | {} | {} |\n",
                    field.item,
                    field.label,
                    escaped(&field.text)
                ));
            }
        }
        text.push_str("\n## Verdicts\n\n");
        if self.verdicts.is_empty() {
            text.push_str("None.\n");
        }
        for verdict in &self.verdicts {
            let severity = format!("{:?}", verdict.severity).to_lowercase();
            text.push_str(&format!("- {severity}: {}\n", escaped(&verdict.text)));
        }
        text.push_str("\n## Left out\n\n");
        if self.exclusions.is_empty() {
            text.push_str("Nothing.\n");
        } else {
            text.push_str("| run | reason | place |\n|---|---|---|\n");
            for left in &self.exclusions {
                let cells = [&left.run, &left.reason, &left.place].map(|cell| escaped(cell));
                text.push_str(&format!("| {} |\n", cells.join(" | ")));
            }
        }
        text.push_str("\n## Provenance\n\n");
        for file in &self.files {
            text.push_str(&format!("- {} (sha256 `{}`)\n", escaped(&file.path), file.sha256));
        }
        text.push_str(&format!("- isoloss {}\n", self.version));
        text
    }
}

fn row(number: &CardNumber) -> String {
    let [value, error, interval] = number.words();
    format!(
        "| `{}` | {value} | {error} | {interval} | {} | {} |\n",
        number.name,
        number.value,
        escaped(&number.meaning)
    )
}

/// Text that is to stay text in Markdown, in one line of a table.
pub fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '#' => out.extend(['\\', c]),
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

//! A report as Markdown, its figures in files beside it.

use super::{Report, Written, style};
use crate::figure::to_svg;
use crate::validation::escaped;

impl Report {
    pub(super) fn markdown(&self, stem: &str) -> Written {
        let mut text = format!("# {}\n\n", escaped(&self.title));
        for sentence in &self.answer {
            text.push_str(&format!("{}\n\n", escaped(sentence)));
        }
        text.push_str("## Figures\n\n");
        let mut beside = vec![];
        for (name, figure) in &self.figures {
            let file = format!("{stem}-{name}.svg");
            // A link ends at a space or a bracket.
            let link = format!("<{}>", file.replace(['<', '>'], ""));
            text.push_str(&format!("![{}]({link})\n\n", escaped(&figure.title)));
            beside.push((file, to_svg(figure, &style())));
        }
        for (label, why) in &self.not_drawn {
            text.push_str(&format!("{}: nothing to draw. {}\n\n", escaped(label), escaped(why)));
        }
        // The card is a page of its own; here it is a chapter.
        for line in self.card.markdown().lines() {
            let deeper = if line.starts_with('#') { "#" } else { "" };
            text.push_str(&format!("{deeper}{line}\n"));
        }
        Written { text, beside }
    }
}

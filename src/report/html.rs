//! A report as one file of HTML.

use super::{Report, style};
use crate::figure::{escape, spans, to_inline_svg};
use crate::validation::{Card, CardNumber};

/// Plain on screen and on paper; figures shrink with the page and are not parted by a page's end.
const STYLE: &str = "\
body { font: 16px/1.5 'Noto Sans', 'DejaVu Sans', sans-serif; color: #15181e; background: #fcfcfd; max-width: 60rem; \
margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { font-size: 1.2rem; margin-top: 2.5rem; }
h3 { font-size: 1rem; }
figure { margin: 1.5rem 0; break-inside: avoid; }
svg { width: 100%; height: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #dddfe3; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font-size: .9em; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
.warning { color: #a85a00; }
.error { color: #b3261e; }
";

impl Report {
    pub(super) fn html(&self) -> String {
        let title = escape(&self.title);
        let mut out = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"generator\" content=\"isoloss {}\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n\
             </head>\n<body>\n<h1>{title}</h1>\n",
            escape(&self.card.version)
        );
        for sentence in &self.answer {
            out.push_str(&format!("<p>{}</p>\n", raised(sentence)));
        }
        self.verdicts(&mut out);
        out.push_str("<h2>Figures</h2>\n");
        for (name, figure) in &self.figures {
            let svg = to_inline_svg(figure, &style(), &format!("{name}-"));
            out.push_str(&format!("<figure>\n{svg}</figure>\n"));
        }
        for (label, why) in &self.not_drawn {
            out.push_str(&format!("<p>{}: nothing to draw. {}</p>\n", escape(label), escape(why)));
        }
        card(&self.card, &mut out);
        left_out(&self.card, &mut out);
        provenance(&self.card, &mut out);
        out.push_str("</body>\n</html>\n");
        out
    }

    fn verdicts(&self, out: &mut String) {
        out.push_str("<h2>Verdicts</h2>\n");
        if self.card.verdicts.is_empty() {
            out.push_str("<p>None.</p>\n");
            return;
        }
        out.push_str("<ul>\n");
        for verdict in &self.card.verdicts {
            let severity = format!("{:?}", verdict.severity).to_lowercase();
            let text = raised(&verdict.text);
            out.push_str(&format!("<li><b class=\"{severity}\">{severity}</b>: {text}</li>\n"));
        }
        out.push_str("</ul>\n");
    }
}

/// The law with its numbers, then the checklist.
fn card(card: &Card, out: &mut String) {
    out.push_str(&format!(
        "<h2>{}</h2>\n<p><code>{}</code></p>\n<p>Source of the form: {}</p>\n",
        escape(&card.title),
        escape(&card.equation()),
        escape(&card.source)
    ));
    out.push_str(
        "<div class=\"wide\"><table>\n<tr><th>parameter</th><th>value</th><th>error</th><th>interval</th>\
         <th>unrounded</th><th>meaning</th></tr>\n",
    );
    for number in card.params.iter().chain(&card.derived) {
        row(number, out);
    }
    out.push_str("</table></div>\n");
    for section in &card.sections {
        out.push_str(&format!("<h3>{}</h3>\n<table>\n", section.title));
        for field in &section.fields {
            out.push_str(&format!(
                "<tr><td class=\"number\">{}</td><td>{}</td><td>{}</td></tr>\n",
                field.item,
                escape(field.label),
                escape(&field.text)
            ));
        }
        out.push_str("</table>\n");
    }
}

fn row(number: &CardNumber, out: &mut String) {
    let [value, error, interval] = number.words();
    out.push_str(&format!("<tr><td><code>{}</code></td>", escape(&number.name)));
    for cell in [value, error, interval, number.value.to_string()] {
        out.push_str(&format!("<td class=\"number\">{}</td>", escape(&cell)));
    }
    out.push_str(&format!("<td>{}</td></tr>\n", escape(&number.meaning)));
}

fn left_out(card: &Card, out: &mut String) {
    out.push_str("<h2>Left out</h2>\n");
    if card.exclusions.is_empty() {
        out.push_str("<p>Nothing.</p>\n");
        return;
    }
    out.push_str("<table>\n<tr><th>run</th><th>reason</th><th>place</th></tr>\n");
    for left in &card.exclusions {
        let [run, reason, place] = [&left.run, &left.reason, &left.place].map(|cell| escape(cell));
        out.push_str(&format!("<tr><td>{run}</td><td>{reason}</td><td>{place}</td></tr>\n"));
    }
    out.push_str("</table>\n");
}

fn provenance(card: &Card, out: &mut String) {
    out.push_str("<h2>Provenance</h2>\n<ul>\n");
    for file in &card.files {
        out.push_str(&format!(
            "<li>{} <code>sha256 {}</code></li>\n",
            escape(&file.path),
            file.sha256
        ));
    }
    out.push_str(&format!("<li>isoloss {}</li>\n</ul>\n", escape(&card.version)));
}

/// Text with its exponents raised.
fn raised(text: &str) -> String {
    let mut out = String::new();
    for (span, up) in spans(text) {
        let span = escape(span);
        out.push_str(&if up { format!("<sup>{span}</sup>") } else { span });
    }
    out
}

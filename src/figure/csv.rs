//! The numbers that a figure draws, as a table: a row a point, all of them, also those out of view.
//!
//! `mark,kind,series,<x>,<y>,low,high,<colour>,run,file,line`. The columns of x, y and colour are called as their axes are,
//! with the units. `low` and `high` are the edges of a band. Colour stands where it is a value, not a mere name. Run, file and
//! line say which measurement a dot is. Numbers are in the fewest digits that read back the same.

use super::{Curve, Datum, Figure, Mark, Paint, RuleAt, Scale, Sheet};

/// The measurement behind a dot, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Name of its run.
    pub run: String,
    /// Name of its file.
    pub file: String,
    /// Physical line.
    pub line: u64,
}

/// Finds the measurement behind a dot.
pub type Places<'a> = dyn Fn(Datum) -> Option<Place> + 'a;

/// Writes what a page draws.
pub fn to_csv<'a>(sheet: impl Into<Sheet<'a>>, places: &Places<'_>) -> String {
    let mut writer = ::csv::Writer::from_writer(vec![]);
    let sheet = sheet.into();
    let several = sheet.heading.is_some();
    if several {
        put(
            &mut writer,
            Some("panel"),
            [
                "mark", "kind", "series", "x", "y", "low", "high", "colour", "run", "file", "line",
            ],
        );
    }
    for (letter, figure) in ('a'..='z').zip(sheet.panels) {
        let colour = figure.colour_bar.as_ref().map_or("colour", |bar| bar.label.as_str());
        let (x, y) = (figure.x.label.as_str(), figure.y.label.as_str());
        let letter = letter.to_string();
        let panel = several.then_some(letter.as_str());
        let (mark, kind) = if several { ("", "axes") } else { ("mark", "kind") };
        let [series, low, high, run, file, line] = match several {
            true => [""; 6],
            false => ["series", "low", "high", "run", "file", "line"],
        };
        put(
            &mut writer,
            panel,
            [mark, kind, series, x, y, low, high, colour, run, file, line],
        );
        let mut table = Table {
            figure,
            places,
            panel,
            writer: &mut writer,
        };
        for mark in &figure.marks {
            table.mark(mark);
        }
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

type Writer = ::csv::Writer<Vec<u8>>;

/// A row, behind the panel's letter where there are several.
fn put(writer: &mut Writer, panel: Option<&str>, cells: [&str; 11]) {
    // Writing to memory cannot fail.
    writer.write_record(panel.into_iter().chain(cells)).ok();
}

struct Table<'a> {
    figure: &'a Figure,
    places: &'a Places<'a>,
    panel: Option<&'a str>,
    writer: &'a mut Writer,
}

/// A row without its numbers.
#[derive(Clone, Copy)]
struct Row<'a> {
    mark: &'a str,
    kind: &'a str,
    series: &'a str,
    paint: Option<Paint>,
    datum: Option<Datum>,
}

impl Table<'_> {
    fn row(&mut self, row: Row<'_>, [x, y, low, high]: [Option<f64>; 4]) {
        let place = row.datum.and_then(self.places);
        let text = |value: Option<f64>| value.map_or(String::new(), number);
        let colour = text(row.paint.and_then(|paint| self.colour(paint)));
        let line = place.as_ref().map_or(String::new(), |place| place.line.to_string());
        let (run, file) = place
            .as_ref()
            .map_or(("", ""), |place| (place.run.as_str(), place.file.as_str()));
        // In the units that the headings say.
        let across = |value: Option<f64>| text(value.map(|value| self.figure.x.format.in_unit(value)));
        let up = |value: Option<f64>| text(value.map(|value| self.figure.y.format.in_unit(value)));
        let [x, y, low, high] = [across(x), up(y), up(low), up(high)];
        let cells = [
            row.mark, row.kind, row.series, &x, &y, &low, &high, &colour, run, file, &line,
        ];
        put(self.writer, self.panel, cells);
    }

    fn mark(&mut self, mark: &Mark) {
        match mark {
            Mark::Dots { id, dots, .. } => {
                for dot in dots.iter() {
                    let row = Row {
                        mark: id,
                        kind: "dots",
                        series: "",
                        paint: Some(dot.paint),
                        datum: dot.datum,
                    };
                    self.row(row, [Some(dot.at[0]), Some(dot.at[1]), None, None]);
                }
            }
            Mark::Line { id, points, paint, .. } => {
                let series = self.label_of(id).to_owned();
                let row = Row {
                    mark: id,
                    kind: "line",
                    series: &series,
                    paint: Some(*paint),
                    datum: None,
                };
                for [x, y] in points {
                    self.row(row, [Some(*x), Some(*y), None, None]);
                }
            }
            Mark::Curves { id, curves } => curves.iter().for_each(|curve| self.curve(id, curve)),
            Mark::Band { id, edges, paint, .. } => {
                let row = Row {
                    mark: id,
                    kind: "band",
                    series: "",
                    paint: Some(*paint),
                    datum: None,
                };
                for [x, low, high] in edges {
                    self.row(row, [Some(*x), None, Some(*low), Some(*high)]);
                }
            }
            Mark::Rule { at, label, paint } => {
                let row = Row {
                    mark: "rule",
                    kind: "rule",
                    series: label,
                    paint: Some(*paint),
                    datum: None,
                };
                match at {
                    RuleAt::X(x) => self.row(row, [Some(*x), None, None, None]),
                    RuleAt::Y(y) => self.row(row, [None, Some(*y), None, None]),
                }
            }
            Mark::Note { id, text, to, .. } => {
                let row = Row {
                    mark: id,
                    kind: "note",
                    series: text,
                    paint: None,
                    datum: None,
                };
                self.row(row, [to.map(|to| to[0]), to.map(|to| to[1]), None, None]);
            }
            // Texts name what is in the table already, and a hatched line is in it.
            Mark::Hatch { .. } | Mark::Label { .. } | Mark::LineLabel { .. } => {}
        }
    }

    fn curve(&mut self, id: &str, curve: &Curve) {
        let end = curve.end.and_then(self.places);
        let row = Row {
            mark: id,
            kind: "curve",
            series: end.as_ref().map_or("", |end| end.run.as_str()),
            paint: Some(curve.paint),
            datum: None,
        };
        for [x, y] in curve.points.iter() {
            // They were kept as logarithms, whose last digits are noise.
            self.row(row, [Some(twelve(x)), Some(twelve(y)), None, None]);
        }
    }

    /// What is written on a line.
    fn label_of(&self, id: &str) -> &str {
        let mut texts = self.figure.marks.iter().filter_map(|mark| match mark {
            Mark::LineLabel { line, text, .. } if line == id => Some(text.as_str()),
            _ => None,
        });
        texts.next().unwrap_or("")
    }

    /// The value that a colour of the ramp stands for.
    fn colour(&self, paint: Paint) -> Option<f64> {
        let (Paint::Ramp(share), Some(bar)) = (paint, &self.figure.colour_bar) else {
            return None;
        };
        let (low, high) = (bar.scale.forward(bar.range.0), bar.scale.forward(bar.range.1));
        let value = bar.scale.backward(low + share * (high - low));
        value
            .is_finite()
            .then_some(if bar.scale == Scale::Log { twelve(value) } else { value })
    }
}

/// The fewest digits that read back the same, without strings of zeros.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let size = value.abs();
    if value == 0.0 || (1e-4..1e15).contains(&size) {
        value.to_string()
    } else {
        format!("{value:e}")
    }
}

/// Twelve significant digits.
fn twelve(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_the_same() {
        for value in [1e21, 5.76e23, 2.5, -0.125, 1e-9, 0.0, 123_456_789.0, 1.0 / 3.0] {
            assert_eq!(number(value).parse::<f64>(), Ok(value), "{}", number(value));
        }
        assert_eq!(
            [number(1e21), number(70e9), number(f64::NAN)],
            ["1e21", "70000000000", ""]
        );
        assert_eq!(twelve(9.999_999_999_999_9e9), 1e10);
    }
}

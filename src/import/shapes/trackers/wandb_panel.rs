//! W&B, Export → CSV of one panel: a chart's curves side by side.
//!
//! The first column is the chart's x (`Step`, `epoch`, `Relative Time (Process)`, `Wall Time` or a logged metric). Then
//! each run and metric has three, `<run> - <metric>`, `…__MIN` and `…__MAX`; over another x than the step there are three
//! more a run, `<run> - _step`. All cells are quoted; a run without a value at some x has an empty one. In a grouped panel
//! (`Group: <name> - <metric>`) the value is a mean over runs, and minimum and maximum are a band; elsewhere they repeat it.
//!
//! The curves are put below each other: a row for every run and x that has any value.
//!
//! Limits: W&B samples curves down to some 1,500 points before it exports them; which points it left out cannot be known.

use super::super::tables::delimited::delimited_grid;
use super::super::tables::opening::Opening;
use super::curve_names::split_names;
use crate::data::Role;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::roles::{list, role_of};
use crate::import::{ImportError, ImportOptions, Shape};
use std::collections::HashMap;

const SEPARATOR: &str = " - ";
/// The metric that goes along when x is another one.
const STEP: &str = "_step";

/// Curves of several runs side by side.
pub(in crate::import::shapes) struct WandbPanel;

impl Layout for WandbPanel {
    fn shape(&self) -> Shape {
        Shape::WandbPanel
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let opening = Opening::of(source)?;
        let curve = |name: &str| name.contains(SEPARATOR);
        if opening
            .headers
            .iter()
            .any(|name| curve(name) && Part::of(name).1 != Part::Value)
        {
            return Some("columns `run - metric` with __MIN and __MAX");
        }
        let (x, rest) = opening.headers.split_first()?;
        let known_x = matches!(role_of(x), Some(Role::Step | Role::Epoch | Role::Tokens))
            || x == "Wall Time"
            || x.starts_with("Relative Time");
        (known_x && !rest.is_empty() && rest.iter().all(|name| curve(name))).then_some("columns `run - metric`")
    }

    fn read(&self, source: Source, options: &ImportOptions) -> Result<Grid, ImportError> {
        let mut wide = delimited_grid(&source.text, options, source.progress)?;
        let names = names_in_file(&source.text, &wide);
        drop(source);
        // Runs may share a name: their columns are told apart below, by run.
        if names != wide.headers {
            wide.notes.retain(|note| !note.contains(" is a second `"));
        }
        let panel = Panel::of(&names, &mut wide);
        if panel.curves.is_empty() {
            return Err(ImportError::NoRuns {
                message: format!(
                    "no column is called `run - metric`, as in a panel that W&B exports; found {}",
                    list(&wide.headers)
                ),
                line: wide.header_line,
            });
        }
        Ok(panel.in_long_form(wide))
    }
}

/// The headers as the file has them, where the grid had to rename some.
fn names_in_file(text: &str, grid: &Grid) -> Vec<String> {
    let names = Opening::of_text(text).map_or(Vec::new(), |opening| opening.headers);
    let same = names.len() >= grid.headers.len()
        && grid
            .headers
            .iter()
            .zip(&names)
            .all(|(header, name)| header.starts_with(name.as_str()));
    if same {
        names[..grid.headers.len()].to_vec()
    } else {
        grid.headers.clone()
    }
}

/// Which of the three columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Value,
    Min,
    Max,
}

impl Part {
    fn of(header: &str) -> (&str, Self) {
        if let Some(name) = header.strip_suffix("__MIN") {
            (name, Self::Min)
        } else if let Some(name) = header.strip_suffix("__MAX") {
            (name, Self::Max)
        } else {
            (header, Self::Value)
        }
    }
}

/// Where value, minimum and maximum of a run and a metric stand.
type Triple = [Option<usize>; 3];

/// What the columns are.
struct Panel {
    x: Option<usize>,
    runs: Vec<String>,
    metrics: Vec<String>,
    /// By run and metric.
    curves: HashMap<(usize, usize), Triple>,
}

impl Panel {
    fn of(names: &[String], wide: &mut Grid) -> Self {
        let is_curve = |name: &str| Part::of(name).0.contains(SEPARATOR);
        let x = names.iter().position(|name| !name.is_empty() && !is_curve(name));
        let columns: Vec<usize> = (0..names.len())
            .filter(|&c| Some(c) != x && is_curve(&names[c]))
            .collect();
        for column in (0..names.len()).filter(|c| Some(*c) != x && !columns.contains(c)) {
            let values = (0..wide.len())
                .filter(|&row| !wide.cell(row, column).is_empty())
                .count();
            if values > 0 {
                let note = format!(
                    "`{}` names no run: {values} of its cells left out",
                    wide.headers[column]
                );
                wide.notes.push(note);
            }
        }
        let bases: Vec<&str> = columns.iter().map(|&column| Part::of(&names[column]).0).collect();
        let split = split_columns(&bases);

        let mut panel = Self {
            x,
            runs: Vec::new(),
            metrics: Vec::new(),
            curves: HashMap::new(),
        };
        let mut runs: HashMap<(&str, usize), usize> = HashMap::new();
        let mut metrics: HashMap<&str, usize> = HashMap::new();
        let mut repeated: HashMap<&str, usize> = HashMap::new();
        let mut namesakes: Option<&str> = None;
        for (&column, split) in columns.iter().zip(split) {
            let Some((run, metric)) = split else { continue };
            let count = repeated.entry(&names[column]).or_default();
            *count += 1;
            let run = *runs.entry((run, *count)).or_insert_with(|| {
                panel.runs.push(match *count {
                    1 => run.to_owned(),
                    count => {
                        namesakes.get_or_insert(run);
                        format!("{run} ({count})")
                    }
                });
                panel.runs.len() - 1
            });
            let metric = *metrics.entry(metric).or_insert_with(|| {
                panel.metrics.push(metric.to_owned());
                panel.metrics.len() - 1
            });
            let part = Part::of(&names[column]).1;
            panel.curves.entry((run, metric)).or_default()[part as usize] = Some(column);
        }
        if let Some(name) = namesakes {
            wide.notes.push(format!(
                "several runs are called `{name}`: the later ones are called `{name} (2)` and so on"
            ));
        }
        panel
    }

    /// Every run's curve below the one before it.
    fn in_long_form(self, mut wide: Grid) -> Grid {
        let bands: Vec<bool> = (0..self.metrics.len())
            .map(|metric| self.has_band(metric, &wide))
            .collect();
        let mut long = wide.rearranged();
        self.tell(&bands, &mut long.notes);
        let x_name = self.x.map_or("Step", |x| wide.headers[x].as_str());
        let mut headers = vec!["run".to_owned(), x_name.to_owned()];
        for (metric, band) in self.metrics.iter().zip(&bands) {
            headers.push(metric.clone());
            if *band {
                headers.extend([format!("{metric} min"), format!("{metric} max")]);
            }
        }
        long.set_headers(headers.iter().map(String::as_str));
        long.know(0, Role::Run, "the header up to ` - `");
        long.history = true;
        for (run, name) in self.runs.iter().enumerate() {
            let columns: Vec<Option<usize>> = (0..self.metrics.len())
                .flat_map(|metric| {
                    let triple = self.curves.get(&(run, metric)).copied().unwrap_or_default();
                    triple.into_iter().take(if bands[metric] { 3 } else { 1 })
                })
                .collect();
            for row in 0..wide.len() {
                let cell = |column: Option<usize>| column.map_or("", |column| wide.cell(row, column));
                if columns.iter().any(|&column| !cell(column).is_empty()) {
                    let cells = [name.as_str(), cell(self.x)];
                    long.push(
                        wide.line(row),
                        cells.into_iter().chain(columns.iter().map(|&column| cell(column))),
                    );
                }
            }
        }
        long
    }

    /// Whether a metric's minimum or maximum ever says something that its value does not.
    fn has_band(&self, metric: usize, wide: &Grid) -> bool {
        let triples = self.curves.iter().filter(|((_, of), _)| *of == metric);
        triples.into_iter().any(|(_, [value, min, max])| {
            [min, max].into_iter().flatten().any(|&bound| {
                (0..wide.len()).any(|row| {
                    let bound = wide.cell(row, bound);
                    let value = value.map_or("", |value| wide.cell(row, value));
                    !bound.is_empty() && bound != value && bound.parse::<f64>().ok() != value.parse::<f64>().ok()
                })
            })
        })
    }

    /// Says what became of the columns.
    fn tell(&self, bands: &[bool], notes: &mut Vec<String>) {
        for (metric, band) in self.metrics.iter().zip(bands) {
            if *band {
                notes.push(format!(
                    "`{metric}`: __MIN and __MAX differ from the value, so they are a band: kept as `{metric} min` and `{metric} max`"
                ));
            }
        }
        let repeated = self.curves.iter().any(|((_, metric), triple)| {
            let [_, min, max] = triple;
            !bands[*metric] && (min.is_some() || max.is_some())
        });
        if repeated {
            notes.push("__MIN and __MAX repeat the values: left out".to_owned());
        }
        let groups = self.runs.iter().filter(|name| name.starts_with("Group: ")).count();
        if groups > 0 {
            let are = if groups == 1 {
                "1 curve is".to_owned()
            } else {
                format!("{groups} curves are")
            };
            notes.push(format!(
                "{are} of a group (`Group: …`): the mean of its runs, not a run"
            ));
        }
    }
}

/// Run and metric of every column. Columns of steps tell runs' names for certain.
fn split_columns<'a>(bases: &[&'a str]) -> Vec<Option<(&'a str, &'a str)>> {
    let of_step = |base: &&'a str| -> Option<&'a str> { base.strip_suffix(STEP)?.strip_suffix(SEPARATOR) };
    let mut certain: Vec<&str> = bases.iter().filter_map(of_step).collect();
    certain.sort_unstable_by_key(|run| std::cmp::Reverse(run.len()));
    certain.dedup();
    let by_step = |base: &'a str| {
        certain.iter().find_map(|run| {
            let metric = base.strip_prefix(run)?.strip_prefix(SEPARATOR)?;
            Some((&base[..run.len()], metric))
        })
    };
    let mut split: Vec<Option<(&str, &str)>> = bases.iter().map(|base| by_step(base)).collect();
    let open: Vec<usize> = (0..bases.len()).filter(|&index| split[index].is_none()).collect();
    let names: Vec<&str> = open.iter().map(|&index| bases[index]).collect();
    for (index, found) in open.into_iter().zip(split_names(&names, SEPARATOR, |_| true)) {
        split[index] = found;
    }
    split
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Grid {
        let source = Source::of_text("wandb_export.csv", text);
        assert!(WandbPanel.recognises(&source).is_some());
        WandbPanel.read(source, &ImportOptions::default()).unwrap()
    }

    fn rows(grid: &Grid) -> Vec<Vec<&str>> {
        (0..grid.len())
            .map(|row| (0..grid.headers.len()).map(|column| grid.cell(row, column)).collect())
            .collect()
    }

    #[test]
    fn curves_below_each_other() {
        let grid = read(
            "\"Step\",\"a - x, lr=1 - train/loss\",\"a - x, lr=1 - train/loss__MIN\",\"a - x, lr=1 - train/loss__MAX\",\"b - train/loss\",\"b - train/loss__MIN\",\"b - train/loss__MAX\"\n\
             \"0\",\"5\",\"5\",\"5.0\",\"\",\"\",\"\"\n\"1\",\"\",\"\",\"\",\"4\",\"4\",\"4\"\n\"2\",\"NaN\",\"NaN\",\"NaN\",\"3\",\"3\",\"3\"\n",
        );
        assert_eq!(grid.headers, ["run", "Step", "train/loss"]);
        assert_eq!(
            rows(&grid),
            [
                ["a - x, lr=1", "0", "5"],
                ["a - x, lr=1", "2", "NaN"],
                ["b", "1", "4"],
                ["b", "2", "3"]
            ]
        );
        assert_eq!((grid.line(1), grid.line(2), grid.seen, grid.history), (4, 3, 3, true));
        assert_eq!(grid.notes, ["__MIN and __MAX repeat the values: left out"]);
    }

    #[test]
    fn a_band_is_kept() {
        let grid = read("Step,Group: g - loss,Group: g - loss__MIN,Group: g - loss__MAX\n1,3,2.9,3.1\n2,2,2,2\n");
        assert_eq!(grid.headers, ["run", "Step", "loss", "loss min", "loss max"]);
        assert_eq!(rows(&grid)[0], ["Group: g", "1", "3", "2.9", "3.1"]);
        assert_eq!(grid.notes.len(), 2);
    }

    #[test]
    fn another_x_brings_steps_along() {
        let grid = read(
            "train/tokens,a - b - _step,a - b - _step__MIN,a - b - _step__MAX,a - b - odd - thing,a - b - odd - thing__MIN,a - b - odd - thing__MAX\n\
             1000,1,1,1,3,3,3\n2000,2,2,2,,,\n",
        );
        assert_eq!(grid.headers, ["run", "train/tokens", "_step", "odd - thing"]);
        assert_eq!(rows(&grid), [["a - b", "1000", "1", "3"], ["a - b", "2000", "2", ""]]);
    }

    #[test]
    fn namesakes_and_nameless_columns() {
        let grid = read(
            "Step,a - loss,a - loss__MIN,a - loss__MAX,\"\",a - loss,a - loss__MIN,a - loss__MAX\n0,5,5,5,7,6,6,6\n1,4,4,4,,3,3,3\n",
        );
        assert_eq!(
            rows(&grid),
            [
                ["a", "0", "5"],
                ["a", "1", "4"],
                ["a (2)", "0", "6"],
                ["a (2)", "1", "3"]
            ]
        );
        assert_eq!(grid.notes.len(), 3, "{:?}", grid.notes);
        assert_eq!(grid.notes[0], "`column 5` names no run: 1 of its cells left out");
    }

    #[test]
    fn other_tables_are_no_panels() {
        let recognises = |text| WandbPanel.recognises(&Source::of_text("x", text)).is_some();
        assert!(recognises("Step,a - loss,b - loss\n1,2,3\n"));
        assert!(!recognises("N,loss - val\n1,2\n"));
        assert!(!recognises("Step,loss,note - mine\n1,2,3\n"));
        assert!(!recognises("Name,loss__MIN\na,2\n"));
        let forced = WandbPanel.read(Source::of_text("x", "N,loss\n1,2\n"), &ImportOptions::default());
        assert!(forced.unwrap_err().to_string().contains("found `N`, `loss`"));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[a,\" -_MINAX1\n]{0,60}") {
            WandbPanel.read(Source::of_text("x", &text), &ImportOptions::default()).ok();
        }
    }
}

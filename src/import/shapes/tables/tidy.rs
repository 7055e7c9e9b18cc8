//! Our own tidy CSV: what `import --out` writes and reads back to the bit.
//!
//! One row a point: `run,params,params_non_embedding,tokens,unique_tokens,flops,loss,train_loss,step,source`. Empty is
//! unknown, `NaN` as the loss is a run that diverged, `source` the table that a row came from. Numbers have the fewest
//! digits that give the same float again. Nothing is computed or doubted on the way back in.
//!
//! Limits: groups, other columns and physical lines are not written.

use super::delimited::plain_grid;
use crate::data::RunTable;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::{ImportError, ImportOptions, Shape};
use std::collections::HashMap;
use std::io::Write;

/// The header, in its order.
const HEADER: [&str; 10] = [
    "run",
    "params",
    "params_non_embedding",
    "tokens",
    "unique_tokens",
    "flops",
    "loss",
    "train_loss",
    "step",
    "source",
];

/// Our own file.
pub(in crate::import::shapes) struct Tidy;

impl Layout for Tidy {
    fn shape(&self) -> Shape {
        Shape::Isoloss
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let line = source.text.lines().next().unwrap_or("");
        line.split(',').eq(HEADER).then_some("the header that Isoloss writes")
    }

    fn read(&self, source: Source, _options: &ImportOptions) -> Result<Grid, ImportError> {
        Ok(plain_grid(&source.text))
    }
}

/// Writes `run,params,params_non_embedding,tokens,unique_tokens,flops,loss,train_loss,step,source`; empty is unknown.
///
/// # Errors
/// When the writer fails.
pub fn write_tidy(tables: &[RunTable], writer: impl Write) -> std::io::Result<()> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record(HEADER)?;
    let mut used: HashMap<&str, usize> = HashMap::new();
    for table in tables {
        // Two tables of one name would become one when read back.
        let count = used.entry(&table.name).or_default();
        *count += 1;
        let source = match *count {
            1 => table.name.clone(),
            count => format!("{} ({count})", table.name),
        };
        for (index, point) in table.points().iter().enumerate() {
            let text = |value: Option<f64>| value.map_or(String::new(), shortest);
            let loss = if point.diverged {
                "NaN".to_owned()
            } else {
                text(point.loss.map(|v| v.0))
            };
            csv.write_record([
                table.run_name(index),
                &text(point.params.map(|v| v.0)),
                &text(point.params_non_embedding.map(|v| v.0)),
                &text(point.tokens.map(|v| v.0)),
                &text(point.unique_tokens.map(|v| v.0)),
                &text(point.flops.map(|v| v.0)),
                &loss,
                &text(point.train_loss.map(|v| v.0)),
                &text(point.step),
                &source,
            ])?;
        }
    }
    csv.flush()
}

/// The fewest digits that read back the same, with an exponent where zeros would only pad.
fn shortest(value: f64) -> String {
    let (plain, power) = (format!("{value}"), format!("{value:e}"));
    if plain.len() <= power.len() + 8 { plain } else { power }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Point, Run};
    use crate::import::import;
    use crate::units::{Flops, Loss, Params, Tokens};
    use proptest::prelude::*;

    fn positive() -> impl Strategy<Value = Option<f64>> {
        proptest::option::of(prop_oneof![1e-3f64..1e30, Just(5e-324), Just(f64::MAX)])
    }

    fn any_loss() -> impl Strategy<Value = Option<f64>> {
        proptest::option::of(-5.0f64..20.0)
    }

    prop_compose! {
        fn point()(
            run in 0usize..4,
            (n, non_embedding, d, u, c) in (positive(), positive(), positive(), positive(), positive()),
            loss in any_loss(), train in any_loss(), step in proptest::option::of(-1e6f64..1e12)
        ) -> Point {
            Point {
                run,
                line: 0,
                params: n.map(Params),
                params_non_embedding: non_embedding.map(Params),
                tokens: d.map(Tokens),
                unique_tokens: u.map(Tokens),
                flops: c.map(Flops),
                loss: loss.map(Loss),
                train_loss: train.map(Loss),
                step,
                // A row without any loss would be no point.
                diverged: loss.is_none(),
            }
        }
    }

    proptest! {
        #[test]
        fn reads_back_the_same_points(
            points in proptest::collection::vec(point(), 1..12),
            names in proptest::collection::hash_set("[^\\x00]{0,12}|[,\"\n\r;#é ]{1,6}", 4)
        ) {
            let names: Vec<String> = names.into_iter().collect();
            let runs = names.iter().map(|name| Run { name: name.clone(), ..Run::default() }).collect();
            let table = RunTable::new("t", runs, points.clone(), vec![]).unwrap();
            let mut bytes = Vec::new();
            write_tidy(std::slice::from_ref(&table), &mut bytes).unwrap();
            let imported = import("t.csv", bytes.as_slice(), &ImportOptions::default()).unwrap();
            prop_assert_eq!(imported.report.shape, Shape::Isoloss);
            prop_assert!(imported.report.skipped.is_empty(), "{:?}", imported.report.skipped);
            prop_assert_eq!(imported.table.points().len(), points.len());
            for (index, point) in points.iter().enumerate() {
                let found = imported.table.points().get(index);
                prop_assert_eq!(imported.table.run_name(index), table.run_name(index));
                let comparable = Point { run: found.run, line: found.line, ..*point };
                prop_assert_eq!(found, comparable);
            }
        }
    }

    #[test]
    fn namesakes_of_two_tables_stay_apart() {
        let table = |loss| {
            let run = Run {
                name: "a".into(),
                ..Run::default()
            };
            let point = Point {
                loss: Some(Loss(loss)),
                ..Point::default()
            };
            RunTable::new("t", vec![run], vec![point], vec![]).unwrap()
        };
        let mut bytes = Vec::new();
        write_tidy(&[table(2.0), table(3.0)], &mut bytes).unwrap();
        let imported = import("x", bytes.as_slice(), &ImportOptions::default()).unwrap();
        assert_eq!(imported.table.runs().len(), 2);
    }
}

//! Delimited text.
#![no_main]

use isoloss::import::Shape;

mod check;

const SHAPES: [Shape; 14] = [
    Shape::RunsTable,
    Shape::History,
    Shape::WandbPanel,
    Shape::WandbRuns,
    Shape::WandbHistory,
    Shape::Tensorboard,
    Shape::MlflowRuns,
    Shape::MlflowMetric,
    Shape::Lightning,
    Shape::Keras,
    Shape::Trackio,
    Shape::Swanlab,
    Shape::Spreadsheet,
    Shape::Isoloss,
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::read_both_ways(bytes, &SHAPES));

//! JSON.
#![no_main]

use isoloss::import::Shape;

mod check;

const SHAPES: [Shape; 6] = [
    Shape::JsonRecords,
    Shape::JsonLines,
    Shape::JsonNested,
    Shape::TrainerState,
    Shape::LmEval,
    Shape::Tensorboard,
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::read_both_ways(bytes, &SHAPES));

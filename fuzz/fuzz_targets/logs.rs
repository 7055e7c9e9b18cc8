//! Console logs.
#![no_main]

use isoloss::import::Shape;

mod check;

const SHAPES: [Shape; 7] = [
    Shape::LlmcLog,
    Shape::NanogptLog,
    Shape::NanochatLog,
    Shape::MegatronLog,
    Shape::NanotronLog,
    Shape::TorchtitanLog,
    Shape::OlmoLog,
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::read_both_ways(bytes, &SHAPES));

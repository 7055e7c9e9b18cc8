//! Variable projection for a start, a second-order finish.

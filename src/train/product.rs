//! Products of matrices, C = s A B or C += s A B, with B packed beforehand.
//!
//! B is laid out in panels of [`PANEL`] columns, so that whoever multiplies reads one stretch of memory, and one packing
//! serves every row of A; heads of attention pack theirs once for all strips of queries. A is read where it stands, upright
//! or flipped. Nothing is allocated: buffers are the caller's.
//!
//! In f32 the work is `kernel`'s; in f64, where derivatives are checked, it is `ndarray`'s, which is also what the kernel
//! is held to.

use super::Real;
use super::kernel;
use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder as _};
use std::ops::Range;

/// Columns of a panel.
pub(super) const PANEL: usize = 32;

/// Numbers of a matrix where they stand: rows `stride` apart, each of neighbours; read as they stand, or flipped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matrix<'a, F> {
    pub(super) numbers: &'a [F],
    pub(super) stride: usize,
    pub(super) flipped: bool,
}

impl<'a, F> Matrix<'a, F> {
    /// As it stands.
    pub(super) fn new(numbers: &'a [F], stride: usize) -> Self {
        Self {
            numbers,
            stride,
            flipped: false,
        }
    }

    /// Its transpose.
    pub(super) fn flip(self) -> Self {
        Self {
            flipped: !self.flipped,
            ..self
        }
    }
}

/// The right factor, `[rows, columns]`, packed: panel after panel, each `[rows, PANEL]`, the last filled up with zeros.
#[derive(Debug, Clone)]
pub(super) struct Panels<F> {
    buffer: Vec<F>,
    rows: usize,
    columns: usize,
}

/// Bytes of a cache line; a panel's rows begin on one.
const LINE: usize = 64;

impl<F: Real> Panels<F> {
    /// Room for a matrix of this size, or of any other that needs no more.
    pub(super) fn new(rows: usize, columns: usize) -> Self {
        let room = rows * columns.next_multiple_of(PANEL) + LINE;
        Self {
            buffer: vec![F::zero(); room],
            rows: 0,
            columns: 0,
        }
    }

    /// Room for any of these sizes.
    pub(super) fn for_any(sizes: impl IntoIterator<Item = [usize; 2]>) -> Self {
        let room = |[rows, columns]: [usize; 2]| rows * columns.next_multiple_of(PANEL);
        Self::new(1, sizes.into_iter().map(room).max().unwrap_or(0))
    }

    /// Packs `[rows, columns]`.
    pub(super) fn fill(&mut self, matrix: Matrix<'_, F>, rows: usize, columns: usize) -> &Self {
        (self.rows, self.columns) = (rows, columns);
        let begin = self.begin();
        let panels = &mut self.buffer[begin..][..rows * columns.next_multiple_of(PANEL)];
        let Matrix {
            numbers,
            stride,
            flipped,
        } = matrix;
        // Some rows of every panel at a time: what is near in the matrix is read together.
        for some in (0..rows).step_by(TOGETHER) {
            let some = some..rows.min(some + TOGETHER);
            for (panel, first) in panels.chunks_exact_mut(rows * PANEL).zip((0..columns).step_by(PANEL)) {
                let width = PANEL.min(columns - first);
                let packed = &mut panel.as_chunks_mut::<PANEL>().0[some.clone()];
                if flipped {
                    turn(packed, width, |column| {
                        &numbers[(first + column) * stride..][some.clone()]
                    });
                    continue;
                }
                for (to, row) in packed.iter_mut().zip(some.clone()) {
                    let from = &numbers[row * stride + first..][..width];
                    if let Some(whole) = from.as_array::<PANEL>() {
                        *to = *whole;
                    } else {
                        to[..width].copy_from_slice(from);
                        to[width..].fill(F::zero());
                    }
                }
            }
        }
        self
    }

    /// Some rows of the panel that begins at a column, `[rows, PANEL]`.
    pub(super) fn panel(&self, column: usize, rows: Range<usize>) -> &[[F; PANEL]] {
        let begin = self.begin() + column * self.rows;
        let panel = self.buffer[begin..][..self.rows * PANEL].as_chunks::<PANEL>().0;
        &panel[rows]
    }

    fn begin(&self) -> usize {
        // Where there is no telling, the buffer's own beginning does as well.
        let skip = self.buffer.as_ptr().align_offset(LINE);
        if skip < LINE { skip } else { 0 }
    }
}

/// Rows of a panel that are filled at a time: where the matrix is flipped, a cache line of it.
const TOGETHER: usize = 16;

/// Rows of a panel from as many neighbours in each of some columns.
fn turn<'a, F: Real>(block: &mut [[F; PANEL]], width: usize, column: impl Fn(usize) -> &'a [F]) {
    if let (Some(block), true) = (block.as_mut_array::<TOGETHER>(), width == PANEL) {
        for four in (0..PANEL).step_by(4) {
            let from: [&[F; TOGETHER]; 4] =
                std::array::from_fn(|at| column(four + at).as_array().expect("as long as the block"));
            for row in 0..TOGETHER {
                for at in 0..4 {
                    block[row][four + at] = from[at][row];
                }
            }
        }
        return;
    }
    block.as_flattened_mut().fill(F::zero());
    for at in 0..width {
        for (to, number) in block.iter_mut().zip(column(at)) {
            to[at] = *number;
        }
    }
}

/// C (+)= s A B.
#[derive(Debug)]
pub(super) struct Product<'a, F> {
    /// s.
    pub(super) scale: F,
    /// A, `[rows, depth]`.
    pub(super) left: Matrix<'a, F>,
    pub(super) rows: usize,
    /// B, of which rows in `depth` and columns up to `columns` are taken.
    pub(super) right: &'a Panels<F>,
    pub(super) depth: Range<usize>,
    pub(super) columns: usize,
    /// Whether C is added to.
    pub(super) onto: bool,
    /// C, `[rows, columns]`, its rows `stride` apart.
    pub(super) out: &'a mut [F],
    pub(super) stride: usize,
    /// Where a flipped A is packed; at least [`packed_left`].
    pub(super) scratch: &'a mut [F],
}

/// Numbers that packing a flipped A of so many rows needs.
pub(super) fn packed_left(rows: usize) -> usize {
    kernel::DEPTH * (rows + kernel::MOST_ROWS)
}

/// The product as `ndarray` has it, panel by panel.
pub(super) fn plainly<F: Real>(product: Product<'_, F>) {
    let Product {
        scale,
        left,
        rows,
        right,
        depth,
        columns,
        onto,
        out,
        stride,
        ..
    } = product;
    assert!(columns <= right.columns && depth.end <= right.rows);
    let (upright, count) = ([rows, depth.len()], depth.len());
    let steps = if left.flipped {
        [1, left.stride]
    } else {
        [left.stride, 1]
    };
    let left = ArrayView2::from_shape(upright.strides(steps), left.numbers).expect("A is within its numbers");
    let onto = if onto { F::one() } else { F::zero() };
    for first in (0..columns).step_by(PANEL) {
        let width = PANEL.min(columns - first);
        let panel = right.panel(first, depth.clone()).as_flattened();
        let panel = ArrayView2::from_shape([count, width].strides([PANEL, 1]), panel).expect("a panel has its rows");
        let size = [rows, width].strides([stride, 1]);
        let mut out = ArrayViewMut2::from_shape(size, &mut out[first..]).expect("C is within its numbers");
        general_mat_mul(scale, &left, &panel, onto, &mut out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    /// Every kind of edge: rows that are no whole tile, columns that are no whole panel, depths beyond one block, parts.
    #[test]
    fn the_kernel_agrees_with_ndarray() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut draw = |count: usize| -> Vec<f32> { (0..count).map(|_| rng.random_range(-1.0..1.0)).collect() };
        let sizes = [1, 2, 3, 7, 8, 9, 16, 17, 31, 32, 33, 48, 64, 65];
        for (case, rows) in sizes.into_iter().enumerate() {
            for (other, columns) in sizes.into_iter().enumerate() {
                for depth in [1, 5, 32, 257, 513] {
                    let [flip_left, flip_right] = [(case + other) % 2 == 0, (case + depth) % 2 == 0];
                    let (skip, onto) = (depth / 3, case % 3 == 0);
                    let size = |flipped, a: usize, b: usize| if flipped { [b, a] } else { [a, b] };
                    let [left_rows, left_stride] = size(flip_left, rows, depth - skip);
                    let [right_rows, right_stride] = size(flip_right, depth, columns);
                    let (left_stride, right_stride, stride) = (left_stride + 3, right_stride + 1, columns + 2);
                    let (left, right) = (draw(left_rows * left_stride), draw(right_rows * right_stride));
                    let before = draw(rows * stride);
                    let mut panels = Panels::new(depth, columns);
                    for used in [columns, columns.div_ceil(2)] {
                        let (mut fast, mut plain) = (before.clone(), before.clone());
                        let left = Matrix {
                            numbers: &left[..],
                            stride: left_stride,
                            flipped: flip_left,
                        };
                        let right = Matrix {
                            numbers: &right[..],
                            stride: right_stride,
                            flipped: flip_right,
                        };
                        let panels = panels.fill(right, depth, columns);
                        let mut scratch = vec![0.0; packed_left(rows)];
                        let mut product = |out: &mut Vec<f32>, with: fn(Product<'_, f32>)| {
                            with(Product {
                                scale: 0.7,
                                left,
                                rows,
                                right: panels,
                                depth: skip..depth,
                                columns: used,
                                onto,
                                out,
                                stride,
                                scratch: &mut scratch,
                            });
                        };
                        product(&mut fast, f32::multiply);
                        product(&mut plain, plainly);
                        for (place, (fast, plain)) in fast.iter().zip(&plain).enumerate() {
                            assert!(
                                (fast - plain).abs() < 1e-4,
                                "{rows} {depth} {columns}: {fast} is not {plain} at {place}"
                            );
                            if place % stride >= used {
                                assert_eq!(*fast, before[place], "what is beside C stays");
                            }
                        }
                    }
                }
            }
        }
    }
}

//! Products in f32, on the vector unit that the program finds itself on.
//!
//! C is made in tiles that stay in registers: for each number of the depth one row of B's panel is loaded, and each of the
//! tile's rows of A is spread over a register and multiplied with it. Every number of C is one chain of fused
//! multiplications and additions, in the order of the depth, block by block: the same bits on every machine, whatever the
//! width of its registers and the size of the tile.

use super::product::{Matrix, PANEL, Product};
use pulp::{Arch, Simd, WithSimd};

/// Depth of a block: its part of a panel stays in the first cache.
pub(super) const DEPTH: usize = 256;
/// A flipped A of no more depth, or for no more columns, is not packed: it is read where it stands.
const SHALLOW: usize = 32;
const NARROW: usize = 4 * PANEL;
/// Tiles below each other that are made from one panel before the next: their part of A stays in the first cache too, and
/// C is written once from top to bottom.
const TILES: usize = 8;
/// The most rows of a tile.
pub(super) const MOST_ROWS: usize = 8;

/// C (+)= s A B.
pub(super) fn multiply(product: Product<'_, f32>) {
    Arch::new().dispatch(Kernel(product));
}

struct Kernel<'a>(Product<'a, f32>);

impl WithSimd for Kernel<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Tiles of rows and registers: as many sums as hide a multiplication's latency, and no more than there are registers.
        match (S::F32_LANES, S::REGISTER_COUNT) {
            (16, _) => blocks::<S, 8, 2>(simd, self.0),
            (_, 32) => blocks::<S, 6, 4>(simd, self.0),
            _ => blocks::<S, 6, 2>(simd, self.0),
        }
    }
}

/// Goes over blocks of the depth, panels, and tiles.
#[inline(always)]
fn blocks<S: Simd, const ROWS: usize, const REGISTERS: usize>(simd: S, product: Product<'_, f32>) {
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
        scratch,
    } = product;
    let tile_width = REGISTERS * S::F32_LANES;
    let mut begin = depth.start;
    while begin < depth.end {
        let end = depth.end.min(begin + DEPTH);
        let deep = begin - depth.start;
        let onto = onto || deep > 0;
        let packed = left.flipped && end - begin > SHALLOW && columns > NARROW;
        if packed {
            pack::<ROWS>(left, rows, deep, end - begin, scratch);
        }
        for band in (0..rows).step_by(TILES * ROWS) {
            let band = band..rows.min(band + TILES * ROWS);
            for first in (0..columns).step_by(PANEL) {
                let panel = right.panel(first, begin..end);
                for shift in (0..PANEL.min(columns - first)).step_by(tile_width) {
                    let column = first + shift;
                    let width = tile_width.min(columns - column);
                    for row in band.clone().step_by(ROWS) {
                        let tile = Tile {
                            simd,
                            scale,
                            onto,
                            panel,
                            shift,
                            rows: ROWS.min(rows - row),
                            width,
                            stride,
                        };
                        let out = &mut out[row * stride + column..];
                        if packed {
                            let packed = &scratch[row * (end - begin)..][..ROWS * (end - begin)];
                            tile.packed::<ROWS, REGISTERS>(packed.as_chunks().0, out);
                        } else if left.flipped {
                            tile.flipped::<ROWS, REGISTERS>(
                                &left.numbers[deep * left.stride + row..],
                                left.stride,
                                out,
                            );
                        } else {
                            tile.upright::<ROWS, REGISTERS>(
                                &left.numbers[row * left.stride + deep..],
                                left.stride,
                                out,
                            );
                        }
                    }
                }
            }
        }
        begin = end;
    }
}

/// A flipped A's block, tile after tile, `[depth, ROWS]` each.
#[inline(always)]
fn pack<const ROWS: usize>(left: Matrix<'_, f32>, rows: usize, deep: usize, depth: usize, packed: &mut [f32]) {
    // A few rows of the matrix at a time: those of a large one are far apart, and would drive each other from the cache.
    const TOGETHER: usize = 8;
    for some in (0..depth).step_by(TOGETHER) {
        let some = some..depth.min(some + TOGETHER);
        for row in (0..rows).step_by(ROWS) {
            let width = ROWS.min(rows - row);
            let tile = packed[row * depth..][..ROWS * depth].as_chunks_mut::<ROWS>().0;
            for (at, to) in some.clone().zip(&mut tile[some.clone()]) {
                let from = &left.numbers[(deep + at) * left.stride + row..][..width];
                if let Some(whole) = from.as_array::<ROWS>() {
                    *to = *whole;
                } else {
                    to[..width].copy_from_slice(from);
                    to[width..].fill(0.0);
                }
            }
        }
    }
}

/// A tile of C that is to be made.
struct Tile<'a, S> {
    simd: S,
    scale: f32,
    onto: bool,
    /// The panel's rows of this block, and where in them the tile begins.
    panel: &'a [[f32; PANEL]],
    shift: usize,
    /// How much of the tile is in C.
    rows: usize,
    width: usize,
    stride: usize,
}

impl<S: Simd> Tile<'_, S> {
    /// From rows of A that stand `stride` apart.
    #[inline(always)]
    fn upright<const ROWS: usize, const REGISTERS: usize>(self, left: &[f32], stride: usize, out: &mut [f32]) {
        let depth = self.panel.len();
        // Rows beyond the last one are made like it, and thrown away.
        let rows: [&[f32]; ROWS] = std::array::from_fn(|row| &left[row.min(self.rows - 1) * stride..][..depth]);
        self.of::<ROWS, REGISTERS>(|at| std::array::from_fn(|row| rows[row][at]), out);
    }

    /// From numbers of A for one step of the depth side by side, steps `stride` apart.
    #[inline(always)]
    fn flipped<const ROWS: usize, const REGISTERS: usize>(self, left: &[f32], stride: usize, out: &mut [f32]) {
        let count = self.rows;
        if count == ROWS {
            self.of::<ROWS, REGISTERS>(|at| *left[at * stride..].first_chunk().expect("a whole tile"), out);
        } else {
            let some = |at: usize| std::array::from_fn(|row| if row < count { left[at * stride + row] } else { 0.0 });
            self.of::<ROWS, REGISTERS>(some, out);
        }
    }

    /// From a packed tile of A.
    #[inline(always)]
    fn packed<const ROWS: usize, const REGISTERS: usize>(self, left: &[[f32; ROWS]], out: &mut [f32]) {
        let left = &left[..self.panel.len()];
        self.of::<ROWS, REGISTERS>(|at| left[at], out);
    }

    #[inline(always)]
    fn of<const ROWS: usize, const REGISTERS: usize>(self, left: impl Fn(usize) -> [f32; ROWS], out: &mut [f32]) {
        if self.width <= S::F32_LANES {
            // Half of the registers would be multiplied for nothing.
            self.make::<ROWS, 1>(left, out);
        } else {
            self.make::<ROWS, REGISTERS>(left, out);
        }
    }

    #[inline(always)]
    fn make<const ROWS: usize, const REGISTERS: usize>(self, left: impl Fn(usize) -> [f32; ROWS], out: &mut [f32]) {
        let (simd, lanes) = (self.simd, S::F32_LANES);
        let mut sums = [[simd.splat_f32s(0.0); REGISTERS]; ROWS];
        // Where a tile is as wide as a panel there is nothing to skip, and the compiler is told so.
        let skip = if REGISTERS * lanes == PANEL {
            0
        } else {
            self.shift / lanes
        };
        for at in 0..self.panel.len() {
            let right = S::as_simd_f32s(&self.panel[at]).0;
            let right: [S::f32s; REGISTERS] = std::array::from_fn(|register| right[skip + register]);
            let left = left(at);
            for row in 0..ROWS {
                let left = simd.splat_f32s(left[row]);
                for register in 0..REGISTERS {
                    sums[row][register] = simd.mul_add_f32s(left, right[register], sums[row][register]);
                }
            }
        }
        let scale = simd.splat_f32s(self.scale);
        if self.rows == ROWS && self.width == REGISTERS * lanes {
            for (row, sums) in sums.iter().enumerate() {
                let out = S::as_mut_simd_f32s(&mut out[row * self.stride..][..REGISTERS * lanes]).0;
                for (out, sum) in out.iter_mut().zip(sums) {
                    *out = if self.onto {
                        simd.mul_add_f32s(scale, *sum, *out)
                    } else {
                        simd.mul_f32s(scale, *sum)
                    };
                }
            }
        } else {
            let mut whole = [[0.0; PANEL]; ROWS];
            for (whole, sums) in whole.iter_mut().zip(&sums) {
                S::as_mut_simd_f32s(whole).0[..REGISTERS].copy_from_slice(sums);
            }
            for (row, whole) in whole.iter().take(self.rows).enumerate() {
                let out = &mut out[row * self.stride..][..self.width];
                for (out, sum) in out.iter_mut().zip(whole) {
                    *out = if self.onto {
                        self.scale.mul_add(*sum, *out)
                    } else {
                        self.scale * *sum
                    };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::product::{Panels, packed_left};
    use super::*;

    #[test]
    fn every_vector_unit_gives_the_same_bits() {
        let numbers = |count: usize| -> Vec<f32> { (0..count).map(|i| (i as f32 * 0.7).sin()).collect() };
        let (rows, depth, columns) = (37, 301, 45);
        for flipped in [false, true] {
            let (left, right) = (numbers(rows * depth), numbers(depth * columns));
            let mut panels = Panels::new(depth, columns);
            panels.fill(Matrix::new(&right, columns), depth, columns);
            let made = |on: &dyn Fn(Kernel<'_>)| {
                let (mut out, mut scratch) = (numbers(rows * columns), vec![0.0; packed_left(rows)]);
                let stride = if flipped { rows } else { depth };
                on(Kernel(Product {
                    scale: 0.3,
                    left: Matrix {
                        flipped,
                        ..Matrix::new(&left, stride)
                    },
                    rows,
                    right: &panels,
                    depth: 0..depth,
                    columns,
                    onto: true,
                    out: &mut out,
                    stride: columns,
                    scratch: &mut scratch,
                }));
                out
            };
            let plain = made(&|kernel| Simd::vectorize(pulp::Scalar::new(), kernel));
            assert_eq!(plain, made(&|kernel| Arch::new().dispatch(kernel)));
            #[cfg(target_arch = "x86_64")]
            if let Some(narrower) = pulp::x86::V3::try_new() {
                assert_eq!(plain, made(&|kernel| Simd::vectorize(narrower, kernel)));
            }
        }
    }
}

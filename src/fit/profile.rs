//! Starts without start values, by variable projection.
//!
//! With the exponents given, L = E + Σ c_k x_k^-e_k is linear in E and the c_k: a small least-squares problem with
//! non-negative unknowns, solved exactly. That leaves a search over one or two exponents, which is well conditioned (about
//! 11 against 3.5e11 in all five numbers of the Chinchilla form; Czech et al. 2026, arXiv 2603.22339) and small
//! enough to look at every cell of a grid. For objectives in logs the squares are weighted by 1/L², since
//! (L̂ − L)²/L² ≈ (ln L̂ − ln L)².
//!
//! All cells share one Gram matrix: that of the powers x_k^-e for every e of the grid, the constant and L.
//! Squares are not what is minimised in the end, so several separate cells are handed on, not one.

use super::Space;
use super::model::{Model, Powers, Slot};
use nalgebra::{DMatrix, Matrix4, Vector4};

/// Range of exponents searched. The solver may leave it.
const LOWEST: f64 = 0.02;
const HIGHEST: f64 = 2.0;
/// Grid points an exponent, for one, two and more of them.
const CELLS: [usize; 3] = [40, 22, 9];
/// Linear unknowns a cell can have.
const LINEAR: usize = 4;

/// Coordinates of up to `count` starts, best first; at least one.
pub(super) fn starts(model: &Model, powers: &Powers, count: usize) -> Vec<Vec<f64>> {
    let grid = Grid::new(model, powers);
    let cells: Vec<Cell> = (0..grid.cells())
        .map(|index| grid.solve(model, powers, index))
        .collect();
    let mut order: Vec<usize> = (0..cells.len()).filter(|&i| cells[i].residue.is_finite()).collect();
    order.sort_by(|&i, &j| cells[i].residue.total_cmp(&cells[j].residue).then(i.cmp(&j)));

    let mut chosen: Vec<usize> = vec![];
    // Valleys first, then cells that are well apart, then whatever is left.
    let lowest_around = |i: usize| {
        let lower = |j: usize| cells[j].residue.total_cmp(&cells[i].residue).then(j.cmp(&i)).is_lt();
        !grid.neighbours(i).any(|j| cells[j].residue.is_finite() && lower(j))
    };
    for &i in &order {
        if chosen.len() < count.max(1) && lowest_around(i) {
            chosen.push(i);
        }
    }
    for apart in [4, 2, 1] {
        for &i in &order {
            if chosen.len() >= count.max(1) {
                break;
            }
            if chosen.iter().all(|&j| grid.distance(i, j) >= apart) {
                chosen.push(i);
            }
        }
    }
    chosen
        .into_iter()
        .map(|i| grid.coordinates(model, i, &cells[i]))
        .collect()
}

/// Coordinates with the exponents of `u` and the linear numbers that suit them.
pub(super) fn complete(model: &Model, powers: &Powers, u: &[f64]) -> Vec<f64> {
    let grid = Grid::at(model, powers, u);
    let cell = grid.solve(model, powers, 0);
    grid.coordinates(model, 0, &cell)
}

/// Exponent values of each dimension, and the Gram matrix of all columns they make.
struct Grid {
    /// Coordinates of the free exponents, one a dimension.
    exponents: Vec<usize>,
    /// Values of each dimension.
    values: Vec<Vec<f64>>,
    /// For each term, the first of its columns and, unless its exponent is held, its dimension.
    terms: Vec<(usize, Option<usize>)>,
    /// Inner products, weighted: constant, the terms' columns, L.
    gram: DMatrix<f64>,
}

/// The linear problem of one cell.
struct Cell {
    /// Values of the free linear coordinates, as (coordinate, value).
    linear: Vec<(usize, f64)>,
    /// Weighted sum of squares.
    residue: f64,
}

impl Grid {
    fn new(model: &Model, powers: &Powers) -> Self {
        let free = free_exponents(model, powers);
        let cells = CELLS[free.len().clamp(1, 3) - 1];
        let values: Vec<f64> = (0..cells)
            .map(|i| LOWEST * (HIGHEST / LOWEST).powf(i as f64 / (cells - 1) as f64))
            .collect();
        let values = vec![values; free.len()];
        Self::with(model, powers, free, values)
    }

    fn at(model: &Model, powers: &Powers, u: &[f64]) -> Self {
        let free = free_exponents(model, powers);
        let values = free.iter().map(|&k| vec![u[k]]).collect();
        Self::with(model, powers, free, values)
    }

    fn with(model: &Model, powers: &Powers, exponents: Vec<usize>, values: Vec<Vec<f64>>) -> Self {
        let weight: Vec<f64> = match model.objective.space {
            Space::Log => model
                .loss
                .iter()
                .zip(&model.weight)
                .map(|(l, w)| w.sqrt() / l)
                .collect(),
            Space::Level => model.weight.iter().map(|w| w.sqrt()).collect(),
        };
        let mut columns = vec![weight.clone()];
        let mut terms = vec![];
        for column in &powers.columns {
            let (dimension, candidates) = match model.slots[column.term.exponent] {
                Slot::Fixed(value) => (None, vec![value]),
                Slot::Free(k) => {
                    let dimension = exponents.iter().position(|&e| e == k).expect("k is a free exponent");
                    (Some(dimension), values[dimension].clone())
                }
            };
            terms.push((columns.len(), dimension));
            for exponent in candidates {
                let powers = column.ln_x.iter().zip(&weight).map(|(x, w)| w * (-exponent * x).exp());
                columns.push(powers.collect());
            }
        }
        columns.push(model.loss.iter().zip(&weight).map(|(l, w)| w * l).collect());
        let n = columns.len();
        let mut gram = DMatrix::zeros(n, n);
        for i in 0..n {
            for j in 0..=i {
                gram[(i, j)] = dot(&columns[i], &columns[j]);
                gram[(j, i)] = gram[(i, j)];
            }
        }
        Self {
            exponents,
            values,
            terms,
            gram,
        }
    }

    fn cells(&self) -> usize {
        self.values.iter().map(Vec::len).product()
    }

    /// Position of a cell in one dimension; the last dimension varies fastest.
    fn position(&self, cell: usize, dimension: usize) -> usize {
        let stride: usize = self.values[dimension + 1..].iter().map(Vec::len).product();
        cell / stride % self.values[dimension].len()
    }

    /// Cells one step away in any dimensions.
    fn neighbours(&self, cell: usize) -> impl Iterator<Item = usize> {
        (0..3_usize.pow(self.values.len() as u32)).filter_map(move |mut code| {
            let mut index = 0;
            for (dimension, values) in self.values.iter().enumerate() {
                let position = (self.position(cell, dimension) + code % 3).checked_sub(1)?;
                code /= 3;
                if position >= values.len() {
                    return None;
                }
                index = index * values.len() + position;
            }
            (index != cell).then_some(index)
        })
    }

    /// Largest number of grid steps between two cells in any dimension.
    fn distance(&self, a: usize, b: usize) -> usize {
        (0..self.values.len())
            .map(|d| self.position(a, d).abs_diff(self.position(b, d)))
            .max()
            .unwrap_or(0)
    }

    /// The best non-negative linear numbers of a cell. Held ones move to the other side.
    fn solve(&self, model: &Model, powers: &Powers, cell: usize) -> Cell {
        let mut unknown: Vec<(usize, usize)> = vec![]; // (coordinate, column)
        let mut known: Vec<(f64, usize)> = vec![(-1.0, self.gram.nrows() - 1)]; // (value, column)
        let mut place = |slot: Slot, column| match slot {
            Slot::Free(coordinate) => unknown.push((coordinate, column)),
            Slot::Fixed(value) => known.push((value, column)),
        };
        if let Some(floor) = powers.floor {
            place(model.slots[floor], 0);
        }
        for (column, (first, dimension)) in powers.columns.iter().zip(&self.terms) {
            let offset = dimension.map_or(0, |d| self.position(cell, d));
            place(model.slots[column.term.coefficient], first + offset);
        }
        debug_assert!(unknown.len() <= LINEAR, "the small matrices below hold {LINEAR}");
        let product = |column: usize| -> f64 { known.iter().map(|(v, k)| v * self.gram[(column, *k)]).sum() };
        let constant: f64 = known.iter().map(|(v, k)| v * product(*k)).sum();
        let towards: Vec<f64> = unknown.iter().map(|&(_, column)| -product(column)).collect();

        // The optimum is the best solution of a subset of unknowns that comes out non-negative; nearly always all of them.
        let mut best = Cell {
            linear: unknown.iter().map(|&(k, _)| (k, 0.0)).collect(),
            residue: constant,
        };
        let all = (1_usize << unknown.len()) - 1;
        for subset in (1..=all).rev() {
            // Unknowns outside the subset keep their row of the identity and come out zero.
            let mut matrix = Matrix4::identity();
            let mut right = Vector4::zeros();
            let used = || (0..unknown.len()).filter(|k| subset >> k & 1 == 1);
            for i in used() {
                right[i] = towards[i];
                for j in used() {
                    matrix[(i, j)] = self.gram[(unknown[i].1, unknown[j].1)];
                }
            }
            let Some(solved) = matrix.cholesky().map(|c| c.solve(&right)) else {
                continue;
            };
            if !solved.iter().all(|v| *v >= 0.0) {
                continue;
            }
            let residue = constant - solved.dot(&right);
            if residue < best.residue {
                best.residue = residue;
                for ((_, value), solved) in best.linear.iter_mut().zip(&solved) {
                    *value = *solved;
                }
            }
            if subset == all {
                break;
            }
        }
        best
    }

    fn coordinates(&self, model: &Model, index: usize, cell: &Cell) -> Vec<f64> {
        let mut u = vec![0.0; model.free()];
        for (dimension, &k) in self.exponents.iter().enumerate() {
            u[k] = self.values[dimension][self.position(index, dimension)];
        }
        for &(k, value) in &cell.linear {
            u[k] = value;
        }
        u
    }
}

/// Coordinates of the free exponents, each once.
fn free_exponents(model: &Model, powers: &Powers) -> Vec<usize> {
    let mut free = vec![];
    for column in &powers.columns {
        if let Slot::Free(k) = model.slots[column.term.exponent]
            && !free.contains(&k)
        {
            free.push(k);
        }
    }
    free
}

/// Four partial sums: the additions of a single one would wait for each other.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a4.remainder().iter().zip(b4.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a4.zip(b4) {
        for lane in 0..4 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

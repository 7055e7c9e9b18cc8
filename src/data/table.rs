//! The runs of one file as columns, and what may not get into them.

use super::{Column, Draft, Lines, Numbers, Point, Points, Role, Run};
use crate::units::{Flops, Loss, Params, Tokens};
use std::sync::Arc;

/// What a point has numbers of, in the order of [`Point`].
pub(super) const QUANTITIES: [Role; 8] = [
    Role::Params,
    Role::ParamsNonEmbedding,
    Role::Tokens,
    Role::UniqueTokens,
    Role::Flops,
    Role::Loss,
    Role::TrainLoss,
    Role::Step,
];

/// Where a quantity is kept; `None` for what is no quantity of a point.
pub(super) fn place(role: Role) -> Option<usize> {
    QUANTITIES.iter().position(|quantity| *quantity == role)
}

/// The runs of one file, immutable. Clones, and tables made from one another, share their columns.
#[derive(Debug, Clone, PartialEq)]
pub struct RunTable {
    /// Short name for lists and legends, such as the file's stem.
    pub name: String,
    /// Said on every figure of these runs, such as `synthetic`; empty for measured runs.
    pub label: String,
    /// What nothing can beat on the text of these runs, nats per token, where that is known.
    pub best_loss: Option<f64>,
    runs: Arc<Vec<Run>>,
    /// The run of each point.
    run_of: Arc<Vec<u32>>,
    lines: Arc<Lines>,
    /// In the order of [`QUANTITIES`]; `None` where no point has it.
    quantities: [Option<Numbers>; QUANTITIES.len()],
    /// The points that diverged, by index, in order: mostly none.
    diverged: Arc<Vec<usize>>,
    columns: Arc<Vec<Column>>,
    /// Which columns the points' values came from, as indices.
    roles: Vec<(Role, usize)>,
}

/// Why runs do not make a table.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TableError {
    /// A point names a run that is not there.
    #[error("line {line}: run {run} is outside the table")]
    Run {
        /// Source line.
        line: u64,
        /// The index.
        run: usize,
    },
    /// A value that no measurement can have.
    #[error("line {line}: {quantity} = {value}: expected {expected}")]
    Value {
        /// Source line.
        line: u64,
        /// Which quantity.
        quantity: &'static str,
        /// Its value.
        value: f64,
        /// What would do.
        expected: &'static str,
    },
    /// A column with too few or too many values.
    #[error("column `{name}` has {found} values for {expected} points")]
    Column {
        /// Its name.
        name: String,
        /// Values in it.
        found: usize,
        /// Points in the table.
        expected: usize,
    },
    /// A role that no number of a point has.
    #[error("`{}` is no quantity of a point", .role.name())]
    Quantity {
        /// The role.
        role: Role,
    },
}

impl RunTable {
    /// Builds a table.
    ///
    /// # Errors
    /// When a value is not finite, N, D or C is not positive, an index is out of range, or a column has another length.
    pub fn new(
        name: impl Into<String>,
        runs: Vec<Run>,
        points: Vec<Point>,
        columns: Vec<Column>,
    ) -> Result<Self, TableError> {
        let mut run_of = Vec::with_capacity(points.len());
        for point in &points {
            let line = point.line;
            match u32::try_from(point.run) {
                Ok(run) if point.run < runs.len() => run_of.push(run),
                _ => return Err(TableError::Run { line, run: point.run }),
            }
            for role in QUANTITIES {
                if let Some(value) = quantity_of(point, role) {
                    check(|| line, role, value)?;
                }
            }
        }
        let numbers = |role: Role| {
            let any = points.iter().any(|point| quantity_of(point, role).is_some());
            any.then(|| points.iter().map(|point| quantity_of(point, role)).collect())
        };
        let quantities = QUANTITIES.map(numbers);
        let diverged = (0..points.len()).filter(|&index| points[index].diverged).collect();
        let table = Self {
            name: name.into(),
            label: String::new(),
            best_loss: None,
            runs: Arc::new(runs),
            run_of: Arc::new(run_of),
            lines: Arc::new(points.into_iter().map(|point| point.line).collect()),
            quantities,
            diverged: Arc::new(diverged),
            columns: Arc::new(columns),
            roles: Vec::new(),
        };
        for column in table.columns() {
            table.check_length(&column.name, column.len())?;
        }
        Ok(table)
    }

    /// Builds a table of columns.
    ///
    /// # Errors
    /// As [`RunTable::new`].
    pub(crate) fn of_draft(
        name: impl Into<String>,
        runs: Vec<Run>,
        draft: Draft,
        columns: Vec<Column>,
    ) -> Result<Self, TableError> {
        let Draft {
            lines,
            run_of,
            quantities,
            diverged,
            ..
        } = draft;
        if let Some(point) = run_of.iter().position(|run| *run as usize >= runs.len()) {
            return Err(TableError::Run {
                line: lines.get(point),
                run: run_of[point] as usize,
            });
        }
        let mut table = Self {
            name: name.into(),
            label: String::new(),
            best_loss: None,
            runs: Arc::new(runs),
            run_of: Arc::new(run_of),
            lines: Arc::new(lines),
            quantities: Default::default(),
            diverged: Arc::new(diverged),
            columns: Arc::new(columns),
            roles: Vec::new(),
        };
        for column in table.columns() {
            table.check_length(&column.name, column.len())?;
        }
        for (role, numbers) in QUANTITIES.into_iter().zip(quantities) {
            if let Some(numbers) = numbers {
                table.replace(role, numbers)?;
            }
        }
        Ok(table)
    }

    /// Checks a quantity and puts it in the place of what was there.
    fn replace(&mut self, role: Role, numbers: Numbers) -> Result<(), TableError> {
        let place = place(role).ok_or(TableError::Quantity { role })?;
        self.check_length(role.name(), numbers.len())?;
        let least = if is_signed(role) { f64::NEG_INFINITY } else { 0.0 };
        let wrong = |value: f64| value <= least || value == f64::INFINITY;
        if let Some(point) = numbers.find(wrong) {
            check(|| self.lines.get(point), role, numbers.kept()[point])?;
        }
        self.quantities[place] = Some(numbers).filter(|numbers| !numbers.is_unknown());
        Ok(())
    }

    /// The same runs, lines and columns with other numbers for some quantities, such as another of the file's losses. What
    /// is not replaced is shared. With another loss, the points that diverged are those where its column is not finite, or
    /// where it has no loss and the training loss is not finite.
    ///
    /// # Errors
    /// When a role is no quantity of a point, the numbers are too few or too many, or N, D or C is not positive.
    pub fn with_quantities(&self, replaced: impl IntoIterator<Item = (Role, Numbers)>) -> Result<Self, TableError> {
        let mut table = self.clone();
        let mut other_loss = false;
        for (role, numbers) in replaced {
            other_loss |= role == Role::Loss;
            table.replace(role, numbers)?;
        }
        if other_loss {
            let [loss, training] = [Role::Loss, Role::TrainLoss].map(|role| table.quantity(role));
            let not_finite = |numbers: Option<&Numbers>, point| numbers.is_some_and(|n| n.is_not_finite(point));
            let diverged = |point: &usize| {
                let no_loss = loss.is_none_or(|loss| loss.get(*point).is_none());
                no_loss && (not_finite(loss, *point) || not_finite(training, *point))
            };
            table.diverged = Arc::new((0..self.point_count()).filter(diverged).collect());
        }
        Ok(table)
    }

    /// The same table with other losses, and with those points diverged that are said to be, by index, in order.
    ///
    /// # Errors
    /// When the losses are too few or too many.
    pub(super) fn with_loss(&self, loss: Numbers, diverged: Vec<usize>) -> Result<Self, TableError> {
        let mut table = self.with_quantities([(Role::Loss, loss)])?;
        table.diverged = Arc::new(diverged);
        Ok(table)
    }

    fn check_length(&self, name: &str, found: usize) -> Result<(), TableError> {
        let expected = self.point_count();
        if found == expected {
            return Ok(());
        }
        Err(TableError::Column {
            name: name.to_owned(),
            found,
            expected,
        })
    }

    /// The same table, knowing which of its columns (by index) have which role. Indices outside the table are dropped.
    #[must_use]
    pub fn with_roles(self, mut roles: Vec<(Role, usize)>) -> Self {
        roles.retain(|(_, column)| *column < self.columns.len());
        Self { roles, ..self }
    }

    /// The same points with other columns, of which some have roles.
    ///
    /// # Errors
    /// When a column has too few or too many values.
    pub(super) fn with_columns(&self, columns: Vec<Column>, roles: Vec<(Role, usize)>) -> Result<Self, TableError> {
        for column in &columns {
            self.check_length(&column.name, column.len())?;
        }
        let columns = Arc::new(columns);
        Ok(Self {
            columns,
            ..self.clone()
        }
        .with_roles(roles))
    }

    /// The file's column with a role, as the file wrote it: before units and 6ND.
    pub fn column_with_role(&self, role: Role) -> Option<&Column> {
        let (_, column) = self.roles.iter().find(|(known, _)| *known == role)?;
        self.columns.get(*column)
    }

    /// Index of the column of a name: the file's own, or that of a role (`lr` for `learning_rate`).
    pub(crate) fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name).or_else(|| {
            let (_, column) = self.roles.iter().find(|(role, _)| role.name() == name)?;
            Some(*column)
        })
    }

    /// What nothing can beat on the text of all these tables, where that is known and the same.
    pub fn best_loss_of<'a>(tables: impl IntoIterator<Item = &'a Self>) -> Option<f64> {
        let mut known = tables.into_iter().map(|table| table.best_loss);
        let first = known.next()??;
        known.all(|other| other == Some(first)).then_some(first)
    }

    /// The same table of runs on a text whose best possible loss is known.
    #[must_use]
    pub fn with_best_loss(self, loss: f64) -> Self {
        Self {
            best_loss: Some(loss),
            ..self
        }
    }

    /// The same table with a label that every figure of it will carry.
    #[must_use]
    pub fn with_label(self, label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            ..self
        }
    }

    /// The runs, in the order of their first row.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The points, in the order of the file.
    pub fn points(&self) -> Points<'_> {
        Points::of(self)
    }

    pub(super) fn point_count(&self) -> usize {
        self.run_of.len()
    }

    /// The run of a point, as an index into [`RunTable::runs`].
    pub fn run_of(&self, point: usize) -> usize {
        self.run_of[point] as usize
    }

    /// The points whose loss the file gave as NaN or infinity, by index, in order.
    pub fn diverged(&self) -> &[usize] {
        &self.diverged
    }

    /// Puts a point together.
    pub(super) fn point(&self, index: usize) -> Point {
        let run = self.run_of(index);
        point_of(&self.quantities, index, |point| Point {
            run,
            line: self.lines.get(index),
            diverged: self.diverged.binary_search(&index).is_ok(),
            ..point
        })
    }

    /// A quantity of all points, by its role; `None` where no point has it, and for roles that are no quantity.
    pub fn quantity(&self, role: Role) -> Option<&Numbers> {
        self.quantities[place(role)?].as_ref()
    }

    /// The file's columns by their own names.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Name of the run that a point belongs to.
    pub fn run_name(&self, point: usize) -> &str {
        &self.runs[self.run_of(point)].name
    }

    /// A numeric value of a point by role name (`flops`, `lr`), symbol (`N D C L`) or the file's own column name.
    pub fn number(&self, point: usize, name: &str) -> Option<f64> {
        let quantity = |role: Role| self.quantity(role)?.get(point);
        match name {
            "N" | "params" => quantity(Role::Params).or_else(|| quantity(Role::ParamsNonEmbedding)),
            "D" | "tokens" => quantity(Role::Tokens),
            "C" | "flops" => quantity(Role::Flops),
            "L" | "loss" => quantity(Role::Loss),
            "params_non_embedding" => quantity(Role::ParamsNonEmbedding),
            "unique_tokens" => quantity(Role::UniqueTokens),
            "train_loss" => quantity(Role::TrainLoss),
            "step" => quantity(Role::Step),
            _ => self.columns[self.column_index(name)?].number(point),
        }
    }
}

/// A point's quantities, completed by `rest`.
pub(super) fn point_of(
    quantities: &[Option<Numbers>; QUANTITIES.len()],
    index: usize,
    rest: impl FnOnce(Point) -> Point,
) -> Point {
    let [params, non_embedding, tokens, unique, flops, loss, training, step] = quantities;
    let value = |numbers: &Option<Numbers>| numbers.as_ref()?.get(index);
    rest(Point {
        params: value(params).map(Params),
        params_non_embedding: value(non_embedding).map(Params),
        tokens: value(tokens).map(Tokens),
        unique_tokens: value(unique).map(Tokens),
        flops: value(flops).map(Flops),
        loss: value(loss).map(Loss),
        train_loss: value(training).map(Loss),
        step: value(step),
        ..Point::default()
    })
}

fn quantity_of(point: &Point, role: Role) -> Option<f64> {
    match role {
        Role::Params => point.params.map(|v| v.0),
        Role::ParamsNonEmbedding => point.params_non_embedding.map(|v| v.0),
        Role::Tokens => point.tokens.map(|v| v.0),
        Role::UniqueTokens => point.unique_tokens.map(|v| v.0),
        Role::Flops => point.flops.map(|v| v.0),
        Role::Loss => point.loss.map(|v| v.0),
        Role::TrainLoss => point.train_loss.map(|v| v.0),
        Role::Step => point.step,
        _ => None,
    }
}

/// Whether a quantity may be zero or less.
fn is_signed(role: Role) -> bool {
    matches!(role, Role::Loss | Role::TrainLoss | Role::Step)
}

/// No measurement is infinite, and sizes, tokens and compute are positive.
fn check(line: impl Fn() -> u64, role: Role, value: f64) -> Result<(), TableError> {
    let any = is_signed(role);
    if value.is_finite() && (any || value > 0.0) {
        return Ok(());
    }
    Err(TableError::Value {
        line: line(),
        quantity: role.name(),
        value,
        expected: if any {
            "a finite number"
        } else {
            "a positive finite number"
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table_of(point: Point) -> Result<RunTable, TableError> {
        RunTable::new(
            "t",
            vec![Run {
                name: "a".into(),
                ..Run::default()
            }],
            vec![point],
            vec![],
        )
    }

    #[test]
    fn nothing_that_is_not_a_number_gets_in() {
        assert!(
            table_of(Point {
                loss: Some(Loss(f64::NAN)),
                ..Point::default()
            })
            .is_err()
        );
        assert!(
            table_of(Point {
                params: Some(Params(0.0)),
                ..Point::default()
            })
            .is_err()
        );
        assert!(
            table_of(Point {
                flops: Some(Flops(f64::INFINITY)),
                ..Point::default()
            })
            .is_err()
        );
        assert!(
            table_of(Point {
                run: 1,
                ..Point::default()
            })
            .is_err()
        );
        assert!(
            table_of(Point {
                loss: Some(Loss(-0.01)),
                ..Point::default()
            })
            .is_ok()
        );
    }

    #[test]
    fn short_columns_are_refused() {
        let column = Column::of_numbers("lr", std::iter::empty().collect());
        let error = RunTable::new(
            "t",
            vec![Run {
                name: "a".into(),
                ..Run::default()
            }],
            vec![Point::default()],
            vec![column],
        )
        .unwrap_err();
        assert_eq!(error.to_string(), "column `lr` has 0 values for 1 points");
    }
    fn two_losses() -> RunTable {
        let run = Run {
            name: "a".into(),
            ..Run::default()
        };
        let point = |line, loss: Option<f64>| Point {
            line,
            params: Some(Params(1e9)),
            loss: loss.map(Loss),
            diverged: loss.is_none(),
            ..Point::default()
        };
        let other = [Some(f64::INFINITY), None, Some(2.5)].into_iter().collect();
        RunTable::new(
            "t",
            vec![run],
            vec![point(2, Some(3.0)), point(3, None), point(7, Some(2.0))],
            vec![Column::of_numbers("other", other)],
        )
        .unwrap()
    }

    #[test]
    fn another_loss_takes_the_place_of_the_first() {
        let table = two_losses();
        let other = table.columns()[0].numbers().unwrap().clone();
        let replaced = table.with_quantities([(Role::Loss, other)]).unwrap();
        let points: Vec<Point> = replaced.points().iter().collect();
        assert_eq!(
            points.iter().map(|p| p.diverged).collect::<Vec<_>>(),
            [true, false, false]
        );
        assert_eq!(
            points.iter().map(|p| p.loss).collect::<Vec<_>>(),
            [None, None, Some(Loss(2.5))]
        );
        assert_eq!((points[2].line, points[2].params), (7, Some(Params(1e9))));
        assert_eq!(table.points().get(0).loss, Some(Loss(3.0)));
        assert!(Arc::ptr_eq(&table.run_of, &replaced.run_of));
        let none = table
            .with_quantities([(Role::Params, [None; 3].into_iter().collect())])
            .unwrap();
        assert_eq!(none.quantity(Role::Params), None);
        assert!(none.points().get(1).diverged);
    }

    #[test]
    fn replacements_are_checked_like_the_first() {
        let table = two_losses();
        let error = |role, values: &[f64]| {
            let numbers = values.iter().copied().map(Some).collect();
            table.with_quantities([(role, numbers)]).unwrap_err().to_string()
        };
        assert_eq!(error(Role::Loss, &[1.0]), "column `loss` has 1 values for 3 points");
        assert_eq!(
            error(Role::Flops, &[1.0, 1.0, -1.0]),
            "line 7: flops = -1: expected a positive finite number"
        );
        assert_eq!(error(Role::Lr, &[1.0; 3]), "`lr` is no quantity of a point");
    }
}

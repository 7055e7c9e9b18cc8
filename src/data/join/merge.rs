//! A table with what others give to it.

use super::relation::{Match, is_finished};
use super::{Joined, Part};
use crate::data::progress::Curves;
use crate::data::{Column, Numbers, Point, Role, Run, RunTable};
use crate::units::{Flops, Params, Tokens};
use std::collections::HashMap;
use std::sync::Arc;

/// Quantities that another table can give, and whether those of a finished run hold for all of its points.
const GIVEN: [(Role, bool); 6] = [
    (Role::Params, true),
    (Role::ParamsNonEmbedding, true),
    (Role::UniqueTokens, true),
    (Role::Tokens, false),
    (Role::Flops, false),
    (Role::TrainLoss, false),
];

/// A table that gives, laid beside the one that takes.
struct Server<'a> {
    member: usize,
    table: &'a RunTable,
    /// For each of its runs, the run of the joined table.
    runs: Vec<Option<usize>>,
    /// For each point of the joined table, its own of the same run and step, or the row of a finished run.
    points: Vec<Option<usize>>,
    /// It has one row a run.
    finished: bool,
    /// Its own points that are added.
    added: Vec<usize>,
}

/// Joins `by` to the table at `index`; `adds` says of which tables the unmatched rows are added here.
pub(super) fn merge(
    tables: &[Arc<RunTable>],
    index: usize,
    by: &[(usize, Match)],
    adds: impl Fn(usize) -> bool,
) -> Joined {
    let base = &*tables[index];
    let mut runs: Vec<Run> = base.runs().to_vec();
    let mut notes = vec![];
    let mut servers: Vec<Server<'_>> = by
        .iter()
        .map(|(member, found)| Server::of(*member, &tables[*member], base, found, adds(*member), &mut runs))
        .collect();
    for server in &servers {
        notes.push(server.note(base));
    }
    let mut parts = vec![Part {
        member: index,
        end: base.points().len(),
    }];
    let mut len = base.points().len();
    for server in servers.iter().filter(|server| !server.added.is_empty()) {
        len += server.added.len();
        parts.push(Part {
            member: server.member,
            end: len,
        });
    }
    let columns = joined_columns(base, &servers, len);
    let roles = joined_roles(base, &servers, &columns);
    let rows = if len == base.points().len() {
        base.clone()
    } else {
        let added = servers.iter().flat_map(Server::added_points);
        let points = base.points().iter().chain(added).collect();
        RunTable::new(base.name.clone(), runs, points, vec![]).expect("rows of tables make a table")
    };
    let table = rows.with_columns(columns, roles).expect("columns as long as the table");
    for server in &mut servers {
        server.points.resize(len, None);
    }
    let table = fill(&table, index, base, &servers, tables, &mut notes);
    let labels = servers.iter().map(|server| &server.table.label);
    let label = std::iter::once(&base.label)
        .chain(labels)
        .find(|label| !label.is_empty());
    let label = label.cloned().unwrap_or_default();
    Joined {
        table: Arc::new(table.with_label(label)),
        parts,
        members: std::iter::once(index)
            .chain(by.iter().map(|(member, _)| *member))
            .collect(),
        notes,
    }
}

impl<'a> Server<'a> {
    fn of(member: usize, table: &'a RunTable, base: &RunTable, found: &Match, adds: bool, runs: &mut Vec<Run>) -> Self {
        let one = *found == Match::One;
        let mut own_runs = match found {
            Match::Runs(found) => found.clone(),
            Match::One => vec![Some(0); table.runs().len()],
        };
        let finished = !one && is_finished(table);
        let key = [Role::Step, Role::Tokens]
            .into_iter()
            .find(|role| base.quantity(*role).is_some() && table.quantity(*role).is_some());
        // A finished run answers for every point of its run; any other point only for its own place.
        let place = |of: &RunTable, point: usize| match key {
            _ if finished => Some(0),
            Some(role) => Some(of.quantity(role)?.get(point)?.to_bits()),
            None => None,
        };
        let mut places: HashMap<(usize, u64), usize> = HashMap::new();
        for own in 0..table.points().len() {
            if let (Some(run), Some(place)) = (own_runs[table.run_of(own)], place(table, own)) {
                places.insert((run, place), own);
            }
        }
        let mut matched = vec![false; table.points().len()];
        let points = (0..base.points().len())
            .map(|point| {
                let run = if one { 0 } else { base.run_of(point) };
                let own = *places.get(&(run, place(base, point)?))?;
                matched[own] = true;
                Some(own)
            })
            .collect();
        // Rows without names have no run to add to.
        let adds = adds && !(one && base.runs().len() > 1);
        let mut added = vec![];
        for (own, point) in table.points().iter().enumerate() {
            let used = matched[own] || finished && own_runs[point.run].is_some();
            // A divergence without a place in the curve would be taken for its end.
            let measured = point.loss.is_some() || point.train_loss.is_some() || point.diverged && key.is_some();
            if adds && !used && measured {
                own_runs[point.run].get_or_insert_with(|| {
                    runs.push(table.runs()[point.run].clone());
                    runs.len() - 1
                });
                added.push(own);
            }
        }
        Self {
            member,
            table,
            runs: own_runs,
            points,
            finished,
            added,
        }
    }

    /// Its points that are added, under the runs of the joined table.
    fn added_points(&self) -> impl Iterator<Item = Point> + '_ {
        self.added.iter().map(|&own| Point {
            run: self.runs[self.table.run_of(own)].expect("runs that are added have a place"),
            ..self.table.points().get(own)
        })
    }

    /// What was joined by what, and how much of it was found.
    fn note(&self, base: &RunTable) -> String {
        let (own, other) = (&self.table.name, &base.name);
        let found = self.points.iter().flatten().count();
        let mut note = if self.finished {
            let matched = self
                .runs
                .iter()
                .flatten()
                .filter(|run| **run < base.runs().len())
                .count();
            let all = self.table.runs().len();
            format!("`{own}` joined to `{other}` by run: {matched} of {all} runs found")
        } else {
            let all = base.points().len();
            format!("`{own}` joined to `{other}` by run and step: {found} of {all} points found")
        };
        if !self.added.is_empty() {
            note.push_str(&format!(", {} points of its own added", self.added.len()));
        }
        note
    }
}

/// Gives every point what it lacks.
fn fill(
    table: &RunTable,
    index: usize,
    base: &RunTable,
    servers: &[Server<'_>],
    tables: &[Arc<RunTable>],
    notes: &mut Vec<String>,
) -> RunTable {
    let mut last = vec![false; base.points().len()];
    let curves = Curves::of(base, (0..base.points().len()).collect());
    for run in 0..base.runs().len() {
        if let Some(&point) = curves.run(run).last() {
            last[point] = true;
        }
    }
    let is_given = |member: usize, role: Role| tables[member].column_with_role(role).is_some();
    let (mut sizes, mut replaced) = (false, vec![]);
    for (role, holds_for_all) in GIVEN {
        if servers.iter().all(|server| server.table.quantity(role).is_none()) {
            continue;
        }
        // The later a table is in this list, the more it counts.
        let mut order: Vec<Option<&Server<'_>>> = servers.iter().map(Some).chain([None]).collect();
        let member = |server: &Option<&Server<'_>>| server.map_or(index, |server| server.member);
        order.sort_by_key(|server| (is_given(member(server), role), std::cmp::Reverse(member(server))));
        let mut values: Vec<Option<(f64, bool)>> = vec![None; table.points().len()];
        let (mut conflicts, mut winner) = (0, "");
        for server in order {
            let (source, name) = match server {
                None => (table.quantity(role), &base.name),
                Some(server) => (server.table.quantity(role), &server.table.name),
            };
            let Some(source) = source else { continue };
            let given = is_given(member(&server), role);
            for (point, known) in values.iter_mut().enumerate() {
                let value = match server {
                    None => source.get(point),
                    Some(server) => {
                        let at_end = role != Role::TrainLoss && last.get(point) == Some(&true);
                        let own = server.points[point].filter(|_| !server.finished || holds_for_all || at_end);
                        own.and_then(|own| source.get(own))
                    }
                };
                let Some(value) = value else { continue };
                if known.is_some_and(|(known, same)| same == given && (known - value).abs() > 1e-6 * value.abs()) {
                    conflicts += 1;
                    winner = name;
                }
                *known = Some((value, given));
            }
        }
        if conflicts > 0 {
            notes.push(format!(
                "{} of {conflicts} points differs between the files: that of `{winner}` is used",
                role.name()
            ));
        }
        sizes |= role != Role::TrainLoss;
        replaced.push((
            role,
            values
                .into_iter()
                .map(|value| value.map(|(value, _)| value))
                .collect::<Numbers>(),
        ));
    }
    let table = table.with_quantities(replaced).expect("checked numbers");
    let members = std::iter::once(index).chain(servers.iter().map(|server| server.member));
    let computed = !members.into_iter().any(|member| is_given(member, Role::Flops));
    if sizes {
        third_of_three(&table, computed, notes)
    } else {
        table
    }
}

/// What is missing of N, D and C, where two are known. A C that was `computed` before is computed anew.
fn third_of_three(table: &RunTable, computed: bool, notes: &mut Vec<String>) -> RunTable {
    let (mut params, mut tokens, mut flops) = (vec![], vec![], vec![]);
    let mut changed = [0; 3];
    for point in table.points() {
        let (mut n, mut d, mut c) = (point.params, point.tokens, point.flops);
        let positive = |value: f64| (value.is_finite() && value > 0.0).then_some(value);
        match (point.model_size(), d, c.filter(|_| !computed)) {
            (Some(size), Some(seen), None) => c = positive(6.0 * size.0 * seen.0).map(Flops),
            (Some(size), None, Some(spent)) => d = positive(spent.0 / (6.0 * size.0)).map(Tokens),
            (None, Some(seen), Some(spent)) => n = positive(spent.0 / (6.0 * seen.0)).map(Params),
            _ => {}
        }
        changed[0] += usize::from(n != point.params);
        changed[1] += usize::from(d != point.tokens);
        changed[2] += usize::from(c != point.flops);
        params.push(n.map(|v| v.0));
        tokens.push(d.map(|v| v.0));
        flops.push(c.map(|v| v.0));
    }
    let columns = [(Role::Params, params), (Role::Tokens, tokens), (Role::Flops, flops)];
    let mut replaced = vec![];
    for ((role, values), count) in columns.into_iter().zip(changed) {
        if count > 0 {
            notes.push(format!(
                "{} of {count} points computed by flops = 6 params tokens after joining",
                role.name()
            ));
            replaced.push((role, values.into_iter().collect::<Numbers>()));
        }
    }
    table.with_quantities(replaced).expect("positive numbers")
}

/// The columns of the table, and those of the others under names that are still free.
fn joined_columns(base: &RunTable, servers: &[Server<'_>], len: usize) -> Vec<Column> {
    let mut columns: Vec<Column> = vec![];
    let tables = std::iter::once(base).chain(servers.iter().map(|server| server.table));
    for (place, table) in tables.enumerate() {
        for column in table.columns() {
            if columns.iter().any(|known| known.name == column.name) {
                continue;
            }
            if place == 0 && len == column.len() {
                columns.push(column.clone());
                continue;
            }
            // Where each point's value stands: in this table, or in one whose rows were added.
            let sources = sources(base, servers, place, column, len);
            columns.push(if column.is_numeric() {
                let number = |(column, at): &(Option<&Column>, usize)| column.and_then(|column| column.number(*at));
                Column::of_numbers(&column.name, sources.iter().map(number).collect())
            } else {
                let text =
                    |(column, at): &(Option<&Column>, usize)| column.map_or("", |column| column.text(*at)).to_owned();
                Column::of_texts(&column.name, sources.iter().map(text))
            });
        }
    }
    columns
}

/// For each point of the joined table, the column of that name that has its value, and where in it.
fn sources<'a>(
    base: &'a RunTable,
    servers: &[Server<'a>],
    place: usize,
    column: &'a Column,
    len: usize,
) -> Vec<(Option<&'a Column>, usize)> {
    let mut sources = Vec::with_capacity(len);
    for point in 0..base.points().len() {
        sources.push(match place.checked_sub(1) {
            None => (Some(column), point),
            Some(server) => match servers[server].points[point] {
                Some(own) => (Some(column), own),
                None => (None, 0),
            },
        });
    }
    for server in servers {
        let own = server.table.columns().iter().find(|own| own.name == column.name);
        sources.extend(server.added.iter().map(|&at| (own, at)));
    }
    sources
}

/// Which joined columns have which roles; the table's own go before the others'.
fn joined_roles(base: &RunTable, servers: &[Server<'_>], columns: &[Column]) -> Vec<(Role, usize)> {
    let mut roles: Vec<(Role, usize)> = vec![];
    for table in std::iter::once(base).chain(servers.iter().map(|server| server.table)) {
        for role in Role::ALL {
            let name = table.column_with_role(role).map(|column| &column.name);
            let column = name.and_then(|name| columns.iter().position(|column| column.name == *name));
            if let Some(column) = column.filter(|_| roles.iter().all(|(known, _)| *known != role)) {
                roles.push((role, column));
            }
        }
    }
    roles
}

#[cfg(test)]
mod tests {
    use super::super::join;
    use super::*;
    use crate::units::Loss;

    /// Rows of run, step, N, D, held-out and training loss.
    type Row = (
        &'static str,
        Option<f64>,
        Option<f64>,
        Option<f64>,
        Option<f64>,
        Option<f64>,
    );

    fn table(name: &str, rows: &[Row], columns: Vec<Column>) -> Arc<RunTable> {
        let mut runs: Vec<Run> = vec![];
        let mut points = vec![];
        for (index, &(run, step, params, tokens, loss, training)) in rows.iter().enumerate() {
            let place = runs.iter().position(|known| known.name == run).unwrap_or(runs.len());
            if place == runs.len() {
                runs.push(Run {
                    name: run.to_owned(),
                    ..Run::default()
                });
            }
            points.push(Point {
                run: place,
                line: index as u64 + 2,
                step,
                params: params.map(Params),
                tokens: tokens.map(Tokens),
                loss: loss.map(Loss),
                train_loss: training.map(Loss),
                ..Point::default()
            });
        }
        Arc::new(RunTable::new(name, runs, points, columns).unwrap())
    }

    fn curves() -> Arc<RunTable> {
        let row = |run, step, loss| (run, Some(step), None, None, Some(loss), None);
        let rows = [
            row("m-1", 1.0, 5.0),
            row("m-1", 2.0, 4.0),
            row("m-2", 1.0, 4.5),
            row("m-2", 2.0, 3.5),
        ];
        table("curves", &rows, vec![])
    }

    #[test]
    fn a_table_of_runs_gives_sizes_and_settings_to_curves() {
        let row = |run, params, tokens| (run, None, Some(params), Some(tokens), Some(3.9), None);
        let rows = [row("M_1", 1e6, 2e8), row("M_2", 2e6, 4e8), row("M_3", 3e6, 6e8)];
        let lr = Column::of_numbers("lr", [Some(0.1), Some(0.2), Some(0.3)].into_iter().collect());
        let joined = join(&[table("runs", &rows, vec![lr]), curves()]);
        assert_eq!(joined.len(), 1);
        let Joined {
            table,
            parts,
            members,
            notes,
        } = &joined[0];
        assert_eq!((table.name.as_str(), &members[..]), ("curves", &[1, 0][..]));
        assert_eq!(parts[..], [Part { member: 1, end: 4 }, Part { member: 0, end: 5 }]);
        let of = |name| (0..5).map(|point| table.number(point, name)).collect::<Vec<_>>();
        assert_eq!(of("N"), [Some(1e6), Some(1e6), Some(2e6), Some(2e6), Some(3e6)]);
        // D of a finished run is that of its last point.
        assert_eq!(of("D"), [None, Some(2e8), None, Some(4e8), Some(6e8)]);
        assert_eq!(of("C")[1], Some(6.0 * 1e6 * 2e8));
        assert_eq!(of("L"), [Some(5.0), Some(4.0), Some(4.5), Some(3.5), Some(3.9)]);
        assert_eq!(of("lr"), [Some(0.1), Some(0.1), Some(0.2), Some(0.2), Some(0.3)]);
        assert_eq!((table.run_name(4), table.points().get(4).line), ("M_3", 4));
        assert_eq!(
            notes[0],
            "`runs` joined to `curves` by run: 2 of 3 runs found, 1 points of its own added"
        );
    }

    #[test]
    fn metrics_of_one_file_each_meet_at_run_and_step() {
        let row = |run, step, tokens| (run, Some(step), None, Some(tokens), None, None);
        let tokens = table(
            "tokens",
            &[row("m-2", 2.0, 9e8), row("m-1", 2.0, 7e8), row("m-1", 3.0, 8e8)],
            vec![],
        );
        let joined = join(&[curves(), tokens]);
        assert_eq!(joined.len(), 1);
        let table = &joined[0].table;
        let d: Vec<_> = (0..4).map(|point| table.number(point, "D")).collect();
        assert_eq!(d, [None, Some(7e8), None, Some(9e8)]);
        assert_eq!(
            joined[0].notes,
            ["`tokens` joined to `curves` by run and step: 2 of 4 points found"]
        );
    }

    #[test]
    fn one_run_needs_no_name_in_common() {
        let loss = |step, loss| ("loss", Some(step), None, None, Some(loss), None);
        let tokens = |step, tokens| ("tokens", Some(step), None, Some(tokens), None, None);
        let training = |step, loss| ("train", Some(step), None, None, None, Some(loss));
        let joined = join(&[
            table("tokens", &[tokens(1.0, 1e8), tokens(2.0, 2e8)], vec![]),
            table(
                "train",
                &[training(1.0, 5.0), training(2.0, 4.0), training(3.0, 3.0)],
                vec![],
            ),
            table("loss", &[loss(1.0, 5.1), loss(2.0, 4.1)], vec![]),
        ]);
        assert_eq!((joined.len(), &joined[0].members[..]), (1, &[2, 0, 1][..]));
        let table = &joined[0].table;
        assert_eq!(table.points().get(1).tokens, Some(Tokens(2e8)));
        assert_eq!(table.points().get(1).train_loss, Some(Loss(4.0)));
        assert_eq!((table.points().len(), table.run_name(2)), (3, "loss"));
    }

    #[test]
    fn two_experiments_stay_apart() {
        let finished = |run, loss| (run, None, Some(1e6), Some(2e8), Some(loss), None);
        let one = table("c4", &[finished("a", 3.0), finished("b", 3.1)], vec![]);
        let two = table("pile", &[finished("a", 2.0), finished("b", 2.1)], vec![]);
        let apart = join(&[one, two, curves(), curves()]);
        assert_eq!(apart.len(), 4);
        assert!(
            apart
                .iter()
                .enumerate()
                .all(|(index, one)| one.members == [index] && one.notes.is_empty())
        );
    }

    #[test]
    fn where_files_disagree_the_first_counts() {
        let row = |run, params| (run, None, Some(params), None, None, None);
        let runs = || table("runs", &[row("m-1", 1e6), row("m-2", 2e6)], vec![]);
        let sized = |run, loss| (run, Some(1.0), Some(1.1e6), None, Some(loss), None);
        let curves = || table("curves", &[sized("m-1", 3.0), sized("m-2", 2.0)], vec![]);
        let params = |joined: &[Joined]| joined[0].table.points().get(0).params;
        let joined = join(&[runs(), curves()]);
        assert_eq!(params(&joined), Some(Params(1e6)));
        assert_eq!(
            joined[0].notes[1],
            "params of 2 points differs between the files: that of `runs` is used"
        );
        assert_eq!(params(&join(&[curves(), runs()])), Some(Params(1.1e6)));
    }
}

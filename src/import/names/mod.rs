//! N, D, C and settings that stand only in the names of runs and files: `190M-5xC.csv`, `model-12m`, `d512_l8`.
//!
//! Names speak only where no column does: a quantity with a column of its own is never read from a name. What a name tells
//! of a whole training belongs to its end; on the way there, D and C grow in proportion to the step. A width and a number
//! of layers give N = 12 · layers · width², without embeddings (Kaplan et al. 2020, section 2.1). A multiple counts 20
//! tokens per parameter as one (Hoffmann et al. 2022).

mod pattern;

use super::{ImportError, NameReading};
use crate::data::{Column, Draft, Lines, Point, Role, Run};
use crate::units::{Flops, Params, Tokens};
use pattern::{Field, Pattern};

/// Tokens per parameter that count as a multiple of one.
const CHINCHILLA_RATIO: f64 = 20.0;

/// Patterns that are tried, the particular before the general; what one has matched is not matched again.
pub(super) const USUAL: [&str; 27] = [
    "N={N}",
    "D={D}",
    "C={C}",
    "U={U}",
    "params-{N}",
    "tokens-{D}",
    "flops-{C}",
    "{N}-{multiple}xC",
    "{multiple}xC",
    "{D}-tokens",
    "{D}-tok",
    "{N}-params",
    "model-{N}",
    "d{width}-l{layers}",
    "l{layers}-d{width}",
    "w{width}-l{layers}",
    "{layers}l-{width}d",
    "lr-{lr}",
    "bs-{batch}",
    "bsz-{batch}",
    "batch-{batch}",
    "ctx-{seq_len}",
    "seq-{seq_len}",
    "epochs-{epochs}",
    "seed-{seed}",
    "{C}",
    "{N}",
];

/// What one name tells.
#[derive(Debug, Clone, PartialEq, Default)]
struct Facts {
    /// Each field once, with the pattern that found it.
    values: Vec<(Field, f64, usize)>,
}

impl Facts {
    fn of(patterns: &[Pattern], name: &str) -> Self {
        let mut facts = Self::default();
        let mut taken: Vec<std::ops::Range<usize>> = Vec::new();
        for (index, pattern) in patterns.iter().enumerate() {
            let mut found = pattern.find(name);
            found.retain(|found| {
                taken
                    .iter()
                    .all(|t| found.range.end <= t.start || t.end <= found.range.start)
            });
            // `1.3B-100B`: which of the two is the model only the user knows.
            let doubtful = found.len() > 1 && found.windows(2).any(|two| two[0].values != two[1].values);
            taken.extend(found.iter().map(|found| found.range.clone()));
            if let (false, Some(first)) = (doubtful, found.first()) {
                for &(field, value) in &first.values {
                    if facts.get(field).is_none() {
                        facts.values.push((field, value, index));
                    }
                }
            }
        }
        facts
    }

    fn get(&self, field: Field) -> Option<f64> {
        self.values
            .iter()
            .find(|(known, ..)| *known == field)
            .map(|(_, value, _)| *value)
    }
}

/// The patterns in use.
pub(super) fn patterns(chosen: Option<&[String]>) -> Result<Vec<Pattern>, ImportError> {
    let parse = |text: &str| Pattern::parse(text).map_err(|message| ImportError::Options { message });
    match chosen {
        Some(texts) => texts.iter().map(|text| parse(text)).collect(),
        None => USUAL.iter().map(|text| parse(text)).collect(),
    }
}

/// The patterns that are tried where the user has chosen none.
pub fn usual_patterns() -> Vec<String> {
    USUAL.iter().map(|text| (*text).to_owned()).collect()
}

/// What patterns would read in the names of runs and of their file.
///
/// # Errors
/// When one of them is no pattern.
pub fn try_patterns<'a>(
    patterns: &[String],
    file: &str,
    names: impl Iterator<Item = &'a str>,
) -> Result<Vec<NameReading>, ImportError> {
    let run = |name: &str| Run {
        name: name.to_owned(),
        ..Run::default()
    };
    let runs: Vec<Run> = names.map(run).collect();
    let mut points = Draft::new(runs.len(), Lines::default(), [], Vec::new());
    points.set_runs((0..).take(runs.len()).collect());
    let naming = Naming {
        patterns: &self::patterns(Some(patterns))?,
        file,
        runs: &runs,
        has_column: &|_| false,
    };
    Ok(naming.apply(&mut points, &mut Vec::new(), &mut Vec::new()))
}

/// What names are read for, and into.
pub(super) struct Naming<'a> {
    pub(super) patterns: &'a [Pattern],
    /// The file as the user named it.
    pub(super) file: &'a str,
    pub(super) runs: &'a [Run],
    pub(super) has_column: &'a dyn Fn(Role) -> bool,
}

impl Naming<'_> {
    /// Fills in what the names tell, adds their settings as columns, and reports both.
    pub(super) fn apply(
        &self,
        points: &mut Draft,
        columns: &mut Vec<Column>,
        notes: &mut Vec<String>,
    ) -> Vec<NameReading> {
        let of_file = Facts::of(self.patterns, super::grid::stem(self.file));
        let facts: Vec<Facts> = self
            .runs
            .iter()
            .map(|run| {
                let mut facts = Facts::of(self.patterns, &run.name);
                for &(field, value, pattern) in &of_file.values {
                    if facts.get(field).is_none() {
                        facts.values.push((field, value, pattern));
                    }
                }
                facts
            })
            .collect();
        if facts.iter().all(|facts| facts.values.is_empty()) {
            return Vec::new();
        }
        let progress = progress(points, self.runs.len());
        let mut used = Used::default();
        for (index, progress) in progress.into_iter().enumerate() {
            let mut point = points.get(index);
            let facts = &facts[point.run];
            self.fill(&mut point, facts, progress, &mut used);
            points.set(index, Role::Params, point.params.map(|v| v.0));
            points.set(index, Role::ParamsNonEmbedding, point.params_non_embedding.map(|v| v.0));
            points.set(index, Role::UniqueTokens, point.unique_tokens.map(|v| v.0));
            points.set(index, Role::Tokens, point.tokens.map(|v| v.0));
            points.set(index, Role::Flops, point.flops.map(|v| v.0));
        }
        used.tell(notes);
        let settings = self.settings(&facts, points, columns);
        self.readings(&facts, &used, &settings)
    }

    fn fill(&self, point: &mut Point, facts: &Facts, progress: Option<f64>, used: &mut Used) {
        let has = self.has_column;
        if !has(Role::Params) && !has(Role::ParamsNonEmbedding) {
            if let Some(n) = facts.get(Field::Params) {
                point.params = Some(Params(n));
                used.add(Field::Params);
            } else if let (Some(width), Some(layers)) = (facts.get(Field::Width), facts.get(Field::Layers)) {
                point.params_non_embedding = Some(Params(12.0 * layers * width * width));
                used.add(Field::Width);
            }
        }
        if !has(Role::UniqueTokens)
            && let Some(unique) = facts.get(Field::UniqueTokens)
        {
            point.unique_tokens = Some(Tokens(unique));
            used.add(Field::UniqueTokens);
        }
        if !has(Role::Tokens) && point.tokens.is_none() {
            let whole = facts.get(Field::Tokens).map(|d| (d, Field::Tokens)).or_else(|| {
                let n = point.model_size()?.0;
                Some((facts.get(Field::Multiple)? * CHINCHILLA_RATIO * n, Field::Multiple))
            });
            if let (Some((whole, field)), Some(progress)) = (whole, progress) {
                point.tokens = Some(whole * progress).filter(|d| *d > 0.0).map(Tokens);
                used.add(field);
                used.partial |= progress < 1.0;
            }
        }
        if !has(Role::Flops)
            && let (Some(whole), Some(progress)) = (facts.get(Field::Flops), progress)
        {
            point.flops = Some(whole * progress).filter(|c| *c > 0.0).map(Flops);
            used.add(Field::Flops);
            used.partial |= progress < 1.0;
        }
    }

    /// Settings become columns, as if the file had them.
    fn settings(&self, facts: &[Facts], points: &Draft, columns: &mut Vec<Column>) -> Vec<Field> {
        let settings = [
            (Field::Width, Role::Ignore),
            (Field::Layers, Role::Ignore),
            (Field::Batch, Role::Batch),
            (Field::SeqLen, Role::SeqLen),
            (Field::Lr, Role::Lr),
            (Field::Epochs, Role::Epoch),
            (Field::Seed, Role::Ignore),
        ];
        let mut added = Vec::new();
        for (field, role) in settings {
            let there = columns.iter().any(|column| column.name == field.name());
            let told = facts.iter().any(|facts| facts.get(field).is_some());
            if there || !told || (role != Role::Ignore && (self.has_column)(role)) {
                continue;
            }
            let values = points.iter().map(|point| facts[point.run].get(field)).collect();
            columns.push(Column::of_numbers(field.name(), values));
            added.push(field);
        }
        added
    }

    fn readings(&self, facts: &[Facts], used: &Used, settings: &[Field]) -> Vec<NameReading> {
        let mut readings = Vec::new();
        for (index, pattern) in self.patterns.iter().enumerate() {
            let hits: Vec<usize> = (0..facts.len())
                .filter(|&run| facts[run].values.iter().any(|(.., found)| *found == index))
                .collect();
            let Some(&first) = hits.first() else { continue };
            let example: Vec<(String, f64)> = facts[first]
                .values
                .iter()
                .filter(|(.., found)| *found == index)
                .map(|(field, value, _)| (field.name().to_owned(), *value))
                .collect();
            let in_use = facts[first]
                .values
                .iter()
                .any(|(field, _, found)| *found == index && (used.fields.contains(field) || settings.contains(field)));
            readings.push(NameReading {
                pattern: pattern.text().to_owned(),
                runs: hits.len(),
                example: self.runs[first].name.clone(),
                values: example,
                used: in_use,
            });
        }
        readings
    }
}

/// Which fields ended up in points.
#[derive(Default)]
struct Used {
    fields: Vec<Field>,
    /// Some points are on the way, not at the end.
    partial: bool,
}

impl Used {
    fn add(&mut self, field: Field) {
        if !self.fields.contains(&field) {
            self.fields.push(field);
        }
    }

    fn tell(&self, notes: &mut Vec<String>) {
        let mut fields = self.fields.clone();
        fields.sort_unstable();
        for field in fields {
            notes.push(match field {
                Field::Params => "params read from names".to_owned(),
                Field::Width => {
                    "params_non_embedding computed as 12 × layers × width², both read from names".to_owned()
                }
                Field::Multiple => format!(
                    "tokens computed as multiple × {CHINCHILLA_RATIO} × params, the multiple read from names (`5xC`)"
                ),
                Field::UniqueTokens => "unique_tokens read from names".to_owned(),
                Field::Flops => "flops read from names".to_owned(),
                _ => "tokens read from names".to_owned(),
            });
        }
        if self.partial {
            notes.push("before a run's last step, what its name tells was scaled by step / last step".to_owned());
        }
    }
}

/// How far through its run each point is; `None` where several points of a run have no steps to tell.
fn progress(points: &Draft, runs: usize) -> Vec<Option<f64>> {
    let mut last = vec![f64::NEG_INFINITY; runs];
    let mut count = vec![0usize; runs];
    let mut stepless = vec![false; runs];
    for point in points.iter() {
        count[point.run] += 1;
        match point.step {
            Some(step) => last[point.run] = last[point.run].max(step),
            None => stepless[point.run] = true,
        }
    }
    points
        .iter()
        .map(|point| {
            let run = point.run;
            match point.step {
                _ if count[run] == 1 => Some(1.0),
                Some(step) if !stepless[run] && last[run] > 0.0 => Some(step / last[run]),
                _ => None,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(name: &str) -> Vec<(&'static str, f64)> {
        let facts = Facts::of(&patterns(None).unwrap(), name);
        facts
            .values
            .into_iter()
            .map(|(field, value, _)| (field.name(), value))
            .collect()
    }

    #[test]
    fn usual_names() {
        assert_eq!(facts("190M-5xC"), [("N", 190e6), ("multiple", 5.0)]);
        assert_eq!(
            facts("moe_bsz1M.ngpu16_20240225-094706.model-12m.moe.lr_4e-3,experts_4"),
            [("N", 12e6), ("lr", 4e-3)]
        );
        assert_eq!(
            facts("d512_l8_seed3"),
            [("width", 512.0), ("layers", 8.0), ("seed", 3.0)]
        );
        assert_eq!(facts("N=1.2B D=24B lr=3e-4"), [("N", 1.2e9), ("D", 24e9), ("lr", 3e-4)]);
        assert_eq!(facts("ladder-comma-1e+20-ee92d7"), [("C", 1e20)]);
        assert_eq!(facts("gpt-1.3B-300B-tokens"), [("D", 300e9), ("N", 1.3e9)]);
        assert!(facts("gpt-1.3B-300B").is_empty(), "either could be the model");
        assert!(facts("17/04/2025_22:06:37_elie-48n-1704-part1").is_empty());
    }

    /// Points of one run.
    fn draft(steps: &[Option<f64>]) -> Draft {
        let step = (Role::Step, steps.iter().copied().collect());
        let mut draft = Draft::new(steps.len(), Default::default(), [step], vec![]);
        draft.set_runs(vec![0; steps.len()]);
        draft
    }

    #[test]
    fn what_a_name_tells_belongs_to_the_end_of_the_run() {
        let run = Run {
            name: "190M-1xC".to_owned(),
            ..Run::default()
        };
        let mut points = draft(&[Some(500.0), Some(1000.0)]);
        let (mut columns, mut notes) = (Vec::new(), Vec::new());
        let patterns = patterns(None).unwrap();
        let naming = Naming {
            patterns: &patterns,
            file: "x.csv",
            runs: &[run],
            has_column: &|_| false,
        };
        let readings = naming.apply(&mut points, &mut columns, &mut notes);
        assert_eq!([0, 1].map(|index| points.get(index).tokens.unwrap().0), [190e7, 380e7]);
        assert_eq!(points.get(0).params, Some(Params(190e6)));
        assert_eq!(notes.len(), 3);
        assert_eq!(
            (readings[0].pattern.as_str(), readings[0].used),
            ("{N}-{multiple}xC", true)
        );
    }

    #[test]
    fn a_column_is_better_than_a_name() {
        let run = Run {
            name: "d512_l8".to_owned(),
            ..Run::default()
        };
        let mut points = draft(&[None]);
        let (mut columns, mut notes) = (Vec::new(), Vec::new());
        let patterns = patterns(None).unwrap();
        let naming = Naming {
            patterns: &patterns,
            file: "sweep-lr_3e-4.csv",
            runs: &[run],
            has_column: &|role| role == Role::Params,
        };
        naming.apply(&mut points, &mut columns, &mut notes);
        assert_eq!((points.get(0).model_size(), notes.len()), (None, 0));
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["width", "layers", "lr"]);
    }
}

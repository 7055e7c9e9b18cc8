//! From a configuration and observations to a checked problem, and to the places where its solution may start.

use super::general::General;
use super::model::{Form, Model, Powers, Slot};
use super::{FitConfig, FitError, ObjectiveKind, Observations, Space, profile, screen};
use crate::law::{Law, Parameter, ParameterRole, PowerTerm, Rows, Structure};
use crate::units::Params;

/// A checked problem.
pub(super) struct Setup<'a> {
    pub(super) law: &'a dyn Law,
    /// Observation of the caller at each place of the model.
    pub(super) order: Vec<usize>,
    /// Distinct runs.
    pub(super) n_runs: usize,
    /// Bounds of each coordinate in natural units, the user's included.
    pub(super) limits: Vec<[f64; 2]>,
    pub(super) model: Model<'a>,
    /// The law as a sum of powers where it is one and the model is not: for starts.
    powers: Option<Box<Model<'a>>>,
}

impl<'a> Setup<'a> {
    /// Everything that can be wrong is found here; what follows trusts it.
    pub(super) fn new(config: &'a FitConfig, data: &Observations) -> Result<Self, FitError> {
        let law = config.law.law();
        check_values(config, data, law)?;
        let bounds = bounds(config, law)?;
        let fixed = fixed_values(config, law, &bounds)?;
        let groups = tied(config, law)?;
        for (name, value) in &config.start {
            let k = parameter(law, name)?;
            check_bounds(&law.parameters()[k].name, bounds[k], *value)?;
        }

        let width = law.inputs().count();
        let mut order: Vec<usize> = (0..data.loss.len()).collect();
        order.sort_by(|&i, &j| {
            let (a, b) = (&data.x.row(i)[..width], &data.x.row(j)[..width]);
            let inputs = a.iter().zip(b).map(|(a, b)| a.total_cmp(b));
            inputs
                .fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
                .then(data.loss[i].total_cmp(&data.loss[j]))
        });
        let x: Rows = order.iter().map(|&i| &data.x.row(i)[..width]).collect();
        let loss: Vec<f64> = order.iter().map(|&i| data.loss[i]).collect();
        let Slots { slots, bounds } = Slots::new(law, &fixed, &groups, &bounds)?;
        check_spread(law, &slots, bounds.len(), &x)?;
        let limits = bounds.clone();

        let objective = config.objective;
        let powers = || match law.structure() {
            Structure::SumOfPowers { floor, terms } => {
                let powers = Powers::new(floor, terms, &slots, &x);
                Some(Model::new(
                    Form::Powers(powers),
                    objective,
                    slots.clone(),
                    bounds.clone(),
                    loss.clone(),
                ))
            }
            Structure::General => None,
        };
        // Centred coefficients have no bounds but zero.
        let coefficient = |name: &str| {
            let of = law.parameters().iter().find(|p| p.name == name);
            of.is_some_and(|p| matches!(p.role, ParameterRole::Coefficient { .. }))
        };
        let centred = !config.bounds.iter().any(|(name, _)| coefficient(name));
        let (model, powers) = match powers() {
            Some(model) if centred => (model, None),
            powers => {
                let in_logs = in_logs(law, &slots, bounds.len());
                let bounds = in_logs
                    .iter()
                    .zip(&bounds)
                    .map(|(log, b)| General::bounds(*log, *b))
                    .collect();
                let general = General { law, x, in_logs };
                let model = Model::new(Form::General(general), objective, slots, bounds, loss);
                (model, powers.map(Box::new))
            }
        };
        Ok(Self {
            law,
            order,
            n_runs: data.runs().len(),
            limits,
            model,
            powers,
        })
    }

    /// Starts to polish: the user's own first.
    pub(super) fn starts(&self, config: &FitConfig) -> Result<Vec<Vec<f64>>, FitError> {
        let count = config.starts.max(1);
        let given = config
            .start
            .iter()
            .map(|(name, value)| Ok((parameter(self.law, name)?, *value)))
            .collect::<Result<Vec<_>, FitError>>()?;
        let own_only = !given.is_empty() && count == 1;
        let mut starts = match (&self.model.form, &self.powers) {
            (Form::Powers(powers), _) => profile::starts(&self.model, powers, count),
            (Form::General(_), Some(model)) => match &model.form {
                Form::Powers(powers) => profile::starts(model, powers, count)
                    .iter()
                    .map(|u| self.model.coordinates(&model.theta(u)))
                    .collect(),
                Form::General(_) => vec![],
            },
            // Every parameter given and nothing else wanted: nothing to look for.
            (Form::General(_), None) if own_only && given.len() == self.law.parameters().len() => vec![],
            (Form::General(general), None) => screen::starts(&self.model, general, &[], count),
        };
        if !given.is_empty() {
            let own = self.own_start(&given, starts.first());
            starts.insert(0, own);
            starts.truncate(count);
        }
        Ok(starts)
    }

    /// The user's values. Of a sum of powers, exponents not given come from the best cell, coefficients and floor from what
    /// suits the exponents; of any other law, what is not given is the best of the law's candidates with what is given.
    fn own_start(&self, given: &[(usize, f64)], found: Option<&Vec<f64>>) -> Vec<f64> {
        let set = |theta: &mut [f64], k: usize, value: f64| {
            for (slot, place) in self.model.slots.iter().zip(theta) {
                if *slot == self.model.slots[k] {
                    *place = value;
                }
            }
        };
        match &self.model.form {
            Form::Powers(powers) => {
                let parameters = self.law.parameters();
                let mut theta = found.map_or_else(|| vec![1.0; parameters.len()], |u| self.model.theta(u));
                for exponents in [true, false] {
                    for &(k, value) in given {
                        if exponents == matches!(parameters[k].role, ParameterRole::Exponent { .. }) {
                            set(&mut theta, k, value);
                        }
                    }
                    if exponents {
                        let completed = profile::complete(&self.model, powers, &self.model.coordinates(&theta));
                        theta = self.model.theta(&completed);
                    }
                }
                self.model.coordinates(&theta)
            }
            Form::General(general) => {
                let mut theta = if given.len() == self.law.parameters().len() {
                    vec![1.0; given.len()]
                } else {
                    let with_given = screen::starts(&self.model, general, given, 1);
                    // The screen always gives one.
                    self.model.theta(&with_given[0])
                };
                for &(k, value) in given {
                    set(&mut theta, k, value);
                }
                self.model.coordinates(&theta)
            }
        }
    }

    /// Coordinates of a θ in the law's order; held parameters keep their value.
    pub(super) fn coordinates(&self, theta: &[f64]) -> Result<Vec<f64>, FitError> {
        let expected = self.law.parameters().len();
        if theta.len() != expected || theta.iter().any(|v| !v.is_finite()) {
            return Err(FitError::Config(format!(
                "{} starts from {expected} finite numbers",
                self.law.name()
            )));
        }
        Ok(self.model.coordinates(theta))
    }
}

/// Which coordinate each parameter is, and their bounds in natural units.
struct Slots {
    slots: Vec<Slot>,
    bounds: Vec<[f64; 2]>,
}

impl Slots {
    /// `groups[k]` is the first parameter of those tied to k.
    fn new(law: &dyn Law, fixed: &[Option<f64>], groups: &[usize], bounds: &[[f64; 2]]) -> Result<Self, FitError> {
        let parameters = law.parameters();
        let mut slots = Self {
            slots: vec![],
            bounds: vec![],
        };
        for (k, &first) in groups.iter().enumerate() {
            let members = || (0..groups.len()).filter(|&other| groups[other] == first);
            let names = || members().map(|m| &*parameters[m].name).collect::<Vec<_>>().join(" = ");
            if first < k {
                let slot = slots.slots[first];
                slots.slots.push(slot);
                continue;
            }
            let [low, high] = members().fold([f64::NEG_INFINITY, f64::INFINITY], |[low, high], member| {
                [low.max(bounds[member][0]), high.min(bounds[member][1])]
            });
            if low > high {
                return Err(FitError::Config(format!(
                    "{}: no value lies within the bounds of all",
                    names()
                )));
            }
            let mut held = members().filter_map(|member| fixed[member]);
            let slot = match held.next() {
                Some(value) if held.any(|other| other != value) => {
                    return Err(FitError::Config(format!("{} are held at different values", names())));
                }
                Some(value) => Slot::Fixed(value),
                // One value is allowed: nothing to search.
                None if low == high => Slot::Fixed(low),
                None => {
                    slots.bounds.push([low, high]);
                    Slot::Free(slots.bounds.len() - 1)
                }
            };
            slots.slots.push(slot);
        }
        Ok(slots)
    }
}

/// Whether each coordinate is searched in logs: where all parameters that it stands for are.
fn in_logs(law: &dyn Law, slots: &[Slot], free: usize) -> Vec<bool> {
    let mut logs = vec![true; free];
    for (slot, parameter) in slots.iter().zip(law.parameters()) {
        if let Slot::Free(k) = *slot {
            logs[k] &= parameter.role.in_logs() && parameter.bounds[0] >= 0.0;
        }
    }
    logs
}

/// The law's bounds, narrowed to the user's.
fn bounds(config: &FitConfig, law: &dyn Law) -> Result<Vec<[f64; 2]>, FitError> {
    let mut bounds: Vec<[f64; 2]> = law.parameters().iter().map(|p| p.bounds).collect();
    for (name, [low, high]) in &config.bounds {
        let k = parameter(law, name)?;
        let narrowed = [low.max(bounds[k][0]), high.min(bounds[k][1])];
        // Also false where one of them is no number.
        if !(low <= high && narrowed[0] <= narrowed[1]) {
            return Err(FitError::Config(format!(
                "{name} between {low} and {high}: expected two numbers, the lower first, {}",
                allowed(bounds[k])
            )));
        }
        bounds[k] = narrowed;
    }
    Ok(bounds)
}

/// For each parameter the first of those it is tied to, itself where there is none.
fn tied(config: &FitConfig, law: &dyn Law) -> Result<Vec<usize>, FitError> {
    let parameters = law.parameters();
    let exponent = |p: &Parameter| matches!(p.role, ParameterRole::Exponent { .. });
    let mut groups: Vec<usize> = (0..parameters.len()).collect();
    for (a, b) in &config.ties {
        let (i, j) = (parameter(law, a)?, parameter(law, b)?);
        let both = exponent(&parameters[i]) && exponent(&parameters[j]);
        if matches!(law.structure(), Structure::SumOfPowers { .. }) && i != j && !both {
            return Err(FitError::Config(format!(
                "{a} = {b}: of {} only exponents can be tied, the others differ in their units",
                law.name()
            )));
        }
        let (first, second) = (groups[i].min(groups[j]), groups[i].max(groups[j]));
        for group in &mut groups {
            if *group == second {
                *group = first;
            }
        }
    }
    Ok(groups)
}

fn check_values(config: &FitConfig, data: &Observations, law: &dyn Law) -> Result<(), FitError> {
    let n = data.loss.len();
    if data.x.len() != n || data.run.len() != n {
        return Err(FitError::Config(format!(
            "{n} losses with {} inputs and {} run labels",
            data.x.len(),
            data.run.len()
        )));
    }
    let inputs = law.inputs();
    let used = inputs.count();
    if n > 0 && data.x.width() < used {
        return Err(FitError::Config(format!(
            "{} is a function of {used} variables; the observations have {}",
            law.name(),
            data.x.width()
        )));
    }
    for (x, loss) in data.x.iter().zip(&data.loss) {
        for (input, value) in x[..used].iter().enumerate() {
            if inputs.positive(input) && !(value.is_finite() && *value > 0.0) {
                return Err(FitError::Config(format!(
                    "an input of {value} has no logarithm: leave the point out"
                )));
            }
            if !value.is_finite() {
                return Err(FitError::Config(format!(
                    "{} = {value} is no number: leave the point out",
                    inputs.symbol(input)
                )));
            }
        }
        if !loss.is_finite() {
            return Err(FitError::Config(format!(
                "a loss of {loss} is no number: leave the point out"
            )));
        }
        if config.objective.space == Space::Log && *loss <= 0.0 {
            return Err(FitError::NonPositiveLoss(*loss));
        }
    }
    let delta = config.objective.delta;
    if config.objective.kind == ObjectiveKind::Huber && !(delta.is_finite() && delta > 0.0) {
        return Err(FitError::Config(format!("delta = {delta}: expected a positive number")));
    }
    let tau = config.objective.tau;
    if config.objective.kind == ObjectiveKind::Asymmetric && !(tau > 0.0 && tau < 1.0) {
        return Err(FitError::Config(format!(
            "tau = {tau}: expected a number between 0 and 1"
        )));
    }
    Ok(())
}

/// Index of a parameter.
fn parameter(law: &dyn Law, name: &str) -> Result<usize, FitError> {
    law.parameters().iter().position(|p| p.name == name).ok_or_else(|| {
        let names: Vec<&str> = law.parameters().iter().map(|p| &*p.name).collect();
        FitError::Config(format!(
            "`{name}` is no parameter of {}, whose parameters are {}",
            law.name(),
            names.join(", ")
        ))
    })
}

fn check_bounds(name: &str, bounds: [f64; 2], value: f64) -> Result<(), FitError> {
    let [low, high] = bounds;
    if value.is_finite() && (low..=high).contains(&value) {
        return Ok(());
    }
    Err(FitError::Config(format!(
        "{name} = {value}: expected a number {}",
        allowed(bounds)
    )))
}

/// A range in words.
fn allowed([low, high]: [f64; 2]) -> String {
    match (low.is_finite(), high.is_finite()) {
        (true, true) => format!("between {low} and {high}"),
        (true, false) => format!("of at least {low}"),
        (false, true) => format!("of at most {high}"),
        (false, false) => "that is finite".to_owned(),
    }
}

fn fixed_values(config: &FitConfig, law: &dyn Law, bounds: &[[f64; 2]]) -> Result<Vec<Option<f64>>, FitError> {
    let mut fixed = vec![None; law.parameters().len()];
    for (name, value) in &config.fixed {
        let k = parameter(law, name)?;
        check_bounds(name, bounds[k], *value)?;
        if fixed[k].replace(*value).is_some() {
            return Err(FitError::Config(format!("{name} is held at two values")));
        }
    }
    Ok(fixed)
}

/// What no search could find: more numbers than places to see them from, or an input that never varies.
fn check_spread(law: &dyn Law, slots: &[Slot], free: usize, x: &Rows) -> Result<(), FitError> {
    let kind = law.name();
    if x.len() < free.max(1) {
        return Err(FitError::TooFewRuns {
            law: kind.to_owned(),
            free,
            found: x.len(),
        });
    }
    let terms = match law.structure() {
        Structure::SumOfPowers { floor, terms } => {
            check_terms(law, slots, x, floor, terms)?;
            terms
        }
        Structure::General => &[],
    };
    let mut places: Vec<Vec<u64>> = x
        .iter()
        .map(|x| {
            if terms.is_empty() {
                x.iter().map(|v| v.to_bits()).collect()
            } else {
                terms.iter().map(|t| x[t.input].to_bits()).collect()
            }
        })
        .collect();
    places.dedup();
    if places.len() < free {
        return Err(FitError::NoSpread(format!(
            "{kind} has {free} free parameters; the {} runs lie at only {} different points",
            x.len(),
            places.len()
        )));
    }
    Ok(())
}

/// Terms whose input never varies.
fn check_terms(
    law: &dyn Law,
    slots: &[Slot],
    x: &Rows,
    floor: Option<usize>,
    terms: &[PowerTerm],
) -> Result<(), FitError> {
    let name = |k: usize| &*law.parameters()[k].name;
    for term in terms {
        let (low, high) = x
            .column(term.input)
            .fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
        if high > low {
            continue;
        }
        let inputs = law.inputs();
        let input = inputs.symbol(term.input);
        let exponent = slots[term.exponent].is_free();
        let coefficient_beside_floor =
            slots[term.coefficient].is_free() && floor.is_some_and(|floor| slots[floor].is_free());
        // Another term can say what a shared exponent is.
        let shared = terms
            .iter()
            .filter(|other| slots[other.exponent] == slots[term.exponent])
            .count()
            > 1;
        if (exponent && !shared) || coefficient_beside_floor {
            let which = if exponent { term.exponent } else { term.coefficient };
            return Err(FitError::NoSpread(format!(
                "all {} runs have {input} = {}: {} cannot be fitted. Add runs of another {input} or hold {}",
                x.len(),
                // A shared suffix notation serves N, D and C alike.
                Params(low).short(),
                name(which),
                if exponent {
                    format!("{} and {}", name(term.coefficient), name(term.exponent))
                } else {
                    name(which).to_owned()
                }
            )));
        }
    }
    Ok(())
}

//! Flags that say what is fitted and how.

use super::output::Failure;
use super::parse;
use crate::data::Role;
pub(super) use crate::fit::IntervalMethod as Interval;
use crate::fit::{BootstrapConfig, FitConfig, Objective, ObjectiveKind, Space};
use crate::law::LawChoice;
use crate::session::{FitChoice, logged};

/// Replicates where intervals are asked for without a number.
const DEFAULT_REPLICATES: usize = 1000;

/// How a law is fitted.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct FitArgs {
    /// Variable of laws of one variable: a column, a role or N D C
    #[arg(long, value_name = "COLUMN", default_value = "flops", help_heading = "Fitting")]
    x: String,
    /// What is fitted: a column, a role or L, or `log(NAME)` of one
    #[arg(long, value_name = "COLUMN", default_value = "loss", help_heading = "Fitting")]
    y: String,
    /// How far a residual counts; huber where not given, squared for a formula
    #[arg(long, value_name = "huber|squared|absolute|asymmetric",
        value_parser = parse::named::<ObjectiveKind>, help_heading = "Fitting")]
    objective: Option<ObjectiveKind>,
    /// Huber's delta, in the unit of the residual
    #[arg(long, value_name = "DELTA", default_value = "1e-3", value_parser = parse::positive, help_heading = "Fitting")]
    delta: f64,
    /// Of an asymmetric objective: the share of runs that end below the curve; 1/11 where not given
    #[arg(long, value_name = "SHARE", value_parser = parse::fraction, help_heading = "Fitting")]
    tau: Option<f64>,
    /// Residuals of the log loss, or of the loss itself; log where not given, level for a formula
    #[arg(long, value_name = "log|level", value_parser = parse::named::<Space>, help_heading = "Fitting")]
    space: Option<Space>,
    /// Leave out the K points with the highest losses
    #[arg(
        long,
        value_name = "K",
        default_value_t = 0,
        hide_default_value = true,
        help_heading = "Fitting"
    )]
    pub(super) drop_highest_loss: usize,
    /// Hold a parameter at a value: `--fix E=1.69`
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse::parameter, help_heading = "Fitting")]
    fix: Vec<(String, f64)>,
    /// Give two parameters one value: `--tie alpha=beta`
    #[arg(long, value_name = "NAME=NAME", value_parser = tie, help_heading = "Fitting")]
    tie: Vec<(String, String)>,
    /// Keep a parameter between two values: `--bound E=0:2`
    #[arg(long, value_name = "NAME=LOW:HIGH", value_parser = bound, help_heading = "Fitting")]
    bound: Vec<(String, [f64; 2])>,
    /// First start of a parameter; others follow unless `--starts 1`
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse::parameter, help_heading = "Fitting")]
    start: Vec<(String, f64)>,
    /// How many starts are taken to their end
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Fitting")]
    starts: Option<u32>,
    /// Keep this share of the points, those with the largest C, out of the fit and score the fit on them
    #[arg(long, value_name = "largest-flops=SHARE", value_parser = hold_out, help_heading = "Fitting")]
    hold_out: Option<f64>,
    /// Refit R resamples of the runs for intervals; 0 for none
    #[arg(long, value_name = "R", help_heading = "Intervals")]
    bootstrap: Option<usize>,
    /// How intervals are made: by resampling runs (1000 times where not told), by how fast the fit gets worse away from its
    /// optimum, or by the curvature there
    #[arg(long, value_name = "bootstrap|profile|delta", value_parser = parse::named::<Interval>, help_heading = "Intervals")]
    pub(super) interval: Option<Interval>,
    /// Level of the intervals
    #[arg(long, value_name = "LEVEL", default_value = "0.95", value_parser = parse::fraction, help_heading = "Intervals")]
    level: f64,
    /// Seed of the resampling
    #[arg(long, value_name = "SEED", default_value_t = 0, help_heading = "Intervals")]
    seed: u64,
    /// Threads to work on; all cores where not given. The answer does not depend on it
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Intervals")]
    threads: Option<u32>,
}

impl FitArgs {
    /// What is fitted. Where its intervals are `drawn` the session finds them, by the flags or in the usual way; otherwise it
    /// only resamples, and whoever answers finds the others.
    pub(super) fn choice(&self, law: &LawChoice, drawn: bool) -> Result<FitChoice, Failure> {
        let names = |given: &[(String, f64)]| given.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        check_names(law, "--fix", &names(&self.fix))?;
        check_names(law, "--start", &names(&self.start))?;
        let bounded: Vec<String> = self.bound.iter().map(|(name, _)| name.clone()).collect();
        check_names(law, "--bound", &bounded)?;
        for (a, b) in &self.tie {
            check_names(law, "--tie", &[a.clone(), b.clone()])?;
        }
        let mut config = FitConfig::new(law.clone());
        let usual = config.objective;
        config.objective = Objective {
            kind: self.objective.unwrap_or(usual.kind),
            delta: self.delta,
            tau: self.tau.unwrap_or(usual.tau),
            space: self.space.unwrap_or(usual.space),
        };
        config.fixed.clone_from(&self.fix);
        config.ties.clone_from(&self.tie);
        config.bounds.clone_from(&self.bound);
        config.start.clone_from(&self.start);
        if let Some(starts) = self.starts {
            config.starts = starts as usize;
        }
        let replicates = match (self.bootstrap, &self.interval) {
            (Some(1..), Some(Interval::Profile | Interval::Delta)) => {
                return Err(Failure::usage(
                    "--bootstrap R makes its own intervals: give no other --interval",
                ));
            }
            (_, Some(Interval::Profile | Interval::Delta)) => 0,
            (Some(0), Some(_)) => {
                return Err(Failure::usage(
                    "--interval bootstrap needs resamples; --bootstrap 0 gives none",
                ));
            }
            (Some(replicates), _) => replicates,
            (None, Some(_)) => DEFAULT_REPLICATES,
            (None, None) => 0,
        };
        let interval = match (drawn, self.interval, self.bootstrap) {
            (false, ..) | (true, None, Some(_)) => Interval::Bootstrap,
            (true, asked, _) => asked.unwrap_or_default(),
        };
        Ok(FitChoice {
            config,
            x: role_of_symbol(&self.x),
            y: role_of_symbol(&self.y),
            hold_out: self.hold_out,
            interval,
            bootstrap: (replicates > 0).then_some(BootstrapConfig {
                replicates,
                seed: self.seed,
            }),
            level: self.level,
        })
    }

    /// The column of a file that is fitted, where it is none of the quantities of every run.
    pub(super) fn fitted_column(&self) -> Option<&str> {
        let name = logged(&self.y).unwrap_or(&self.y);
        let quantity = Role::of_name(name).or(Role::of_symbol(name)).is_some();
        (!quantity).then_some(name)
    }

    /// Refuses ways to make intervals that a command does not have.
    pub(super) fn only_intervals(&self, offered: &[Interval], what: &str) -> Result<(), Failure> {
        let Some(asked) = self.interval.filter(|asked| !offered.contains(asked)) else {
            return Ok(());
        };
        let offered: Vec<&str> = offered.iter().map(|interval| interval.name()).collect();
        Err(Failure::usage(format!(
            "--interval {}: {what} has intervals by {} only",
            asked.name(),
            offered.join(" or ")
        )))
    }

    /// The same without resampling, for a fit that only stands beside the answer.
    pub(super) fn without_intervals(&self) -> Self {
        Self {
            bootstrap: None,
            interval: None,
            ..self.clone()
        }
    }

    /// Does work on the threads asked for.
    pub(super) fn on_threads<R: Send>(&self, work: impl FnOnce() -> R + Send) -> Result<R, Failure> {
        super::threads::on_threads(self.threads, work)
    }
}

/// A symbol by the name of its role, so that figures know it for what it is.
fn role_of_symbol(name: &str) -> String {
    Role::of_symbol(name).map_or(name, |role| role.name()).to_owned()
}

/// Refuses names that the law does not have, and names given twice.
pub(super) fn check_names(law: &LawChoice, flag: &str, given: &[String]) -> Result<(), Failure> {
    let names: Vec<&str> = law.law().parameters().iter().map(|p| &*p.name).collect();
    for (index, name) in given.iter().enumerate() {
        if !names.contains(&name.as_str()) {
            let names = names.join(", ");
            return Err(Failure::usage(format!(
                "{flag} {name}: {} has no such parameter; it has {names}",
                law.name()
            )));
        }
        if given[..index].contains(name) {
            return Err(Failure::usage(format!("{flag} {name}: given twice")));
        }
    }
    Ok(())
}

fn tie(text: &str) -> Result<(String, String), String> {
    let (a, b) = parse::pair(text)?;
    Ok((a.trim().to_owned(), b.trim().to_owned()))
}

fn bound(text: &str) -> Result<(String, [f64; 2]), String> {
    let (name, range) = parse::pair(text)?;
    let (low, high) = range
        .split_once(':')
        .ok_or_else(|| format!("`{range}` is no range; expected two numbers such as `0:2`"))?;
    let [low, high] = [(low, f64::NEG_INFINITY), (high, f64::INFINITY)].map(|(end, open)| match end.trim() {
        "" => Ok(open),
        end => parse::number(end),
    });
    Ok((name.to_owned(), [low?, high?]))
}

fn hold_out(text: &str) -> Result<f64, String> {
    match parse::pair(text)? {
        ("largest-flops", share) => parse::fraction(share),
        (other, _) => Err(format!("`{other}` is no way to choose; expected `largest-flops=SHARE`")),
    }
}

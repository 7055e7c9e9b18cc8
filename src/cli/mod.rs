//! The command line: the other face of the session. One file a subcommand, one file a group of shared flags.
//!
//! Contract: stdout carries data only, messages go to stderr, `--json` prints one object on one line. Exit codes: 0 done,
//! warnings included; 1 understood and refused; 2 wrong usage; 3 input unreadable or without one usable row.
//!
//! Nothing here computes: flags become choices of a [`crate::session::Session`], which is settled on this thread, and
//! what it found is printed. The window is not known here; [`parse`] hands back what it should open with.

mod compare;
mod costs;
mod data_args;
mod decision;
mod eval;
mod figure;
mod fit;
mod fit_args;
mod folder;
mod groups;
mod import;
mod law_file;
mod method;
mod output;
mod parse;
mod plan;
mod progress;
mod published;
mod report;
mod simulate;
mod sweep;
mod threads;
mod train;
mod trust;
mod window;
mod work;

pub use window::Window;

use clap::Parser as _;
use output::Failure;
use std::process::ExitCode;

/// Explore neural scaling laws: open run tables, fit power laws, plan compute budgets.
///
/// Without a subcommand, the window opens: with the files given, or with a bundled example.
#[derive(Debug, clap::Parser)]
#[command(
    name = "isoloss",
    version,
    args_conflicts_with_subcommands = true,
    max_term_width = 110,
    after_help = "Examples:\n  isoloss runs.csv\n  isoloss fit runs.csv --law chinchilla --bootstrap 1000\n  isoloss plan --published epoch --flops 1e21\n\n\
                  Exit codes: 0 done, 1 understood and refused, 2 wrong usage, 3 input unreadable"
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Subcommand>,
    #[command(flatten)]
    window: window::WindowArgs,
}

/// What can be done without the window.
#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    Import(Box<import::ImportCommand>),
    Fit(Box<fit::FitCommand>),
    Plan(Box<plan::PlanCommand>),
    Figure(Box<figure::FigureCommand>),
    Report(Box<report::ReportCommand>),
    Compare(compare::CompareCommand),
    Simulate(simulate::SimulateCommand),
    Train(Box<train::TrainCommand>),
    Sweep(Box<sweep::SweepCommand>),
    Eval(eval::EvalCommand),
}

/// What the command line asks for.
#[derive(Debug)]
pub enum Invocation {
    /// Work to be done here.
    Command(Command),
    /// A window to be opened.
    Window(Box<Window>),
}

/// Work that prints its answer.
#[derive(Debug)]
pub struct Command(Work);

#[derive(Debug)]
enum Work {
    Subcommand(Subcommand),
    /// Arguments that clap lets through and that still make no sense.
    Failed(Failure),
}

/// Reads the command line; on wrong usage and for `--help` the program ends here.
pub fn parse() -> Invocation {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(command) => Invocation::Command(Command(Work::Subcommand(command))),
        None => match arguments.window.window() {
            Ok(window) => Invocation::Window(Box::new(window)),
            Err(failure) => Invocation::Command(Command(Work::Failed(failure))),
        },
    }
}

impl Command {
    /// Does it.
    pub fn run(&self) -> ExitCode {
        let command = match &self.0 {
            Work::Subcommand(command) => command,
            Work::Failed(failure) => return failure.report(false),
        };
        let (outcome, json) = match command {
            Subcommand::Import(command) => (command.run(), command.json),
            Subcommand::Fit(command) => (command.run(), command.json),
            Subcommand::Plan(command) => (command.run(), command.json),
            Subcommand::Figure(command) => (command.run(), command.json),
            Subcommand::Report(command) => (command.run(), command.json),
            Subcommand::Compare(command) => (command.run(), command.json),
            Subcommand::Simulate(command) => (command.run(), command.json),
            Subcommand::Train(command) => (command.run(), command.json),
            Subcommand::Sweep(command) => (command.run(), command.json),
            Subcommand::Eval(command) => (command.run(), command.json),
        };
        match outcome {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(json),
        }
    }
}

/// Ends the program after the window; why it could not be opened goes to stderr.
pub fn finish(outcome: Result<(), String>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => Failure::refused("window", text).report(false),
    }
}

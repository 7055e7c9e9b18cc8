//! The report of a session: every view that has something to show, and what its fit says in words.

use super::{CardNumbers, Workspace, card};
use crate::figure::views::View;
use crate::fit::FitReport;
use crate::plan::beyond_data_decades;
use crate::report::Report;
use crate::units::{Flops, Loss, Params, Tokens, format_significant};

/// The report of the present fit; `None` where there is none.
pub fn report(workspace: &Workspace, numbers: CardNumbers) -> Option<Report> {
    let fit = workspace.derived().report()?;
    let card = card(workspace, numbers)?;
    let (mut figures, mut not_drawn) = (vec![], vec![]);
    for view in View::ALL {
        for figure in workspace.picture(view).plate.panels {
            match &figure.empty {
                Some(why) => not_drawn.push((view.label(), why.clone())),
                None => figures.push((view.name(), figure)),
            }
        }
    }
    let names: Vec<String> = workspace.session().shown().map(|set| set.source.name()).collect();
    Some(Report {
        title: format!("{} fitted to {}", fit.law.law().label(), names.join(", ")),
        answer: answer(workspace, fit),
        figures,
        not_drawn,
        card,
    })
}

/// What was fitted, and what it answers.
fn answer(workspace: &Workspace, fit: &FitReport) -> Vec<String> {
    let (session, derived) = (workspace.session(), workspace.derived());
    let Some(input) = derived.fit.input.as_deref() else {
        return vec![];
    };
    let left_out = match input.left_out.len() {
        0 => "nothing is left out".to_owned(),
        1 => "one point is left out, with its reason below".to_owned(),
        count => format!("{count} points are left out, with their reasons below"),
    };
    let mut sentences = vec![format!(
        "{} points of {} runs, minimising {}; {left_out}.",
        fit.n_used,
        fit.n_runs,
        fit.objective.words()
    )];
    let Some(Ok(answered)) = workspace.answered(&session.plan) else {
        return sentences;
    };
    let (optimum, spread) = (answered.optimum, workspace.intervals(&session.plan));
    let (budget, level) = (optimum.flops, session.fit.level);
    let ends = |interval: Option<[f64; 2]>, short: fn(f64) -> String| {
        interval.map_or(String::new(), |ends| format!(" [{}]", ends.map(short).join(", ")))
    };
    let size: fn(f64) -> String = |n| Params(n).short();
    let data: fn(f64) -> String = |d| Tokens(d).short();
    let few: fn(f64) -> String = |value| format_significant(value, 3);
    let loss = optimum.loss.map_or(String::new(), |Loss(loss)| {
        format!(
            ", at a loss of {}{} nats per token",
            format_significant(loss, 4),
            ends(spread.loss, |loss| format_significant(loss, 4))
        )
    });
    let stated = if spread.params.is_some() {
        format!(" (brackets: {} % intervals)", (1e8 * level).round() / 1e6)
    } else {
        String::new()
    };
    sentences.push(format!(
        "With C = {} FLOP the compute-optimal model has N* = {}{} parameters and sees D* = {}{} tokens, {}{} tokens per \
         parameter{loss}{stated}.",
        budget.short(),
        size(optimum.params.0),
        ends(spread.params, size),
        data(optimum.tokens.0),
        ends(spread.tokens, data),
        few(optimum.tokens.0 / optimum.params.0),
        ends(spread.tokens_per_param, few),
    ));
    sentences.extend(input.flops_range().map(|range| beyond(budget, range)));
    sentences
}

fn beyond(budget: Flops, range: (f64, f64)) -> String {
    let span = format!("{} to {} FLOP", Flops(range.0).short(), Flops(range.1).short());
    match beyond_data_decades(budget, range) {
        decades if decades < 0.05 => format!("That lies among the runs, which have {span}."),
        decades => format!(
            "That is {} decades of compute outside the runs, which have {span}.",
            format_significant(decades, 2)
        ),
    }
}

//! The run that would narrow the answer most, with a way to have it done.

use crate::app::Requests;
use crate::app::training::TrainCommand;
use crate::app::widgets::{card, heading};
use crate::data::ParamsCount;
use crate::figure::Token;
use crate::fit::Delta;
use crate::lab::{Advice, Budget, Planned, Queue, advise, duration};
use crate::session::{Source, Workspace};
use crate::units::{Params, Tokens, format_significant};
use eframe::egui::Ui;

/// Part of the training budget that one more run may cost.
const SHARE: f64 = 0.25;

/// What an advice depends on.
#[derive(Debug, Clone, PartialEq)]
struct Key {
    revision: u64,
    budget: u64,
    training: Budget,
    params: ParamsCount,
}

/// The last advice, kept until what it depends on is another.
#[derive(Default)]
pub(super) struct Kept(Option<(Key, Option<Advice>)>);

pub(super) fn advice_ui(ui: &mut Ui, workspace: &Workspace, queue: &Queue, kept: &mut Kept, requests: &mut Requests) {
    let session = workspace.session();
    // Runs of another study are not helped by ours.
    let table = Source::File(queue.table());
    let own = session.shown().all(|set| set.source == table) && session.shown().next().is_some();
    if !own || queue.ended() {
        return;
    }
    let key = Key {
        revision: workspace.derived().revision,
        budget: session.plan.budget.0.to_bits(),
        training: session.train.budget,
        params: session.quantities.params,
    };
    if kept.0.as_ref().is_none_or(|(known, _)| *known != key) {
        kept.0 = Some((key, best(workspace)));
    }
    let Some((_, Some(advice))) = &kept.0 else { return };
    heading(ui, "Next run");
    let speeds = workspace.derived().train.speeds.as_ref();
    let seconds = speeds.and_then(|speeds| speeds.seconds(&advice.planned));
    let time = seconds.map_or(String::new(), |seconds| format!(", about {}", duration(seconds)));
    let run = &advice.planned;
    let text = format!(
        "The run that would help most: {} parameters on {} tokens{time}. It would narrow the interval of N* at {} FLOP by {} %, \
         if the law holds.",
        Params(run.params_non_embedding() as f64).short(),
        Tokens(run.tokens as f64).short(),
        session.plan.budget.short(),
        format_significant(100.0 * advice.gain(), 2),
    );
    card(ui, Token::Accent, &text);
    let tip = "Puts it behind the other runs of the present sweep";
    if ui.button("Add to queue").on_hover_text(tip).clicked() {
        let model = [run.width, run.layers];
        requests.commands.push(
            TrainCommand::Add {
                model,
                tokens: run.tokens,
            }
            .into(),
        );
    }
}

fn best(workspace: &Workspace) -> Option<Advice> {
    let (session, derived) = (workspace.session(), workspace.derived());
    let (report, input) = (derived.report()?, derived.fit.input.as_ref()?);
    // An advice about another number than the loss would be about other runs.
    if session.fit.y != "loss" || derived.fit.draft {
        return None;
    }
    let config = &input.question.config;
    let delta = Delta::new(config, &input.observations, report).ok()??;
    let choice = &session.train;
    let speeds = derived.train.speeds.as_ref();
    let affordable = |run: &Planned| match choice.budget {
        Budget::Flops(flops) => run.flops() <= SHARE * flops,
        Budget::Seconds(seconds) => speeds
            .and_then(|speeds| speeds.seconds(run))
            .is_some_and(|needed| needed <= SHARE * seconds),
    };
    let params = |run: &Planned| {
        let shape = run.config().shape;
        match session.quantities.params {
            ParamsCount::NonEmbedding => shape.params_non_embedding() as f64,
            ParamsCount::AsGiven | ParamsCount::Total => shape.params_total() as f64,
        }
    };
    let like = Planned::new([16, 1], 0, choice.seed, choice.unique_limit());
    advise(
        report,
        &delta,
        config.objective.space,
        session.plan.budget,
        &like,
        params,
        affordable,
    )
}

//! `isoloss compare`: what has changed since an earlier save of a project.

use super::output::{Failure, aligned, print, print_json};
use super::{progress, work};
use crate::session::{
    Action, Basis, Earlier, NumberChange, OpenedProject, ProjectAction, SinceChanges, Workspace, apply,
};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Compare a project with an earlier save of it: runs, what is left out, parameters, and the answer.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "The earlier save is fitted again where its data are still what they were, or are kept in it; otherwise the record that every\nsave has stands in, and that is said. A picture that carries its project may stand for either.\n\nExample:\n  isoloss compare study-2026-11-20.isoloss study.isoloss"
)]
pub(super) struct CompareCommand {
    /// The earlier save: a project, or a picture that carries one
    #[arg(value_name = "EARLIER")]
    earlier: PathBuf,
    /// The project as it is now
    #[arg(value_name = "NOW")]
    now: PathBuf,
    /// Print one JSON object instead of words
    #[arg(long)]
    pub(super) json: bool,
}

impl CompareCommand {
    /// Finds both and prints what differs.
    pub(super) fn run(&self) -> Result<(), Failure> {
        let Some(mut opened) = work::project_of(std::slice::from_ref(&self.now))? else {
            let name = self.now.display();
            return Err(Failure::usage(format!(
                "{name} is no project: `isoloss fit … --save-project` writes one"
            )));
        };
        // What it is compared with in the window is not asked here.
        apply(&mut opened.session, Action::Project(ProjectAction::SetSince(None)));
        work::tell_damage(&opened);
        let mut workspace = settled(opened);
        for (_, result) in work::loaded(&workspace) {
            result.map_err(work::load_failure)?;
        }
        work::tell_changes(&workspace);
        work::fitted(&workspace)?;
        let earlier = work::since(&mut workspace, &self.earlier)?;
        let no_fit = || Failure::refused("no_fit", "there is no fit to compare");
        let since = workspace.since_changes().ok_or_else(no_fit)?;
        let budget = workspace.session().plan.budget;
        let answer = workspace.since_answer(budget);
        if self.json {
            return print_json(&self.object(&workspace, &earlier, &since, &answer));
        }
        let mut text = format!("Since {}\n\n{}\n", since.title, since.verdict());
        for sentence in since.sentences() {
            text.push_str(&sentence);
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&rows(since.numbers()));
        if !answer.is_empty() {
            text.push_str(&format!("\nat {} FLOP\n{}", budget.short(), rows(answer.iter())));
        }
        print(&text)
    }

    fn object(&self, workspace: &Workspace, earlier: &Earlier, since: &SinceChanges, answer: &[NumberChange]) -> Value {
        let by_name = |numbers: &[NumberChange]| -> Map<String, Value> {
            let entry = |number: &NumberChange| {
                let mut value = json!({ "before": number.before, "now": number.now });
                if number.interval.is_some() {
                    value["interval"] = json!(number.interval);
                    value["outside"] = json!(number.outside);
                }
                (number.name.clone(), value)
            };
            numbers.iter().map(entry).collect()
        };
        let mut answers = by_name(answer);
        answers.insert("flops".to_owned(), json!(workspace.session().plan.budget.0));
        json!({
            "earlier": {
                "path": self.earlier.display().to_string(),
                "saved": earlier.saved,
                "fitted": matches!(earlier.basis, Basis::Fitted(_)),
                "recorded": since.recorded,
                "level": earlier.record.level,
            },
            "now": {
                "path": self.now.display().to_string(),
                "saved": workspace.session().saved,
            },
            "laws": since.laws,
            "files": { "added": since.files_added, "gone": since.files_gone },
            "points": since.points,
            "n_used": { "before": since.n_used[0], "now": since.n_used[1] },
            "n_excluded": { "before": since.n_excluded[0], "now": since.n_excluded[1] },
            "exclusions": since.exclusions,
            "params": by_name(&since.params),
            "derived": by_name(&since.exponents),
            "answer": answers,
            "same_numbers": since.same_numbers(),
            "text": since.verdict(),
        })
    }
}

/// A project, read and fitted.
fn settled(opened: OpenedProject) -> Workspace {
    let mut workspace = Workspace::open(opened);
    let tasks = workspace.start();
    workspace.settle_with(tasks, progress::watch);
    workspace
}

fn rows<'a>(numbers: impl Iterator<Item = &'a NumberChange>) -> String {
    let rows: Vec<Vec<String>> = numbers
        .map(|number| {
            vec![
                number.name.clone(),
                number.before_and_now(),
                number.change(),
                number.place(),
            ]
        })
        .collect();
    aligned(&rows)
}

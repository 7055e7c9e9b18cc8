//! Changes to the files and the runs in them.

use crate::data::{Checkpoints, Quantities, Rule};
use crate::import::ImportOptions;
use crate::session::exclusion::{counted, exclude, restore};
use crate::session::{DataId, DataSet, RunKey, Session, Source};
use std::borrow::Cow;

/// Changes to the files and the runs in them.
#[derive(Debug, Clone, PartialEq)]
pub enum DataAction {
    /// Adds files, shows them and hides the others; the bundled example makes room.
    Open(Vec<(Source, ImportOptions)>),
    /// Draws and fits a data set, or not.
    SetShown(DataId, bool),
    /// Takes a data set off the list; the file is not touched.
    Remove(DataId),
    /// Takes a data set from another place: a file that was moved.
    SetSource(DataId, Source),
    /// Reads a data set once more.
    ReadAgain(DataId),
    /// Takes what a data set holds now for what it should, where it has changed since the project was saved.
    AcceptChange(DataId),
    /// Reads a file as it is now, where a copy in the project stood in for it.
    TakeFile(DataId),
    /// Corrects how a data set is read; it is read again.
    SetImport(DataId, ImportOptions),
    /// Last checkpoint of each run, or all.
    SetCheckpoints(Checkpoints),
    /// Rows to keep, as text.
    SetKeep(String),
    /// Leaves out what a rule matches, or does so again.
    AddRule(String),
    /// Lets a rule, by its text, leave runs out or not.
    SetRule(String, bool),
    /// Takes a rule off the list, by its text.
    RemoveRule(String),
    /// Leaves out this many points with the highest losses.
    SetDropHighestLoss(usize),
    /// Leaves runs or points out by hand.
    Exclude {
        /// Which.
        what: Vec<RunKey>,
        /// In words; shown wherever they are missing.
        reason: String,
    },
    /// Lets runs or points take part again that were left out by hand.
    Restore(Vec<RunKey>),
    /// Which loss, N and C of each run.
    SetQuantities(Quantities),
    /// Makes one table of files of one study, or keeps them apart.
    SetJoin(bool),
}

impl DataAction {
    pub(super) fn label(&self) -> Cow<'static, str> {
        let label = match self {
            Self::Exclude { what, reason } => return format!("exclude {}: {reason}", counted(what)).into(),
            Self::Restore(what) => return format!("restore {}", counted(what)).into(),
            Self::AddRule(rule) => return format!("leave out {rule}").into(),
            Self::SetRule(_, true) => "switch rule on",
            Self::SetRule(_, false) => "switch rule off",
            Self::RemoveRule(_) => "remove rule",
            Self::Open(_) => "open",
            Self::SetShown(_, true) => "show data",
            Self::SetShown(_, false) => "hide data",
            Self::Remove(_) => "remove data",
            Self::SetSource(..) => "find file",
            Self::ReadAgain(_) => "read again",
            Self::AcceptChange(_) => "accept change",
            Self::TakeFile(_) => "read the file",
            Self::SetImport(..) => "correct reading",
            Self::SetCheckpoints(_) => "change checkpoints",
            Self::SetKeep(_) => "change filter",
            Self::SetDropHighestLoss(_) => "leave out high losses",
            Self::SetQuantities(_) => "change quantities",
            Self::SetJoin(true) => "join files",
            Self::SetJoin(false) => "keep files apart",
        };
        label.into()
    }

    pub(super) fn apply(self, session: &mut Session) {
        match self {
            Self::Open(files) => {
                // An example goes when something else is there to be looked at.
                session
                    .data
                    .retain(|set| set.source.path().is_some() || files.iter().all(|(source, _)| *source == set.source));
                for set in &mut session.data {
                    set.shown = false;
                }
                for (source, import) in files {
                    // A list with the same file twice helps nobody: it is shown again, and read again, for it may have changed.
                    // Opened plainly it keeps its corrections.
                    let plain = import == ImportOptions::default();
                    if let Some(set) = session
                        .data
                        .iter_mut()
                        .find(|set| set.source == source && (plain || set.import == import))
                    {
                        set.shown = true;
                        set.readings += 1;
                        continue;
                    }
                    let id = DataId(session.next_id);
                    session.next_id += 1;
                    session.data.push(DataSet {
                        id,
                        source,
                        import,
                        shown: true,
                        readings: 0,
                        sha256: None,
                    });
                }
            }
            Self::SetShown(id, shown) => {
                for set in session.data.iter_mut().filter(|set| set.id == id) {
                    set.shown = shown;
                }
            }
            Self::Remove(id) => {
                session.data.retain(|set| set.id != id);
                session.exclusions.retain(|exclusion| exclusion.of.data != id);
            }
            Self::SetSource(id, source) => {
                for set in session.data.iter_mut().filter(|set| set.id == id) {
                    set.source = source.clone();
                }
            }
            Self::ReadAgain(id) => {
                for set in session.data.iter_mut().filter(|set| set.id == id) {
                    set.readings += 1;
                }
            }
            Self::AcceptChange(id) => {
                for set in session.data.iter_mut().filter(|set| set.id == id) {
                    set.sha256 = None;
                }
            }
            Self::TakeFile(id) => {
                for set in session.data.iter_mut().filter(|set| set.id == id) {
                    set.sha256 = None;
                    set.readings += 1;
                }
            }
            Self::SetImport(id, import) => {
                for set in session.data.iter_mut().filter(|set| set.id == id) {
                    set.import.clone_from(&import);
                }
            }
            Self::SetCheckpoints(checkpoints) => session.selection.checkpoints = checkpoints,
            Self::SetKeep(keep) => session.selection.keep = keep,
            Self::AddRule(text) => {
                let (rules, text) = (&mut session.selection.rules, text.trim());
                if !text.is_empty() && !rules.iter().any(|rule| rule.text == text) {
                    rules.push(Rule {
                        text: text.to_owned(),
                        on: true,
                    });
                }
                switch(rules, text, true);
            }
            Self::SetRule(text, on) => switch(&mut session.selection.rules, &text, on),
            Self::RemoveRule(text) => session.selection.rules.retain(|rule| rule.text != text),
            Self::SetDropHighestLoss(count) => session.selection.drop_highest_loss = count,
            Self::Exclude { what, reason } => exclude(&mut session.exclusions, what, &reason),
            Self::Restore(what) => restore(&mut session.exclusions, &what),
            Self::SetQuantities(quantities) => session.quantities = quantities,
            Self::SetJoin(join) => session.join = join,
        }
    }
}

fn switch(rules: &mut [Rule], text: &str, on: bool) {
    for rule in rules.iter_mut().filter(|rule| rule.text == text) {
        rule.on = on;
    }
}

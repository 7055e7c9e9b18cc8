//! What can be asked of the window beside changing the session: name, tooltip and shortcut of each command in one registry,
//! from which buttons and the palette take theirs.

use super::inspector::Tab;
use super::inspector::fit::QUESTIONS;
use super::training::TrainCommand;
use crate::figure::{FigureFormat, FigurePage};
use crate::session::{DataId, FigureOf, Source, TaskKind, TrustKind};
use crate::validation::CardFormat;
use eframe::egui::{Context, Key, KeyboardShortcut, Modifiers, Popup};

/// A command.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Command {
    /// Choose files of runs.
    Open,
    /// Save the project, where it was saved before.
    Save,
    /// Save the project to another file.
    SaveAs,
    /// Choose an earlier save to compare with.
    Compare,
    /// Compare with it no longer.
    CompareNoLonger,
    /// Open a project of the recent ones, by its place among them.
    OpenRecent(usize),
    /// Show the views alone, larger, told in steps.
    Present,
    /// The same on a display that the window is not on.
    PresentElsewhere,
    /// Take up unsaved work of an earlier time, or let it go.
    Restore(bool),
    /// Look for the file of a data set elsewhere.
    Find(DataId),
    /// Take the last change back.
    Undo,
    /// Do it again.
    Redo,
    /// Light or dark.
    SwitchTheme,
    /// Write a figure, the first view by default, for such a page or as the template says.
    SaveFigure(Option<FigureOf>, Option<FigurePage>),
    /// Write every view into a folder.
    SaveViews(FigureFormat),
    /// Put a figure on the clipboard as an image.
    CopyFigure(FigureOf),
    /// Paint how the figure of the inspector's tab is saved.
    Preview,
    /// Stop a job.
    CancelJob(TaskKind),
    /// Take a failed job off the list.
    DismissJob(u64),
    /// Ask for the fit again, after it was cancelled.
    Refit,
    /// Move a parameter of the fit, by index, and let the others follow.
    Profile(usize),
    /// Ask how far the fit can be trusted.
    Trust(TrustKind),
    /// Write the fit's card to a file.
    SaveCard(CardFormat),
    /// Put the fit's card on the clipboard.
    CopyCard(CardFormat),
    /// Open the table that the clipboard holds.
    Paste,
    /// Read a file again when it changes, or no longer.
    Watch(DataId, bool),
    /// Something about trainings on this machine.
    Train(TrainCommand),
    /// Open a bundled example, by its place among them.
    Example(usize),
    /// List every command.
    Palette,
    /// Explain the laws, the mouse and the keys.
    Help,
    /// Every drag on a plot draws an outline around runs, or no longer.
    Lasso,
    /// Show the run table, or put it away.
    RunTable,
    /// Leave the selected runs out of the fit.
    ExcludeSelected,
    /// Give up an outline, else select nothing, else put the lasso away.
    ClearSelection,
    /// Show a part of the inspector.
    Inspect(Tab),
}

impl Command {
    /// Those that make sense anywhere and at any time, in the order of the palette.
    pub(super) fn listed() -> Vec<Self> {
        let mut listed = vec![
            Self::Open,
            Self::Paste,
            Self::Undo,
            Self::Redo,
            Self::Lasso,
            Self::RunTable,
            Self::ExcludeSelected,
            Self::ClearSelection,
            Self::SaveFigure(None, None),
            Self::SaveFigure(Some(FigureOf::Board), None),
            Self::CopyFigure(FigureOf::Board),
            Self::Save,
            Self::SaveAs,
            Self::Compare,
            Self::CompareNoLonger,
            Self::Present,
            Self::PresentElsewhere,
            Self::SaveViews(FigureFormat::Svg),
            Self::Refit,
            Self::SwitchTheme,
            Self::Help,
        ];
        listed.extend((0..Source::EXAMPLES.len()).map(Self::Example));
        listed.extend(Tab::ALL.map(Self::Inspect));
        listed.extend(QUESTIONS.map(|(kind, ..)| Self::Trust(kind)));
        listed.extend(CardFormat::ALL.map(Self::CopyCard));
        listed.extend(CardFormat::ALL.map(Self::SaveCard));
        listed
    }

    /// Whether its keys mean it during a presentation too. Those that change what the desk shows, or ask for a file, do not.
    pub(super) fn is_for_a_room(self) -> bool {
        matches!(
            self,
            Self::Palette | Self::Help | Self::Undo | Self::Redo | Self::Save | Self::SwitchTheme
        )
    }

    /// As on its button.
    pub(super) fn name(self) -> String {
        let name = match self {
            Self::Open => "Open…",
            Self::Undo => "Undo",
            Self::Redo => "Redo",
            Self::SwitchTheme => "Light or dark",
            Self::SaveFigure(Some(FigureOf::Board), _) => "Save board as one figure…",
            Self::SaveFigure(..) => "Save figure…",
            Self::SaveViews(_) => "Save all views…",
            Self::Preview => "Preview figure",
            Self::CopyFigure(FigureOf::Board) => "Copy board as image",
            Self::CopyFigure(FigureOf::View(_)) => "Copy as image",
            Self::Train(_) => "Train",
            Self::Save => "Save",
            Self::SaveAs => "Save as…",
            Self::Compare => "Compare with an earlier save…",
            Self::CompareNoLonger => "Compare no longer",
            Self::OpenRecent(_) => "Open recent project",
            Self::Restore(true) => "Restore",
            Self::Restore(false) => "Discard",
            Self::Find(_) => "Find…",
            Self::Present => "Present",
            Self::PresentElsewhere => "Present on the other display",
            Self::CancelJob(_) => "Cancel",
            Self::DismissJob(_) => "Dismiss",
            Self::Refit => "Fit again",
            Self::Profile(_) => "Profile",
            Self::Trust(asked) => QUESTIONS
                .iter()
                .find(|(kind, ..)| *kind == asked)
                .map_or("Trust", |(_, name, _)| name),
            Self::SaveCard(format) => return format!("Save fit card as {}…", card_name(format)),
            Self::CopyCard(format) => return format!("Copy fit card as {}", card_name(format)),
            Self::Paste => "Paste",
            Self::Watch(_, true) => "Watch",
            Self::Watch(_, false) => "Watch no longer",
            Self::Example(place) => return format!("Example: {}", Source::EXAMPLES[place].name()),
            Self::Palette => "Commands",
            Self::Help => "Help",
            Self::Lasso => "Lasso",
            Self::RunTable => "Runs",
            Self::ExcludeSelected => "Exclude selected runs",
            Self::ClearSelection => "Clear selection",
            Self::Inspect(tab) => return format!("Inspector: {}", tab.name()),
        };
        name.to_owned()
    }

    /// What it does, in a sentence without its end.
    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Open => "Open files of runs, or a project",
            Self::Undo => "Take the last change back",
            Self::Redo => "Do again what was undone",
            Self::SwitchTheme => "Switch between light and dark",
            Self::SaveFigure(Some(FigureOf::Board), _) => "Write the views of the board side by side, lettered",
            Self::SaveFigure(..) => {
                "Write the first view as the template says: as SVG, PDF, PNG or CSV, by the ending of its name"
            }
            Self::SaveViews(_) => "Write every view into a folder",
            Self::Preview => "Paint the figure as it is saved",
            Self::CopyFigure(_) => "Put it on the clipboard as an image",
            Self::Train(_) => "Train on this machine",
            Self::Save => "Save data, choices and views as a project",
            Self::SaveAs => "Save data, choices and views as another project",
            Self::Compare => "Say what has changed since an earlier save, and draw its law beside",
            Self::CompareNoLonger => "Let the earlier save go that is compared with",
            Self::OpenRecent(_) => "Open a project that was open lately",
            Self::Restore(true) => "Take up the unsaved work of the last time",
            Self::Restore(false) => "Let the unsaved work of the last time go",
            Self::Find(_) => "Say where this file is now",
            Self::Present => "Show the views alone and larger, told in steps",
            Self::PresentElsewhere => "Present on the display that the window is not on; it comes back afterwards",
            Self::CancelJob(_) => "Stop this job",
            Self::DismissJob(_) => "Take this job off the list",
            Self::Refit => "Fit and resample once more, after one of them was cancelled",
            Self::Profile(_) => "Move a parameter and let the others follow",
            Self::Trust(asked) => QUESTIONS
                .iter()
                .find(|(kind, ..)| *kind == asked)
                .map_or("Ask how far the fit can be trusted", |(.., about)| about),
            Self::SaveCard(_) => "Write the fit with everything that it rests on to a file",
            Self::CopyCard(_) => "Put the fit with everything that it rests on onto the clipboard",
            Self::Paste => "Open the table that the clipboard holds; Ctrl+V does the same",
            Self::Watch(..) => "Read the file again whenever it changes",
            Self::Example(_) => "Open runs that come with the program, in place of any example that is open",
            Self::Palette => "List every command, view and law, and run one",
            Self::Help => "Explain each law with its source and limits, the mouse and the keys",
            Self::Lasso => "Drag around runs in any view to select them; with Shift a drag does so at any time",
            Self::RunTable => "Show every run in a table under the views, or put it away",
            Self::ExcludeSelected => "Leave the selected runs out of the fit; they stay in view, hollow",
            Self::ClearSelection => "Select nothing; once more puts the lasso away",
            Self::Inspect(tab) => tab.about(),
        }
    }
}

/// A card's format for people.
pub(super) fn card_name(format: CardFormat) -> &'static str {
    match format {
        CardFormat::Markdown => "Markdown",
        CardFormat::Latex => "LaTeX",
        CardFormat::Json => "JSON",
        CardFormat::Csv => "CSV",
        CardFormat::Python => "Python function",
    }
}

/// Commands with a keyboard shortcut.
pub(super) const SHORTCUTS: [(Command, KeyboardShortcut); 15] = [
    (Command::Palette, KeyboardShortcut::new(Modifiers::COMMAND, Key::K)),
    (Command::Help, KeyboardShortcut::new(Modifiers::NONE, Key::F1)),
    (Command::Present, KeyboardShortcut::new(Modifiers::NONE, Key::F5)),
    (Command::Open, KeyboardShortcut::new(Modifiers::COMMAND, Key::O)),
    (
        Command::SaveAs,
        KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::S),
    ),
    (Command::Save, KeyboardShortcut::new(Modifiers::COMMAND, Key::S)),
    // Longer chords first: Ctrl+Shift+Z would otherwise be taken for Ctrl+Z.
    (
        Command::Redo,
        KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z),
    ),
    (Command::Redo, KeyboardShortcut::new(Modifiers::COMMAND, Key::Y)),
    (Command::Undo, KeyboardShortcut::new(Modifiers::COMMAND, Key::Z)),
    (
        Command::SaveFigure(None, None),
        KeyboardShortcut::new(Modifiers::COMMAND, Key::E),
    ),
    (Command::SwitchTheme, KeyboardShortcut::new(Modifiers::COMMAND, Key::D)),
    (Command::Lasso, KeyboardShortcut::new(Modifiers::NONE, Key::L)),
    (Command::RunTable, KeyboardShortcut::new(Modifiers::NONE, Key::T)),
    (
        Command::ExcludeSelected,
        KeyboardShortcut::new(Modifiers::NONE, Key::Delete),
    ),
    (
        Command::ClearSelection,
        KeyboardShortcut::new(Modifiers::NONE, Key::Escape),
    ),
];

/// Shortcut of a command as text, such as `Ctrl+O`; empty where it has none.
pub(super) fn shortcut(ctx: &Context, command: Command) -> String {
    let found = SHORTCUTS.iter().find(|(listed, _)| *listed == command);
    found.map_or_else(String::new, |(_, shortcut)| ctx.format_shortcut(shortcut))
}

/// Commands whose keys were pressed in this frame.
pub(super) fn pressed(ctx: &Context) -> Vec<Command> {
    // Text being typed keeps its own Ctrl+Z, a menu that is open its Escape, and what lies over everything all keys.
    if ctx.text_edit_focused() || ctx.memory(|memory| memory.top_modal_layer().is_some()) {
        return vec![];
    }
    let menu = Popup::is_any_open(ctx);
    let pressed = |shortcut: &KeyboardShortcut| ctx.input_mut(|input| input.consume_shortcut(shortcut));
    SHORTCUTS
        .iter()
        .filter(|(_, shortcut)| !(menu && shortcut.modifiers.is_none()) && pressed(shortcut))
        .map(|(command, _)| *command)
        .collect()
}

//! The import sheet and the ways into the window: choosing roles, finding what was not used, pasting, folders, files that
//! grow, and leaving out what is suspicious.

use crate::window::{Dropped, session, settle, window_on};
use eframe::egui::{Event, Key, Modifiers, accesskit::Role as Access};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use isoloss::app::IsolossApp;
use isoloss::data::Role;
use isoloss::import::ImportOptions;
use isoloss::session::{LoadState, Source};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Rows of a law without noise, under headers of one's own.
fn rows(header: &str, count: u32) -> String {
    let mut text = format!("{header}\n");
    for k in 1..=count {
        let (n, d) = (1e8 * f64::from(k), 2e9 * f64::from((k * 7) % 11 + 1));
        let loss = 1.7 + 400.0 * n.powf(-0.34) + 900.0 * d.powf(-0.3);
        writeln!(text, "{n},{d},{loss}").unwrap();
    }
    text
}

fn write(folder: &Path, name: &str, text: &str) -> Source {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    Source::File(path)
}

pub(crate) fn drop_on(harness: &mut Harness<'_, IsolossApp>, path: PathBuf) {
    let dropped = std::sync::Arc::new(Dropped(path));
    harness.input_mut().dropped_files.push(dropped);
    settle(harness);
}

fn fitted(harness: &Harness<'_, IsolossApp>) -> Option<usize> {
    harness
        .state()
        .workspace()
        .derived()
        .report()
        .map(|report| report.n_used)
}

fn choose(harness: &mut Harness<'_, IsolossApp>, menu: &str, choice: &str) {
    harness.get_by_role_and_label(Access::ComboBox, menu).click();
    harness.run();
    harness.get_by_role_and_label(Access::Button, choice).click();
    settle(harness);
}

fn open_sheet(harness: &mut Harness<'_, IsolossApp>) {
    harness.get_by_role_and_label(Access::Button, "Data").click();
    harness.run();
    harness.get_by_label_contains(" columns…").click();
    settle(harness);
}

#[test]
fn a_file_without_a_loss_is_given_one_and_the_next_of_its_kind_needs_no_hand() {
    let folder = tempfile::tempdir().unwrap();
    let first = write(folder.path(), "first.csv", &rows("N,D,outcome", 12));
    let mut harness = window_on(vec![first]);
    // The sheet opens by itself and says what is wanted.
    harness.get_by_label("Back to the board");
    harness.get_by_label_contains("Say in the row of roles");
    assert_eq!(fitted(&harness), None);
    choose(&mut harness, "Role of outcome", "L, held-out loss");
    assert_eq!(fitted(&harness), Some(12));
    let import = session(&harness).data[0].import.clone();
    assert_eq!(import.columns, [(Role::Loss, "outcome".to_owned())]);
    harness.key_press(Key::Escape);
    settle(&mut harness);
    assert!(harness.query_by_label("Back to the board").is_none());

    // Another file with the same header is read the same way, and says so; undo takes its opening back, not half of it.
    let Source::File(second) = write(folder.path(), "second.csv", &rows("N,D,outcome", 20)) else {
        unreachable!()
    };
    drop_on(&mut harness, second);
    assert_eq!(fitted(&harness), Some(20));
    assert_eq!(session(&harness).data[1].import, import);
    open_sheet(&mut harness);
    assert!(harness.query_all_by_label("Read as you corrected it last time").count() > 0);
    harness.get_by_label("Forget").click();
    settle(&mut harness);
    assert_eq!(session(&harness).data[1].import, ImportOptions::default());
    assert_eq!(fitted(&harness), None);
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert_eq!(fitted(&harness), Some(20));
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert_eq!(session(&harness).data.len(), 1);
}

#[test]
fn a_role_is_changed_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let text = rows("N,D,loss", 12);
    let mut harness = window_on(vec![write(folder.path(), "runs.csv", &text)]);
    open_sheet(&mut harness);
    assert!(harness.query_all_by_label_contains("A table of runs").count() > 0);
    choose(&mut harness, "Role of D", "U, unique tokens");
    let LoadState::Ready(loaded) = harness
        .state()
        .workspace()
        .derived()
        .file(session(&harness).data[0].id)
        .unwrap()
    else {
        panic!("not read")
    };
    assert!(loaded.table.quantity(Role::Tokens).is_none());
    assert_eq!(
        harness.state().workspace().history().undo_label(),
        Some("correct reading")
    );
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut harness);
    assert_eq!(session(&harness).data[0].import, ImportOptions::default());
    assert_eq!(fitted(&harness), Some(12));
    // The delimiter is one click as well, and a wrong one can be taken back even where nothing can be read.
    choose(&mut harness, "Delimiter", "semicolon");
    assert_eq!(fitted(&harness), None);
    choose(&mut harness, "Delimiter", "automatic");
    assert_eq!(fitted(&harness), Some(12));
}

#[test]
fn what_was_not_used_leads_to_its_cell() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = rows("N,D,loss", 400);
    for line in 0..10_000 {
        if line % 400 == 7 {
            text.push_str("1e9,2e10\n1e9,2e10,2.5,7\n");
        }
        writeln!(text, "{},3e10,oops{line}", 1e9 + f64::from(line)).unwrap();
    }
    let mut harness = window_on(vec![write(folder.path(), "dirty.csv", &text)]);
    open_sheet(&mut harness);
    // Ten thousand entries, of which those in sight are laid out.
    harness.get_by_label_contains("Not used · 10");
    let listed = harness.query_all_by_label_contains("Line ").count();
    assert!(listed < 200, "{listed}");
    assert!(harness.query_by_label_contains("Marked: ").is_none());
    harness
        .get_by_role_and_label(Access::Button, &listed_label(&harness, "Line 405"))
        .click();
    settle(&mut harness);
    let marked = harness.get_by_label_contains("Marked: line 405, loss");
    assert!(marked.rect().height() > 0.0);
    // By reason.
    harness.get_by_role_and_label(Access::ComboBox, "Reason").click();
    harness.run();
    let choice = "… fields where the header has … · 25";
    harness.get_by_label(choice).click();
    settle(&mut harness);
    let entries = harness
        .query_all_by_label_contains("fields where the header has")
        .count();
    assert!(entries > 1);
    harness
        .get_by_role_and_label(Access::Button, &listed_label(&harness, "Line 410: "))
        .click();
    settle(&mut harness);
    harness.get_by_label_contains("Marked line 410: 1e9,2e10,2.5,7");
}

/// The whole label of the button whose label begins so.
fn listed_label(harness: &Harness<'_, IsolossApp>, start: &str) -> String {
    let labels = harness
        .query_all_by_role(Access::Button)
        .filter_map(|node| node.accesskit_node().label());
    labels
        .into_iter()
        .find(|label| label.starts_with(start))
        .unwrap_or_else(|| {
            let all: Vec<String> = harness
                .query_all_by_role(Access::Button)
                .filter_map(|node| node.accesskit_node().label())
                .collect();
            panic!("no button begins with {start}: {all:?}")
        })
}

#[test]
fn a_number_that_can_be_read_two_ways_is_asked_about() {
    let folder = tempfile::tempdir().unwrap();
    let text = rows("N;D;loss", 12)
        .replace(',', ";")
        .replace("N;D;loss", "N;D;loss;batch");
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(index, line)| match index {
            0 => line.to_owned(),
            index => format!("{line};1,{}", 200 + index),
        })
        .collect();
    let mut harness = window_on(vec![write(folder.path(), "two.csv", &lines.join("\n"))]);
    open_sheet(&mut harness);
    harness.get_by_label("Decimals of batch: 1,234 is 1.234").click();
    settle(&mut harness);
    assert_eq!(session(&harness).data[0].import.decimals, [("batch".to_owned(), ',')]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut harness);
    assert!(session(&harness).data[0].import.decimals.is_empty());
}

#[test]
fn patterns_of_names_are_edited_with_a_preview() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "run,D,loss\n".to_owned();
    for k in 1..=12 {
        let (n, d) = (1e8 * f64::from(k), 2e9 * f64::from((k * 7) % 11 + 1));
        let loss = 1.7 + 400.0 * n.powf(-0.34) + 900.0 * d.powf(-0.3);
        writeln!(text, "size-{}-x,{d},{loss}", k * 100).unwrap();
    }
    let mut harness = window_on(vec![write(folder.path(), "named.csv", &text)]);
    open_sheet(&mut harness);
    harness.get_by_label_contains("Told by names").click();
    harness.run();
    harness.get_by_label("No name told anything.");
    harness
        .get_by_role_and_label(Access::MultilineTextInput, "Name patterns")
        .focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    let typed = "size-{width}-x";
    harness
        .get_by_role_and_label(Access::MultilineTextInput, "Name patterns")
        .type_text(typed);
    harness.run();
    harness.get_by_label("width = 100");
    assert_eq!(session(&harness).data[0].import.name_patterns, None);
    harness.get_by_label("Use these patterns").click();
    settle(&mut harness);
    assert_eq!(
        session(&harness).data[0].import.name_patterns,
        Some(vec![typed.to_owned()])
    );
    harness.get_by_label("Usual patterns").click();
    settle(&mut harness);
    assert_eq!(session(&harness).data[0].import.name_patterns, None);
}

#[test]
fn a_table_is_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window_on(vec![]);
    harness.state_mut().keep_pasted_in(folder.path().join("kept"));
    let text = rows("N,D,loss", 14).replace(',', "\t");
    harness.input_mut().events.push(Event::Paste(text.clone()));
    settle(&mut harness);
    assert_eq!(fitted(&harness), Some(14));
    harness.get_by_label_contains("Pasted 15 lines, kept as");
    let Source::File(path) = &session(&harness).data[0].source else {
        panic!("not a file")
    };
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
    harness
        .input_mut()
        .events
        .push(Event::Paste("https://example.org".to_owned()));
    settle(&mut harness);
    harness.get_by_label_contains("The clipboard holds no table");
    assert_eq!(session(&harness).data.len(), 1);
}

#[test]
fn a_folder_is_opened_with_what_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = folder.path().join("sweep");
    std::fs::create_dir_all(sweep.join("deep")).unwrap();
    write(&sweep, "a.csv", &rows("N,D,loss", 12));
    write(&sweep.join("deep"), "b.csv", &rows("N,D,loss", 13));
    write(&sweep, "empty.csv", "");
    write(&sweep, "notes.txt", "nothing here\nis a table\n");
    write(&sweep, "weights.bin", "x");
    let mut harness = window_on(vec![Source::Example]);
    drop_on(&mut harness, sweep);
    assert_eq!(session(&harness).data.len(), 4);
    harness.get_by_label_contains("Found 4 files in “sweep”; 1 with other endings passed over");
    assert_eq!(fitted(&harness), Some(25));
    harness.get_by_label("Remove all 2 that cannot be used").click();
    settle(&mut harness);
    assert_eq!(session(&harness).data.len(), 2);
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert_eq!(session(&harness).data.len(), 4);
}

#[test]
fn a_file_is_read_again_as_it_grows() {
    let folder = tempfile::tempdir().unwrap();
    let source = write(folder.path(), "log.csv", &rows("N,D,loss", 12));
    let path = folder.path().join("log.csv");
    let mut harness = window_on(vec![source]);
    harness.get_by_role_and_label(Access::Button, "Data").click();
    harness.run();
    harness
        .get_by_role_and_label(Access::CheckBox, "Reload when it changes")
        .click();
    let wait_for = |harness: &mut Harness<'_, IsolossApp>, text: &str| {
        let start = Instant::now();
        while harness.query_all_by_label_contains(text).next().is_none() {
            assert!(start.elapsed() < Duration::from_secs(20), "`{text}` never came");
            std::thread::sleep(Duration::from_millis(50));
            settle(harness);
        }
    };
    wait_for(&mut harness, "no new points");
    let label = harness.state().workspace().history().undo_label().map(str::to_owned);
    // Three rows more, the last of them half written.
    let mut longer = rows("N,D,loss", 14);
    longer.push_str("1.5e9,2e9,2.");
    std::fs::write(&path, longer).unwrap();
    wait_for(&mut harness, "2 new points");
    assert_eq!(fitted(&harness), Some(14));
    assert_eq!(harness.state().workspace().history().undo_label(), label.as_deref());
    harness.get_by_label_contains(" columns…").click();
    settle(&mut harness);
    harness.get_by_label("Not used · 0");
    // A moment without a table takes nothing away.
    std::fs::write(&path, "").unwrap();
    wait_for(&mut harness, "Not reloaded");
    assert_eq!(fitted(&harness), Some(14));
}

#[test]
fn what_is_suspicious_is_left_out_with_its_reason_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = rows("N,D,loss", 20);
    text.push_str("1e8,16e9,9.9\n1e8,16e9,nan\n");
    let twice = text.lines().nth(3).unwrap().to_owned();
    text.push_str(&twice);
    text.push('\n');
    let mut harness = window_on(vec![write(folder.path(), "runs.csv", &text)]);
    let all = fitted(&harness).unwrap();
    harness.get_by_role_and_label(Access::Button, "Data").click();
    settle(&mut harness);
    harness.get_by_label("Show: duplicate").click();
    settle(&mut harness);
    harness.get_by_label("Hide: duplicate");
    harness.get_by_label("Exclude: duplicate").click();
    settle(&mut harness);
    assert_eq!(fitted(&harness), Some(all - 1));
    assert_eq!(session(&harness).exclusions[0].reason, "duplicate");
    harness.get_by_label("Left out by hand: 1");
    let run = session(&harness).exclusions[0].of.run.clone();
    // Read another way, the file keeps what was left out.
    open_sheet(&mut harness);
    choose(&mut harness, "Decimals", "1.5");
    assert_eq!(session(&harness).exclusions.len(), 1);
    assert_eq!(fitted(&harness), Some(all - 1));
    harness.get_by_label(&format!("Restore {run}")).click_accesskit();
    settle(&mut harness);
    assert_eq!(fitted(&harness), Some(all));
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert_eq!(fitted(&harness), Some(all - 1));
}

#[test]
fn which_loss_counts_is_a_choice() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "run,step,N,D,loss\n".to_owned();
    for k in 1..=10 {
        let n = 1e8 * f64::from(k);
        for step in 1..=4 {
            let d = 1e9 * f64::from(step * k);
            let bump = if step == 4 { 0.2 } else { 0.0 };
            let loss = 1.7 + 400.0 * n.powf(-0.34) + 900.0 * d.powf(-0.3) + bump;
            writeln!(text, "r{k},{step},{n},{d},{loss}").unwrap();
        }
    }
    let mut harness = window_on(vec![write(folder.path(), "curves.csv", &text)]);
    let value = |harness: &Harness<'_, IsolossApp>| harness.state().workspace().derived().report().unwrap().value;
    let before = value(&harness);
    harness.get_by_role_and_label(Access::Button, "Data").click();
    settle(&mut harness);
    choose(&mut harness, "Which loss", "lowest so far");
    assert_ne!(value(&harness), before);
    choose(&mut harness, "Which checkpoints", "all");
    // Of every curve the points that are lower than all before.
    assert_eq!(fitted(&harness), Some(30));
    harness.get_by_label("Undo").click();
    harness.run();
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert_eq!(value(&harness), before);
}

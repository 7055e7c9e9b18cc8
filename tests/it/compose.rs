//! What users write on figures, several of them on one page, and looks under a name.

use crate::cli::isoloss;
use crate::figures::Bench;
use crate::window::{click, session, settle, typed, window_on};
use eframe::egui::{Key, accesskit::Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use isoloss::figure::views::View;
use isoloss::figure::{
    FigureFormat, FigurePage, Mark, NoteKind, Parts, Plate, RuleAt, SvgStyle, Template, Theme, ThemeKind, layout,
    place_notes, to_csv, to_svg,
};
use isoloss::session::{Action, FigureAction, FigureOf, Session, Source, ViewAction, Workspace, apply, project_text};

fn example() -> Workspace {
    let mut workspace = Workspace::new(Session::default());
    for action in Source::Example.opened() {
        let tasks = workspace.act(action, None);
        workspace.settle(tasks);
    }
    workspace
}

fn act(workspace: &mut Workspace, action: FigureAction) {
    let tasks = workspace.act(Action::Figure(action), None);
    workspace.settle(tasks);
}

fn note(view: View, text: &str, kind: NoteKind) -> FigureAction {
    FigureAction::AddNote {
        view,
        text: text.to_owned(),
        kind,
    }
}

fn slide() -> SvgStyle {
    Template::of(FigurePage::Slide).style()
}

#[test]
fn titles_and_notes_are_drawn_with_the_numbers_of_now() {
    let mut workspace = example();
    let of = FigureOf::View(View::LossC);
    act(
        &mut workspace,
        FigureAction::SetTitle(of, Some("At {C} FLOP the loss is {L}".to_owned())),
    );
    act(
        &mut workspace,
        note(
            View::LossC,
            "a = {a±}",
            NoteKind::Leader {
                place: [0.7, 0.2],
                to: [1e21, 2.3],
            },
        ),
    );
    act(
        &mut workspace,
        note(View::LossC, "our largest cluster", NoteKind::Vertical { x: 1e22 }),
    );
    let title = |workspace: &Workspace| workspace.picture(View::LossC).plate.title().to_owned();
    let before = title(&workspace);
    assert!(before.starts_with("At 5.76·10²³ FLOP the loss is 1.97"), "{before}");
    let svg = to_svg(&workspace.picture(View::LossC).plate, &slide());
    for said in [&before, "a = 0.5", "our largest cluster"] {
        assert!(svg.contains(said), "{said}");
    }
    // Another budget, another title: nothing that is written is a number of yesterday.
    let budget = isoloss::session::PlanAction::SetBudget(isoloss::units::Flops(1e22));
    drop(workspace.act(Action::Plan(budget), None));
    assert!(
        title(&workspace).starts_with("At 10²² FLOP the loss is 2.1"),
        "{}",
        title(&workspace)
    );
    // Over other axes they would say what is not so.
    let marks = |workspace: &Workspace| workspace.picture(View::LossC).plate.panels[0].marks.clone();
    let written = |marks: &[Mark]| {
        marks
            .iter()
            .filter(|mark| match mark {
                Mark::Note { .. } => true,
                Mark::Rule { label, .. } => label == "our largest cluster",
                _ => false,
            })
            .count()
    };
    assert_eq!(written(&marks(&workspace)), 2);
    drop(workspace.act(Action::View(ViewAction::SetReducible(true)), None));
    assert_eq!(written(&marks(&workspace)), 0);
    drop(workspace.undo());
    assert_eq!(written(&marks(&workspace)), 2);
    // Emptied, a title is the program's again and leaves no trace.
    act(&mut workspace, FigureAction::SetTitle(of, None));
    assert!(workspace.session().figures.wording.titles.is_empty());
    assert!(title(&workspace).starts_with("Loss falls towards"));
}

#[test]
fn labels_make_room_for_notes() {
    let bench = Bench::new();
    let mut figure = bench.draw(View::Isoflop, |_| {});
    let page = |figure: &isoloss::figure::Figure| {
        let laid = layout(figure, 1600.0, 900.0, 1.8);
        let labels: Vec<([f64; 2], f64)> = laid.labels.iter().map(|label| (label.centre, label.width)).collect();
        (labels, laid.frame, laid.label_size)
    };
    let (labels, frame, size) = page(&figure);
    // Over the first label.
    let [x, y] = labels[0].0;
    let place = [
        (x - frame.plot.left) / frame.plot.width(),
        (y - frame.plot.top) / frame.plot.height(),
    ];
    figure.marks.push(Mark::Note {
        id: "note 0".to_owned(),
        text: "Words that take their room\nand more of it".to_owned(),
        place,
        to: None,
    });
    let bounds = place_notes(&figure.marks, &frame, size)[0].bounds;
    for (centre, width) in page(&figure).0 {
        let apart = (centre[0] - width / 2.0 > bounds.right || centre[0] + width / 2.0 < bounds.left)
            || (centre[1] > bounds.bottom || centre[1] < bounds.top);
        assert!(apart, "a label at {centre:?} under the note at {bounds:?}");
    }
}

#[test]
fn views_stand_side_by_side_on_one_page() {
    let workspace = example();
    let plate = workspace
        .picture_of_views(&[View::Isoflop, View::Frontier, View::Isoloss])
        .plate;
    let heading = plate.heading.clone().unwrap();
    assert!(
        heading.title.contains("parameters on") && heading.title.contains("5.76·10²³ FLOP"),
        "{}",
        heading.title
    );
    assert!(
        heading.subtitle.contains("(synthetic) · runs of 6·10¹⁸"),
        "what all panels say is said once"
    );
    assert!(heading.equation[0].starts_with("L = 1.8") && heading.footer[0].contains("sha256"));
    let svg = to_svg(&plate, &slide());
    let document = ids_of(&svg);
    assert_eq!(document.iter().filter(|id| id.ends_with("-panel")).count(), 3);
    let mut ids = document.clone();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), document.len(), "no id twice");
    assert!(svg.len() < 200_000);
    // Their plots stand as high as each other.
    let mut rows = csv::Reader::from_reader(std::io::Cursor::new(to_csv(&plate, &|_| None)));
    assert_eq!(&rows.headers().unwrap()[0], "panel");
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    for (letter, panel) in ["a", "b", "c"].iter().zip(&plate.panels) {
        let axes = rows.iter().find(|row| &row[0] == *letter && &row[2] == "axes").unwrap();
        assert_eq!([&axes[4], &axes[5]], [&panel.x.label, &panel.y.label]);
        assert!(rows.iter().filter(|row| &row[0] == *letter).count() > 50);
    }
}

/// Every id of an SVG.
fn ids_of(svg: &str) -> Vec<String> {
    let ids = svg.match_indices(" id=\"").map(|(at, mark)| {
        let rest = &svg[at + mark.len()..];
        rest[..rest.find('"').unwrap()].to_owned()
    });
    ids.collect()
}

#[test]
fn a_plate_is_snapped_as_text() {
    let bench = Bench::new();
    let panels = vec![bench.draw(View::Isoflop, |_| {}), bench.draw(View::Frontier, |_| {})];
    let plate = Plate::of("Two views of one law".to_owned(), None, panels);
    insta::assert_snapshot!(
        "plate-light",
        to_svg(&plate, &SvgStyle::new(1600.0, 900.0, Theme { kind: ThemeKind::Light }))
    );
}

#[test]
fn parts_are_left_out_of_the_picture_and_stay_in_its_words() {
    let figure = Bench::new().draw(View::LossC, |_| {});
    let with = |parts: Parts| {
        let mut style = slide();
        style.parts = parts;
        to_svg(&figure, &style)
    };
    // What is drawn, without the words for those who cannot see it.
    let drawn = |svg: &str| svg[svg.find("<rect").unwrap()..].to_owned();
    let whole = with(Parts::default());
    let start = |text: &str| text.split(['^', '&']).next().unwrap().to_owned();
    let all = Parts::default();
    for (part, parts) in [
        (start(&figure.title), Parts { title: false, ..all }),
        (start(&figure.subtitle), Parts { subtitle: false, ..all }),
        (start(&figure.equation[0]), Parts { equation: false, ..all }),
        ("n = ".to_owned(), Parts { footer: false, ..all }),
    ] {
        let svg = with(parts);
        assert!(drawn(&whole).contains(&format!(">{part}")), "{part} is drawn");
        assert!(!drawn(&svg).contains(&format!(">{part}")), "{part} is left out");
        assert!(
            svg.contains(&format!("<title id=\"title\">{}", start(&figure.title))),
            "{part}"
        );
    }
    let bare = with(Parts { grid: false, ..all });
    assert!(bare.len() < whole.len() && bare.matches("<text").count() == whole.matches("<text").count());
}

#[test]
fn a_project_keeps_what_is_written_and_how_it_looks() {
    let mut session = Session::default();
    let template = Template {
        name: "Group talk".to_owned(),
        theme: ThemeKind::Dark,
        text_scale: 1.2,
        ..Template::of(FigurePage::SlideTall)
    };
    for action in [
        FigureAction::SetTitle(FigureOf::Board, Some("{N} for {C}".to_owned())),
        FigureAction::SetSubtitle(FigureOf::View(View::Isoloss), Some("ours".to_owned())),
        note(View::Isoloss, "two\nlines", NoteKind::Text { place: [0.25, 0.75] }),
        note(View::Residuals, "", NoteKind::Horizontal { y: 0.01 }),
        FigureAction::SetTemplate(template.clone()),
    ] {
        apply(&mut session, Action::Figure(action));
    }
    let text = serde_json::to_string_pretty(&session).unwrap();
    let read: Session = serde_json::from_str(&text).unwrap();
    assert_eq!(read, session);
    assert_eq!(read.figures.template, template);
    assert!(text.contains("\"on\": \"residuals-over-params\""));
    // A session of before has none of it.
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    value.as_object_mut().unwrap().remove("figures");
    let old: Session = serde_json::from_value(value).unwrap();
    assert_eq!(old.figures, isoloss::session::Composition::default());
}

#[test]
fn the_figure_tab_writes_titles_notes_and_looks() {
    let mut harness = window_on(vec![Source::Example]);
    click(&mut harness, "Figure");
    typed(&mut harness, "Title", "Our map at {C}");
    let first = session(&harness).view.board[0];
    assert_eq!(
        session(&harness).figures.wording.titles[&first].title.as_deref(),
        Some("Our map at {C}")
    );
    let image = |harness: &egui_kittest::Harness<'_, isoloss::app::IsolossApp>, said: &str| {
        harness
            .query_all_by_role(Role::Image)
            .any(|image| image.accesskit_node().label().is_some_and(|label| label.contains(said)))
    };
    assert!(image(&harness, "Our map at 10²⁴") || image(&harness, "Our map at 5.76·10²³"));
    harness.get_by_label("Number in the title").click();
    harness.run();
    harness.get_by_label_contains("{D/N}").click();
    settle(&mut harness);
    assert_eq!(
        session(&harness).figures.wording.titles[&first].title.as_deref(),
        Some("Our map at {C} {D/N}")
    );
    // A note is put on the view and moved by keys; a line moves by its number.
    click(&mut harness, "Add a note");
    harness.get_by_label("Text with leader").click();
    settle(&mut harness);
    typed(&mut harness, "Words of text with leader 1", "Here we are");
    let notes =
        |harness: &egui_kittest::Harness<'_, isoloss::app::IsolossApp>| session(harness).figures.wording.notes.clone();
    assert_eq!(notes(&harness)[0].text, "Here we are");
    let before = notes(&harness)[0].kind.place().unwrap();
    harness.get_by_label("Note “Here we are”").focus();
    harness.run();
    harness.key_press(Key::ArrowLeft);
    settle(&mut harness);
    let after = notes(&harness)[0].kind.place().unwrap();
    assert!(after[0] < before[0] && after[1] == before[1], "{before:?} {after:?}");
    click(&mut harness, "Add a note");
    harness.get_by_label("Vertical line").click();
    settle(&mut harness);
    typed(&mut harness, "Vertical line 2 stands at", "3e9");
    assert_eq!(notes(&harness)[1].kind, NoteKind::Vertical { x: 3e9 });
    let figure = harness.state().workspace().picture(first).plate.panels.remove(0);
    assert!(
        figure
            .marks
            .iter()
            .any(|mark| matches!(mark, Mark::Rule { at: RuleAt::X(x), .. } if *x == 3e9))
    );
    click(&mut harness, "Remove vertical line 2");
    assert_eq!(notes(&harness).len(), 1);
    harness.get_by_label("Undo").click();
    settle(&mut harness);
    assert_eq!(notes(&harness).len(), 2);
    // A look of one's own.
    click(&mut harness, "Dark");
    assert_eq!(session(&harness).figures.template.theme, ThemeKind::Dark);
    assert_eq!(session(&harness).figures.template.name, "Own");
    typed(&mut harness, "Size of figures", "8 in x 4.5 in");
    assert_eq!(session(&harness).figures.template.size, [768.0, 432.0]);
    typed(&mut harness, "Name of the look", "Group talk");
    assert_eq!(session(&harness).figures.template.name, "Group talk");
    click(&mut harness, "Forget Group talk");
    assert!(harness.query_by_label("Forget Group talk").is_none());
}

/// What the window writes of a project, the command line writes to the byte, looks and words included.
#[test]
fn the_command_line_draws_the_same_bytes_as_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = example();
    let template = Template {
        name: "Ours".to_owned(),
        theme: ThemeKind::Dark,
        size: [1000.0, 700.0],
        ..Template::default()
    };
    for action in [
        FigureAction::SetTitle(FigureOf::View(View::LossC), Some("{L} at {C}, E = {E±}".to_owned())),
        note(View::LossC, "here", NoteKind::Text { place: [0.3, 0.3] }),
        FigureAction::SetTemplate(template.clone()),
    ] {
        act(&mut workspace, action);
    }
    for (name, views) in [
        ("one", vec![View::LossC]),
        ("three", vec![View::LossC, View::Isoflop, View::Frontier]),
    ] {
        for (place, view) in views.iter().enumerate() {
            let action = if place == 0 {
                ViewAction::Only(*view)
            } else {
                ViewAction::Toggle(*view)
            };
            drop(workspace.act(Action::View(action), None));
        }
        let text = project_text(workspace.session(), workspace.derived(), folder.path());
        std::fs::write(folder.path().join("talk.isoloss"), text).unwrap();
        let picture = workspace.picture_of_views(&views);
        for format in FigureFormat::ALL {
            let file = format!("{name}.{}", format.extension());
            let listed: Vec<&str> = views.iter().map(|view| view.name()).collect();
            let drawn = isoloss(
                folder.path(),
                &["figure", "talk.isoloss", "--view", &listed.join(","), "--out", &file],
            );
            assert!(drawn.status.success(), "{}", String::from_utf8_lossy(&drawn.stderr));
            let written = std::fs::read(folder.path().join(&file)).unwrap();
            let window = picture.write(format, template.style(), template.pixels).unwrap();
            assert!(written == window, "{file} differs");
        }
    }
    // Another project takes the look by its name.
    let other = isoloss(
        folder.path(),
        &[
            "figure",
            "talk.isoloss",
            "--view",
            "isoflop",
            "--template",
            "column",
            "--theme",
            "light",
            "--title",
            "Own",
            "--out",
            "column.svg",
        ],
    );
    assert!(other.status.success(), "{}", String::from_utf8_lossy(&other.stderr));
    let svg = std::fs::read_to_string(folder.path().join("column.svg")).unwrap();
    assert!(svg.contains("width=\"312\"") && svg.contains(">Own</text>") && svg.contains("#fcfcfd"));
    let wrong = isoloss(
        folder.path(),
        &[
            "figure",
            "talk.isoloss",
            "--view",
            "isoflop",
            "--template",
            "poster",
            "--out",
            "x.svg",
        ],
    );
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("slide-4x3"));
}

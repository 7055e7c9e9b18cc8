use super::*;
use crate::lab::{LabError, live_table};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn run_of(name: &str, tokens: u64) -> Planned {
    Planned {
        name: name.to_owned(),
        context: Some(32),
        batch: Some(4),
        ..Planned::new([16, 1], tokens, 0, None)
    }
}

fn plan(folder: &Path, runs: Vec<Planned>) -> SweepPlan {
    let text = folder.join("text.txt");
    std::fs::write(&text, "so much text, so little time. ".repeat(100)).unwrap();
    SweepPlan {
        budget: None,
        corpus: Some(CorpusChoice::Path(text)),
        runs,
    }
}

fn asleep() -> Wake {
    Arc::new(|| {})
}

/// Looks until something is so.
fn until(queue: &mut Queue, what: &str, so: impl Fn(&Queue) -> bool) {
    let start = Instant::now();
    loop {
        queue.poll();
        if so(queue) {
            return;
        }
        assert!(
            start.elapsed() < Duration::from_secs(240),
            "not {what}: {:?}",
            queue.rows
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn rows_on_disk(folder: &Path) -> usize {
    std::fs::read_to_string(runs_csv(folder)).map_or(0, |text| text.lines().count() - 1)
}

fn state<'a>(queue: &'a Queue, name: &str) -> &'a RowState {
    &queue.rows.iter().find(|row| row.planned.name == name).unwrap().state
}

#[test]
fn runs_are_done_one_after_the_other_and_come_into_the_table() {
    let at = tempfile::tempdir().unwrap();
    let folder = at.path().join("sweep");
    let runs = vec![run_of("a", 3_000), run_of("b", 4_000)];
    let mut queue = Queue::start(plan(at.path(), runs), &folder, 2, asleep());
    assert!(queue.unfinished());
    until(&mut queue, "finished", |queue| {
        !queue.rows.is_empty() && !queue.unfinished()
    });
    assert_eq!(rows_on_disk(&folder), 2);
    let row = queue.row(0).unwrap();
    assert!((row.done - 1.0).abs() < 1e-9 && row.curve.len() > 10 && row.summary.is_some());
    assert!((queue.done() - 1.0).abs() < 1e-9 && !queue.active());
    let table = live_table(queue.rows()).unwrap();
    assert_eq!(table.runs().len(), 2);
    let last = table.points().iter().filter(|point| point.run == 0).last().unwrap();
    assert!(table.points().iter().any(|point| point.loss.is_some()) && last.loss.is_some());
    // One more, under a name of its own.
    let more = Planned {
        context: Some(32),
        ..Planned::new([16, 1], 3_000, 0, None)
    };
    assert!(queue.add(more.clone()) && queue.add(more));
    until(&mut queue, "finished again", |queue| !queue.unfinished());
    assert_eq!(rows_on_disk(&folder), 4);
    drop(queue);
    assert_eq!(crate::lab::read_plan(&folder).unwrap().runs[3].name, "d16-l1-3k-2");
    // Another sweep does not write over it.
    let mut other = Queue::start(plan(at.path(), vec![run_of("c", 3_000)]), &folder, 1, asleep());
    until(&mut other, "ended", Queue::ended);
    assert!(other.broken().unwrap().contains("already"), "{:?}", other.broken());
}

#[test]
fn a_pause_and_another_start_change_no_bit() {
    let at = tempfile::tempdir().unwrap();
    let runs = || vec![run_of("a", 20_000), run_of("b", 3_000)];
    let whole = at.path().join("whole");
    let mut queue = Queue::start(plan(at.path(), runs()), &whole, 1, asleep());
    until(&mut queue, "finished", |queue| {
        !queue.rows.is_empty() && !queue.unfinished()
    });
    let losses = |queue: &Queue| -> Vec<Option<f64>> {
        let of = |row: &Row| row.summary.as_ref().and_then(|summary| summary.loss);
        queue.rows.iter().map(of).collect()
    };
    let expected = losses(&queue);

    let folder = at.path().join("paused");
    let mut queue = Queue::start(plan(at.path(), runs()), &folder, 1, asleep());
    until(&mut queue, "begun", |queue| {
        queue.rows.first().is_some_and(|row| row.curve.len() > 3)
    });
    queue.pause();
    until(&mut queue, "paused", |queue| {
        !queue.active() && *state(queue, "a") == RowState::Waiting
    });
    assert!(folder.join("a/state.safetensors").exists());
    assert!(queue.unfinished());
    queue.go_on();
    until(&mut queue, "going on", |queue| *state(queue, "a") == RowState::Running);
    queue.stop();
    until(&mut queue, "ended", Queue::ended);
    drop(queue);

    let mut queue = Queue::resume(&folder, 1, asleep());
    until(&mut queue, "finished", |queue| {
        !queue.rows.is_empty() && !queue.unfinished()
    });
    assert_eq!(losses(&queue), expected);
    let steps: Vec<u64> = queue.row(0).unwrap().curve.iter().map(|point| point.step).collect();
    assert!(
        steps.is_sorted() && steps.len() > 100,
        "the curve is whole: {}",
        steps.len()
    );
    assert_eq!(rows_on_disk(&folder), 2);
}

#[test]
fn what_is_cancelled_leaves_the_plan_and_what_waits_is_reordered() {
    let at = tempfile::tempdir().unwrap();
    let folder = at.path().join("sweep");
    let runs = ["a", "b", "c", "d"].map(|name| run_of(name, 4_000_000));
    let mut queue = Queue::start(plan(at.path(), runs.to_vec()), &folder, 1, asleep());
    until(&mut queue, "begun", |queue| {
        queue.rows.first().is_some_and(|row| row.state == RowState::Running)
    });
    queue.swap(3, true);
    queue.swap(1, true);
    let order: Vec<&str> = queue.rows.iter().map(|row| &*row.planned.name).collect();
    assert_eq!(order, ["a", "b", "d", "c"], "the first that waits stays first");
    queue.cancel(1);
    queue.cancel(0);
    until(&mut queue, "at the next", |queue| {
        *state(queue, "d") == RowState::Running
    });
    assert_eq!(*state(&queue, "a"), RowState::Cancelled);
    assert_eq!(*state(&queue, "b"), RowState::Cancelled);
    queue.cancel_all();
    until(&mut queue, "cancelled", |queue| !queue.unfinished());
    drop(queue);
    assert!(crate::lab::read_plan(&folder).unwrap().runs.is_empty());
}

#[test]
fn a_panic_and_a_failure_are_errors_on_their_rows() {
    let at = tempfile::tempdir().unwrap();
    let count = AtomicUsize::new(0);
    let work: Work = Arc::new(move |request, watch| match count.fetch_add(1, Ordering::Relaxed) {
        // The panic hook's message on stderr is expected.
        0 => panic!("index out of range"),
        1 => Err(LabError::OtherText),
        _ => run(request, watch),
    });
    let runs = ["a", "b", "c"].map(|name| run_of(name, 3_000));
    let plan = plan(at.path(), runs.to_vec());
    let mut queue = Queue::begin(Some(plan), &at.path().join("sweep"), 1, asleep(), work);
    until(&mut queue, "done", |queue| {
        !queue.rows.is_empty() && !queue.unfinished()
    });
    let failed = |text: &str| RowState::Failed(text.to_owned());
    assert_eq!(*state(&queue, "a"), failed("internal error: index out of range"));
    assert_eq!(
        *state(&queue, "b"),
        failed("the text is not the one that this run began with")
    );
    assert_eq!(*state(&queue, "c"), RowState::Finished);
}

#[test]
fn a_folder_without_a_plan_is_no_sweep() {
    let at = tempfile::tempdir().unwrap();
    let mut queue = Queue::resume(at.path(), 1, asleep());
    until(&mut queue, "ended", Queue::ended);
    assert!(queue.broken().unwrap().contains("no such file"), "{:?}", queue.broken());
    assert!(!queue.unfinished() && !queue.active());
}

/// The nice value of this thread: the 19th field of its line in /proc.
#[cfg(target_os = "linux")]
fn niceness() -> i32 {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    let after_name = &stat[stat.rfind(')').unwrap() + 2..];
    after_name.split(' ').nth(16).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn workers_give_way_and_nobody_else_does() {
    let before = niceness();
    let worker = std::thread::spawn(|| (workers::lower_priority(), niceness()));
    assert_eq!(worker.join().unwrap(), (true, 19));
    assert_eq!(niceness(), before);
}

//! How fast files are read: a table of learning curves, with and without quotation marks, or the file that is named.
//!
//! `cargo bench --bench import -- FILE` reads FILE four times in one process, from the disk to the table of runs, and
//! prints the seconds of each as JSON; `peers/import_vs_polars.py` compares them.

use criterion::{Criterion, Throughput};
use isoloss::import::{ImportOptions, Imported, import_or_show};
use isoloss::session::{Answer, DataId, DataSet, Source, Task};
use std::fmt::Write as _;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Curves of fifty runs.
fn curves(rows: usize, quote: &str) -> String {
    let mut text = "run,step,tokens,params,train_loss,val_loss\n".to_owned();
    for row in 0..rows {
        let (run, step) = (row * 50 / rows, row % (rows / 50));
        let loss = 3.0 + f64::from(u32::try_from(row * 7919 % 1000).unwrap_or(0)) / 9973.0;
        writeln!(
            text,
            "{quote}run-{run:04}{quote},{step},{}.0,{}.5,{loss},{}",
            step * 524_288,
            123_456_789 + run,
            loss + 0.1,
        )
        .expect("a string has room");
    }
    text
}

fn read(bytes: Vec<u8>) -> Imported {
    let unwatched = |_: f64| ControlFlow::Continue(());
    import_or_show("curves.csv", bytes, &ImportOptions::default(), &unwatched).expect("a table of runs")
}

fn made_up(criterion: &mut Criterion) {
    for (name, quote) in [("unquoted", ""), ("quoted", "\"")] {
        let text = curves(100_000, quote);
        let mut group = criterion.benchmark_group("import");
        group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(10);
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(read(text.clone().into_bytes())));
        });
    }
}

/// Reads a file as the program does.
fn load(path: PathBuf) -> f64 {
    let start = Instant::now();
    let set = DataSet {
        id: DataId(1),
        source: Source::File(path),
        import: ImportOptions::default(),
        shown: true,
        readings: 0,
        sha256: None,
    };
    let answer = Task::Load { set, kept: None }.run(&|_| ControlFlow::Continue(()));
    let seconds = start.elapsed().as_secs_f64();
    // The hash, which is found once the runs are there, must not slow the next reading.
    if let Answer::Loaded { result: Ok(loaded), .. } = &answer {
        black_box(loaded.hash.hex());
    }
    seconds
}

fn main() {
    let file = std::env::args_os()
        .skip(1)
        .map(PathBuf::from)
        .find(|path| path.is_file());
    if let Some(file) = file {
        let seconds: Vec<f64> = (0..4).map(|_| load(file.clone())).collect();
        #[allow(clippy::print_stdout, reason = "the answer")]
        {
            println!("{{\"seconds\": {seconds:?}}}");
        }
        return;
    }
    let mut criterion = Criterion::default().configure_from_args();
    made_up(&mut criterion);
    criterion.final_summary();
}

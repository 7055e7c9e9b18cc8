//! Files into runs: whole files written here, and real ones where they are at hand.

use crate::shared;
use isoloss::data::{Checkpoints, Role, RunTable, Selection};
use isoloss::import::{ImportError, ImportOptions, Imported, Shape, import, import_or_show, write_tidy};

fn read(text: impl AsRef<[u8]>) -> Imported {
    import("sweep.csv", text.as_ref(), &ImportOptions::default()).unwrap()
}

fn refuse(text: impl AsRef<[u8]>) -> String {
    match import("sweep.csv", text.as_ref(), &ImportOptions::default()) {
        Err(error) => error.to_string(),
        Ok(imported) => panic!("read {} points", imported.table.points().len()),
    }
}

fn with_column(text: &str, role: Role, name: &str) -> Result<Imported, ImportError> {
    let options = ImportOptions {
        columns: vec![(role, name.to_owned())],
        ..ImportOptions::default()
    };
    import("sweep.csv", text.as_bytes(), &options)
}

/// N, D, C and L of a point.
fn values(table: &RunTable, point: usize) -> [Option<f64>; 4] {
    ["N", "D", "C", "L"].map(|name| table.number(point, name))
}

/// The header that has a role.
fn column(imported: &Imported, role: Role) -> Option<&str> {
    let columns = &imported.report.columns;
    columns.iter().find(|c| c.role == Some(role)).map(|c| c.name.as_str())
}

fn has_note(imported: &Imported, part: &str) -> bool {
    imported.report.notes.iter().any(|note| note.contains(part))
}

#[test]
fn german_spreadsheet() {
    let imported = read(
        "\u{feff}Modell;Parameter;N;Tokens (Mrd.);D;Training FLOP;loss\r\nklein;x;125.000.000;2,5;2,5E+09;1,9E+18;3,125\r\ngroß;y;1,2B;24;24B;1,7E+20;2,456\r\n",
    );
    assert_eq!(
        (imported.report.delimiter.as_str(), imported.report.encoding.as_str()),
        (";", "utf-8")
    );
    assert_eq!(
        values(&imported.table, 0),
        [Some(125e6), Some(2.5e9), Some(1.9e18), Some(3.125)]
    );
    assert_eq!(
        values(&imported.table, 1),
        [Some(1.2e9), Some(24e9), Some(1.7e20), Some(2.456)]
    );
    let sizes = imported.report.columns.iter().find(|c| c.name == "N").unwrap();
    assert_eq!((sizes.decimal.as_str(), sizes.thousands.as_str()), (",", "."));
    assert!(has_note(&imported, "`1,234`"), "{:?}", imported.report.notes);
}

#[test]
fn unicode_text_of_a_spreadsheet() {
    let text = "run\tparams\ttokens\tval loss\nµP\t70M\t1.4B\t4.25\n";
    let bytes: Vec<u8> = std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let imported = read(bytes);
    assert_eq!(imported.report.encoding, "utf-16le");
    assert_eq!(imported.report.delimiter, "\t");
    assert_eq!(imported.table.run_name(0), "µP");
    assert_eq!(
        values(&imported.table, 0),
        [Some(70e6), Some(1.4e9), Some(6.0 * 70e6 * 1.4e9), Some(4.25)]
    );
    assert!(has_note(&imported, "flops computed as 6 params tokens"));
}

#[test]
fn units_of_headers() {
    let flops = |header: &str, cell: &str| {
        let imported = read(format!("N,{header},loss\n1e9,{cell},2.5\n"));
        imported.table.points().get(0).flops.unwrap().0
    };
    assert_eq!(flops("Training FLOP", "1e20"), 1e20);
    assert_eq!(flops("total_gflops", "1.5e11"), 1.5e11 * 1e9);
    assert_eq!(flops("ZFLOPs", "0.5"), 5e20);
    assert_eq!(flops("compute_pf_days", "2"), 2.0 * 8.64e19);
    assert_eq!(flops("C", "19.6 PF-days"), 19.6 * 8.64e19);
    let loss = |header: &str, cell: &str| {
        let imported = read(format!("N,D,{header}\n1e9,2e10,{cell}\n"));
        (
            imported.table.points().get(0).loss.unwrap().0,
            imported.report.notes.len(),
        )
    };
    // One note says that C was computed; a second one tells the conversion.
    assert_eq!(loss("val_ppl", "12.5"), (12.5f64.ln(), 2));
    assert_eq!(loss("loss (bits)", "3"), (3.0 * std::f64::consts::LN_2, 2));
    assert_eq!(loss("loss", "2.5"), (2.5, 1));
    let billions = read("Params (M),Tokens (B),loss\n70,1.4,3\n");
    assert_eq!(values(&billions.table, 0)[..2], [Some(70e6), Some(1.4e9)]);
}

#[test]
fn bits_per_byte_are_not_nats() {
    let text = "N,D,val_bpb\n1e9,2e10,0.9\n";
    assert!(refuse(text).contains("none is a loss"));
    let asked = with_column(text, Role::Loss, "val_bpb").unwrap();
    assert_eq!(
        asked.table.points().get(0).loss.unwrap().0,
        0.9 * std::f64::consts::LN_2
    );
    assert!(has_note(&asked, "nats per byte"));
    let both = read("N,D,val_bpb,val_loss\n1e9,2e10,0.9,2.5\n");
    assert_eq!(both.table.points().get(0).loss.unwrap().0, 2.5);
    assert!(has_note(&both, "`val_bpb` is in bits per byte"));
}

#[test]
fn every_row_is_accounted_for() {
    let text = "name,N,D,loss\na,1e9,2e10,2.5\nb,1e9,2e10,NaN\nc,1e9,2e10,abc\nd,1e9,2e10,\n\
                e,,2e10,2.4\nf,1e9,2e10,2.3,extra\ng,12 apples,2e10,2.2\n# a remark\n,,,\nh,1e9,2e1";
    let imported = read(text);
    let names: Vec<&str> = (0..imported.table.points().len())
        .map(|point| imported.table.run_name(point))
        .collect();
    assert_eq!(names, ["a", "b", "e", "g"]);
    assert!(imported.table.points().get(1).diverged);
    assert_eq!(imported.report.rows, 8);
    let skipped: Vec<(u64, &str, &str)> = imported
        .report
        .skipped
        .iter()
        .map(|s| (s.line, s.column.as_str(), s.value.as_str()))
        .collect();
    assert_eq!(
        skipped,
        [
            (4, "loss", "abc"),
            (5, "loss", ""),
            (7, "", "f,1e9,2e10,2.3,extra"),
            (8, "N", "12 apples"),
            (11, "", "h,1e9,2e1"),
        ]
    );
    assert_eq!(
        imported.report.skipped[0].reason,
        "not a number; expected a loss such as 2.31"
    );
    // An unreadable size is not replaced by a guess.
    assert_eq!(imported.table.points().get(3).model_size(), None);
}

#[test]
fn dirt_in_headers() {
    let imported = read(" N , D,loss,loss,,\"a, b\"\n1e9,2e10,2.5,9,7,x\n");
    let names: Vec<&str> = imported.report.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["N", "D", "loss", "loss_2", "column 5", "a, b"]);
    assert_eq!(imported.table.points().get(0).loss.unwrap().0, 2.5);
    assert!(has_note(&imported, "`loss_2`"));
    assert_eq!(imported.table.number(0, "loss_2"), Some(9.0));
}

#[test]
fn near_misses_are_no_loss() {
    let message = refuse("loss_scale,val/box_loss,learning_rate_decay,lr_scheduler_steps,N\n65536,0.4,0.1,2000,1e9\n");
    assert!(
        message.starts_with("found columns `loss_scale`, `val/box_loss`"),
        "{message}"
    );
    assert!(
        message.ends_with("none is a loss in nats per token; one of them must be given the role `loss`"),
        "{message}"
    );
}

#[test]
fn names_without_numbers_have_no_role() {
    let imported = read("size,compute,params,tokens,loss\nsmall,A100,1e8,2e9,3\nlarge,A100,1e9,2e10,2.5\n");
    assert_eq!(column(&imported, Role::Params), Some("params"));
    assert_eq!(column(&imported, Role::Flops), None);
    assert_eq!(
        imported.report.columns[1].why,
        "named like flops, but no cell can be read as that"
    );
    assert!(imported.report.skipped.is_empty());
}

#[test]
fn checkpoints_share_a_name() {
    let text = "run_name,step,params,tokens,eval/loss\na,200,1e8,2e9,3.1\na,100,1e8,1e9,3.5\nb,100,2e8,1e9,3.3\n";
    let imported = read(text);
    assert_eq!((imported.table.runs().len(), imported.table.points().len()), (2, 3));
    let last = Selection::default().apply(&imported.table).unwrap();
    assert_eq!(last.used, [0, 2]);
    let all = Selection {
        checkpoints: Checkpoints::All,
        ..Selection::default()
    };
    assert_eq!(all.apply(&imported.table).unwrap().used, [0, 1, 2]);
}

#[test]
fn records_on_one_line_are_runs_of_their_own() {
    let imported = read(
        "[{\"N\":1e8,\"D\":1e9,\"loss\":3},{\"N\":2e8,\"D\":1e9,\"loss\":NaN},{\"N\":2e8,\"D\":1e9,\"loss\":2.9}]",
    );
    let names: Vec<&str> = imported.table.runs().iter().map(|run| run.name.as_str()).collect();
    assert_eq!(names, ["record 1", "record 2", "record 3"]);
    let selected = Selection::default().apply(&imported.table).unwrap();
    assert_eq!(selected.used, [0, 2]);
    let named = read("[{\"run\":\"a\",\"loss\":3,\"step\":1},{\"run\":\"a\",\"loss\":2,\"step\":2},{\"loss\":4}]");
    assert_eq!(named.table.runs().len(), 2);
}

#[test]
fn columns_stay_reachable_by_their_own_names() {
    let imported = read("N,D,loss,width,state,warm-up share\n1e9,2e10,2.5,12.0K,done,11%\n2e9,2e10,2.4,,crashed,\n");
    assert_eq!(imported.table.number(0, "width"), Some(12e3));
    assert_eq!(imported.table.number(1, "width"), None);
    assert_eq!(imported.table.number(0, "warm-up share"), Some(0.11));
    let keep = |keep: &str| {
        let selection = Selection {
            keep: keep.to_owned(),
            ..Selection::default()
        };
        selection.apply(&imported.table).unwrap()
    };
    assert_eq!(keep("state = crashed").used, [1]);
    assert_eq!(
        keep("D/N < 15 and not state = done").excluded[0].reason,
        "not D/N < 15 and not state = done"
    );
    assert_eq!(keep("{warm-up share} > 0.1").used, [0]);
}

#[test]
fn chosen_columns_win_and_unknown_ones_are_named() {
    let text = "N,D,loss,other loss\n1e9,2e10,2.5,2.75\n";
    let chosen = with_column(text, Role::Loss, "other loss").unwrap();
    assert_eq!(chosen.table.points().get(0).loss.unwrap().0, 2.75);
    let why = |name: &str| {
        chosen
            .report
            .columns
            .iter()
            .find(|c| c.name == name)
            .unwrap()
            .why
            .clone()
    };
    assert_eq!(why("other loss"), "chosen");
    assert_eq!(why("loss"), "another column was chosen");
    let error = with_column(text, Role::Loss, "losss").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no column `losss`; found `N`, `D`, `loss`, `other loss`"
    );
}

#[test]
fn compute_that_contradicts_6nd_is_not_used() {
    let text = "N,D,flops,loss\n1e9,2e10,1.2e11,2.5\n2e9,2e10,2.4e11,2.4\n";
    let imported = read(text);
    assert!(has_note(
        &imported,
        "`flops` contradicts 6 params tokens by more than 10 ×"
    ));
    assert_eq!(values(&imported.table, 0)[2], Some(6.0 * 1e9 * 2e10));
    let chosen = with_column(text, Role::Flops, "flops").unwrap();
    assert_eq!(values(&chosen.table, 0)[2], Some(1.2e11));
    assert!(has_note(&chosen, "because it was chosen"));
}

#[test]
fn six_nd_does_not_overflow() {
    let imported = read("N,D,loss\n70000000000,1400000000000,1.98\n");
    assert_eq!(values(&imported.table, 0)[2], Some(5.88e23));
}

#[test]
fn files_without_runs_are_refused_kindly() {
    assert_eq!(refuse(""), "the file is empty");
    assert_eq!(refuse("\n \n"), "the file is empty");
    assert!(refuse(b"\x89PNG\r\n\x1a\n\0\0").contains("a PNG image"));
    assert!(refuse("1,2,3\n4,5,6\n").starts_with("no header: line 1 holds only numbers"));
    assert!(
        refuse("Step,Checkpoint Directory\n1000,https://example.org/step1000\n")
            .starts_with("this looks like a list of checkpoints (`Step`, `Checkpoint Directory`)")
    );
    assert!(refuse("N,D,loss\n1e9,2e10,\n").starts_with("the only row has no loss; line 2"));
    assert!(refuse("{\"a\": ").starts_with("line 1: the file ends inside"));
    assert!(refuse("[]").starts_with("no records"));
}

#[test]
fn json_records_and_lines() {
    let array = read(
        "[\n  {\"parameters\": 50000000, \"compute_budget\": 6e18, \"final_loss\": 3.5},\n  {\"parameters\": 1e8, \"compute_budget\": 6e18, \"final_loss\": NaN}\n]\n",
    );
    assert_eq!(array.report.shape, Shape::JsonRecords);
    assert_eq!(array.table.points().get(0).tokens.unwrap().0, 6e18 / (6.0 * 5e7));
    assert!(array.table.points().get(1).diverged);
    assert_eq!(
        (array.table.points().get(1).line, array.table.run_name(1)),
        (3, "row 3")
    );
    assert!(
        array
            .report
            .notes
            .contains(&"tokens computed as flops / (6 params)".to_owned())
    );
    let lines = read(
        "{\"run_name\":\"a\",\"params\":1e8,\"tokens\":2e9,\"loss\":3}\n{\"run_name\":\"a\",\"params\":1e8,\"tokens\":4e9,\"loss\":2.9}\n",
    );
    assert_eq!(lines.report.shape, Shape::JsonLines);
    assert_eq!((lines.table.runs().len(), lines.table.points().get(1).line), (1, 2));
}

#[test]
fn tokens_from_steps() {
    let imported = read("run,step,batch_size,seq_len,params,learning rate,loss\na,1000,512,2048,1e8,1e-3,3\n");
    assert_eq!(values(&imported.table, 0)[1], Some(1000.0 * 512.0 * 2048.0));
    assert!(has_note(&imported, "step × batch × sequence length"));
    assert_eq!(imported.table.number(0, "lr"), Some(1e-3));
    let slow = Selection {
        keep: "lr < 2e-3 and batch = 512".to_owned(),
        ..Selection::default()
    };
    assert_eq!(slow.apply(&imported.table).unwrap().used, [0]);
}

#[test]
fn curves_without_run_names() {
    let mut text = "data,size,tokens,loss\n".replace("size", "params");
    for step in 1..=60 {
        for (data, size) in [("web", "70M"), ("books", "70M"), ("web", "160M")] {
            text.push_str(&format!("{data},{size},{step}e6,{}\n", 4.0 - f64::from(step) / 100.0));
        }
    }
    let imported = read(&text);
    assert_eq!((imported.table.runs().len(), imported.table.points().len()), (3, 180));
    assert_eq!(imported.table.run_name(0), "data=web params=70M");
    assert!(has_note(&imported, "no run names: rows with the same `data`, `params`"));
}

#[test]
fn tidy_files_keep_everything_they_hold() {
    let imported = read("run,N,D,val_loss,train_loss\n\"a, \"\"b\"\"\",1.5e9,3e10,2.25,2.125\nc,1e9,2e10,inf,\n");
    let mut bytes = Vec::new();
    write_tidy(std::slice::from_ref(&imported.table), &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(
        text,
        "run,params,params_non_embedding,tokens,unique_tokens,flops,loss,train_loss,step,source\n\
         \"a, \"\"b\"\"\",1500000000,,30000000000,,2.7e20,2.25,2.125,,sweep\n\
         c,1000000000,,20000000000,,1.2e20,NaN,,,sweep\n"
    );
    // A table's name is no evidence about decimal marks.
    let odd = read(
        "run,params,params_non_embedding,tokens,unique_tokens,flops,loss,train_loss,step,source\n\"1,5\",1.234,,,,,2.345,,,\"2,5\"\n",
    );
    assert_eq!(odd.table.points().get(0).params.unwrap().0, 1.234);
    let again = read(&text);
    assert_eq!(again.report.shape, Shape::Isoloss);
    assert_eq!(again.table.points(), imported.table.points());
    assert!(again.report.notes.is_empty(), "{:?}", again.report.notes);
}

#[test]
fn options_override_recognition() {
    let read = |text: &str, options: ImportOptions| import("x", text.as_bytes(), &options);
    let text = "N|D|loss\n1.000|2e10|2,5\n";
    let comma = ImportOptions {
        delimiter: Some('|'),
        decimal: Some(','),
        ..ImportOptions::default()
    };
    assert_eq!(
        values(&read(text, comma).unwrap().table, 0)[..2],
        [Some(1000.0), Some(2e10)]
    );
    let odd = |options| read(text, options).unwrap_err().to_string();
    assert!(
        odd(ImportOptions {
            delimiter: Some('→'),
            ..ImportOptions::default()
        })
        .contains("one ASCII character")
    );
    assert!(
        odd(ImportOptions {
            decimal: Some(';'),
            ..ImportOptions::default()
        })
        .contains("decimal mark")
    );
    assert!(
        odd(ImportOptions {
            encoding: Some("klingon".into()),
            ..ImportOptions::default()
        })
        .contains("klingon")
    );
    let json = ImportOptions {
        shape: Some(Shape::JsonRecords),
        ..ImportOptions::default()
    };
    assert!(odd(json).starts_with("line 1: not a record"));
}

proptest::proptest! {
    #[test]
    fn any_bytes_give_runs_or_a_reason(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        import("x", bytes.as_slice(), &ImportOptions::default()).ok();
    }

    #[test]
    fn any_table_like_text_gives_runs_or_a_reason(text in "(run|N|D|loss|flops|ppl|,|;|\t|\n|\r\n|\"|#|1,5|2\\.5|1\\.234|3e9|2B|nan|-| ){0,60}") {
        if let Ok(imported) = import("x", text.as_bytes(), &ImportOptions::default()) {
            proptest::prop_assert!(!imported.table.points().is_empty());
            proptest::prop_assert!(imported.report.rows >= imported.table.points().len());
        }
    }
}

/// A real file, where the environment names their folder.
fn real(file: &str) -> Option<Result<Imported, ImportError>> {
    let path = shared::data(file)?;
    Some(import(
        file,
        std::fs::File::open(path).unwrap(),
        &ImportOptions::default(),
    ))
}

#[test]
fn traced_figure() {
    let Some(imported) = real("chinchilla-traced/svg_extracted_data.csv") else {
        return;
    };
    let imported = imported.unwrap();
    assert_eq!((imported.table.runs().len(), imported.report.rows), (245, 245));
    assert_eq!(imported.table.name, "svg_extracted_data");
    assert_eq!(column(&imported, Role::Params), Some("Model Size"));
    assert_eq!(column(&imported, Role::Flops), Some("Training FLOP"));
    assert_eq!(imported.report.notes, ["tokens computed as flops / (6 params)"]);
    assert!(imported.report.skipped.is_empty());
    let point = imported.table.points().get(0);
    assert_eq!(
        point.tokens.unwrap().0,
        point.flops.unwrap().0 / (6.0 * point.params.unwrap().0)
    );
    let colours = imported.table.columns().iter().find(|c| c.name == "color").unwrap();
    assert!(colours.text(0).starts_with('#'));
    let selection = Selection {
        drop_highest_loss: 5,
        ..Selection::default()
    };
    let selected = selection.apply(&imported.table).unwrap();
    assert_eq!((selected.used.len(), selected.excluded.len()), (240, 5));
    assert_eq!(selected.excluded[0].reason, "among the 5 highest losses");
}

#[test]
fn tidy_table_and_json_of_others() {
    if let Some(imported) = real("chinchilla-clean/df.csv") {
        let imported = imported.unwrap();
        assert_eq!((imported.table.runs().len(), imported.report.notes.len()), (234, 0));
        assert!(
            imported
                .table
                .points()
                .iter()
                .all(|p| p.flops.is_some() && p.tokens.is_some())
        );
    }
    if let Some(imported) = real("isoflop-synthetic/isoflops_curves.json") {
        let imported = imported.unwrap();
        assert_eq!(imported.report.shape, Shape::JsonRecords);
        assert_eq!(imported.table.runs().len(), imported.report.rows);
        assert_eq!(imported.table.points().get(0).line, 2);
        assert!(imported.table.points().iter().all(|p| p.tokens.is_some()));
    }
    if let Some(imported) = real("many-checkpoints/wandb_df_for_fitting_hot.jsonl") {
        let imported = imported.unwrap();
        assert_eq!((imported.table.runs().len(), imported.table.points().len()), (22, 220));
    }
}

#[test]
fn tracker_table() {
    let Some(imported) = real("wandb-runs-table/isoflop-comma.csv") else {
        return;
    };
    let imported = imported.unwrap();
    assert_eq!((imported.table.runs().len(), imported.table.points().len()), (92, 92));
    assert_eq!(column(&imported, Role::Run), Some("Name"));
    assert_eq!(column(&imported, Role::Loss), Some("eval/paloma/macro_loss"));
    assert_eq!(
        imported.table.number(0, "flops"),
        imported
            .table
            .number(0, "throughput/total_gflops")
            .map(|gflops| gflops * 1e9)
    );
    assert!(imported.report.skipped.is_empty());
}

#[test]
fn messy_sheet() {
    let Some(imported) = real("messy-sheet/dense.csv") else {
        return;
    };
    let imported = imported.unwrap();
    let expected = [
        (Role::Params, "N_w_emb"),
        (Role::ParamsNonEmbedding, "N"),
        (Role::Tokens, "D"),
        (Role::Flops, "C"),
        (Role::Loss, "C4 Eval Loss"),
        (Role::TrainLoss, "Avg Train Loss"),
        (Role::Lr, "lr"),
    ];
    for (role, name) in expected {
        assert_eq!(column(&imported, role), Some(name), "{role:?}");
    }
    assert_eq!(imported.table.points().len(), 220);
    assert_eq!(imported.report.rows, 300);
    // Blanks mean as above: the heads of blocks tell what all of their runs share.
    assert_eq!(imported.table.number(0, "tok / batch"), Some(1e6));
    assert!(has_note(&imported, "blanks were filled from above"));
}

#[test]
fn repeated_data() {
    for (file, runs) in [("c4_runs_all", 231), ("c4_runs_fit_set", 182)] {
        let Some(imported) = real(&format!("repeated-data/{file}.csv")) else {
            return;
        };
        let imported = imported.unwrap();
        assert_eq!(imported.table.runs().len(), runs);
        assert!(imported.table.points().iter().all(|p| p.unique_tokens.is_some()));
        assert_eq!(has_note(&imported, "repeats of a run need names"), runs == 231);
    }
}

#[test]
fn long_curves() {
    let Some(imported) = real("long-curves/datablations_losses.csv") else {
        return;
    };
    let imported = imported.unwrap();
    assert_eq!((imported.table.runs().len(), imported.table.points().len()), (48, 9261));
    assert!(has_note(&imported, "`flops` contradicts 6 params tokens"));
    let points = imported.table.points();
    assert!(
        points
            .iter()
            .all(|p| p.flops.unwrap().0 == 6.0 * p.params.unwrap().0 * p.tokens.unwrap().0)
    );
    assert_eq!(Selection::default().apply(&imported.table).unwrap().used.len(), 48);
}

#[test]
fn lists_of_numbers_are_no_runs() {
    for (file, start, at) in [
        ("bootstrap_indices_seed42_first500", "no header: line 2", 2),
        (
            "bootstrap_params_first500_converged",
            "found columns `A`, `B`, `E`, `alpha`, `beta`, `objective`; none is a loss",
            1,
        ),
    ] {
        let Some(imported) = real(&format!("chinchilla-traced/{file}.csv")) else {
            return;
        };
        match imported {
            Err(ImportError::NoRuns { message, line }) => {
                assert!(message.starts_with(start), "{message}");
                assert_eq!(line, Some(at));
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Learning curves of some runs, enough for several blocks of text.
fn long_table(quote: &str) -> String {
    let mut text = "run,step,tokens,params,loss\n".to_owned();
    for row in 0..60_000 {
        let (run, step) = (row / 3000, row % 3000);
        let loss = 3.0 + f64::from(row * 7919 % 1000) / 997.0;
        text += &format!(
            "{quote}run {run}{quote},{step},{},{}.5,{loss}\n",
            step * 1024,
            1000 + run
        );
    }
    text
}

#[test]
fn progress_rises_to_the_end_and_can_stop_it() {
    let text = long_table("");
    let told = std::sync::Mutex::new(vec![]);
    let watch = |done: f64| {
        told.lock().unwrap().push(done);
        std::ops::ControlFlow::Continue(())
    };
    import_or_show("x.csv", text.clone().into_bytes(), &ImportOptions::default(), &watch).unwrap();
    let told = told.into_inner().unwrap();
    assert!((5..=300).contains(&told.len()), "{}", told.len());
    assert!(told.iter().all(|done| (0.0..=1.0).contains(done)));
    for limit in [0.0, 0.2, 0.5] {
        let stop = |done: f64| match done < limit {
            true => std::ops::ControlFlow::Continue(()),
            false => std::ops::ControlFlow::Break(()),
        };
        let stopped = import_or_show("x.csv", text.clone().into_bytes(), &ImportOptions::default(), &stop);
        assert!(matches!(stopped.unwrap_err().error, ImportError::Cancelled), "{limit}");
    }
}

#[test]
fn one_file_gives_one_table_however_many_threads_and_quotes() {
    let (plain, quoted) = (long_table(""), long_table("\""));
    let read_with = |threads: usize, text: &str| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| read(text))
    };
    let one = read_with(1, &plain);
    for threads in [2, 3] {
        for text in [&plain, &quoted] {
            let other = read_with(threads, text);
            assert_eq!(one.table.points(), other.table.points());
            assert_eq!((&one.table, &one.report.columns), (&other.table, &other.report.columns));
            assert_eq!(
                (one.report.rows, &one.report.notes),
                (other.report.rows, &other.report.notes)
            );
        }
    }
    assert_eq!((one.table.runs().len(), one.table.points().len()), (20, 60_000));
    assert_eq!(one.hash, read_with(2, &plain).hash);
    // The first step of each run has no tokens: told, and no reason to drop it.
    assert_eq!(one.report.skipped.len(), 20);
}

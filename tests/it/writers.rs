//! Figures as PNG, PDF and CSV, and what they say of themselves.

use crate::figures::Bench;
use isoloss::figure::views::View;
use isoloss::figure::{
    About, Dot, Export, Figure, FigureFormat, FigurePage, Mark, Paint, Parts, Pixels, Place, Scale, SvgStyle, Symbol,
    Theme, ThemeKind, Token, WriteError, to_csv, to_inline_svg, to_pdf, to_pixels, to_png, to_svg, to_svg_about,
};
use std::collections::HashSet;

fn style(page: FigurePage, kind: ThemeKind) -> SvgStyle {
    let [width, height] = page.size();
    SvgStyle::new(width, height, Theme { kind })
}

fn about() -> About {
    About {
        law: Some("chinchilla".to_owned()),
        data: vec![("runs, all & more.csv".to_owned(), "0123456789abcdef".repeat(4))],
        program: "isoloss test".to_owned(),
        project: None,
        saved: None,
    }
}

fn signed(view: View) -> Figure {
    let mut figure = Bench::new().draw(view, |_| {});
    about().sign(&mut figure);
    figure
}

/// The metadata of a PNG: its sides, its density and its texts.
fn read_png(bytes: &[u8]) -> (u32, u32, u32, Vec<(String, String)>) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_ignore_text_chunk(false);
    let reader = decoder.read_info().unwrap();
    let info = reader.info();
    let texts = info.utf8_text.iter();
    (
        info.width,
        info.height,
        info.pixel_dims.unwrap().xppu,
        texts
            .map(|chunk| (chunk.keyword.clone(), chunk.get_text().unwrap()))
            .collect(),
    )
}

/// A picture as text: how far each field of a coarse grid is from the ground, 0 to 9.
fn coarse(pixels: &Pixels, columns: usize, rows: usize) -> String {
    let grey = |x: usize, y: usize| {
        let at = 4 * (y * pixels.width + x);
        pixels.rgba[at..at + 3].iter().map(|c| f64::from(*c)).sum::<f64>() / 765.0
    };
    let ground = grey(0, 0);
    let mut out = String::new();
    for row in 0..rows {
        for column in 0..columns {
            let (left, right) = (column * pixels.width / columns, (column + 1) * pixels.width / columns);
            let (top, bottom) = (row * pixels.height / rows, (row + 1) * pixels.height / rows);
            let field = (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y)));
            let ink: f64 = field.map(|(x, y)| (grey(x, y) - ground).abs()).sum();
            let share = ink / ((right - left) * (bottom - top)) as f64;
            let step = (share.sqrt() * 12.0).min(9.0) as u32;
            out.push(if step == 0 {
                ' '
            } else {
                char::from_digit(step, 10).unwrap()
            });
        }
        out.push('\n');
    }
    out
}

#[test]
fn pictures_look_as_they_did() {
    for (name, view, kind) in [
        ("isoloss-png", View::Isoloss, ThemeKind::Light),
        ("isoflop-png-dark", View::Isoflop, ThemeKind::Dark),
    ] {
        let pixels = to_pixels(&signed(view), &style(FigurePage::Slide, kind), 0.5).unwrap();
        assert_eq!((pixels.width, pixels.height), (800, 450));
        assert!(pixels.rgba.chunks_exact(4).all(|pixel| pixel[3] == 255), "transparent");
        insta::assert_snapshot!(name, coarse(&pixels, 100, 45));
    }
}

#[test]
fn a_png_has_its_pixels_its_size_in_print_and_its_provenance() {
    let figure = signed(View::Frontier);
    let page = style(FigurePage::Column, ThemeKind::Light);
    let bytes = to_png(&figure, &page, 2.0, &about()).unwrap();
    assert_eq!(bytes, to_png(&figure, &page, 2.0, &about()).unwrap(), "the same bytes");
    let (width, height, per_metre, texts) = read_png(&bytes);
    assert_eq!((width, height), (624, 387));
    // 192 pixels to the inch.
    assert_eq!(per_metre, 7559);
    let text = |name: &str| texts.iter().find(|(key, _)| key == name).unwrap().1.as_str();
    assert_eq!(text("Title"), figure.title);
    assert_eq!(text("Law"), "chinchilla");
    assert_eq!(text("Software"), "isoloss test");
    assert!(text("Data").starts_with("runs, all & more.csv sha256:0123456789abcdef"));
    assert!(text("Description").contains("n = 17 of 18 runs, 1 excluded"));
    let wide = to_pixels(&figure, &style(FigurePage::Slide, ThemeKind::Light), 20.0);
    assert!(matches!(wide, Err(WriteError::TooLarge { .. })));
}

#[test]
fn text_scale_moves_text_lines_and_markers_and_scale_only_pixels() {
    let figure = signed(View::Isoflop);
    let mut page = style(FigurePage::Slide, ThemeKind::Light);
    // Larger text leaves no room for all of these.
    page.parts = Parts {
        subtitle: false,
        equation: false,
        footer: false,
        ..page.parts
    };
    let ink = |style: &SvgStyle, scale: f32| {
        let pixels = to_pixels(&figure, style, scale).unwrap();
        let dark = pixels.rgba.chunks_exact(4).filter(|c| c[..3].iter().all(|c| *c < 200));
        dark.count() as f64 / (pixels.width * pixels.height) as f64
    };
    let (once, twice) = (ink(&page, 0.5), ink(&page, 1.0));
    assert!((twice / once - 1.0).abs() < 0.2, "{once} {twice}");
    let larger = SvgStyle {
        text_scale: 1.5 * page.text_scale,
        ..page
    };
    assert!(ink(&larger, 0.5) > 1.3 * once);
}

#[test]
fn a_pdf_is_the_same_every_time_and_says_what_it_is() {
    let figure = signed(View::Isoloss);
    let page = style(FigurePage::Text, ThemeKind::Light);
    let bytes = to_pdf(&figure, &page, &about()).unwrap();
    assert_eq!(bytes, to_pdf(&figure, &page, &about()).unwrap(), "the same bytes");
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.starts_with("%PDF-1.") && text.trim_end().ends_with("%%EOF"));
    // 6.75 in of 72 points.
    assert!(text.contains("/MediaBox[0 0 486 301.3"));
    for said in ["chinchilla", "0123456789abcdef", "isoloss test"] {
        assert!(text.contains(said), "{said}");
    }
    assert!(!text.contains("CreationDate") && !text.contains("CreateDate"));
    assert!(bytes.len() < 300_000, "{} bytes", bytes.len());
}

#[test]
fn an_svg_carries_its_provenance_and_the_foot_the_hash() {
    let figure = signed(View::LossC);
    assert!(
        figure.footer[0].ends_with(" · data sha256 01234567"),
        "{:?}",
        figure.footer
    );
    let svg = to_svg_about(&figure, &style(FigurePage::Slide, ThemeKind::Light), &about());
    let source = format!(
        "<dc:source>runs, all &amp; more.csv sha256:{}</dc:source>",
        "0123456789abcdef".repeat(4)
    );
    for part in [
        "<dc:subject>chinchilla</dc:subject>",
        &source,
        "<dc:creator>isoloss test</dc:creator>",
    ] {
        assert!(svg.contains(part), "{part}");
    }
    let texts = svg.lines().filter(|line| line.starts_with("<text"));
    assert!(texts.filter(|line| line.contains("data sha256 01234567")).count() == 1);
    let mut many = about();
    many.data = (0..5)
        .map(|i| (format!("{i}.csv"), format!("{i}").repeat(64)))
        .collect();
    let mut empty = Figure {
        footer: vec![],
        ..figure
    };
    many.sign(&mut empty);
    assert_eq!(empty.footer, ["data sha256 00000000, 11111111, 22222222 and 2 more"]);
}

/// Pictures that share a page of HTML must not refer to one another.
#[test]
fn inline_pictures_keep_to_their_own_ids() {
    let figure = signed(View::Isoloss);
    let svg = to_inline_svg(&figure, &style(FigurePage::Text, ThemeKind::Light), "a-");
    let ids: Vec<&str> = svg
        .split(" id=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(ids.len() > 5 && ids.iter().all(|id| id.starts_with("a-")), "{ids:?}");
    assert!(!svg.contains("url(#plot)") && svg.contains("url(#a-plot)"));
    let known: HashSet<&str> = ids.into_iter().collect();
    for used in svg.split("url(#").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        assert!(known.contains(used), "{used}");
    }
}

#[test]
fn a_csv_has_every_drawn_point_with_its_run() {
    let bench = Bench::new();
    let figure = bench.draw(View::LossC, |_| {});
    let places = |datum: isoloss::figure::Datum| {
        Some(Place {
            run: bench.table.run_name(datum.point).to_owned(),
            file: "runs.csv".to_owned(),
            line: bench.table.points().get(datum.point).line,
        })
    };
    let text = to_csv(&figure, &places);
    assert_eq!(text, to_csv(&figure, &places), "the same bytes");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let colour = &figure.colour_bar.as_ref().unwrap().label;
    assert_eq!(header[..3], ["mark", "kind", "series"]);
    assert_eq!(header[3..5], [figure.x.label.clone(), figure.y.label.clone()]);
    assert_eq!(header[5..], ["low", "high", colour, "run", "file", "line"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let drawn: usize = figure
        .marks
        .iter()
        .map(|mark| match mark {
            Mark::Dots { dots, .. } => dots.len(),
            Mark::Line { points, .. } => points.len(),
            Mark::Curves { curves, .. } => curves.iter().map(|curve| curve.points.len()).sum(),
            Mark::Band { edges, .. } => edges.len(),
            Mark::Rule { .. } | Mark::Note { .. } => 1,
            Mark::Hatch { .. } | Mark::Label { .. } | Mark::LineLabel { .. } => 0,
        })
        .sum();
    assert_eq!(rows.len(), drawn);
    let runs: Vec<&csv::StringRecord> = rows.iter().filter(|row| row[0].starts_with("runs")).collect();
    assert_eq!(runs.len(), bench.table.points().len());
    for row in runs {
        let line: u64 = row[10].parse().unwrap();
        let points = bench.table.points();
        let point = points.iter().find(|point| point.line == line).unwrap();
        assert_eq!(row[3].parse::<f64>().unwrap(), point.flops.unwrap().0);
        assert_eq!(row[4].parse::<f64>().unwrap(), point.loss.unwrap().0);
        assert_eq!(&row[9], "runs.csv");
        if &row[0] == "runs" {
            let shown: f64 = row[7].parse().unwrap();
            assert!((shown / point.params.unwrap().0 - 1.0).abs() < 1e-6, "{shown}");
        }
    }
}

#[test]
fn a_csv_has_bands_rules_and_residuals() {
    let bench = Bench::new();
    for view in [View::Frontier, View::Residuals, View::LossN] {
        let figure = bench.draw(view, |_| {});
        let text = to_csv(&figure, &|_| None);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        for row in reader.records().map(Result::unwrap) {
            let number = |at: usize| row[at].is_empty() || row[at].parse::<f64>().unwrap().is_finite();
            assert!((3..8).all(number), "{row:?}");
            let band = &row[1] == "band";
            assert_eq!(band, !row[5].is_empty() && !row[6].is_empty(), "{row:?}");
        }
        let bands = figure.marks.iter().any(|mark| matches!(mark, Mark::Band { .. }));
        assert_eq!(text.contains(",band,"), bands, "{view:?}");
        let named = figure.marks.iter().any(|mark| matches!(mark, Mark::LineLabel { .. }));
        let rows = text
            .lines()
            .any(|row| row.contains(",line,") && !row.contains(",line,,"));
        assert_eq!(rows, named, "{view:?}: series by their labels");
    }
}

/// usvg would set a whole text in the typeface that has all of its characters.
#[test]
fn a_sign_of_the_second_typeface_leaves_the_others_in_the_first() {
    let title = |text: &str| {
        let figure = Figure {
            title: text.to_owned(),
            empty: Some("nothing".to_owned()),
            ..Bench::new().draw(View::LossC, |_| {})
        };
        to_pixels(&figure, &style(FigurePage::Text, ThemeKind::Light), 2.0).unwrap()
    };
    let columns = |pixels: &Pixels, to: usize| -> Vec<u8> {
        let rows = pixels.rgba.chunks_exact(4 * pixels.width).take(60);
        rows.flat_map(|row| row[..4 * to].to_vec()).collect()
    };
    // Up to the sign both titles are the same; DejaVu's letters are a tenth wider.
    let (plain, with) = (title("Loss and compute x"), title("Loss and compute ∝"));
    assert_eq!(columns(&plain, 250), columns(&with, 250));
    assert_ne!(columns(&plain, 600), columns(&with, 600));
}

/// A dot as one stroke without length is easily lost between three programs.
#[test]
fn many_dots_and_single_ones_are_painted() {
    let mut figure = Bench::new().draw(View::LossC, |_| {});
    (figure.x.scale, figure.y.scale) = (Scale::Linear, Scale::Linear);
    (figure.x.range, figure.y.range) = ((0.0, 100.0), (0.0, 100.0));
    let dot = |at: [f64; 2], paint| Dot {
        at,
        paint,
        hollow: false,
        datum: None,
    };
    let mut dots: Vec<Dot> = (0..2000)
        .map(|i| dot([f64::from(i % 50), f64::from(i / 50)], Paint::Ramp(0.0)))
        .collect();
    dots.push(dot([90.0, 90.0], Paint::Token(Token::Error)));
    figure.marks = vec![Mark::Dots {
        id: "cloud".to_owned(),
        dots: dots.into(),
        symbol: Symbol::Circle,
        radius: 6.0,
    }];
    let page = style(FigurePage::Text, ThemeKind::Light);
    assert!(to_svg(&figure, &page).contains("stroke-linecap"));
    let pixels = to_pixels(&figure, &page, 2.0).unwrap();
    let red = Theme { kind: ThemeKind::Light }.token(Token::Error);
    let found = pixels.rgba.chunks_exact(4).filter(|c| c[..3] == [red.0, red.1, red.2]);
    assert!(found.count() > 20, "the lone dot is not painted");
}

#[test]
fn every_view_is_written_in_every_format() {
    let bench = Bench::new();
    for view in View::ALL {
        let figure = bench.draw(view, |_| {});
        for page in FigurePage::ALL {
            let export = Export {
                sheet: (&figure).into(),
                about: &about(),
                places: &|_| None,
                style: style(page, ThemeKind::Light),
                scale: 1.0,
            };
            for format in FigureFormat::ALL {
                let bytes = export.write(format).unwrap();
                assert!(bytes.len() > 50, "{view:?} {page:?} {format:?}");
            }
        }
    }
}

//! Text that holds no runs but was sent as if it did: what it looks like, for the message.
//!
//! A web page saved instead of its table, source code, a bootstrap's row numbers or its fitted parameters, a list of
//! checkpoints. The look is only told when no runs were found, so that a guess never keeps anyone from a table.

use super::ImportError;
use super::grid::Source;
use super::header::fold;

/// What a text seems to be, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    what: &'static str,
    advice: &'static str,
}

const WEB_PAGE: Look = Look {
    what: "a web page",
    advice: "download the file itself, the raw one, not the page about it",
};
const POINTER: Look = Look {
    what: "a Git LFS pointer",
    advice: "fetch the numbers with `git lfs pull`",
};
const CODE: Look = Look {
    what: "source code",
    advice: "open the table or the log that it writes",
};
const INDICES: Look = Look {
    what: "lists of row numbers, such as those of a bootstrap",
    advice: "open the table of runs that they point into",
};
const FITTED: Look = Look {
    what: "parameters of fitted laws",
    advice: "open the table of runs that they were fitted to",
};
const CHECKPOINTS: Look = Look {
    what: "a list of checkpoints",
    advice: "open the log or the table with their losses",
};
const XML: Look = Look {
    what: "an XML document",
    advice: "save its table as CSV",
};

/// Judges the start of a text.
pub(super) fn look(source: &Source) -> Option<Look> {
    let head = source.head().trim_start();
    let start: String = head.chars().take(256).collect::<String>().to_lowercase();
    if start.starts_with("<!doctype html") || start.starts_with("<html") || start.contains("<html") {
        return Some(WEB_PAGE);
    }
    if start.starts_with("version https://git-lfs") {
        return Some(POINTER);
    }
    if start.starts_with('<') {
        return Some(XML);
    }
    let lines: Vec<&str> = head
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(60)
        .collect();
    if is_code(&lines) {
        return Some(CODE);
    }
    let mut data = lines.iter().filter(|line| !line.starts_with(['#', '%']));
    let first = data.next()?;
    if let Some(wide) = row_of_numbers(first) {
        // A few numbers in a row are a table whose header is missing, and the message says so already.
        let whole = data.take(20).chain([first]).all(|line| is_whole(line));
        return (whole && wide > 12).then_some(INDICES);
    }
    let names: Vec<String> = first.split([',', ';', '\t']).map(fold).collect();
    let has = |name: &str| names.iter().any(|found| found == name);
    let constants = ["a", "b", "e", "alpha", "beta", "gamma", "objective"];
    if has("alpha") && names.iter().filter(|name| constants.contains(&name.as_str())).count() >= 3 {
        return Some(FITTED);
    }
    names
        .iter()
        .any(|name| name.starts_with("checkpoint"))
        .then_some(CHECKPOINTS)
}

/// Tells the look beside what was missing.
pub(super) fn explain(error: ImportError, look: Option<Look>) -> ImportError {
    match (error, look) {
        (ImportError::NoRuns { message, line }, Some(look)) => ImportError::NoRuns {
            message: format!("{message}; this looks like {}: {}", look.what, look.advice),
            line,
        },
        (error, _) => error,
    }
}

/// Several lines that only a programming language has.
fn is_code(lines: &[&str]) -> bool {
    let starts = [
        "import ",
        "from ",
        "def ",
        "class ",
        "return ",
        "function ",
        "const ",
        "let ",
        "fn ",
        "use ",
        "#include",
        "for (",
        "if (",
        "if __name__",
        "library(",
        "public ",
        "#!",
    ];
    let code = lines
        .iter()
        .filter(|line| {
            starts.iter().any(|start| line.starts_with(start)) || line.ends_with(" {") || line.ends_with(");")
        })
        .count();
    code >= 2 && code * 5 >= lines.len()
}

/// How many fields a row of nothing but numbers has.
fn row_of_numbers(line: &str) -> Option<usize> {
    let mut fields = 0;
    for field in line.split([',', ';', '\t', ' ']).filter(|field| !field.is_empty()) {
        field.parse::<f64>().ok()?;
        fields += 1;
    }
    (fields > 0).then_some(fields)
}

fn is_whole(line: &str) -> bool {
    line.bytes()
        .all(|byte| byte.is_ascii_digit() || b",;\t ".contains(&byte))
}

//! Names of runs where there is little room: without what all of them share.

/// The names, each without the words that all begin with and those that all end with.
///
/// Words are what stands between separators, and digits are not parted from their letters: `fw-edu 350M lr1e-3` and
/// `fw-edu 1B lr1e-3` are `350M` and `1B`. Names that would become empty stay whole, as does a single one.
pub(super) fn shortened<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let Some((first, rest)) = names.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return names.to_vec();
    };
    let shared = |same: fn(&str, &str) -> usize| rest.iter().map(|name| same(first, name)).min().unwrap_or(0);
    let start = word_start(first, shared(same_start));
    let end = word_end(first, shared(same_end));
    let short: Vec<&str> = names
        .iter()
        .map(|name| {
            name.get(start..name.len() - end.min(name.len() - start))
                .unwrap_or(name)
        })
        .collect();
    if short.iter().any(|name| name.is_empty()) {
        names.to_vec()
    } else {
        short
    }
}

/// At most so many characters, with an ellipsis where some are left out.
pub(super) fn clipped(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    let kept: String = name.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Bytes of the characters that two names both begin with.
fn same_start(a: &str, b: &str) -> usize {
    a.chars()
        .zip(b.chars())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum()
}

/// Bytes of the characters that two names both end with.
fn same_end(a: &str, b: &str) -> usize {
    a.chars()
        .rev()
        .zip(b.chars().rev())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum()
}

fn parts(c: char) -> bool {
    matches!(c, '-' | '_' | '/' | '.' | ',' | ' ' | ':' | '=' | '(' | ')' | '[' | ']')
}

/// Back to just after the last separator of the first `length` bytes.
fn word_start(name: &str, length: usize) -> usize {
    let last = name[..length].char_indices().rev().find(|(_, c)| parts(*c));
    last.map_or(0, |(at, c)| at + c.len_utf8())
}

/// The same from the end: `length` bytes, back to the first separator in them.
fn word_end(name: &str, length: usize) -> usize {
    let tail = &name[name.len() - length..];
    tail.char_indices()
        .find(|(_, c)| parts(*c))
        .map_or(0, |(at, _)| length - at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_names_share_goes() {
        assert_eq!(shortened(&["fw-edu 350M lr1e-3", "fw-edu 1B lr1e-3"]), ["350M", "1B"]);
        assert_eq!(shortened(&["gpt-125M", "gpt-1250M"]), ["125M", "1250M"]);
        assert_eq!(shortened(&["run_0001", "run_0002"]), ["0001", "0002"]);
        assert_eq!(shortened(&["a", "b"]), ["a", "b"]);
        assert_eq!(shortened(&["sweep/a", "sweep/a-long"]), ["a", "a-long"]);
        assert_eq!(shortened(&["läuf-ä", "läuf-ö"]), ["ä", "ö"]);
    }

    #[test]
    fn names_that_would_be_empty_stay() {
        assert_eq!(shortened(&["gpt-", "gpt-2"]), ["gpt-", "gpt-2"]);
        assert_eq!(shortened(&["same", "same"]), ["same", "same"]);
        assert_eq!(shortened(&["one of a kind"]), ["one of a kind"]);
        assert!(shortened(&[]).is_empty());
    }

    #[test]
    fn long_names_end_in_an_ellipsis() {
        assert_eq!(clipped("a name of a run", 8), "a name…");
        assert_eq!(clipped("short", 8), "short");
    }
}

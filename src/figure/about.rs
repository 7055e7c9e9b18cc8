//! Where the numbers of a picture come from: what every writer puts into its metadata, and what stands at the foot.
//!
//! No clock and no path of a machine: the same runs give the same bytes everywhere, and a picture tells nothing of the
//! folders that it was made in. The day that it names is that of the project's saving, which the project knows.

use super::{Figure, Sheet};

/// Hex digits of a hash that a reader compares by eye.
const SHORT: usize = 8;
/// More files than this are counted, not named, at the foot.
const NAMED: usize = 3;

/// Where a picture comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Name of the law, where there is one.
    pub law: Option<String>,
    /// The files of runs: name and SHA-256 of the bytes.
    pub data: Vec<(String, String)>,
    /// The program, with its version.
    pub program: String,
    /// The project that leads back to it, on one line.
    pub project: Option<String>,
    /// The day on which that project was saved, as `2026-11-27`; none where it never was.
    pub saved: Option<String>,
}

impl About {
    /// Writes at the foot of a figure by which bytes its numbers can be found again, and when its project was saved.
    pub fn sign(&self, figure: &mut Figure) {
        self.sign_footer(&mut figure.footer);
    }

    /// The same at the foot of any page.
    pub fn sign_footer(&self, footer: &mut Vec<String>) {
        let mut hashes: Vec<&str> = self.data.iter().map(|(_, hash)| short(hash)).collect();
        let more = hashes.len().saturating_sub(NAMED);
        hashes.truncate(NAMED);
        let mut parts = vec![];
        if !hashes.is_empty() {
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            parts.push(format!("data sha256 {}{more}", hashes.join(", ")));
        }
        parts.extend(self.saved.as_ref().map(|day| format!("saved {day}")));
        if parts.is_empty() {
            return;
        }
        let text = parts.join(" · ");
        match footer.first_mut() {
            Some(line) => line.push_str(&format!(" · {text}")),
            None => footer.push(text),
        }
    }

    /// What metadata say, by name; the picture's own words among it.
    pub(super) fn entries(&self, sheet: Sheet<'_>) -> Vec<(&'static str, String)> {
        let mut entries = vec![
            ("Title", sheet.title().to_owned()),
            ("Description", sheet.words().join(" — ")),
        ];
        entries.extend(self.law.clone().map(|law| ("Law", law)));
        entries.extend(
            self.data
                .iter()
                .map(|(name, hash)| ("Data", format!("{name} sha256:{hash}"))),
        );
        entries.extend(self.saved.clone().map(|day| ("Saved", day)));
        entries.push(("Software", self.program.clone()));
        entries.retain(|(_, text)| !text.is_empty());
        entries
    }
}

fn short(hash: &str) -> &str {
    hash.get(..SHORT).unwrap_or(hash)
}

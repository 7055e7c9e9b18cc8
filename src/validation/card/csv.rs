//! A card for spreadsheets: a line a fact.

use super::Card;

impl Card {
    /// `section,item,name,value,se,low,high,text`; empty is unknown.
    pub(super) fn csv(&self) -> Result<String, String> {
        let mut rows: Vec<[String; 8]> = vec![];
        let mut say = |section: &str, item: &str, name: &str, text: &str| {
            let empty = String::new;
            rows.push([
                section.to_owned(),
                item.to_owned(),
                name.to_owned(),
                empty(),
                empty(),
                empty(),
                empty(),
                text.to_owned(),
            ]);
        };
        say("law", "", "name", self.law.name());
        say("law", "", "formula", &self.formula);
        say("law", "", "source", &self.source);
        for section in &self.sections {
            for field in &section.fields {
                say(section.title, &field.item.to_string(), field.label, &field.text);
            }
        }
        for verdict in &self.verdicts {
            say(
                "verdict",
                "",
                &format!("{:?}", verdict.severity).to_lowercase(),
                &verdict.text,
            );
        }
        for left in &self.exclusions {
            say("left out", "", &left.run, &format!("{} ({})", left.reason, left.place));
        }
        for file in &self.files {
            say("file", "", &file.path, &file.sha256);
        }
        say("version", "", "isoloss", &self.version);
        let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
        for (section, numbers) in [("parameter", &self.params), ("derived", &self.derived)] {
            for entry in numbers {
                let [low, high] = entry.interval.unwrap_or([None; 2]);
                rows.push([
                    section.to_owned(),
                    String::new(),
                    entry.name.clone(),
                    number(Some(entry.value)),
                    number(entry.se),
                    number(low),
                    number(high),
                    if entry.fixed {
                        format!("held; {}", entry.meaning)
                    } else {
                        entry.meaning.clone()
                    },
                ]);
            }
        }
        let mut writer = ::csv::Writer::from_writer(vec![]);
        let header = ["section", "item", "name", "value", "se", "low", "high", "text"].map(str::to_owned);
        let written = std::iter::once(&header)
            .chain(&rows)
            .try_for_each(|row| writer.write_record(row))
            .map_err(|error| error.to_string());
        written?;
        let bytes = writer.into_inner().map_err(|error| error.to_string())?;
        String::from_utf8(bytes).map_err(|error| error.to_string())
    }
}

use super::*;
use crate::fit::{Severity, VerdictCode};
use crate::law::LawKind;
use crate::law::formula::Formula;

fn card(law: LawChoice, theta: &[f64], x: &[f64]) -> Card {
    let form = law.law();
    let params = form.parameters().iter().zip(theta).enumerate();
    let params = params.map(|(k, (parameter, value))| CardNumber {
        name: parameter.name.to_string(),
        symbol: parameter.symbol.to_string(),
        meaning: parameter.meaning.to_string(),
        value: *value,
        se: (k == 0).then_some(0.0123),
        interval: (k == 0).then_some([Some(1.7), None]),
        fixed: k == 1,
    });
    Card {
        title: form.label().to_owned(),
        formula: form.formula().to_owned(),
        source: form.source().to_owned(),
        y: "loss".to_owned(),
        x: None,
        params: params.collect(),
        derived: vec![],
        sections: vec![CardSection {
            title: "Data",
            fields: vec![CardField {
                item: 12,
                label: "outliers removed, and why",
                text: "5 of 245: among the 5 highest losses | δ 10⁻³ & 50 %".to_owned(),
            }],
        }],
        verdicts: vec![Verdict {
            code: VerdictCode::OutliersDecide,
            severity: Severity::Warning,
            text: "a = 0.5 ± 0.1".to_owned(),
        }],
        exclusions: vec![CardExclusion {
            run: "m_1".to_owned(),
            reason: "diverged, \"really\"".to_owned(),
            place: "runs.csv:7".to_owned(),
        }],
        files: vec![],
        version: "1".to_owned(),
        example: Some(CardExample {
            value: form.loss(theta, x),
            x: x.to_vec(),
        }),
        law,
    }
}

#[test]
fn a_card_says_the_same_in_every_language() {
    let theta = [1.8172, 482.01, 2085.43, 0.3478, 0.3658];
    let card = card(LawKind::Chinchilla.into(), &theta, &[1e9, 2e10]);
    let markdown = card.write(CardFormat::Markdown).unwrap();
    assert!(
        markdown.contains("| `E` | 1.817 | ± 0.012 | ≥ 1.700 | 1.8172 | irreducible loss"),
        "{markdown}"
    );
    assert!(
        markdown
            .contains("| 12 | outliers removed, and why | 5 of 245: among the 5 highest losses \\| δ 10⁻³ & 50 % |")
    );
    assert!(markdown.contains("| `A` | 482.010 | held |"), "{markdown}");
    let latex = card.write(CardFormat::Latex).unwrap();
    assert!(
        latex.contains("L = E + \\frac{A}{N^{\\alpha}} + \\frac{B}{D^{\\beta}}"),
        "{latex}"
    );
    assert!(latex.contains("$\\delta$ 10$^{-}$$^{3}$ \\& 50 \\%"), "{latex}");
    let csv = card.write(CardFormat::Csv).unwrap();
    assert!(csv.contains("parameter,,B,2085.43,,,,"), "{csv}");
    assert!(
        csv.contains("left out,,m_1,,,,,\"diverged, \"\"really\"\" (runs.csv:7)\""),
        "{csv}"
    );
    let json: serde_json::Value = serde_json::from_str(&card.write(CardFormat::Json).unwrap()).unwrap();
    assert_eq!(json["law"], "chinchilla");
    assert_eq!(json["params"][4]["value"], 0.3658);
    let python = card.write(CardFormat::Python).unwrap();
    assert!(python.contains("beta = 0.3658  # "), "{python}");
    assert!(python.contains("def predict(N, D):\n"), "{python}");
    assert!(
        python.contains("    return E + A / N**alpha + B / D**beta\n"),
        "{python}"
    );
    for format in CardFormat::ALL {
        assert_eq!(CardFormat::of_extension(format.extension()), Some(format));
    }
    assert_eq!(CardFormat::of_extension("docx"), None);
}

#[test]
fn names_that_python_knows_are_changed() {
    let formula = Formula::parse("lambda + {eval/loss}*{eval_loss} + t*math").unwrap();
    let formula = formula.bind(|name| name.starts_with("eval"));
    let card = card(LawChoice::Formula(formula), &[1.0, 2.0, 3.0], &[4.0, 5.0]);
    let python = card.write(CardFormat::Python).unwrap();
    assert!(python.contains("def predict(eval_loss, eval_loss_):\n"), "{python}");
    assert!(
        python.contains("return lambda_ + eval_loss * eval_loss_ + t * math_\n"),
        "{python}"
    );
}

#[test]
fn laws_of_several_steps_are_written_out() {
    let m4 = card(LawKind::M4.into(), &[1.7, 10.8, 0.7, 400.0, 0.2], &[1e9]);
    let python = m4.write(CardFormat::Python).unwrap();
    assert!(
        python.contains("    for _ in range(100):\n        t = t - ("),
        "{python}"
    );
    let latex = m4.write(CardFormat::Latex).unwrap();
    assert!(
        latex.contains("\\frac{L - E}{\\left(E_{0} - L\\right)^{\\alpha}} = \\frac{\\beta}{x^{c}}"),
        "{latex}"
    );
    let theta = [1.87, 520.8, 1487.7, 0.3527, 0.3527, 15.39, 5.31];
    let repeated = card(LawKind::DataConstrained.into(), &theta, &[1e9, 2e10, 1e10]);
    let latex = repeated.write(CardFormat::Latex).unwrap();
    assert!(latex.contains("U_{D} = \\min\\left(D, U\\right)"), "{latex}");
}

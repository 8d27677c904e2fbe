//! A comparison as `JUnit` XML: one test case an item.
//!
//! An item that broke is a failure. One that fails in both runs is skipped: that is nothing new, and no reason to keep
//! the new run back.

use super::Compared;
use crate::compare::items::{Flip, ItemPair};
use crate::report::junit::{END, begun, escaped};

/// Writes a comparison as one test suite, its items in the order that they have.
pub fn write(compared: &Compared<'_>) -> String {
    let count = |wanted| compared.items().filter(|(_, flip)| *flip == wanted).count();
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"0.000\"",
        compared.items().count(),
        count(Flip::Broke),
        count(Flip::BothFail)
    );
    let name = format!("{} against {}", compared.candidate, compared.base);
    let mut xml = begun(&name, "", &counts, properties(compared));
    for (pair, flip) in compared.items() {
        case(&mut xml, &pair, flip);
    }
    xml + END
}

fn properties(compared: &Compared<'_>) -> Vec<(&'static str, String)> {
    let comparison = compared.comparison;
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let rates = comparison.pass_rate;
    vec![
        ("base", compared.base.to_string()),
        ("candidate", compared.candidate.to_string()),
        ("threshold", compared.threshold.to_string()),
        ("margin", comparison.margin.value().to_string()),
        ("base_pass_rate", number(rates.base)),
        ("candidate_pass_rate", number(rates.candidate)),
        ("difference", number(rates.difference)),
        ("verdict", crate::report::word(&comparison.verdict)),
        ("dropped", comparison.dropped.to_string()),
    ]
}

fn case(xml: &mut String, pair: &ItemPair<'_>, flip: Flip) {
    xml.push_str(&format!(
        "<testcase name=\"{}\" classname=\"{}\" time=\"0.000\"",
        escaped(pair.item.as_str()),
        escaped(pair.feature.unwrap_or("no feature"))
    ));
    let scores = format!("score {:.2}, base {:.2}", pair.candidate.value(), pair.base.value());
    let said = match flip {
        Flip::Broke => format!("<failure message=\"{scores}\" type=\"{}\"></failure>", flip.word()),
        Flip::BothFail => format!("<skipped message=\"it fails in both runs: {scores}\"></skipped>"),
        Flip::Fixed | Flip::BothPass => {
            xml.push_str("/>\n");
            return;
        }
    };
    xml.push_str(&format!(">\n{said}\n</testcase>\n"));
}

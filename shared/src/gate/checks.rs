//! What a gate checks: what it was asked to, and never nothing.

use crate::id::RunId;
use crate::score::Threshold;
use crate::share::Share;

/// With what a run is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Baseline {
    /// The original responses, judged in the same run.
    Original,
    /// Another run.
    Run(RunId),
}

impl std::str::FromStr for Baseline {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "original" => Ok(Self::Original),
            id => RunId::try_from(id.to_owned()).map(Self::Run).map_err(|error| error.to_string()),
        }
    }
}

impl std::fmt::Display for Baseline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Original => f.write_str("original"),
            Self::Run(run) => run.fmt(f),
        }
    }
}

/// What is checked of a run. There is always something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checks {
    pub min_pass_rate: Option<Share>,
    pub not_worse: Option<NotWorse>,
}

/// That a run is not worse than something by more than a margin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotWorse {
    pub than: Baseline,
    pub margin: Share,
}

/// Chooses what is checked: what was asked for, and nothing else.
///
/// When nothing was, a run that judges the original responses must not be worse than they are by more than
/// five points; any other must have a pass rate at its own threshold or above.
pub fn choose(
    min_pass_rate: Option<Share>,
    margin: Option<Share>,
    baseline: Option<Baseline>,
    judges_originals: bool,
    threshold: Threshold,
) -> Checks {
    let not_worse = |baseline: Option<Baseline>| NotWorse {
        than: baseline.unwrap_or(Baseline::Original),
        margin: margin.unwrap_or(Share::MARGIN),
    };
    if margin.is_some() || baseline.is_some() {
        Checks { min_pass_rate, not_worse: Some(not_worse(baseline)) }
    } else if min_pass_rate.is_none() && judges_originals {
        Checks { min_pass_rate: None, not_worse: Some(not_worse(None)) }
    } else {
        let own = Share::try_from(threshold.value()).ok();
        Checks { min_pass_rate: min_pass_rate.or(own), not_worse: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn what_is_checked_is_what_was_asked_for() {
        let share = |number: f64| Share::try_from(number).ok();
        let shown = |min, margin, baseline: Option<&str>, has_baseline| {
            let baseline = baseline.map(|word| word.parse().expect("a baseline"));
            let checks = choose(min, margin, baseline, has_baseline, Threshold::default());
            let not_worse = checks.not_worse.map(|check| format!("{} by {}", check.than, check.margin));
            format!("{:?} {not_worse:?}", checks.min_pass_rate.map(Share::value))
        };
        let all = [
            shown(None, None, None, true),
            shown(None, None, None, false),
            shown(share(0.9), None, None, true),
            shown(None, share(0.1), None, true),
            shown(share(0.9), None, Some("original"), true),
            shown(None, None, Some("another"), false),
        ];
        expect![[r#"
            None Some("original by 0.05")
            Some(0.8) None
            Some(0.9) None
            None Some("original by 0.1")
            Some(0.9) Some("original by 0.05")
            None Some("another by 0.05")"#]]
        .assert_eq(&all.join("\n"));
    }
}

//! More than one judge, and more than one answer: panels, and repeats at the border.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::mistake::Mistake;
use crate::params;
use crate::provider::ProviderName;

/// One model that judges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Member {
    pub provider: ProviderName,
    /// The model, with or without the provider's prefix.
    pub model: String,
    /// Settings that override the usual ones; `null` removes one.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub params: Map<String, Value>,
}

impl Member {
    /// Checks what a run could not ask for, or asks for itself.
    ///
    /// # Errors
    /// Names the value.
    pub fn check(&self) -> Result<(), Mistake> {
        params::check_model(&self.model)?;
        params::check(&self.params).map_err(|mistake| mistake.under("/params"))
    }

    /// Tells whether both are the same judge, whatever the model's prefix.
    pub fn is(&self, other: &Self) -> bool {
        let own = |member: &Self| member.provider.own_model(&member.model).to_owned();
        self.provider == other.provider && own(self) == own(other) && self.params == other.params
    }
}

/// Further judges, at most four: each answers every question too.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<Member>", into = "Vec<Member>")]
pub struct Panel(Vec<Member>);

/// The most judges beside the first: with more, a mean of their levels would no longer be exact.
const MOST: usize = 4;

/// The panel is too large.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a panel has at most {MOST} judges beside the first, not {0}")]
pub struct TooMany(usize);

impl Panel {
    /// Tells whether there is no further judge.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives the further judges in their order.
    pub fn as_slice(&self) -> &[Member] {
        &self.0
    }
}

impl TryFrom<Vec<Member>> for Panel {
    type Error = TooMany;

    fn try_from(members: Vec<Member>) -> Result<Self, TooMany> {
        if members.len() <= MOST { Ok(Self(members)) } else { Err(TooMany(members.len())) }
    }
}

impl From<Panel> for Vec<Member> {
    fn from(panel: Panel) -> Self {
        panel.0
    }
}

/// How often a question is asked in all when its first answer is level 3 or 4: 3, 5, 7 or 9 times.
///
/// Both sides of the threshold are asked again: to ask only about failures would raise the pass rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "u8", into = "u8")]
pub struct BorderRepeats(u8);

/// The number of repeats at the border is even, too low or too high.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} repeats at the border are not possible; they are 3, 5, 7 or 9, the first answer among them")]
pub struct NotBorderRepeats(u8);

impl BorderRepeats {
    /// Gives the number.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for BorderRepeats {
    type Error = NotBorderRepeats;

    fn try_from(number: u8) -> Result<Self, NotBorderRepeats> {
        if matches!(number, 3 | 5 | 7 | 9) { Ok(Self(number)) } else { Err(NotBorderRepeats(number)) }
    }
}

impl From<BorderRepeats> for u8 {
    fn from(repeats: BorderRepeats) -> Self {
        repeats.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check<T: serde::de::DeserializeOwned + Serialize>(json: &str, expected: Expect) {
        let read = serde_json::from_str::<T>(json).map(|value| serde_json::to_string(&value));
        expected.assert_eq(&read.map_or_else(|error| error.to_string(), Result::unwrap_or_default));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        check::<BorderRepeats>("3", expect!["3"]);
        check::<BorderRepeats>(
            "1",
            expect![
                "1 repeats at the border are not possible; they are 3, 5, 7 or 9, the first answer among them"
            ],
        );
        let member = r#"{"provider":"p","model":"m"}"#;
        check::<Panel>(&format!("[{member}]"), expect![[r#"[{"provider":"p","model":"m"}]"#]]);
        check::<Panel>(
            &format!("[{}]", [member; 5].join(",")),
            expect!["a panel has at most 4 judges beside the first, not 5"],
        );
    }

    #[test]
    fn the_prefix_of_a_model_makes_no_other_judge() {
        let member = |json: &str| serde_json::from_str::<Member>(json).expect("a judge");
        let plain = member(r#"{"provider":"p","model":"m"}"#);
        assert!(plain.is(&member(r#"{"provider":"p","model":"p/m"}"#)));
        assert!(!plain.is(&member(r#"{"provider":"p","model":"m","params":{"seed":1}}"#)));
    }
}

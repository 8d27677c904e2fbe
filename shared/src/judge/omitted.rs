//! Parts of a question that some providers refuse: the strict schema and the temperature.
//!
//! What was refused is left out the next time. The judge's version does not depend on it: what is judged, and
//! by whom, stays the same.

use serde_json::Value;

use super::Flag;

/// Which parts a provider has refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Omitted {
    /// The form of the verdict, which is then asked for in words.
    pub schema: bool,
    pub temperature: bool,
}

impl Omitted {
    /// Adds the parts of a request that a complaint about it names; none when it names none that it has.
    pub fn refused(self, request: &Value, complaint: &str) -> Option<Self> {
        let complaint = complaint.to_lowercase();
        let names = |words: &[&str]| words.iter().any(|word| complaint.contains(word));
        let formats = ["response_format", "output_config", "output format", "schema"];
        let schema = request.get("response_format").is_some() && names(&formats);
        let temperature = request.get("temperature").is_some() && names(&["temperature"]);
        (schema || temperature).then(|| self.and(Self { schema, temperature }))
    }

    /// Adds the parts of a request that its provider's form has no words for, of all that it has none for; none when all
    /// are left out already.
    pub fn unheard(self, lossy: &[String]) -> Option<Self> {
        let is = |name: &str| lossy.iter().any(|word| word == name);
        let more = self.and(Self { schema: is("response_format"), temperature: is("temperature") });
        (more != self).then_some(more)
    }

    /// Gives what is left out by either.
    pub fn and(self, other: Self) -> Self {
        Self { schema: self.schema || other.schema, temperature: self.temperature || other.temperature }
    }

    /// Gives what a judgement is marked with that was asked for without these parts.
    pub fn flags(self) -> impl Iterator<Item = Flag> {
        let parts = [(self.schema, Flag::SchemaRefused), (self.temperature, Flag::TemperatureRefused)];
        parts.into_iter().filter(|(is_omitted, _)| *is_omitted).map(|(_, flag)| flag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(request: Value, complaint: &str, expected: Expect) {
        let omitted = Omitted::default().refused(&request, complaint);
        let flags = omitted.map(|omitted| omitted.flags().collect::<Vec<_>>());
        expected.assert_eq(&format!("{flags:?}"));
    }

    #[test]
    fn what_a_complaint_names_is_left_out() {
        let whole = || json!({"temperature": 0, "response_format": {"type": "json_schema"}});
        check(
            whole(),
            "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
            expect!["Some([SchemaRefused])"],
        );
        check(whole(), "Invalid schema: strict is unknown", expect!["Some([SchemaRefused])"]);
        check(
            whole(),
            "Unsupported value: 'Temperature' does not support 0 with this model.",
            expect!["Some([TemperatureRefused])"],
        );
        check(
            whole(),
            "neither temperature nor json_schema is known",
            expect!["Some([SchemaRefused, TemperatureRefused])"],
        );
        check(whole(), "'max_tokens' is not supported", expect!["None"]);
    }

    #[test]
    fn what_was_not_sent_cannot_be_left_out() {
        check(json!({"temperature": 0}), "response_format is not supported", expect!["None"]);
        check(json!({}), "temperature is not supported", expect!["None"]);
    }

    #[test]
    fn what_has_no_words_is_left_out_once() {
        let lossy = ["response_format", "temperature", "seed"].map(str::to_owned);
        let omitted = Omitted::default().unheard(&lossy);
        assert_eq!(omitted, Some(Omitted { schema: true, temperature: true }));
        assert_eq!(omitted.and_then(|omitted| omitted.unheard(&lossy)), None);
        assert_eq!(Omitted::default().unheard(&lossy[2..]), None);
    }

    #[test]
    fn what_was_left_out_before_stays_so() {
        let before = Omitted { schema: true, temperature: false };
        let after = before.refused(&json!({"temperature": 0}), "temperature");
        assert_eq!(after, Some(Omitted { schema: true, temperature: true }));
    }
}

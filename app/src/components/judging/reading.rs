//! Reading who judges: text in, a checked judge or a sentence out.

use serde_json::Map;
use shared::judge::panel::{BorderRepeats, Member, Panel};
use shared::judge::{Judge, Repeats};
use shared::provider::ProviderName;

use crate::wording::fault::sentence;

/// What was typed and chosen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Typed {
    /// The provider's name and the model.
    pub model: (String, String),
    pub repeats: String,
    /// Empty to ask no more often at the border.
    pub border_repeats: String,
    pub panel: Vec<(String, String)>,
}

/// Reads who judges.
///
/// # Errors
/// Says in a sentence which field does not fit and what would.
pub fn read(typed: &Typed) -> Result<Judge, String> {
    let first = member("judge", &typed.model)?;
    let repeats = repeats(&typed.repeats, "repeats")?;
    let border = Some(typed.border_repeats.as_str()).filter(|typed| !typed.is_empty());
    let border = border.map(|typed| self::repeats(typed, "repeats at the border")).transpose()?;
    let panel =
        typed.panel.iter().zip(2_u32..).map(|(model, place)| member(&format!("judge {place}"), model));
    Ok(Judge {
        provider: first.provider,
        model: first.model,
        params: Map::new(),
        repeats: Repeats::try_from(repeats).map_err(|error| unfit("repeats", &error))?,
        border_repeats: border
            .map(BorderRepeats::try_from)
            .transpose()
            .map_err(|error| unfit("repeats at the border", &error))?,
        panel: Panel::try_from(panel.collect::<Result<Vec<_>, _>>()?)
            .map_err(|error| unfit("panel", &error))?,
    })
}

fn unfit(field: &str, error: &dyn std::fmt::Display) -> String {
    sentence(&format!("{field}: {error}"))
}

fn repeats(typed: &str, field: &str) -> Result<u8, String> {
    typed.parse().map_err(|error| unfit(field, &error))
}

fn member(field: &str, (provider, model): &(String, String)) -> Result<Member, String> {
    let provider = ProviderName::try_from(provider.clone()).map_err(|error| unfit(field, &error))?;
    match model.trim() {
        "" => Err(unfit(field, &"name a model")),
        model => Ok(Member { provider, model: model.to_owned(), params: Map::new() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(change: fn(&mut Typed), expected: Expect) {
        let model = ("demo".to_owned(), "judge".to_owned());
        let mut typed = Typed { model, repeats: "1".to_owned(), ..Typed::default() };
        change(&mut typed);
        let judge = read(&typed).map(|judge| serde_json::to_string(&judge).expect("JSON"));
        expected.assert_eq(&judge.unwrap_or_else(|why| why));
    }

    #[test]
    fn what_is_left_empty_is_left_out() {
        check(|_| {}, expect![[r#"{"provider":"demo","model":"judge","repeats":1}"#]]);
        check(
            |typed| {
                typed.border_repeats = "3".to_owned();
                typed.panel.push(("other".to_owned(), " m ".to_owned()));
            },
            expect![[
                r#"{"provider":"demo","model":"judge","repeats":1,"border_repeats":3,"panel":[{"provider":"other","model":"m"}]}"#
            ]],
        );
    }

    #[test]
    fn the_judge_that_does_not_fit_is_named() {
        check(|typed| typed.model.1.clear(), expect!["Judge: name a model."]);
        check(
            |typed| typed.panel.push(("other".to_owned(), String::new())),
            expect!["Judge 2: name a model."],
        );
        check(
            |typed| typed.panel = vec![("a".to_owned(), "m".to_owned()); 5],
            expect!["Panel: a panel has at most 4 judges beside the first, not 5."],
        );
    }
}

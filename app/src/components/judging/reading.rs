//! Reading who judges: text in, a checked judge or what does not fit out.

use std::fmt::Display;

use serde_json::Map;
use shared::judge::Judge;
use shared::judge::panel::{Member, Panel};
use shared::mistake::Mistake;

use crate::components::model;

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
/// Says what does not fit, by its place in what is sent.
pub fn read(typed: &Typed) -> Result<Judge, Mistake> {
    let first = member("/judge", &typed.model)?;
    let border = Some(typed.border_repeats.as_str()).filter(|typed| !typed.is_empty());
    let border = border.map(|typed| number("/judge/border_repeats", typed)).transpose()?;
    let panel = typed.panel.iter().enumerate();
    let panel = panel.map(|(place, model)| member(&format!("/judge/panel/{place}"), model));
    Ok(Judge {
        provider: first.provider,
        model: first.model,
        params: Map::new(),
        repeats: number("/judge/repeats", &typed.repeats)?,
        border_repeats: border,
        panel: Panel::try_from(panel.collect::<Result<Vec<_>, _>>()?)
            .map_err(|error| Mistake::new("/judge/panel", error.to_string()))?,
    })
}

fn number<T: TryFrom<u8, Error: Display>>(at: &str, typed: &str) -> Result<T, Mistake> {
    let number: u8 = typed.parse().map_err(|_| Mistake::new(at, format!("\"{typed}\" is not a number")))?;
    T::try_from(number).map_err(|error| Mistake::new(at, error.to_string()))
}

fn member(at: &str, (provider, name): &(String, String)) -> Result<Member, Mistake> {
    let (provider, model) = model::read(at, provider.clone(), name)?;
    Ok(Member { provider, model, params: Map::new() })
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
        expected.assert_eq(&judge.unwrap_or_else(|mistake| format!("{}: {mistake}", mistake.pointer)));
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
        check(|typed| typed.model.1.clear(), expect!["/judge/model: name a model"]);
        check(
            |typed| typed.panel.push(("other".to_owned(), String::new())),
            expect!["/judge/panel/0/model: name a model"],
        );
        check(
            |typed| typed.panel = vec![("a".to_owned(), "m".to_owned()); 5],
            expect!["/judge/panel: a panel has at most 4 judges beside the first, not 5"],
        );
    }
}

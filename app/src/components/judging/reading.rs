//! Reading who judges: text in, a checked judge or what does not fit out.

use std::fmt::Display;

use serde_json::{Map, Value};
use shared::judge::Judge;
use shared::judge::panel::{Member, Panel};
use shared::mistake::Mistake;

use crate::components::model;

/// Who is to judge, as typed and chosen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chosen {
    pub provider: String,
    pub model: String,
    /// Whoever stood here before; none of a judge that was added.
    pub before: Option<Member>,
    /// Whether the settings that those had are to stay.
    pub keeps: bool,
}

impl Chosen {
    /// Gives the settings that can stay: those of the very model that had them. None when it had none.
    pub fn settings(&self) -> Option<&Map<String, Value>> {
        let before = self.before.as_ref().filter(|before| !before.params.is_empty())?;
        let model = before.provider.own_model(&before.model);
        let is_same = before.provider.as_str() == self.provider
            && model == before.provider.own_model(self.model.trim());
        is_same.then_some(&before.params)
    }
}

/// What was typed and chosen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Typed {
    pub first: Chosen,
    pub repeats: String,
    /// Empty to ask no more often at the border.
    pub border_repeats: String,
    pub panel: Vec<Chosen>,
}

/// Reads who judges.
///
/// # Errors
/// Says what does not fit, by its place in what is sent.
pub fn read(typed: &Typed) -> Result<Judge, Mistake> {
    let first = member("/judge", &typed.first)?;
    let border = Some(typed.border_repeats.as_str()).filter(|typed| !typed.is_empty());
    let border = border.map(|typed| number("/judge/border_repeats", typed)).transpose()?;
    let panel = typed.panel.iter().enumerate();
    let panel = panel.map(|(place, chosen)| member(&format!("/judge/panel/{place}"), chosen));
    Ok(Judge {
        provider: first.provider,
        model: first.model,
        params: first.params,
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

fn member(at: &str, chosen: &Chosen) -> Result<Member, Mistake> {
    let (provider, model) = model::read(at, chosen.provider.clone(), &chosen.model)?;
    let params = chosen.settings().filter(|_| chosen.keeps).cloned().unwrap_or_default();
    Ok(Member { provider, model, params })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn chosen(provider: &str, model: &str) -> Chosen {
        Chosen { provider: provider.to_owned(), model: model.to_owned(), ..Chosen::default() }
    }

    /// A judge that is chosen again after it judged with a temperature.
    fn again(provider: &str, model: &str) -> Chosen {
        let before = json!({"provider": "demo", "model": "demo/judge", "params": {"temperature": 0.7}});
        let before = serde_json::from_value(before).expect("a member");
        Chosen { before: Some(before), keeps: true, ..chosen(provider, model) }
    }

    fn check(change: fn(&mut Typed), expected: Expect) {
        let mut typed = Typed { first: chosen("demo", "judge"), repeats: "1".to_owned(), ..Typed::default() };
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
                typed.panel.push(chosen("other", " m "));
            },
            expect![[
                r#"{"provider":"demo","model":"judge","repeats":1,"border_repeats":3,"panel":[{"provider":"other","model":"m"}]}"#
            ]],
        );
    }

    #[test]
    fn settings_stay_with_the_model_that_had_them() {
        check(
            |typed| {
                typed.first = again("demo", "judge");
                typed.panel = vec![again("demo", "other"), again("else", "judge")];
            },
            expect![[
                r#"{"provider":"demo","model":"judge","params":{"temperature":0.7},"repeats":1,"panel":[{"provider":"demo","model":"other"},{"provider":"else","model":"judge"}]}"#
            ]],
        );
        check(
            |typed| typed.first = Chosen { keeps: false, ..again("demo", "judge") },
            expect![[r#"{"provider":"demo","model":"judge","repeats":1}"#]],
        );
    }

    #[test]
    fn the_judge_that_does_not_fit_is_named() {
        check(|typed| typed.first.model.clear(), expect!["/judge/model: name a model"]);
        check(|typed| typed.panel.push(chosen("other", "")), expect!["/judge/panel/0/model: name a model"]);
        check(
            |typed| typed.panel = vec![chosen("a", "m"); 5],
            expect!["/judge/panel: a panel has at most 4 judges beside the first, not 5"],
        );
    }
}

//! What went wrong with a call, and what to do about it.

use shared::api::Problem;
use shared::auth::Scope;
use shared::mistake::Mistake;
use shared::unseen::seen;

/// Why a call has no reply.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// No answer came. It can be asked again: nothing was to be done, or it is done once however often it is asked.
    Unreachable,
    /// No answer came to what must not be done twice.
    Unanswered,
    /// The service answered that it cannot.
    Refused(Box<Problem>),
    /// An answer came that is not what this app knows.
    Unreadable { status: u16, detail: String },
    /// A part of the app itself did not come.
    Missing,
}

/// A fault in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What happened, as a sentence.
    pub what: String,
    /// What can be done about it, as a sentence.
    pub remedy: &'static str,
    /// Every wrong value, with where it stands.
    pub mistakes: Vec<String>,
}

/// Puts a fault into words.
pub fn words(fault: &Fault) -> Words {
    match fault {
        Fault::Unreachable => Words {
            what: "Assay did not answer.".to_owned(),
            remedy: "Check your connection, then try again.",
            mistakes: Vec::new(),
        },
        Fault::Unanswered => Words {
            what: "Assay did not answer, so it is not known whether this was done.".to_owned(),
            remedy: "Check your connection, and look before you do it again.",
            mistakes: Vec::new(),
        },
        Fault::Unreadable { status, detail } => Words {
            what: format!(
                "Assay answered with status {status} and something this page cannot read: {}.",
                end(detail)
            ),
            remedy: "Reload the page; a newer version may have been installed.",
            mistakes: Vec::new(),
        },
        Fault::Missing => Words {
            what: "This part of Assay did not load.".to_owned(),
            remedy: "Check your connection, then reload the page; a newer version may have been installed.",
            mistakes: Vec::new(),
        },
        Fault::Refused(problem) => Words {
            what: sentence(if problem.detail.is_empty() { &problem.title } else { &problem.detail }),
            remedy: remedy(problem.status),
            mistakes: mistakes(problem),
        },
    }
}

fn remedy(status: u16) -> &'static str {
    match status {
        400 | 409 | 422 => "Change what is named here and try again.",
        401 => "Sign in again.",
        403 => "Sign in with a key that may do this.",
        404 => "It may have been deleted; go back to the list.",
        413 => "Make it smaller, or send it in parts.",
        429 => "Wait a moment, then try again.",
        _ => "Try again; if it stays, give the request number below to whoever runs Assay.",
    }
}

/// Names the wrong values, unless the detail says the only one already.
fn mistakes(problem: &Problem) -> Vec<String> {
    let told = |detail: &str| problem.errors.len() == 1 && problem.detail.contains(detail);
    let errors = problem.errors.iter().filter(|mistake| !told(&mistake.detail));
    errors.map(|mistake| format!("{}: {}", place(&mistake.pointer), mistake.detail)).collect()
}

/// Says that something needs a scope which whoever is signed in does not have.
pub fn beyond(scope: Scope) -> String {
    format!(
        "This needs the scope “{}”, which the key you signed in with does not have. Without it you can only read.",
        scope.word()
    )
}

/// Says that what was typed does not fit: the mistake itself when it is the only one.
pub fn unfit(mistakes: &[Mistake]) -> String {
    match mistakes {
        [only] => format!("Not sent. {}", sentence(&format!("{}: {}", place(&only.pointer), only.detail))),
        _ => format!("Not sent: {} places do not fit; each is marked.", mistakes.len()),
    }
}

/// Writes a JSON pointer as words: `/criteria/0/weight` is "criteria 1, weight".
fn place(pointer: &str) -> String {
    let parts = pointer.trim_start_matches(['/', '?']).split('/');
    let words = parts.fold(String::new(), |words, part| match part.parse::<u64>() {
        Ok(number) => format!("{words} {}", number + 1),
        Err(_) if words.is_empty() => part.replace('_', " "),
        Err(_) => format!("{words}, {}", part.replace('_', " ")),
    });
    if words.is_empty() { "the whole".to_owned() } else { words }
}

/// Makes a sentence of a message: upper case first, a full stop last. It may hold what somebody wrote.
pub fn sentence(message: &str) -> String {
    let message = seen(message);
    let mut characters = message.chars();
    let Some(first) = characters.next() else { return String::new() };
    format!("{}{}.", first.to_ascii_uppercase(), end(characters.as_str()))
}

fn end(message: &str) -> &str {
    message.trim_end_matches(['.', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::mistake::Mistake;

    fn check(fault: Fault, expected: Expect) {
        let words = words(&fault);
        expected.assert_eq(&format!("{} {} {:?}", words.what, words.remedy, words.mistakes));
    }

    fn refused(status: u16, detail: &str, errors: Vec<Mistake>) -> Fault {
        Fault::Refused(Box::new(Problem {
            kind: "/problems/x".to_owned(),
            title: "Title".to_owned(),
            status,
            detail: detail.to_owned(),
            errors,
        }))
    }

    #[test]
    fn a_fault_says_what_happened_and_what_to_do() {
        check(Fault::Unreachable, expect!["Assay did not answer. Check your connection, then try again. []"]);
        check(
            refused(404, "no set has this id", vec![]),
            expect!["No set has this id. It may have been deleted; go back to the list. []"],
        );
        check(
            Fault::Unreadable { status: 200, detail: "missing field `data`".to_owned() },
            expect![
                "Assay answered with status 200 and something this page cannot read: missing field `data`. Reload the page; a newer version may have been installed. []"
            ],
        );
    }

    #[test]
    fn what_a_key_may_not_do_is_said_with_what_it_takes() {
        expect!["This needs the scope “run”, which the key you signed in with does not have. Without it you can only read."].assert_eq(&beyond(Scope::Run));
    }

    #[test]
    fn what_may_have_been_done_is_looked_at_first() {
        check(
            Fault::Unanswered,
            expect![
                "Assay did not answer, so it is not known whether this was done. Check your connection, and look before you do it again. []"
            ],
        );
    }

    #[test]
    fn a_missing_part_is_had_by_reloading() {
        check(
            Fault::Missing,
            expect![
                "This part of Assay did not load. Check your connection, then reload the page; a newer version may have been installed. []"
            ],
        );
    }

    #[test]
    fn every_wrong_value_is_named_once() {
        check(
            refused(422, "weight is above 0", vec![Mistake::new("/criteria/0/weight", "weight is above 0")]),
            expect!["Weight is above 0. Change what is named here and try again. []"],
        );
        check(
            refused(
                422,
                "two values do not fit",
                vec![Mistake::new("/criteria/0/weight", "too small"), Mistake::new("", "odd")],
            ),
            expect![[
                r#"Two values do not fit. Change what is named here and try again. ["criteria 1, weight: too small", "the whole: odd"]"#
            ]],
        );
    }
}

//! Whether Assay can be reached, and whether this page is still the current one, in words.

use super::fault::Fault;

/// Whether Assay can be reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    #[default]
    Well,
    /// The browser has no connection.
    Offline,
    /// The browser has one, and nobody answers.
    Silent,
}

/// Says that it cannot be reached; nothing when it can.
pub fn reach(reach: Reach) -> Option<&'static str> {
    match reach {
        Reach::Well => None,
        Reach::Offline => {
            Some("You are offline. What is on the page stays; it goes on by itself once you are back.")
        }
        Reach::Silent => {
            Some("Assay does not answer. It is asked again until it does; what is on the page stays.")
        }
    }
}

/// Says that another version is there.
pub const UPDATED: &str = "Assay was updated: reload to go on with the new version.";

/// Tells whether a call failed on the way, so that it may do now what it could not do then.
pub fn is_of_the_way(fault: &Fault) -> bool {
    matches!(fault, Fault::Unreachable | Fault::Missing)
}

/// Tells whether a fault may come of this page being older than the service: a part of it is gone, or the two do not
/// understand each other.
pub fn may_be_of_age(fault: &Fault) -> bool {
    match fault {
        Fault::Missing | Fault::Unreadable { .. } => true,
        Fault::Refused(problem) => matches!(problem.status, 404 | 405),
        Fault::Unreachable | Fault::Unanswered => false,
    }
}

/// Gives how long to wait before the service is asked again, in milliseconds, after so many times.
pub fn wait(times: u32) -> i32 {
    1_000 << times.min(5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use shared::api::Problem;

    fn check(fault: &Fault, expected: Expect) {
        expected.assert_eq(&format!("again: {}, look: {}", is_of_the_way(fault), may_be_of_age(fault)));
    }

    fn refused(status: u16) -> Fault {
        let [kind, title, detail] = [""; 3].map(str::to_owned);
        Fault::Refused(Box::new(Problem { kind, title, status, detail, errors: Vec::new() }))
    }

    #[test]
    fn what_failed_on_the_way_is_taken_again() {
        check(&Fault::Unreachable, expect!["again: true, look: false"]);
        check(&Fault::Missing, expect!["again: true, look: true"]);
    }

    #[test]
    fn what_may_have_been_done_is_never_done_again() {
        check(&Fault::Unanswered, expect!["again: false, look: false"]);
    }

    #[test]
    fn what_the_service_says_is_not_asked_again() {
        check(&refused(404), expect!["again: false, look: true"]);
        check(&refused(422), expect!["again: false, look: false"]);
        check(&Fault::Unreadable { status: 200, detail: String::new() }, expect!["again: false, look: true"]);
    }

    #[test]
    fn the_service_is_asked_less_and_less_often() {
        let waits = [0, 1, 4, 5, 99].map(wait);
        expect!["[1000, 2000, 16000, 32000, 32000]"].assert_eq(&format!("{waits:?}"));
    }
}

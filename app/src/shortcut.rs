//! The shortcuts of the keyboard: one table, by which keys are listened to and listed.
//!
//! Leaves out the browser's events and what is done (`components::shortcuts`).

use crate::route::Route;

/// A shortcut.
#[derive(Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// The keys, pressed one after the other.
    pub keys: &'static [&'static str],
    /// Pressed while Ctrl is held, or ⌘ on a Mac.
    pub held: bool,
    pub words: &'static str,
    pub group: Group,
    pub does: Does,
}

/// Where a shortcut works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Everywhere,
    Going,
    Lists,
}

impl Group {
    pub const ALL: [Self; 3] = [Self::Everywhere, Self::Going, Self::Lists];

    /// Names it, as a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "Everywhere",
            Self::Going => "Go to",
            Self::Lists => "In lists",
        }
    }
}

/// What a shortcut does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does {
    /// Shows the shortcuts.
    Help,
    /// Shows what can be gone to and done.
    Palette,
    /// Puts the cursor into the page's search field; where there is none, shows the palette.
    Search,
    Go(Route),
    /// Goes to the next row of a list, or shows it if a row is open.
    Next,
    Previous,
    /// Goes to the first row, and to the last one, whose list has the focus. The list does it.
    First,
    Last,
    /// Goes on by a screen. The browser does it.
    Page,
    /// Opens the row. The browser does it: the row's link has the focus.
    Open,
    /// Checks the row, or no longer.
    Check,
    /// Goes on to the next row, and checks both.
    CheckNext,
    CheckPrevious,
    /// Leaves the row's item out of the numbers of a run.
    LeaveOut,
    /// Undoes what was done last, where a message offers it.
    Undo,
    /// Closes what is open. The browser does it.
    Close,
}

/// All shortcuts.
pub static ALL: [Shortcut; 21] = [
    of(&["?"], Group::Everywhere, "Show these shortcuts", Does::Help),
    Shortcut {
        keys: &["k"],
        held: true,
        words: "Find what to go to or do",
        group: Group::Everywhere,
        does: Does::Palette,
    },
    of(&["/"], Group::Everywhere, "Search on this page, or everywhere", Does::Search),
    of(&["u"], Group::Everywhere, "Undo what was taken away last", Does::Undo),
    of(&["Escape"], Group::Everywhere, "Close what is open", Does::Close),
    of(&["g", "h"], Group::Going, "Home", Does::Go(Route::Home)),
    of(&["g", "l"], Group::Going, "Logs", Does::Go(Route::Logs)),
    of(&["g", "s"], Group::Going, "Sets", Does::Go(Route::Sets)),
    of(&["g", "r"], Group::Going, "Runs", Does::Go(Route::Runs)),
    of(&["g", "e"], Group::Going, "Settings", Does::Go(Route::Settings)),
    of(&["j"], Group::Lists, "Next row", Does::Next),
    of(&["k"], Group::Lists, "Previous row", Does::Previous),
    of(&["Home"], Group::Lists, "First row, from any row of a long list", Does::First),
    of(&["End"], Group::Lists, "Last row, however long the list is", Does::Last),
    of(&["PageDown"], Group::Lists, "A screen further down", Does::Page),
    of(&["PageUp"], Group::Lists, "A screen further up", Does::Page),
    of(&["Enter"], Group::Lists, "Open the row", Does::Open),
    of(&["x"], Group::Lists, "Check the row, or no longer", Does::Check),
    of(&["Shift+ArrowDown"], Group::Lists, "Check the row and the next one", Does::CheckNext),
    of(&["Shift+ArrowUp"], Group::Lists, "Check the row and the one before", Does::CheckPrevious),
    of(&["o"], Group::Lists, "Leave the item out of the run's numbers", Does::LeaveOut),
];

const fn of(keys: &'static [&'static str], group: Group, words: &'static str, does: Does) -> Shortcut {
    Shortcut { keys, held: false, words, group, does }
}

/// Names a key: an arrow is another one with Shift, which makes another character of most keys by itself.
pub fn name(key: &str, shift: bool) -> String {
    if shift && key.starts_with("Arrow") { format!("Shift+{key}") } else { key.to_owned() }
}

/// A key that was pressed.
#[derive(Debug, Clone, Copy)]
pub struct Press<'a> {
    /// By its [`name`].
    pub key: &'a str,
    /// Ctrl or ⌘ is held.
    pub held: bool,
    /// Alt is held, which makes another character of a key.
    pub alt: bool,
    /// The key goes into a field.
    pub typing: bool,
}

/// What a press comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    Does(&'static Does),
    /// The first key of some shortcuts: the next one tells which.
    Waits(&'static str),
    Nothing,
}

/// Reads a press. `before` is the first key of a shortcut, if that was pressed just before; `single` tells whether
/// keys without Ctrl are shortcuts at all.
pub fn read(before: Option<&str>, press: Press<'_>, single: bool) -> Heard {
    let Press { key, held, alt, typing } = press;
    if alt {
        return Heard::Nothing;
    }
    if held {
        // With caps lock on the letter is a large one.
        let found = ALL.iter().find(|one| one.held && one.keys == [key.to_ascii_lowercase().as_str()]);
        return found.map_or(Heard::Nothing, |one| Heard::Does(&one.does));
    }
    if typing || !single {
        return Heard::Nothing;
    }
    let single = || ALL.iter().filter(|one| !one.held);
    let both = before.and_then(|before| single().find(|one| one.keys == [before, key]));
    if let Some(one) = both.or_else(|| single().find(|one| one.keys == [key])) {
        return Heard::Does(&one.does);
    }
    let begun = single().find(|one| one.keys.len() > 1 && one.keys[0] == key);
    begun.map_or(Heard::Nothing, |one| Heard::Waits(one.keys[0]))
}

/// Tells whether keys go into an element, by its tag and the type of an input.
pub fn takes_keys(tag: &str, kind: &str) -> bool {
    match tag {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => !matches!(
            kind,
            "button" | "checkbox" | "color" | "file" | "image" | "radio" | "range" | "reset" | "submit"
        ),
        _ => false,
    }
}

/// Gives the keys of a shortcut as they are written on them, those held down at once joined.
pub fn written(shortcut: &Shortcut, mac: bool) -> Vec<String> {
    let name = |key: &str| match key {
        "Escape" => "Esc".to_owned(),
        "PageDown" => "Page Down".to_owned(),
        "PageUp" => "Page Up".to_owned(),
        "Shift+ArrowDown" => "Shift ↓".to_owned(),
        "Shift+ArrowUp" => "Shift ↑".to_owned(),
        key if shortcut.held => format!("{}{}", if mac { "⌘" } else { "Ctrl " }, key.to_ascii_uppercase()),
        key => key.to_owned(),
    };
    shortcut.keys.iter().map(|key| name(key)).collect()
}

/// Finds the shortcut that does something.
pub fn for_doing(does: &Does) -> Option<&'static Shortcut> {
    ALL.iter().find(|one| one.does == *does)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const PRESS: Press<'_> = Press { key: "", held: false, alt: false, typing: false };

    /// Presses keys one after the other.
    fn check(presses: &[Press<'_>], single: bool, expected: Expect) {
        let mut before = None;
        let heard = presses.iter().map(|press| {
            let heard = read(before, *press, single);
            before = match heard {
                Heard::Waits(key) => Some(key),
                _ => None,
            };
            format!("{heard:?}")
        });
        expected.assert_eq(&heard.collect::<Vec<_>>().join(", "));
    }

    fn keys<'a>(keys: &[&'a str]) -> Vec<Press<'a>> {
        keys.iter().map(|key| Press { key, ..PRESS }).collect()
    }

    #[test]
    fn a_key_or_two_in_turn_do_something() {
        check(&keys(&["?", "j"]), true, expect!["Does(Help), Does(Next)"]);
        check(&keys(&["g", "l"]), true, expect![[r#"Waits("g"), Does(Go(Logs))"#]]);
        check(&keys(&["l", "q"]), true, expect!["Nothing, Nothing"]);
        check(&keys(&["g", "g", "r"]), true, expect![[r#"Waits("g"), Waits("g"), Does(Go(Runs))"#]]);
        check(&keys(&["g", "j"]), true, expect![[r#"Waits("g"), Does(Next)"#]]);
    }

    #[test]
    fn an_arrow_with_shift_is_a_key_of_its_own() {
        let (plain, held, large) = (name("ArrowDown", false), name("ArrowDown", true), name("X", true));
        check(&keys(&[&plain, &held, &large]), true, expect!["Nothing, Does(CheckNext), Nothing"]);
    }

    #[test]
    fn keys_that_go_elsewhere_are_left_alone() {
        let j = Press { key: "j", ..PRESS };
        check(
            &[
                Press { typing: true, ..j },
                Press { held: true, ..j },
                Press { alt: true, ..j },
                Press { key: "J", ..PRESS },
            ],
            true,
            expect!["Nothing, Nothing, Nothing, Nothing"],
        );
    }

    #[test]
    fn single_keys_can_be_off_and_the_palette_stays() {
        let palette = Press { key: "K", held: true, typing: true, alt: false };
        check(
            &[PRESS, Press { key: "?", ..PRESS }, palette],
            false,
            expect!["Nothing, Nothing, Does(Palette)"],
        );
    }

    #[test]
    fn no_two_shortcuts_begin_alike() {
        for (place, one) in ALL.iter().enumerate() {
            assert!(matches!(one.keys.len(), 1 | 2), "{one:?}");
            for other in &ALL[place + 1..] {
                let alike = one.held == other.held
                    && (one.keys == other.keys
                        || (one.keys.len() != other.keys.len() && one.keys[0] == other.keys[0]));
                assert!(!alike, "{one:?} and {other:?}");
            }
            let press = Press { key: one.keys[one.keys.len() - 1], held: one.held, ..PRESS };
            let before = (one.keys.len() > 1).then(|| one.keys[0]);
            assert_eq!(read(before, press, true), Heard::Does(&one.does));
        }
    }

    #[test]
    fn letters_go_into_fields_and_not_into_boxes() {
        let takes = [("INPUT", "search"), ("INPUT", ""), ("INPUT", "date"), ("TEXTAREA", ""), ("SELECT", "")];
        assert!(takes.into_iter().all(|(tag, kind)| takes_keys(tag, kind)));
        let leaves = [("INPUT", "checkbox"), ("INPUT", "range"), ("BUTTON", ""), ("A", "")];
        assert!(!leaves.into_iter().any(|(tag, kind)| takes_keys(tag, kind)));
    }

    #[test]
    fn keys_are_written_as_they_are_pressed() {
        let written = |mac| ALL.iter().map(|one| written(one, mac).join("+")).collect::<Vec<_>>().join(" ");
        expect![
            "? Ctrl K / u Esc g+h g+l g+s g+r g+e j k Home End Page Down Page Up Enter x Shift ↓ Shift ↑ o"
        ]
        .assert_eq(&written(false));
        expect!["? ⌘K / u Esc g+h g+l g+s g+r g+e j k Home End Page Down Page Up Enter x Shift ↓ Shift ↑ o"]
            .assert_eq(&written(true));
    }
}

//! Characters that nobody sees, and that change what is seen: controls, marks of direction, and those without width.
//!
//! Leaves out how a page or a program writes them.

/// Tells whether a character is unseen: a control other than a line break or a tab, a mark of direction, or one
/// without width.
pub fn is_unseen(character: char) -> bool {
    match character {
        '\n' | '\r' | '\t' => false,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' => {
            true
        }
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' => true,
        other => other.is_control(),
    }
}

/// Writes a text so that everything in it is seen.
///
/// The sequences that color a terminal's text are left out, a line ends with a line feed alone, other controls become
/// their pictures, such as ␇, and what is unseen its number, such as ⟨U+202E⟩. What joins or parts the letters of some
/// scripts, and the pictures of one emoji, stays as it is between those.
pub fn seen(text: &str) -> String {
    if !text.chars().any(|character| is_unseen(character) || character == '\r') {
        return text.to_owned();
    }
    let mut seen = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some(length) = sequence(rest) {
            rest = &rest[length..];
            continue;
        }
        let after = &rest[character.len_utf8()..];
        match character {
            '\r' if after.starts_with('\n') => {}
            '\r' => seen.push('␍'),
            '\u{200c}' | '\u{200d}' if joins(&seen, after) => seen.push(character),
            '\u{7f}' => seen.push('␡'),
            unseen if is_unseen(unseen) => match u32::from(unseen) {
                code @ 0..0x20 => seen.extend(char::from_u32(0x2400 + code)),
                code => seen.push_str(&format!("⟨U+{code:04X}⟩")),
            },
            other => seen.push(other),
        }
        rest = after;
    }
    seen
}

/// Tells whether what stands on both sides is of those that are joined: neither the end, nor Latin, nor unseen.
fn joins(before: &str, after: &str) -> bool {
    let is_joined = |side: Option<char>| side.is_some_and(|side| u32::from(side) > 0x2ff && !is_unseen(side));
    is_joined(before.chars().next_back()) && is_joined(after.chars().next())
}

/// Gives the length of the terminal's sequence that a text begins with, if it begins with one.
fn sequence(text: &str) -> Option<usize> {
    let after = text.strip_prefix('\u{1b}').and_then(|rest| rest.strip_prefix('['));
    let (start, after) = match after {
        Some(after) => (2, after),
        None => ('\u{9b}'.len_utf8(), text.strip_prefix('\u{9b}')?),
    };
    let parameters = after.bytes().take_while(|byte| (0x20..0x40).contains(byte)).count();
    // An endless one is none.
    let ends = after.as_bytes().get(parameters).is_some_and(|end| (0x40..0x7f).contains(end));
    (ends && parameters <= 64).then_some(start + parameters + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&seen(text));
    }

    #[test]
    fn what_turns_or_hides_a_text_is_written_out() {
        check(
            "the \u{202e}gnorw\u{202c} way, \u{2066}left\u{2069}, \u{200b}unseen\u{feff}",
            expect!["the ⟨U+202E⟩gnorw⟨U+202C⟩ way, ⟨U+2066⟩left⟨U+2069⟩, ⟨U+200B⟩unseen⟨U+FEFF⟩"],
        );
        check("a\u{e0041}b", expect!["a⟨U+E0041⟩b"]);
    }

    #[test]
    fn what_colors_a_terminal_is_left_out_and_other_controls_are_pictured() {
        check("\u{1b}[31mred\u{1b}[0m \u{9b}1mbold \u{7}\u{1b}]x\0\u{7f}", expect!["red bold ␇␛]x␀␡"]);
        check("\u{1b}[1;\u{1b}[", expect!["␛[1;␛["]);
    }

    #[test]
    fn lines_and_tabs_stay() {
        check("a\tb\r\nc\nd\re", expect![["a\tb\nc\nd␍e"]]);
    }

    #[test]
    fn joiners_stay_where_they_join() {
        check(
            "👩\u{200d}🚀 می\u{200c}خواهم a\u{200d}b \u{200c}",
            expect!["👩\u{200d}🚀 می\u{200c}خواهم a⟨U+200D⟩b ⟨U+200C⟩"],
        );
        check(&"\u{200d}".repeat(3), expect!["⟨U+200D⟩⟨U+200D⟩⟨U+200D⟩"]);
    }
}

//! Previews: the beginnings of texts as lists show them, with what nobody would see written out.
//!
//! Leaves out whole texts, which their component writes out itself, and how many lines a preview may take.

use shared::unseen::seen;

/// Writes the preview of a text.
pub fn of(text: &str) -> String {
    seen(text)
}

/// Writes the preview of what leads to a row: there is always something to be pressed.
pub fn leading(text: &str) -> String {
    if text.is_empty() { "(no text)".to_owned() } else { of(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use shared::log::preview;

    #[test]
    fn what_nobody_would_see_is_written_out_on_one_line() {
        let text = "pay \u{202e}ecila\u{202c}\u{200b}\r\nnow\u{2028}\u{7}";
        expect!["pay ⟨U+202E⟩ecila⟨U+202C⟩⟨U+200B⟩ now ␇"].assert_eq(&of(&preview(text)));
        assert_eq!([leading(""), leading("Hi"), of("")], ["(no text)", "Hi", ""]);
    }
}

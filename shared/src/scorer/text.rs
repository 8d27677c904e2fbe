//! Texts as scorers see them: in normal form C, and cut into words.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Writes a text in normal form C, so that letters are equal however their accents are written.
pub fn normal(text: &str) -> Cow<'_, str> {
    if is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// Makes letters small where case is ignored. "Straße" stays different from "STRASSE".
pub fn fold(text: Cow<'_, str>, ignore_case: bool) -> Cow<'_, str> {
    if ignore_case { Cow::Owned(text.to_lowercase()) } else { text }
}

/// Counts the words between white space.
pub fn word_count(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Gives the words of ROUGE: runs of letters, digits and `_` of any script, in lower case.
pub fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let runs = text.split(|character: char| !character.is_alphanumeric() && character != '_');
    runs.filter(|run| !run.is_empty()).map(str::to_owned).collect()
}

/// Gives the words of token F1: in lower case, without ASCII punctuation and articles. Source: `SQuAD`.
pub fn answer_words(text: &str) -> Vec<String> {
    let mut text = text.to_lowercase();
    text.retain(|character| !character.is_ascii_punctuation());
    text.split_whitespace().filter(|word| !["a", "an", "the"].contains(word)).map(str::to_owned).collect()
}

/// Gives the words of GLEU: between white space, in lower case, without the points at their ends.
pub fn plain_words(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    text.split_whitespace().map(|word| word.trim_end_matches('.').to_owned()).collect()
}

/// Tells whether more than half of the letters are of scripts that put no space between words.
pub fn runs_together(text: &str) -> bool {
    let mut letters = text.chars().filter(|character| character.is_alphabetic()).fold((0, 0), count);
    letters.1 *= 2;
    letters.1 > letters.0
}

fn count((all, together): (usize, usize), letter: char) -> (usize, usize) {
    let is_together = matches!(letter, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}');
    (all + 1, together + usize::from(is_together))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&format!(
            "{} words; {}; {}; {}",
            word_count(text),
            words(text).join("|"),
            answer_words(text).join("|"),
            plain_words(text).join("|")
        ));
    }

    #[test]
    fn each_measure_has_its_words() {
        check("", expect!["0 words; ; ; "]);
        check(
            "The Größe, isn't it...",
            expect!["4 words; the|größe|isn|t|it; größe|isnt|it; the|größe,|isn't|it"],
        );
    }

    #[test]
    fn scripts_without_spaces_are_known() {
        assert!(runs_together("日本語のテスト ok"));
        assert!(runs_together("ภาษาไทย"));
        assert!(!runs_together("한국어 문장"));
        assert!(!runs_together("mostly Latin 日本"));
        assert!(!runs_together(""));
    }

    #[test]
    fn an_accent_is_the_same_however_written() {
        assert_eq!(normal("cafe\u{301}"), "café");
        assert!(matches!(normal("plain"), Cow::Borrowed(_)));
    }
}

//! Which language a text is in, where that is certain enough to be said.

/// The fewest letters whose language is guessed.
const FEWEST_LETTERS: usize = 40;
/// The most characters whose language is guessed: more of them tell no more.
const MOST_CHARACTERS: usize = 500;

/// Gives the English name of the language that a text is in; none when it has fewer than 40 letters, or the guess
/// is not reliable.
pub fn of(text: &str) -> Option<&'static str> {
    let letters = text.chars().filter(|character| character.is_alphabetic()).take(FEWEST_LETTERS).count();
    if letters < FEWEST_LETTERS {
        return None;
    }
    let beginning: String = text.chars().take(MOST_CHARACTERS).collect();
    let guess = whatlang::detect(&beginning).filter(whatlang::Info::is_reliable);
    guess.map(|guess| guess.lang().eng_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_language_that_is_certain_is_said() {
        let texts = [
            "Where is the parcel that I have been waiting for since last week?",
            "Wo bleibt das Paket, auf das ich nun schon seit einer Woche warte?",
            "Where is it?",
            "4711 0815 4711 0815 4711 0815 4711 0815 4711 0815",
            "",
        ];
        assert_eq!(texts.map(of), [Some("English"), Some("German"), None, None, None]);
    }
}

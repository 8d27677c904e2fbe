//! What the palette offers, and which of it some words find.
//!
//! Leaves out how a command is carried out (`components::palette`).

use shared::auth::Scope;

use crate::route::Route;

/// Something that can be gone to or done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub title: String,
    /// What it is, or more about it.
    pub about: String,
    pub act: Act,
    /// What whoever carries it out must be allowed; none where anybody may who is signed in.
    pub needs: Option<Scope>,
}

impl Command {
    fn new(title: &str, about: &str, act: Act) -> Self {
        Self { title: title.to_owned(), about: about.to_owned(), act, needs: None }
    }

    fn needing(self, scope: Scope) -> Self {
        Self { needs: Some(scope), ..self }
    }
}

/// What a command does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Goes to an address.
    Go(String),
    /// Shows the shortcuts.
    Help,
    /// Chooses a theme: `light`, `dark`, or the system's when empty.
    Theme(&'static str),
    SignOut,
}

/// Lists what is always there: the pages, and what can be done anywhere.
pub fn always() -> Vec<Command> {
    let page = |route: &Route| Command::new(route.title(), "Page", Act::Go(route.path()));
    let pages =
        [Route::Home, Route::Logs, Route::Sets, Route::Runs, Route::Compare, Route::Settings, Route::Design];
    let go = |address: &str| Act::Go(address.to_owned());
    let actions = [
        Command::new("New run", "Action", Act::Go(Route::NewRun.path())).needing(Scope::Run),
        Command::new("New set from logs", "Action", go("/logs?add=new")).needing(Scope::Admin),
        Command::new("Import a file of logs", "Action", go("/logs?import=file")).needing(Scope::Ingest),
        Command::new("Keyboard shortcuts", "Action", Act::Help),
        Command::new("Theme: light", "Action", Act::Theme("light")),
        Command::new("Theme: dark", "Action", Act::Theme("dark")),
        Command::new("Theme: as the system", "Action", Act::Theme("")),
        Command::new("Sign out", "Action", Act::SignOut),
    ];
    pages.iter().map(page).chain(actions).collect()
}

/// Finds the commands that have every word that was typed, the best first: those whose title begins with what was
/// typed, then those with each word at the beginning of one of theirs, then the rest. Gives their places.
pub fn find(commands: &[Command], typed: &str) -> Vec<usize> {
    let typed = typed.trim().to_lowercase();
    let words: Vec<_> = typed.split_whitespace().collect();
    let mut found: Vec<_> = commands
        .iter()
        .enumerate()
        .filter_map(|(place, command)| Some((rank(command, &typed, &words)?, place)))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, place)| place).collect()
}

/// Tells how well a command fits, 0 being best; none when a word is missing.
fn rank(command: &Command, typed: &str, words: &[&str]) -> Option<u8> {
    let title = command.title.to_lowercase();
    let whole = format!("{title} {}", command.about.to_lowercase());
    if !words.iter().all(|word| whole.contains(word)) {
        return None;
    }
    let begins = |word: &&str| {
        whole.split(|character: char| !character.is_alphanumeric()).any(|own| own.starts_with(*word))
    };
    Some(match () {
        () if title.starts_with(typed) => 0,
        () if words.iter().all(begins) => 1,
        () => 2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(typed: &str, expected: Expect) {
        let mut commands = always();
        commands.push(Command::new("Support answers", "Set · 15 items", Act::Help));
        commands.push(Command::new("Echo, with the new prompt", "Run · Support answers", Act::Help));
        let found = find(&commands, typed).into_iter().map(|place| commands[place].title.clone());
        expected.assert_eq(&found.collect::<Vec<_>>().join(" | "));
    }

    #[test]
    fn nothing_typed_finds_everything_in_its_order() {
        check(
            " ",
            expect![
                "Home | Logs | Sets | Runs | Compare | Settings | Design | New run | New set from logs | Import a file of logs | Keyboard shortcuts | Theme: light | Theme: dark | Theme: as the system | Sign out | Support answers | Echo, with the new prompt"
            ],
        );
    }

    #[test]
    fn what_changes_something_needs_a_scope() {
        let needing = always().into_iter().filter_map(|command| Some((command.title, command.needs?.word())));
        let shown: Vec<_> = needing.map(|(title, scope)| format!("{title}: {scope}")).collect();
        expect!["New run: run | New set from logs: admin | Import a file of logs: ingest"]
            .assert_eq(&shown.join(" | "));
    }

    #[test]
    fn every_word_must_be_there_in_any_order() {
        check("answers supp", expect!["Support answers | Echo, with the new prompt"]);
        check("run echo", expect!["Echo, with the new prompt"]);
        check("dark theme", expect!["Theme: dark"]);
        check("nothing like it", expect![""]);
    }

    #[test]
    fn what_begins_with_the_words_comes_first() {
        check(
            "s",
            expect![
                "Sets | Settings | Sign out | Support answers | New set from logs | Keyboard shortcuts | Theme: as the system | Echo, with the new prompt | Logs | Runs | Design | Import a file of logs"
            ],
        );
        check("LOG", expect!["Logs | New set from logs | Import a file of logs"]);
    }
}

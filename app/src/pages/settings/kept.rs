//! What is kept of what passes: which logs there are, for how long, and without what; with a field to try it out.

use leptos::prelude::*;
use shared::api::settings::{
    GetSettings, LoggingChange, PatchSettings, RedactionChange, Retention, Settings, SettingsChange,
};
use shared::mistake::Mistake;
use shared::policy::{Days, Leave, Mode};
use shared::redact::{Custom, Kind, Kinds, Mark, Patterns, Redaction, Wanted};
use shared::scorer::pattern::Pattern;
use shared::share::Share;

use crate::api;
use crate::cell::Cell;
use crate::clock;
use crate::components::caller;
use crate::components::choice::choice;
use crate::components::confirm::Confirm;
use crate::components::doing::Doing;
use crate::components::loaded::{Load, loaded};
use crate::components::mistakes::Mistakes;
use crate::wording::number::counted;

/// The modes by their words, with their titles.
const MODES: [(Mode, &str, &str); 3] = [
    (Mode::Full, "full", "Requests and answers"),
    (Mode::Metadata, "metadata", "Numbers and labels, no words"),
    (Mode::Off, "off", "Nothing"),
];

/// What becomes of an answer whose caller leaves, by their words, with their titles.
const LEAVES: [(Leave, &str, &str); 2] = [
    (Leave::Cancel, "cancel", "Hang up on the provider"),
    (Leave::Finish, "finish", "Let it finish, for a whole log"),
];

/// The kinds with what they find.
const KINDS: [(Kind, &str); 6] = [
    (Kind::Key, "keys of providers and services, private keys"),
    (Kind::Token, "bearer tokens and JSON Web Tokens"),
    (Kind::Email, "e-mail addresses"),
    (Kind::Phone, "telephone numbers"),
    (Kind::Card, "payment cards"),
    (Kind::Iban, "bank accounts (IBAN)"),
];

/// Shows what is kept, and changes it.
#[component]
pub fn Kept() -> impl IntoView {
    let settings = Load::new(|| async { api::read_from(&GetSettings {}).await });
    any! {
        <section aria-labelledby="kept-title">
            <h2 id="kept-title">"What is kept"</h2>
            <p class="quiet">
                "Holds within half a minute for every request that says nothing itself with " <code>"x-assay-log"</code> "."
            </p>
            {loaded(settings, |settings: Settings| form(&settings))}
        </section>
    }
}

/// What was typed about the words that are taken out.
#[derive(Clone, Copy)]
struct Typed {
    enabled: RwSignal<bool>,
    kinds: [(Kind, RwSignal<bool>); 6],
    patterns: RwSignal<String>,
}

impl Typed {
    /// Reads the kinds and patterns as they stand, following their changes.
    fn read(self) -> Result<Redaction, Mistake> {
        let kinds = self.kinds.iter().filter(|(_, on)| on.get()).map(|(kind, _)| *kind);
        let patterns = read_patterns(&self.patterns.get())?;
        Ok(Redaction { enabled: self.enabled.get(), kinds: Kinds::from_iter(kinds), patterns })
    }
}

fn form(settings: &Settings) -> AnyView {
    let (log, redaction) = (&settings.log, &settings.redaction);
    let mode = Cell::new(log.mode);
    let on_leave = Cell::new(log.on_leave);
    let share = RwSignal::new((log.sample.value() * 100.0).to_string());
    let days = RwSignal::new(log.retention_days.map(|days| u32::from(days).to_string()).unwrap_or_default());
    let typed = Typed {
        enabled: RwSignal::new(redaction.enabled),
        kinds: KINDS.map(|(kind, _)| (kind, RwSignal::new(redaction.kinds.contains(&kind)))),
        patterns: RwSignal::new(write_patterns(&redaction.patterns)),
    };
    let kept_for = StoredValue::new(log.retention_days);
    let asking = RwSignal::new(false);
    let mistakes = Mistakes::of("kept");
    let save = Doing::new(move || {
        let change = untrack(|| read_change(mode.get(), on_leave.get(), &share.get(), &days.get(), typed));
        async move {
            mistakes.clear();
            // What is wrong stands at its field.
            asking.set(false);
            let change = change.map_err(|mistake| mistakes.found(vec![mistake]))?;
            let saved =
                api::submit(&PatchSettings {}, &change).await.map_err(|error| mistakes.answered(error))?;
            kept_for.try_update_value(|days| *days = saved.log.retention_days);
            Ok(())
        }
    });
    let shorter = move || {
        read_days(&days.get_untracked()).ok().flatten().filter(|days| is_shorter(*days, kept_for.get_value()))
    };
    let submit = move || match shorter() {
        Some(_) => asking.set(true),
        None => save.start(),
    };
    let asked = move || {
        let days = asking.get().then(shorter).flatten()?;
        Some(any! {
            <Confirm
                title="Delete older logs?"
                text=deleted_after(days)
                word="Save, and delete older logs"
                act=save
                close=Callback::new(move |()| asking.set(false))
            />
        })
    };
    let kinds = KINDS.iter().zip(typed.kinds).map(|((_, words), (_, on))| {
        any! {
            <label class="choice">
                <input type="checkbox" bind:checked=on />
                <span>{*words}</span>
            </label>
        }
    });
    let [at_share, at_days, at_patterns] =
        ["/log/sample", "/log/retention_days", "/redaction/patterns"].map(|place| mistakes.at(place));
    let of_share = any! {
        <input
            id=at_share.id.clone()
            inputmode="decimal"
            required
            aria-invalid=at_share.invalid()
            aria-describedby=at_share.described()
            bind:value=share
        />
    };
    let of_days = any! {
        <input
            id=at_days.id.clone()
            inputmode="numeric"
            placeholder="for ever"
            aria-invalid=at_days.invalid()
            aria-describedby=at_days.described_after("kept-days-help")
            bind:value=days
        />
    };
    let of_patterns = any! {
        <textarea
            id=at_patterns.id.clone()
            rows="3"
            placeholder="order-number ORD-[0-9]{6}"
            aria-invalid=at_patterns.invalid()
            aria-describedby=at_patterns.described_after("kept-patterns-help")
            bind:value=typed.patterns
        ></textarea>
    };
    any! {
        <form
            data-guarded
            on:submit=move |event| {
                event.prevent_default();
                submit();
            }
        >
            {choice("field", "A log keeps", None, MODES.to_vec(), mode)}
            {at_share.field("field", "Share of requests logged (%)", of_share)}
            {at_days.field("field", "Keep logs for (days)", of_days)}
            <p id="kept-days-help" class="quiet small">
                "Empty keeps logs for ever. Older ones are deleted for good within minutes; items of eval sets stay. "
                {swept(settings.last_retention.as_ref())}
            </p>
            {choice(
                "field",
                "When a caller leaves in the middle of an answer",
                Some("kept-leave-help"),
                LEAVES.to_vec(),
                on_leave,
            )}
            <p id="kept-leave-help" class="quiet small">
                "Hanging up costs no more, and the log ends there. Only streamed answers that have a log are finished, for 25 seconds at most."
            </p>
            <label class="choice">
                <input type="checkbox" bind:checked=typed.enabled />
                <span>"Take out before anything is stored:"</span>
            </label>
            <fieldset disabled=move || !typed.enabled.get()>
                <legend class="hidden">"Taken out"</legend>
                {kinds.collect_view()}
                {at_patterns.field("field", "And these patterns, one a line", of_patterns)}
                <p id="kept-patterns-help" class="quiet small">
                    "A name, a space, and a regular expression; what it finds becomes the name in brackets."
                </p>
            </fieldset>
            {trial(typed)}
            {save.problem()}
            {caller::why_not::<PatchSettings>()}
            <p class="actions">
                {caller::offered::<PatchSettings>(move || save.submit("Save", "Saving…"))}
                <span role="status">{move || if save.is_done() { "Saved." } else { "" }}</span>
            </p>
        </form>
        {asked}
    }
}

/// Tells whether logs are kept for a shorter time than before.
fn is_shorter(now: Days, before: Option<Days>) -> bool {
    before.is_none_or(|before| u32::from(now) < u32::from(before))
}

/// Says what keeping logs for a shorter time does to those that are there.
fn deleted_after(days: Days) -> String {
    let days = counted(u32::from(days).into(), "day", "days");
    format!(
        "Logs older than {days} are deleted for good within minutes, and nothing brings them back. Items of eval sets stay."
    )
}

/// Says what was deleted last, and what shows that it is all.
fn swept(retention: Option<&Retention>) -> String {
    let Some((told, at)) = retention.and_then(|told| Some((told, told.deleted_at?))) else {
        return String::new();
    };
    let deleted = match told.logs {
        1 => format!("1 log was deleted {}.", clock::ago(at)),
        logs => format!("{logs} logs were deleted {}.", clock::ago(at)),
    };
    let proof = told
        .before
        .zip(told.after)
        .map(|(before, after)| format!(" Too old were {before} before that and {after} after it."));
    let oldest = told.oldest.map(|oldest| format!(" The oldest now is of {}.", clock::full(oldest)));
    [Some(deleted), proof, oldest].into_iter().flatten().collect()
}

/// Shows what would be kept of a text, worked out here: it is sent nowhere.
fn trial(typed: Typed) -> AnyView {
    let text = RwSignal::new(String::new());
    let kept = move || match typed.read() {
        Ok(redaction) => redaction.text(&text.get()).into_owned(),
        Err(mistake) => mistake.detail,
    };
    any! {
        <label class="field" data-loose>
            <span>"Try it out"</span>
            <textarea rows="3" placeholder="Paste a text; it is sent nowhere." bind:value=text></textarea>
        </label>
        <div class:gone=move || text.with(String::is_empty)>
            <p class="quiet small">"A log would keep:"</p>
            <pre class="command" tabindex="0" aria-label="What a log would keep">{kept}</pre>
        </div>
    }
}

fn read_change(
    mode: Mode,
    on_leave: Leave,
    share: &str,
    days: &str,
    typed: Typed,
) -> Result<SettingsChange, Mistake> {
    let sample = read_share(share).map_err(|detail| Mistake::new("/log/sample", detail))?;
    let retention = read_days(days).map_err(|detail| Mistake::new("/log/retention_days", detail))?;
    let Redaction { enabled, kinds, patterns } = typed.read()?;
    Ok(SettingsChange {
        log: Some(LoggingChange {
            mode: Some(mode),
            sample: Some(sample),
            retention_days: Some(retention),
            on_leave: Some(on_leave),
        }),
        redaction: Some(RedactionChange {
            enabled: Some(enabled),
            kinds: Some(kinds),
            patterns: Some(patterns),
        }),
    })
}

fn read_share(text: &str) -> Result<Share, String> {
    let percent: Option<f64> = text.trim().trim_end_matches('%').trim_end().parse().ok();
    let share = percent.and_then(|percent| Share::try_from(percent / 100.0).ok());
    share.ok_or_else(|| format!("\"{}\" is not a share of requests; write 0 to 100 percent", text.trim()))
}

fn read_days(text: &str) -> Result<Option<Days>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let days = text.trim().parse::<u32>();
    let days = days
        .map_err(|_| format!("\"{}\" is not a number of days; write 1 to 3650, or nothing", text.trim()))?;
    Days::try_from(days).map(Some).map_err(|error| error.to_string())
}

/// Reads patterns, one a line: a name and what is looked for.
fn read_patterns(text: &str) -> Result<Patterns, Mistake> {
    let mut patterns = Vec::new();
    for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        let unfit = |why: String| Mistake::new("/redaction/patterns", format!("line {number}: {why}"));
        let (name, pattern) = line
            .trim()
            .split_once(char::is_whitespace)
            .ok_or_else(|| unfit("write a name, a space and a pattern".to_owned()))?;
        let name = Mark::try_from(name.to_owned()).map_err(|error| unfit(error.to_string()))?;
        let pattern =
            Pattern::try_from(pattern.trim_start().to_owned()).map_err(|error| unfit(error.to_string()))?;
        pattern.compiled().map_err(|error| unfit(error.to_string()))?;
        let pattern = Wanted::try_from(pattern).map_err(|error| unfit(error.to_string()))?;
        patterns.push(Custom { name, pattern });
    }
    Patterns::try_from(patterns).map_err(|error| Mistake::new("/redaction/patterns", error.to_string()))
}

fn write_patterns(patterns: &Patterns) -> String {
    let lines = Vec::from(patterns.clone()).into_iter().map(|Custom { name, pattern }| {
        format!("{} {}", String::from(name), String::from(Pattern::from(pattern)))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let patterns = read_patterns(text).map(|patterns| write_patterns(&patterns));
        expected.assert_eq(&patterns.unwrap_or_else(|mistake| mistake.detail));
    }

    #[test]
    fn patterns_read_back_as_they_are_written() {
        check(
            " order  ORD-[0-9]{6}\n\ntwo a b",
            expect![[r"
            order ORD-[0-9]{6}
            two a b"]],
        );
    }

    #[test]
    fn the_line_that_does_not_fit_is_named() {
        check("a b\nc", expect!["line 2: write a name, a space and a pattern"]);
        check(
            "A b",
            expect![[
                r#"line 1: "A" is no name of a pattern; it must be 1 to 32 of a-z, 0-9, - and _, such as order-number"#
            ]],
        );
        check(
            "a (",
            expect![
                "line 1: the pattern does not work: found open group without closing ')'; look-around and references back do not exist here"
            ],
        );
        check(
            "a b*",
            expect![
                "line 1: the pattern fits the empty text, and so everywhere; write one that needs at least one character"
            ],
        );
        check("a b\na c", expect![[r#"two patterns are named "a"; give each a name of its own"#]]);
    }

    #[test]
    fn shares_and_days_are_read_as_people_write_them() {
        assert_eq!(read_share(" 12.5 % ").map(Share::value), Ok(0.125));
        assert_eq!(
            read_share("101"),
            Err("\"101\" is not a share of requests; write 0 to 100 percent".to_owned())
        );
        assert_eq!(read_days(" "), Ok(None));
        assert_eq!(read_days("30").map(|days| days.map(u32::from)), Ok(Some(30)));
        assert!(read_days("0").is_err() && read_days("a week").is_err());
    }

    #[test]
    fn whoever_keeps_logs_for_less_is_asked() {
        let days = |days: u32| Days::try_from(days).expect("days");
        let shorter = [(7, Some(30)), (30, Some(30)), (60, Some(30)), (60, None)]
            .map(|(now, before)| is_shorter(days(now), before.map(days)));
        assert_eq!(shorter, [true, false, false, true]);
        expect!["Logs older than 1 day are deleted for good within minutes, and nothing brings them back. Items of eval sets stay."].assert_eq(&deleted_after(days(1)));
    }
}

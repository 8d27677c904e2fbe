//! A conversation, turn by turn.

use leptos::prelude::*;
use shared::chat::{Content, Message, Output, Part, Role, ToolCall};

use shared::log::preview;
use shared::unseen::seen;

use super::long_text::{long_pieces, long_text, reading};
use crate::passage;

/// Shows a conversation; what the judge quoted is marked.
pub fn conversation(messages: &[Message], quotes: &[&str]) -> AnyView {
    let turns = messages.iter().map(|message| turn(message, quotes)).collect_view();
    any! { <ol class="turns">{turns}</ol> }
}

/// A conversation of more characters or turns than this is shown in part at first.
const SHOWN: usize = 700;
const TURNS: usize = 4;

/// Shows the conversation that a response answers: a long one in part at first, so that what follows stays in sight.
pub fn request(messages: &[Message], quotes: &[&str]) -> AnyView {
    let turns = conversation(messages, quotes);
    let seen = messages.iter().filter(|message| message.role != Role::System);
    let length: usize = seen.map(|message| message.content.text().chars().count()).sum();
    if length <= SHOWN && messages.len() <= TURNS {
        return turns;
    }
    let whole = RwSignal::new(false);
    any! {
        // The keyboard must be able to scroll it.
        <div class="request" class:clamped=move || !whole.get() role="group" aria-label="Request" tabindex="0">
            {turns}
        </div>
        <button
            type="button"
            class="more"
            aria-expanded=move || whole.get().to_string()
            on:click=move |_| whole.update(|whole| *whole = !*whole)
        >
            {move || if whole.get() { "Show less of the request" } else { "Show the whole request" }}
        </button>
    }
}

fn turn(message: &Message, quotes: &[&str]) -> AnyView {
    let (who, class) = match message.role {
        Role::System => ("System", "turn system"),
        Role::User => ("User", "turn user"),
        Role::Assistant => ("Assistant", "turn assistant"),
        Role::Tool => ("Tool result", "turn tool"),
    };
    let content = match &message.content {
        Content::Text(text) if text.is_empty() && !message.tool_calls.is_empty() => None,
        Content::Text(text) => Some(long_pieces(passage::quoted(text, quotes))),
        Content::Parts(parts) => {
            Some(parts.iter().map(|part| self::part(part, quotes)).collect_view().into_any())
        }
    };
    let said = any! {
        {content}
        {tool_calls(&message.tool_calls)}
    };
    // What the application says is the same in request after request: folded, however long it is.
    let text = message.content.text();
    let quoted = quotes.iter().any(|quote| passage::occurs(&text, quote));
    if message.role == Role::System {
        return any! {
            <li class=class>
                <details>
                    <summary>
                        <h4>{who}</h4>
                        {quoted.then(|| any! { <span class="mark">"quoted by the judge"</span> })}
                        <span class="quiet">{preview(&text)}</span>
                    </summary>
                    {said}
                </details>
            </li>
        };
    }
    any! {
        <li class=class>
            <h4>{who}</h4>
            {said}
        </li>
    }
}

fn part(part: &Part, quotes: &[&str]) -> AnyView {
    match part {
        Part::Text { text } => long_pieces(passage::quoted(text, quotes)),
        Part::Image { url } => {
            // Never loaded: only its address is shown.
            let shown: String = url.chars().take(120).collect();
            any! {
                <p class="quiet">
                    "Picture: " <code>{seen(&shown)}</code>
                </p>
            }
        }
        Part::Other { value } => long_text(&value.to_string()),
    }
}

/// Shows the calls that a model asks for.
pub fn tool_calls(calls: &[ToolCall]) -> AnyView {
    let calls = calls.iter().map(|call| {
        any! {
            <li>
                <code>{seen(&call.name)}</code>
                {long_text(&call.arguments)}
            </li>
        }
    });
    let calls = calls.collect_view();
    if calls.is_empty() {
        return ().into_any();
    }
    any! {
        <h5>"Calls"</h5>
        <ul class="calls">{calls}</ul>
    }
}

/// Shows an answer.
pub fn output(output: &Output) -> AnyView {
    let text = (!output.text.is_empty() || output.tool_calls.is_empty())
        .then(|| reading(output.text.clone(), passage::quoted(&output.text, &[])));
    any! {
        {output.refused.then(|| any! { <p class="mark odd">"The model declined."</p> })}
        {text}
        {tool_calls(&output.tool_calls)}
    }
}

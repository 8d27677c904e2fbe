//! A conversation, turn by turn.

use leptos::prelude::*;
use shared::chat::{Content, Message, Output, Part, Role, ToolCall};

use shared::log::preview;

use super::long_text::{long_pieces, long_text};
use crate::passage;

/// Shows a conversation; what the judge quoted is marked.
pub fn conversation(messages: &[Message], quotes: &[&str]) -> AnyView {
    let turns = messages.iter().map(|message| turn(message, quotes)).collect_view();
    any! { <ol class="turns">{turns}</ol> }
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
        Content::Text(text) => Some(long_pieces(passage::quoted(text, quotes), "")),
        Content::Parts(parts) => {
            Some(parts.iter().map(|part| self::part(part, quotes)).collect_view().into_any())
        }
    };
    let said = any! {
        {content}
        {tool_calls(&message.tool_calls)}
    };
    // What the application says is the same in request after request: folded, unless the judge quotes it.
    let text = message.content.text();
    let quoted = quotes.iter().any(|quote| passage::occurs(&text, quote));
    if message.role == Role::System && !quoted {
        return any! {
            <li class=class>
                <details>
                    <summary>
                        <h4>{who}</h4>
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
        Part::Text { text } => long_pieces(passage::quoted(text, quotes), ""),
        Part::Image { url } => {
            // Never loaded: only its address is shown.
            let shown: String = url.chars().take(120).collect();
            any! {
                <p class="quiet">
                    "Picture: " <code>{shown}</code>
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
                <code>{call.name.clone()}</code>
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
    let text = (!output.text.is_empty() || output.tool_calls.is_empty()).then(|| long_text(&output.text));
    any! {
        {output.refused.then(|| any! { <p class="mark odd">"The model declined."</p> })}
        {text}
        {tool_calls(&output.tool_calls)}
    }
}

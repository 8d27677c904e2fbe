//! Texts of any length, by models and people: text nodes alone, clamped until more is asked for.
//! What nobody would see is written out.

use leptos::prelude::*;
use shared::unseen::seen;

use super::copy::copy;
use super::markdown::markdown;
use crate::passage::{Differs, Piece};
use crate::wording::number::{count, counted};

/// A text of more characters than this is shown in part at first.
const SHOWN: usize = 2_400;

/// So many characters are shown at once when more are asked for: a browser takes its time over a megabyte.
const STEP: usize = 250_000;

/// Shows a text; its line breaks are kept.
pub fn long_text(text: &str) -> AnyView {
    long_pieces(vec![Piece { text: text.to_owned(), differs: None, quoted: false }])
}

/// Shows a text in marked pieces.
pub fn long_pieces(pieces: Vec<Piece>) -> AnyView {
    let length: usize = pieces.iter().map(|piece| piece.text.chars().count()).sum();
    if length == 0 {
        return any! { <p class="quiet">"Empty."</p> };
    }
    if length <= SHOWN + SHOWN / 4 {
        return any! { <div class="text">{show(&pieces)}</div> };
    }
    let room = RwSignal::new(SHOWN);
    let all = move || room.get() >= length;
    let word = move || match length.saturating_sub(room.get()) {
        0 => "Show less".to_owned(),
        left if left <= STEP => format!("Show all {} characters", count(length as u64)),
        _ => format!("Show {} more of {} characters", count(STEP as u64), count(length as u64)),
    };
    any! {
        <div class="text">
            {move || if all() { show(&pieces) } else { show(&head(&pieces, room.get())) }}
        </div>
        <button
            type="button"
            class="more"
            aria-expanded=move || all().to_string()
            on:click=move |_| {
                let more = if untrack(all) { SHOWN } else { untrack(|| room.get()) + STEP };
                room.set(more);
            }
        >
            {word}
        </button>
    }
}

/// Shows a text to be read: in marked pieces or as Markdown, with its size, and a button that copies it as it is.
pub fn reading(text: String, pieces: Vec<Piece>) -> AnyView {
    if text.is_empty() {
        return long_pieces(pieces);
    }
    let drawn = RwSignal::new(false);
    let size = counted(text.chars().count() as u64, "character", "characters");
    let text = StoredValue::new(text);
    any! {
        {move || if drawn.get() { markdown(text.get_value()) } else { long_pieces(pieces.clone()) }}
        <p class="tools">
            <button
                type="button"
                class="copy"
                aria-pressed=move || drawn.get().to_string()
                on:click=move |_| drawn.update(|drawn| *drawn = !*drawn)
            >
                "Markdown"
            </button>
            {copy("Copy", move || text.get_value())}
            <span class="quiet">{size}</span>
        </p>
    }
}

fn show(pieces: &[Piece]) -> Vec<AnyView> {
    let show = |piece: &Piece| {
        let text = seen(&piece.text);
        let text = if piece.quoted {
            any! { <mark>{text}</mark> }
        } else {
            text.into_any()
        };
        match piece.differs {
            None => text,
            Some(Differs::Removed) => any! { <del>{text}</del> },
            Some(Differs::Added) => any! { <ins>{text}</ins> },
        }
    };
    pieces.iter().map(show).collect()
}

/// Takes the first pieces, up to so many characters.
fn head(pieces: &[Piece], mut room: usize) -> Vec<Piece> {
    let mut head = Vec::new();
    for piece in pieces {
        if room == 0 {
            break;
        }
        let text: String = piece.text.chars().take(room).collect();
        room -= text.chars().count();
        head.push(Piece { text, ..piece.clone() });
    }
    if let Some(last) = head.last_mut() {
        last.text.push('…');
    }
    head
}

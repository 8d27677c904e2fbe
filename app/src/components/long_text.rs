//! Texts of any length, by models and people: text nodes alone, clamped until more is asked for.

use leptos::prelude::*;

use crate::passage::Piece;
use crate::wording::number::count;

/// A text of more characters than this is shown in part at first.
const SHOWN: usize = 2_400;

/// Shows a text; its line breaks are kept.
pub fn long_text(text: &str) -> AnyView {
    long_pieces(vec![Piece { text: text.to_owned(), differs: false, quoted: false }], "")
}

/// Shows a text in marked pieces. `differs` is the class of what the other text does not have.
pub fn long_pieces(pieces: Vec<Piece>, differs: &'static str) -> AnyView {
    let length: usize = pieces.iter().map(|piece| piece.text.chars().count()).sum();
    if length == 0 {
        return any! { <p class="quiet">"Empty."</p> };
    }
    if length <= SHOWN + SHOWN / 4 {
        return any! { <div class="text">{show(&pieces, differs)}</div> };
    }
    let whole = RwSignal::new(false);
    let head = head(&pieces, SHOWN);
    any! {
        <div class="text">
            {move || if whole.get() { show(&pieces, differs) } else { show(&head, differs) }}
        </div>
        <button type="button" class="more" aria-expanded=move || whole.get().to_string() on:click=move |_| whole.update(|whole| *whole = !*whole)>
            {move || if whole.get() { "Show less".to_owned() } else { format!("Show all {} characters", count(length as u64)) }}
        </button>
    }
}

fn show(pieces: &[Piece], differs: &'static str) -> Vec<AnyView> {
    let show = |piece: &Piece| {
        let text = piece.text.clone();
        match (piece.differs && !differs.is_empty(), piece.quoted) {
            (false, false) => text.into_any(),
            (true, false) => any! { <span class=differs>{text}</span> },
            (false, true) => any! { <mark>{text}</mark> },
            (true, true) => any! { <mark class=differs>{text}</mark> },
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

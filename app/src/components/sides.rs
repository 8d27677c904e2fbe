//! Two responses beside each other, or as one text: with the words that differ, and what the judge quoted.
//!
//! How they are shown is in the address, so that it stays from item to item.

use std::sync::OnceLock;

use leptos::prelude::*;

use super::long_text::{long_pieces, reading};
use crate::address;
use crate::cell::Derived;
use crate::passage::{self, Compared, Piece, Quoted};

/// One of the two.
#[derive(Clone)]
pub struct Side {
    pub title: &'static str,
    pub text: Option<String>,
    pub quotes: Vec<String>,
    /// What is said when there is none.
    pub none: &'static str,
}

/// How two responses are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Way {
    /// Beside each other, each with the words that the other does not have.
    #[default]
    Beside,
    /// As one text: what is removed before what is added in its place.
    Unified,
    /// Beside each other, as they are.
    Raw,
}

impl Way {
    const ALL: [Self; 3] = [Self::Beside, Self::Unified, Self::Raw];

    /// Gives what stands for it in the address.
    fn word(self) -> &'static str {
        match self {
            Self::Beside => "beside",
            Self::Unified => "unified",
            Self::Raw => "raw",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Beside => "Side by side",
            Self::Unified => "Unified",
            Self::Raw => "Raw",
        }
    }

    /// Reads an address; what no way is called is the first.
    fn read(word: &str) -> Self {
        Self::ALL.into_iter().find(|way| way.word() == word).unwrap_or_default()
    }
}

/// Shows both, the newer one second.
pub fn sides(old: Side, new: Side) -> AnyView {
    let word = address::parameter("diff");
    let way = Derived::new(move || word.with(|word| Way::read(word.as_deref().unwrap_or_default())));
    let both = old.text.is_some() && new.text.is_some();
    // It takes a while with long texts: nothing is compared before somebody looks at it.
    let compared = OnceLock::new();
    let texts = move || {
        let (Some(old_text), Some(new_text), Way::Beside | Way::Unified) = (&old.text, &new.text, way.get())
        else {
            return beside(&old, &new, None);
        };
        let compared = compared.get_or_init(|| Compared::of(old_text, new_text));
        let note = (!compared.whole)
            .then(|| any! { <p class="quiet">"Too long to compare all of it word by word: some of it is marked as a whole."</p> });
        let shown = if way.get() == Way::Unified {
            unified(&old, &new, compared)
        } else {
            beside(&old, &new, Some(compared))
        };
        any! { {note} {shown} }
    };
    any! {
        <section>
            <div class="spread">
                <h3>"Responses"</h3>
                {both.then(|| choice(way))}
            </div>
            {texts}
        </section>
    }
}

fn choice(way: Derived<Way>) -> AnyView {
    let options = Way::ALL.map(|known| {
        any! { <option value=known.word() selected=move || way.get() == known>{known.title()}</option> }
    });
    let choose = move |word: String| {
        address::set(&[("diff", Some(word).filter(|word| word != Way::default().word()))]);
    };
    any! {
        <label class="choice">
            <span>"Differences"</span>
            <select prop:value=move || way.get().word() on:change:target=move |event| choose(event.target().value())>
                {options.collect_view()}
            </select>
        </label>
    }
}

/// Shows the texts beside each other, where they differ if they were compared.
fn beside(old: &Side, new: &Side, compared: Option<&Compared>) -> AnyView {
    let as_it_is = |side: Quoted| passage::quoted(side.text, side.quotes);
    any! {
        <div class="sides">
            {side(old, |text| compared.map_or_else(|| as_it_is(text), |compared| compared.old(text)))}
            {side(new, |text| compared.map_or_else(|| as_it_is(text), |compared| compared.new_one(text)))}
        </div>
    }
}

fn side(side: &Side, cut: impl FnOnce(Quoted) -> Vec<Piece>) -> AnyView {
    let text = match &side.text {
        Some(text) => reading(text.clone(), side.cut(text, cut)),
        None => any! { <p class="quiet">{side.none}</p> },
    };
    any! {
        <div>
            <h4>{side.title}</h4>
            {text}
        </div>
    }
}

/// Shows both as one text.
fn unified(old: &Side, new: &Side, compared: &Compared) -> AnyView {
    let (old_text, new_text) =
        (old.text.as_deref().unwrap_or_default(), new.text.as_deref().unwrap_or_default());
    let pieces = old.cut(old_text, |of_old| new.cut(new_text, |of_new| compared.unified(of_old, of_new)));
    any! {
        <p class="quiet">
            <del>{old.title}</del> " → " <ins>{new.title}</ins>
        </p>
        {long_pieces(pieces)}
    }
}

impl Side {
    /// Cuts a text of this side, with what the judge quoted of it.
    fn cut(&self, text: &str, cut: impl FnOnce(Quoted) -> Vec<Piece>) -> Vec<Piece> {
        let quotes: Vec<_> = self.quotes.iter().map(String::as_str).collect();
        cut(Quoted { text, quotes: &quotes })
    }
}

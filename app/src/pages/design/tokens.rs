//! The tokens of `styles/tokens.css`, by their names: their values are read from there by the browser.

use leptos::prelude::*;

const COLOURS: [&str; 17] = [
    "page",
    "surface",
    "sunken",
    "line",
    "line-strong",
    "ink",
    "quiet",
    "accent",
    "accent-ink",
    "accent-soft",
    "good",
    "good-soft",
    "bad",
    "bad-soft",
    "odd",
    "odd-soft",
    "quote",
];
const SPACES: [&str; 6] = ["space-1", "space-2", "space-3", "space-4", "space-5", "space-6"];
const SIZES: [&str; 6] = ["small", "body", "reading", "heading", "title", "figure"];
const FACES: [&str; 2] = ["sans", "mono"];

/// Shows colours, distances and type.
pub fn tokens() -> AnyView {
    let colours = COLOURS.map(|name| {
        any! {
            <li>
                <span class="colour" style:background=value(name)></span>
                <code>{name}</code>
            </li>
        }
    });
    let spaces = SPACES.map(|name| {
        any! {
            <li>
                <span class="room" style:width=value(name)></span>
                <code>{name}</code>
            </li>
        }
    });
    let sizes = SIZES.map(|name| any! { <li><span style:font-size=value(name)>{name}</span></li> });
    let faces = FACES.map(|name| any! { <li><span style:font-family=value(name)>{name}</span></li> });
    any! {
        <section>
            <h3>"Colour"</h3>
            <ul class="tokens">{colours.into_iter().collect_view()}</ul>
        </section>
        <section>
            <h3>"Space"</h3>
            <ul class="tokens">{spaces.into_iter().collect_view()}</ul>
        </section>
        <section>
            <h3>"Type"</h3>
            <ul class="tokens">{sizes.into_iter().chain(faces).collect_view()}</ul>
        </section>
    }
}

fn value(name: &str) -> String {
    format!("var(--{name})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_shown() {
        let sheet = include_str!("../../../styles/tokens.css");
        let declared = sheet.lines().filter_map(|line| line.trim().strip_prefix("--")?.split_once(':'));
        // Shapes are seen on every component.
        let declared = declared.map(|(name, _)| name).filter(|name| !["radius", "shadow"].contains(name));
        let shown = [&COLOURS[..], &FACES, &SIZES, &SPACES].concat();
        assert_eq!(declared.collect::<Vec<_>>(), shown);
    }
}

//! Markdown on demand: a text by a model, drawn of the parts that may be shown.
//!
//! What reads it is fetched when it is first asked for. Nothing of the text is ever markup: each part is built by
//! itself, and texts are text nodes.

use leptos::prelude::*;
use shared::unseen::seen;

use super::loaded::{Load, loaded};
use crate::api::CallError;
use crate::markdown::{Document, Kind, Node};
use crate::part;
use crate::wording::fault::Fault;

/// Shows a text as Markdown.
pub fn markdown(text: String) -> AnyView {
    let text = StoredValue::new(text);
    let document = Load::new(move || async move {
        let read = part::markdown().await?;
        let gone = CallError { fault: Fault::Missing, request_id: None };
        text.try_with_value(|text| read(text)).ok_or(gone)
    });
    loaded(document, |document: Document| {
        let cut = (!document.whole).then(
            || any! { <p class="quiet">"Markdown is shown this far. The rest is in the plain text."</p> },
        );
        any! {
            <div class="markdown">{nodes(document.nodes)}</div>
            {cut}
        }
    })
}

fn nodes(nodes: Vec<Node>) -> AnyView {
    nodes.into_iter().map(node).collect_view().into_any()
}

fn node(node: Node) -> AnyView {
    match node {
        Node::Text(text) => text.into_any(),
        Node::Code(text) => any! { <code>{text}</code> },
        // The keyboard must be able to scroll it.
        Node::CodeBlock(text) => any! { <pre tabindex="0">{text}</pre> },
        Node::Break => any! { <br /> },
        Node::Rule => any! { <hr /> },
        Node::Link { to, inside } => link(&to, inside),
        Node::Inside(kind, inside) => {
            let inside = nodes(inside);
            match kind {
                Kind::Paragraph => any! { <p>{inside}</p> },
                // A text's headings are none of the page's.
                Kind::Heading => any! { <p class="title">{inside}</p> },
                Kind::Quote => any! { <blockquote>{inside}</blockquote> },
                Kind::List => any! { <ul>{inside}</ul> },
                Kind::Counted(first) => any! { <ol start=first.to_string()>{inside}</ol> },
                Kind::Item => any! { <li>{inside}</li> },
                Kind::Emphasis => any! { <em>{inside}</em> },
                Kind::Strong => any! { <strong>{inside}</strong> },
                Kind::Struck => any! { <s>{inside}</s> },
                Kind::Table => any! {
                    <div class="scroll" tabindex="0" role="group" aria-label="Table">
                        <table class="plain">
                            <tbody>{inside}</tbody>
                        </table>
                    </div>
                },
                Kind::Head => any! { <tr class="title">{inside}</tr> },
                Kind::Row => any! { <tr>{inside}</tr> },
                Kind::Cell => any! { <td>{inside}</td> },
                Kind::Markup => any! { <pre tabindex="0">{inside}</pre> },
            }
        }
    }
}

/// Shows a link with the whole address behind it, as the browser reads it: a host in foreign letters shows as what it
/// is. A text may not lead into this app, where a link could sign the reader in as somebody else.
fn link(to: &str, inside: Vec<Node>) -> AnyView {
    let own = window().location().origin().unwrap_or_default();
    let address =
        web_sys::Url::new(to).ok().filter(|address| address.origin() != own).map(|address| address.href());
    let said = nodes(inside);
    match address {
        Some(address) => {
            let shown = format!(" ({address})");
            any! {
                <a href=address target="_blank" rel="noopener noreferrer nofollow">
                    {said}
                </a>
                <span class="quiet">{shown}</span>
            }
        }
        None => any! {
            {said}
            {format!(" ({})", seen(to))}
        },
    }
}

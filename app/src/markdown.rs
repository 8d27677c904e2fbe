//! Markdown as a tree of what may be shown of it.
//!
//! Only what is listed here can come out: no markup, no pictures, no links but to the web and to mail. All else stays
//! the text that it is. However deep or long a text is, the tree is not.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};
use shared::unseen::seen;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Text(String),
    Code(String),
    CodeBlock(String),
    Break,
    Rule,
    Inside(Kind, Vec<Self>),
    /// A link to an address of the web or of mail.
    Link {
        to: String,
        inside: Vec<Self>,
    },
}

/// What some parts are together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Paragraph,
    Heading,
    Quote,
    List,
    /// A list that is counted from a number on.
    Counted(u64),
    Item,
    Emphasis,
    Strong,
    Struck,
    Table,
    Head,
    Row,
    Cell,
    /// What is read as markup, and shown as the text that it is.
    Markup,
}

/// A text that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub nodes: Vec<Node>,
    /// Nothing was left out at the end.
    pub whole: bool,
}

/// Reads texts.
pub type Read = fn(&str) -> Document;

/// The most characters that are read.
const MOST: usize = 100_000;

/// The most parts that are shown.
const MOST_NODES: usize = 5_000;

/// How deep parts may lie in each other; what lies deeper lies beside.
const DEEPEST: usize = 16;

/// What is open.
enum Open {
    Kind(Kind),
    Link(String),
    CodeBlock,
    /// It becomes text between these.
    Text {
        end: String,
    },
}

/// Reads a text.
pub fn read(text: &str) -> Document {
    let end = text.char_indices().nth(MOST).map_or(text.len(), |(end, _)| end);
    let mut tree = Tree { open: Vec::new(), top: Vec::new(), beyond: 0, count: 0 };
    let mut whole = end == text.len();
    // Once before, as what colors a terminal looks like a link; and once for each part, as a part may name a character by
    // its number.
    let text = seen(&text[..end]);
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        if tree.count >= MOST_NODES {
            whole = false;
            break;
        }
        match event {
            Event::Start(tag) => tree.start(tag),
            Event::End(_) => tree.end(),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => tree.text(&text),
            Event::Code(text) => tree.put(Node::Code(seen(&text))),
            Event::SoftBreak => tree.text("\n"),
            Event::HardBreak => tree.put(Node::Break),
            Event::Rule => tree.put(Node::Rule),
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                tree.text(&text);
            }
            Event::TaskListMarker(done) => tree.text(if done { "[x] " } else { "[ ] " }),
        }
    }
    while !tree.open.is_empty() {
        tree.beyond = 0;
        tree.end();
    }
    Document { nodes: tree.top, whole }
}

struct Tree {
    open: Vec<(Open, Vec<Node>)>,
    top: Vec<Node>,
    /// How many are open that lie too deep.
    beyond: usize,
    count: usize,
}

impl Tree {
    fn put(&mut self, node: Node) {
        self.count += 1;
        self.open.last_mut().map_or(&mut self.top, |(_, inside)| inside).push(node);
    }

    fn text(&mut self, text: &str) {
        let text = seen(text);
        let inside = self.open.last_mut().map_or(&mut self.top, |(_, inside)| inside);
        if let Some(Node::Text(before)) = inside.last_mut() {
            before.push_str(&text);
        } else {
            self.put(Node::Text(text));
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        if self.open.len() >= DEEPEST {
            self.beyond += 1;
            return;
        }
        let text = |start: &str, end: String| (start.to_owned(), Open::Text { end });
        let kind = |kind| (String::new(), Open::Kind(kind));
        let (start, open) = match tag {
            Tag::Paragraph => kind(Kind::Paragraph),
            Tag::Heading { .. } => kind(Kind::Heading),
            Tag::BlockQuote(_) => kind(Kind::Quote),
            Tag::List(None) => kind(Kind::List),
            Tag::List(Some(first)) => kind(Kind::Counted(first)),
            Tag::Item => kind(Kind::Item),
            Tag::Emphasis => kind(Kind::Emphasis),
            Tag::Strong => kind(Kind::Strong),
            Tag::Strikethrough => kind(Kind::Struck),
            Tag::Table(_) => kind(Kind::Table),
            Tag::TableHead => kind(Kind::Head),
            Tag::TableRow => kind(Kind::Row),
            Tag::TableCell => kind(Kind::Cell),
            Tag::HtmlBlock => kind(Kind::Markup),
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                (String::new(), Open::CodeBlock)
            }
            Tag::Link { dest_url, .. } if leads_out(&dest_url) => {
                (String::new(), Open::Link(dest_url.into_string()))
            }
            Tag::Link { dest_url, .. } => text("[", format!("]({dest_url})")),
            Tag::Image { dest_url, .. } => text("![", format!("]({dest_url})")),
            _ => text("", String::new()),
        };
        self.open.push((open, Vec::new()));
        if !start.is_empty() {
            self.text(&start);
        }
    }

    fn end(&mut self) {
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        let Some((open, inside)) = self.open.pop() else { return };
        match open {
            Open::Kind(kind) => self.put(Node::Inside(kind, inside)),
            Open::Link(to) => self.put(Node::Link { to, inside }),
            Open::CodeBlock => {
                let text = inside.into_iter().map(|node| match node {
                    Node::Text(text) => text,
                    _ => String::new(),
                });
                let text = text.collect();
                self.put(Node::CodeBlock(text));
            }
            Open::Text { end } => {
                for node in inside {
                    match node {
                        Node::Text(text) => self.text(&text),
                        other => self.put(other),
                    }
                }
                self.text(&end);
            }
        }
    }
}

/// Tells whether an address is of the web or of mail.
fn leads_out(address: &str) -> bool {
    ["http://", "https://", "mailto:"]
        .iter()
        .any(|start| address.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn shown(nodes: &[Node]) -> String {
        let shown = nodes.iter().map(|node| match node {
            Node::Text(text) => format!("{text:?}"),
            Node::Code(text) => format!("code {text:?}"),
            Node::CodeBlock(text) => format!("block {text:?}"),
            Node::Break => "break".to_owned(),
            Node::Rule => "rule".to_owned(),
            Node::Inside(kind, inside) => format!("{kind:?}({})", shown(inside)),
            Node::Link { to, inside } => format!("link {to:?}({})", shown(inside)),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&shown(&read(text).nodes));
    }

    fn depth(nodes: &[Node]) -> usize {
        let inside = |node: &Node| match node {
            Node::Inside(_, inside) | Node::Link { inside, .. } => 1 + depth(inside),
            _ => 1,
        };
        nodes.iter().map(inside).max().unwrap_or_default()
    }

    #[test]
    fn what_people_write_is_read() {
        check(
            "# Title\n\nSome *slanted* and **strong** `code`.\nNext  \nline\n\n- one\n- two\n\n3. three\n\n> said\n\n```rust\nlet a = 1;\n```\n\n---\n",
            expect![[
                r#"Heading("Title") Paragraph("Some " Emphasis("slanted") " and " Strong("strong") " " code "code" ".\nNext" break "line") List(Item("one") Item("two")) Counted(3)(Item("three")) Quote(Paragraph("said")) block "let a = 1;\n" rule"#
            ]],
        );
        check(
            "| a | b |\n|---|---|\n| 1 | ~~2~~ |",
            expect![[r#"Table(Head(Cell("a") Cell("b")) Row(Cell("1") Cell(Struck("2"))))"#]],
        );
    }

    #[test]
    fn markup_is_text() {
        check(
            "<script>alert(1)</script>\n\nand <b onclick=\"x\">this</b>",
            expect![[r#"Markup("<script>alert(1)</script>\n") Paragraph("and <b onclick=\"x\">this</b>")"#]],
        );
        check(
            "<style>@import url(https://elsewhere.example)</style>",
            expect![[r#"Markup("<style>@import url(https://elsewhere.example)</style>")"#]],
        );
        check(
            "<math><mi xlink:href=\"javascript:x\">a</mi></math>",
            expect![[r#"Paragraph("<math><mi xlink:href=\"javascript:x\">a</mi></math>")"#]],
        );
        check("```html\n<img src=x onerror=y>\n```", expect![[r#"block "<img src=x onerror=y>\n""#]]);
    }

    #[test]
    fn pictures_are_text() {
        check(
            "![seen](https://elsewhere.example/a.png) ![ref][r]\n\n[r]: https://elsewhere.example/b.png",
            expect![[
                r#"Paragraph("![seen](https://elsewhere.example/a.png) ![ref](https://elsewhere.example/b.png)")"#
            ]],
        );
        check(
            "<img srcset=\"https://elsewhere.example/a 2x\">",
            expect![[r#"Markup("<img srcset=\"https://elsewhere.example/a 2x\">")"#]],
        );
    }

    #[test]
    fn only_the_web_and_mail_are_linked() {
        check(
            "[a](https://example.org/x) <HTTPS://example.org> [m](mailto:a@example.org)",
            expect![[
                r#"Paragraph(link "https://example.org/x"("a") " " link "HTTPS://example.org"("HTTPS://example.org") " " link "mailto:a@example.org"("m"))"#
            ]],
        );
        check(
            "[a](javascript:alert(1)) [b](JaVaScRiPt:x) [c](data:text/html,x) [d](/settings) [e](//elsewhere.example)",
            expect![[
                r#"Paragraph("[a](javascript:alert(1)) [b](JaVaScRiPt:x) [c](data:text/html,x) [d](/settings) [e](//elsewhere.example)")"#
            ]],
        );
        check("https://elsewhere.example/bare", expect![[r#"Paragraph("https://elsewhere.example/bare")"#]]);
    }

    #[test]
    fn unseen_characters_are_written_out() {
        check(
            "a\u{202e}b `c\u{200b}d` \u{1b}[31mred &#x202e;&#8203;",
            expect![[r#"Paragraph("a⟨U+202E⟩b " code "c⟨U+200B⟩d" " red ⟨U+202E⟩⟨U+200B⟩")"#]],
        );
    }

    #[test]
    fn what_is_deep_lies_beside() {
        for text in [
            "- ".repeat(10_000),
            "> ".repeat(10_000),
            "*a **b ".repeat(10_000),
            "[".repeat(10_000),
            "![a](".repeat(10_000),
            format!("{}x", "1. ".repeat(10_000)),
        ] {
            let read = read(&text);
            assert!(depth(&read.nodes) <= DEEPEST + 1, "{}", &text[..8]);
        }
        assert!(shown(&read(&format!("{}deep", "> ".repeat(100))).nodes).contains("\"deep\""));
    }

    #[test]
    fn what_is_long_is_cut() {
        let read = read(&"*a* ".repeat(20_000));
        assert!(!read.whole);
        let Some(Node::Inside(Kind::Paragraph, inside)) = read.nodes.first() else {
            panic!("{:?}", read.nodes.len())
        };
        assert!(inside.len() <= MOST_NODES, "{}", inside.len());
        assert!(!super::read(&"a".repeat(1_000_000)).whole);
        assert!(super::read("short").whole);
    }
}

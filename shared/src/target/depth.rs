//! How deep a template is: what its parser goes down into for each is bounded here, before it does.
//!
//! A parser that runs out of stack takes every other request of its instance with it. Leaves out what the tags mean.

/// The most characters of one tag, outside its texts: a parser may go down one step for each.
const LONGEST_TAG: usize = 500;

/// The most brackets that are open at once in one tag.
const MOST_BRACKETS: i32 = 20;

/// The most blocks inside one another.
const MOST_BLOCKS: usize = 50;

/// What begins a block that another tag ends.
const BLOCKS: [&str; 8] = ["if", "for", "with", "filter", "macro", "call", "block", "autoescape"];

/// A template that is too deep to be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooDeep {
    #[error("a tag has more than {LONGEST_TAG} characters beside its texts; set parts of it first")]
    Long,
    #[error("more than {MOST_BRACKETS} brackets are open in one tag; set parts of it first")]
    Brackets,
    #[error("more than {MOST_BLOCKS} blocks stand inside one another")]
    Blocks,
    #[error("a tag has no end; write two braces as {{{{ \"{{{{\" }}}} where they are meant as they stand")]
    NoEnd,
}

/// Checks how deep a template is.
///
/// # Errors
/// Says what there is too much of.
pub fn check(template: &str) -> Result<(), TooDeep> {
    let mut rest = template;
    let mut blocks = 0_usize;
    while let Some(place) = rest.find('{') {
        rest = rest.get(place + 1..).unwrap_or_default();
        if let Some(comment) = rest.strip_prefix('#') {
            rest = comment.split_once("#}").ok_or(TooDeep::NoEnd)?.1;
            continue;
        }
        let Some(tag) = rest.strip_prefix(['{', '%']) else { continue };
        if rest.starts_with('%') {
            let word = first_word(tag);
            blocks = if word.starts_with("end") {
                blocks.saturating_sub(1)
            } else {
                blocks + usize::from(BLOCKS.contains(&word))
            };
            if blocks > MOST_BLOCKS {
                return Err(TooDeep::Blocks);
            }
            if word == "raw" {
                rest = after_raw(tag).ok_or(TooDeep::NoEnd)?;
                continue;
            }
        }
        rest = after_tag(tag)?;
    }
    Ok(())
}

fn first_word(tag: &str) -> &str {
    let tag = tag.trim_start_matches(['-', '+']).trim_start();
    tag.split(|character: char| !character.is_ascii_alphanumeric()).next().unwrap_or_default()
}

/// Gives what follows a block of raw text, in which nothing is a tag but the one that ends it.
fn after_raw(mut raw: &str) -> Option<&str> {
    loop {
        raw = raw.split_once("{%")?.1;
        let word = raw.strip_prefix(['-', '+']).unwrap_or(raw).trim_ascii_start();
        let Some(end) = word.strip_prefix("endraw").map(str::trim_ascii_start) else { continue };
        if let Some(after) = end.strip_prefix(['-', '+']).unwrap_or(end).strip_prefix("%}") {
            return Some(after);
        }
    }
}

/// Gives what follows a tag, by the parser's rule: it ends where no bracket is open. Texts count as nothing.
fn after_tag(tag: &str) -> Result<&str, TooDeep> {
    let (mut open, mut length) = (0, 0);
    let mut quote = None;
    let mut characters = tag.char_indices();
    while let Some((place, character)) = characters.next() {
        if let Some(mark) = quote {
            match character {
                '\\' => _ = characters.next(),
                _ if character == mark => quote = None,
                _ => {}
            }
            continue;
        }
        let here = tag.get(place..).unwrap_or_default();
        if open == 0 && (here.starts_with("}}") || here.starts_with("%}")) {
            return Ok(here.get(2..).unwrap_or_default());
        }
        match character {
            '"' | '\'' => quote = Some(character),
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open -= 1,
            _ => {}
        }
        length += 1;
        if open > MOST_BRACKETS {
            return Err(TooDeep::Brackets);
        }
        if length > LONGEST_TAG {
            return Err(TooDeep::Long);
        }
    }
    Err(TooDeep::NoEnd)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nests something so often.
    fn nested(times: usize, open: &str, inside: &str, close: &str) -> String {
        format!("{}{inside}{}", open.repeat(times), close.repeat(times))
    }

    #[test]
    fn what_people_write_is_not_deep() {
        let long = "x".repeat(10_000);
        for template in [
            "Answer: {{ last_user }}".to_owned(),
            long.clone(),
            format!("{{{{ \"{long}}}}}\\\"{{{{\" ~ tags.plan }}}}"),
            format!("{{# {long} #}}"),
            "{% if tags.a %}x{% endif %}".repeat(1000),
            r#"{{ {"a": {"b": [1, (2)]}}.a }}"#.repeat(100),
            nested(50, "{%- for m in request.messages %}", "", "{% endfor %}"),
            format!("{{{{ {} }}}}", nested(20, "(", "1", ")")),
        ] {
            assert_eq!(check(&template), Ok(()), "{}", template.chars().take(40).collect::<String>());
        }
    }

    #[test]
    fn what_goes_down_without_end_is_refused() {
        let in_tag = |inside: String| format!("{{{{ {inside} }}}}");
        for (template, why) in [
            (in_tag(nested(21, "(", "1", ")")), TooDeep::Brackets),
            (in_tag(nested(7, "[{(", "1", ")}]")), TooDeep::Brackets),
            (in_tag("not ".repeat(200)), TooDeep::Long),
            (in_tag("-".repeat(600)), TooDeep::Long),
            (in_tag("1+".repeat(300)), TooDeep::Long),
            (in_tag(format!("a{}", "|upper".repeat(100))), TooDeep::Long),
            // Where a tag seems to end it goes on: in a text, and while a bracket is open.
            (in_tag(format!("\"}}}}\" ~ {}", "not ".repeat(200))), TooDeep::Long),
            (in_tag(format!("'\\'}}}}' ~ {}", "not ".repeat(200))), TooDeep::Long),
            (in_tag(format!("{{\"a\": {{}}}}[{}]", "not ".repeat(200))), TooDeep::Long),
            (in_tag(format!(") }}}} {}", "not ".repeat(200))), TooDeep::Long),
            // What is a text to one reader must not be a tag to the other.
            (format!("{{% raw %}}it's {{{{ ' {{% endraw %}}{}", in_tag("-".repeat(600))), TooDeep::Long),
            (
                format!("{{% raw %}}endraw {{{{ ' {{%- endraw -%}}{}' }}}}", in_tag("-".repeat(600))),
                TooDeep::Long,
            ),
            (
                format!("{{% raw %}}{{% endraw x %}}{{{{ ' {{% endraw %}}{}", in_tag("-".repeat(600))),
                TooDeep::Long,
            ),
            (format!("{{# {{{{ ' #}}{}", in_tag("-".repeat(600))), TooDeep::Long),
            ("{{ 'a".to_owned(), TooDeep::NoEnd),
            ("{% raw %}{{ a }}".to_owned(), TooDeep::NoEnd),
            (nested(51, "{%- if a %}", "", "{% endif %}"), TooDeep::Blocks),
            (format!("{}{}", "{% endif %}".repeat(60), "{% for a in b %}".repeat(51)), TooDeep::Blocks),
        ] {
            assert_eq!(check(&template), Err(why), "{}", template.chars().take(40).collect::<String>());
        }
    }
}

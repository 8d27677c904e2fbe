//! Who called, in words, by what the service writes down of them.

use shared::unseen::seen;

/// Names who called: the access key by its name, anybody else as they are written down.
pub fn named(subject: &str) -> String {
    match subject.strip_prefix("key:") {
        Some(name) => format!("key “{}”", seen(name)),
        None => seen(subject),
    }
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_key_is_called_by_its_name() {
        assert_eq!(named("key:Reviewer"), "key “Reviewer”");
        assert_eq!(named("ann@example.com"), "ann@example.com");
    }
}

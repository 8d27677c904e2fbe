//! The head of a request or an answer, as plain text.

/// Headers in the order they came; names are in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head(Vec<(String, String)>);

impl Head {
    /// Gives the value of a header, without the space around it; an empty one is none.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// Gives names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl FromIterator<(String, String)> for Head {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(headers: T) -> Self {
        Self(headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect())
    }
}

#[cfg(test)]
impl Head {
    /// Reads lines of `name: value`.
    pub fn of(lines: &str) -> Self {
        let headers = lines.lines().filter_map(|line| line.trim().split_once(": "));
        headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

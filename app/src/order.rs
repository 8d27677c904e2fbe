//! The order of a list by one of its columns, and the word for it in an address.
//!
//! Pure. Leaves out which columns a list has, and how its rows compare.

/// What the rows of a list are sorted by; the default is their usual order.
pub trait Column: Copy + Default + PartialEq + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// Gives the word that stands for it in an address.
    fn word(self) -> &'static str;

    /// Tells whether the largest stands first where nobody says otherwise.
    fn falls(self) -> bool;
}

/// An order of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Order<C> {
    pub by: C,
    /// It is the other way round than this column usually is.
    pub turned: bool,
}

impl<C: Column> Order<C> {
    /// Reads the word of an address, such as `feature` or, the other way round, `-feature`; the usual order where it is not
    /// known.
    pub fn read(word: &str) -> Self {
        let (turned, word) = word.strip_prefix('-').map_or((false, word), |word| (true, word));
        let by = C::ALL.iter().copied().find(|by| by.word() == word);
        by.map(|by| Self { by, turned }).unwrap_or_default()
    }

    /// Gives the word that stands for it in an address; none for the usual order.
    pub fn word(self) -> Option<String> {
        let sign = if self.turned { "-" } else { "" };
        (self != Self::default()).then(|| format!("{sign}{}", self.by.word()))
    }

    /// Gives the order that pressing a column leads to: its own, and the other way round where it is that already.
    #[must_use]
    pub fn pressed(self, by: C) -> Self {
        Self { by, turned: self.by == by && !self.turned }
    }

    /// Tells whether the largest stands first.
    pub fn falls(self) -> bool {
        self.by.falls() != self.turned
    }
}

//! Cutting a file into its records while it comes in: lines, a JSON list, or objects over many lines.
//!
//! What is held is never more than one record and the rest of the piece that came last. Leaves out what
//! a record says: a record here is the bytes of one JSON value, or of a line that should be one.

use std::collections::VecDeque;

/// The most bytes of one record. Reading one takes several times as much for a moment.
pub const LARGEST_RECORD: usize = 8 * 1024 * 1024;

/// The most JSON values in one record: in memory a small number takes twenty times its text.
pub const MOST_VALUES: usize = 400_000;

/// A piece of a file that should be a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The number of the line on which it begins, from 1.
    pub line: u64,
    /// Its place in the file's list, from 1; none where a record is a line.
    pub place: Option<u64>,
    /// Its text, or why that is not held.
    pub text: Result<Vec<u8>, TooLarge>,
}

/// The record is more than can be read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the record is too large; one has at most {} MB and {MOST_VALUES} values",
    LARGEST_RECORD / 1024 / 1024
)]
pub struct TooLarge;

/// How the records of a file stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Not known before the first sign, or the second after a `[` or `{`.
    Unknown,
    /// One on each line.
    Lines,
    /// Members of one JSON list.
    List,
    /// Objects over many lines: the first line is `{` alone.
    Objects,
}

/// Cuts a file; bytes go in, pieces come out.
#[derive(Debug)]
pub struct Splitter {
    shape: Shape,
    line: u64,
    /// The record that is coming in, and the line on which it began.
    text: Vec<u8>,
    begun: u64,
    place: u64,
    too_large: bool,
    values: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// The byte before, at the start of a line a line end.
    previous: u8,
    ready: VecDeque<Piece>,
}

impl Default for Splitter {
    fn default() -> Self {
        Self {
            shape: Shape::Unknown,
            line: 1,
            text: Vec::new(),
            begun: 1,
            place: 0,
            too_large: false,
            values: 0,
            depth: 0,
            in_string: false,
            escaped: false,
            previous: b'\n',
            ready: VecDeque::new(),
        }
    }
}

impl Splitter {
    /// Takes the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            match self.shape {
                Shape::Unknown => self.unknown(byte),
                Shape::Lines => self.in_lines(byte),
                Shape::List => self.nested(byte, 1),
                Shape::Objects => self.nested(byte, 0),
            }
            self.line += u64::from(byte == b'\n');
            self.previous = byte;
        }
    }

    /// Ends the file: what is left of it is its last piece.
    pub fn end(&mut self) {
        if self.shape == Shape::Unknown {
            self.decide(Shape::Lines);
        }
        self.cut();
    }

    /// Gives the next piece that is whole.
    pub fn pop(&mut self) -> Option<Piece> {
        self.ready.pop_front()
    }

    /// Gives the bytes that are held.
    pub fn held(&self) -> usize {
        let ready = self.ready.iter().filter_map(|piece| piece.text.as_ref().ok());
        self.text.len() + ready.map(Vec::len).sum::<usize>()
    }

    /// Holds the first signs back until they tell the shape.
    fn unknown(&mut self, byte: u8) {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        let before = self.text.strip_prefix(MARK).unwrap_or(&self.text).trim_ascii();
        let shape = match (before, byte) {
            // A list of records begins with one, or with none at all.
            (b"[", b'{' | b']') => Some(Shape::List),
            (b"{", b'\n') => Some(Shape::Objects),
            (b"[", b' ' | b'\t' | b'\r' | b'\n') | (b"{", b' ' | b'\t' | b'\r') => None,
            (b"", b'[' | b'{' | b' ' | b'\t' | b'\r' | b'\n' | 0xef | 0xbb | 0xbf) => None,
            (before, byte) if MARK.starts_with(before) && MARK.contains(&byte) => None,
            _ => Some(Shape::Lines),
        };
        match shape {
            Some(shape) => {
                self.decide(shape);
                match shape {
                    Shape::List => self.nested(byte, 1),
                    Shape::Objects => self.nested(byte, 0),
                    Shape::Lines | Shape::Unknown => self.in_lines(byte),
                }
            }
            // Space may go on for ever, and says nothing.
            None if byte.is_ascii_whitespace() && before.is_empty() && !self.text.is_empty() => {}
            None => self.text.push(byte),
        }
    }

    /// Takes up what was held back, now that the shape is known.
    fn decide(&mut self, shape: Shape) {
        self.shape = shape;
        let held = std::mem::take(&mut self.text);
        let lines = held.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.line = 1.max(self.line.saturating_sub(lines));
        self.begun = self.line;
        for byte in held {
            match shape {
                Shape::List if byte == b'[' => self.depth = 1,
                Shape::List => {}
                Shape::Objects if self.depth == 0 && byte != b'{' => {}
                Shape::Objects => self.nested(byte, 0),
                Shape::Lines | Shape::Unknown => self.in_lines(byte),
            }
            self.line += u64::from(byte == b'\n');
        }
    }

    fn in_lines(&mut self, byte: u8) {
        if byte == b'\n' {
            self.cut();
        } else {
            if self.text.is_empty() {
                self.begun = self.line;
            }
            self.follow(byte);
            self.keep(byte);
        }
    }

    /// Takes a byte of a file whose records stand so deep in it.
    fn nested(&mut self, byte: u8, base: usize) {
        // What is inside a record is indented: here the one before was broken, and must not take this one along.
        if byte == b'{' && self.previous == b'\n' && self.depth > base {
            self.depth = base;
            self.cut_place();
        }
        let is_between = self.text.is_empty() && !self.too_large;
        if is_between && (byte.is_ascii_whitespace() || byte == b',') {
            return;
        }
        if is_between && byte == b']' && base == 1 {
            // What follows a list are lines, or another list.
            self.depth = 0;
            self.shape = Shape::Unknown;
            return;
        }
        if is_between {
            self.begun = self.line;
        }
        let ends_before = !self.in_string && self.depth == base && matches!(byte, b',' | b']');
        if ends_before && base == 1 {
            self.cut_place();
            if byte == b']' {
                self.depth = 0;
                self.shape = Shape::Unknown;
            }
            return;
        }
        self.follow(byte);
        self.keep(byte);
        if !self.in_string && self.depth <= base && matches!(byte, b'}' | b']') {
            self.depth = base;
            self.cut_place();
        }
    }

    /// Keeps track of strings and of how deep it goes.
    fn follow(&mut self, byte: u8) {
        // No string goes on over a line end.
        if byte == b'\n' {
            (self.in_string, self.escaped) = (false, false);
        }
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => {
                self.depth += 1;
                self.values += 1;
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b',' => self.values += 1,
            _ => {}
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.too_large {
            return;
        }
        if self.text.len() >= LARGEST_RECORD || self.values > MOST_VALUES {
            self.too_large = true;
            self.text = Vec::new();
        } else {
            self.text.push(byte);
        }
    }

    fn cut_place(&mut self) {
        let depth = self.depth;
        self.place += 1;
        self.cut();
        self.depth = depth;
    }

    /// Ends the record that is coming in.
    fn cut(&mut self) {
        let text = std::mem::take(&mut self.text);
        let text = if std::mem::take(&mut self.too_large) { Err(TooLarge) } else { Ok(text) };
        (self.values, self.depth, self.in_string, self.escaped) = (0, 0, false, false);
        if text.as_ref().is_ok_and(|text| text.trim_ascii().is_empty()) {
            return;
        }
        let place = if self.shape == Shape::Lines { None } else { Some(self.place.max(1)) };
        self.ready.push_back(Piece { line: self.begun, place, text });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn cut(file: &[u8], step: usize) -> Vec<Piece> {
        let mut splitter = Splitter::default();
        let mut pieces = Vec::new();
        for bytes in file.chunks(step.max(1)) {
            splitter.push(bytes);
            pieces.extend(std::iter::from_fn(|| splitter.pop()));
        }
        splitter.end();
        pieces.extend(std::iter::from_fn(|| splitter.pop()));
        pieces
    }

    fn check(file: &str, expected: Expect) {
        let pieces = cut(file.as_bytes(), 1_000_000);
        for step in [1, 2, 3, 7] {
            assert_eq!(cut(file.as_bytes(), step), pieces, "in steps of {step}");
        }
        let shown = pieces.iter().map(|piece| {
            let text = piece.text.as_ref().map(|text| {
                String::from_utf8_lossy(text).replace('\u{feff}', "(mark)").replace('\r', "(cr)")
            });
            let place = piece.place.map(|place| format!("({place})")).unwrap_or_default();
            format!("{}{place} {}", piece.line, text.unwrap_or_else(|error| error.to_string()))
        });
        expected.assert_eq(&shown.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn a_line_is_a_record() {
        check(
            "{\"a\":1}\r\n\n  \n{\"b\":\n[1,2]\n\"]\",{\n{\"c\":\"}",
            expect![[r#"
                1 {"a":1}(cr)
                4 {"b":
                5 [1,2]
                6 "]",{
                7 {"c":"}"#]],
        );
        check("\u{feff}{\"a\":1}", expect![[r#"1 (mark){"a":1}"#]]);
        check(
            "x\n{}",
            expect![[r#"
            1 x
            2 {}"#]],
        );
        check(
            "\n\n[broken\n{}",
            expect![[r#"
            3 [broken
            4 {}"#]],
        );
        check(" \n", expect![""]);
    }

    #[test]
    fn the_members_of_a_list_are_records() {
        check(
            "[{\"a\":\"]},\\\"\"},\n  {\"b\":[1,{}]}\n, 3, \"x,\"]\n",
            expect![[r#"
                1(1) {"a":"]},\""}
                2(2) {"b":[1,{}]}
                3(3) 3
                3(4) "x,""#]],
        );
        check(
            "\n[\n  {\n    \"a\": 1\n  },\n  {\"b\": 2",
            expect![[r#"
                3(1) {
                    "a": 1
                  }
                6(1) {"b": 2"#]],
        );
        check("[]\n{}", expect!["2 {}"]);
        check(
            "[{}]\n[{}]",
            expect![[r#"
            1(1) {}
            2(2) {}"#]],
        );
    }

    #[test]
    fn objects_over_many_lines_are_records() {
        check(
            "{\n  \"a\": {\"b\": \"}\"}\n}\n{\n  \"c\": 1\n}",
            expect![[r#"
                1(1) {
                  "a": {"b": "}"}
                }
                4(2) {
                  "c": 1
                }"#]],
        );
    }

    #[test]
    fn a_broken_record_takes_no_other_along() {
        check(
            "[{\"a\":1},\n{\"b\":[\"x,\n{\"c\":3},\n{\"d\":4}]",
            expect![[r#"
                1(1) {"a":1}
                2(2) {"b":["x,

                3(3) {"c":3}
                4(4) {"d":4}"#]],
        );
        check(
            "{\n  \"a\": {\n{\n  \"b\": {\n    \"c\": 2\n  }\n}\n{\"d\":1}",
            expect![[r#"
            1(1) {
              "a": {

            3(2) {
              "b": {
                "c": 2
              }
            }
            8(3) {"d":1}"#]],
        );
    }

    #[test]
    fn a_record_that_is_too_large_is_not_held() {
        let large = vec![b'a'; LARGEST_RECORD + 1];
        let file = [b"{}\n", large.as_slice(), b"\n{}"].concat();
        let pieces = cut(&file, 65_536);
        assert_eq!(pieces.iter().map(|piece| piece.text.is_ok()).collect::<Vec<_>>(), [true, false, true]);
        let many = format!("[{}]\n{{}}", "0,".repeat(MOST_VALUES + 1));
        assert_eq!(cut(many.as_bytes(), 65_536).first().map(|piece| piece.text.clone()), Some(Err(TooLarge)));
    }

    #[test]
    fn no_more_is_held_than_a_record_and_a_piece() {
        const STEP: usize = 65_536;
        for record in ["x", "{\"a\":\"b\"}", "[1,2]"] {
            for (open, close) in [("", "\n"), ("[{},", ",")] {
                let record = format!("{record}{close}");
                let file = format!("{open}{}", record.repeat(3_000_000 / record.len()));
                let mut splitter = Splitter::default();
                for bytes in file.as_bytes().chunks(STEP) {
                    splitter.push(bytes);
                    assert!(splitter.held() <= STEP + record.len(), "{}", splitter.held());
                    while splitter.pop().is_some() {}
                }
            }
        }
    }
}

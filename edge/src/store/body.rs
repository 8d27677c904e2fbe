//! Bodies: beside their row when they are small, in the blob store when not.
//!
//! A large one is stored before the row that points to it, under a key of its own: whoever deletes it need not fear that
//! somebody else is about to point to it. Until the row is seen it counts as loose.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::canonical::{digest, hex};
use shared::moment::Moment;

use super::rows;
use crate::bind;
use crate::ports::{Blobs, Sql, SqlError, Statement};

/// The most bytes of a pair of bodies that stay in the database, whose rows end at 2 MB.
const LARGEST: usize = 900_000;

/// A column with how many bytes the pair of bodies beside it has, which takes no reading of them; one that is a blob fills a
/// page of them.
pub const SIZE: &str = "coalesce(octet_length(request), 0) + coalesce(octet_length(reference), 0) \
                        + CASE WHEN blob IS NULL THEN 0 ELSE 4000000 END";
/// The most rows of a page of bodies, and the bytes that end one.
pub const MOST_ROWS: u32 = 500;
const PAGE: u64 = 4_000_000;

/// Gives as many of these as make up a page of bodies, by how many bytes each has; never none of some.
pub fn page_of<T>(sized: Vec<(T, u64)>) -> Vec<T> {
    let mut bytes = 0;
    let fits = sized.into_iter().take_while(|(_, size)| {
        let has_room = bytes < PAGE;
        bytes += size;
        has_room
    });
    fits.map(|(row, _)| row).collect()
}

/// A pair of bodies as its row has it: two texts, or the key of a blob that holds both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Pair {
    pub first: Option<String>,
    pub second: Option<String>,
    pub blob: Option<String>,
}

/// Puts a pair of bodies where it belongs, for the one row of `owner`, which is to be written next. Safe to repeat.
pub async fn put(
    ports: &(impl Sql + Blobs),
    owner: &str,
    (first, second): (&Value, &Value),
    now: Moment,
) -> Result<Pair, SqlError> {
    let (first, second) = (first.to_string(), second.to_string());
    if first.len() + second.len() <= LARGEST {
        return Ok(Pair { first: Some(first), second: Some(second), blob: None });
    }
    let text = format!("[{first},{second}]");
    let key = hex(&digest(format!("{owner} {}", hex(&digest(text.as_bytes()))).as_bytes()));
    let loose = "INSERT INTO loose_body (key, since) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET since = excluded.since";
    ports.query(Statement::new(loose, bind![key.as_str(), now])).await?;
    ports.put_blob(&key, &text).await?;
    Ok(Pair { first: None, second: None, blob: Some(key) })
}

/// Gets a pair of bodies from where it is.
///
/// # Errors
/// [`SqlError::Lost`] when the blob is gone or does not read.
pub async fn get(blobs: &impl Blobs, pair: &Pair) -> Result<(Value, Value), SqlError> {
    let Some(key) = &pair.blob else {
        let read = |text: &Option<String>| text.as_deref().map_or(Ok(Value::Null), read);
        return Ok((read(&pair.first)?, read(&pair.second)?));
    };
    match blobs.get_blob(key).await? {
        Some(text) => read(&text),
        None => Err(SqlError::Lost(format!("the stored body {key} is gone"))),
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, SqlError> {
    serde_json::from_str(text)
        .map_err(|error| SqlError::Lost(format!("a stored body does not read: {error}")))
}

/// How many bodies that a row points to are struck off at once: nearly all are.
const MOST_USED: u32 = 2_000;

/// Deletes large bodies that have been loose since before a moment and that no row points to, so many at most. Gives how many.
pub async fn delete_loose(ports: &(impl Sql + Blobs), before: Moment, most: u32) -> Result<u64, SqlError> {
    #[derive(Deserialize)]
    struct Loose {
        key: String,
    }
    let used = "DELETE FROM loose_body WHERE key IN (SELECT key FROM loose_body WHERE since < ? AND (EXISTS \
                (SELECT 1 FROM log_body WHERE blob = key) OR EXISTS (SELECT 1 FROM set_item WHERE blob = key)) \
                ORDER BY since LIMIT ?)";
    let left = "SELECT key FROM loose_body WHERE since < ? AND NOT EXISTS (SELECT 1 FROM log_body WHERE blob = key) \
                AND NOT EXISTS (SELECT 1 FROM set_item WHERE blob = key) ORDER BY since LIMIT ?";
    ports.query(Statement::new(used, bind![before, MOST_USED])).await?;
    let loose = rows::<Loose>(ports, Statement::new(left, bind![before, most])).await?;
    for Loose { key } in &loose {
        ports.delete_blob(key).await?;
    }
    let keys: Vec<_> = loose.iter().map(|loose| &loose.key).collect();
    if !keys.is_empty() {
        let keys = serde_json::to_string(&keys).unwrap_or_default();
        let text = "DELETE FROM loose_body WHERE key IN (SELECT value FROM json_each(?))";
        ports.query(Statement::new(text, bind![keys])).await?;
    }
    Ok(loose.len() as u64)
}

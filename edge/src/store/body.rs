//! Bodies: beside their row when they are small, in the blob store under their hash when not.

use serde::Deserialize;
use serde_json::Value;
use shared::canonical::{digest, hex};

use crate::ports::{Blobs, SqlError};

/// The most bytes of a pair of bodies that stay in the database, whose rows end at 2 MB.
const LARGEST: usize = 900_000;

/// A pair of bodies as its row has it: two texts, or the key of a blob that holds both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Pair {
    pub first: Option<String>,
    pub second: Option<String>,
    pub blob: Option<String>,
}

/// Puts a pair of bodies where it belongs.
pub async fn put(blobs: &impl Blobs, first: &Value, second: &Value) -> Result<Pair, SqlError> {
    let (first, second) = (first.to_string(), second.to_string());
    if first.len() + second.len() <= LARGEST {
        return Ok(Pair { first: Some(first), second: Some(second), blob: None });
    }
    let text = format!("[{first},{second}]");
    let key = hex(&digest(text.as_bytes()));
    blobs.put_blob(&key, &text).await?;
    Ok(Pair { first: None, second: None, blob: Some(key) })
}

/// Gets a pair of bodies from where it is.
///
/// # Errors
/// Broken when the blob is gone or does not read.
pub async fn get(blobs: &impl Blobs, pair: &Pair) -> Result<(Value, Value), SqlError> {
    let Some(key) = &pair.blob else {
        let read = |text: &Option<String>| text.as_deref().map_or(Ok(Value::Null), super::json);
        return Ok((read(&pair.first)?, read(&pair.second)?));
    };
    let text =
        blobs.get_blob(key).await?.ok_or_else(|| SqlError::Broken(format!("the body {key} is gone")))?;
    super::json(&text)
}

//! Bodies in KV.

use worker::kv::{KvError, KvStore};

use super::Cloudflare;
use crate::ports::{Blobs, SqlError};

const BINDING: &str = "BLOBS";

impl Cloudflare {
    fn kv(&self) -> Result<KvStore, SqlError> {
        self.env.kv(BINDING).map_err(|error| SqlError::Broken(format!("{BINDING}: {error}")))
    }
}

impl Blobs for Cloudflare {
    async fn put_blob(&self, key: &str, text: &str) -> Result<(), SqlError> {
        self.kv()?.put(key, text).map_err(broken)?.execute().await.map_err(broken)
    }

    async fn get_blob(&self, key: &str) -> Result<Option<String>, SqlError> {
        self.kv()?.get(key).text().await.map_err(broken)
    }

    async fn delete_blob(&self, key: &str) -> Result<(), SqlError> {
        self.kv()?.delete(key).await.map_err(broken)
    }
}

fn broken(error: KvError) -> SqlError {
    SqlError::Broken(format!("{BINDING}: {error}"))
}

//! Sealed secrets of all that has one, as they are stored.
//!
//! What a secret is of is the matter of `provider` and `webhook`. Leaves out opening and sealing.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{provider, rows, webhook};
use crate::bind;
use crate::ports::{Sql, SqlError, Statement};

/// A secret as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Sealed {
    kind: Kind,
    pub id: String,
    url: String,
    pub sealed: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Provider,
    Webhook,
}

impl Sealed {
    /// Gives what the secret is bound to.
    pub fn record(&self) -> String {
        match self.kind {
            Kind::Provider => provider::bound_to(&self.id, &self.url),
            Kind::Webhook => webhook::bound_to(&self.id, &self.url),
        }
    }
}

/// Reads every secret: there are a few for each team.
pub async fn all(sql: &impl Sql) -> Result<Vec<Sealed>, SqlError> {
    let text = "SELECT 'provider' AS kind, id, base_url AS url, sealed_key AS sealed FROM provider \
                WHERE sealed_key IS NOT NULL \
                UNION ALL SELECT 'webhook', id, url, sealed_secret FROM webhook ORDER BY id";
    rows(sql, Statement::new(text, [])).await
}

/// Puts texts in the place of what was read, unless something else has taken it meanwhile. Gives how many it did.
pub async fn replace(sql: &impl Sql, anew: &[(Sealed, String)]) -> Result<usize, SqlError> {
    let of = |kind: Kind| {
        let rows = anew.iter().filter(|(before, _)| before.kind == kind);
        let rows = rows.map(|(before, text)| json!([before.id, before.url, before.sealed, text]));
        Value::Array(rows.collect()).to_string()
    };
    let providers = "UPDATE provider SET sealed_key = anew.value ->> 3 FROM json_each(?) AS anew \
                     WHERE provider.id = anew.value ->> 0 AND base_url = anew.value ->> 1 AND sealed_key = anew.value ->> 2 \
                     RETURNING id";
    let webhooks = "UPDATE webhook SET sealed_secret = anew.value ->> 3 FROM json_each(?) AS anew \
                    WHERE webhook.id = anew.value ->> 0 AND webhook.url = anew.value ->> 1 AND sealed_secret = anew.value ->> 2 \
                    RETURNING id";
    let statements = [(providers, Kind::Provider), (webhooks, Kind::Webhook)];
    let statements = statements.map(|(text, kind)| Statement::new(text, bind![of(kind)]));
    Ok(sql.batch(statements.into()).await?.iter().map(Vec::len).sum())
}

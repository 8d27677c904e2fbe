//! Names of topics: rows are only added. Of one middle, the newest is in force.

use serde::Deserialize;
use shared::id::SetId;
use shared::topics::named::{self, NamedTopic, TopicName};

use super::access::moment;
use super::{json, rows};
use crate::bind;
use crate::ports::{Sql, SqlError, Statement};

/// Keeps a name.
pub async fn add(sql: &impl Sql, set: &SetId, topic: &NamedTopic) -> Result<(), SqlError> {
    let text = "INSERT INTO topic_name (set_id, middle_key, name, terms, author, created_at) VALUES (?, ?, ?, ?, ?, ?)";
    let values = bind![
        set.as_str(),
        named::key(&topic.terms).as_str(),
        topic.name.as_ref().map(TopicName::as_str),
        serde_json::to_string(&topic.terms).unwrap_or_default(),
        topic.author.as_str(),
        topic.created_at
    ];
    sql.query(Statement::new(text, values)).await.map(|_| ())
}

/// Gives the names of a set that are in force, the newest first.
pub async fn of_set(sql: &impl Sql, set: &SetId) -> Result<Vec<NamedTopic>, SqlError> {
    #[derive(Deserialize)]
    struct Stored {
        name: Option<TopicName>,
        terms: String,
        author: String,
        created_at: f64,
    }
    let text = "SELECT name, terms, author, created_at FROM topic_name WHERE set_id = ? AND NOT EXISTS \
                (SELECT 1 FROM topic_name AS later WHERE later.set_id = topic_name.set_id \
                AND later.middle_key = topic_name.middle_key AND later.seq > topic_name.seq) ORDER BY seq DESC LIMIT ?";
    let stored = rows::<Stored>(sql, Statement::new(text, bind![set.as_str(), named::MOST])).await?;
    let named = stored.into_iter().map(|row| {
        Ok(NamedTopic {
            name: row.name,
            terms: json(&row.terms)?,
            author: row.author,
            created_at: moment(row.created_at),
        })
    });
    named.collect()
}

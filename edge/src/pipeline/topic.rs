//! Outcome → topic: what people call the topics of failures in runs of a set.
//!
//! The topics themselves are found in the browser, and are facts nowhere.

use shared::api::List;
use shared::auth::Caller;
use shared::id::SetId;
use shared::topics::named::{NamedTopic, NewTopicName};

use crate::failure::Failure;
use crate::ports::{Clock, Sql};
use crate::store;

/// Gives the names of a set's topics that are in force, the newest first.
///
/// # Errors
/// Not found when there never was such a set.
pub async fn of_set(sql: &impl Sql, set: &SetId) -> Result<List<NamedTopic>, Failure> {
    find(sql, set).await?;
    Ok(List { data: store::topic::of_set(sql, set).await?, next_cursor: None })
}

/// Names a topic. The same name again is the one that is there.
///
/// # Errors
/// Not found when there never was such a set.
pub async fn put(
    ports: &(impl Sql + Clock),
    caller: &Caller,
    set: &SetId,
    new: NewTopicName,
) -> Result<NamedTopic, Failure> {
    find(ports, set).await?;
    let named = store::topic::of_set(ports, set).await?;
    let is_same = |before: &NamedTopic| before.terms == new.terms && before.name == new.name;
    if let Some(before) = named.into_iter().find(is_same) {
        return Ok(before);
    }
    let NewTopicName { name, terms } = new;
    let topic = NamedTopic { name, terms, author: caller.subject.clone(), created_at: ports.now() };
    store::topic::add(ports, set, &topic).await?;
    Ok(topic)
}

/// Looks for the first version, which a deleted set has too: its runs still read.
async fn find(sql: &impl Sql, set: &SetId) -> Result<(), Failure> {
    store::set::get(sql, set, Some(1)).await?.map(|_| ()).ok_or(Failure::NotFound("eval set"))
}

//! What the judge has seen graded: it tells nothing of how well it grades.

use std::collections::{BTreeSet, HashMap};

use shared::chat::openai;
use shared::criteria::Criterion;
use shared::criteria::example;

use crate::ports::{Blobs, Sql, SqlError};
use crate::store::label::Compared;
use crate::store::{fact, item};

/// Leaves out what people say of responses that are examples of the criteria.
///
/// # Errors
/// What the database says.
pub async fn leave_out(
    ports: &(impl Sql + Blobs),
    criteria: &[Criterion],
    mut compared: Vec<Compared>,
) -> Result<Vec<Compared>, SqlError> {
    if criteria.iter().all(|criterion| criterion.examples.is_empty()) {
        return Ok(compared);
    }
    let ids: BTreeSet<_> = compared.iter().map(|compared| compared.item_id.clone()).collect();
    let items = item::readable_of(ports, &ids.into_iter().collect::<Vec<_>>()).await?;
    let requests = items.into_iter().filter_map(|item| {
        let asked = openai::read_request(&item.request).ok()?.last_user()?;
        Some((item.row.id, asked))
    });
    let requests: HashMap<_, _> = requests.collect();
    let keys: BTreeSet<_> = compared.iter().map(|compared| compared.completion_key.clone()).collect();
    let responses = fact::completions(ports, &keys.into_iter().collect::<Vec<_>>()).await?;
    compared.retain(|compared| {
        let request = requests.get(&compared.item_id);
        let case = request.zip(responses.get(&compared.completion_key));
        !case
            .is_some_and(|(request, response)| example::is_among(criteria, request, &response.output.plain()))
    });
    Ok(compared)
}

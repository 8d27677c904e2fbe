//! Completion → label: what people say of responses is taken down, and read back with a result.

use shared::auth::{Caller, Scope};
use shared::canonical::Key;
use shared::criteria::{Criterion, Name};
use shared::id::{ItemId, LabelId};
use shared::label::{self, Label, NewLabel, Opinion};

use super::{launch, steer};
use crate::auth;
use crate::failure::Failure;
use crate::ports::{Clock, Random, Sql};
use crate::store::label::{Given, Subject, Withdrawal};
use crate::store::{self, outcome};

/// Takes down a label. The same label again is the one that is there.
///
/// # Errors
/// Not found when the run has no such result; invalid when there is nothing to label, or the criterion or the
/// opinion does not fit.
pub async fn put(
    ports: &(impl Sql + Clock + Random),
    caller: &Caller,
    new: NewLabel,
) -> Result<Label, Failure> {
    let opinion = Opinion::of(new.level, new.pass)?;
    let draw = new.draw()?;
    let run = steer::find(ports, &new.run_id).await?.run;
    let result = outcome::get(ports, &run.id, &new.item_id).await?.ok_or(Failure::NotFound("result"))?;
    let completion_key = result.completion_key.ok_or_else(|| {
        Failure::invalid("/item_id", "the target gave no response to this item; there is nothing to label")
    })?;
    let criterion_key = match &new.criterion {
        Some(name) => Some(key_of(&launch::criteria(ports, &run).await?, name, opinion)?),
        None => None,
    };
    let subject = Subject { set_id: run.set_id, item_id: new.item_id.clone(), completion_key, criterion_key };
    let given = store::label::of_response(ports, &subject.item_id, &subject.completion_key).await?;
    let before = given
        .into_iter()
        .find(|given| given.author == caller.subject && given.criterion_key == subject.criterion_key);
    // Whoever thinks better of it does not draw the item anew.
    let draw = draw.or(before.as_ref().and_then(|before| before.draw));
    let is_same =
        |before: &Given| before.opinion == opinion && before.note == new.note && before.draw == draw;
    if let Some(before) = before.filter(is_same) {
        return Ok(read_back(before, &new.item_id, new.criterion));
    }
    let now = ports.now();
    let label = Label {
        id: LabelId::make(now, &ports.bytes()),
        run_id: run.id,
        item_id: new.item_id,
        criterion: new.criterion,
        opinion,
        note: new.note,
        drawn: draw.map(|draw| draw.drawn),
        weight: draw.and_then(|draw| draw.weight),
        author: caller.subject.clone(),
        created_at: now,
    };
    store::label::add(ports, &label, &subject).await?;
    Ok(label)
}

fn key_of(criteria: &[Criterion], name: &Name, opinion: Opinion) -> Result<Key, Failure> {
    let found = criteria.iter().zip(label::keys(criteria)).find(|(criterion, _)| criterion.name == *name);
    let Some((criterion, key)) = found else {
        let known: Vec<_> = criteria.iter().map(|criterion| criterion.name.as_str()).collect();
        let detail = format!("there is no criterion \"{name}\"; known are {}", known.join(", "));
        return Err(Failure::invalid("/criterion", detail));
    };
    opinion.suits(criterion.kind)?;
    Ok(key)
}

/// Withdraws a label: its author may, and the operator.
///
/// # Errors
/// Not found when it is not in force; forbidden when it is somebody else's.
pub async fn withdraw(
    ports: &(impl Sql + Clock + Random),
    caller: &Caller,
    id: &LabelId,
) -> Result<(), Failure> {
    let author = store::label::author(ports, id).await?.ok_or(Failure::NotFound("label"))?;
    if author != caller.subject {
        auth::require(caller, Scope::Admin)?;
    }
    let at = ports.now();
    let made = LabelId::make(at, &ports.bytes());
    let withdrawal = Withdrawal { id: made, label: id, written_by: &caller.subject, at };
    Ok(store::label::withdraw(ports, &withdrawal).await?)
}

/// Gives what people say of a response by the criteria of a run, the oldest first.
///
/// # Errors
/// What the database says.
pub async fn of_response(
    sql: &impl Sql,
    criteria: &[Criterion],
    item: &ItemId,
    completion: Option<&Key>,
) -> Result<Vec<Label>, Failure> {
    let Some(completion) = completion else { return Ok(Vec::new()) };
    let keys = label::keys(criteria);
    let given = store::label::of_response(sql, item, completion).await?;
    let labels = given.into_iter().filter_map(|given| {
        let criterion = match &given.criterion_key {
            None => None,
            // What another run asked is no label on what this one asks.
            Some(key) => Some(criteria.get(keys.iter().position(|known| known == key)?)?.name.clone()),
        };
        Some(read_back(given, item, criterion))
    });
    Ok(labels.collect())
}

fn read_back(given: Given, item: &ItemId, criterion: Option<Name>) -> Label {
    Label {
        id: given.id,
        run_id: given.run_id,
        item_id: item.clone(),
        criterion,
        opinion: given.opinion,
        note: given.note,
        drawn: given.draw.map(|draw| draw.drawn),
        weight: given.draw.and_then(|draw| draw.weight),
        author: given.author,
        created_at: given.created_at,
    }
}

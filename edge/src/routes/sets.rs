//! Eval sets, their items, and what topics of failures are called.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use shared::api::sets::{
    ANSWERS, Added, DeleteItem, DeleteSet, EXPORT, GetCoverage, GetItem, GetItems, GetSet, GetSets,
    GetTopics, GetVersions, PatchItem, PatchSet, PostItemDelete, PostItems, PostSet, PutTopic, VersionQuery,
};
use shared::api::tryout::{PostTrial, Trial};
use shared::api::{Deleted, List, Method};
use shared::auth::Scope;
use shared::id::SetId;
use shared::query;
use shared::set::coverage::Coverage;
use shared::set::{Item, ItemRow, Set, Version};
use shared::topics::named::NamedTopic;

use super::{Call, Incoming, Route, Table, bodies, request};
use crate::failure::Failure;
use crate::pipeline::{answered, curate, topic, trial};
use crate::ports::Ports;
use crate::store::{item, set};

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    let file = |path| Route { method: Method::Get, path, scope: Some(Scope::Read) };
    // A file outlives the call, and needs ports of its own.
    let (of_export, of_answers) = (Arc::clone(&table.ports), Arc::clone(&table.ports));
    let export = async move |_: &P, incoming| export(Arc::clone(&of_export), incoming).await;
    let answers = async move |_: &P, incoming| answers(Arc::clone(&of_answers), incoming).await;
    table
        .on(make)
        .on(list)
        .on(get)
        .on(change)
        .on(delete)
        .on(add_items)
        .on(items)
        .on(get_item)
        .on(change_item)
        .on(remove_item)
        .on(remove_items)
        .on(try_judge)
        .on(versions)
        .on(coverage)
        .on(topics)
        .on(name_topic)
        .on_raw(file(EXPORT), export)
        .on_raw(file(ANSWERS), answers)
}

async fn make<P: Ports>(ports: &P, call: Call<PostSet>) -> Result<Set, Failure> {
    curate::make(ports, call.body).await
}

async fn list<P: Ports>(ports: &P, call: Call<GetSets>) -> Result<List<Set>, Failure> {
    set::list(ports, &call.query).await
}

async fn get<P: Ports>(ports: &P, call: Call<GetSet>) -> Result<Set, Failure> {
    set::get(ports, &call.path.set, call.query.version).await?.ok_or(Failure::NotFound("eval set"))
}

async fn change<P: Ports>(ports: &P, call: Call<PatchSet>) -> Result<Set, Failure> {
    curate::change(ports, &call.path.set, call.body).await
}

async fn delete<P: Ports>(ports: &P, call: Call<DeleteSet>) -> Result<(), Failure> {
    if set::delete(ports, &call.path.set, ports.now()).await? {
        Ok(())
    } else {
        Err(Failure::NotFound("eval set"))
    }
}

async fn add_items<P: Ports>(ports: &P, call: Call<PostItems>) -> Result<Added, Failure> {
    curate::add(ports, &call.path.set, call.body).await
}

async fn items<P: Ports>(ports: &P, call: Call<GetItems>) -> Result<List<ItemRow>, Failure> {
    let set =
        set::get(ports, &call.path.set, call.query.version).await?.ok_or(Failure::NotFound("eval set"))?;
    item::list(ports, &set.id, set.version, &call.query).await
}

async fn get_item<P: Ports>(ports: &P, call: Call<GetItem>) -> Result<Item, Failure> {
    curate::item(ports, &call.path.set, &call.path.item).await
}

async fn change_item<P: Ports>(ports: &P, call: Call<PatchItem>) -> Result<Item, Failure> {
    curate::change_item(ports, &call.path.set, &call.path.item, call.body).await
}

async fn remove_item<P: Ports>(ports: &P, call: Call<DeleteItem>) -> Result<(), Failure> {
    curate::remove_item(ports, &call.path.set, &call.path.item).await
}

async fn remove_items<P: Ports>(ports: &P, call: Call<PostItemDelete>) -> Result<Deleted, Failure> {
    let deleted = curate::remove_items(ports, &call.path.set, call.body.ids.as_slice()).await?;
    Ok(Deleted { deleted })
}

async fn try_judge<P: Ports>(ports: &P, call: Call<PostTrial>) -> Result<Trial, Failure> {
    trial::of(ports, &call.path.set, &call.path.item, call.body).await
}

async fn versions<P: Ports>(ports: &P, call: Call<GetVersions>) -> Result<List<Version>, Failure> {
    curate::newest(ports, &call.path.set).await?;
    set::versions(ports, &call.path.set, &call.query).await
}

async fn coverage<P: Ports>(ports: &P, call: Call<GetCoverage>) -> Result<Coverage, Failure> {
    curate::coverage(ports, &call.path.set).await
}

async fn topics<P: Ports>(ports: &P, call: Call<GetTopics>) -> Result<List<NamedTopic>, Failure> {
    topic::of_set(ports, &call.path.set).await
}

async fn name_topic<P: Ports>(ports: &P, call: Call<PutTopic>) -> Result<NamedTopic, Failure> {
    topic::put(ports, &call.caller, &call.path.set, call.body).await
}

async fn export<P: Ports>(ports: Arc<P>, incoming: Incoming) -> Result<Response<Body>, Failure> {
    let query: VersionQuery = query::read(request::pairs(&incoming.request)?)?;
    let id = set_of(incoming)?;
    let pages = curate::export(&*ports, &id, query.version).await?;
    bodies::paged(ports, "application/jsonl", &format!("{id}.jsonl"), pages).await
}

async fn answers<P: Ports>(ports: Arc<P>, incoming: Incoming) -> Result<Response<Body>, Failure> {
    query::read::<()>(request::pairs(&incoming.request)?)?;
    let id = set_of(incoming)?;
    let pages = answered::newest(&*ports, &id).await?;
    bodies::paged(ports, "application/jsonl", &format!("{id}-answers.jsonl"), pages).await
}

fn set_of(incoming: Incoming) -> Result<SetId, Failure> {
    let id = incoming.params.into_iter().next().map(|(_, value)| value).unwrap_or_default();
    SetId::try_from(id).map_err(|_| Failure::NotFound("eval set"))
}

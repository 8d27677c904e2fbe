//! Webhooks.

use shared::api::List;
use shared::api::webhooks::{
    DeleteWebhook, GetWebhooks, KeptWebhook, PatchWebhook, PostWebhook, PostWebhookTest, WebhookTest,
};
use shared::webhook::Webhook;

use super::{Call, Table};
use crate::failure::Failure;
use crate::pipeline;
use crate::ports::Ports;
use crate::store::webhook;

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    table.on(make).on(list).on(change).on(delete).on(test)
}

async fn make<P: Ports>(ports: &P, call: Call<PostWebhook>) -> Result<KeptWebhook, Failure> {
    pipeline::webhook::make(ports, &call.own, call.body).await
}

async fn list<P: Ports>(ports: &P, _: Call<GetWebhooks>) -> Result<List<Webhook>, Failure> {
    Ok(List { data: webhook::list(ports).await?, next_cursor: None })
}

async fn change<P: Ports>(ports: &P, call: Call<PatchWebhook>) -> Result<KeptWebhook, Failure> {
    pipeline::webhook::change(ports, &call.own, &call.path.webhook, call.body).await
}

async fn delete<P: Ports>(ports: &P, call: Call<DeleteWebhook>) -> Result<(), Failure> {
    if webhook::delete(ports, &call.path.webhook).await? { Ok(()) } else { Err(Failure::NotFound("webhook")) }
}

async fn test<P: Ports>(ports: &P, call: Call<PostWebhookTest>) -> Result<WebhookTest, Failure> {
    pipeline::webhook::test(ports, &call.path.webhook).await
}

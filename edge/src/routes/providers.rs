//! Providers.

use shared::api::List;
use shared::api::access::{
    DeleteProvider, GetProvider, GetProviders, PatchProvider, PostProvider, PostProviderTest, ProviderTest,
};
use shared::provider::Provider;

use super::{Call, Table};
use crate::failure::Failure;
use crate::pipeline::connect;
use crate::ports::Ports;
use crate::store::provider;

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    table.on(make).on(list).on(get).on(change).on(delete).on(test)
}

async fn make<P: Ports>(ports: &P, call: Call<PostProvider>) -> Result<Provider, Failure> {
    connect::make(ports, &call.own, call.body).await
}

async fn list<P: Ports>(ports: &P, call: Call<GetProviders>) -> Result<List<Provider>, Failure> {
    provider::list(ports, &call.query).await
}

async fn get<P: Ports>(ports: &P, call: Call<GetProvider>) -> Result<Provider, Failure> {
    connect::find(ports, &call.path.provider).await
}

async fn change<P: Ports>(ports: &P, call: Call<PatchProvider>) -> Result<Provider, Failure> {
    connect::change(ports, &call.own, &call.path.provider, call.body).await
}

async fn delete<P: Ports>(ports: &P, call: Call<DeleteProvider>) -> Result<(), Failure> {
    if provider::delete(ports, &call.path.provider).await? {
        return Ok(());
    }
    connect::find(ports, &call.path.provider).await?;
    Err(Failure::Conflict("this provider comes from the configuration; remove its secret there".to_owned()))
}

async fn test<P: Ports>(ports: &P, call: Call<PostProviderTest>) -> Result<ProviderTest, Failure> {
    connect::test(ports, &call.path.provider).await
}

//! Saved views.

use shared::api::List;
use shared::api::views::{DeleteView, GetViews, PostView};
use shared::id::ViewId;
use shared::view::View;

use super::{Call, Table};
use crate::failure::Failure;
use crate::ports::{Ports, SqlError};
use crate::store::view;

pub(super) fn routes<P: Ports>(table: Table<P>) -> Table<P> {
    table.on(make).on(list).on(delete)
}

async fn make<P: Ports>(ports: &P, call: Call<PostView>) -> Result<View, Failure> {
    let (now, new) = (ports.now(), call.body);
    if view::count(ports, new.address.path()).await? >= u64::from(view::MOST) {
        let detail =
            format!("{} has {} views, the most there are; delete one first", new.address.path(), view::MOST);
        return Err(Failure::invalid("/address", detail));
    }
    let made = View {
        id: ViewId::make(now, &ports.bytes()),
        name: new.name,
        address: new.address,
        author: call.caller.subject,
        created_at: now,
    };
    match view::add(ports, &made).await {
        Ok(()) => Ok(made),
        Err(SqlError::Taken(_)) => Err(Failure::Conflict(format!(
            "the name \"{}\" is taken by another view of this page",
            made.name
        ))),
        Err(error) => Err(error.into()),
    }
}

async fn list<P: Ports>(ports: &P, call: Call<GetViews>) -> Result<List<View>, Failure> {
    Ok(List { data: view::list(ports, call.query.path.as_deref()).await?, next_cursor: None })
}

async fn delete<P: Ports>(ports: &P, call: Call<DeleteView>) -> Result<(), Failure> {
    if view::delete(ports, &call.path.view).await? { Ok(()) } else { Err(Failure::NotFound("view")) }
}

//! The way in for `/v1`: moves the bytes that `gateway` decides about.
//!
//! The caller gets the provider's bytes as they come. Somebody listens in on them until the answer ends, who writes the
//! log, and ends what comes to no end.

mod branch;
mod caller;
mod handover;
mod intake;
mod listen;
mod reply;
mod simulated;
mod under_way;

use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, select, try_join};
use serde_json::Value;
use shared::auth::{Scope, token_hash};
use shared::chat::wire::Wire;
use shared::id::LogId;
use worker::web_sys::{AbortController, Request, Response};
use worker::{Context, Env, Headers};

use super::clock::{self, Watch};
use super::{Cloudflare, memory, words};
use crate::auth;
use crate::gateway::capture::Captured;
use crate::gateway::credentials::{self, Credentials};
use crate::gateway::exchange::Passage;
use crate::gateway::head::Head;
use crate::gateway::problem::{Dialect, Refusal};
use crate::gateway::route::{self, Destination, Keep, Route};
use crate::gateway::{catalogue, headers, labels, peek};
use crate::pace::{self, Limit, Rate};
use crate::pipeline::keep;
use crate::ports::{Clock, Journal, Paced, Random, Unreached};
use crate::store::access::{self, KeyHolder};
use crate::store::provider::{self, Reach};
use branch::Branches;
use caller::Caller;
use handover::Handover;
use listen::{Answer, Listener};
use reply::{Tag, Timing};
use under_way::UnderWay;

/// How long a provider may take to begin its answer when nothing is configured: thinking models take long.
const DEADLINE_MS: u64 = 600_000;

/// A request as it comes in.
struct Incoming<'a> {
    request: Request,
    path: &'a str,
    query: Option<&'a str>,
    head: Head,
    /// None when it is still to be read.
    body: Option<Vec<u8>>,
}

/// A request that is understood: where it goes, with what, and what will be logged.
struct Crossing {
    reach: Reach,
    url: String,
    headers: Vec<(String, String)>,
    passage: Passage,
    /// It asks how many tokens a message has, and no more.
    counts: bool,
    /// Nobody knew whether there is to be a log.
    loses_log: bool,
}

/// What a request asks of the gateway.
enum Wish {
    /// To be told of models.
    Models(Value),
    Pass(Box<Crossing>),
}

/// An answer that has begun.
struct Begun {
    response: Response,
    head: Head,
    /// Ends the call to the provider.
    controller: AbortController,
}

/// Answers a request; what goes wrong is told in the protocol's words.
pub async fn answer(
    request: Request,
    (path, query): (&str, Option<&str>),
    env: Env,
    context: &Context,
) -> worker::Result<Response> {
    let ports = Cloudflare::new(env).remembering();
    let is_secure = request.url().starts_with("https:");
    let head: Head = Headers(request.headers()).entries().collect();
    let body = intake::small(&ports, &request, &head).await;
    let dialect = Dialect::of(path, &head);
    let mut tag = Tag { id: LogId::make(ports.now(), &ports.bytes()), logged: false };
    let answered = match body {
        Ok(body) => pass(&ports, Incoming { request, path, query, head, body }, &mut tag, context).await,
        Err(refusal) => Err(refusal),
    };
    let response = match answered {
        Ok(response) => response,
        Err(refusal) => {
            if let Refusal::Internal(cause) = &refusal {
                ports.note(&format!("{}: {cause}", tag.id));
            }
            reply::refuse(&refusal, dialect, &tag)?
        }
    };
    reply::guard(&response, is_secure)?;
    Ok(response)
}

async fn pass(
    ports: &Cloudflare,
    incoming: Incoming<'_>,
    tag: &mut Tag,
    context: &Context,
) -> Result<Response, Refusal> {
    let whole = Watch::start();
    route::check_hop(&incoming.head)?;
    let credentials = Credentials::of(&incoming.head, auth::admin_token(ports))?;
    let id = tag.id.clone();
    let signal = incoming.request.signal();
    let address = incoming.head.get("cf-connecting-ip").unwrap_or_default().to_owned();
    let is_small = incoming.body.is_some();
    let authorised = authorise(ports, &address, &credentials.token, context);
    let wish = async { Ok(understand(ports, &id, incoming, &credentials).await) };
    // Side by side, since each waits for the database; but nothing large is taken in of somebody who may not come in.
    // Whoever may not is told so at once.
    let wish = if is_small {
        try_join(authorised, wish).await?.1
    } else {
        authorised.await?;
        wish.await?
    };
    let crossing = match wish? {
        Wish::Models(list) => return reply::json(&list, tag).map_err(inside),
        Wish::Pass(crossing) => *crossing,
    };
    tag.logged = crossing.passage.keep != Keep::Nothing;
    if crossing.loses_log {
        let ports = ports.clone();
        context.wait_until(async move { memory::drop_logs(&ports, 1).await });
    }
    let caller = Caller::of(ports, signal, tag.logged);
    let handover = Rc::new(Handover::default());
    // The platform ends a request whose caller has left, but for this.
    context.wait_until(cross(ports.clone(), crossing, (tag.clone(), caller), whole, Rc::clone(&handover)));
    handover.take().await
}

/// Takes a request across and hands over its answer, once that has begun, or why there is none. Whatever was sent to a
/// provider comes to its log, also when nobody waits for the answer any more.
async fn cross(
    ports: Cloudflare,
    crossing: Crossing,
    (tag, caller): (Tag, Caller),
    whole: Watch,
    handover: Rc<Handover<Result<Response, Refusal>>>,
) {
    let under_way = tag.logged.then(UnderWay::begin);
    let sent = Watch::start();
    let begun = begin(&ports, &crossing, &caller).await;
    let upstream_ms = sent.millis();
    let timing = Timing { gateway_ms: whole.millis() - upstream_ms, upstream_ms };
    let passage = crossing.passage;
    match begun.and_then(|begun| deliver(begun, &tag, timing)) {
        Ok((response, answer)) => {
            handover.give(Ok(response));
            let listener = Listener { ports, id: tag.id, passage, answer, sent, caller };
            listener.listen().await;
        }
        Err(refusal) => {
            let captured = Captured::refused(&refusal, passage.wire);
            let exchange = passage.exchange(refusal.provider_status(), captured, sent.whole_millis());
            handover.give(Err(refusal));
            listen::write(&ports, tag.id, exchange).await;
        }
    }
    drop(under_way);
}

fn inside(error: worker::Error) -> Refusal {
    Refusal::Internal(error.to_string())
}

async fn authorise(ports: &Cloudflare, address: &str, token: &str, context: &Context) -> Result<(), Refusal> {
    let holder = auth::unless_guessed(ports, address, token, auth::holder(ports, token));
    let KeyHolder { caller, unnoted } = holder.await?;
    if let Some(key) = unnoted.filter(|key| Cloudflare::is_to_note(key, ports.now())) {
        let ports = ports.clone();
        context.wait_until(async move {
            if let Err(error) = access::note_use(&ports, &key, ports.now()).await {
                ports.note(&format!("the use of the key {key} is not noted: {error}"));
            }
        });
    }
    auth::require(&caller, Scope::Ingest)?;
    let each_second = ports.bounds().passages_each_second.unwrap_or(pace::PASSAGES_EACH_SECOND);
    let (who, rate) = (format!("token|{}", token_hash(token)), Rate::of_passages(each_second));
    if ports.pace(|pace| pace.take_of_lot(&who, rate, ports.now()))? {
        let ports = ports.clone();
        // What is said holds for what comes next.
        context.wait_until(async move {
            let _ = auth::count(&ports, Limit::Calls, &who, rate).await;
        });
    }
    Ok(())
}

/// Finds the provider, and never says that there is none for what was known a while ago.
async fn destination(
    ports: &Cloudflare,
    wire: Wire,
    model: Option<&str>,
    head: &Head,
) -> Result<Destination, Refusal> {
    match route::destination(ports, wire, model, head).await {
        Err(Refusal::NoProvider(_)) if Cloudflare::doubt(ports.now()) => {
            route::destination(ports, wire, model, head).await
        }
        found => found,
    }
}

async fn understand(
    ports: &Cloudflare,
    id: &LogId,
    incoming: Incoming<'_>,
    credentials: &Credentials,
) -> Result<Wish, Refusal> {
    let Incoming { request, path, query, head, body } = incoming;
    let head = &head;
    let dialect = || Dialect::of(path, head);
    let (wire, counts) = match route::of(&request.method(), path)? {
        Route::Pass(wire) => (wire, false),
        Route::Count => (Wire::Messages, true),
        Route::Models => {
            return Ok(Wish::Models(catalogue::list(&provider::all(ports).await?, dialect())));
        }
        Route::Model(id) => {
            let found = catalogue::find(&provider::all(ports).await?, &id, dialect());
            return found.map(Wish::Models).ok_or(Refusal::NoModel(id));
        }
    };
    let query = credentials.query(query);
    let labels = labels::of_head(head)?;
    let keep = if counts { Some(Keep::Nothing) } else { keep::of(ports, head, id).await? };
    let body = match body {
        Some(body) => body,
        None => intake::read(ports, &request, head).await?,
    };
    let seen = peek::at(&body)?;
    let destination = destination(ports, wire, seen.model.as_deref(), head).await?;
    let request = match &destination.model {
        Some(model) => seen.with_model(&body, model),
        None => body,
    };
    let key = credentials.pay(&destination.reach, wire);
    let paid_with = credentials::secrets(&key);
    let headers = headers::outbound(head, wire, credentials, key);
    let provider = destination.reach.provider.clone();
    let loses_log = keep.is_none();
    let keep = keep.unwrap_or(Keep::Nothing);
    let passage = Passage { at: ports.now(), wire, provider, request, labels, paid_with, keep };
    let Destination { reach, mut url, .. } = destination;
    if counts {
        url.push_str(route::COUNT);
    }
    url.push_str(&query);
    Ok(Wish::Pass(Box::new(Crossing { reach, url, headers, passage, counts, loses_log })))
}

/// Sends the request and waits for the head of the answer, no longer than it goes on if the caller leaves meanwhile.
async fn begin(ports: &Cloudflare, crossing: &Crossing, caller: &Caller) -> Result<Begun, Refusal> {
    let controller = AbortController::new().map_err(|thrown| Refusal::Internal(words(&thrown)))?;
    let response = match select(pin!(send(ports, crossing, &controller)), pin!(caller.left())).await {
        Either::Left((response, _)) => response,
        Either::Right((_, sending)) => match select(sending, clock::delay(caller.linger_ms().await)).await {
            Either::Left((response, _)) => response,
            Either::Right(_) => Err(Refusal::Left),
        },
    };
    let response = response.inspect_err(|_| controller.abort())?;
    let head = Headers(response.headers()).entries().collect();
    Ok(Begun { response, head, controller })
}

async fn send(
    ports: &Cloudflare,
    crossing: &Crossing,
    controller: &AbortController,
) -> Result<Response, Refusal> {
    let Crossing { reach, url, headers, passage, counts, .. } = crossing;
    let response = if reach.is_demo() {
        simulated::answer(passage.wire, &passage.request, *counts).await?
    } else {
        let deadline = ports.bounds().deadline_ms.unwrap_or(DEADLINE_MS);
        let signal = controller.signal();
        let opening = pin!(ports.open(url, headers, Some(&passage.request), &signal));
        match select(opening, clock::delay(deadline)).await {
            Either::Left((opened, _)) => opened.map_err(unreached)?,
            Either::Right(_) => return Err(Refusal::TimedOut(deadline)),
        }
    };
    Refusal::of_status(response.status()).map_or(Ok(response), Err)
}

fn unreached(error: Unreached) -> Refusal {
    match error {
        Unreached::Reset(why) => Refusal::Unreached(why),
        Unreached::TimedOut(millis) => Refusal::TimedOut(millis),
        Unreached::Stalled(_) | Unreached::TooLarge(_) | Unreached::Flawed(_) => {
            Refusal::Unreached(error.to_string())
        }
    }
}

/// Gives the answer for the caller, and what is listened to of it. When there is none to give, the provider is hung up on.
fn deliver(begun: Begun, tag: &Tag, timing: Timing) -> Result<(Response, Answer), Refusal> {
    let Begun { response, head, controller } = begun;
    let status = response.status();
    // The platform refuses to give these statuses a body.
    let body = response.body().filter(|_| !matches!(status, 204 | 205 | 304));
    let branches = body.map(|body| Branches::of(body, &head)).transpose();
    let passed = branches.map_err(|thrown| Refusal::Internal(words(&thrown))).and_then(|branches| {
        let to_caller = branches.as_ref().map(|branches| branches.to_caller.clone());
        Ok((reply::pass_on(status, &head, to_caller, tag, timing).map_err(inside)?, branches))
    });
    let (response, branches) = passed.inspect_err(|_| controller.abort())?;
    Ok((response, Answer { status, head, controller, branches }))
}

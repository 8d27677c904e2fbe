//! Where a request goes and what is kept of it. Leaves out who pays for it, which `credentials` tells.

use shared::chat::wire::Wire;
use shared::provider::{Protocol, Provider, ProviderName};

use super::head::Head;
use super::problem::Refusal;
use crate::ports::{Secrets, Sql};
use crate::store::provider::{self, Reach};
use crate::upstream::address;
use crate::upstream::call::HOP;

/// What the gateway can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Pass on a call in this format.
    Pass(Wire),
    /// Pass on a question of how many tokens a message has. It is no completion: there is no log of it.
    Count,
    /// List the models.
    Models,
    /// Tell of one model.
    Model(String),
}

/// What the path of messages is followed by in questions how many tokens they have.
pub const COUNT: &str = "/count_tokens";

/// Finds the route of a path.
///
/// # Errors
/// When there is none.
pub fn of(method: &str, path: &str) -> Result<Route, Refusal> {
    let below = path.strip_prefix("/v1/");
    let route = match method {
        "POST" if below.and_then(|below| below.strip_prefix(Wire::Messages.path())) == Some(COUNT) => {
            Some(Route::Count)
        }
        "POST" => Wire::ALL.into_iter().find(|wire| below == Some(wire.path())).map(Route::Pass),
        "GET" if below == Some("models") => Some(Route::Models),
        // The name of a model may hold slashes, written as they are or not.
        "GET" => {
            let id = below.and_then(|below| below.strip_prefix("models/"));
            id.filter(|id| !id.is_empty()).and_then(address::read_part).map(Route::Model)
        }
        _ => None,
    };
    route.ok_or_else(|| Refusal::NoRoute { method: method.to_owned(), path: path.to_owned() })
}

/// Refuses a request that comes out of a gateway or a run: an address of a provider has led back.
///
/// # Errors
/// When it does.
pub fn check_hop(head: &Head) -> Result<(), Refusal> {
    let (name, _) = HOP;
    match head.get(name) {
        None | Some("0") => Ok(()),
        Some(_) => Err(Refusal::Loop),
    }
}

/// What a log keeps of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    Everything,
    /// Numbers and labels, no words.
    Metadata,
    /// There is no log.
    Nothing,
}

/// Reads the caller's wish about the log.
///
/// # Errors
/// When `x-assay-log` says something unknown: better no answer than words kept against a wish.
pub fn keep(head: &Head) -> Result<Keep, Refusal> {
    match head.get("x-assay-log") {
        None | Some("full") => Ok(Keep::Everything),
        Some("metadata") => Ok(Keep::Metadata),
        Some("off") => Ok(Keep::Nothing),
        Some(other) => {
            Err(Refusal::BadHeader(format!("x-assay-log is \"{other}\"; it must be full, metadata or off")))
        }
    }
}

/// The provider of a request.
#[derive(Clone, PartialEq)]
pub struct Destination {
    pub reach: Reach,
    /// Where calls in the format of the request go.
    pub url: String,
    /// The model's name at the provider, when it is not the one in the body.
    pub model: Option<String>,
}

/// Finds the provider: by the prefix of the model, else by `x-assay-provider`, else the protocol's default.
///
/// # Errors
/// When there is no such provider, it does not take calls in this format, or its key cannot be opened.
pub async fn destination(
    ports: &(impl Sql + Secrets),
    wire: Wire,
    model: Option<&str>,
    head: &Head,
) -> Result<Destination, Refusal> {
    let (reach, model) = choose(ports, wire, model, head).await?;
    let Some(url) = reach.url(wire) else {
        let Provider { name, protocol, .. } = &reach.provider;
        return Err(Refusal::NoProvider(format!(
            "provider \"{name}\" takes no {} calls, being of protocol {}; name another as provider/model or in x-assay-provider",
            wire.path(),
            protocol.word()
        )));
    };
    Ok(Destination { reach, url, model })
}

async fn choose(
    ports: &(impl Sql + Secrets),
    wire: Wire,
    model: Option<&str>,
    head: &Head,
) -> Result<(Reach, Option<String>), Refusal> {
    if let Some((name, own)) = model.and_then(prefix)
        && let Some(reach) = provider::reach(ports, &name).await?
    {
        return Ok((reach, Some(own.to_owned())));
    }
    let Some(wish) = head.get("x-assay-provider") else {
        let protocol = if wire == Wire::Messages { Protocol::Anthropic } else { Protocol::Openai };
        let reach = provider::default_for(ports, protocol).await?;
        return Ok((reach.ok_or_else(|| Refusal::NoProvider(nobody(model, protocol)))?, None));
    };
    let unknown =
        || Refusal::NoProvider(format!("x-assay-provider names \"{wish}\", and there is no such provider"));
    let name = ProviderName::try_from(wish.to_owned()).map_err(|_| unknown())?;
    let reach = provider::reach(ports, &name).await?.ok_or_else(unknown)?;
    Ok((reach, None))
}

/// Splits a model's name into what may be the name of a provider, and the rest.
fn prefix(model: &str) -> Option<(ProviderName, &str)> {
    let (name, own) = model.split_once('/')?;
    Some((ProviderName::try_from(name.to_owned()).ok()?, own)).filter(|_| !own.is_empty())
}

fn nobody(model: Option<&str>, protocol: Protocol) -> String {
    let model = model.map_or_else(
        || "the request names no model".to_owned(),
        |model| format!("the model \"{}\" begins with no known provider", shared::log::preview(model)),
    );
    format!(
        "{model}, and there is no default provider of protocol {}; write provider/model, or name one in x-assay-provider",
        protocol.word()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::head::Head;

    #[test]
    fn a_path_has_one_route() {
        let shown = |method, path| {
            of(method, path).map_or_else(|refusal| refusal.to_string(), |route| format!("{route:?}"))
        };
        assert_eq!(shown("POST", "/v1/messages"), "Pass(Messages)");
        assert_eq!(shown("POST", "/v1/messages/count_tokens"), "Count");
        assert_eq!(shown("GET", "/v1/models"), "Models");
        assert_eq!(shown("GET", "/v1/models/openai/gpt-4o"), "Model(\"openai/gpt-4o\")");
        assert_eq!(shown("GET", "/v1/models/openai%2Fgpt-4o"), "Model(\"openai/gpt-4o\")");
        assert_eq!(shown("GET", "/v1/models/"), "there is no GET /v1/models/ here");
        assert_eq!(shown("GET", "/v1/models/%FF"), "there is no GET /v1/models/%FF here");
        assert_eq!(shown("POST", "/v1/models/a"), "there is no POST /v1/models/a here");
        assert_eq!(
            shown("GET", "/v1/messages/count_tokens"),
            "there is no GET /v1/messages/count_tokens here"
        );
    }

    #[test]
    fn a_prefix_is_a_name_before_the_first_slash() {
        let parts = |model| prefix(model).map(|(name, own)| format!("{name} {own}"));
        assert_eq!(parts("openai/gpt-4o"), Some("openai gpt-4o".to_owned()));
        assert_eq!(parts("openrouter/openai/gpt-4o"), Some("openrouter openai/gpt-4o".to_owned()));
        assert_eq!(parts("gpt-4o"), None);
        assert_eq!(parts("openai/"), None);
        assert_eq!(parts("Some Org/model"), None);
    }

    #[test]
    fn a_request_passes_once() {
        assert_eq!(check_hop(&Head::of("accept: */*")), Ok(()));
        assert_eq!(check_hop(&Head::of("x-assay-hop: 1")), Err(Refusal::Loop));
        assert_eq!(check_hop(&Head::of("x-assay-hop: 1, 1")), Err(Refusal::Loop));
    }

    #[test]
    fn an_unknown_wish_about_the_log_is_refused() {
        assert_eq!(keep(&Head::of("")), Ok(Keep::Everything));
        assert_eq!(keep(&Head::of("x-assay-log: metadata")), Ok(Keep::Metadata));
        assert_eq!(keep(&Head::of("x-assay-log: none")).map_err(|refusal| refusal.status()), Err(400));
    }
}

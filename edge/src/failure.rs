//! Why a call fails, by what the caller can do about it, and the one place that makes a status of it.

use shared::api::Problem;
use shared::auth::Scope;
use shared::mistake::Mistake;

use crate::assertion::Unfit;
use crate::pace::TooEarly;
use crate::ports::SqlError;
use crate::upload::TooSlow;

/// A failed call. Internal causes are logged where they become a [`Problem`], and never sent out.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Failure {
    #[error("sign in, or send a token as \"Authorization: Bearer …\"")]
    Unauthorized,
    #[error("the token of Cloudflare Access does not say who you are: {0}")]
    Unproven(Unfit),
    #[error("this needs the scope \"{}\", which the token does not have", .0.word())]
    Forbidden(Scope),
    #[error("{0}")]
    ForeignOrigin(&'static str),
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("{path} takes no {method}")]
    WrongMethod { method: String, path: String },
    #[error("{0}")]
    Conflict(String),
    /// Another change of the same set was stored first.
    #[error("the set was changed by somebody else just now; read it again and repeat")]
    Overtaken,
    /// The body does not parse.
    #[error("{0}")]
    Unreadable(String),
    #[error("{}", .0.detail)]
    Invalid(Mistake),
    #[error(transparent)]
    TooSlow(#[from] TooSlow),
    #[error("{0}")]
    TooLarge(String),
    #[error("too many calls; try again after {0} s")]
    TooOften(u64),
    /// Something that is needed is not there: a key, a provider, a migration.
    #[error("{0}")]
    Unavailable(String),
    #[error("the database is busy; try again in a moment")]
    Busy,
    #[error("something went wrong here; the request id names it in the logs")]
    Internal(String),
}

impl Failure {
    /// Says that a value does not fit.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(Mistake::new(pointer, detail))
    }

    /// Gives the HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::Unauthorized | Self::Unproven(_) => 401,
            Self::Forbidden(_) | Self::ForeignOrigin(_) => 403,
            Self::NotFound(_) => 404,
            Self::WrongMethod { .. } => 405,
            Self::Conflict(_) | Self::Overtaken => 409,
            Self::Unreadable(_) => 400,
            Self::Invalid(_) => 422,
            Self::TooSlow(_) => 408,
            Self::TooLarge(_) => 413,
            Self::TooOften(_) => 429,
            Self::Unavailable(_) | Self::Busy => 503,
            Self::Internal(_) => 500,
        }
    }

    /// Gives what is sent out.
    pub fn problem(&self) -> Problem {
        let (kind, title) = match self {
            Self::Unauthorized | Self::Unproven(_) => ("unauthorized", "Not signed in"),
            Self::Forbidden(_) | Self::ForeignOrigin(_) => ("forbidden", "Not allowed"),
            Self::NotFound(_) => ("not-found", "Not found"),
            Self::WrongMethod { .. } => ("wrong-method", "Wrong method"),
            Self::Conflict(_) => ("conflict", "Not as things stand"),
            Self::Overtaken => ("conflict", "Changed meanwhile"),
            Self::Unreadable(_) => ("unreadable", "The body does not read"),
            Self::Invalid(_) => ("invalid", "A value does not fit"),
            Self::TooSlow(_) => ("too-slow", "Too slow"),
            Self::TooLarge(_) => ("too-large", "Too large"),
            Self::TooOften(_) => ("too-often", "Too often"),
            Self::Unavailable(_) | Self::Busy => ("unavailable", "Not available now"),
            Self::Internal(_) => ("internal", "Something went wrong"),
        };
        let errors = match self {
            Self::Invalid(mistake) => vec![mistake.clone()],
            _ => Vec::new(),
        };
        Problem {
            kind: format!("/problems/{kind}"),
            title: title.to_owned(),
            status: self.status(),
            detail: self.to_string(),
            errors,
        }
    }
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Taken(what) => Self::Conflict(format!("it exists already: {what}")),
            SqlError::Busy(_) => Self::Busy,
            SqlError::Full(_) => Self::Unavailable(
                "the database is full; delete logs or sets that are no longer needed, or give it more room"
                    .to_owned(),
            ),
            SqlError::Broken(cause) | SqlError::Lost(cause) => Self::Internal(cause),
        }
    }
}

impl From<Unfit> for Failure {
    fn from(unfit: Unfit) -> Self {
        Self::Unproven(unfit)
    }
}

impl From<TooEarly> for Failure {
    fn from(TooEarly(seconds): TooEarly) -> Self {
        Self::TooOften(seconds)
    }
}

impl From<Mistake> for Failure {
    fn from(mistake: Mistake) -> Self {
        Self::Invalid(mistake)
    }
}

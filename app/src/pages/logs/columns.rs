//! The columns that the table of logs has.

use shared::api::logs::By;

use crate::components::columns;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Time,
    Feature,
    Model,
    Request,
    Response,
    Latency,
    Cost,
    Tokens,
}

use Column::{Cost, Feature, Latency, Model, Request, Response, Time, Tokens};

impl columns::Column for Column {
    type By = By;
    const ALL: &'static [Self] = &[Time, Feature, Model, Request, Response, Latency, Cost, Tokens];
    const LEADS: Self = Request;
    const KEY: &'static str = "log-columns";

    fn word(self) -> &'static str {
        match self {
            Time => "time",
            Feature => "feature",
            Model => "model",
            Request => "request",
            Response => "response",
            Latency => "latency",
            Cost => "cost",
            Tokens => "tokens",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Time => "Time",
            Feature => "Feature",
            Model => "Model",
            Request => "Request",
            Response => "Response",
            Latency => "Latency",
            Cost => "Cost",
            Tokens => "Tokens",
        }
    }

    fn by(self) -> Option<By> {
        match self {
            Time => Some(By::Time),
            Latency => Some(By::Latency),
            Cost => Some(By::Cost),
            Tokens => Some(By::Tokens),
            Feature | Model | Request | Response => None,
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Latency | Cost | Tokens)
    }

    fn width(self) -> Option<f64> {
        match self {
            Time => Some(116.0),
            Feature | Model => Some(150.0),
            Request | Response => None,
            Latency | Cost => Some(84.0),
            Tokens => Some(108.0),
        }
    }
}

//! Runs: starting and steering them, and reading what came of them.

use serde::{Deserialize, Deserializer, Serialize};

use super::{List, endpoints};
use crate::auth::Scope;
use crate::estimate::Estimate;
use crate::id::{ItemId, RunId, SetId};
use crate::json::Object;
use crate::mistake::Mistake;
use crate::order::Column;
use crate::outcome::{Detail, Row, Verdict};
use crate::query::{Page, Pairs, Query, pair};
use crate::run::{NewRun, Rejudge, Run, RunChange};
use crate::score::Threshold;
use crate::summary::{Scores, Summary};
use crate::topics::named::NamedTopic;
use crate::topics::texts::Texts;

/// Which set's runs, and which page of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunsQuery {
    pub set_id: Option<SetId>,
    /// `newest` when left out.
    pub order: Option<RunOrder>,
    pub page: Page,
}

/// What runs are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunBy {
    /// When they were made.
    Started,
    Name,
    Set,
    PassRate,
    Cost,
}

impl Column for RunBy {
    const ORDERS: &'static [(&'static str, RunOrder)] = &[
        ("newest", RunOrder { by: Self::Started, falls: true }),
        ("oldest", RunOrder { by: Self::Started, falls: false }),
        ("name", RunOrder { by: Self::Name, falls: false }),
        ("name_reversed", RunOrder { by: Self::Name, falls: true }),
        ("set", RunOrder { by: Self::Set, falls: false }),
        ("set_reversed", RunOrder { by: Self::Set, falls: true }),
        ("worst", RunOrder { by: Self::PassRate, falls: false }),
        ("best", RunOrder { by: Self::PassRate, falls: true }),
        ("dearest", RunOrder { by: Self::Cost, falls: true }),
        ("cheapest", RunOrder { by: Self::Cost, falls: false }),
    ];
}

/// An order of runs; the newest stand first unless somebody says otherwise. Letters stand as their capitals do.
pub type RunOrder = crate::order::Order<RunBy>;

impl Query for RunsQuery {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        let set_id = pairs.take::<String>("set_id")?.map(SetId::try_from).transpose();
        let set_id = set_id.map_err(|error| Mistake::new("?set_id", error.to_string()))?;
        Ok(Self { set_id, order: pairs.take("order")?, page: Page::take(pairs)? })
    }

    fn write(&self) -> Vec<(String, String)> {
        let order = self.order.map(RunOrder::word);
        let fields = [pair("set_id", self.set_id.as_ref()), pair("order", order.as_ref())];
        fields.into_iter().flatten().chain(self.page.write()).collect()
    }
}

/// What to read of what a run's items say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextsQuery {
    /// Against which responses something is said: those below it. The run's own when left out.
    pub threshold: Option<Threshold>,
    /// Whether the scores are given too; not when left out.
    pub scores: Option<bool>,
}

impl Query for TextsQuery {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        Ok(Self { threshold: pairs.take("threshold")?, scores: pairs.take("scores")? })
    }

    fn write(&self) -> Vec<(String, String)> {
        let pairs = [pair("threshold", self.threshold.as_ref()), pair("scores", self.scores.as_ref())];
        pairs.into_iter().flatten().collect()
    }
}

/// What a run's items say, with what it takes to find and name what the failures have in common.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InCommon {
    #[serde(flatten)]
    pub texts: Texts,
    /// As `GET /api/sets/{set}/topics` gives them of the run's set.
    pub topics: Vec<NamedTopic>,
    /// As `GET /api/runs/{run}/scores` gives them. Only where they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<Scores>,
}

impl<'de> Deserialize<'de> for InCommon {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Object::read(deserializer)?;
        let (topics, scores) = (object.take("topics")?, object.take("scores")?);
        Ok(Self { topics, scores, texts: object.rest()? })
    }
}

/// At which threshold to add up; the run's own when left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SummaryQuery {
    pub threshold: Option<Threshold>,
}

impl Query for SummaryQuery {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        Ok(Self { threshold: pairs.take("threshold")? })
    }

    fn write(&self) -> Vec<(String, String)> {
        pair("threshold", self.threshold.as_ref()).into_iter().collect()
    }
}

/// The order of results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// The lowest score first; what has none comes before, errors first.
    #[default]
    Score,
    /// The biggest loss against the baseline first.
    Delta,
}

impl std::str::FromStr for Order {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "score" => Ok(Self::Score),
            "delta" => Ok(Self::Delta),
            _ => Err(format!("\"{word}\" is no order; known are score, delta")),
        }
    }
}

impl std::fmt::Display for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Score => "score",
            Self::Delta => "delta",
        })
    }
}

/// Some items of a run by name, written with commas between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Items(Vec<ItemId>);

/// The most items that are read by name at once: so many ids fit into an address.
pub const MOST_ITEMS: usize = 100;

impl Items {
    /// Names items; those past [`MOST_ITEMS`] are left out.
    pub fn of(items: impl IntoIterator<Item = ItemId>) -> Self {
        Self(items.into_iter().take(MOST_ITEMS).collect())
    }

    /// Gives the items, in their order.
    pub fn ids(&self) -> &[ItemId] {
        &self.0
    }
}

impl std::str::FromStr for Items {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let items = text.split(',').map(|item| ItemId::try_from(item.to_owned()));
        let items: Vec<_> = items.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        if items.len() > MOST_ITEMS {
            return Err(format!("{} items are named; name at most {MOST_ITEMS}", items.len()));
        }
        Ok(Self(items))
    }
}

impl std::fmt::Display for Items {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ids: Vec<_> = self.0.iter().map(ItemId::as_str).collect();
        f.write_str(&ids.join(","))
    }
}

/// Which results, in which order, and which page of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResultsQuery {
    pub order: Option<Order>,
    pub verdict: Option<Verdict>,
    /// Tags, `feature`, or properties that must have these values, as summaries show them; written
    /// `slice.name=value`. An item's own tag wins over a property of the same name.
    pub slices: Vec<(String, String)>,
    /// These items alone, in this order; nothing else is asked for beside them.
    pub items: Option<Items>,
    pub page: Page,
}

impl Query for ResultsQuery {
    fn take(pairs: &mut Pairs) -> Result<Self, Mistake> {
        let query = Self {
            order: pairs.take("order")?,
            verdict: pairs.take("verdict")?,
            slices: pairs.take_all("slice."),
            items: pairs.take("items")?,
            page: Page::take(pairs)?,
        };
        let alone = Self { items: query.items.clone(), ..Self::default() };
        if query.items.is_some() && query != alone {
            let detail = "items names what is read, in its order; leave out the other parameters";
            return Err(Mistake::new("?items", detail));
        }
        Ok(query)
    }

    fn write(&self) -> Vec<(String, String)> {
        let verdict = self.verdict.map(Verdict::word);
        let fields = [pair("order", self.order.as_ref()), pair("verdict", verdict.as_ref())];
        let slices = self.slices.iter().map(|(name, value)| (format!("slice.{name}"), value.clone()));
        let items = pair("items", self.items.as_ref());
        fields.into_iter().flatten().chain(slices).chain(items).chain(self.page.write()).collect()
    }
}

/// The path at which what happens to a run is told as it happens.
pub const EVENTS: &str = "/api/runs/{run}/events";

endpoints! {
    /// Starts a run. The header `Idempotency-Key` makes it safe to send again.
    PostRun {} Post "/api/runs" Some(Scope::Run), 201;
    (), NewRun => Run;

    /// Estimates what a run would take now, without starting it.
    PostRunEstimate {} Post "/api/runs/estimate" Some(Scope::Run), 200;
    (), NewRun => Estimate;

    /// Lists runs, the newest first.
    GetRuns {} Get "/api/runs" Some(Scope::Read), 200;
    RunsQuery, () => List<Run>;

    /// Reads a run with its progress.
    GetRun { run: RunId } Get "/api/runs/{run}" Some(Scope::Read), 200;
    (), () => Run;

    /// Changes the budget or the concurrency of a run that is not over. One that is paused stays paused.
    PatchRun { run: RunId } Patch "/api/runs/{run}" Some(Scope::Run), 200;
    (), RunChange => Run;

    /// Pauses a run: calls under way end, no more are made.
    PostRunPause { run: RunId } Post "/api/runs/{run}/pause" Some(Scope::Run), 202;
    (), () => Run;

    /// Lets a paused run go on.
    PostRunResume { run: RunId } Post "/api/runs/{run}/resume" Some(Scope::Run), 202;
    (), () => Run;

    /// Ends a run where it stands.
    PostRunCancel { run: RunId } Post "/api/runs/{run}/cancel" Some(Scope::Run), 202;
    (), () => Run;

    /// Tries again what is unscored or errored.
    PostRunRetry { run: RunId } Post "/api/runs/{run}/retry" Some(Scope::Run), 202;
    (), () => Run;

    /// Judges a run's completions anew, as another run. The target is not asked.
    PostRunRejudge { run: RunId } Post "/api/runs/{run}/rejudge" Some(Scope::Run), 201;
    (), Rejudge => Run;

    /// Adds a run up.
    GetSummary { run: RunId } Get "/api/runs/{run}/summary" Some(Scope::Read), 200;
    SummaryQuery, () => Summary;

    /// Lists a run's results, the worst first.
    GetResults { run: RunId } Get "/api/runs/{run}/results" Some(Scope::Read), 200;
    ResultsQuery, () => List<Row>;

    /// Reads one result with everything.
    GetResult { run: RunId, item: ItemId } Get "/api/runs/{run}/results/{item}" Some(Scope::Read), 200;
    (), () => Detail;

    /// Reads a run's outcomes as columns.
    GetScores { run: RunId } Get "/api/runs/{run}/scores" Some(Scope::Read), 200;
    (), () => Scores;

    /// Reads what at most 2,000 items say, what the judge says against those below a threshold, and how people call topics.
    GetTexts { run: RunId } Get "/api/runs/{run}/texts" Some(Scope::Read), 200;
    TextsQuery, () => InCommon;
}

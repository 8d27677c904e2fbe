//! Summary → verdict: runs compared, held to a gate, and written down as files.

use shared::api::decide::{BothScores, CompareQuery, Compared, GateQuery, LONGEST_WAIT};
use shared::api::runs::ResultsQuery;
use shared::compare::pairs::Pairs;
use shared::compare::terms::{self, Terms};
use shared::compare::{self, Comparison, Unanswered, spent};
use shared::criteria::Criterion;
use shared::early::Early;
use shared::gate::checks::{self, Baseline, Checks, NotWorse};
use shared::gate::{self, Gate, Verdict};
use shared::id::RunId;
use shared::outcome::Row;
use shared::query::Page;
use shared::report::{Document, Format, Report, Rows};
use shared::run::Run;
use shared::score::Threshold;
use shared::scorer::Scorers;
use shared::share::Share;
use shared::summary::Scores;
use shared::summary::beside::Beside;
use shared::summary::exact::Exact;

use super::export::Pages;
use super::report::AddedUp;
use super::{health, launch, report, steer};
use crate::failure::Failure;
use crate::ports::{Blobs, Clock, Secrets, Sql};
use crate::store::outcome;
use crate::store::run::State;

/// How often a waiting gate looks, in milliseconds: two statements each, of fifty that the free plan allows.
const LOOK_MS: u64 = 2000;
/// How many results are read at once.
const ROWS: u32 = 500;
/// The most results of a document.
const MOST_IN_DOCUMENT: u64 = 10_000;

/// Compares two runs.
///
/// # Errors
/// Invalid when one is not named; not found; conflict while one is not over.
pub async fn compare(ports: &(impl Sql + Clock), query: &CompareQuery) -> Result<Compared, Failure> {
    let named = |run: &Option<RunId>, name: &str| {
        run.clone()
            .ok_or_else(|| Failure::invalid(format!("?{name}"), format!("{name} is missing; name a run")))
    };
    let (base, candidate) = (named(&query.base, "base")?, named(&query.candidate, "candidate")?);
    let margin = query.margin.unwrap_or(Share::MARGIN);
    let (base, candidate) = (steer::find(ports, &base).await?, steer::find(ports, &candidate).await?);
    for state in [&base, &candidate] {
        let run = report::view(state.clone(), ports.now());
        if !run.status.is_final() {
            return Err(Failure::Conflict(format!(
                "run {} is not over, {} of {} items are done; compare it when it is done or cancelled",
                run.id, run.counts.done, run.counts.total
            )));
        }
    }
    let measures = launch::measures(ports, &candidate.run).await?;
    let of_base = match scores_beside(ports, &base, &candidate, &measures).await? {
        Ok(scores) => scores,
        Err(differences) => {
            return Ok(Compared { comparison: compare::refused(differences, margin), scores: None });
        }
    };
    let scores = outcome::scores(ports, &candidate.run.id, &measures.0, &measures.1).await?;
    let (exact_base, exact) = (Exact::of(&of_base), Exact::of(&scores));
    let threshold = threshold(&candidate);
    let pairs = Pairs::of(&of_base.standings(&exact_base), &scores.standings(&exact));
    let compared = compare::of(&pairs, threshold, margin, Unanswered::Dropped);
    let beside = Beside::of(&of_base, &scores);
    let seed = spent::seed(&base.run.id, &candidate.run.id);
    let comparison = Comparison {
        criteria: compare::criteria::of(&beside.criteria()),
        latency_ms: spent::latencies(&beside.latencies(), seed),
        cost_usd: spent::costs(&beside.costs(), seed),
        ..compare::with_tests(compared, &pairs)
    };
    let both = query.scores.unwrap_or_default();
    Ok(Compared {
        comparison,
        scores: both.then_some(BothScores { threshold, base: of_base, candidate: scores }),
    })
}

/// Reads the scores of a run to compare with, or says why it does not compare with the candidate.
async fn scores_beside(
    sql: &impl Sql,
    base: &State,
    candidate: &State,
    measures: &(Vec<Criterion>, Scorers),
) -> Result<Result<Scores, Vec<String>>, Failure> {
    let of_base = launch::measures(sql, &base.run).await?;
    let differences = terms::differences(terms_of(base, &of_base), terms_of(candidate, measures));
    if !differences.is_empty() {
        return Ok(Err(differences));
    }
    Ok(Ok(outcome::scores(sql, &base.run.id, &of_base.0, &of_base.1).await?))
}

fn terms_of<'a>(state: &'a State, (criteria, scorers): &'a (Vec<Criterion>, Scorers)) -> Terms<'a> {
    Terms {
        set: &state.run.set_id,
        judge: &state.run.config.judge,
        judge_version: &state.run.judge_version,
        criteria,
        scorers,
        threshold: threshold(state),
    }
}

fn threshold(state: &State) -> Threshold {
    state.run.config.threshold.unwrap_or_default()
}

/// Holds a run to what is asked for, and waits a little for it to end.
///
/// # Errors
/// Not found; invalid when the run to compare with is not there.
pub async fn gate(
    ports: &(impl Sql + Clock + Blobs),
    id: &RunId,
    query: &GateQuery,
) -> Result<Gate, Failure> {
    let mut left_ms = u64::from(query.wait.unwrap_or_default().min(LONGEST_WAIT)) * 1000;
    loop {
        let gate = look(ports, id, query).await?;
        if gate.verdict != Verdict::Incomplete {
            return Ok(gate);
        }
        if left_ms == 0 {
            return early(ports, gate, query).await;
        }
        let pause_ms = left_ms.min(LOOK_MS);
        left_ms -= pause_ms;
        ports.sleep(pause_ms).await;
    }
}

/// Adds what can be said already of a run that is not over, once: a waiting gate only looks whether it is.
///
/// Beside another run nothing is said, which may not be over itself.
async fn early(ports: &(impl Sql + Clock), gate: Gate, query: &GateQuery) -> Result<Gate, Failure> {
    if gate.status.is_final() || matches!(query.baseline, Some(Baseline::Run(_))) {
        return Ok(gate);
    }
    let state = steer::find(ports, &gate.run).await?;
    let run = report::view(state.clone(), ports.now());
    let added = report::add_up(ports, &state, None).await?;
    let checks = checks_of(&run, query);
    Ok(gate.with_early(look_ahead(&run, &checks, &added)))
}

/// Says what can be said of a run that is not over, held to these checks and at most to its own originals.
pub fn look_ahead(run: &Run, checks: &Checks, added: &AddedUp) -> Early {
    let comparison = checks.not_worse.as_ref().and_then(|check| beside_originals(added, run, check));
    gate::look_ahead(run, checks, &added.summary, comparison.as_ref())
}

fn beside_originals(added: &AddedUp, run: &Run, check: &NotWorse) -> Option<Comparison> {
    let pairs = added.scores.beside_originals(&added.exact)?;
    Some(compare::of(&pairs, run.threshold, check.margin, Unanswered::Fails))
}

fn checks_of(run: &Run, query: &GateQuery) -> Checks {
    checks::choose(query.min_pass_rate, query.margin, query.baseline.clone(), run.baseline, run.threshold)
}

async fn look(ports: &(impl Sql + Clock + Blobs), id: &RunId, query: &GateQuery) -> Result<Gate, Failure> {
    let state = steer::find(ports, id).await?;
    let run = report::view(state.clone(), ports.now());
    let other = match &query.baseline {
        Some(Baseline::Run(other)) => Some(find_baseline(ports, other).await?),
        Some(Baseline::Original) | None => None,
    };
    let other_run = other.clone().map(|other| report::view(other, ports.now()));
    if let Some(unfinished) =
        [Some(&run), other_run.as_ref()].into_iter().flatten().find(|run| !run.status.is_final())
    {
        return Ok(gate::incomplete(&run, unfinished));
    }
    let added = report::add_up(ports, &state, None).await?;
    let checks = checks_of(&run, query);
    let comparison = match (&checks.not_worse, other) {
        (None, _) => None,
        (Some(check), Some(other)) => {
            Some(match scores_beside(ports, &other, &state, &added.measures).await? {
                Ok(base) => {
                    let of_base = base.standings(&Exact::of(&base));
                    let pairs = Pairs::of(&of_base, &added.scores.standings(&added.exact));
                    compare::of(&pairs, run.threshold, check.margin, Unanswered::Fails)
                }
                Err(differences) => compare::refused(differences, check.margin),
            })
        }
        (Some(check), None) => beside_originals(&added, &run, check),
    };
    let AddedUp { measures, summary, .. } = added;
    let judge =
        health::overall(ports, &state.run.judge_version, &measures.0, &state.run.config.judge).await?;
    Ok(gate::decide(&run, &checks, summary, comparison, Some(&judge)))
}

async fn find_baseline(sql: &impl Sql, id: &RunId) -> Result<State, Failure> {
    match steer::find(sql, id).await {
        Err(Failure::NotFound(_)) => {
            Err(Failure::invalid("?baseline", format!("there is no run \"{id}\" to compare with")))
        }
        found => found,
    }
}

/// The results of a run so far, some at a time.
pub struct Results {
    run: RunId,
    file: Rows,
    /// What stands before the first.
    head: String,
    /// Asks for the next page; none after the last.
    query: Option<ResultsQuery>,
}

impl Results {
    fn of(run: RunId, file: Rows) -> Self {
        let page = Page { limit: Some(ROWS), cursor: None };
        let head = file.head();
        Self { run, file, head, query: Some(ResultsQuery { page, ..ResultsQuery::default() }) }
    }

    /// Reads the next page; none after the last.
    async fn page(&mut self, ports: &(impl Sql + Secrets)) -> Result<Option<Vec<Row>>, Failure> {
        let Some(mut query) = self.query.take() else { return Ok(None) };
        let page = outcome::results::list(ports, &self.run, &query).await?;
        query.page.cursor = page.next_cursor;
        self.query = query.page.cursor.is_some().then_some(query);
        Ok(Some(page.data))
    }
}

impl<P: Sql + Secrets> Pages<P> for Results {
    async fn next(&mut self, ports: &P) -> Result<Option<String>, Failure> {
        let Some(rows) = self.page(ports).await? else { return Ok(None) };
        Ok(Some(std::mem::take(&mut self.head) + &self.file.write(&rows)))
    }
}

/// What came of a run so far, as a file.
pub enum Reported {
    Whole(String),
    Paged(Results),
}

/// Writes what came of a run so far as a file, or begins one; a table with a byte order mark where `bom` asks for it.
///
/// # Errors
/// Not found; invalid when a document would have too many results.
pub async fn report(
    ports: &(impl Sql + Clock + Secrets),
    id: &RunId,
    format: Format,
    bom: bool,
) -> Result<Reported, Failure> {
    let state = steer::find(ports, id).await?;
    let document = match format {
        Format::Markdown => Document::Markdown,
        Format::Junit => Document::Junit,
        Format::Jsonl => return Ok(Reported::Paged(Results::of(state.run.id, Rows::Jsonl))),
        Format::Csv => {
            let (criteria, scorers) = launch::measures(ports, &state.run).await?;
            let criteria = criteria.iter().map(|criterion| criterion.name.to_string()).collect();
            let scorers = scorers.named().into_iter().map(|(name, _)| name).collect();
            return Ok(Reported::Paged(Results::of(state.run.id, Rows::Csv { criteria, scorers, bom })));
        }
    };
    check_size(&state, document)?;
    let summary = report::add_up(ports, &state, None).await?.summary;
    let mut results = Results::of(state.run.id.clone(), Rows::Jsonl);
    let mut rows = Vec::new();
    while let Some(page) = results.page(ports).await? {
        rows.extend(page);
    }
    let run = report::view(state, ports.now());
    Ok(Reported::Whole(document.write(&Report { run: &run, summary: &summary, rows: &rows })))
}

/// Checks that a run has no more results than a document is written of: all of them are in memory.
fn check_size(state: &State, document: Document) -> Result<(), Failure> {
    let results = state.counts.done;
    if results <= MOST_IN_DOCUMENT {
        return Ok(());
    }
    let name = document.name();
    Err(Failure::invalid(
        "?format",
        format!(
            "the run has {results} results; {name} is written of at most {MOST_IN_DOCUMENT}: use csv or jsonl"
        ),
    ))
}

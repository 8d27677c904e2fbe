//! Summary → verdict: runs compared.

use shared::api::decide::CompareQuery;
use shared::compare::pairs::Pairs;
use shared::compare::terms::{self, Terms};
use shared::compare::{self, Comparison, Unanswered};
use shared::criteria::Criterion;
use shared::id::RunId;
use shared::score::Threshold;
use shared::share::Share;

use super::{launch, report, steer};
use crate::failure::Failure;
use crate::ports::{Clock, Sql};
use crate::store::outcome;
use crate::store::run::State;

/// Compares two runs.
///
/// # Errors
/// Invalid when one is not named; not found; conflict while one is not over.
pub async fn compare(ports: &(impl Sql + Clock), query: &CompareQuery) -> Result<Comparison, Failure> {
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
    between(ports, &base, &candidate, margin, Unanswered::Dropped).await
}

async fn between(
    sql: &impl Sql,
    base: &State,
    candidate: &State,
    margin: Share,
    unanswered: Unanswered,
) -> Result<Comparison, Failure> {
    let criteria = (launch::criteria(sql, &base.run).await?, launch::criteria(sql, &candidate.run).await?);
    let differences = terms::differences(terms_of(base, &criteria.0), terms_of(candidate, &criteria.1));
    if !differences.is_empty() {
        return Ok(compare::refused(differences, margin));
    }
    let base_scores = outcome::scores(sql, &base.run.id, &criteria.0).await?;
    let scores = outcome::scores(sql, &candidate.run.id, &criteria.1).await?;
    let pairs = Pairs::of(&base_scores.standings(), &scores.standings());
    Ok(compare::of(&pairs, threshold(candidate), margin, unanswered))
}

fn terms_of<'a>(state: &'a State, criteria: &'a [Criterion]) -> Terms<'a> {
    Terms {
        set: &state.run.set_id,
        judge: &state.run.config.judge,
        judge_version: &state.run.judge_version,
        criteria,
        threshold: threshold(state),
    }
}

fn threshold(state: &State) -> Threshold {
    state.run.config.threshold.unwrap_or_default()
}

//! Set → estimate: what a run would take if it were started now. Nothing is called and nothing is stored.
//!
//! The questions of a run are written down as the run itself would write them, and looked up: what is known
//! is not counted as a call. Leaves out the arithmetic, which is `shared::estimate`.

mod count;

use shared::canonical::Key;
use shared::estimate::{self, Asked, Counted, Estimate, Model};
use shared::id::{ItemId, RunId};
use shared::judge::panel::Member;
use shared::run::NewRun;

use self::count::{Count, Usual};
use super::launch::{self, Choice};
use super::step::plan::{Plan, Seat};
use crate::failure::Failure;
use crate::ports::{Blobs, Clock, Random, Secrets, Sql};
use crate::store::outcome;
use crate::store::seen::{self, Before, Mean};

/// At most so many items are looked at; of more, a random part.
const MOST_ITEMS: usize = 2_000;
/// And fewer where an item has many questions: so many questions in all, but never fewer items than these.
const MOST_QUESTIONS: usize = 40_000;
const FEWEST_ITEMS: usize = 50;
/// Items are read so many at a time: five statements each time, and a whole estimate stays below fifty.
const CHUNK: usize = 400;
/// What draws the part, the same each time, so that an estimate does not flicker.
const SEED: &str = "estimate";
/// Of how many earlier runs those are chosen that tell what calls take: of the set, and of all.
const OF_SET: u32 = 10;
const OF_ALL: u32 = 50;
/// How many items of an earlier run tell what its judge took.
const JUDGED: u32 = 40;

/// Estimates what a run would take.
///
/// # Errors
/// As starting it: invalid when a choice does not fit, by its place.
pub async fn of(
    ports: &(impl Sql + Blobs + Clock + Random + Secrets),
    new: NewRun,
) -> Result<Estimate, Failure> {
    let choice = launch::choose(ports, &new).await?;
    let mut items = launch::pick(&new, SEED, &choice.items);
    let total = items.len();
    let mut of_set = seen::runs(ports, Some(&choice.set.id), OF_SET).await?;
    let discordance =
        of_set.iter().find_map(|run| run.beside_baseline.as_ref().and_then(estimate::discordance));
    of_set.extend(seen::runs(ports, None, OF_ALL).await?);
    let canaries = launch::canaries(
        &choice.set.id,
        choice.set.version,
        &choice.items,
        choice.set.criteria.as_slice().len(),
    );
    let (plan, models) = plan(ports, new, choice, total)?;
    let [target, judges @ ..] = models.as_slice() else {
        return Err(Failure::Internal("a run without a target".to_owned()));
    };
    let usual = usual(ports, &plan, &of_set).await?;
    items.truncate(most(&plan));
    let looked_at = items.len();
    let mut count = Count::new(&plan, &usual);
    for chunk in items.chunks(CHUNK) {
        let ids: Vec<_> = chunk.iter().filter_map(|id| ItemId::try_from(id.clone()).ok()).collect();
        count.items(ports, &ids).await?;
    }
    count.scale(total as f64 / looked_at.max(1) as f64);
    count.canaries(ports, canaries).await?;
    let model = |model: &Model, asked: Asked, mean: &Mean| Model {
        asked,
        latency_ms: mean.latency_ms,
        ..model.clone()
    };
    let config = &plan.run.config;
    Ok(estimate::of(&Counted {
        items: total as u64,
        looked_at: looked_at as u64,
        target: model(target, count.target, &count.usual_target()),
        judges: judges
            .iter()
            .zip(count.judges.iter().zip(&usual.judges))
            .map(|(judge, (asked, mean))| model(judge, *asked, mean))
            .collect(),
        memoised: count.memoised,
        longest_ms: count.longest_ms,
        concurrency: config.concurrency.number(),
        asks_border_again: config.judge.border_repeats.is_some() && count.has_judge_calls(),
        discordance,
    }))
}

/// Gives how many items are looked at.
fn most(plan: &Plan) -> usize {
    let each = usize::try_from(plan.calls_for_item()).unwrap_or(usize::MAX).max(1);
    (MOST_QUESTIONS / each).clamp(FEWEST_ITEMS, MOST_ITEMS)
}

/// Writes the plan that the run would have, and its models: the target, then every judge.
fn plan(
    ports: &(impl Clock + Random),
    new: NewRun,
    choice: Choice,
    items: usize,
) -> Result<(Plan, Vec<Model>), Failure> {
    let Choice { set, target, judges, .. } = choice;
    let now = ports.now();
    let models = std::iter::once((&target, &new.target.model))
        .chain(judges.iter().map(|(reach, model)| (reach, model)))
        .map(|(reach, model)| Model {
            name: format!("{}/{}", reach.provider.name, reach.provider.name.own_model(model)),
            price: reach.provider.price(model),
            latency_ms: None,
            asked: Asked::default(),
        })
        .collect();
    let run = launch::freeze(new, &set, items, RunId::make(now, &ports.bytes()), now)?;
    let criteria: Vec<_> = set.criteria.into();
    let members = run.config.judge.members().into_iter().zip(judges);
    let judges = members.map(|(member, (reach, _))| Seat::of(member, reach, &criteria)).collect();
    Ok((Plan { run, criteria, scorers: set.scorers, target: Some(target), judges }, models))
}

/// Finds what calls to the target and to each judge took in the newest runs that asked them: the set's own
/// come first.
async fn usual(sql: &impl Sql, plan: &Plan, runs: &[Before]) -> Result<Usual, Failure> {
    let target = &plan.run.config.target;
    let same = |run: &&Before| {
        let other = &run.config.target;
        let name = &target.provider;
        other.provider == *name && name.own_model(&other.model) == name.own_model(&target.model)
    };
    let target = match runs.iter().find(same) {
        Some(run) => {
            let mean = seen::completions(sql, &run.id).await?;
            // Another set asks other questions, whose answers are as long as they are.
            let own = run.set_id == plan.run.set_id && run.config.target == *target;
            if own { mean } else { Mean { latency_ms: mean.latency_ms, ..Mean::default() } }
        }
        None => Mean::default(),
    };
    let mut judges = Vec::new();
    for seat in &plan.judges {
        let found = runs.iter().find_map(|run| Some((run, seat_of(run, &seat.member)?)));
        judges.push(match found {
            Some((run, place)) => {
                let mean = judged(sql, run, place).await?;
                let own = run.set_id == plan.run.set_id;
                Mean { input_tokens: mean.input_tokens.filter(|_| own), ..mean }
            }
            None => Mean::default(),
        });
    }
    Ok(Usual { target, judges })
}

/// Gives the place of a judge in a run's panel: 0 is the judge itself.
fn seat_of(run: &Before, member: &Member) -> Option<usize> {
    run.config.judge.members().iter().position(|other| other.is(member))
}

async fn judged(sql: &impl Sql, run: &Before, place: usize) -> Result<Mean, Failure> {
    let asked = outcome::asked(sql, &run.id, JUDGED).await?;
    let sides = asked
        .iter()
        .flatten()
        .flat_map(|questions| std::iter::once(&questions.candidate).chain(&questions.baseline));
    let keys: Vec<&Key> = sides
        .flat_map(|asked| match place.checked_sub(1) {
            None => asked.keys.as_slice(),
            Some(place) => asked.panel.get(place).map(Vec::as_slice).unwrap_or_default(),
        })
        .collect();
    Ok(seen::judgements(sql, &keys).await?)
}

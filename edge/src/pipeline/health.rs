//! Label → health: what people's labels say of a judge, over every run that it judged.

mod seen;

use std::collections::HashMap;

use shared::canonical::Key;
use shared::criteria::{Criterion, Name};
use shared::health::again::Twice;
use shared::health::answers::Answers;
use shared::health::lots::{self, Origin};
use shared::health::pair::{self, Case, Said};
use shared::health::{self, Card, Health, Measured, family};
use shared::id::{ItemId, RunId, SetId};
use shared::judge::Judge;
use shared::label::{self, Drawn, Lot};
use shared::outcome::{self, CriterionRow};
use shared::score::{MeanLevel, Threshold};
use shared::target::Target;

use super::{launch, steer};
use crate::failure::Failure;
use crate::ports::{Blobs, Sql, SqlError};
use crate::store::health::Judged;
use crate::store::label::{Compared, Judging};
use crate::store::run::Frozen;
use crate::store::{self, canary, fact};

/// Measures a judge by what people say of the same responses.
///
/// # Errors
/// Not found when no run has this judge.
pub async fn of(ports: &(impl Sql + Blobs), judge_version: &Key) -> Result<Health, Failure> {
    let runs = store::health::runs(ports, judge_version).await?;
    let newest = &runs.first().ok_or(Failure::NotFound("judge"))?.id;
    let state = steer::find(ports, newest).await?;
    let criteria = launch::criteria(ports, &state.run).await?;
    let judge = state.run.config.judge.clone();
    let compared = compared(ports, judge_version, &criteria, Judging::Newest).await?;
    let cases: Vec<_> =
        labelled(compared, &criteria, &judge).into_iter().map(|labelled| labelled.case).collect();
    let (answers, target_cost) = answers(ports, &state.run).await?;
    let canaries = Some(canary::summed(ports, newest).await?).filter(|canaries| canaries.run > 0);
    let threshold = state.run.config.threshold.unwrap_or_default();
    let (again, drift) = match judged_twice(&runs) {
        None => (Vec::new(), Vec::new()),
        Some((anew, other)) => {
            let rows = store::health::twice(ports, &anew.id, &other.id, SAMPLE).await?;
            (
                both_verdicts(&rows, &criteria, threshold),
                drifting(ports, judge_version, &criteria, &judge).await?,
            )
        }
    };
    Ok(health::of(
        judge_version.clone(),
        Measured {
            judge,
            criteria: &criteria,
            cases: &cases,
            answers: &answers,
            target_cost,
            canaries,
            again: &again,
            twice: &drift,
        },
    ))
}

/// Says how far a judge agrees with people on everything that they were asked; its criteria are these.
///
/// # Errors
/// What the database says.
pub async fn overall(
    ports: &(impl Sql + Blobs),
    judge_version: &Key,
    criteria: &[Criterion],
    judge: &Judge,
) -> Result<Card, Failure> {
    let compared = compared(ports, judge_version, criteria, Judging::Newest).await?;
    let cases: Vec<_> =
        labelled(compared, criteria, judge).into_iter().map(|labelled| labelled.case).collect();
    Ok(health::card(&pair::on_everything(&cases, criteria)))
}

/// Picks two runs of which one asked anew what the other had asked: the newest of each, of one set.
fn judged_twice(runs: &[Judged]) -> Option<(&Judged, &Judged)> {
    let anew = runs.iter().filter(|run| run.fresh);
    anew.filter_map(|anew| {
        let other = runs.iter().find(|other| other.id != anew.id && other.set_id == anew.set_id)?;
        Some((anew, other))
    })
    .next()
}

/// Gives both verdicts on what two runs judged: the originals, and the new responses that are the same.
fn both_verdicts(
    rows: &[store::health::Twice],
    criteria: &[Criterion],
    threshold: Threshold,
) -> Vec<(bool, bool)> {
    type Judged = fn(&CriterionRow) -> Option<MeanLevel>;
    let passes = |rows: &[CriterionRow], level: Judged| {
        let score = outcome::score(criteria.iter().zip(rows.iter().map(level)))?;
        Some(score.passes(threshold))
    };
    let both = |row: &store::health::Twice, level: Judged| {
        Some((passes(&row.one, level)?, passes(&row.other, level)?))
    };
    let originals = rows.iter().filter_map(|row| both(row, |row| row.baseline_level));
    let responses = rows.iter().filter(|row| row.same_response).filter_map(|row| both(row, |row| row.level));
    originals.chain(responses).collect()
}

/// Finds what people and the judge say of the same responses, those left out that the judge has seen graded.
///
/// # Errors
/// What the database says.
pub async fn compared(
    ports: &(impl Sql + Blobs),
    judge_version: &Key,
    criteria: &[Criterion],
    judging: Judging,
) -> Result<Vec<Compared>, SqlError> {
    let compared = store::label::compared(ports, judge_version, judging).await?;
    seen::leave_out(ports, criteria, compared).await
}

/// Gives what the judge said of labelled responses at first, and when it was last asked anew.
async fn drifting(
    ports: &(impl Sql + Blobs),
    judge_version: &Key,
    criteria: &[Criterion],
    judge: &Judge,
) -> Result<Vec<Twice>, Failure> {
    let anew = compared(ports, judge_version, criteria, Judging::Anew).await?;
    if anew.is_empty() {
        return Ok(Vec::new());
    }
    let first = compared(ports, judge_version, criteria, Judging::Oldest).await?;
    let first = labelled(first, criteria, judge);
    let first: HashMap<_, _> =
        first.iter().map(|labelled| ((&labelled.item_id, &labelled.completion_key), labelled)).collect();
    let mut twice = Vec::new();
    for now in labelled(anew, criteria, judge) {
        let before = first.get(&(&now.item_id, &now.completion_key));
        let Some(before) = before.filter(|before| before.judged_in != now.judged_in) else { continue };
        let of = |case: &Case| pair::on_everything(std::slice::from_ref(case), criteria).pairs;
        let (before, now) = (of(&before.case), of(&now.case));
        // Where one of the two judgements has no level, the questions no longer match.
        if before.len() == now.len() {
            twice.extend(before.iter().zip(&now).map(|(before, now)| Twice {
                before: before.judge.passes,
                now: now.judge.passes,
                people: now.people.passes,
            }));
        }
    }
    Ok(twice)
}

/// A response with labels, as one run judged it.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    pub item_id: ItemId,
    pub completion_key: Key,
    pub set_id: SetId,
    pub judged_in: RunId,
    pub run_name: Name,
    pub target: Target,
    /// What that run says of it; none when it has no score.
    pub passes: Option<bool>,
    /// Somebody labelled it because it was drawn by lot.
    pub by_lot: bool,
    pub case: Case,
}

/// Brings the labels on each response together.
pub fn labelled(compared: Vec<Compared>, criteria: &[Criterion], judge: &Judge) -> Vec<Labelled> {
    let keys = label::keys(criteria);
    let stand = lots::stand(&compared.iter().map(origin).collect::<Vec<_>>());
    let mut places: HashMap<(ItemId, Key), usize> = HashMap::new();
    let mut all: Vec<Labelled> = Vec::new();
    for (compared, stands) in compared.into_iter().zip(stand) {
        let criterion = match &compared.criterion_key {
            None => None,
            // What is asked no longer, or by another run, says nothing of this judge.
            Some(key) => match keys.iter().position(|known| known == key) {
                None => continue,
                place => place,
            },
        };
        let said = Said { criterion, opinion: compared.opinion, stands };
        let by_lot = compared.drawn == Some(Drawn::Random);
        let known = places.entry((compared.item_id.clone(), compared.completion_key.clone()));
        let place = *known.or_insert_with(|| {
            all.push(unlabelled(compared, judge));
            all.len() - 1
        });
        if let Some(labelled) = all.get_mut(place) {
            labelled.by_lot |= by_lot;
            labelled.case.labels.push(said);
        }
    }
    all
}

fn unlabelled(compared: Compared, judge: &Judge) -> Labelled {
    let lengths = compared.response_length.zip(compared.reference_length);
    let lengths = lengths.filter(|(response, reference)| *response > 0.0 && *reference > 0.0);
    Labelled {
        case: Case {
            levels: compared.judged.iter().map(|judged| judged.level).collect(),
            threshold: compared.threshold,
            labels: Vec::new(),
            length_ratio: lengths.map(|(response, reference)| response / reference),
            own_family: family::is_own(judge, &compared.target.model),
        },
        item_id: compared.item_id,
        completion_key: compared.completion_key,
        set_id: compared.set_id,
        judged_in: compared.judged_in,
        run_name: compared.run_name,
        target: compared.target,
        passes: compared.passes,
        by_lot: false,
    }
}

fn origin(compared: &Compared) -> Origin {
    let lot = Lot::of(&compared.set_id, &compared.item_id);
    Origin { run: compared.given_in.clone(), lot, drawn: compared.drawn }
}

/// How many items of a run are looked at for answers that differ: its first, which are a random sample.
const SAMPLE: u32 = 200;
/// How many judgements are looked at: a bound text ends at 2 MB, and a key has 64 digits.
const MOST: usize = 20_000;

/// Gives what each judge of a run answered to questions about new responses that it was asked more than once,
/// and what a response costs in judgements.
async fn answers(sql: &impl Sql, run: &Frozen) -> Result<(Vec<Answers>, Option<f64>), Failure> {
    let asked = store::outcome::asked(sql, &run.id, SAMPLE).await?;
    let complete = asked.into_iter().flatten().map(|questions| questions.candidate);
    let complete = complete.filter(|asked| asked.unscored.is_none());
    let by_judge = complete.flat_map(|asked| std::iter::once(asked.keys).chain(asked.panel));
    let mut room = MOST;
    let repeated = by_judge.filter(|keys| keys.len() > 1).take_while(|keys| {
        let fits = keys.len() <= room;
        room = room.saturating_sub(keys.len());
        fits
    });
    let repeated: Vec<Vec<Key>> = repeated.collect();
    let keys = repeated.concat();
    if keys.is_empty() {
        return Ok((Vec::new(), None));
    }
    let levels = fact::levels(sql, &keys).await?;
    let target_cost = store::health::target_cost(sql, &run.id, SAMPLE, &keys).await?;
    let answers = repeated.iter().map(|keys| {
        let given = keys.iter().filter_map(|key| levels.get(key).copied());
        Answers::of(&given.collect::<Vec<_>>())
    });
    Ok((answers.collect(), target_cost))
}

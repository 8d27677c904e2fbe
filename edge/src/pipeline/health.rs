//! Label → health: what people's labels say of a judge, over every run that it judged.

mod seen;

use std::collections::HashMap;

use shared::canonical::Key;
use shared::criteria::Criterion;
use shared::health::answers::Answers;
use shared::health::lots::{self, Origin};
use shared::health::pair::{Case, Said};
use shared::health::{self, Health, Measured};
use shared::id::ItemId;
use shared::label::{self, Lot};

use super::{launch, steer};
use crate::failure::Failure;
use crate::ports::{Blobs, Sql};
use crate::store::label::Compared;
use crate::store::run::Frozen;
use crate::store::{self, canary, fact, outcome, run};

/// Measures a judge by what people say of the same responses.
///
/// # Errors
/// Not found when no run has this judge.
pub async fn of(sql: &(impl Sql + Blobs), judge_version: &Key) -> Result<Health, Failure> {
    let newest = run::newest_by_judge(sql, judge_version).await?.ok_or(Failure::NotFound("judge"))?;
    let state = steer::find(sql, &newest).await?;
    let criteria = launch::criteria(sql, &state.run).await?;
    let compared = store::label::compared(sql, judge_version).await?;
    let compared = seen::leave_out(sql, &criteria, compared).await?;
    let answers = answers(sql, &state.run).await?;
    let canaries = Some(canary::summed(sql, &newest).await?).filter(|canaries| canaries.run > 0);
    let judge = state.run.config.judge;
    let cases = cases(compared, &criteria);
    Ok(health::of(
        judge_version.clone(),
        Measured { judge, criteria: &criteria, cases: &cases, answers: &answers, canaries },
    ))
}

/// Brings the labels on each response together.
fn cases(compared: Vec<Compared>, criteria: &[Criterion]) -> Vec<Case> {
    let keys = label::keys(criteria);
    let stand = lots::stand(&compared.iter().map(origin).collect::<Vec<_>>());
    let mut places: HashMap<(ItemId, Key), usize> = HashMap::new();
    let mut cases: Vec<Case> = Vec::new();
    for (compared, stands) in compared.into_iter().zip(stand) {
        let criterion = match &compared.criterion_key {
            None => None,
            // What is asked no longer, or by another run, says nothing of this judge.
            Some(key) => match keys.iter().position(|known| known == key) {
                None => continue,
                place => place,
            },
        };
        let lengths = compared.response_length.zip(compared.reference_length);
        let place = *places.entry((compared.item_id, compared.completion_key)).or_insert_with(|| {
            cases.push(Case {
                levels: compared.judged.iter().map(|judged| judged.level).collect(),
                threshold: compared.threshold,
                labels: Vec::new(),
                length_ratio: lengths
                    .filter(|(response, reference)| *response > 0.0 && *reference > 0.0)
                    .map(|(response, reference)| response / reference),
            });
            cases.len() - 1
        });
        if let Some(case) = cases.get_mut(place) {
            case.labels.push(Said { criterion, opinion: compared.opinion, stands });
        }
    }
    cases
}

fn origin(compared: &Compared) -> Origin {
    let lot = Lot::of(&compared.set_id, &compared.item_id);
    Origin { run: compared.given_in.clone(), lot, drawn: compared.drawn }
}

/// How many items of a run are looked at for answers that differ: its first, which are a random sample.
const SAMPLE: u32 = 200;
/// How many judgements are looked at: a bound text ends at 2 MB, and a key has 64 digits.
const MOST: usize = 20_000;

/// Gives what each judge of a run answered to questions about new responses.
async fn answers(sql: &impl Sql, run: &Frozen) -> Result<Vec<Answers>, Failure> {
    let asked = outcome::asked(sql, &run.id, SAMPLE).await?;
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
    let levels = fact::levels(sql, &repeated.concat()).await?;
    let answers = repeated.iter().map(|keys| {
        let given = keys.iter().filter_map(|key| levels.get(key).copied());
        Answers::of(&given.collect::<Vec<_>>())
    });
    Ok(answers.collect())
}

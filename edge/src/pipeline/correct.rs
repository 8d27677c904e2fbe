//! Label → view: a run's pass rate, less what labels show that its judge gets wrong.

use std::collections::{HashMap, HashSet};

use shared::canonical::Key;
use shared::health::corrected::{self, Corrected, Elsewhere, Response, Said, Source};
use shared::id::{ItemId, RunId};
use shared::label::Lot;

use super::health::{self, Labelled};
use super::{launch, steer};
use crate::failure::Failure;
use crate::ports::{Blobs, Sql};
use crate::store::label::Judging;
use crate::store::outcome;
use crate::store::run::Frozen;

/// Corrects the pass rate of a run.
///
/// Labels on responses of other runs count only when the same judge judged them from the same score on, in the
/// same set.
///
/// # Errors
/// Not found.
pub async fn of(ports: &(impl Sql + Blobs), id: &RunId) -> Result<Corrected, Failure> {
    let run = steer::find(ports, id).await?.run;
    let criteria = launch::criteria(ports, &run).await?;
    let compared = health::compared(ports, &run.judge_version, &criteria, Judging::Newest).await?;
    let labelled = health::labelled(compared, &criteria, &run.config.judge);
    let ended = outcome::verdicts(ports, id).await?;
    let own: HashSet<(&ItemId, &Key)> =
        ended.iter().filter_map(|ended| Some((&ended.item_id, ended.completion_key.as_ref()?))).collect();
    let (mine, others): (Vec<Labelled>, Vec<Labelled>) = labelled
        .into_iter()
        .partition(|labelled| own.contains(&(&labelled.item_id, &labelled.completion_key)));
    let said: HashMap<&ItemId, Said> = mine
        .iter()
        .filter_map(|labelled| {
            let (passes, stands) = labelled.case.people_say(&criteria)?;
            Some((&labelled.item_id, Said { passes, stands, by_lot: labelled.by_lot }))
        })
        .collect();
    let responses = ended.iter().filter_map(|ended| {
        Some(Response {
            lot: Lot::of(&run.set_id, &ended.item_id),
            passes: ended.passes?,
            people: said.get(&ended.item_id).copied(),
        })
    });
    let responses: Vec<_> = responses.collect();
    let of_others = others.iter().filter(|labelled| {
        labelled.set_id == run.set_id
            && labelled.case.threshold == run.config.threshold.unwrap_or_default()
            && labelled.judged_in != run.id
    });
    let mut elsewhere: Vec<Elsewhere> = Vec::new();
    for labelled in of_others {
        let Some((people, true)) = labelled.case.people_say(&criteria) else { continue };
        let Some(judge) = labelled.passes else { continue };
        let pair = (judge, people);
        match elsewhere.iter_mut().find(|known| known.source.run_id == labelled.judged_in) {
            Some(known) => known.pairs.push(pair),
            None => elsewhere.push(Elsewhere { source: source(labelled, &run), pairs: vec![pair] }),
        }
    }
    let source = Source { run_id: run.id.clone(), name: run.name.clone(), same_target: true, labels: 0 };
    Ok(corrected::of(source, &responses, elsewhere))
}

fn source(labelled: &Labelled, run: &Frozen) -> Source {
    Source {
        run_id: labelled.judged_in.clone(),
        name: labelled.run_name.clone(),
        same_target: labelled.target == run.config.target,
        labels: 0,
    }
}

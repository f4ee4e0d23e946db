//! A group's text becomes an example of an intent: planned, checked, written.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::json;

use crate::authoring::example;
use crate::authoring::known::Known;
use crate::authoring::naming::NOT_FOR_US;
use crate::authoring::plan::{Plan, Planner, is_built_in};
use crate::diagnostic::Sources;
use crate::evaluation::misses::{Group, MASK, Missed};
use crate::text::{fold, nearest};

use super::super::{CouldNotRun, FINE, Outcome, import};

/// A group's text, and what it becomes an example of.
pub struct Assigned {
    text: String,
    intent: String,
}

/// Plans the examples, one after the other; none is written unless all can be.
pub fn assign(
    pairs: &[String],
    missed: &Missed,
    sources: &Sources,
    known: Known,
) -> Result<(Vec<Assigned>, Plan), CouldNotRun> {
    let mut assigned = Vec::new();
    let mut given: BTreeMap<i64, &str> = BTreeMap::new();
    for pair in pairs.chunks(2) {
        let [number, intent] = pair else { continue };
        let group = number.trim_start_matches('#').parse().ok().and_then(|number| group_of(missed, number));
        let group = group.ok_or_else(|| {
            CouldNotRun(format!(
                "there is no group {number} among what was missed; run `frontdesk misses` again: a group goes when its first message is understood, or is older than --since"
            ))
        })?;
        check_intent(intent, &known)?;
        if let Some(other) = given.insert(group.number, intent) {
            return Err(CouldNotRun(format!(
                "group {number} is given to `{other}` and to `{intent}`; a sentence is an example of one intent: name the group once"
            )));
        }
        let text = example(&group.texts.first().cloned().unwrap_or_default().replace(MASK, " "));
        if fold(&text).is_empty() {
            return Err(CouldNotRun(format!("group {number} has no words to learn from")));
        }
        if let Some(owner) = known.owners.get(&fold(&text)).filter(|owner| *owner != intent) {
            return Err(CouldNotRun(format!(
                "`{text}` is an example of `{owner}` already; take it away there before you give it to `{intent}`"
            )));
        }
        assigned.push(Assigned { text, intent: intent.clone() });
    }
    let mut planner = Planner::new(sources, known, "From what customers wrote");
    for Assigned { text, intent } in &assigned {
        planner = planner.assign(intent, std::slice::from_ref(text)).map_err(CouldNotRun)?;
    }
    let plan = planner.plan();
    import::unbroken(sources, &plan, 0)?;
    Ok((assigned, plan))
}

fn group_of(missed: &Missed, number: i64) -> Option<&Group> {
    missed.groups.iter().find(|group| group.numbers.contains(&number))
}

fn check_intent(intent: &str, known: &Known) -> Result<(), CouldNotRun> {
    if intent == NOT_FOR_US || is_built_in(intent) || known.intents.contains_key(intent) {
        return Ok(());
    }
    if intent.starts_with("article:") {
        return Err(CouldNotRun(format!("`{intent}` is an article; write the text under its `questions:`")));
    }
    let near = nearest(intent, known.intents.keys().map(String::as_str).chain([NOT_FOR_US]));
    let help = near.map_or_else(
        || {
            format!(
                "there are: {}",
                known.intents.keys().map(String::as_str).chain([NOT_FOR_US]).collect::<Vec<_>>().join(", ")
            )
        },
        |near| format!("did you mean `{near}`?"),
    );
    Err(CouldNotRun(format!("the bot has no intent `{intent}`; {help}")))
}

/// Says what was written, and where.
pub fn written(out: &mut dyn Write, assigned: &[Assigned], plan: &Plan, json: bool) -> Outcome {
    let steps = assigned.iter().zip(&plan.steps);
    if json {
        let steps: Vec<_> = steps
            .map(|(assigned, step)| {
                let (file, line) =
                    step.place.as_ref().map_or((None, None), |(file, line)| (Some(&**file), Some(*line)));
                json!({ "text": assigned.text, "intent": assigned.intent, "file": file, "line": line })
            })
            .collect();
        writeln!(out, "{:#}", json!({ "assigned": steps }))?;
        return Ok(FINE);
    }
    for (Assigned { text, intent }, step) in steps {
        match &step.place {
            Some((file, line)) => writeln!(out, "{file}:{line}: “{text}” is an example of `{intent}` now")?,
            None => writeln!(out, "“{text}” is an example of `{intent}` already")?,
        }
    }
    writeln!(
        out,
        "See the difference with `git diff`, and whether all is well with `frontdesk check` and `frontdesk test`."
    )?;
    Ok(FINE)
}

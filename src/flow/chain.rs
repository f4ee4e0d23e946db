//! How many questions a flow asks with the flows it starts (R12), and circles of flows.

use std::collections::{BTreeMap, BTreeSet};

use super::program::{Ending, Program};

/// The longest chain of questions that begins with a flow: (flow, question) in order.
pub type Chain = Vec<(String, String)>;

/// The longest chain of questions of `flow`, conditions ignored; `Err` is a circle of flows that start each other.
///
/// # Errors
/// The names of the flows in the circle, in order.
pub fn longest(flows: &BTreeMap<String, Program>, flow: &str) -> Result<Chain, Vec<String>> {
    walk(flows, flow, &mut Vec::new(), &mut BTreeMap::new())
}

fn walk(
    flows: &BTreeMap<String, Program>,
    flow: &str,
    path: &mut Vec<String>,
    known: &mut BTreeMap<String, Chain>,
) -> Result<Chain, Vec<String>> {
    if let Some(chain) = known.get(flow) {
        return Ok(chain.clone());
    }
    if let Some(at) = path.iter().position(|name| name == flow) {
        let mut circle: Vec<String> = path.iter().skip(at).cloned().collect();
        circle.push(flow.to_owned());
        return Err(circle);
    }
    let Some(program) = flows.get(flow) else { return Ok(Vec::new()) };
    path.push(flow.to_owned());
    let mut longest: Chain = Vec::new();
    for next in starts(program) {
        let chain = walk(flows, next, path, known)?;
        if chain.len() > longest.len() {
            longest = chain;
        }
    }
    path.pop();
    let own = program.questions.iter().map(|question| (flow.to_owned(), question.name.clone()));
    let chain: Chain = own.chain(longest).collect();
    known.insert(flow.to_owned(), chain.clone());
    Ok(chain)
}

/// The flows that a flow starts.
pub fn starts(program: &Program) -> impl Iterator<Item = &str> {
    program.outcomes.iter().filter_map(|outcome| match &outcome.ending {
        Ending::Start(next) => Some(next.as_str()),
        _ => None,
    })
}

/// For each flow, the flows that may have come before it, by a relation of who starts whom.
#[must_use]
pub fn before(starts: &BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, BTreeSet<String>> {
    let mut before: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for _ in 0..=starts.len() {
        let mut changed = false;
        for (flow, nexts) in starts {
            let mut inherited = before.get(flow).cloned().unwrap_or_default();
            inherited.insert(flow.clone());
            for next in nexts {
                let known = before.entry(next.clone()).or_default();
                let size = known.len();
                known.extend(inherited.iter().cloned());
                changed |= known.len() != size;
            }
        }
        if !changed {
            break;
        }
    }
    before
}

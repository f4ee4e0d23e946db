//! What goes wrong in one simulation, and how much. Most faults are away in most seeds, so that each is seen alone, too.

use frontdesk::clock::Timestamp;

use super::dice::Dice;
use super::shop::NUMBERS;

/// Monday, 2 March 2026, midnight in UTC. Simulations begin within a month of it: weekends, holidays, a change of clocks.
const MARCH: i64 = 1_772_409_600;

/// The faults of one simulation, as probabilities unless it says otherwise.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// An operation of the store takes a moment.
    pub store_delay: f64,
    /// An operation of the store, or its answer, takes a minute or two: the machine stood still.
    pub stall: f64,
    /// An operation of the store fails and changes nothing.
    pub store_fail: f64,
    /// A change is made and its answer lost.
    pub store_lost: f64,
    /// The node dies at an operation of the store.
    pub crash: f64,
    /// WhatsApp refuses a message.
    pub refuse: f64,
    /// WhatsApp takes a message, and its answer is lost.
    pub answer_lost: f64,
    /// WhatsApp's answer takes seconds.
    pub answer_slow: f64,
    /// A delivery comes again although it was answered.
    pub twice: f64,
    /// A delivery comes minutes or hours late.
    pub late: f64,
    /// No status ever comes for a message.
    pub no_status: f64,
    /// A message that was taken fails later.
    pub fails_later: f64,
    /// A lookup fails.
    pub lookup: f64,
    /// A lookup answers hours later, when nobody waits for it any more.
    pub lookup_never: f64,
    /// What WhatsApp tells of a message comes before its answer.
    pub status_first: f64,
    /// A node misses what others changed, and hears later that it missed something.
    pub news_lost: f64,
}

/// One simulation.
#[derive(Debug, Clone)]
pub struct Plan {
    /// When it begins.
    pub start: Timestamp,
    /// When faults and customers are at an end; what was promised is kept after it.
    pub heals: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// Servers that share the store.
    pub nodes: usize,
    /// Customers who write.
    pub customers: usize,
    /// How often each customer writes.
    pub messages: i64,
    /// Agents at the desk.
    pub agents: usize,
    /// How likely an agent acts when they look.
    pub diligence: f64,
    /// Agents are there after the faults, too.
    pub cared_for: bool,
    /// Business numbers they write to.
    pub numbers: usize,
    /// Staff write to them in the WhatsApp app so often.
    pub echoes: i64,
    /// Customers change their number or id so often.
    pub changes: i64,
    /// Somebody's data is erased so often.
    pub erasures: i64,
    /// Another version of the bot is published so often.
    pub publications: i64,
    /// How far a node's clock may be off, in milliseconds.
    pub skew: i64,
    /// Servers die or are restarted so often.
    pub restarts: i64,
    /// Clocks are set so often.
    pub jumps: i64,
    /// WhatsApp cannot be reached so often.
    pub outages: i64,
    /// What goes wrong.
    pub faults: Faults,
}

impl Plan {
    /// Whether there are several servers, which hear of each other.
    pub const fn shared(&self) -> bool {
        self.nodes > 1
    }

    /// A plan drawn from the dice.
    pub fn draw(dice: &mut Dice) -> Self {
        let start = MARCH + dice.between(0, 30 * 24 * 60) * 60;
        let heals = start + dice.between(2 * 60, 60 * 60) * 60;
        let ends = heals + 60 * 60 * 60;
        let often = |dice: &mut Dice, most: i64| if dice.chance(0.5) { dice.between(1, most) } else { 0 };
        Self {
            start: Timestamp::from_timestamp(start, 0).unwrap_or_default(),
            heals: Timestamp::from_timestamp(heals, 0).unwrap_or_default(),
            ends: Timestamp::from_timestamp(ends, 0).unwrap_or_default(),
            nodes: if dice.chance(0.7) { 2 } else { 1 },
            customers: 1 + dice.below(3),
            messages: dice.between(3, 12),
            agents: 1 + dice.below(3),
            diligence: 0.2 + 0.8 * dice.sometimes(1.0),
            cared_for: dice.chance(0.5),
            numbers: 1 + dice.below(NUMBERS.len()),
            echoes: often(dice, 6),
            changes: often(dice, 4),
            erasures: if dice.chance(0.3) { dice.between(1, 3) } else { 0 },
            publications: if dice.chance(0.4) { dice.between(1, 5) } else { 0 },
            skew: if dice.chance(0.5) { dice.between(1, 2_000) } else { 0 },
            restarts: often(dice, 6),
            jumps: if dice.chance(0.2) { dice.between(1, 3) } else { 0 },
            outages: often(dice, 3),
            faults: Faults {
                store_delay: dice.sometimes(0.5),
                stall: dice.sometimes(0.01),
                store_fail: dice.sometimes(0.05),
                store_lost: dice.sometimes(0.05),
                crash: dice.sometimes(0.01),
                refuse: dice.sometimes(0.4),
                answer_lost: dice.sometimes(0.4),
                answer_slow: dice.sometimes(0.5),
                twice: dice.sometimes(0.5),
                late: dice.sometimes(0.3),
                no_status: dice.sometimes(0.5),
                fails_later: dice.sometimes(0.2),
                lookup: dice.sometimes(0.6),
                lookup_never: dice.sometimes(0.3),
                status_first: dice.sometimes(0.5),
                news_lost: dice.sometimes(0.3),
            },
        }
    }
}

//! A WhatsApp that does what the real one does on bad days: refuses, takes a message and loses its answer, is away for
//! hours, tells late, twice, out of order or never what became of a message, and delivers what customers write in the same
//! way. It remembers what it took; that is what a customer got.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use frontdesk::clock::Timestamp;
use frontdesk::gateway::PATH;
use frontdesk::store::JobId;
use frontdesk::whatsapp::client::{Answer, Api, SendError, SentId};
use frontdesk::whatsapp::errors::{Class, PASSING, classify};
use frontdesk::whatsapp::signature;
use frontdesk::whatsapp::webhook::Sender;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::{Duration, timeout};
use tower::ServiceExt;

use super::customers::Customer;
use super::laws::Begun;
use super::node::Life;
use super::telling::statuses;
use super::world::{Happening, Sim, World};

/// What deliveries are signed with.
pub const SECRET: &str = "secret";

/// A server's client gives up after this.
const PATIENCE: Duration = Duration::from_secs(20);
/// WhatsApp gives up on a delivery that is not answered, and tries again.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
/// Free text may go so long after the customer wrote.
const WINDOW: TimeDelta = TimeDelta::hours(24);

/// What a message is refused with: passing trouble, too much at once, an account in trouble, and what is final.
const REFUSALS: [u32; 14] =
    [1, 2, 131_000, 131_016, 131_057, 133_004, 131_056, 130_429, 80_007, 131_026, 131_049, 131_008, 132_001, 131_031];

/// WhatsApp's memory.
#[derive(Default)]
pub struct Whatsapp {
    pub outage_until: Timestamp,
    /// Everything it took.
    pub taken: Vec<Taken>,
    deliveries: Vec<Delivery>,
    /// Which customer a message is from, or to if staff wrote it.
    about: BTreeMap<String, usize>,
    named: u64,
}

/// A message it took.
pub struct Taken {
    pub wamid: String,
    /// To which customer.
    pub customer: usize,
    /// From which business number.
    pub number: String,
    pub body: Value,
}

/// A delivery to the webhook.
struct Delivery {
    body: String,
    /// What it is about, for the trace.
    about: String,
    /// The customer's message in it.
    message: Option<String>,
    tries: u32,
    answered: bool,
}

impl Whatsapp {
    /// A name that nothing else has.
    pub fn name(&mut self, kind: &str) -> String {
        self.named += 1;
        format!("wamid.{kind}{}", self.named)
    }

    /// Something is to be delivered; its position among the deliveries.
    pub fn post(&mut self, body: String, about: String, message: Option<String>) -> usize {
        self.deliveries.push(Delivery { body, about, message, tries: 0, answered: false });
        self.deliveries.len() - 1
    }

    /// A message is from this customer, or to them if staff wrote it.
    pub fn concerns(&mut self, message: &str, customer: usize) {
        self.about.insert(message.to_owned(), customer);
    }

    /// Which customer a message is from, or to if staff wrote it.
    pub fn customer_of(&self, message: &str) -> Option<usize> {
        self.about.get(message).copied()
    }

    /// What customers wrote and nobody has taken.
    pub fn undelivered(&self) -> Option<&str> {
        self.deliveries.iter().find(|delivery| !delivery.answered).map(|delivery| delivery.about.as_str())
    }
}

/// A server's line to it.
pub struct Line {
    pub sim: Arc<Sim>,
    pub node: usize,
    pub life: Life,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({})", self.node)
    }
}

/// What becomes of a request.
struct Fate {
    there: Duration,
    back: Duration,
    verdict: Verdict,
}

#[derive(Clone, Copy)]
enum Verdict {
    Unreachable,
    Refused(u32),
    /// Taken; the answer comes, unless it is lost.
    Taken {
        answered: bool,
    },
}

fn error(class: Class, code: Option<u32>, title: &str) -> SendError {
    SendError { class, code, title: title.to_owned(), details: None, trace: None, retry_after: None }
}

fn refused(code: u32) -> SendError {
    error(classify(code).unwrap_or(Class::Rejected), Some(code), "refused")
}

impl Line {
    /// Does something on WhatsApp's side: it happens even if the server dies meanwhile. Its answer reaches the living.
    async fn ask<T: Send + 'static>(
        &self,
        fate: Fate,
        act: impl FnOnce(&mut World) -> Result<T, SendError> + Send + 'static,
    ) -> Result<T, SendError> {
        let (sim, there) = (Arc::clone(&self.sim), fate.there);
        let (tell, told) = oneshot::channel();
        tokio::spawn(async move {
            sim.wait(there).await;
            // Nobody may be listening any more.
            let _ = tell.send(sim.with(act));
        });
        let lost = matches!(fate.verdict, Verdict::Taken { answered: false });
        let answer = async {
            let answer = told.await;
            if lost {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(fate.back).await;
            answer
        };
        let answer = self.sim.busy(timeout(PATIENCE, answer)).await;
        self.life.or_never().await;
        let unknown = || error(Class::OutcomeUnknown, None, "WhatsApp did not answer in time");
        answer.map_err(|_| unknown())?.map_err(|_| unknown())?
    }
}

impl Api for Line {
    fn send(&self, number_id: &str, body: Value) -> Answer<SentId> {
        let number = number_id.to_owned();
        let line = Self { sim: Arc::clone(&self.sim), node: self.node, life: self.life.clone() };
        Box::pin(async move {
            line.life.or_never().await;
            let node = line.node;
            let (fate, begun) = line.sim.with(|world| (fate(world), world.now()));
            let verdict = fate.verdict;
            line.ask(fate, move |world| match verdict {
                Verdict::Unreachable => Err(error(PASSING, None, "WhatsApp could not be reached")),
                Verdict::Refused(code) => {
                    world.stir(format_args!("WhatsApp refuses {} with {code}", about(&body)));
                    Err(refused(code))
                }
                Verdict::Taken { .. } => take(world, node, &number, body, begun),
            })
            .await
        })
    }

    fn mark_read(&self, _number_id: &str, _message_id: &str, _typing: bool) -> Answer<()> {
        self.lesser(|_| ())
    }

    fn upload_media(&self, _number_id: &str, _bytes: Vec<u8>, _mime: &str, _filename: &str) -> Answer<String> {
        self.lesser(|world| world.whatsapp.name("file"))
    }

    fn fetch_media(&self, _number_id: &str, media_id: &str, _max: usize) -> Answer<Vec<u8>> {
        let bytes = media_id.as_bytes().to_vec();
        self.lesser(|_| bytes)
    }
}

impl Line {
    /// A request that makes no message.
    fn lesser<T: Send + 'static>(&self, act: impl FnOnce(&mut World) -> T + Send + 'static) -> Answer<T> {
        let line = Self { sim: Arc::clone(&self.sim), node: self.node, life: self.life.clone() };
        Box::pin(async move {
            line.life.or_never().await;
            let fate = line.sim.with(fate);
            let verdict = fate.verdict;
            line.ask(fate, move |world| match verdict {
                Verdict::Unreachable => Err(error(PASSING, None, "WhatsApp could not be reached")),
                Verdict::Refused(code) => Err(refused(code)),
                Verdict::Taken { .. } => Ok(act(world)),
            })
            .await
        })
    }
}

fn fate(world: &mut World) -> Fate {
    let out = world.now() < world.whatsapp.outage_until;
    let (faults, dice) = (&world.plan.faults, &mut world.dice);
    let slow = dice.chance(faults.answer_slow);
    let way = |dice: &mut super::dice::Dice| if slow { dice.millis(100, 18_000) } else { dice.millis(20, 300) };
    let (there, back) = (way(dice), way(dice));
    let verdict = if out {
        Verdict::Unreachable
    } else if dice.chance(faults.refuse) {
        Verdict::Refused(dice.pick(&REFUSALS).copied().unwrap_or(1))
    } else {
        Verdict::Taken { answered: !dice.chance(faults.answer_lost) }
    };
    Fate { there, back, verdict }
}

fn about(body: &Value) -> &str {
    body["biz_opaque_callback_data"].as_str().unwrap_or("something")
}

/// WhatsApp takes a message: from here on the customer has it.
fn take(world: &mut World, node: usize, number: &str, body: Value, begun: Timestamp) -> Result<SentId, SendError> {
    let now = world.now();
    let to = body["to"].as_str().or_else(|| body["recipient"].as_str()).unwrap_or_default();
    let to = to.trim_start_matches('+').to_owned();
    let Ok(job) = about(&body).parse::<JobId>() else {
        world.hold(Err("something was sent that says no job".to_owned()));
        return Err(refused(131_009));
    };
    let addressed = world.laws.addressed(node, job, number, &to);
    world.hold(addressed);
    let Some(customer) = world.customers.iter().position(|customer| customer.is(&to)) else {
        let known = world.customers.iter().any(|customer| customer.was(&to));
        world.hold(if known { Ok(()) } else { Err(format!("something was sent to {to}, who is nobody")) });
        return Err(refused(131_026));
    };
    let owner = world.laws.threads.owner(job.contact);
    let right = owner == Some((customer, number));
    world.hold(if right {
        Ok(())
    } else {
        Err(format!("R1: {job} goes to customer {customer}, and is for {owner:?}"))
    });
    let wrote_at = world.customers.get(customer).and_then(|customer| customer.wrote_at(number));
    let shut = wrote_at.is_none_or(|at| now >= at + WINDOW);
    if shut && body["type"] != "template" {
        let late = wrote_at.is_none_or(|at| now >= at + WINDOW + TimeDelta::minutes(2));
        let attempted = late && world.laws.strict;
        world.hold(if attempted { Err(format!("R32: {job} outside the window")) } else { Ok(()) });
        return Err(refused(131_047));
    }
    let begun = Begun { at: begun, with_file: body["type"] == "document" };
    let kept = world.laws.taken(node, job, begun, now);
    world.hold(kept);
    let wamid = world.whatsapp.name("OUT");
    world.stir(format_args!("WhatsApp takes {job} as {wamid}"));
    statuses(world, customer, job, number, &wamid);
    let recipient = world.customers.get(customer).map(Customer::sender).unwrap_or_default();
    world.whatsapp.taken.push(Taken { wamid: wamid.clone(), customer, number: number.to_owned(), body });
    Ok(SentId { id: wamid, recipient: Sender { name: None, ..recipient } })
}

/// WhatsApp delivers to one of the servers, and again later when that is not answered.
pub fn deliver(sim: &Arc<Sim>, delivery: usize) {
    let sim = Arc::clone(sim);
    tokio::spawn(async move {
        let (request, router) = sim.with(|world| {
            let router = world.any_node().and_then(|node| world.nodes.get(node)?.running.as_ref());
            let router = router.map(|(_, router)| router.clone());
            let delivery = world.whatsapp.deliveries.get_mut(delivery);
            let body = delivery.map(|delivery| {
                delivery.tries += 1;
                delivery.body.clone()
            });
            (request(body.unwrap_or_default()), router)
        });
        let status = match (router, request) {
            (Some(router), Ok(request)) => {
                let answer = sim.busy(timeout(ANSWERED_WITHIN, router.oneshot(request))).await;
                answer.ok().and_then(Result::ok).map(|answer| answer.status().as_u16())
            }
            _ => None,
        };
        sim.with(|world| answered(world, delivery, status));
    });
}

fn request(body: String) -> Result<Request<Body>, axum::http::Error> {
    let signed = signature::sign(SECRET.as_bytes(), body.as_bytes());
    Request::post(PATH).header(signature::HEADER, signed).body(Body::from(body))
}

fn answered(world: &mut World, position: usize, status: Option<u16>) {
    let Some(delivery) = world.whatsapp.deliveries.get_mut(position) else { return };
    let (about, message, tries) = (delivery.about.clone(), delivery.message.clone(), delivery.tries);
    let again = if status == Some(200) {
        delivery.answered = true;
        let lost = message.as_ref().filter(|message| !world.laws.is_kept(message));
        let kept = lost.map_or(Ok(()), |message| Err(format!("R2: {message} was answered with 200, and is not kept")));
        world.hold(kept);
        let twice = world.plan.faults.twice;
        world.dice.chance(twice).then(|| world.dice.millis(100, 3_600_000))
    } else {
        let longest = 2_000_u64 << tries.min(10);
        Some(world.dice.millis(500, longest))
    };
    world.stir(format_args!("the delivery of {about} is answered {status:?}"));
    if let Some(again) = again {
        world.push_after(again, Happening::Deliver(position));
    }
}

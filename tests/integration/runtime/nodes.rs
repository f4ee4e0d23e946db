//! Two nodes on one PostgreSQL: customers, agents and versions do not notice which one serves them, and what a node leaves
//! when it dies the other takes up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use frontdesk::conversation::event::Act;
use frontdesk::diagnostic::Sources;
use frontdesk::runtime::{Beside, Compiler, Compiling, Live, Refused, Runtime};
use frontdesk::store::{AgentRow, Claim, ContactId, Store, TimerClaim};
use tokio::sync::Semaphore;

use super::world::{Plan, World, compiled, sources};
use crate::postgres_server::{database, open, shared};

/// How long a test waits for what another node ought to hear soon.
const PATIENCE: Duration = Duration::from_secs(30);

/// The shop with two nodes: the world's own, and another.
struct Shop {
    world: World,
    other: Runtime,
}

impl Shop {
    async fn open() -> Option<Self> {
        Self::open_with(Arc::new(Beside::default())).await
    }

    /// The other node compiles in its own way what this one publishes.
    async fn open_with(compiler: Arc<dyn Compiler>) -> Option<Self> {
        let server = shared()?;
        let name = database(server).await;
        let here: Arc<dyn Store> = Arc::new(open(server, &name).await);
        let there: Arc<dyn Store> = Arc::new(open(server, &name).await);
        let world = World::with(Plan { before_store: Box::new(move |_| Arc::clone(&here)), ..Plan::default() }).await;
        let other = world.node_with(there, compiler).await;
        Some(Self { world, other })
    }

    fn here(&self) -> &Runtime {
        &self.world.runtime
    }

    /// Lets so many seconds pass for both nodes.
    async fn pass(&self, seconds: i64) {
        self.world.pass(seconds).await;
        self.other.settle().await;
    }

    /// A customer writes to the other node; what was gathered is answered.
    async fn says_there(&self, who: &str, text: &str) -> ContactId {
        let id = format!("wamid.{who}.{text}.{}", self.world.clock.now().timestamp_millis());
        let arrived = self.other.receive(vec![self.world.message(who, &id, text)]).await.unwrap();
        self.other.advance_to(self.world.clock.now() + TimeDelta::seconds(2)).await.unwrap();
        arrived[0].woken().unwrap()
    }

    /// Waits until the other node has heard of something about a contact.
    async fn heard_there(&self, contact: ContactId, during: impl Future<Output = ()>) {
        let mut live = self.other.live();
        during.await;
        let heard = async { while !matches!(live.recv().await.unwrap(), Live::Changed(of) if of == contact) {} };
        tokio::time::timeout(PATIENCE, heard).await.unwrap();
    }
}

/// Compiles when it is let.
#[derive(Debug)]
struct Late(Arc<Semaphore>);

impl Compiler for Late {
    fn compile(&self, sources: Sources) -> Compiling {
        let let_go = Arc::clone(&self.0);
        Box::pin(async move {
            let _let_go = let_go.acquire().await.ok()?;
            Some(compiled(&sources))
        })
    }
}

/// Waits until something holds.
async fn until(holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_goes_on_through_either_node() {
    let Some(shop) = Shop::open().await else { return };
    let ana = shop.world.says("15550001", "my box").await;
    assert_eq!(shop.says_there("15550001", "black").await, ana);
    assert_eq!(shop.world.says("15550001", "opening hours").await, ana);
    assert_eq!(shop.world.heard().len(), 3, "{:?}", shop.world.heard());
    for (said, words) in shop.world.heard().iter().zip(["Which box?", "It is Black.", "We never close."]) {
        assert!(said.contains(words), "{said}");
    }
    let turns: Vec<_> = shop.world.thread(ana).await.iter().map(|line| line.turn).collect();
    assert!(turns.is_sorted(), "{turns:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_customers_through_both_nodes_are_each_answered_once_and_in_order() {
    let Some(shop) = Shop::open().await else { return };
    for (round, text) in ["my box", "black", "opening hours"].into_iter().enumerate() {
        let mut asked = Vec::new();
        for customer in 0..20 {
            let (who, id) = (format!("1555{customer:04}"), format!("wamid.{customer}.{round}"));
            let node = if (customer + round) % 2 == 0 { shop.here() } else { &shop.other };
            // Both nodes hear of the half of them, as when WhatsApp delivers again.
            asked.push(node.receive(vec![shop.world.message(&who, &id, text)]));
            if round % 2 == 0 {
                asked.push(shop.other.receive(vec![shop.world.message(&who, &id, text)]));
            }
        }
        for answer in asked {
            answer.await.unwrap();
        }
        shop.pass(2).await;
        // WhatsApp takes so many a second; what one node is just about, the other passes over.
        let all = async {
            while shop.world.heard().len() < 20 * (round + 1) {
                shop.pass(1).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, all).await.is_ok(), "{:?}", shop.world.heard());
    }
    let heard = shop.world.heard();
    for who in 0..20 {
        let theirs: Vec<_> = heard.iter().filter_map(|said| said.strip_prefix(&format!("1555{who:04}: "))).collect();
        assert_eq!(theirs.len(), 3, "{theirs:?}");
        let words = ["Which box?", "It is Black.", "We never close."];
        assert!(theirs.iter().zip(words).all(|(said, words)| said.contains(words)), "{theirs:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_node_had_in_hand_is_taken_up_when_its_lease_ends() {
    let Some(shop) = Shop::open().await else { return };
    let store = Arc::clone(shop.here().store());
    let ana = shop.world.says("15550001", "my box").await;
    let due = store.next_timer(shop.world.clock.now()).await.unwrap().unwrap();
    shop.here().stop().await;
    // The dead node took the reminder the moment it was due, and did no more.
    let (worker, now) = ("dead".to_owned(), due);
    let lease = Duration::from_secs(30);
    let wish = TimerClaim { worker, now, lease, except: vec![], limit: 9 };
    assert_eq!(store.claim_timers(wish).await.unwrap().len(), 1);
    shop.world.clock.advance(due - shop.world.clock.now());
    shop.other.settle().await;
    assert_eq!(shop.world.heard().len(), 1, "the lease lasts");
    shop.other.advance_to(now + TimeDelta::seconds(30)).await.unwrap();
    assert_eq!(shop.world.heard().len(), 2, "{:?}", shop.world.heard());
    assert_eq!(shop.world.thread(ana).await.len(), 3);

    // It died again while it sent.
    shop.other.stop().await;
    let arrived = shop.world.message("15550002", "wamid.b", "opening hours");
    let third = shop.world.node(Arc::clone(&store)).await;
    third.receive(vec![arrived]).await.unwrap();
    third.advance_to(shop.world.clock.now() + TimeDelta::seconds(2)).await.unwrap();
    assert_eq!(shop.world.heard().len(), 3, "a node that starts serves what is new");
    let (worker, now) = ("dead".to_owned(), shop.world.clock.now());
    let claim = Claim {
        worker,
        now,
        lease: Duration::from_secs(60),
        settle: Duration::from_secs(30),
        limit: 9,
        room: 9,
        rooms: BTreeMap::new(),
        after: None,
        except: vec![],
    };
    assert_eq!(store.claim_jobs(claim).await.unwrap().len(), 0, "nothing was left");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_agents_who_take_at_once_one_gets_it() {
    let Some(shop) = Shop::open().await else { return };
    for round in 0..5 {
        let ana = shop.world.says(&format!("1555000{round}"), "person").await;
        assert_eq!(shop.world.state(ana).await, "waiting");
        let (dana, eli) = tokio::join!(shop.here().act(ana, "Dana", Act::Take), shop.other.act(ana, "Eli", Act::Take));
        let (won, lost) = if dana.is_ok() { ("Dana", eli) } else { ("Eli", dana) };
        assert_eq!(lost, Err(Refused::Act(format!("{won} has it already"))));
        assert_eq!(shop.world.case(ana).await.card.agent.as_deref(), Some(won));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_at_one_node_sees_what_the_other_did() {
    let Some(shop) = Shop::open().await else { return };
    let there = Arc::clone(shop.other.store());
    let noa = AgentRow {
        name: "Noa".into(),
        password_hash: String::new(),
        role: "agent".into(),
        queues: None,
        online: false,
        capacity: None,
        last_seen: None,
        active: true,
    };
    there.put_agent(noa).await.unwrap();
    shop.other.presence("Noa", None, true).await.unwrap();
    until(|| shop.here().online() == ["Noa"]).await;
    assert!(!shop.here().is_here("Noa") && shop.other.is_here("Noa"));

    // An agent at the other node is given what came in here, and hears of it there.
    let mut live = shop.other.live();
    let ana = shop.world.says("15550001", "person").await;
    let alerted = async {
        loop {
            if let Live::Alert { contact, .. } = live.recv().await.unwrap() {
                break contact;
            }
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, alerted).await.unwrap(), ana);
    shop.here().settle().await;
    assert_eq!(shop.world.case(ana).await.card.agent.as_deref(), Some("Noa"));

    shop.heard_there(ana, async {
        let reply = Act::Reply { text: "On my way.".into(), file: None };
        shop.here().act(ana, "Noa", reply).await.unwrap();
    })
    .await;
    shop.other.presence("Noa", None, false).await.unwrap();
    until(|| shop.here().online().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_one_node_publishes_is_served_by_both() {
    let Some(shop) = Shop::open().await else { return };
    let ana = shop.world.says("15550001", "my box").await;
    let before = shop.other.bot().version.clone();
    let changed = sources("127.0.0.1:1", |text| text.replace("We never close.", "We are always there."));
    shop.here().publish(compiled(&changed), &changed).await.unwrap();
    let after = shop.here().bot().version.clone();
    until(|| shop.other.bot().version == after).await;
    assert_ne!(before, after);
    shop.says_there("15550002", "opening hours").await;
    assert!(shop.world.last().contains("We are always there."), "{}", shop.world.last());
    assert_eq!(shop.says_there("15550001", "white").await, ana);
    assert!(shop.world.last().contains("It is White."), "{}", shop.world.last());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_waits_while_what_another_node_published_is_compiled() {
    let let_go = Arc::new(Semaphore::new(0));
    let Some(shop) = Shop::open_with(Arc::new(Late(Arc::clone(&let_go)))).await else { return };
    let changed = sources("127.0.0.1:1", |text| text.replace("We never close.", "We are always there."));
    shop.here().publish(compiled(&changed), &changed).await.unwrap();
    shop.world.says("15550001", "my box").await;
    let others = async {
        shop.says_there("15550001", "white").await;
        shop.says_there("15550002", "opening hours").await;
    };
    tokio::time::timeout(PATIENCE, others).await.unwrap();
    assert!(shop.world.last().contains("We never close."), "{}", shop.world.last());
    let_go.add_permits(1);
    until(|| shop.world.last().contains("It is White.")).await;
}

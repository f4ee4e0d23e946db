//! WhatsApp is down, or refuses the account, for long: nothing is lost, nothing gives up, and it is not stormed when it is
//! back (R39).

use frontdesk::conversation::event::Act;
use frontdesk::conversation::tap::Tap;
use frontdesk::message::{Content, Delivery};
use frontdesk::store::ContactId;
use frontdesk::whatsapp::breaker::Cut;

use super::world::{NUMBER, Plan, World, arrival, sources};
use crate::fake_graph::Reply;

/// What WhatsApp answers while it is in trouble.
const TROUBLES: [Reply; 2] =
    [Reply::Error { status: 503, code: 2, title: "Service down" }, Reply::Raw { status: 502, body: "Bad gateway" }];
const REFUSED: Reply = Reply::Error { status: 401, code: 190, title: "Invalid OAuth access token" };

/// Messages sent or tried to be sent, without read marks.
fn tries(world: &World) -> usize {
    world.graph.requests().iter().filter(|request| request.body["type"].is_string()).count()
}

fn customer(n: usize) -> String {
    format!("1555{n:04}")
}

async fn all_write(world: &World, customers: usize, text: &str) {
    let id = |n| format!("wamid.{n}.{text}");
    let messages = (0..customers).map(|n| world.message(&customer(n), &id(n), text)).collect();
    world.runtime.receive(messages).await.unwrap();
}

#[tokio::test]
async fn an_hour_without_whatsapp_loses_nothing_and_ends_in_order_within_the_rate() {
    const CUSTOMERS: usize = 120;
    for trouble in TROUBLES {
        let world = World::open().await;
        world.graph.always(Some(trouble.clone()));
        all_write(&world, CUSTOMERS, "opening hours").await;
        world.pass(600).await;
        all_write(&world, CUSTOMERS, "my box").await;
        world.pass(3_000).await;
        assert!(tries(&world) < 100, "{} tries: it finds out once a minute", tries(&world));
        assert_eq!(world.runtime.cut_off(), [(NUMBER.to_owned(), Cut::Down)]);

        world.graph.always(None);
        let mut before = 0;
        for second in 0..700 {
            world.pass(1).await;
            let now = world.graph.taken().len();
            assert!(now - before <= 80, "{} in second {second}", now - before);
            before = now;
        }
        assert_eq!(world.runtime.cut_off(), []);
        let heard = world.heard();
        assert_eq!(heard.len(), 2 * CUSTOMERS, "{trouble:?}");
        for n in 0..CUSTOMERS {
            let who = customer(n);
            let theirs: Vec<_> = heard.iter().filter(|line| line.starts_with(&who)).collect();
            assert_eq!(theirs, [&format!("{who}: Hi!\nWe never close."), &format!("{who}: Which box?")]);
        }
        let given_up: i64 =
            world.sql().query_row("SELECT count(*) FROM outbox WHERE status = 'failed'", (), |row| row.get(0)).unwrap();
        assert_eq!(given_up, 0);
    }
}

#[tokio::test]
async fn a_quiet_shop_sends_its_one_answer_after_the_outage() {
    for trouble in TROUBLES {
        let world = World::open().await;
        world.graph.always(Some(trouble));
        world.says("15550001", "opening hours").await;
        world.pass(3_600).await;
        world.graph.always(None);
        world.pass(400).await;
        assert_eq!(world.heard(), ["15550001: Hi!\nWe never close."]);
        assert_ne!(world.state(1).await, "waiting", "nobody was bothered");
    }
}

#[tokio::test]
async fn what_still_fails_after_hours_is_shown_to_a_person() {
    let world = World::open().await;
    world.graph.always(Some(TROUBLES[0].clone()));
    let ana = world.says("15550001", "person").await;
    world.pass(5 * 3_600).await;
    assert_eq!(failed(&world, ana).await, [""; 0], "it may yet go out");
    world.pass(3 * 3_600).await;
    assert_ne!(failed(&world, ana).await, [""; 0]);
    assert!(world.words(ana).await.iter().any(|line| line.contains("Undeliverable (2)")));
}

#[tokio::test]
async fn free_text_whose_window_shut_meanwhile_is_shown_to_a_person_and_holds_up_nobody() {
    let world = World::open().await;
    let ana = world.says("15559999", "person").await;
    world.pass(24 * 3_600 - 1_800).await;
    let before = world.heard().len();
    world.graph.always(Some(TROUBLES[0].clone()));
    for text in ["One", "Two"] {
        world.act(ana, "Noa", Act::Reply { text: text.into(), file: None }).await.unwrap();
    }
    for n in 0..6 {
        world.writes(&customer(n), "opening hours").await;
    }
    world.pass(1_000).await;
    assert_eq!(failed(&world, ana).await, [""; 0], "they wait");
    world.pass(2_600).await;
    world.graph.always(None);
    world.pass(90).await;
    let heard = world.heard().split_off(before);
    assert_eq!(heard.len(), 6, "{heard:?}");
    let failed = failed(&world, ana).await;
    for text in ["One", "Two"] {
        assert!(failed.iter().any(|line| line.contains(text)), "{failed:?}");
    }
    assert!(world.words(ana).await.iter().any(|line| line.contains("Undeliverable (131047)")));
}

/// A shop with the template that asks for a tap.
fn with_template(text: &str) -> String {
    text.replace("queues: ", "templates: { answer_ready: { name: answer_ready, languages: [en] } }\nqueues: ")
}

/// Lets seconds pass one by one, in none of which more goes out than WhatsApp allows.
async fn pass_within_the_rate(world: &World, seconds: i64) {
    let mut before = world.graph.taken().len();
    for second in 0..seconds {
        world.pass(1).await;
        let now = world.graph.taken().len();
        assert!(now - before <= 80, "{} in second {second}", now - before);
        before = now;
    }
}

#[tokio::test]
async fn answers_whose_window_shut_during_an_outage_go_the_template_way() {
    const CUSTOMERS: usize = 160;
    let plan = Plan { sources: sources("127.0.0.1:1", |text| with_template(&text)), ..Plan::default() };
    let world = World::with(plan).await;
    let mut contacts = Vec::new();
    for n in 0..CUSTOMERS {
        contacts.push(world.writes(&customer(n), "person").await);
    }
    world.pass(24 * 3_600 - 1_800).await;
    world.graph.always(Some(TROUBLES[0].clone()));
    for (n, contact) in contacts.iter().enumerate() {
        // Every other customer writes once more, and their window stays open.
        if n % 2 == 0 {
            world.writes(&customer(n), "hello?").await;
            world.pass(2).await;
        }
        for text in ["One", "Two"] {
            world.act(*contact, "Noa", Act::Reply { text: text.into(), file: None }).await.unwrap();
        }
    }
    world.pass(3_600).await;
    let before = world.graph.taken().len();
    world.graph.always(None);
    pass_within_the_rate(&world, 120).await;

    let theirs = |n: usize| {
        let to = format!("+{}", customer(n));
        let taken = world.graph.taken().into_iter().skip(before).filter(move |taken| taken.body["to"] == to.as_str());
        taken.map(|taken| taken.body).collect::<Vec<_>>()
    };
    let texts =
        |n: usize| theirs(n).iter().map(|body| body["text"]["body"].as_str().map(str::to_owned)).collect::<Vec<_>>();
    for n in (0..CUSTOMERS).step_by(2) {
        let kept = "Thanks, I have added this to your enquiry.";
        assert_eq!(texts(n), [kept, "One", "Two"].map(|text| Some(text.to_owned())), "{n}");
    }
    for n in (1..CUSTOMERS).step_by(2) {
        let [asked] = &theirs(n)[..] else { panic!("{n}: {:#?}", theirs(n)) };
        assert_eq!(asked["template"]["name"], "answer_ready");
        assert_eq!(world.state(contacts[n]).await, "awaiting_customer");
        let words = world.words(contacts[n]).await;
        assert_eq!(words.iter().filter(|line| line.contains("asked to tap for it")).count(), 2, "{words:#?}");
    }
    let tap = Content::Tap { id: Tap::HeldReply.id(), title: "Show me".to_owned() };
    world.runtime.receive(vec![arrival(&customer(1), "wamid.tap", world.clock.now(), tap)]).await.unwrap();
    world.pass(2).await;
    assert_eq!(texts(1).last(), Some(&Some("One\nTwo".to_owned())), "what waited, whole");
}

#[tokio::test]
async fn words_whose_window_shut_are_sent_to_a_customer_who_comes_back() {
    let plan = Plan { sources: sources("127.0.0.1:1", |text| with_template(&text)), ..Plan::default() };
    let world = World::with(plan).await;
    let ana = world.says("15559999", "person").await;
    world.pass(24 * 3_600 - 600).await;
    world.graph.always(Some(TROUBLES[0].clone()));
    world.act(ana, "Noa", Act::Reply { text: "One".into(), file: None }).await.unwrap();
    world.pass(3_600).await;
    let before = world.heard().len();
    world.writes("15559999", "hello?").await;
    world.graph.always(None);
    world.pass(90).await;
    // The template had been asked for before that.
    assert_eq!(world.heard().split_off(before), ["15559999: ?", "15559999: One"]);
}

/// The lines of a thread that will never arrive.
async fn failed(world: &World, contact: ContactId) -> Vec<String> {
    let lines = world.thread(contact).await.into_iter();
    lines.filter(|line| line.delivery == Some(Delivery::Failed)).map(|line| line.message).collect()
}

#[tokio::test]
async fn trouble_of_one_number_is_not_anothers() {
    let world = World::open().await;
    world.graph.always(Some(TROUBLES[0].clone()));
    world.says("15550001", "opening hours").await;
    world.pass(60).await;
    assert_eq!(world.runtime.cut_off(), [(NUMBER.to_owned(), Cut::Down)]);
    world.graph.always(None);
    world.sql().execute("UPDATE outbox SET number_id = '200', ready_at = 0 WHERE status = 'queued'", ()).unwrap();
    world.pass(1).await;
    assert_eq!(world.runtime.cut_off(), [(NUMBER.to_owned(), Cut::Down)]);
    assert_eq!(world.graph.taken().iter().map(|taken| taken.number_id.as_str()).collect::<Vec<_>>(), ["200"]);
}

#[tokio::test]
async fn a_refused_token_is_tried_once_a_minute_and_all_goes_on_when_it_is_renewed() {
    let world = World::open().await;
    world.graph.always(Some(REFUSED));
    for n in 0..20 {
        world.writes(&customer(n), "opening hours").await;
    }
    world.pass(3_600).await;
    assert!(tries(&world) < 80, "{}", tries(&world));
    assert_eq!(world.runtime.cut_off(), [(NUMBER.to_owned(), Cut::Refused)]);
    world.graph.always(None);
    let world = world.restart().await;
    world.pass(80).await;
    assert_eq!(world.heard().len(), 20);
    assert_eq!(world.runtime.cut_off(), []);
}

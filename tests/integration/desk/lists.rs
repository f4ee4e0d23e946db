use super::test_desk::{Answer, Browser, TestDesk, between};

/// A group of the list.
fn group<'a>(page: &'a Answer, key: &str) -> &'a str {
    between(&page.text, &format!("id=\"group-{key}\""), "</details>")
}

#[tokio::test]
async fn what_must_be_answered_stands_apart_and_the_most_urgent_first() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let early = desk.writes("972501", "Early Bird", "person").await;
    desk.pass(60).await;
    desk.writes("972502", "Late Comer", "person").await;
    desk.writes("972503", "Bot Friend", "where is my parcel").await;
    let page = desk.get(&admin, "/desk").await;
    let must = group(&page, "must");
    let at = |name: &str| must.find(name).unwrap_or_else(|| panic!("{name} is not in {must}"));
    assert!(at("Early Bird") < at("Late Comer"));
    assert!(!must.contains("Bot Friend") && group(&page, "bot").contains("Bot Friend"));
    page.has("data-must=\"2\"").has("(2) Desk").has("waiting for anyone").has("Parcels").has("English");

    desk.post(&admin, &format!("/desk/cases/{early}/take"), &[]).await;
    let page = desk.get(&admin, "/desk").await;
    assert!(group(&page, "must").contains("needs a reply"));
    desk.post(&admin, &format!("/desk/cases/{early}/say"), &[("text", "On it"), ("to", "customer")]).await;
    let page = desk.get(&admin, "/desk").await;
    assert!(!group(&page, "must").contains("Early Bird") && group(&page, "theirs").contains("Early Bird"));
}

#[tokio::test]
async fn a_countdown_turns_when_it_is_near_and_when_it_is_late() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    desk.writes("972501", "Lea", "person").await;
    desk.get(&admin, "/desk").await.has("countdown good").has("in 7 min");
    desk.pass(6 * 60 + 10).await;
    desk.get(&admin, "/desk").await.has("countdown caution").has("in 1 min");
    desk.pass(60 * 60).await;
    desk.get(&admin, "/desk").await.has("countdown bad").has("min late");
}

#[tokio::test]
async fn mine_and_my_queues_and_all_are_what_they_say() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let noa = desk.agent(&admin, "Noa", "agent", &["billing"]).await;
    let nowhere = desk.agent(&admin, "Amir", "agent", &[]).await;
    let lea = desk.writes("972501", "Lea", "person").await;
    desk.writes("972502", "Omer", "I want to complain").await;
    desk.post(&admin, &format!("/desk/cases/{lea}/take"), &[]).await;
    for (browser, show, leas, omers) in [
        (&admin, "mine", true, true),
        (&noa, "mine", false, true),
        (&noa, "queues", false, true),
        (&noa, "all", true, true),
        (&nowhere, "mine", false, false),
        (&nowhere, "queues", false, false),
        (&nowhere, "all", true, true),
        (&noa, "nonsense", false, true),
    ] {
        let page = desk.get(browser, &format!("/desk/list?show={show}")).await;
        assert_eq!(page.text.contains("Lea"), leas, "{show}");
        assert_eq!(page.text.contains("Omer"), omers, "{show}");
    }
    desk.get(&noa, "/desk?show=all").await.has(">Dana</span>");
}

#[tokio::test]
async fn what_is_held_waits_until_morning_in_its_own_list() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    desk.pass(8 * 3600).await;
    let lea = desk.writes("972501", "Lea", "person").await;
    assert_eq!(desk.state(lea).await, "held");
    let page = desk.get(&admin, "/desk").await;
    assert!(group(&page, "morning").contains("held until Wednesday at 08:00"), "{}", group(&page, "morning"));
    desk.post(&admin, &format!("/desk/cases/{lea}/take"), &[]).await;
    assert_eq!(desk.state(lea).await, "needs_reply", "it can be taken at any time");
}

/// What stands in the line of somebody's card.
async fn preview(desk: &TestDesk, browser: &Browser) -> String {
    let page = desk.get(browser, "/desk/list?show=all").await;
    let line = between(&page.text, "<span class=\"preview\"", "</span>").split_once('>').unwrap().1;
    line.replace("<bdi>", "").replace("</bdi>", "")
}

#[tokio::test]
async fn a_card_shows_what_a_customer_or_a_person_said_last() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let noa = desk.agent(&admin, "Noa", "agent", &["parcels"]).await;
    let contact = desk.writes("972501", "Lea", "where is my parcel").await;
    assert_eq!(preview(&desk, &admin).await, "where is my parcel", "not the bot's question");
    desk.writes("972501", "Lea", "P-4711").await;
    desk.writes("972501", "Lea", "9876").await;
    assert_eq!(preview(&desk, &admin).await, "••••••", "R42: a secret answer");
    desk.writes("972501", "Lea", "It is urgent").await;
    assert_eq!(preview(&desk, &admin).await, "It is urgent");
    let case = format!("/desk/cases/{contact}");
    desk.post(&admin, &format!("{case}/say"), &[("text", "It is late"), ("to", "note")]).await;
    assert_eq!(preview(&desk, &admin).await, "It is urgent", "a note is for colleagues");
    desk.post(&admin, &format!("{case}/say"), &[("text", "On its way, <Lea>"), ("to", "customer")]).await;
    assert_eq!(preview(&desk, &admin).await, "You: On its way, &#60;Lea&#62;");
    assert_eq!(preview(&desk, &noa).await, "Dana: On its way, &#60;Lea&#62;");
    desk.writes("972501", "Lea", "Thank you").await;
    assert_eq!(preview(&desk, &admin).await, "Thank you");
}

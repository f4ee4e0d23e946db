use axum::http::StatusCode;
use axum::http::header::CONTENT_DISPOSITION;

use frontdesk::store::ThreadQuery;

use super::test_desk::{Answer, Browser, PASSWORD, TestDesk, between, form};

async fn act(desk: &TestDesk, browser: &Browser, contact: i64, what: &str, fields: &[(&str, &str)]) -> Answer {
    desk.post(browser, &format!("/desk/cases/{contact}/{what}"), fields).await
}

async fn say(desk: &TestDesk, browser: &Browser, contact: i64, to: &str, text: &str) -> Answer {
    act(desk, browser, contact, "say", &[("to", to), ("text", text)]).await
}

/// A customer with a parcel whose enquiry waits for a person, with an answer and a secret one.
async fn handed_over(desk: &TestDesk) -> i64 {
    desk.writes("972501", "Lea", "where is my parcel").await;
    desk.writes("972501", "Lea", "P-4711").await;
    let contact = desk.writes("972501", "Lea", "9876").await;
    assert_eq!(desk.state(contact).await, "waiting");
    contact
}

#[tokio::test]
async fn a_handoff_is_taken_and_answered_and_the_customer_reads_it() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let contact = handed_over(&desk).await;
    let case = desk.get(&admin, &format!("/desk/cases/{contact}")).await;
    case.has("<button class=\"button main\">Take</button>").has("Handed over: the flow leads here");
    case.has("Here because the flow leads here.").has("looked for P-4711").has("Where is my parcel");
    case.has("<dt dir=\"auto\">Parcel</dt><dd dir=\"auto\">P-4711</dd>").has("+972501").has("English");
    case.has("Free text until Wednesday at 11:55").has("<code>R21</code>");

    let taken = act(&desk, &admin, contact, "take", &[]).await;
    assert_eq!(taken.to(), format!("/desk/cases/{contact}?show=mine"));
    assert_eq!(desk.state(contact).await, "needs_reply");
    desk.post(&admin, "/desk/presence", &[("online", "yes")]).await;
    desk.get(&admin, taken.to()).await.has("Dana took the enquiry").has("yours");

    assert_eq!(say(&desk, &admin, contact, "customer", "It is on its way").await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.state(contact).await, "awaiting_customer");
    assert_eq!(desk.last_seen(contact).await, ("Dana".to_owned(), "It is on its way".to_owned()));
    desk.until_read(contact).await;
    desk.get(&admin, taken.to()).await.has("It is on its way").has("<span class=\"visually-hidden\">read</span>");

    desk.writes("972501", "Lea", "When?").await;
    assert_eq!(desk.state(contact).await, "needs_reply");
    desk.get(&admin, taken.to()).await.has("When?");
}

#[tokio::test]
async fn two_who_take_at_once_do_not_both_get_it() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let noa = desk.agent(&admin, "Noa", "agent", &["parcels"]).await;
    let contact = handed_over(&desk).await;
    let path = format!("/desk/cases/{contact}/take");
    let (one, two) = tokio::join!(desk.post(&admin, &path, &[]), desk.post(&noa, &path, &[]));
    let (first, second) = if one.status == StatusCode::SEE_OTHER { (one, two) } else { (two, one) };
    assert_eq!((first.status, second.status), (StatusCode::SEE_OTHER, StatusCode::CONFLICT));
    let owner = desk.conversation(contact).await.enquiry.unwrap().agent.unwrap();
    second.has(&format!("{owner} has it already."));
}

#[tokio::test]
async fn scripts_are_told_in_words() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let noa = desk.agent(&admin, "Noa", "agent", &["parcels"]).await;
    let contact = handed_over(&desk).await;
    let ask = |browser: &Browser| {
        let mut request = form(&format!("/desk/cases/{contact}/take"), &browser.cookie, &[("csrf", &browser.csrf)]);
        request.headers_mut().insert("x-desk", "words".parse().unwrap());
        request
    };
    assert_eq!(desk.ask(ask(&admin)).await.status, StatusCode::NO_CONTENT);
    let refused = desk.ask(ask(&noa)).await;
    assert_eq!((refused.status, refused.text.as_str()), (StatusCode::CONFLICT, "Dana has it already."));
}

#[tokio::test]
async fn what_was_typed_comes_back_with_a_refusal() {
    let desk = TestDesk::new().await;
    desk.admin().await;
    let contact = handed_over(&desk).await;
    desk.pass(26 * 3600).await;
    let (_, admin) = desk.sign_in("Dana", PASSWORD).await;
    let refused = say(&desk, &admin, contact, "customer", "Long </textarea> & careful words").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    refused.has("The window has shut").has("Long &#60;/textarea&#62; &#38; careful words</textarea>");
    let refused = act(&desk, &admin, contact, "later", &[("when", "when pigs fly"), ("told", "yes")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.has("is no time that I can read").has("value=\"when pigs fly\"");
    assert_eq!(say(&desk, &admin, contact, "customer", "  ").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let long = "x".repeat(4_097);
    say(&desk, &admin, contact, "note", &long).await.has("4097 characters").has(&long);
    assert_eq!(say(&desk, &admin, contact, "the moon", "hello").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn when_the_window_has_shut_a_held_reply_or_a_template_goes_out() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let contact = handed_over(&desk).await;
    act(&desk, &admin, contact, "take", &[]).await;
    desk.pass(24 * 3600).await;
    let (_, admin) = desk.sign_in("Dana", PASSWORD).await;
    let case = desk.get(&admin, &format!("/desk/cases/{contact}")).await;
    case.has("WhatsApp&#39;s 24 hours are over")
        .has("value=\"held\"")
        .lacks("value=\"customer\"")
        .lacks("id=\"do-send\"");
    assert_eq!(say(&desk, &admin, contact, "held", "It is here").await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.state(contact).await, "awaiting_customer");
    desk.get(&admin, &format!("/desk/cases/{contact}")).await.has("Dana: It is here").has("answer_ready");
    let sent = act(&desk, &admin, contact, "template", &[("occasion", "reminder")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let refused = act(&desk, &admin, contact, "template", &[("occasion", "nothing")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    desk.writes("972501", "Lea", "Hi").await;
    let case = desk.get(&admin, &format!("/desk/cases/{contact}")).await;
    case.has("Free text until");
}

#[tokio::test]
async fn the_bot_does_what_the_bot_can_do() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    desk.post(&admin, "/desk/presence", &[("online", "yes")]).await;
    let contact = desk.writes("972501", "Lea", "person").await;
    desk.writes("972501", "Lea", "my parcel has not come").await;
    let case = desk.get(&admin, &format!("/desk/cases/{contact}")).await;
    case.has("value=\"flow:find_parcel\" title=\"The customer reads first: This goes quicker");
    case.has("<option value=\"article:packing\">Packing well</option>");
    assert_eq!(
        act(&desk, &admin, contact, "send", &[("what", "flow:find_parcel")]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(desk.state(contact).await, "bot");
    desk.get(&admin, "/desk").await.has("with the bot, then back");
    desk.writes("972501", "Lea", "P-4711").await;
    desk.writes("972501", "Lea", "1234").await;
    assert_eq!(desk.state(contact).await, "needs_reply", "the flow came back to her");
    assert_eq!(desk.conversation(contact).await.enquiry.unwrap().agent.as_deref(), Some("Dana"));
    act(&desk, &admin, contact, "send", &[("what", "article:packing")]).await;
    assert!(desk.last_seen(contact).await.1.contains("strong"));
    for wrong in ["flow:nothing", "article:nothing"] {
        assert_eq!(
            act(&desk, &admin, contact, "send", &[("what", wrong)]).await.status,
            StatusCode::CONFLICT,
            "{wrong}"
        );
    }
    assert_eq!(act(&desk, &admin, contact, "send", &[("what", "x")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_agent_promises_a_time_or_puts_it_aside() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let contact = handed_over(&desk).await;
    act(&desk, &admin, contact, "later", &[("when", "2h"), ("told", "yes")]).await;
    assert_eq!(desk.state(contact).await, "promised");
    assert!(desk.last_seen(contact).await.1.contains("14:00"), "{:?}", desk.last_seen(contact).await);
    desk.get(&admin, "/desk").await.has("promised for 14:00");
    act(&desk, &admin, contact, "later", &[("when", "13:00"), ("told", "no")]).await;
    desk.get(&admin, "/desk").await.has("put aside until 13:00");
    let promised = act(&desk, &admin, contact, "later", &[("when", "tomorrow 09:00"), ("told", "yes")]).await;
    assert_eq!(promised.status, StatusCode::SEE_OTHER);
    desk.get(&admin, "/desk").await.has("promised for Wednesday at 09:00");
}

#[tokio::test]
async fn a_case_is_passed_on_noted_and_ended() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    desk.agent(&admin, "Noa", "agent", &["parcels"]).await;
    let contact = handed_over(&desk).await;
    act(&desk, &admin, contact, "take", &[]).await;
    say(&desk, &admin, contact, "note", "She sounds *upset*").await;
    let case = desk.get(&admin, &format!("/desk/cases/{contact}")).await;
    case.has("Dana · note for colleagues").has("<strong>upset</strong>");
    assert_ne!(desk.last_seen(contact).await.0, "Dana", "the customer sees no notes");

    act(&desk, &admin, contact, "transfer", &[("to", "agent:Noa")]).await;
    assert_eq!(desk.conversation(contact).await.enquiry.unwrap().agent.as_deref(), Some("Noa"));
    let case = desk.get(&admin, &format!("/desk/cases/{contact}")).await;
    case.has("<bdi>Noa</bdi> has this enquiry").has("Dana transferred to Noa");
    act(&desk, &admin, contact, "transfer", &[("to", "queue:billing")]).await;
    assert_eq!(desk.conversation(contact).await.enquiry.unwrap().queue.as_deref(), Some("billing"));
    assert_eq!(act(&desk, &admin, contact, "transfer", &[("to", "agent:Ghost")]).await.status, StatusCode::CONFLICT);

    act(&desk, &admin, contact, "take", &[]).await;
    assert_eq!(act(&desk, &admin, contact, "end", &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.state(contact).await, "ended");
    desk.get(&admin, &format!("/desk/cases/{contact}")).await.lacks("id=\"do-end\"").has(">ended<");
    assert_eq!(act(&desk, &admin, contact, "end", &[]).await.status, StatusCode::CONFLICT);
    let whats: Vec<String> =
        desk.audit().await.iter().map(|row| row.replace(&format!(" contact {contact}"), "")).collect();
    assert_eq!(whats[..6], ["Dana end", "Dana take", "Dana transfer", "Dana transfer", "Dana note", "Dana take"]);
}

#[tokio::test]
async fn a_secret_is_shown_after_a_click_that_is_on_record() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let contact = handed_over(&desk).await;
    let case = desk.get(&admin, &format!("/desk/cases/{contact}")).await;
    case.lacks("9876").has("<dd dir=\"auto\" class=\"secret\">••••••</dd>").has("Show secret answers");
    desk.get(&admin, "/desk").await.lacks("9876");
    desk.get(&admin, &format!("/desk/cases/{contact}/part")).await.lacks("9876");
    let shown = act(&desk, &admin, contact, "reveal", &[]).await;
    shown.has("<dd dir=\"auto\" class=\"secret\">9876</dd>").has("is on record");
    assert_eq!(desk.audit().await[0], format!("Dana reveal contact {contact}"));
    desk.get(&admin, &format!("/desk/cases/{contact}")).await.lacks("9876");
    let record = desk.get(&admin, &format!("/desk/cases/{contact}/record/1")).await;
    record.lacks("9876").has("P-4711").has("Lea");
}

#[tokio::test]
async fn reasons_of_a_secret_stay_hidden_where_a_page_begins_after_it() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    desk.writes("972501", "Lea", "where is my parcel").await;
    desk.writes("972501", "Lea", "P-4711").await;
    let contact = desk.writes("972501", "Lea", "I want to complain about the bill").await;
    let query = ThreadQuery { contact, before: None, after: 0, limit: 1_000 };
    let lines = desk.runtime.store().thread(query).await.unwrap();
    let secret = lines.iter().find(|line| line.secret).unwrap().seq;
    assert!(lines.iter().any(|line| line.seq > secret), "the turn goes on after it");
    for number in 0..100 {
        let text = format!("line {number}");
        act(&desk, &admin, contact, "say", &[("to", "note"), ("text", &text)]).await;
    }
    let page = async |last: i64| desk.get(&admin, &format!("/desk/cases/{contact}?before={}", last + 1)).await;
    let revealed = act(&desk, &admin, contact, &format!("reveal?before={}", secret + 101), &[]).await;
    revealed.has("class=\"readings\"");
    page(secret + 99).await.has("••••••").lacks("class=\"readings\"");
    page(secret + 100).await.has("line 50").lacks("class=\"readings\"");
}

#[tokio::test]
async fn the_record_is_a_document() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let contact = handed_over(&desk).await;
    say(&desk, &admin, contact, "note", "between us").await;
    say(&desk, &admin, contact, "customer", "It is on its way").await;
    let record = desk.get(&admin, &format!("/desk/cases/{contact}/record/1")).await;
    assert_eq!(record.headers[CONTENT_DISPOSITION], format!("attachment; filename=\"record-{contact}-1.txt\""));
    record.has("It is on its way").lacks("between us");
    for nothing in [format!("/desk/cases/{contact}/record/2"), "/desk/cases/99/record/1".to_owned()] {
        assert_eq!(desk.get(&admin, &nothing).await.status, StatusCode::NOT_FOUND, "{nothing}");
    }
}

#[tokio::test]
async fn what_customers_write_is_only_ever_text() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let name = "<img src=x onerror=alert(1)>\"'";
    let contact = desk.writes("972501", name, "person").await;
    desk.writes("972501", name, "</p><script>alert(1)</script> javascript:alert(2) https://a.example/?\"onclick=x")
        .await;
    for path in ["/desk".to_owned(), format!("/desk/cases/{contact}"), format!("/desk/cases/{contact}/part")] {
        let page = desk.get(&admin, &path).await;
        page.lacks("<script>").lacks("<img src=x").lacks("\"onclick").lacks("href=\"javascript:").has("&#60;img");
    }
}

#[tokio::test]
async fn an_unknown_case_is_said_to_be_none() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    for path in ["/desk/cases/99", "/desk/cases/99/part"] {
        let answer = desk.get(&admin, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        answer.has("There is no such case.");
    }
    assert_eq!(act(&desk, &admin, 99, "take", &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(desk.get(&admin, "/desk/cases/x").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_long_thread_is_read_in_pieces() {
    let desk = TestDesk::new().await;
    let admin = desk.admin().await;
    let contact = desk.writes("972501", "Lea", "person").await;
    for number in 0..110 {
        say(&desk, &admin, contact, "note", &format!("note number {number}.")).await;
    }
    let case = desk.get(&admin, &format!("/desk/cases/{contact}")).await;
    case.has("note number 109.").lacks("note number 0.").has("Earlier messages");
    let before = between(&case.text, "&amp;before=", "\"").to_owned();
    let earlier = desk.get(&admin, &format!("/desk/cases/{contact}?before={before}")).await;
    earlier.has("note number 0.").lacks("note number 109.").has("To the latest").lacks("data-from=\"/desk/cases");
}

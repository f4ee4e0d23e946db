//! Agents, their sessions, what they did, and settings.

use std::sync::Arc;

use frontdesk::store::{AgentRow, AuditRow, Session, Store};

use crate::store::help::at;

fn agent(name: &str) -> AgentRow {
    AgentRow {
        name: name.into(),
        password_hash: "$argon2id$secret".into(),
        role: "agent".into(),
        queues: Some(vec!["lab".into(), "מעבדה".into()]),
        online: false,
        capacity: Some(5),
        last_seen: None,
        active: true,
    }
}

fn session(token: &str, agent: &str, expires: i64) -> Session {
    Session { token_hash: token.into(), agent: agent.into(), expires: at(expires), csrf: "form".into() }
}

pub async fn agents_are_kept_by_name(store: Arc<dyn Store>) {
    assert_eq!(store.agent("Noa".into()).await.unwrap(), None);
    for name in ["Noa", "Ben"] {
        store.put_agent(agent(name)).await.unwrap();
    }
    assert_eq!(store.agents().await.unwrap(), [agent("Ben"), agent("Noa")]);
    let changed = AgentRow { queues: None, capacity: None, active: false, role: "admin".into(), ..agent("Noa") };
    store.put_agent(changed.clone()).await.unwrap();
    assert_eq!(store.agent("Noa".into()).await.unwrap(), Some(changed.clone()));
    assert!(!format!("{changed:?}").contains("secret"), "a password is never printed");
}

pub async fn presence_is_noted_of_known_agents_only(store: Arc<dyn Store>) {
    assert!(!store.set_presence("Noa".into(), true, at(1)).await.unwrap());
    store.put_agent(agent("Noa")).await.unwrap();
    assert!(store.set_presence("Noa".into(), true, at(5)).await.unwrap());
    let noa = store.agent("Noa".into()).await.unwrap().unwrap();
    assert_eq!((noa.online, noa.last_seen), (true, Some(at(5))));
    assert!(store.set_presence("Noa".into(), false, at(6)).await.unwrap());
    assert!(!store.agent("Noa".into()).await.unwrap().unwrap().online);
}

pub async fn a_session_ends(store: Arc<dyn Store>) {
    let noa = session("t1", "Noa", 100);
    store.open_session(noa.clone()).await.unwrap();
    assert_eq!(store.session("t1".into(), at(99)).await.unwrap(), Some(noa.clone()));
    assert_eq!(store.session("t1".into(), at(100)).await.unwrap(), None, "it has expired");
    assert_eq!(store.session("t2".into(), at(1)).await.unwrap(), None);
    store.open_session(session("t1", "Noa", 200)).await.unwrap();
    assert!(store.session("t1".into(), at(100)).await.unwrap().is_some(), "it was renewed");
    store.close_session("t1".into()).await.unwrap();
    assert_eq!(store.session("t1".into(), at(1)).await.unwrap(), None);
    assert!(!format!("{noa:?}").contains("t1"), "what a cookie leads to is never printed");
}

pub async fn an_agent_is_signed_out_everywhere(store: Arc<dyn Store>) {
    for (token, agent) in [("t1", "Noa"), ("t2", "Noa"), ("t3", "Ben")] {
        store.open_session(session(token, agent, 100)).await.unwrap();
    }
    store.close_sessions_of("Noa".into()).await.unwrap();
    for (token, there) in [("t1", false), ("t2", false), ("t3", true)] {
        assert_eq!(store.session(token.into(), at(1)).await.unwrap().is_some(), there, "{token}");
    }
}

pub async fn the_audit_log_is_paged(store: Arc<dyn Store>) {
    let row = |what: &str| AuditRow { at: at(1), who: "Noa".into(), what: what.into(), about: "Ben".into() };
    for what in ["one", "two", "three"] {
        store.audit(row(what)).await.unwrap();
    }
    let page = store.audit_log(None, 2).await.unwrap();
    assert_eq!(page.iter().map(|(_, row)| row.what.as_str()).collect::<Vec<_>>(), ["three", "two"]);
    let rest = store.audit_log(Some(page[1].0), 2).await.unwrap();
    assert_eq!(rest.into_iter().map(|(_, row)| row).collect::<Vec<_>>(), [row("one")]);
}

pub async fn a_setting_changes_only_from_what_it_was(store: Arc<dyn Store>) {
    let change = |from: Option<&str>, to: Option<&str>| {
        store.change_setting("link".into(), from.map(str::to_owned), to.map(str::to_owned))
    };
    assert!(!change(Some("a"), Some("b")).await.unwrap());
    assert!(change(None, Some("a")).await.unwrap());
    assert!(!change(None, Some("b")).await.unwrap(), "somebody was first");
    assert_eq!(store.setting("link".into()).await.unwrap().as_deref(), Some("a"));
    let (one, two) = tokio::join!(change(Some("a"), Some("b")), change(Some("a"), Some("c")));
    assert_ne!(one.unwrap(), two.unwrap(), "of two at once, one gets it");
    assert!(change(store.setting("link".into()).await.unwrap().as_deref(), None).await.unwrap());
    assert_eq!(store.setting("link".into()).await.unwrap(), None);
    assert_eq!(store.setting("other".into()).await.unwrap(), None);
}

pub async fn a_healthy_store_can_be_written(store: Arc<dyn Store>) {
    assert_eq!(store.check().await, Ok(()));
}

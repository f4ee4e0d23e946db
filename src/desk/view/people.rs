//! Who works here.

use askama::Template;

use super::super::role::Role;
use super::{Frame, Notice};

/// The people page.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "desk/pages/people.html", config = ".askama.toml")]
pub struct People {
    /// Around it.
    pub frame: Frame,
    /// Who works here; those who left come last.
    pub people: Vec<Person>,
    /// What somebody can be.
    pub roles: Vec<Role>,
    /// Where somebody can work.
    pub queues: Vec<QueueChoice>,
    /// What was done lately.
    pub audit: Vec<AuditLine>,
    /// What came of what was just done.
    pub notice: Option<Notice>,
}

/// Somebody who works here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their name.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// Where they work, to be changed.
    pub queues: Vec<QueueChoice>,
    /// Where they work, in words.
    pub queue_words: String,
    /// They can be given work now.
    pub online: bool,
    /// They may sign in.
    pub active: bool,
    /// It is whoever looks.
    pub me: bool,
    /// They have not chosen a password yet.
    pub waits_for_password: bool,
    /// How long ago they were seen.
    pub seen: Option<String>,
}

/// A queue to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueChoice {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// It is chosen.
    pub chosen: bool,
}

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// When.
    pub at: String,
    /// Who.
    pub who: String,
    /// What.
    pub what: String,
    /// To what or whom.
    pub about: String,
}

impl People {
    /// An example.
    #[must_use]
    pub fn sample() -> Self {
        let queue =
            |name: &str, label: &str, chosen| QueueChoice { name: name.to_owned(), label: label.to_owned(), chosen };
        let queues = |chosen| vec![queue("billing", "Billing", true), queue("technical", "Technical support", chosen)];
        let person = |name: &str, role| Person {
            name: name.to_owned(),
            role,
            queues: queues(false),
            queue_words: "Billing".to_owned(),
            online: false,
            active: true,
            me: false,
            waits_for_password: false,
            seen: Some("2 h ago".to_owned()),
        };
        Self {
            frame: Frame { role: "admin", leads: true, here: "people", ..Frame::sample() },
            people: vec![
                Person { me: true, online: true, queue_words: "every queue".to_owned(), ..person("Dana", Role::Admin) },
                Person { waits_for_password: true, seen: None, ..person("Noa <3", Role::Agent) },
                Person { active: false, ..person("Yossi", Role::Supervisor) },
            ],
            roles: Role::ALL.to_vec(),
            queues: queues(true),
            audit: vec![AuditLine {
                at: "25 Nov 12:20".to_owned(),
                who: "Dana".to_owned(),
                what: "agent made".to_owned(),
                about: "Noa <3, agent".to_owned(),
            }],
            notice: Some(Notice::link("Noa <3", "/desk/join/Noa%20%3C3/0123".to_owned())),
        }
    }
}

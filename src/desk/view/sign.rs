//! The pages for people who are not signed in.

use askama::Template;

/// The sign-in page.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "desk/pages/sign_in.html", config = ".askama.toml")]
pub struct SignIn {
    /// The bot's name.
    pub bot: String,
    /// The name that was tried.
    pub name: String,
    /// Where to go then; a path of ours.
    pub to: String,
    /// Why it did not work.
    pub problem: Option<String>,
}

impl SignIn {
    /// An example.
    #[must_use]
    pub fn sample() -> Self {
        Self {
            bot: "Orbit TV".to_owned(),
            name: "Dana".to_owned(),
            to: "/desk/cases/7?show=all".to_owned(),
            problem: Some("Too many tries. Try again in 12 minutes.".to_owned()),
        }
    }
}

/// The page behind a one-time link: a password is chosen, by the first admin a name too.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "desk/pages/choose.html", config = ".askama.toml")]
pub struct Choose {
    /// The bot's name.
    pub bot: String,
    /// Whose link it is; none for the first admin's.
    pub agent: Option<String>,
    /// The name that was tried.
    pub name: String,
    /// Why it did not work.
    pub problem: Option<String>,
}

impl Choose {
    /// An example.
    #[must_use]
    pub fn sample() -> Self {
        Self { bot: "Orbit TV".to_owned(), agent: None, name: "Dana".to_owned(), problem: None }
    }
}

/// A page that says one thing.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "desk/pages/message.html", config = ".askama.toml")]
pub struct Message {
    /// In two or three words.
    pub title: String,
    /// In a sentence or two.
    pub text: String,
}

impl Message {
    /// An example.
    #[must_use]
    pub fn sample() -> Self {
        Self { title: "Not here".to_owned(), text: "There is no such case.".to_owned() }
    }
}

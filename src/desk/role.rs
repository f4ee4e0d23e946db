//! Who may do what at the desk.

/// What somebody is at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Answers customers.
    Agent,
    /// Answers customers, and hears of broken promises.
    Supervisor,
    /// Writes the bot: reads conversations, answers nobody.
    Designer,
    /// Does all of it, and decides who works here.
    Admin,
}

/// What a page or an act needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Nothing: it is for people who are not signed in yet.
    Nothing,
    /// To be signed in.
    Look,
    /// To be one who answers customers.
    Act,
    /// To be one who decides who works here.
    Lead,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Agent, Self::Supervisor, Self::Designer, Self::Admin];

    /// As it is stored and spelled in forms.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Designer => "designer",
            Self::Admin => "admin",
        }
    }

    /// From how it is stored.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// What it means, for the page on which it is chosen.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Agent => "answers customers",
            Self::Supervisor => "answers customers, hears of broken promises",
            Self::Designer => "reads conversations, tries the bot, answers nobody",
            Self::Admin => "everything, and who works here",
        }
    }

    /// Whether it is enough for `need`.
    #[must_use]
    pub const fn may(self, need: Need) -> bool {
        match need {
            Need::Nothing | Need::Look => true,
            Need::Act => !matches!(self, Self::Designer),
            Need::Lead => matches!(self, Self::Admin),
        }
    }
}

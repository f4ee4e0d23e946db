//! What the server says when it is ready: where to go, in the order a newcomer needs it, and what to do next.

use std::path::Path;

/// What there is to say.
#[derive(Debug)]
pub struct Hello<'a> {
    /// What the bot is called.
    pub bot: &'a str,
    /// Its folder.
    pub folder: &'a Path,
    /// No WhatsApp: the simulator stands in for it.
    pub local: bool,
    /// Only this machine reaches the server.
    pub alone: bool,
    /// Where this machine reaches the server (`http://127.0.0.1:8080`).
    pub here: &'a str,
    /// Where everybody else does, if the operator said so.
    pub public: Option<&'a str>,
    /// The path of the link by which the first admin chooses name and password; none once there is one.
    pub first_admin: Option<&'a str>,
}

impl Hello<'_> {
    /// The words, for the terminal.
    #[must_use]
    pub fn words(&self) -> String {
        let mode = if self.local { "in local mode: the simulator stands in for WhatsApp" } else { "on WhatsApp" };
        let mut words = format!("frontdesk serves {}, {mode}.\n\n", self.bot);
        for (what, address) in self.places() {
            words += &format!("  {what:<20}{address}\n");
        }
        words.push('\n');
        for line in self.advice() {
            words += &format!("{line}\n");
        }
        words
    }

    fn places(&self) -> Vec<(&'static str, String)> {
        let base = self.public.unwrap_or(self.here);
        let mut places = Vec::new();
        if self.local {
            places.push(("Chat as a customer", format!("{base}/simulator")));
        }
        places.push(("Answer as a person", format!("{base}/desk")));
        if let Some(path) = self.first_admin {
            places.push(("First sign-in", format!("{base}{path}  (choose name and password there; works once)")));
        }
        if !self.local {
            places.push(("Try it safely", format!("{base}/simulator  (after signing in)")));
            places.push(("Webhook for Meta", format!("{base}/webhooks/whatsapp")));
        }
        if self.public.is_some() {
            places.push(("Listens at", self.here.to_owned()));
        }
        places
    }

    fn advice(&self) -> Vec<String> {
        let mut advice = Vec::new();
        if self.local {
            if !self.alone {
                let words =
                    "Everybody who reaches this machine can use the simulator: the make-believe has no sign-in.";
                advice.push(words.to_owned());
            }
            let folder = self.folder.display();
            advice.push(format!("Files saved in {folder} are picked up at once. Ctrl-C ends the server."));
            let words = "To serve customers on WhatsApp, set WHATSAPP_ACCESS_TOKEN, WHATSAPP_APP_SECRET and \
                         WHATSAPP_VERIFY_TOKEN\n(in the environment or in a file `.env`); `frontdesk serve --help` says more.";
            advice.push(words.to_owned());
            return advice;
        }
        if self.public.is_none() {
            let words = "Meta delivers only to https: put this server behind a proxy that does TLS, and set \
                         FRONTDESK_PUBLIC_URL to its address.";
            advice.push(words.to_owned());
        }
        let words = "SIGHUP reads the bot's files anew. Ctrl-C or SIGTERM ends the server; nothing is lost.";
        advice.push(words.to_owned());
        advice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local() -> Hello<'static> {
        Hello {
            bot: "Orbit TV",
            folder: Path::new("orbit"),
            local: true,
            alone: true,
            here: "http://127.0.0.1:8080",
            public: None,
            first_admin: Some("/desk/join/abc"),
        }
    }

    #[test]
    fn a_newcomer_reads_where_to_go_first() {
        assert_eq!(
            local().words(),
            "frontdesk serves Orbit TV, in local mode: the simulator stands in for WhatsApp.\n\n  \
             Chat as a customer  http://127.0.0.1:8080/simulator\n  \
             Answer as a person  http://127.0.0.1:8080/desk\n  \
             First sign-in       http://127.0.0.1:8080/desk/join/abc  (choose name and password there; works once)\n\n\
             Files saved in orbit are picked up at once. Ctrl-C ends the server.\n\
             To serve customers on WhatsApp, set WHATSAPP_ACCESS_TOKEN, WHATSAPP_APP_SECRET and WHATSAPP_VERIFY_TOKEN\n\
             (in the environment or in a file `.env`); `frontdesk serve --help` says more.\n"
        );
        let open = Hello { alone: false, ..local() };
        assert!(open.words().contains("no sign-in"));
    }

    #[test]
    fn an_operator_reads_what_to_enter_at_meta() {
        let live = Hello { local: false, first_admin: None, public: Some("https://chat.example.com"), ..local() };
        assert_eq!(
            live.words(),
            "frontdesk serves Orbit TV, on WhatsApp.\n\n  \
             Answer as a person  https://chat.example.com/desk\n  \
             Try it safely       https://chat.example.com/simulator  (after signing in)\n  \
             Webhook for Meta    https://chat.example.com/webhooks/whatsapp\n  \
             Listens at          http://127.0.0.1:8080\n\n\
             SIGHUP reads the bot's files anew. Ctrl-C or SIGTERM ends the server; nothing is lost.\n"
        );
        let bare = Hello { public: None, ..live };
        assert!(bare.words().contains("FRONTDESK_PUBLIC_URL"));
    }
}

//! What the server says when it is ready: where to go, in the order a newcomer needs it, and what to do next.

use std::fmt::Write;
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
        let mut words = String::new();
        let base = self.public.unwrap_or(self.here);
        let mode = if self.local { "in local mode: the simulator stands in for WhatsApp" } else { "on WhatsApp" };
        line(&mut words, &format!("frontdesk serves {}, {mode}.\n", self.bot));
        if self.local {
            place(&mut words, "Chat as a customer", &format!("{}/simulator", self.here));
        }
        place(&mut words, "Answer as a person", &format!("{base}/desk"));
        if let Some(path) = self.first_admin {
            place(&mut words, "First sign-in", &format!("{base}{path}  (choose name and password there; works once)"));
        }
        if !self.local {
            place(&mut words, "Try it safely", &format!("{base}/simulator  (after signing in)"));
            place(&mut words, "Webhook for Meta", &format!("{base}/webhooks/whatsapp"));
            if self.public.is_some() {
                place(&mut words, "Listens at", self.here);
            }
        }
        words.push('\n');
        if self.local {
            line(
                &mut words,
                &format!("Files saved in {} are picked up at once. Ctrl-C ends the server.", self.folder.display()),
            );
            line(
                &mut words,
                "To serve customers on WhatsApp, set WHATSAPP_ACCESS_TOKEN, WHATSAPP_APP_SECRET and \
                 WHATSAPP_VERIFY_TOKEN\n(in the environment or in a file `.env`); `frontdesk serve --help` says more.",
            );
        } else {
            if self.public.is_none() {
                line(
                    &mut words,
                    "Meta delivers only to https: put this server behind a proxy that does TLS, and set \
                     FRONTDESK_PUBLIC_URL to its address.",
                );
            }
            line(&mut words, "SIGHUP reads the bot's files anew. Ctrl-C or SIGTERM ends the server; nothing is lost.");
        }
        words
    }
}

fn line(words: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(words, "{line}");
}

fn place(words: &mut String, what: &str, address: &str) {
    let _ = writeln!(words, "  {what:<20}{address}");
}

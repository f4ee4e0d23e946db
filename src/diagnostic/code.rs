//! Every code that `check` can print, with its severity, what it means and an example of what brings it about.

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The bot does not run.
    Error,
    /// It runs, but something is amiss.
    Warning,
    /// Advice.
    Hint,
}

impl Severity {
    /// As JSON spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

macro_rules! codes {
    ($($variant:ident $name:literal $severity:ident $meaning:literal $example:literal;)*) => {
        /// The kind of a problem; the name never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $meaning] $variant,)* }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As `check` prints it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// How bad it is.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// What it means, in a sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }

            /// A few words that bring it about.
            #[must_use]
            pub const fn example(self) -> &'static str {
                match self { $(Self::$variant => $example,)* }
            }
        }
    };
}

codes! {
    Encoding "encoding" Error "A file is not UTF-8 text." "a file saved as UTF-16";
    TooLarge "too-large" Error "A file is larger than frontdesk reads." "a YAML file of 10 MB";
    YamlSyntax "yaml-syntax" Error "A file does not read as YAML." "a tab used for indentation";
    DuplicateKey "duplicate-key" Error "A key stands twice in the same map." "two `say:` in one outcome";
    UnknownKind "unknown-kind" Error "A document does not say what it is." "a document without `flow:` or `intent:`";
    UnknownKey "unknown-key" Error "A key does not exist there." "`qestions:` in a flow";
    MissingKey "missing-key" Error "A key that must be there is not." "an intent without `leads_to:`";
    WrongType "wrong-type" Error "A value is of the wrong kind." "`questions:` as a list";
    BadValue "bad-value" Error "A value does not read, or is not allowed." "`gather: soon`";
    UnquotedBraces "unquoted-braces" Error "A text that begins with `{{` is not in quotes." "say: {{ contact.name }}, hello";
    KeysUnderOtherwise "keys-under-otherwise" Error "Keys are indented under `- otherwise:`." "`say:` deeper than `otherwise:`";
    BadName "bad-name" Error "A name has letters that names may not have." "flow: Restart TV";
    DuplicateName "duplicate-name" Error "Two things have the same name." "two flows named `bill`";
    UnknownReference "unknown-reference" Error "A name leads nowhere." "leads_to: { flow: restrat }";
    MissingFile "missing-file" Error "A file that is named does not exist." "examples_from: data/none.csv";
    ThirdQuestion "third-question" Error "A flow, with the flows it starts, asks more than two questions (R12)." "three entries under `questions:`";
    CircularStart "circular-start" Error "Flows start each other in a circle." "a starts b, b starts a";
    LastOutcome "last-outcome" Error "The last outcome has a condition, so nothing may fit." "a single outcome with `when:`";
    UnreachableOutcome "unreachable-outcome" Warning "An outcome can never be taken." "an outcome after `otherwise`";
    SilentOutcome "silent-outcome" Warning "An outcome says and does nothing that the customer would notice." "`- otherwise:` with nothing below it";
    OptionsAlike "options-alike" Hint "No outcome tells some options apart." "two options, one outcome";
    AmbiguousOption "ambiguous-option" Error "Two options of a question answer to the same words." "two options labelled `Yes`";
    MayBeUnset "may-be-unset" Error "A text uses a name that may have no value there." "{{ order.eta }}";
    UnknownName "unknown-name" Error "A text or condition uses a name, filter or test that does not exist." "{{ contact.nmae }}";
    TextSyntax "text-syntax" Error "A text does not read as a template." "{{ box";
    ConditionSyntax "condition-syntax" Error "A condition does not read." "when: box = 'x1'";
    ConditionType "condition-type" Error "A condition compares things that never match." "when: box == 'x9'";
    BadPattern "bad-pattern" Error "A pattern does not compile, misses its own example, or accepts the empty text." "pattern: '\\d*'";
    TooLong "too-long" Error "A text is longer than WhatsApp allows." "a button of 21 letters";
    TooMany "too-many" Error "There are more options or parts than WhatsApp allows." "eleven options";
    MissingLanguage "missing-language" Warning "A text lacks one of the bot's languages." "{ en: Hello } in a bot with en and he";
    MissingWording "missing-wording" Error "A language that is not shipped lacks a built-in text." "languages: [fr]";
    UnknownLanguage "unknown-language" Error "A language is not one of the bot's." "{ fr: Bonjour } in a bot with en";
    SharedKeyword "shared-keyword" Error "Two intents claim the same keyword (R9)." "`bill` in two intents";
    SharedExample "shared-example" Error "Two intents have the same example (R9)." "`my bill is wrong` in two intents";
    NeverExample "never-example" Warning "A `never` word rules out the intent's own example." "never: [bill] beside `my bill`";
    AnytimeWord "anytime-word" Warning "An option or keyword is an anytime word (R6)." "keywords: [menu]";
    NoLabel "no-label" Warning "An intent without a label can be offered nowhere." "an intent without `label:`";
    FewExamples "few-examples" Warning "An intent has too few examples to be recognised." "two examples";
    Confusable "confusable" Warning "The classifier cannot tell two intents apart." "nearly the same examples in two intents";
    MenuLong "menu-long" Warning "A menu over seven rows: customers pick \"other\"." "eight intents with labels";
    MenuTooLong "menu-too-long" Error "A menu holds nine intents at most (R8)." "ten intents with labels";
    NoTemplate "no-template" Warning "Something may have to be said outside the window, and there is no template (R32)." "hours without `still_relevant`";
    NoHolidays "no-holidays" Warning "Hours speak of public holidays, and no country is named." "open: \"Mo-Fr 09:00-17:00; PH off\"";
    BadHours "bad-hours" Error "Opening hours do not read, or never open." "open: \"Su-Th 8-18\"";
    UnknownZone "unknown-zone" Error "A time zone does not exist." "zone: Asia/Jerusalm";
    UnknownCountry "unknown-country" Error "A country is not known." "holidays: XX";
    FlowNever "flow-never" Warning "A flow exists only in hours that never come." "hours: closed in a bot without hours";
    BadLookup "bad-lookup" Error "A lookup's address or result does not read." "get: ftp://example.com";
    PrivateHost "private-host" Warning "A lookup calls a private address (R18)." "get: http://10.0.0.1/";
    Unused "unused" Warning "Something is declared and never used." "a flow that nothing leads to";
    ChatSyntax "chat-syntax" Error "A line of a transcript does not read." "a line that begins with `*`";
    ChatUnknown "chat-unknown" Error "A transcript names something that does not exist." "= flow restrat";
    ChatTap "chat-tap" Error "A transcript taps a label that no text has." "> tap Blue";
}

//! How well intents are understood and articles found on public data, the tables of `docs/understanding.md`; and how long the
//! strangest texts take. Test splits are for these figures alone: nothing is chosen by them.
//!
//! `FRONTDESK_NLU=DIR cargo bench --bench understanding`; without the folder, strange texts alone. With `--features semantic`
//! and `FRONTDESK_SEMANTIC=DIR`, a model of sentences joins in.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a bench measures, prints, and fails by panicking"
)]

mod made;
mod public;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use frontdesk::evaluation::data;
use frontdesk::evaluation::examine::Examiner;
use frontdesk::evaluation::noise::Noise;
use frontdesk::evaluation::report::Report;
use frontdesk::evaluation::{Answer, Text};
use frontdesk::intent::classifier::{Classifier, Lessons};
use frontdesk::intent::semantic::Embedder;
use frontdesk::intent::{Decision, Lesson, Topic};
use frontdesk::language::Language;
use made::{Dice, sentence};
use public::Set;
use public::knowledge::{self, Others};

const DRAWS: u64 = 5;
const PLAIN: Noise = Noise { mistyped: 0, stripped: false };
const STRIPPED: Noise = Noise { mistyped: 0, stripped: true };
const STRANGE: usize = 10_000;
const LONG: usize = 65_000;
/// What no text may take (bar).
const BAR: Duration = Duration::from_millis(5);
/// The right article is to be found among so many (bar).
const ARTICLES: usize = 10_000;

fn main() {
    let semantic =
        std::env::var_os("FRONTDESK_SEMANTIC").map(|folder| frontdesk::semantic::open(Path::new(&folder)).unwrap());
    let mut lessons = made_lessons();
    if let Some(folder) = public::folder() {
        let clinc = public::clinc150(&folder);
        figures(&folder, clinc.as_ref(), semantic.as_ref());
        articles(&[public::banking77(&folder).as_ref(), clinc.as_ref()].into_iter().flatten().collect::<Vec<_>>());
        if let Some(clinc) = clinc {
            lessons = data::lessons(&clinc.train, &Language::BUILT_IN);
        }
    }
    same_bytes(&lessons);
    strange(&Classifier::build(&lessons));
}

/// What came of a set: the report, and the part of what is in scope that is right and not refused.
struct Came {
    report: Report,
    served: f64,
}

fn judge(set: &Set, train: &[Text], noise: Noise, semantic: Option<&Arc<dyn Embedder>>) -> Came {
    let lessons = data::lessons(train, std::slice::from_ref(&set.language));
    let lessons = Lessons { semantic: semantic.cloned(), ..lessons };
    let topics = data::topics(train);
    let began = Instant::now();
    let mut examiner =
        Examiner { wanted: &|topic| topics.contains(topic), noise, watch: &|| began.elapsed(), told: &mut |_, _| {} };
    let examined = examiner.judge(&lessons, set.test.clone());
    let in_scope = examined.answers.iter().filter(|answer| answer.in_scope());
    let is_served = |answer: &&Answer| answer.right() && answer.judged.decision != Decision::Unsure;
    let served = in_scope.clone().filter(is_served).count() as f64 / in_scope.count().max(1) as f64;
    Came { report: Report::of(&examined, "", ""), served }
}

fn figures(folder: &Path, clinc: Option<&Set>, semantic: Option<&Arc<dyn Embedder>>) {
    println!(
        "| | accuracy | right at once | asked, the right one among the rows | ECE | learned in | a message p50 / p99 |"
    );
    println!("|---|---|---|---|---|---|---|");
    let each = |set: &Set, name: &str, noise| {
        let came = judge(set, &set.train, noise, semantic);
        row(name, &[&came]);
        came
    };
    if let Some(set) = public::banking77(folder) {
        each(&set, &set.name, PLAIN);
        for mistyped in [10, 20] {
            each(&set, &format!("… {mistyped} % of words mistyped"), Noise { mistyped, ..PLAIN });
        }
        for shots in [10, 5] {
            let draws = (0..DRAWS).map(|number| judge(&set, &set.draw(shots, number), PLAIN, semantic));
            let draws: Vec<Came> = draws.collect();
            row(&format!("… {shots} shots, mean of {DRAWS}"), &draws.iter().collect::<Vec<_>>());
        }
    }
    let strays = clinc.map(|set| {
        let plain = each(set, &set.name, PLAIN);
        let noisy = [10, 20]
            .map(|mistyped| each(set, &format!("… {mistyped} % of words mistyped"), Noise { mistyped, ..PLAIN }));
        std::iter::once(plain).chain(noisy).collect::<Vec<Came>>()
    });
    for (part, name) in [("chatbot", "Latvian Chatbot"), ("askubuntu", "Latvian AskUbuntu")] {
        if let Some(set) = public::latvian(folder, part, name) {
            each(&set, name, PLAIN);
            each(&set, "… without diacritics", STRIPPED);
            each(&set, "… 10 % of words mistyped", Noise { mistyped: 10, ..PLAIN });
        }
    }
    if let Some(strays) = strays {
        println!(
            "\n| out of scope (CLINC150) | AUROC | recall where 95 % in scope are kept | not acted on | refused | in scope right and not refused |"
        );
        println!("|---|---|---|---|---|---|");
        for (name, came) in ["CLINC150", "… 10 % mistyped", "… 20 % mistyped"].iter().zip(&strays) {
            let out = &came.report.out_of_scope;
            let told = [out.auroc, out.recall_at_95, out.recall, out.recall_unsure, Some(came.served)];
            println!("| {name} | {} |", told.map(|share| percent(share.unwrap_or_default())).join(" | "));
        }
    }
    println!();
}

/// Whether the right article is found by questions put in other words.
fn articles(sets: &[&Set]) {
    if sets.is_empty() {
        return;
    }
    println!(
        "| articles | the right one first | among the first three | right at once | a wrong one at once | compiled in | a message p50 / p99 |"
    );
    println!("|---|---|---|---|---|---|---|");
    let beside = [
        ("alone", Others::None),
        ("among words that mean nothing", Others::Strange(ARTICLES)),
        ("among the sets' own words, thrown together", Others::Alike(ARTICLES)),
    ];
    for (name, others) in beside {
        let found = knowledge::ask(sets, others);
        let share = |count: usize| percent(count as f64 / found.asked as f64);
        let shares = [found.first, found.in_three, found.sent_right, found.sent_wrong].map(share).join(" | ");
        let (p50, p99) = (found.micros.quantile(0.5), found.micros.quantile(0.99));
        let seconds = found.compiled.as_secs_f64();
        println!("| {}, {name} | {shares} | {seconds:.2} s | {p50} / {p99} µs |", found.articles);
    }
    println!();
}

fn row(name: &str, came: &[&Came]) {
    let mean = |of: &dyn Fn(&Report) -> f64| came.iter().map(|came| of(&came.report)).sum::<f64>() / came.len() as f64;
    let shares = [
        mean(&|report| report.in_scope.accuracy),
        mean(&|report| report.in_scope.confident_and_right),
        mean(&|report| report.in_scope.torn_with_right),
        mean(&|report| report.ece),
    ];
    let (p50, p99) = (mean(&|report| report.micros_per_message.p50), mean(&|report| report.micros_per_message.p99));
    let seconds = mean(&|report| report.train_seconds);
    println!("| {name} | {} | {seconds:.2} s | {p50:.0} / {p99:.0} µs |", shares.map(percent).join(" | "));
}

fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

/// As many intents and examples as CLINC150 has, of words that mean nothing.
fn made_lessons() -> Lessons {
    let mut dice = Dice::new(3);
    let lesson = |topic: usize| {
        let examples = (0..100).map(|_| sentence(topic, &mut dice)).collect();
        (Topic::Intent(format!("i{topic}")), Lesson { examples, ..Lesson::default() })
    };
    Lessons { topics: (0..150).map(lesson).collect(), languages: Language::BUILT_IN.to_vec(), ..Lessons::default() }
}

/// The same lessons twice are the same bytes.
fn same_bytes(lessons: &Lessons) {
    let [one, other] = [(), ()].map(|()| frontdesk::packed::pack(Classifier::build(lessons).learned()));
    assert!(one == other, "learned twice, it is not the same");
    println!("Learned twice, it is the same {} bytes.", one.len());
}

/// The longest that any text takes: random letters and signs, all scripts, and long texts.
fn strange(classifier: &Classifier) {
    let mut worst = (Duration::ZERO, String::new());
    let mut put = |text: &str| {
        let time = |()| {
            let began = Instant::now();
            std::hint::black_box(classifier.classify(text, &|_| true));
            began.elapsed()
        };
        // Others use the machine, too: the least of three is the text's own.
        let took = [(); 3].map(time).into_iter().min().unwrap_or_default();
        if took > worst.0 {
            worst = (took, text.chars().take(40).collect());
        }
    };
    let mut dice = Dice::new(9);
    let mut any = |sides: usize| char::from_u32(u32::try_from(dice.roll(sides)).unwrap());
    for length in 0..STRANGE {
        put(&(0..length % 300).filter_map(|_| any(0x11_0000)).collect::<String>());
        put(&(0..length % 400).filter_map(|_| any(0x80)).collect::<String>());
    }
    for block in (0..0x11_0000_u32).step_by(64) {
        let signs: String = (block..block + 64).filter_map(char::from_u32).collect();
        put(&signs);
        put(&signs.chars().flat_map(|sign| [sign, ' ']).collect::<String>());
    }
    let long = [
        "my tv isn't working ",
        "הטלוויזיה לא עובדת ",
        "televizors nedarbojas ",
        "電視壞了",
        "ทีวีเสีย ",
        "😀👨‍👩‍👧‍👦",
        "a",
        "\u{301}",
        "1",
        "\u{202e}x",
        "{{ x }} ",
        "what is the balance of my credit card please tell me ",
    ];
    for text in long {
        put(&text.chars().cycle().take(LONG).collect::<String>());
    }
    let verdict = if worst.0 < BAR { "met" } else { "missed" };
    println!(
        "The longest of {} strange texts: {:.2} ms ({:?}); bar 5 ms: {verdict}.",
        2 * STRANGE + 34_816 + long.len(),
        worst.0.as_secs_f64() * 1e3,
        worst.1
    );
}

//! What a bot understands with a model of sentences that it does not without.

use std::path::Path;
use std::sync::Arc;

use frontdesk::bot::{Aids, Bot, Cache};
use frontdesk::diagnostic::Sources;
use frontdesk::intent::semantic::Embedder;
use frontdesk::intent::{Decision, Topic, Understanding};
use frontdesk::runtime::{Beside, Compiler};
use frontdesk::semantic::open;

use super::super::kept::Kept;
use super::models::{both, network_of_sentences, tokenizer, unigram, write};
use super::{BOT, run};

type Model = Option<Arc<dyn Embedder>>;

fn sources() -> Sources {
    let mut sources = Sources::default();
    for part in format!("\n{BOT}").split("\n== ").skip(1) {
        let (path, body) = part.split_once('\n').unwrap();
        sources.add(path.trim(), format!("{body}\n").as_bytes());
    }
    sources
}

fn compile(semantic: Model, cache: Option<&dyn Cache>) -> Bot {
    Bot::compile_with(&sources(), &Aids { cache, semantic }).0.unwrap()
}

fn understand(bot: &Bot, text: &str) -> Understanding {
    bot.classifier.classify(text, &|_| true)
}

fn best(understood: &Understanding) -> &str {
    match understood.best().map(|best| &best.topic) {
        Some(Topic::Intent(name) | Topic::Article(name)) => name,
        None => "nothing",
    }
}

#[test]
fn another_word_for_the_same_is_understood_with_a_model_alone() {
    let without = compile(None, None);
    for model in both() {
        let with = compile(Some(open(model.path()).unwrap()), None);
        for (text, intent) in [("where is the box", "parcel"), ("the cost is wrong", "bill")] {
            let understood = understand(&with, text);
            assert_eq!((best(&understood), understood.decision), (intent, Decision::Confident), "{understood:#?}");
            let reasons = understood.best().unwrap().reasons.join("; ");
            assert!(reasons.contains("meaning the like of \""), "{reasons}");
            let understood = understand(&without, text);
            assert_ne!((best(&understood), understood.decision), (intent, Decision::Confident), "{understood:#?}");
        }
        let stray = understand(&with, "is there dough");
        assert_eq!(stray.decision, Decision::Unsure, "{stray:#?}");
    }
}

#[test]
fn a_slip_is_mended_before_the_model_reads() {
    let [table, _] = both();
    let with = compile(Some(open(table.path()).unwrap()), None);
    // "parcle" points nowhere; "parcel" does.
    let reasons = understand(&with, "parcle late").best().unwrap().reasons.join("; ");
    assert!(reasons.contains("`parcle` read as `parcel`") && reasons.contains("(100 %)"), "{reasons}");
}

#[test]
fn a_network_tells_a_direction_for_each_token_or_for_the_sentence() {
    let [_, tokens] = both();
    let direction = |place: &Path| {
        let said = open(place).unwrap().embed("parcel bill");
        let length = said.iter().map(|part| part * part).sum::<f32>().sqrt();
        said.iter().map(|part| (part / length * 100.0).round() as i32).collect::<Vec<i32>>()
    };
    let mean = direction(tokens.path());
    assert_eq!(mean, [70, 70, 0, 14]);
    write(
        tokens.path(),
        "1_Pooling/config.json",
        br#"{ "word_embedding_dimension": 4, "pooling_mode_cls_token": true }"#,
    );
    assert_eq!(direction(tokens.path()), [100, 0, 0, 10], "the first token's");
    write(tokens.path(), "1_Pooling/config.json", br#"{ "pooling_mode_mean_tokens": true }"#);
    write(tokens.path(), "onnx/model.onnx", &network_of_sentences());
    assert_eq!(direction(tokens.path()), mean);
}

#[test]
fn the_tokenizers_of_multilingual_models_are_read_too() {
    for model in both() {
        let words = open(model.path()).unwrap().embed("Where is my Box");
        write(model.path(), "tokenizer.json", unigram().as_bytes());
        assert_eq!(open(model.path()).unwrap().embed("Where is my Box"), words);
    }
}

#[test]
fn a_text_that_falls_apart_into_letters_means_nothing_to_the_model() {
    let letters = tokenizer().replace(
        r#"{"type":"Whitespace"}"#,
        r#"{"type":"Split","pattern":{"Regex":"."},"behavior":"Isolated","invert":false}"#,
    );
    for model in both() {
        assert!(!open(model.path()).unwrap().embed("where is my parcel").is_empty());
        write(model.path(), "tokenizer.json", letters.as_bytes());
        let pieces = open(model.path()).unwrap().embed("where is my parcel");
        assert!(pieces.iter().all(|part| *part == 0.0), "{pieces:?}");
    }
}

#[test]
fn a_table_and_a_network_of_the_same_numbers_mean_the_same() {
    let [table, network] = both().map(|model| compile(Some(open(model.path()).unwrap()), None));
    for text in ["where is the box", "is the bill wrong", "dough", "nothing that is known"] {
        assert_eq!(understand(&table, text), understand(&network, text), "{text}");
    }
}

#[test]
fn the_same_model_makes_the_same_bytes_and_another_is_not_mixed_up_with_it() {
    let [table, network] = both();
    let open = |model: &Path| Some(open(model).unwrap());
    let said = |bot: &Bot| format!("{:?}", ["a box", "cost", "my parcel"].map(|text| understand(bot, text)));
    let kept = [(), ()].map(|()| {
        let cache = Kept::default();
        compile(open(table.path()), Some(&cache));
        cache.files.take()
    });
    assert_eq!(kept[0], kept[1]);

    let cache = Kept::default();
    let models: [&dyn Fn() -> Model; 3] = [&|| None, &|| open(table.path()), &|| open(network.path())];
    let fresh = models.map(|model| said(&compile(model(), Some(&cache))));
    assert_eq!(cache.puts(), 3);
    assert_eq!(models.map(|model| said(&compile(model(), Some(&cache)))), fresh);
    assert_eq!(cache.puts(), 3);
    assert_ne!(fresh[0], fresh[1]);
    // Another prompt, another model.
    write(table.path(), "config_sentence_transformers.json", br#"{ "prompts": { "query": "the bill: " } }"#);
    assert_ne!(said(&compile(open(table.path()), Some(&cache))), fresh[1]);
    assert_eq!(cache.puts(), 4);
}

#[tokio::test]
async fn a_version_from_the_store_is_compiled_with_the_model_too() {
    let [table, _] = both();
    let beside = Beside { semantic: Some(open(table.path()).unwrap()), ..Beside::default() };
    let bot = beside.compile(sources()).await.unwrap();
    assert_eq!(best(&understand(&bot, "where is the box")), "parcel");
}

#[test]
fn commands_take_the_model() {
    let [table, _] = both();
    let bot = tempfile::tempdir().unwrap();
    let files = sources();
    for file in files.0.keys() {
        write(bot.path(), file, files.text(file).as_bytes());
    }
    let (bot, model) = (bot.path().display().to_string(), table.path().display().to_string());
    let (status, out, err) = run(&["classify", "--bot", &bot, "--semantic", &model, "where is the box"]);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.contains("confident") && out.contains("meaning the like of \"where is my parcel\""), "{out}");
    let (status, out, err) = run(&["classify", "--bot", &bot, "--semantic", "off", "where is the box"]);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(!out.contains("meaning"), "{out}");
    let (status, out, err) = run(&["eval", "--bot", &bot, "--semantic", &model, "--json"]);
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
}

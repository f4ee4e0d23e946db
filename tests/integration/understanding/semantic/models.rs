//! Tiny models, written byte by byte: a tokenizer of whole words, and a direction for each as a table and as a network.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

/// Words, and where they point. Words of one line mean the same.
const WORDS: [(&[&str], [f32; 4]); 5] = [
    (&["[UNK]"], [0.0, 0.0, 0.0, 0.0]),
    (&["parcel", "box"], [1.0, 0.0, 0.0, 0.1]),
    (&["bill", "cost"], [0.0, 1.0, 0.0, 0.1]),
    (&["pizza", "dough"], [0.0, 0.0, 1.0, 0.1]),
    (&["where", "is", "my", "the", "a", "late", "wrong", "come"], [0.02, 0.02, 0.02, 0.1]),
];
const DIMENSIONS: u64 = 4;

fn words() -> impl Iterator<Item = (&'static str, [f32; 4])> {
    WORDS.iter().flat_map(|(words, direction)| words.iter().map(|word| (*word, *direction)))
}

pub fn tokenizer() -> String {
    let vocabulary: serde_json::Map<String, serde_json::Value> =
        words().enumerate().map(|(id, (word, _))| (word.to_owned(), id.into())).collect();
    serde_json::json!({
        "version": "1.0", "truncation": null,
        "padding": { "strategy": { "Fixed": 128 }, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0,
            "pad_type_id": 0, "pad_token": "[UNK]" },
        "added_tokens": [], "normalizer": { "type": "Lowercase" }, "pre_tokenizer": { "type": "Whitespace" },
        "post_processor": null, "decoder": null,
        "model": { "type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]" },
    })
    .to_string()
}

/// The same words in the way of multilingual models.
pub fn unigram() -> String {
    let piece =
        |(word, _): (&str, [f32; 4])| (if word == "[UNK]" { word.to_owned() } else { format!("▁{word}") }, -1.0);
    serde_json::json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": { "type": "Lowercase" }, "post_processor": null, "decoder": null,
        "pre_tokenizer": { "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true },
        "model": { "type": "Unigram", "unk_id": 0, "vocab": words().map(piece).collect::<Vec<(String, f64)>>() },
    })
    .to_string()
}

/// The directions one behind the other, as both kinds of file hold them.
fn numbers() -> Vec<u8> {
    words().flat_map(|(_, direction)| direction).flat_map(f32::to_le_bytes).collect()
}

/// A file in the safetensors format.
pub fn safetensors(header: &serde_json::Value, body: &[u8]) -> Vec<u8> {
    let header = header.to_string();
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), body].concat()
}

pub fn table() -> Vec<u8> {
    let body = numbers();
    let shape = [words().count() as u64, DIMENSIONS];
    let header = serde_json::json!({
        "__metadata__": { "format": "pt" },
        "embeddings": { "dtype": "F32", "shape": shape, "data_offsets": [0, body.len()] },
    });
    safetensors(&header, &body)
}

/// A field of a protobuf message: a number.
fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

/// A field of a protobuf message: bytes, a text or another message.
fn bytes(field: u64, value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    [varint(field << 3 | 2), varint(value.len() as u64), value.to_vec()].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// What goes into a network or comes out of it.
fn value(name: &str, kind: u64, sides: &[&str]) -> Vec<u8> {
    let sides: Vec<u8> = sides.iter().flat_map(|side| bytes(1, bytes(2, side))).collect();
    let tensor = [number(1, kind), bytes(2, sides)].concat();
    [bytes(1, name), bytes(2, bytes(1, tensor))].concat()
}

const FLOATS: u64 = 1;
const LONGS: u64 = 7;

/// A network that looks tokens up in a table: `Gather(table, input_ids)`.
pub fn network(input: &str) -> Vec<u8> {
    graph(input, &[], &bytes(12, value("last_hidden_state", FLOATS, &["one", "tokens", "four"])))
}

/// The same that gives their mean as well: the sentence is what is asked for.
pub fn network_of_sentences() -> Vec<u8> {
    const INTEGERS: u64 = 7;
    let axes = [bytes(1, "axes"), number(8, 1), number(20, INTEGERS)].concat();
    let kept = [bytes(1, "keepdims"), number(3, 0), number(20, 2)].concat();
    let names = [bytes(1, "last_hidden_state"), bytes(2, "sentence_embedding"), bytes(4, "ReduceMean")].concat();
    let mean = [names, bytes(5, axes), bytes(5, kept)].concat();
    let tokens = value("last_hidden_state", FLOATS, &["one", "tokens", "four"]);
    let outputs = [bytes(12, tokens), bytes(12, value("sentence_embedding", FLOATS, &["one", "four"]))].concat();
    graph("input_ids", &bytes(1, mean), &outputs)
}

/// The table, what `more` nodes make of it, and what comes out.
fn graph(input: &str, more: &[u8], outputs: &[u8]) -> Vec<u8> {
    let node = [bytes(1, "table"), bytes(1, input), bytes(2, "last_hidden_state"), bytes(4, "Gather")].concat();
    let sides = [number(1, words().count() as u64), number(1, DIMENSIONS)].concat();
    let table = [sides, number(2, FLOATS), bytes(8, "table"), bytes(9, numbers())].concat();
    let graph = [
        bytes(1, node),
        more.to_vec(),
        bytes(2, "sentence"),
        bytes(5, table),
        bytes(11, value(input, LONGS, &["one", "tokens"])),
        bytes(11, value("attention_mask", LONGS, &["one", "tokens"])),
        outputs.to_vec(),
    ];
    [number(1, 8), bytes(7, graph.concat()), bytes(8, number(2, 17))].concat()
}

/// A folder with these files.
pub fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        write(place.path(), name, bytes);
    }
    place
}

pub fn write(place: &Path, name: &str, bytes: &[u8]) {
    let file = place.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, bytes).unwrap();
}

/// Both kinds of folder: a table of tokens, and a network.
pub fn both() -> [TempDir; 2] {
    let tokenizer = tokenizer();
    let tokenizer = ("tokenizer.json", tokenizer.as_bytes());
    [
        folder(&[tokenizer, ("model.safetensors", &table())]),
        folder(&[tokenizer, ("onnx/model.onnx", &network("input_ids"))]),
    ]
}

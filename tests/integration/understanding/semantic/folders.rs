//! Folders that are no model: what is wrong, where, and what to do; and never a panic.

use std::path::Path;

use frontdesk::semantic::open;
use serde_json::json;

use super::models::{both, folder, network, safetensors, table, tokenizer};

/// What is said of a folder with these files.
fn trouble(files: &[(&str, &[u8])]) -> String {
    let place = folder(files);
    let trouble = open(place.path()).map(|_| ()).unwrap_err();
    trouble.to_string().replace(&place.path().display().to_string(), "FOLDER")
}

#[test]
fn what_is_missing_is_named() {
    assert!(
        open(Path::new("/nowhere/at/all"))
            .unwrap_err()
            .to_string()
            .starts_with("`/nowhere/at/all`: there is no such folder; name")
    );
    let said = trouble(&[("model.safetensors", &table())]);
    assert!(said.starts_with("`FOLDER/tokenizer.json`: there is no such file; "), "{said}");
    let said = trouble(&[("tokenizer.json", tokenizer().as_bytes())]);
    assert!(said.starts_with("`FOLDER/model.safetensors`: there is no such file, and no `model.onnx`"), "{said}");
    let file = folder(&[("model.onnx", b"")]);
    let said = open(&file.path().join("model.onnx")).unwrap_err().to_string();
    assert!(said.contains("it is no folder; name the folder"), "{said}");
}

#[test]
fn what_is_of_a_wrong_shape_is_said() {
    let tokenizer = tokenizer();
    let tokenizer = ("tokenizer.json", tokenizer.as_bytes());
    let tensors = |header: &serde_json::Value, body: &[u8]| {
        trouble(&[tokenizer, ("model.safetensors", &safetensors(header, body))])
    };
    let tensor =
        |kind: &str, shape: &[usize], end: usize| json!({ "dtype": kind, "shape": shape, "data_offsets": [0, end] });
    for (header, length, said) in [
        (
            json!({ "embeddings": tensor("F32", &[2, 2], 16) }),
            16,
            "the tokenizer knows 15 tokens and the table has 2 rows",
        ),
        (
            json!({ "embeddings": tensor("F32", &[2, 2], 16) }),
            15,
            "its table `embeddings` ends behind the end of the file",
        ),
        (
            json!({ "embeddings": tensor("F32", &[2, 3], 16) }),
            16,
            "its table `embeddings` is not as long as its shape says",
        ),
        (json!({ "embeddings": tensor("U4", &[2, 2], 2) }), 2, "holds numbers of a kind that cannot be read"),
        (
            json!({ "embeddings": tensor("F32", &[2, 5000], 40_000) }),
            40_000,
            "2 rows of 5000 numbers; take a model with at most",
        ),
        (json!({ "embeddings": tensor("F32", &[usize::MAX, 4096], 8) }), 8, "take a model with at most"),
        (json!({ "embeddings": { "shape": [2, 2] } }), 8, "`embeddings` in its header does not read"),
        (json!([1, 2]), 8, "its header does not read"),
        (json!({ "one": tensor("F32", &[1, 1], 4), "two": tensor("F32", &[1, 1], 4) }), 4, "no `model.onnx`"),
    ] {
        let all = tensors(&header, &vec![0; length]);
        assert!(all.contains("model.safetensors`: ") && all.contains(said), "{header}: {all}");
    }
    let said = trouble(&[tokenizer, ("model.onnx", &network("pixel_values"))]);
    assert!(
        said.contains("`FOLDER/model.onnx`: the network wants `pixel_values`") && said.contains("`input_ids`"),
        "{said}"
    );
    let max =
        br#"{ "word_embedding_dimension": 2, "pooling_mode_mean_tokens": false, "pooling_mode_max_tokens": true }"#;
    let said = trouble(&[tokenizer, ("model.onnx", &network("input_ids")), ("1_Pooling/config.json", max)]);
    assert!(said.contains("the model's pooling is `pooling_mode_max_tokens`, and only"), "{said}");
    let bad = table();
    let last = bad.len() - 240;
    let not_numbers = [&bad[..last], &[0xff; 240]].concat();
    let said = trouble(&[tokenizer, ("model.safetensors", &not_numbers)]);
    assert!(said.contains("gives numbers that are none"), "{said}");
    for file in ["1_Pooling/config.json", "config_sentence_transformers.json"] {
        let said = trouble(&[tokenizer, ("model.onnx", &network("input_ids")), (file, b"{ not JSON")]);
        assert!(said.contains(&format!("`FOLDER/{file}`: it does not read")), "{said}");
    }
}

#[test]
fn what_is_damaged_is_an_error_or_works_and_never_a_panic() {
    for model in both() {
        open(model.path()).unwrap();
        for file in ["tokenizer.json", "model.safetensors", "onnx/model.onnx"] {
            let path = model.path().join(file);
            let Ok(whole) = std::fs::read(&path) else { continue };
            for at in (0..whole.len()).step_by(whole.len() / 90 + 1) {
                std::fs::write(&path, &whole[..at]).unwrap();
                match open(model.path()) {
                    // A network whose end is missing may be whole enough.
                    Ok(model) => drop(model.embed("where is my parcel")),
                    Err(trouble) => assert!(trouble.to_string().contains(file), "{at} bytes of {file}: {trouble}"),
                }
                let mut damaged = whole.clone();
                damaged[at] ^= 0x15;
                std::fs::write(&path, &damaged).unwrap();
                if let Ok(model) = open(model.path()) {
                    model.embed("where is my parcel");
                }
            }
            std::fs::write(&path, &whole).unwrap();
        }
    }
}

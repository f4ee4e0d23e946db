//! The layers of `src/lib.rs` hold: a module imports only from layers above its own, and the pure ones stay pure.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What the pure layers must not touch.
const IMPURE: [&str; 11] = [
    "tokio::",
    "std::fs",
    "TcpStream",
    "TcpListener",
    "std::env",
    "thread::spawn",
    "tracing::",
    "rand::",
    "reqwest::",
    "Utc::now",
    "async fn",
];

fn layers() -> BTreeMap<String, usize> {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let mut layers = BTreeMap::new();
    let mut layer = 0;
    for line in lib.lines() {
        match line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';')) {
            Some(module) => {
                layers.insert(module.to_owned(), layer);
            }
            None if line.is_empty() => layer += 1,
            None => {}
        }
    }
    assert!(layers.len() > 15, "src/lib.rs lists the layers: {layers:?}");
    layers
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Each source file with the module it belongs to.
fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&root, &mut found);
    found
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&root).unwrap();
            let module = inside.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
            let text = fs::read_to_string(&path).unwrap();
            (module, path, text)
        })
        .collect()
}

fn imports(text: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    code.match_indices("crate::")
        .map(|(at, _)| code[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .collect()
}

#[test]
fn modules_import_only_from_layers_above_their_own() {
    let layers = layers();
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        let Some(own) = layers.get(&module) else { continue };
        for import in imports(&text) {
            if import != module && layers.get(&import).is_some_and(|layer| layer >= own) {
                wrong.push(format!("{} imports `{import}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn layers_up_to_transcripts_are_pure() {
    let layers = layers();
    let last = layers["transcript"];
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        if module == "clock" || layers.get(&module).is_none_or(|layer| *layer > last) {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            if let Some(found) = IMPURE.iter().find(|word| line.contains(*word)) {
                wrong.push(format!("{}:{}: `{found}`", path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

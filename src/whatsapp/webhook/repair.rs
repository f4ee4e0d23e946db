//! Mends JSON in which a character beyond `\uFFFF` was cut in half: programs that count UTF-16 units do that to names
//! with emoji, and one such name would make a whole delivery unreadable.

/// The JSON with every `\uD800`–`\uDFFF` that has no other half replaced by `\uFFFD`.
pub fn halves_of_characters(json: &str) -> String {
    let mut mended = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (plain, escape) = rest.split_at(at);
        mended.push_str(plain);
        let pair = surrogate(escape).filter(|unit| *unit < 0xdc00).and_then(|_| surrogate(escape.get(6..)?));
        let length = match (surrogate(escape), pair) {
            (Some(_), Some(0xdc00..)) => 12,
            (Some(_), _) => {
                mended.push_str("\\ufffd");
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
            (None, _) => escape.char_indices().nth(2).map_or(escape.len(), |(end, _)| end),
        };
        let (kept, after) = escape.split_at(length);
        mended.push_str(kept);
        rest = after;
    }
    mended + rest
}

/// The half of a character that the escape at the beginning of `json` stands for, if it does.
fn surrogate(json: &str) -> Option<u16> {
    let digits = json.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok().filter(|unit| (0xd800..=0xdfff).contains(unit))
}

#[cfg(test)]
mod tests {
    use super::halves_of_characters;

    #[test]
    fn only_lone_halves_are_replaced() {
        for (json, mended) in [
            (r#""plain""#, r#""plain""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""a\ud83d""#, r#""a\ufffd""#),
            (r#""\ude00\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\u05d0\n\"""#, r#""\u05d0\n\"""#),
            (r"\u", r"\u"),
            (r"\ud8é0\", r"\ud8é0\"),
            ("\\", "\\"),
        ] {
            assert_eq!(halves_of_characters(json), mended);
        }
    }
}

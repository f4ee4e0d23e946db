//! The shapes as JSON Schemas, for editors. What a schema refuses, `check` refuses; a test holds every good file to both.

use serde_json::{Value, json};

use super::shape::{Kind, Shape};

impl Kind {
    /// The kind as a JSON Schema.
    #[must_use]
    pub fn schema(&self) -> Value {
        match self {
            Self::Words => json!({ "type": ["string", "number", "boolean"] }),
            Self::Text => json!({
                "description": "Text for customers: one for every language, or a map from language to text",
                "oneOf": [
                    { "type": ["string", "number", "boolean"] },
                    { "type": "object", "propertyNames": { "pattern": "^[a-z]{2,3}$" }, "additionalProperties": { "type": ["string", "number", "boolean"] } }
                ]
            }),
            Self::Name => json!({ "type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$" }),
            Self::Flag => json!({ "type": "boolean" }),
            Self::Number => json!({ "type": "number" }),
            Self::Duration => json!({ "type": "string", "pattern": "^[0-9]+[smhd]$" }),
            Self::OneOf(words) => json!({ "enum": words.iter().flat_map(|word| as_read(word)).collect::<Vec<_>>() }),
            Self::List(of) => json!({ "oneOf": [{ "type": "array", "items": of.schema() }, of.schema()] }),
            Self::MapOf(of) => json!({ "type": "object", "additionalProperties": of.schema() }),
            Self::Shape(shape) => shape.schema(),
            Self::Either(kinds) => json!({ "anyOf": kinds.iter().map(Self::schema).collect::<Vec<_>>() }),
            Self::Nothing => json!({ "type": "null" }),
        }
    }
}

impl Shape {
    /// The shape as a JSON Schema.
    #[must_use]
    pub fn schema(&self) -> Value {
        let mut properties = serde_json::Map::new();
        for key in self.keys {
            let mut schema = key.kind.schema();
            if let Value::Object(schema) = &mut schema {
                schema.insert("description".to_owned(), json!(key.about));
            }
            properties.insert(key.name.to_owned(), schema);
        }
        let required: Vec<&str> = self.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
        json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
    }
}

/// A word as an editor's YAML reads it: `1` without quotes is a number there.
fn as_read(word: &str) -> Vec<Value> {
    let number = word.parse::<i64>().ok().map(Value::from);
    std::iter::once(Value::from(word)).chain(number).collect()
}

/// What fits one of several shapes: a file of intents also holds what is not for the bot.
#[must_use]
pub fn any_of(shapes: &[&Shape]) -> Value {
    json!({ "anyOf": shapes.iter().map(|shape| shape.schema()).collect::<Vec<_>>() })
}

//! JSON Schemas of the kinds of file, as editors get them.

use frontdesk::compile::shape::Shape;

use crate::golden;

#[test]
fn every_kind_of_file_has_a_schema() {
    let kinds: [(&str, &Shape); 4] = [
        ("bot", &frontdesk::policy::schema::BOT),
        ("flow", &frontdesk::flow::schema::FLOW),
        ("intent", &frontdesk::intent::schema::INTENT),
        ("article", &frontdesk::knowledge::compile::ARTICLE),
    ];
    for (kind, shape) in kinds {
        let schema = shape.schema();
        assert_eq!(schema["type"], "object", "{kind}");
        assert_eq!(schema["additionalProperties"], false, "{kind}: an unknown key is an error");
        for key in shape.keys {
            assert!(schema["properties"][key.name]["description"].is_string(), "{kind}: `{}` says what for", key.name);
        }
        golden::check(&format!("schema/{kind}.json"), &format!("{schema:#}\n"));
    }
}

//! Whether `protocol.schema.json` has what the types say. `cargo xtask check --fix` writes it.

use std::path::Path;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use wire::protocol::{Command, Message};

fn schema() -> Value {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let (command, message) =
        (generator.subschema_for::<Command>(), generator.subschema_for::<Message>());
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The supervisor's protocol",
        "description": "What a client may send is a Command, what it is sent is a Message. Each may carry an id as well.",
        "anyOf": [command, message],
        "$defs": generator.take_definitions(true),
    })
}

#[test]
fn the_schema_says_what_the_types_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("protocol.schema.json");
    let wanted = serde_json::to_string_pretty(&schema()).expect("it is JSON") + "\n";
    if std::env::var_os("XSWARM_WRITE_SCHEMA").is_some() {
        std::fs::write(&path, &wanted).expect("it can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(
        kept == wanted,
        "protocol.schema.json is not what the types say; \
         `cargo xtask check --fix` writes it"
    );
}

#[test]
fn every_command_and_every_message_is_described_on_the_page() {
    let page = include_str!("../PROTOCOL.md");
    let schema = schema();
    let mut names: Vec<&str> = Vec::new();
    for types in ["Command", "Message"] {
        for variant in schema["$defs"][types]["oneOf"].as_array().expect("it is a list") {
            let kind = &variant["properties"]["type"]["const"];
            names.push(kind.as_str().expect("each has a type"));
        }
    }
    assert!(names.len() > 40, "{names:?}");
    for name in names {
        assert!(page.contains(&format!("`{name}`")), "`{name}` is not in PROTOCOL.md");
    }
}

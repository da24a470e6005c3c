//! The window's scenes say what people read: their sentences are ours, and their facts are the file's own.

use std::collections::BTreeMap;
use std::path::Path;

use station::words;
use wire::Snapshot;

const FILE: &str = "../../../ui/dev/scenes.json";

#[test]
fn the_scenes_of_the_window_say_what_is_said_of_their_facts() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let kept = std::fs::read_to_string(&path).expect("the scenes").replace("\r\n", "\n");
    let mut scenes: BTreeMap<String, Snapshot> = serde_json::from_str(&kept).expect("snapshots");
    let mut wanted = Vec::new();
    for (name, snapshot) in &mut scenes {
        // What follows from the facts follows anew.
        for service in &mut snapshot.services {
            *service = service.clone().anew();
        }
        for model in &mut snapshot.models {
            *model = model.clone().anew();
        }
        words::say(snapshot);
        let snapshot = serde_json::to_string(&snapshot).expect("plain data");
        wanted.push(format!("\"{name}\": {snapshot}"));
    }
    let wanted = format!("{{\n{}\n}}\n", wanted.join(",\n"));
    if std::env::var_os("XSWARM_WRITE_SCENES").is_some() {
        std::fs::write(&path, &wanted).expect("it can be written");
    }
    assert!(
        kept == wanted,
        "scenes.json says something else; XSWARM_WRITE_SCENES=1 with this test writes it"
    );
}

//! `doctor`, and the record of what was ended.

use serde_json::{Value, json};

use crate::client::Client;
use crate::holder::Holder;
use crate::home::{Home, supervisor_listens};

fn findings(home: &Home) -> (Option<i32>, Vec<String>) {
    let doctor = home.run(&["doctor", "--json"]);
    let report: Value = serde_json::from_str(&doctor.out).expect("JSON");
    let findings = report["findings"].as_array().expect("a list");
    (
        doctor.code,
        findings.iter().map(|finding| finding.as_str().expect("text").to_owned()).collect(),
    )
}

#[test]
fn where_all_is_well_it_says_so_and_how_it_knows() {
    let home = Home::new();
    let serve = home.serve();
    let doctor = home.run(&["doctor"]);
    assert_eq!(doctor.code, Some(0), "{}{}", doctor.out, doctor.err);
    for told in [
        format!("as `xswarm serve`, as process {} for ", serve.child.id()),
        format!("{}, in force", home.path("settings.toml")),
        format!("Voice bridge: listening on 127.0.0.1:{}, proven ", home.bridge),
        format!("Supervisor: listening on 127.0.0.1:{}, proven ", home.supervisor),
        "login     ".to_owned(),
    ] {
        assert!(doctor.out.contains(&told), "'{told}' is not in\n{}", doctor.out);
    }
    assert!(doctor.out.ends_with("\nAll well.\n"), "{}", doctor.out);
    let report: Value = serde_json::from_str(&home.run(&["doctor", "--json"]).out).expect("JSON");
    assert_eq!(report["running"]["pid"], serve.child.id());
    assert_eq!(report["services"][1]["state"]["state"], "listening");
    assert_eq!(report["settings"]["problem"], Value::Null);
}

#[test]
fn where_none_runs_the_ports_are_looked_at_and_their_holders_described() {
    let home = Home::new();
    let holder = Holder::of(home.bridge);
    let doctor = home.run(&["doctor"]);
    assert_eq!(doctor.code, Some(1));
    for told in [
        "running   no".to_owned(),
        format!("Voice bridge: 127.0.0.1:{} is held by ", home.bridge),
        "    program   ".to_owned(),
        format!("({})", holder.pid()),
        format!("Supervisor: 127.0.0.1:{} is free", home.supervisor),
        "- No xSwarm Voice is running.".to_owned(),
        format!("`xswarm free {}` shows who that is", home.bridge),
    ] {
        assert!(doctor.out.contains(&told), "'{told}' is not in\n{}", doctor.out);
    }
}

#[test]
fn every_trouble_is_a_finding_with_what_to_do() {
    let home = Home::new();
    let holder = Holder::of(home.bridge);
    let serve = home.start(&["serve"]);
    serve.until(&supervisor_listens(&home));
    let watch = home.follow(&["status", "--watch", "--json"]);
    watch.until_json(|status| status["services"][0]["state"]["state"] == "waiting");
    let (code, findings) = findings(&home);
    assert_eq!((code, findings.len()), (Some(1), 1), "{findings:#?}");
    assert!(findings[0].contains(&format!("({})", holder.pid())), "{findings:#?}");
    assert!(findings[0].contains(&format!("`xswarm free {}`", home.bridge)), "{findings:#?}");
    let doctor = home.run(&["doctor"]);
    assert!(
        doctor.out.contains("What went wrong since the start\n  Voice bridge, "),
        "{}",
        doctor.out
    );
}

#[test]
fn bad_settings_are_a_finding_with_the_line() {
    let home = Home::new();
    home.set("[retry]\nattempts = \"many\"\n");
    let (code, findings) = findings(&home);
    assert_eq!(code, Some(1));
    let is_told = findings.iter().any(|finding| {
        finding.starts_with("Correct the settings in ")
            && finding.contains(": line 2: retry.attempts must be a whole number, such as 5, ")
            && finding.ends_with(" The rest of the file is used.")
    });
    assert!(is_told, "{findings:#?}");
}

#[test]
fn whom_a_terminal_ended_is_on_record() {
    let home = Home::new();
    let holder = Holder::of(home.bridge);
    let free = home.run(&["free", &home.bridge.to_string(), "--yes"]);
    assert_eq!(free.code, Some(0), "{}{}", free.out, free.err);
    let record = std::fs::read_to_string(home.path("ended.jsonl")).expect("a record");
    let record: Value = serde_json::from_str(record.trim_end()).expect("one line");
    assert_eq!(record["identity"]["pid"], holder.pid());
    assert_eq!((&record["port"], &record["by"]), (&home.bridge.into(), &"terminal".into()));
    let doctor = home.run(&["doctor"]);
    let told = format!("({}) for port {}, ordered with `xswarm free`", holder.pid(), home.bridge);
    assert!(doctor.out.contains(&told), "{}", doctor.out);
}

#[test]
fn nobody_is_on_record_who_was_not_ended() {
    let home = Home::new();
    let _holder = Holder::of(home.bridge);
    home.run(&["free", &home.bridge.to_string(), "--dry-run"]);
    assert!(!std::path::Path::new(&home.path("ended.jsonl")).exists());
}

#[test]
fn whom_a_client_of_the_supervisor_ended_is_on_record() {
    let home = Home::new();
    let holder = Holder::of(home.bridge);
    let serve = home.start(&["serve"]);
    serve.until(&supervisor_listens(&home));
    let mut client = Client::in_control(&home);
    let free = |victims: Value| json!({ "type": "free_port", "service": "voice_bridge", "victims": victims });
    let unconfirmed = client.ask(free(json!([])));
    let freed = client.ask(free(json!([unconfirmed["holders"][0]["identity"]])));
    assert_eq!(freed["outcome"], "freed", "{freed}");
    let report: Value = serde_json::from_str(&home.run(&["doctor", "--json"]).out).expect("JSON");
    let record = &report["ended"][0];
    assert_eq!(
        (&record["identity"]["pid"], &record["by"]),
        (&holder.pid().into(), &"supervisor".into())
    );
}

//! `completions`, `man`.

use crate::home::Home;

const COMMANDS: [&str; 20] = [
    "serve",
    "voice-bridge",
    "supervisor",
    "status",
    "doctor",
    "free",
    "call",
    "twiml",
    "monitor",
    "suggest",
    "say",
    "engine",
    "start",
    "stop",
    "restart",
    "hang-up",
    "stop-speech",
    "token",
    "completions",
    "man",
];

#[test]
fn every_shell_is_told_of_every_command() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = home.run(&["completions", shell]);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        for command in COMMANDS {
            assert!(ended.out.contains(command), "{shell} does not know {command}");
        }
    }
    assert_eq!(home.run(&["completions", "tcsh"]).code, Some(2));
}

#[test]
fn the_manual_has_a_page_for_each_command_and_the_exit_codes() {
    let home = Home::new();
    let folder = home.path("manual/pages");
    let ended = home.run(&["man", "--to", &folder]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let page = |name: &str| std::fs::read_to_string(format!("{folder}/{name}.1")).expect(name);
    for command in COMMANDS {
        assert!(page(&format!("xswarm-{command}")).contains("SYNOPSIS"), "{command}");
    }
    let main = page("xswarm");
    assert!(main.contains("another xSwarm Voice is running already"), "{main}");
    assert_eq!(home.run(&["man"]).out, main);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let home = Home::new();
    let ended = home.run(&["man", "--to", &home.path("settings.toml/pages")]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("settings.toml/pages"), "{}", ended.err);
}

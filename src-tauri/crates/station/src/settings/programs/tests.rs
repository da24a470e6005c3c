//! Programs as people write them into the settings.

use wire::{SettingsEffect, SettingsProblem};

use super::super::read::read;
use super::*;
use crate::Settings;

const GOOD: &str = "[[programs]]\nname = \"kyutai\"\ncommand = [\"sh\"]\nport = 8998\n";

fn problems(text: &str) -> Vec<String> {
    read(text).1.iter().map(SettingsProblem::to_string).collect()
}

fn programs(text: &str) -> Vec<ProgramSettings> {
    let (Settings { programs, .. }, problems) = read(text);
    assert_eq!(problems, [], "{text}");
    programs
}

#[test]
fn a_program_has_what_is_said_of_it_and_the_rest_by_default() {
    let [program] = &programs(GOOD)[..] else { panic!("there is one") };
    assert_eq!((program.name.id(), program.port), ("kyutai", 8998));
    assert_eq!((program.start_with_app, program.ready), (true, Duration::from_secs(120)));
    assert_eq!((program.proof, &program.folder), (ProgramProof::Http, &None));
    let text = format!(
        "{GOOD}folder = \"/opt/moshi\"\nstart_with_app = false\nready = 2.5\nproof = \"port\"\n\
         environment = {{ A = \"1\", B = \"\" }}\n[retry]\nattempts = 3\n{GOOD}"
    );
    let text = text.replacen("kyutai", "other", 1);
    let [other, _] = &programs(&text)[..] else { panic!("there are two") };
    assert_eq!(other.ready, Duration::from_millis(2500));
    assert_eq!(other.environment["A"], "1");
    assert_eq!(other.folder.as_deref(), Some(Path::new("/opt/moshi")));
    assert!(!other.start_with_app && other.proof == ProgramProof::Port);
    assert_eq!(read(&text).0.retry.attempts, 3);
}

#[test]
fn a_server_that_is_known_needs_nothing_but_its_name() {
    let [server] = &programs("[[programs]]\nentry = \"kyutai_python\"\n")[..] else {
        panic!("there is one")
    };
    assert_eq!((server.name.id(), server.port), ("kyutai_python", 8998));
    assert_eq!(server.entry.as_deref(), Some("kyutai_python"));
    let text = "[[programs]]\nentry = \"kyutai_rust\"\nname = \"rust\"\nport = 8999\nready = 5\n";
    let [server] = &programs(text)[..] else { panic!("there is one") };
    assert_eq!((server.name.id(), server.port), ("rust", 8999));
    let said = problems("[[programs]]\nentry = \"kyutai\"\n");
    assert!(said[0].contains("programs.1.entry must be \"kyutai_python\" or "), "{said:?}");
    let said = problems("[[programs]]\nentry = \"kyutai_mlx\"\ncommand = [\"sh\"]\n");
    let told = "line 3: programs.kyutai_mlx.command must not be there, for the entry tells what is started";
    assert_eq!(said, [told]);
}

#[test]
fn a_command_is_a_list_or_a_line_as_one_types_it() {
    let command = |said: &str| {
        let text = GOOD.replace("[\"sh\"]", said);
        programs(&text)[0].command.clone()
    };
    assert_eq!(command("[\"a b\", \"\"]"), ["a b", ""]);
    assert_eq!(command("'python3 -m moshi.server --hf-repo \"a b\"'")[3..], ["--hf-repo", "a b"]);
}

#[test]
fn what_is_wrong_is_told_with_its_line_its_key_what_was_found_and_what_is_wanted() {
    for (good, wrong, told) in [
        ("\"kyutai\"", "\"Kyutai 2\"", "line 2: programs.1.name must be a name in quotes"),
        ("[\"sh\"]", "[]", "line 3: programs.kyutai.command must be a list of texts"),
        ("[\"sh\"]", "[\"sh\", 3]", ", not [\"sh\", 3]"),
        ("[\"sh\"]", "'a \"b'", ", not 'a \"b'"),
        ("[\"sh\"]", "true", ", not true"),
        ("8998", "0", "line 4: programs.kyutai.port must be a whole number from 1 to 65535"),
        ("8998", "65536", ", not 65536"),
        ("8998", "\"8998\"", ", not \"8998\""),
        (
            "8998",
            "9998",
            "programs.kyutai.port must not have port 9998, which the voice bridge has",
        ),
        ("8998", "9999", "which the supervisor has"),
        (
            "\"kyutai\"",
            "\"supervisor\"",
            "programs.supervisor.name must not be that of another service",
        ),
        ("port = 8998\n", "", "line 1: programs.kyutai.port must be there: a whole number"),
        (
            "port = 8998\n",
            "port = 8998\nfolder = \"moshi\"\n",
            "line 5: programs.kyutai.folder must be the whole path",
        ),
        (
            "port = 8998\n",
            "port = 8998\nready = 0\n",
            "programs.kyutai.ready must be a number of seconds",
        ),
        ("port = 8998\n", "port = 8998\nready = inf\n", ", not inf"),
        (
            "port = 8998\n",
            "port = 8998\nproof = \"moshi\"\n",
            "programs.kyutai.proof must be \"http\" or \"port\"",
        ),
        ("port = 8998\n", "port = 8998\nstart_with_app = 1\n", "must be true or false, not 1"),
        (
            "port = 8998\n",
            "port = 8998\nprot = 1\n",
            "line 5: programs.kyutai.prot isn't a setting (did you mean port?)",
        ),
    ] {
        let said = problems(&GOOD.replace(good, wrong));
        assert!(said.len() == 1 && said[0].contains(told), "{wrong}: {said:?}");
    }
    let twice = problems(&format!("{GOOD}{GOOD}"));
    assert_eq!(twice, ["line 5: programs.kyutai.name must not be that of another service"]);
    let said = problems("programs = 3\n");
    assert!(said[0].starts_with("line 1: programs must be a section"), "{said:?}");
    assert!(problems("[programs]\nname = \"a\"\n")[0].contains("[[programs]]"));
}

#[test]
fn a_bad_setting_leaves_the_rest_in_force_and_opens_nothing() {
    let text = format!("{GOOD}ready = \"long\"\n");
    let (settings, problems) = read(&text);
    assert_eq!(settings.programs[0].ready, Duration::from_secs(120));
    assert_eq!(problems[0].effect, SettingsEffect::SetAside);
    assert!(!settings.voice_bridge.limits.only_this_machine);
    let (settings, _) = read(&format!("{GOOD}[[programs]]\nname = \"b\"\n"));
    assert_eq!(settings.programs.len(), 1);
}

#[test]
fn what_a_program_is_given_is_never_told() {
    for environment in ["{ TOKEN = 123456 }", "\"TOKEN=123456\"", "[\"123456\"]"] {
        let said = problems(&format!("{GOOD}environment = {environment}\n"));
        assert!(said.len() == 1 && !said[0].contains("123456"), "{said:?}");
    }
    let text = format!("{GOOD}environment = {{ TOKEN = \"123456\" }}\n");
    let (settings, _) = read(&text);
    assert!(settings.has_secrets());
    assert!(!format!("{settings:?}").contains("123456"));
    let shown = serde_json::to_string(&settings).expect("plain data");
    assert!(!shown.contains("123456"), "{shown}");
}

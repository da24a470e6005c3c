//! What the settings file may hold, and what is said of its errors.

use super::read::read;
use super::*;

/// What is said of a text, without a word of what was done.
fn problems(text: &str) -> Vec<String> {
    read(text).1.iter().map(ToString::to_string).collect()
}

fn good(text: &str) -> Settings {
    let (settings, problems) = read(text);
    assert_eq!(problems, [], "{text}");
    settings
}

#[test]
fn the_file_left_for_people_says_what_the_defaults_are() {
    let uncommented: String = TEMPLATE
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line))
        .fold(String::new(), |text, line| text + line + "\n");
    let said = good(&uncommented);
    assert_eq!(format!("{said:?}"), format!("{:?}", Settings::default()));
    assert!(uncommented.matches(" = ").count() >= 23, "{uncommented}");
}

/// What a file says, and what is told of it.
const WRONG: &[(&str, &str)] = &[
    (
        "[retry]\nattempts = 3\ngrowth = \"wild\"\n",
        "line 3: retry.growth must be \"linear\" or \"exponential\", not \"wild\"",
    ),
    (
        "[retry]\nattempts = \"many\"\n",
        "line 2: retry.attempts must be a whole number, such as 5, not \"many\"",
    ),
    (
        "[retry]\nattempts = 1.5\n",
        "line 2: retry.attempts must be a whole number, such as 5, not 1.5",
    ),
    (
        "[retry]\nattempts = -1\n",
        "line 2: retry.attempts must be a whole number, such as 5, not -1",
    ),
    ("[retry]\nattempts = 0\n", "line 2: retry.attempts must be at least 1, not 0"),
    ("[retry]\njitter = nan\n", "line 2: retry.jitter must be a number from 0 to 1, not nan"),
    ("[retry]\njitter = 2\n", "line 2: retry.jitter must be a number from 0 to 1, not 2"),
    (
        "[retry]\nfirst_delay = inf\n",
        "line 2: retry.first_delay must be a number of seconds, such as 1.0, not inf",
    ),
    (
        "[retry]\nfirst_delay = -1\n",
        "line 2: retry.first_delay must be a number of seconds, such as 1.0, not -1",
    ),
    (
        "[retry]\nfirst_delay = \"1s\"\n",
        "line 2: retry.first_delay must be a number of seconds, such as 1.0, not \"1s\"",
    ),
    ("[proof]\ninterval = 0\n", "line 2: proof.interval must be more than 0, not 0"),
    (
        "\r\n[voice_bridge]\r\naddress = \"localhost:9998\"\r\n",
        "line 3: voice_bridge.address must be an IP address and port in quotes, such as \"127.0.0.1:9998\", not \"localhost:9998\"",
    ),
    (
        "[voice_bridge]\naddress = \"9998\"\n",
        "line 2: voice_bridge.address must be an IP address and port in quotes, such as \"127.0.0.1:9998\", not \"9998\"",
    ),
    (
        "[supervisor]\naddress = 9999\n",
        "line 2: supervisor.address must be an IP address and port in quotes, such as \"127.0.0.1:9999\", not 9999",
    ),
    (
        "[supervisor]\naddress = \"127.0.0.1:0\"\n",
        "line 2: supervisor.address must be an address with a port from 1 to 65535, not \"127.0.0.1:0\"",
    ),
    (
        "[voice_bridge]\nalso = [\n  \"localhost\",\n]\n",
        "line 2: voice_bridge.also must be a list of IP addresses, such as [\"::1\"], not [ \"localhost\", ]",
    ),
    (
        "[voice_bridge]\nreuse_port = \"yes\"\n",
        "line 2: voice_bridge.reuse_port must be true or false, not \"yes\"",
    ),
    (
        "[voice_bridge]\nengine = \"Moshi\"\n",
        "line 2: voice_bridge.engine must be \"line_check\", \"moshi\", or a list of these, such as [\"moshi\", \"line_check\"], not \"Moshi\"",
    ),
    (
        "[voice_bridge]\nengine = [\"moshi\", \"Moshi\"]\n",
        "line 2: voice_bridge.engine must be \"line_check\", \"moshi\", or a list of these, such as [\"moshi\", \"line_check\"], not [\"moshi\", \"Moshi\"]",
    ),
    ("[voice_bridge]\nengine = []\n", "line 2: voice_bridge.engine must name at least one engine"),
    (
        "[voice_bridge]\nengine = [\"moshi\", \"moshi\"]\n",
        "line 2: voice_bridge.engine must name each engine only once",
    ),
    (
        "[voice_bridge]\nengine = [\"line_check\", \"moshi\"]\n",
        "line 2: voice_bridge.engine names another after \"line_check\", which answers every call",
    ),
    (
        "[voice_bridge.limits]\norigins = \"*\"\n",
        "line 2: voice_bridge.limits.origins must be a list of texts in quotes, such as [\"a\", \"b\"], not \"*\"",
    ),
    ("retry = 3\n", "line 1: retry must be a section, [retry], not 3"),
    ("[[retry]]\n", "line 1: retry must be a section, [retry], not [[retry]]"),
    (
        "[retry.attempts]\n",
        "line 1: retry.attempts must be a whole number, such as 5, not a section",
    ),
    ("\n[retri]\n", "line 2: retri isn't a setting (did you mean retry?)"),
    (
        "[desktop]\nnotification = false\n",
        "line 2: desktop.notification isn't a setting (did you mean notifications?)",
    ),
    ("[desktop]\nsound = false\n", "line 2: desktop.sound isn't a setting"),
    ("desktop.sound.on = false\n", "line 1: desktop.sound isn't a setting"),
];

#[test]
fn an_error_is_told_with_its_line_and_key_and_what_was_found_and_is_wanted() {
    for (text, expected) in WRONG {
        assert_eq!(problems(text), [*expected], "{text}");
    }
}

#[test]
fn text_that_cannot_be_read_is_told_with_its_line_and_the_rest_is_in_force() {
    for (text, line) in [
        ("[retry]\nattempts = 3\nfirst_delay 2\n", 3),
        ("[retry]\nattempts = 3\ngrowth = \"linear\n", 3),
        ("[retry]\nattempts = 3\nattempts = 4\n", 3),
        ("[retry]\nattempts = 3\n[retry]\n", 3),
        ("[retry]\nattempts = 3\n[desktop\n", 3),
        ("\u{feff}[retry]\nattempts = 3\n\0", 3),
    ] {
        let (settings, problems) = read(text);
        let said = problems[0].to_string();
        assert!(said.starts_with(&format!("line {line}: can't be read: ")), "{text}: {said}");
        assert_eq!(settings.retry.attempts, 3, "{text}: {problems:?}");
    }
}

#[test]
fn every_error_is_told_and_what_is_right_is_in_force() {
    let text = "[retry]\nattempts = 7\nfirst_delay = \"x\"\n[desktop]\nnotification = false\n\
                [voice_bridge]\npublic_url = \"https://voice.example.org\"\ntwilio_auth_token = \"12345 \"\n";
    let (settings, problems) = read(text);
    let lines: Vec<_> = problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [Some(3), Some(5)]);
    assert_eq!(settings.retry.attempts, 7);
    assert_eq!(settings.retry.first_delay, Duration::from_secs(1));
    assert_eq!(settings.voice_bridge.twilio_auth_token.unwrap().reveal(), "12345");
    assert!(settings.voice_bridge.public_url.is_some());
    assert!(!settings.voice_bridge.limits.only_this_machine);
}

#[test]
fn what_is_told_of_an_error_shows_no_secret() {
    for text in [
        "[voice_bridge]\npublic_url = \"https://me:geheim@voice.example.org\"\n",
        "[voice_bridge]\npublic_url = \"https://voice.example.org/?key=geheim\"\n",
        "[voice_bridge]\ntwilio_auth_token = [\"geheim\"]\n",
        "[voice_bridge]\ntwilio_auth_token = \"ge heim\"\n",
        "[voice_bridge]\ntwilio_auth_token = geheim\n",
        "[voice_bridge]\ntwilio_auth_token = \"geheim\n",
        "[voice_bridge]\nstream_secret = \"geheim\"\n",
        "[voice_bridge]\nstream_secret = { it = \"geheim\" }\n",
        "[voice_bridge]\nstream_secretgeheim\n",
        "[voice_bridge]\ntoken = \"geheim\"\n",
        "[moshi]\nservers = [\"nowhere?key=geheim\"]\n",
        "[moshi]\nservers = \"ws://nowhere?key=geheim\"\n",
    ] {
        let told = problems(text);
        assert!(!told.is_empty() && !told.concat().contains("heim"), "{text}: {told:?}");
    }
}

#[test]
fn what_is_told_of_an_error_is_short_and_plain() {
    let long = format!("[retry]\ngrowth = \"{}\"\n", "x".repeat(5000));
    assert!(problems(&long)[0].len() < 200, "{:?}", problems(&long));
    let name = "[desktop]\n\"\\u001b[31mred\\nline\" = 1\n";
    assert!(!problems(name)[0].contains(char::is_control), "{:?}", problems(name));
    assert!(problems(&"a b\n".repeat(5000)).len() <= 20);
}

#[test]
fn an_address_that_others_can_reach_is_refused() {
    let text = "[voice_bridge]\nalso = [\"127.0.0.2\"]\naddress = \"0.0.0.0:9998\"\n";
    let told = problems(text).concat();
    assert!(
        told.starts_with("line 3: voice_bridge.address ")
            && told.contains("can be reached from other machines"),
        "{told}"
    );
    let settings = read(text).0;
    let addresses = settings.addresses(Section::VoiceBridge);
    assert_eq!(addresses, ["127.0.0.1:9998", "127.0.0.2:9998"].map(|one| one.parse().unwrap()));
    let told = problems("[voice_bridge]\nalso = [\"::\"]\n").concat();
    assert!(told.starts_with("line 2: voice_bridge.also "), "{told}");
}

#[test]
fn an_address_that_others_can_reach_is_taken_where_they_have_to_show_who_they_are() {
    let text = "[voice_bridge]\naddress = \"0.0.0.0:9998\"\nalso = [\"127.0.0.1\", \"::1\"]\n\
                public_url = \"https://voice.example.org\"\n[supervisor]\naddress = \"[::]:9999\"\n";
    let settings = good(text);
    let addresses =
        |service| settings.addresses(service).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(addresses(Section::VoiceBridge), ["0.0.0.0:9998", "[::1]:9998"]);
    assert_eq!(addresses(Section::Supervisor), ["[::]:9999"]);
}

#[test]
fn a_further_address_has_the_same_port_and_is_named_once() {
    let text = "[voice_bridge]\naddress = \"[::1]:7001\"\nalso = [\"::1\", \"127.0.0.1\"]\n";
    let addresses = good(text).addresses(Section::VoiceBridge);
    let expected: Vec<SocketAddr> =
        ["[::1]:7001", "127.0.0.1:7001"].map(|address| address.parse().unwrap()).into();
    assert_eq!(addresses, expected);
}

#[test]
fn a_public_address_and_a_secret_must_be_of_use() {
    let told = problems("[voice_bridge]\npublic_url = \"voice.example.org\"\n").concat();
    assert_eq!(
        told,
        "line 2: voice_bridge.public_url can't be used: the address must begin with https://; write it like https://voice.example.org"
    );
    let told = problems("[voice_bridge]\nstream_secret = \"abc\"\n").concat();
    assert!(told.starts_with("line 2: voice_bridge.stream_secret must have at least 16"), "{told}");
    let unset =
        "[voice_bridge]\npublic_url = \"\"\ntwilio_auth_token = \" \"\nstream_secret = \"\\t\"\n";
    assert!(good(unset).voice_bridge.twilio_auth_token.is_none());
}

#[test]
fn a_port_that_twilio_does_not_call_is_told_and_taken_for_other_carriers() {
    let text = "[voice_bridge]\npublic_url = \"https://voice.example.org:8443\"\n";
    assert!(good(text).voice_bridge.public_url.is_some());
    let text = format!("{text}twilio_auth_token = \"12345\"\n");
    let (settings, problems) = read(&text);
    assert_eq!(
        problems[0].to_string(),
        "line 2: voice_bridge.public_url has port 8443, but Twilio connects calls to port 443 only"
    );
    assert_eq!(problems[0].effect, wire::SettingsEffect::Kept);
    assert!(settings.voice_bridge.public_url.is_some());
    good(&text.replace(":8443", ":443"));
}

#[test]
fn of_settings_that_do_not_go_together_one_is_set_aside() {
    for (text, expected, ports) in [
        (
            "[voice_bridge]\naddress = \"127.0.0.1:9999\"\n",
            "line 2: voice_bridge.address ",
            [9998, 9999],
        ),
        (
            "[supervisor]\naddress = \"127.0.0.1:9998\"\n",
            "line 2: supervisor.address ",
            [9998, 9999],
        ),
        (
            "[supervisor]\naddress = \"127.0.0.1:7000\"\n[voice_bridge]\naddress = \"127.0.0.1:7000\"\n",
            "line 2: supervisor.address ",
            [7000, 9999],
        ),
        (
            "[supervisor]\naddress = \"127.0.0.1:9999\"\n[voice_bridge]\naddress = \"127.0.0.1:9999\"\n",
            "line 4: voice_bridge.address ",
            [9998, 9999],
        ),
    ] {
        let (settings, problems) = read(text);
        let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert!(told.len() == 1 && told[0].starts_with(expected), "{told:?}");
        assert_eq!(Section::ALL.map(|service| settings.listening(service).address.port()), ports);
    }
    let (settings, problems) = read("[voice_bridge]\nengine = \"moshi\"\n[moshi]\nservers = []\n");
    assert_eq!(settings.voice_bridge.engine, EngineChoice::One(Engine::LineCheck));
    assert_eq!(problems[0].key.as_deref(), Some("voice_bridge.engine"));
    let listed = "[voice_bridge]\nengine = [\"moshi\", \"line_check\"]\n[moshi]\nservers = []\n";
    let (settings, problems) = read(listed);
    assert_eq!(settings.voice_bridge.engine, EngineChoice::One(Engine::LineCheck));
    assert!(problems[0].problem.starts_with("must not name \"moshi\""), "{problems:?}");
    let (settings, problems) =
        read("[moshi]\nself_signed = true\nservers = [\"wss://voice.example.org\"]\n");
    assert!(!settings.moshi.self_signed && settings.moshi.servers.len() == 1, "{problems:?}");
    assert_eq!(problems[0].key.as_deref(), Some("moshi.self_signed"));
}

#[test]
fn what_answers_calls_is_one_or_a_list_and_is_written_as_it_was_given() {
    for (text, moshi, in_turn) in [
        ("\"line_check\"", false, vec![]),
        ("\"moshi\"", true, vec![]),
        ("[\"moshi\"]", true, vec![Engine::Moshi]),
        ("[\"moshi\", \"line_check\"]", true, vec![Engine::Moshi, Engine::LineCheck]),
    ] {
        let settings = good(&format!("[voice_bridge]\nengine = {text}\n"));
        let bridge::Settings { engines, moshi: models, .. } = settings.bridge();
        assert_eq!((models.is_some(), engines), (moshi, in_turn), "{text}");
        let written = serde_json::to_string(&settings.voice_bridge.engine).unwrap();
        assert_eq!(written, text.replace(", ", ","));
    }
}

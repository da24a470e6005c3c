//! What the settings file may hold, and what is said of its errors.

use super::*;

#[test]
fn the_file_left_for_people_says_what_the_defaults_are() {
    let uncommented: String = TEMPLATE
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line))
        .fold(String::new(), |text, line| text + line + "\n");
    let said = Settings::parse(&uncommented).unwrap();
    assert_eq!(format!("{said:?}"), format!("{:?}", Settings::default()));
    assert!(uncommented.matches(" = ").count() >= 23, "{uncommented}");
}

#[test]
fn an_error_is_told_with_its_line() {
    let problem = Settings::parse("[retry]\nattempts = 3\ngrowth = \"wild\"\n").unwrap_err();
    assert!(problem.starts_with("line 3: unknown variant `wild`"), "{problem}");
    let problem = Settings::parse("\n[retri]\n").unwrap_err();
    assert!(problem.starts_with("line 2: unknown field `retri`"), "{problem}");
}

#[test]
fn an_address_that_others_can_reach_is_refused() {
    let problem = Settings::parse("[voice_bridge]\naddress = \"0.0.0.0:9998\"\n").unwrap_err();
    assert!(problem.contains("can be reached from other machines"), "{problem}");
}

#[test]
fn an_address_that_others_can_reach_is_taken_where_they_have_to_show_who_they_are() {
    let text = "[voice_bridge]\naddress = \"0.0.0.0:9998\"\nalso = [\"127.0.0.1\", \"::1\"]\n\
                public_url = \"https://voice.example.org\"\n[supervisor]\naddress = \"[::]:9999\"\n";
    let settings = Settings::parse(text).unwrap();
    let addresses =
        |service| settings.addresses(service).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(addresses(ServiceName::VoiceBridge), ["0.0.0.0:9998", "[::1]:9998"]);
    assert_eq!(addresses(ServiceName::Supervisor), ["[::]:9999"]);
}

#[test]
fn a_further_address_has_the_same_port_and_is_named_once() {
    let text = "[voice_bridge]\naddress = \"[::1]:7001\"\nalso = [\"::1\", \"127.0.0.1\"]\n";
    let addresses = Settings::parse(text).unwrap().addresses(ServiceName::VoiceBridge);
    let expected: Vec<SocketAddr> =
        ["[::1]:7001", "127.0.0.1:7001"].map(|address| address.parse().unwrap()).into();
    assert_eq!(addresses, expected);
}

#[test]
fn a_public_address_and_a_secret_must_be_of_use() {
    let problem =
        Settings::parse("[voice_bridge]\npublic_url = \"voice.example.org\"\n").unwrap_err();
    assert!(problem.starts_with("line 2: voice.example.org: "), "{problem}");
    let problem = Settings::parse("[voice_bridge]\nstream_secret = \"abc\"\n").unwrap_err();
    assert!(problem.contains("voice_bridge.stream_secret"), "{problem}");
}

#[test]
fn two_services_cannot_share_a_port() {
    let problem = Settings::parse("[voice_bridge]\naddress = \"127.0.0.1:9999\"\n").unwrap_err();
    assert!(problem.contains("have the same port"), "{problem}");
}

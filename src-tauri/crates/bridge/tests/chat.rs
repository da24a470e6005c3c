//! MOSHI clients at the bridge's door.

mod caller;
mod fake_moshi;
mod moshi_client;
mod recorded;

use std::path::Path;
use std::time::Duration;

use audio::{Level, duration_of};
use bridge::{MoshiSettings, Settings};
use caller::{Running, likeness, sentence, voice};
use fake_moshi::{FakeMoshi, Habits};
use moshi_client::MoshiClient;
use recorded::{recorded, recordings};
use testcall::Unanswered;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::ClientRequestBuilder;
use wire::steering::{Fate, Priority, Reason, Whom};
use wire::{CallPhase, Carrier, Happening, ModelState};

/// Nothing that a test waits for takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn the_line_check_answers_moshi_clients_and_plays_them_back() {
    let mut bridge = Running::start().await;
    let mut client = Client::of(&bridge, "/api/chat").await;
    assert_eq!(client.next().await, [0; 9], "the handshake comes first");
    let calls = bridge.calls_become(|calls| !calls.is_empty()).await;
    assert_eq!(calls[0].from, Carrier::Moshi);
    client.say(&sentence()).await;
    bridge.calls_become(|calls| calls.iter().any(|call| call.heard.utterances == 1)).await;
    let heard = client.hear(voice().len() + 12_000).await;
    let likeness = likeness(&voice()[4_000..12_000], &heard);
    assert!(likeness > 0.95, "the voice came back with a likeness of {likeness}");
}

#[tokio::test]
async fn a_client_reads_what_the_line_check_says_while_it_hears_it() {
    let bridge = Running::start().await;
    let mut client = Client::of(&bridge, "/api/chat").await;
    client.next().await;
    let (mut heard, mut words) = (Vec::new(), String::new());
    let invited = " Speak, and I will play it back.";
    let mut greeted = 0;
    while !words.ends_with(invited) {
        client.hear_more(&mut heard, &mut words).await;
        if words == " xSwarm Voice: line check." {
            greeted = heard.len();
        }
    }
    let expected = " xSwarm Voice: line check. The voice bridge is listening. The supervisor is listening. One call.";
    assert_eq!(words, format!("{expected}{invited}"));
    let greeting = include_bytes!("../clips/greeting.ulaw").len();
    assert!((greeting / 2..greeting + 8_000).contains(&greeted), "after {greeted} samples");
    client.say(&sentence()).await;
    words.clear();
    while !words.ends_with(" was lost.") {
        client.hear_more(&mut heard, &mut words).await;
    }
    let level = words.strip_prefix(" Your level is minus ").expect("an echo has no words");
    let level = level.strip_suffix(" decibels. Nothing was lost.").expect("the report");
    assert!(level.split(' ').all(|word| word.chars().all(char::is_lowercase)), "{level}");
}

#[tokio::test]
async fn a_client_hears_silence_in_every_pause_and_it_counts_for_nothing() {
    let mut bridge = Running::start().await;
    let mut client = Client::of(&bridge, "/api/chat").await;
    client.next().await;
    let (mut heard, mut words) = (Vec::new(), String::new());
    let start = Instant::now();
    while !words.ends_with(" back.") {
        client.hear_more(&mut heard, &mut words).await;
    }
    // The last word, and what is on its way.
    heard.extend(client.hear(8_000).await);
    let is_quiet = |calls: &Vec<wire::Call>| {
        calls.iter().any(|call| call.phase == CallPhase::Quiet && call.said.level_dbfs == -100)
    };
    let said = bridge.calls_become(is_quiet).await.remove(0).said;
    let silence = client.hear(24_000).await;
    assert_eq!(Level::of(&silence[2_000..]).decibels().max(-80.0), -80.0);
    heard.extend(silence);
    let ahead = duration_of(heard.len()).as_secs_f32() - start.elapsed().as_secs_f32();
    assert!((-0.2..0.5).contains(&ahead), "{ahead} s more than there was time to hear");
    let call = bridge.calls.borrow()[0].clone();
    assert_eq!((call.phase, &call.said), (CallPhase::Quiet, &said));
    assert!((15..35).contains(&said.gaps.p50_ms), "{:?}", said.gaps);
}

#[tokio::test]
async fn a_call_of_a_client_shows_as_much_as_one_of_a_phone() {
    let mut bridge = Running::start().await;
    let mut happenings = bridge.bridge.happenings().subscribe();
    let mut client = Client::of(&bridge, "/api/chat").await;
    client.next().await;
    let loud = |level: i8| level > -60;
    let speaks = |call: &wire::Call| call.phase == CallPhase::Engine && loud(call.said.level_dbfs);
    bridge.calls_become(|calls| calls.iter().any(speaks)).await;
    client.say(&voice()).await;
    let cut = |call: &wire::Call| call.phase == CallPhase::Caller && call.said.clears == 1;
    bridge.calls_become(|calls| calls.iter().any(cut)).await;
    client.say(&[0; 8_000]).await;
    let call = bridge.calls_become(|calls| calls[0].heard.utterances == 1).await.remove(0);
    let happening = timeout(PATIENCE, happenings.recv()).await.expect("in time");
    let Ok(Happening::Utterance { call: id, duration_ms }) = happening else {
        panic!("something else happened")
    };
    assert!(id == call.id && (1_000..20_000).contains(&duration_ms), "{duration_ms} ms");
}

#[tokio::test]
async fn a_call_that_is_passed_on_as_it_is_shows_who_speaks_too() {
    let server = FakeMoshi::with(Habits::default()).await;
    let mut bridge = answered_by(&server).await;
    let mut happenings = bridge.bridge.happenings().subscribe();
    let mut client = Client::of(&bridge, "/api/chat").await;
    client.next().await;
    client.say(&sentence()).await;
    client.hear(voice().len() - 4_000).await;
    let so = |call: &wire::Call| call.heard.utterances == 1 && call.said.sound_ms > 1_000;
    let call = bridge.calls_become(|calls| calls.iter().any(so)).await.remove(0);
    assert_eq!(call.said.clears, 0, "nothing of it is cleared");
    let happening = timeout(PATIENCE, happenings.recv()).await.expect("in time");
    assert!(matches!(happening, Ok(Happening::Utterance { .. })));
}

#[tokio::test]
async fn kinds_of_messages_that_the_line_check_does_not_know_are_ignored() {
    let bridge = Running::start().await;
    let mut client = Client::of(&bridge, "/api/chat").await;
    client.next().await;
    for odd in [&[][..], &[2, b'a'], &[3, 1], &[6], &[9, 0xFF], &[0xFF; 40]] {
        client.send(odd.to_vec()).await;
    }
    client.hear(8_000).await;
}

#[tokio::test]
async fn what_a_client_and_a_model_say_is_passed_on_as_it_is() {
    let habits = Habits {
        tells_of_model: true,
        tells_versions: true,
        text: vec![" Hello".to_owned()],
        ..Habits::default()
    };
    let server = FakeMoshi::with(habits).await;
    let mut bridge = answered_by(&server).await;
    let mut client = Client::of(&bridge, "/api/chat?text_temperature=0.7").await;
    assert!(client.next().await.starts_with(b"\x04{"), "the model is told of");
    assert_eq!(client.next().await, [0; 9]);
    assert_eq!(client.next().await, b"\x02 Hello");
    for part in [b"one".as_slice(), b"two", b"three", b"four"] {
        client.send([b"\x01", part].concat()).await;
    }
    assert_eq!(client.next().await, b"\x01onetwothreefour");
    let more = timeout(Duration::from_millis(300), client.0.next()).await;
    assert!(more.is_err(), "nothing is added to it: {more:?}");
    let asked = server.asked.borrow().clone();
    assert_eq!(asked, ["/api/chat?text_temperature=0.7"]);
    let said = |call: &wire::Call| call.words.as_ref().is_some_and(|words| words.text == "Hello");
    bridge.calls_become(|calls| calls.iter().any(said)).await;
}

#[tokio::test]
async fn nothing_is_put_into_sound_that_is_passed_on_as_it_is() {
    let mut server = FakeMoshi::with(Habits::default()).await;
    let moshi = MoshiSettings {
        servers: vec![server.url()],
        text_prompt: Some("Be kind.".to_owned()),
        ..MoshiSettings::default()
    };
    let mut bridge = Running::with(Settings { moshi: Some(moshi), ..Settings::default() }).await;
    let early = bridge.bridge.suggest(Whom::Next, "Be brief.", Priority::Normal).expect("taken");
    let mut client = Client::of(&bridge, "/api/chat?text_temperature=0.7").await;
    client.next().await;
    let id = bridge.calls_become(|calls| calls.len() == 1).await[0].id;
    let suggested = bridge.bridge.suggest(Whom::Call(id), "Hello", Priority::High);
    let refused = Reason::EngineTakesNoText.into();
    assert_eq!(suggested.expect_err("nobody would take it"), refused);
    let spoken = bridge.bridge.speak(id, "Hello").await.expect_err("nobody would hear it");
    assert_eq!(spoken.reason, Reason::TakesNoSpeech);
    let shown = |call: &wire::Call| !call.not_offered.is_empty();
    let call = bridge.calls_become(|calls| calls.iter().any(shown)).await.remove(0);
    let reasons: Vec<_> = call.not_offered.iter().map(|one| one.why.reason).collect();
    assert_eq!(reasons, [Reason::EngineTakesNoText, Reason::TakesNoSpeech], "nor is it offered");
    // What is suggested for the next call waits for one that can use it.
    let _caller = bridge.caller().await;
    let asked = server.asked.wait_for(|asked| asked.len() == 2).await.expect("it lives").clone();
    assert_eq!(asked[1], "/api/chat?text_prompt=Be+kind.+Be+brief.&voice_prompt=NATF2.pt");
    assert!(matches!(early.fate().await, Fate::Delivered { .. }));
}

#[tokio::test]
async fn the_end_of_either_is_the_end_of_both() {
    let server = FakeMoshi::with(Habits::default()).await;
    let mut bridge = answered_by(&server).await;
    let mut client = Client::of(&bridge, "/api/chat").await;
    client.next().await;
    // The server ends the session at a kind that it doesn't know.
    client.send(vec![9]).await;
    client.until_closed().await;
    bridge.calls_become(Vec::is_empty).await;
    let client = Client::of(&bridge, "/api/chat").await;
    bridge.calls_become(|calls| calls.len() == 1).await;
    drop(client);
    bridge.calls_become(Vec::is_empty).await;
}

#[tokio::test]
async fn who_comes_while_the_model_is_busy_is_told_before_the_upgrade() {
    let server = FakeMoshi::with(Habits { one_at_a_time: true, ..Habits::default() }).await;
    let mut bridge = answered_by(&server).await;
    let mut first = Client::of(&bridge, "/api/chat").await;
    first.next().await;
    let ready = |call: &wire::Call| {
        call.model.as_ref().is_some_and(|model| model.state == ModelState::Ready)
    };
    bridge.calls_become(|calls| calls.iter().any(ready)).await;
    assert_eq!(refused(&bridge, None).await, Some(503));
}

#[tokio::test]
async fn a_client_hears_of_a_model_that_does_not_answer() {
    let server = FakeMoshi::with(Habits { drops_at_once: true, ..Habits::default() }).await;
    let bridge = answered_by(&server).await;
    let mut client = Client::of(&bridge, "/api/chat").await;
    assert_eq!(client.next().await, b"\x05no server of the speech model answers");
    assert_eq!(client.until_closed().await, Some(1013));
}

#[tokio::test]
async fn clients_are_taken_from_this_machine_only() {
    let bridge = Running::start().await;
    let forwarded = Some(("X-Forwarded-For", "192.0.2.7"));
    assert_eq!(refused(&bridge, forwarded).await, Some(403));
}

#[tokio::test]
async fn what_a_client_should_not_send_is_counted_and_its_sound_is_heard() {
    let mut bridge = Running::start().await;
    let mut client = Client::of(&bridge, "/api/chat").await;
    client.next().await;
    for junk in [b"\x01this is no Ogg".as_slice(), b"\x01OggS", b"\x01", b"", b"\xff", b"\x02\xff"]
    {
        client.send(junk.to_vec()).await;
    }
    client.0.send_text("{}").await.expect("the call goes on");
    client.say(&voice()).await;
    client.say(&[0; 8_000]).await;
    let spoke = |call: &wire::Call| call.heard.utterances > 0;
    let call = bridge.calls_become(|calls| calls.first().is_some_and(spoke)).await.remove(0);
    assert!(call.heard.odd >= 2 && call.heard.lost_ms > 0, "{:?}", call.heard);
}

#[tokio::test]
async fn what_a_client_and_a_model_say_is_recorded_where_people_have_asked_for_it() {
    let server = FakeMoshi::with(Habits::default()).await;
    let folder = tempfile::tempdir().expect("a folder");
    let bridge = Running::with(Settings {
        recordings: Some(recordings(folder.path())),
        ..answered_by_model(&server)
    })
    .await;
    let mut client = Client::of(&bridge, "/api/chat").await;
    client.next().await;
    client.say(&voice()[..14_000]).await;
    client.hear(12_500).await;
    hears_the_same_on_both_sides(bridge, folder.path()).await;
}

#[tokio::test]
async fn what_a_client_and_the_line_check_say_is_recorded_where_people_have_asked_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let recordings = Some(recordings(folder.path()));
    let mut bridge = Running::with(Settings { recordings, ..Settings::default() }).await;
    let mut client = Client::of(&bridge, "/api/chat").await;
    client.next().await;
    client.say(&sentence()).await;
    bridge.calls_become(|calls| calls.iter().any(|call| call.heard.utterances == 1)).await;
    client.hear(voice().len() + 12_000).await;
    hears_the_same_on_both_sides(bridge, folder.path()).await;
}

#[tokio::test]
async fn sound_that_cannot_be_read_is_passed_on_and_only_its_side_is_not_recorded() {
    let server = FakeMoshi::with(Habits::default()).await;
    let folder = tempfile::tempdir().expect("a folder");
    let recordings = Some(recordings(folder.path()));
    let bridge = Running::with(Settings { recordings, ..answered_by_model(&server) }).await;
    let mut client = Client::of(&bridge, "/api/chat").await;
    client.next().await;
    for part in [b"one".as_slice(), b"two", b"three", b"four"] {
        client.send([b"\x01", part].concat()).await;
    }
    assert_eq!(client.next().await, b"\x01onetwothreefour");
    bridge.stop.cancel();
    bridge.served.await.expect("the bridge ends when all is on the disk");
    assert!(recorded(folder.path()).iter().all(Vec::is_empty));
}

/// Ends the bridge, and looks for what the client has said on both sides of the recording.
async fn hears_the_same_on_both_sides(bridge: Running, folder: &Path) {
    bridge.stop.cancel();
    bridge.served.await.expect("the bridge ends when all is on the disk");
    for side in recorded(folder) {
        let likeness = likeness(&voice()[4_000..10_000], &side);
        assert!(likeness > 0.95, "a side is like what was said by {likeness}");
    }
}

fn answered_by_model(server: &FakeMoshi) -> Settings {
    let moshi = MoshiSettings { servers: vec![server.url()], ..MoshiSettings::default() };
    Settings { moshi: Some(moshi), ..Settings::default() }
}

async fn answered_by(server: &FakeMoshi) -> Running {
    Running::with(answered_by_model(server)).await
}

/// A client that believes in the test: whatever breaks ends it.
struct Client(MoshiClient);

impl Client {
    async fn of(bridge: &Running, path: &str) -> Self {
        Self(MoshiClient::of(bridge, path).await)
    }

    async fn send(&mut self, message: Vec<u8>) {
        self.0.send(message).await.expect("the call goes on");
    }

    async fn say(&mut self, samples: &[i16]) {
        self.0.say(samples).await.expect("the call goes on");
    }

    /// The next message.
    async fn next(&mut self) -> Vec<u8> {
        let message = timeout(PATIENCE, self.0.next()).await.expect("in time");
        message.expect("the call goes on")
    }

    /// So many samples of what is heard next. Words may come in between.
    async fn hear(&mut self, samples: usize) -> Vec<i16> {
        let (mut heard, mut words) = (Vec::new(), String::new());
        while heard.len() < samples {
            self.hear_more(&mut heard, &mut words).await;
        }
        heard
    }

    /// Adds the next message, which is sound or a word.
    async fn hear_more(&mut self, heard: &mut Vec<i16>, words: &mut String) {
        let message = self.next().await;
        match message[0] {
            1 => heard.extend(self.0.decode(&message[1..])),
            2 => words.push_str(str::from_utf8(&message[1..]).expect("a whole word")),
            other => panic!("neither sound nor words are of kind {other}"),
        }
    }

    /// The code with which the connection is closed, if it is closed with one.
    async fn until_closed(&mut self) -> Option<u16> {
        loop {
            if let Err(code) = timeout(PATIENCE, self.0.next()).await.expect("in time") {
                return code;
            }
        }
    }
}

/// The status with which such a client is refused.
async fn refused(bridge: &Running, header: Option<(&str, &str)>) -> Option<u16> {
    let uri = format!("ws://{}/api/chat", bridge.address).parse().expect("an address");
    let request = ClientRequestBuilder::new(uri);
    let request = match header {
        Some((name, value)) => request.with_header(name, value),
        None => request,
    };
    match testcall::connect(bridge.address, request).await {
        Err(Unanswered::Declined { status, .. }) => status,
        other => panic!("not refused: {other:?}"),
    }
}

//! A client of the MOSHI protocol that sends silence at the pace of sound.

use std::pin::pin;
use std::time::Duration;

use audio::{FRAME, FRAME_SAMPLES};
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use crate::caller::Running;
use crate::moshi_client::MoshiClient;

/// Nothing that a test waits for takes longer.
const PATIENCE: Duration = Duration::from_secs(40);

pub(crate) struct Client {
    client: MoshiClient,
    clock: Interval,
    /// The kinds of messages that have come, each once where several of one kind follow one another.
    pub(crate) kinds: Vec<u8>,
    messages: usize,
    /// With which code the call was closed, once it was.
    closed: Option<Option<u16>>,
}

impl Client {
    pub(crate) async fn of(bridge: &Running) -> Self {
        let client = MoshiClient::of(bridge, "/api/chat").await;
        let mut clock = interval(FRAME);
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        Self { client, clock, kinds: Vec::new(), messages: 0, closed: None }
    }

    /// Goes on for as long as that takes.
    pub(crate) async fn during<T>(&mut self, what: impl Future<Output = T>) -> T {
        let mut what = pin!(timeout(PATIENCE, what));
        loop {
            tokio::select! {
                done = &mut what => return done.expect("it happens in time"),
                () = self.step() => {}
            }
        }
    }

    /// Goes on for so many messages.
    pub(crate) async fn hears_more(&mut self, messages: usize) {
        let enough = self.messages + messages;
        let hearing = async {
            while self.messages < enough {
                self.step().await;
            }
        };
        timeout(PATIENCE, hearing).await.expect("they come in time");
    }

    /// The code with which the call is closed, if it is closed with one.
    pub(crate) async fn until_closed(&mut self) -> Option<u16> {
        let closing = async {
            loop {
                match self.closed {
                    Some(code) => return code,
                    None => self.step().await,
                }
            }
        };
        timeout(PATIENCE, closing).await.expect("it is closed in time")
    }

    async fn step(&mut self) {
        tokio::select! {
            // Where the other side has hung up, that is to be heard.
            _ = self.clock.tick() => drop(self.client.say(&[0; FRAME_SAMPLES]).await),
            heard = self.client.next(), if self.closed.is_none() => match heard {
                Ok(message) => {
                    self.messages += 1;
                    if self.kinds.last() != message.first() {
                        self.kinds.extend(message.first());
                    }
                }
                Err(code) => self.closed = Some(code),
            },
        }
    }
}

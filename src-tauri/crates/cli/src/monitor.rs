//! `monitor`: the calls, the words and the services as they change, and a line to steer by.

mod calls;
mod draw;
mod scene;
mod wrap;

use std::io::{self, IsTerminal};

use anyhow::{Result, bail};
use crossterm::event::{Event, EventStream};
use futures_util::StreamExt;
use ratatui::DefaultTerminal;
use station::{Access, Conversation, Misheard, Settings};
use tokio::time::sleep;
use wire::protocol::{Command, Kind};

use crate::exit::Exit;
use crate::status::{LOOK_AGAIN, settings};
use crate::terminal::{now, say};
use scene::{Act, Scene};

/// What the view is made of; levels are part of the status.
const SHOWN: [Kind; 7] = [
    Kind::Status,
    Kind::Calls,
    Kind::Speech,
    Kind::Words,
    Kind::Suggestions,
    Kind::Services,
    Kind::Engine,
];

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Print every event as a line of JSON until Ctrl-C, in place of the view.
    #[arg(long)]
    json: bool,
    /// Only watch: with the token that allows no more.
    #[arg(long)]
    observe: bool,
}

pub(crate) async fn run(Arguments { json, observe }: Arguments) -> Result<Exit> {
    let settings = settings()?;
    let access = if observe { Access::Observe } else { Access::Control };
    if json {
        return print(&settings, access).await;
    }
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        bail!("the view needs a terminal; --json prints the events to wherever you like");
    }
    let mut terminal = ratatui::try_init()?;
    let view = View { scene: Scene::new(observe), keys: EventStream::new() };
    let done = view.show(&mut terminal, &settings, access).await;
    ratatui::try_restore()?;
    done.map(|()| Exit::Done)
}

/// A conversation, unless nobody is there to talk with at the moment.
async fn begin(settings: &Settings, access: Access) -> Result<Option<Conversation>> {
    let Some(running) = station::running() else { return Ok(None) };
    unless_cut_off(Conversation::with_process(settings, &running.identity, access).await)
}

/// Whoever ends or starts again in the middle of a word may be there the next moment.
fn unless_cut_off<T: Default>(heard: Result<T, Misheard>) -> Result<T> {
    match heard {
        Err(Misheard::Broken(_) | Misheard::Ended | Misheard::Silent(_)) => Ok(T::default()),
        heard => Ok(heard?),
    }
}

async fn print(settings: &Settings, access: Access) -> Result<Exit> {
    loop {
        if let Some(mut conversation) = begin(settings, access).await? {
            let all = Command::Subscribe { kinds: Kind::ALL.to_vec() };
            unless_cut_off(conversation.say(&all).await)?;
            while let Some(message) = conversation.hear().await? {
                say(message)?;
            }
        }
        sleep(LOOK_AGAIN).await;
    }
}

struct View {
    scene: Scene,
    keys: EventStream,
}

impl View {
    /// Shows everything until somebody quits, also while there is nobody to watch.
    async fn show(
        mut self,
        terminal: &mut DefaultTerminal,
        settings: &Settings,
        access: Access,
    ) -> Result<()> {
        loop {
            self.draw(terminal)?;
            let quits = match begin(settings, access).await? {
                Some(mut conversation) => {
                    unless_cut_off(conversation.subscribe(&SHOWN).await)?;
                    self.follow(terminal, &mut conversation).await?
                }
                None => tokio::select! {
                    () = sleep(LOOK_AGAIN) => false,
                    event = self.keys.next() => self.takes(event)? == Act::Quit,
                },
            };
            if quits {
                return Ok(());
            }
        }
    }

    /// Until the conversation ends, or somebody quits; tells which.
    async fn follow(
        &mut self,
        terminal: &mut DefaultTerminal,
        conversation: &mut Conversation,
    ) -> Result<bool> {
        loop {
            let act = tokio::select! {
                message = conversation.hear() => match message? {
                    Some(heard) => {
                        // What another version tells besides is passed over.
                        if let Ok(message) = heard.message() {
                            self.scene.hear(message);
                        }
                        Act::Nothing
                    }
                    None => {
                        self.scene.lose();
                        return Ok(false);
                    }
                },
                event = self.keys.next() => self.takes(event)?,
            };
            match act {
                Act::Nothing => {}
                Act::Quit => return Ok(true),
                Act::Say(order) => {
                    unless_cut_off(conversation.say(&order.into()).await)?;
                }
            }
            self.draw(terminal)?;
        }
    }

    fn takes(&mut self, event: Option<io::Result<Event>>) -> Result<Act> {
        Ok(match event.transpose()? {
            Some(Event::Key(key)) => self.scene.press(key),
            Some(_) => Act::Nothing,
            None => Act::Quit,
        })
    }

    fn draw(&self, terminal: &mut DefaultTerminal) -> Result<()> {
        terminal.draw(|frame| draw::draw(frame, &self.scene, now()))?;
        Ok(())
    }
}

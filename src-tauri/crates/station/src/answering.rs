//! What answers calls: chosen while they go on, and kept in the settings. Whoever changes their file by hand is followed as
//! well, and what in it takes a restart is told until there was one.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bridge::{Bridge, MoshiSettings};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{info, warn};
use wire::{
    Engine, EngineChoice, EngineChosen, EngineOrder, Failure, Note, SettingValue, SettingsChanges,
    SettingsEffect, SettingsProblem, Snapshot, plain,
};

use crate::settings::{ENGINE, Loaded, Settings, Unchanged, differences, is_applied_at_once};
use crate::{found, words};

/// How often to look whether somebody has changed the file by hand.
const OFTEN: Duration = Duration::from_secs(5);

/// A file that is left alone for so long has been written to its end.
const WRITTEN: Duration = Duration::from_millis(200);

/// What answers calls.
pub(crate) struct Answering {
    bridge: Arc<Bridge>,
    /// The folder of the settings.
    folder: PathBuf,
    shown: watch::Sender<Snapshot>,
    state: Mutex<State>,
}

struct State {
    in_force: Settings,
    /// What was wrong with the file at the start.
    problems: Vec<SettingsProblem>,
    /// What of that still is.
    unreadable: Vec<Note>,
    file: File,
    /// That what was chosen can't be kept, if it can't.
    unkept: Option<Note>,
    /// That the file says what only a restart would put in force, if it does.
    restart: Option<Note>,
    /// The list that was chosen last, which stays on offer.
    listed: Option<EngineChoice>,
}

/// The file of the settings, as it was when it was last read.
struct File {
    stamp: Option<Stamp>,
    /// Whether what it says of what answers calls can be read.
    is_readable: bool,
    /// What it says of that.
    engine: EngineChoice,
    moshi: MoshiSettings,
}

/// By which it is seen without reading that a file was changed.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl From<Metadata> for Stamp {
    fn from(about: Metadata) -> Self {
        Self { length: about.len(), modified: about.modified().ok() }
    }
}

impl Answering {
    /// For this bridge, which has these settings; `problems` is what is wrong with their file.
    pub(crate) fn new(
        bridge: Arc<Bridge>,
        folder: PathBuf,
        (settings, problems): (Settings, Vec<SettingsProblem>),
        shown: watch::Sender<Snapshot>,
    ) -> Arc<Self> {
        let file = File {
            stamp: None,
            is_readable: true,
            engine: settings.voice_bridge.engine.clone(),
            moshi: settings.moshi.clone(),
        };
        let path = Settings::path(&folder);
        let at_first = Loaded { settings, path, problems };
        let unreadable = at_first.notes();
        let Loaded { settings, problems, .. } = at_first;
        let state = State {
            in_force: settings,
            problems,
            unreadable,
            file,
            unkept: None,
            restart: None,
            listed: None,
        };
        let answering = Self { bridge, folder, shown, state: Mutex::new(state) };
        answering.show(&mut answering.state());
        Arc::new(answering)
    }

    /// The settings in force.
    pub(crate) fn settings(&self) -> Settings {
        self.state().in_force.clone()
    }

    /// Has this answer calls from the next one on, and keeps it in the settings where that can be done.
    pub(crate) async fn choose(
        self: &Arc<Self>,
        order: EngineOrder,
    ) -> Result<EngineChosen, Failure> {
        let this = Arc::clone(self);
        let chosen = spawn_blocking(move || this.choose_at_once(order)).await;
        chosen.unwrap_or_else(|error| Err(Failure::system(error)))
    }

    /// Takes over what the file says by now, as far as that takes no restart.
    pub(crate) async fn reread(self: &Arc<Self>) {
        let this = Arc::clone(self);
        let reread = spawn_blocking(move || {
            let mut state = this.state();
            this.read_again(&mut state);
            this.show(&mut state);
        });
        if let Err(error) = reread.await {
            warn!(%error, "the settings were not read again");
        }
    }

    /// Reads the file again whenever it was changed. Never ends.
    pub(crate) async fn follow(self: Arc<Self>) {
        let path = Settings::path(&self.folder);
        loop {
            let stamp = std::fs::metadata(&path).ok().map(Stamp::from);
            // While somebody writes it, there may be none for a moment, or half of one.
            if stamp.is_some() && stamp != self.state().file.stamp {
                sleep(WRITTEN).await;
                if stamp == std::fs::metadata(&path).ok().map(Stamp::from) {
                    self.reread().await;
                }
            }
            sleep(OFTEN).await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn choose_at_once(&self, order: EngineOrder) -> Result<EngineChosen, Failure> {
        let mut state = self.state();
        // What somebody has just written by hand counts.
        self.read_again(&mut state);
        let EngineOrder { engine, server } = order;
        if let Some(problem) = engine.problem() {
            return Err(Failure::NotChosen { why: format!("the list {problem}") });
        }
        if server.is_some() && !engine.engines().contains(&Engine::Moshi) {
            let why = format!("{} asks no server", words::answered_by(&engine));
            return Err(Failure::NotChosen { why });
        }
        let moshi = self.with_server(&state, server.as_deref())?;
        let wanted = Settings { moshi, ..state.in_force.clone() };
        if let Some(needs) = words::needs(&engine, &wanted) {
            let why = format!("{} can't be chosen yet. {needs}", words::answered_by(&engine));
            return Err(Failure::NotChosen { why: why.trim_end_matches('.').to_owned() });
        }
        state.in_force = wanted;
        state.in_force.voice_bridge.engine = engine.clone();
        self.apply(&state);
        let path = Settings::path(&self.folder).display().to_string();
        let unkept = self.keep(&mut state).err();
        state.unkept = unkept.clone().map(|problem| {
            warn!(path, problem, "what answers calls can't be kept");
            Note::EngineNotKept { path: path.clone(), problem }
        });
        self.show(&mut state);
        let mut chosen = EngineChosen { engine, server, path, unkept, sentence: String::new() };
        chosen.sentence = words::chosen(&chosen);
        Ok(chosen)
    }

    /// What is in force of the speech model, with this server before all others. Only one that was found can be named.
    fn with_server(&self, state: &State, server: Option<&str>) -> Result<MoshiSettings, Failure> {
        let moshi = &state.in_force.moshi;
        let Some(server) = server else { return Ok(moshi.clone()) };
        let is_there = self.shown.borrow().found.iter().any(|found| found.url == server);
        let why = || format!("no server is found at {} at the moment", plain(server));
        if is_there {
            Ok(found::first(moshi, server))
        } else {
            Err(Failure::NotChosen { why: why() })
        }
    }

    /// Writes into the file what is chosen, or tells why it can't be.
    fn keep(&self, state: &mut State) -> Result<(), String> {
        let mut changes = SettingsChanges::new();
        if !state.file.is_readable || state.file.engine != state.in_force.voice_bridge.engine {
            changes.extend(of_engine(&state.in_force.voice_bridge.engine));
        }
        changes.extend(found::changes(&state.file.moshi, &state.in_force.moshi));
        if changes.is_empty() {
            return Ok(());
        }
        Settings::change(&self.folder, &changes).map_err(|unchanged| unchanged.why())?;
        self.read_again(state);
        Ok(())
    }

    fn apply(&self, state: &State) {
        self.bridge.choose(&state.in_force.bridge());
        info!(engine = ?state.in_force.voice_bridge.engine, "what answers calls is set");
    }

    /// Reads the file, takes over what it says otherwise of what answers calls, and notes what takes a restart.
    fn read_again(&self, state: &mut State) {
        let stamp = std::fs::metadata(Settings::path(&self.folder)).ok().map(Stamp::from);
        let Ok(read) = Settings::look(&self.folder) else {
            state.file.is_readable = false;
            return;
        };
        state.file.stamp = stamp;
        state.file.is_readable = read.problems.iter().all(|problem| {
            problem.effect == SettingsEffect::Kept
                || problem.key.as_deref().is_some_and(|key| key != ENGINE)
        });
        let is_sound = |problem: &SettingsProblem| {
            problem.effect == SettingsEffect::Kept
                || problem.key.as_deref().is_some_and(|key| !is_applied_at_once(key))
        };
        if read.problems.iter().all(is_sound) {
            self.take_over(state, &read.settings);
        }
        state.restart = restart_needed(state, &read);
        let still = state.problems.iter().filter(|one| is_in(&read.problems, one)).cloned();
        state.unreadable = Loaded { problems: still.collect(), ..read }.notes();
    }

    /// Takes over what the file says otherwise than when it was last read. What was chosen and could not be kept stays.
    fn take_over(&self, state: &mut State, read: &Settings) {
        let (engine, moshi) = (&read.voice_bridge.engine, &read.moshi);
        let mut is_other = false;
        if state.file.engine != *engine {
            is_other |= state.in_force.voice_bridge.engine != *engine;
            state.in_force.voice_bridge.engine.clone_from(engine);
            state.file.engine.clone_from(engine);
        }
        if state.file.moshi != *moshi {
            is_other |= state.in_force.moshi != *moshi;
            state.in_force.moshi.clone_from(moshi);
            state.file.moshi.clone_from(moshi);
        }
        if state.in_force.voice_bridge.engine == *engine {
            state.unkept = None;
        }
        if is_other {
            self.apply(state);
        }
    }

    /// Puts into what is shown what answers calls, and what is to be known of the settings.
    fn show(&self, state: &mut State) {
        let chosen = &state.in_force.voice_bridge.engine;
        if let EngineChoice::InTurn(_) = chosen {
            state.listed = Some(chosen.clone());
        }
        let (engine, engines) =
            (chosen.first(), words::offers(&state.in_force, state.listed.as_ref()));
        self.shown.send_if_modified(|snapshot| {
            let before = snapshot.clone();
            snapshot.notes.retain(|note| !is_about_settings(note));
            let about = state.unreadable.iter().chain(&state.unkept).chain(&state.restart);
            snapshot.notes.extend(about.cloned());
            (snapshot.engine, snapshot.engines) = (engine, engines);
            snapshot.found.retain(|found| !found::is_set(&state.in_force, &found.url));
            // Before there are services there is nothing to be said of the whole.
            if !snapshot.services.is_empty() {
                words::say(snapshot);
            }
            *snapshot != before
        });
    }
}

/// Has this answer calls from the next start on: writes it into the settings of this folder, where nobody runs who would.
pub fn choose_for_the_next_start(
    folder: &Path,
    engine: &EngineChoice,
) -> Result<EngineChosen, Unchanged> {
    Settings::change(folder, &of_engine(engine).into())?;
    let (engine, path) = (engine.clone(), Settings::path(folder).display().to_string());
    let sentence = words::chosen_for_later(&engine, &path);
    Ok(EngineChosen { engine, server: None, path, unkept: None, sentence })
}

/// The setting that has this answer calls.
fn of_engine(engine: &EngineChoice) -> [(String, Option<SettingValue>); 1] {
    let name = |engine: &Engine| SettingValue::Text(<&str>::from(engine).to_owned());
    let value = match engine {
        EngineChoice::One(engine) => name(engine),
        EngineChoice::InTurn(engines) => SettingValue::List(engines.iter().map(name).collect()),
    };
    [(ENGINE.to_owned(), Some(value))]
}

/// Whether it is told here.
const fn is_about_settings(note: &Note) -> bool {
    match note {
        Note::SettingsUnreadable { .. }
        | Note::EngineNotKept { .. }
        | Note::RestartNeeded { .. } => true,
        Note::PublishedToken
        | Note::ShortToken
        | Note::SecretReplaced { .. }
        | Note::NotKept { .. } => false,
    }
}

/// Whether that is wrong there as well, in whichever line.
fn is_in(problems: &[SettingsProblem], one: &SettingsProblem) -> bool {
    problems.iter().any(|other| (&other.key, &other.problem) == (&one.key, &one.problem))
}

/// What a restart would put in force of what was read, if anything.
fn restart_needed(state: &State, read: &Loaded) -> Option<Note> {
    let settings: Vec<String> = differences(&state.in_force, &read.settings)
        .into_iter()
        .filter(|key| !is_applied_at_once(key))
        .collect();
    let mut fresh = read.problems.iter().filter(|one| one.effect != SettingsEffect::Kept);
    let fresh = fresh.find(|one| !is_in(&state.problems, one));
    let only_this_machine =
        state.in_force.lets_in_only_this_machine() && !read.settings.lets_in_only_this_machine();
    let is_needed = !settings.is_empty() || fresh.is_some() || only_this_machine;
    is_needed.then(|| Note::RestartNeeded {
        path: read.path.display().to_string(),
        settings,
        problem: fresh.map(ToString::to_string),
        only_this_machine,
    })
}

//! The link to the tray's process: what is asked, and what comes back.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tauri::Wry;
use tauri::ipc::InvokeResolver;
use wire::Failure;

use crate::window::protocol::{self, FromTray, FromWindow, LONGEST};

/// What leads to the tray's process. It reads all the time, and what it does not read in time waits in the system.
pub(super) struct Tx {
    output: Mutex<File>,
    asked: Mutex<HashMap<u64, InvokeResolver<Wry>>>,
    last: AtomicU64,
}

impl Tx {
    pub(super) fn new(output: File) -> Self {
        Self { output: Mutex::new(output), asked: Mutex::default(), last: AtomicU64::new(0) }
    }

    pub(super) fn say(&self, message: &FromWindow) {
        let Ok(line) = protocol::line(message) else { return };
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        // An error means that the tray's process has gone, which ends this one.
        let _ = output.write_all(&line);
    }

    pub(super) fn ask(&self, command: String, payload: Value, resolver: InvokeResolver<Wry>) {
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        self.asked().insert(id, resolver);
        self.say(&FromWindow::Ask { id, command, payload });
    }

    pub(super) fn answer(&self, id: u64, answer: Result<Value, Failure>) {
        let Some(resolver) = self.asked().remove(&id) else { return };
        match answer {
            Ok(value) => resolver.resolve(value),
            Err(failure) => resolver.reject(failure),
        }
    }

    fn asked(&self) -> MutexGuard<'_, HashMap<u64, InvokeResolver<Wry>>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the tray's process says, until it has gone.
pub(super) fn heard(input: File) -> impl Iterator<Item = FromTray> {
    let (mut input, mut line) = (BufReader::new(input), Vec::new());
    std::iter::from_fn(move || {
        loop {
            line.clear();
            let read = (&mut input).take(LONGEST).read_until(b'\n', &mut line);
            if !matches!(read, Ok(1..)) {
                return None;
            }
            if let Ok(message) = serde_json::from_slice(&line) {
                return Some(message);
            }
        }
    })
}

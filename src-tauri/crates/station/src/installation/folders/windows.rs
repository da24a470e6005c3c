//! The folders of Windows. Settings roam with the user from machine to machine; tokens, locks and recordings are this one's.

use std::path::PathBuf;

use etcetera::BaseStrategy;
use etcetera::base_strategy::choose_native_strategy;

pub(super) fn config() -> Option<PathBuf> {
    Some(choose_native_strategy().ok()?.config_dir())
}

/// What the system calls local app data.
pub(super) fn data() -> Option<PathBuf> {
    Some(choose_native_strategy().ok()?.cache_dir())
}

/// What roams, where everything was kept once.
pub(super) fn earlier() -> Option<PathBuf> {
    Some(choose_native_strategy().ok()?.data_dir())
}

//! The folders of Linux and macOS.

use std::path::PathBuf;

use etcetera::BaseStrategy;
use etcetera::base_strategy::choose_native_strategy;

pub(super) fn config() -> Option<PathBuf> {
    Some(choose_native_strategy().ok()?.config_dir())
}

pub(super) fn data() -> Option<PathBuf> {
    Some(choose_native_strategy().ok()?.data_dir())
}

/// They have never been elsewhere.
pub(super) const fn earlier() -> Option<PathBuf> {
    None
}

//! What only a Unix system can put in the place of our files.

#![cfg(unix)]

use station::Settings;

#[test]
fn settings_that_are_a_link_to_nowhere_are_not_taken_for_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = Settings::path(folder.path());
    std::os::unix::fs::symlink(folder.path().join("away/settings.toml"), &path).expect("room");
    let loaded = Settings::load(folder.path());
    assert!(loaded.settings.voice_bridge.limits.only_this_machine);
    assert!(loaded.settings.supervisor.limits.only_this_machine);
    assert!(path.is_symlink() && loaded.problems[0].problem.contains("away/settings.toml"));
}

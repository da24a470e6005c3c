//! Starts other programs, from the top of the workspace, and says what they were when they end badly.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use anyhow::{Context, Result, ensure};

/// The top of the workspace.
pub(crate) fn top() -> &'static Path {
    static TOP: LazyLock<PathBuf> = LazyLock::new(|| {
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(2).take(1).collect()
    });
    &TOP
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| top().join("target"), |named| top().join(named))
}

/// Takes a folder away, with all that an earlier run has left in it.
pub(crate) fn take_away(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot empty {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// A program with its arguments, to be run at the top of the workspace.
pub(crate) fn program<Word: AsRef<OsStr>>(
    name: &str,
    words: impl IntoIterator<Item = Word>,
) -> Command {
    let mut command = Command::new(name);
    command.args(words).current_dir(top());
    command
}

/// The cargo that runs this program, with the words of one line.
pub(crate) fn cargo(words: &str) -> Command {
    program(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()), words.split_whitespace())
}

/// npm in `ui/`, with the words of one line.
pub(crate) fn npm(words: &str) -> Command {
    let name = if std::env::consts::OS == "windows" { "npm.cmd" } else { "npm" };
    let mut command = program(name, words.split_whitespace());
    command.current_dir(top().join("ui"));
    command
}

/// Runs it before the user's eyes; anything but success is an error.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    println!("$ {}", line_of(command));
    let status =
        command.status().with_context(|| format!("cannot start `{}`", line_of(command)))?;
    ensure!(status.success(), "`{}` ended with {status}", line_of(command));
    Ok(())
}

/// What it prints; anything but success is an error that carries what it complained about.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output =
        command.output().with_context(|| format!("cannot start `{}`", line_of(command)))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "`{}` ended with {}: {}",
        line_of(command),
        output.status,
        complaint.trim()
    );
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{}` printed something else than text", line_of(command)))
}

/// Whether it can be started and succeeds.
pub(crate) fn succeeds(name: &str, words: &str) -> bool {
    program(name, words.split_whitespace()).output().is_ok_and(|output| output.status.success())
}

/// Where a program of that name is on the `PATH`.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&folders).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

/// The command as one would type it.
pub(crate) fn line_of(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(OsStr::to_string_lossy).map(|word| quoted(&word)).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    if word.is_empty() || word.contains(char::is_whitespace) {
        format!("'{word}'")
    } else {
        word.to_owned()
    }
}

//! `cargo xtask`: everything there is to do with this repository, one word each.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talking to a terminal is what this program is for"
)]

mod bench;
mod check;
mod cross;
mod package;
mod peers;
mod prerequisites;
mod programs;
mod run;
mod test;
mod tidy;
mod window;

use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask COMMAND

  run [-- ARGUMENTS]   install what is lacking, build the window and the app, start it
  test                 the same for tests, and run them all: Rust, window, desktop
  check [--fix]        format, lints, wire types, window, tidiness, licences of dependencies
  tidy [--count [CHECKOUT]]
                       only the rules of this repository's shape; how many lines the product has
  cross [--app] [--build] [--test]
                       check for Windows and macOS, from Linux; with the shell; build for Windows; its tests under Wine
  bench [station | ports | supervisor | calls | attack | app]
                       how quick and how small the station is, what it knows of its ports, what many clients of its
                       supervisor and many calls cost, what bad neighbours can do to it, and what the app does on a desktop, in release
  peers [--all]        tries against software that isn't ours, which is fetched; with those whose downloads are large
  package [--appimage] [--test]
                       what people install on this system; with an AppImage; as root: try the packages, each in a root of its own
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["run"] => run::run(&[]),
        ["run", "--", passed_on @ ..] => run::run(passed_on),
        ["test"] => test::run(),
        ["check"] => check::run(check::Found::Report),
        ["check", "--fix"] => check::run(check::Found::Fix),
        ["cross", flags @ ..] => cross::run(flags),
        ["bench"] => bench::run(bench::Part::ALL),
        ["bench", "station"] => bench::run(&[bench::Part::Station]),
        ["bench", "ports"] => bench::run(&[bench::Part::Ports]),
        ["bench", "supervisor"] => bench::run(&[bench::Part::Supervisor]),
        ["bench", "app"] => bench::run(&[bench::Part::App]),
        ["bench", "attack"] => bench::run(&[bench::Part::Attack]),
        ["bench", "calls"] => bench::run(&[bench::Part::Calls]),
        ["peers", flags @ ..] => peers::run(flags),
        ["package", flags @ ..] => package::run(flags),
        ["tidy", flags @ ..] => tidy::run(flags),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        unknown => {
            eprintln!("`cargo xtask {}` is not a command.\n\n{HELP}", unknown.join(" "));
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

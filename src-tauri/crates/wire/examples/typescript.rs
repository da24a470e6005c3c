//! Prints `ui/src/wire.ts`.

#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

fn main() {
    print!("{}", wire::typescript::module());
}

//! How soon it is known who holds a port, on a quiet machine and on a crowded one, beside the tools that people use.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use ports::Known;

use super::crowd::Crowd;
use crate::figures::{Row, Spread, Table};
use crate::holder::Holder;
use crate::place::{Place, processes, tcp_sockets};

/// How many processes there are to be at least, and how many of them come for the crowd.
const CROWDED: usize = 400;
const CROWD: usize = 300;

/// How often is looked.
struct Patience {
    ours: usize,
    tools: usize,
}

pub(super) fn table(_place: &Place) -> Result<Table> {
    let holder = Holder::on_a_free_port()?;
    let mut rows = look(&holder, 2.0, &Patience { ours: 200, tools: 20 })?;
    let _crowd = Crowd::of(CROWD.max(CROWDED.saturating_sub(processes())))?;
    rows.extend(look(&holder, 120.0, &Patience { ours: 50, tools: 10 })?);
    Ok(Table::new("Who holds a port? With its name, command line, user and age", rows))
}

fn look(holder: &Holder, most_ms: f64, patience: &Patience) -> Result<Vec<Row>> {
    let scene = format!("{} processes, {} TCP sockets", processes(), tcp_sockets());
    let mut taken = Vec::new();
    for _ in 0..patience.ours {
        let began = Instant::now();
        let cause = ports::cause(holder.address, &Known::default());
        taken.push(began.elapsed());
        let pids: Vec<u32> =
            cause.endable_holders().iter().map(|holder| holder.identity.pid).collect();
        ensure!(pids == [holder.pid()], "{cause:?} is not {}", holder.pid());
    }
    let ours = Spread::of_times(format!("ports::cause ({scene})"), &taken).at_most("p95", most_ms);

    let port = holder.address.port();
    let lsof = format!("lsof -nP -iTCP:{port} -sTCP:LISTEN");
    let ss = format!("ss -ltnpH sport = :{port}");
    Ok(vec![
        ours.into(),
        by_tool(&lsof, "lsof -nP -iTCP:PORT -sTCP:LISTEN", holder, patience)?,
        by_tool(&ss, "ss -ltnpH sport = :PORT", holder, patience)?,
    ])
}

fn by_tool(line: &str, what: &str, holder: &Holder, patience: &Patience) -> Result<Row> {
    let mut words = line.split(' ');
    let program = words.next().context("a line begins with a program")?;
    let mut command = Command::new(program);
    command.args(words);
    let mut taken = Vec::new();
    for _ in 0..patience.tools {
        let began = Instant::now();
        let Ok(output) = command.output() else {
            return Ok(Row::Skipped {
                what: what.to_owned(),
                why: format!("{program} is not installed"),
            });
        };
        taken.push(began.elapsed());
        let said = String::from_utf8_lossy(&output.stdout);
        ensure!(said.contains(&holder.pid().to_string()), "`{line}` says '{said}'");
    }
    Ok(Spread::of_times(what, &taken).into())
}

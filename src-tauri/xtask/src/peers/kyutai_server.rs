//! Kyutai's own server, `moshi.server` of the package `moshi`, as a program that the app runs: on a tiny model of random weights
//! and on a processor, by a launcher, since by itself it can't start without CUDA.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::peer::{Outcome, Peer};
use super::program::{Running, SETPRIV};
use super::python::Python;
use super::station::{self, Station, free_address};
use crate::prerequisites::{Fact, Need, Packages};
use crate::programs::{output, program, target, top};

pub(super) const PEER: Peer = Peer {
    name: "Kyutai's server",
    claim: "run by the app it is proven ready, answers a call, comes back when it is killed, and is gone when the app is",
    systems: &["linux"],
    needs: NEEDS,
    large_download: Some("3 GB: Kyutai's server, with PyTorch"),
    attempt,
};

/// The package, and all that it takes.
const PACKAGES: &[&str] = &[
    "moshi==0.2.13",
    "MarkupSafe==3.0.4",
    "PyYAML==6.0.4",
    "aiohappyeyeballs==2.7.1",
    "aiohttp==3.11.18",
    "aiosignal==1.4.0",
    "attrs==26.1.0",
    "bitsandbytes==0.49.2",
    "certifi==2026.10.19.post1",
    "cffi==2.1.1",
    "charset-normalizer==3.5.3",
    "einops==0.8.2",
    "filelock==4.3.1",
    "frozenlist==1.8.0",
    "fsspec==2026.9.0",
    "hf-xet==1.8.0",
    "huggingface-hub==0.36.2",
    "idna==3.20",
    "jinja2==3.1.6",
    "mpmath==1.3.0",
    "multidict==6.9.1",
    "networkx==3.6.1",
    "numpy==2.2.6",
    "nvidia-cublas-cu12==12.8.4.1",
    "nvidia-cuda-cupti-cu12==12.8.90",
    "nvidia-cuda-nvrtc-cu12==12.8.93",
    "nvidia-cuda-runtime-cu12==12.8.90",
    "nvidia-cudnn-cu12==9.10.2.21",
    "nvidia-cufft-cu12==11.3.3.83",
    "nvidia-cufile-cu12==1.13.1.3",
    "nvidia-curand-cu12==10.3.9.90",
    "nvidia-cusolver-cu12==11.7.3.90",
    "nvidia-cusparse-cu12==12.5.8.93",
    "nvidia-cusparselt-cu12==0.7.1",
    "nvidia-nccl-cu12==2.27.5",
    "nvidia-nvjitlink-cu12==12.8.93",
    "nvidia-nvshmem-cu12==3.3.20",
    "nvidia-nvtx-cu12==12.8.90",
    "packaging==26.4",
    "propcache==0.5.4",
    "pycparser==3.12",
    "requests==2.34.2",
    "safetensors==0.7.0",
    "sentencepiece==0.2.3",
    "setuptools==65.5.0",
    "sounddevice==0.5.0",
    "sphn==0.2.1",
    "sympy==1.14.0",
    "torch==2.9.1",
    "tqdm==4.70.1",
    "triton==3.5.1",
    "typing_extensions==4.16.0",
    "urllib3==2.8.0",
    "yarl==1.25.1",
];

/// The model, and the launcher.
const MODEL: &str = "src-tauri/testdata/moshi";
/// A human voice, as from a telephone.
const RECORDING: &str = "src-tauri/crates/audio/tests/data/voice.wav";

const ROUNDS: usize = 20;
/// Within which nothing of it is left once the app was killed.
const GONE: Duration = Duration::from_secs(1);
/// Louder than this is sound.
const SOUND: i64 = -60;

const NEEDS: &[Need] = &[
    Need {
        what: "Python 3 with venv",
        why: "Kyutai's server is written in Python",
        seen_by: Fact::Success(&["python3", "-m", "ensurepip", "--version"]),
        packages: Packages { apt: "python3-venv", dnf: "python3", pacman: "python", brew: "" },
    },
    SETPRIV,
];

fn attempt() -> Result<Outcome> {
    let folder = target().join("peers/kyutai-server");
    let python = match Python::with(PACKAGES, &folder.join("python")) {
        Ok(python) => python,
        Err(error) => return Ok(Outcome::Skipped(format!("its packages can't be had: {error:#}"))),
    };
    station::build()?;
    let mut passed = 0;
    let mut first_fault = None;
    for number in 1..=ROUNDS {
        match round(&python.program()) {
            Ok(gone) => {
                println!("  round {number}: ready, answered, back, gone after {gone:.2?}");
                passed += 1;
            }
            Err(error) => {
                println!("  round {number}: {error:#}");
                first_fault.get_or_insert_with(|| format!("{error:#}"));
            }
        }
    }
    let count = format!("{passed} of {ROUNDS} rounds");
    println!("  {count}");
    Ok(match first_fault {
        None => Outcome::Passed,
        Some(fault) => Outcome::Failed(format!("{count}; first: {fault}")),
    })
}

/// Once all that is claimed; tells how long it took until nothing was left.
fn round(python: &Path) -> Result<Duration> {
    let address = free_address()?;
    let settings = format!(
        "[moshi]\nservers = [\"ws://{address}\"]\ncheck = 1\n\n[[programs]]\nname = \"kyutai\"\n\
         command = [{python:?}, \"serve.py\", \"{port}\"]\nfolder = {model:?}\nport = {port}\n",
        port = address.port(),
        model = top().join(MODEL),
    );
    let station = Station::start("engine = \"moshi\"", &settings)?;
    let mut watch =
        Running::start("xswarm status", &mut station.command(&["status", "--watch", "--json"]))?;
    let first = ready(&mut watch, None)?;
    call(&station, &mut watch)?;
    output(program("sh", ["-c", "kill -KILL $0"]).arg(first.to_string()))?;
    let second = ready(&mut watch, Some(first))?;
    ensure!(is_alive(second), "the server that is said to be back, {second}, isn't there");
    drop(watch);
    let home = station.home().to_owned();
    drop(station);
    gone(&home)
}

/// Waits until the program is proven ready, as another process than that; tells as which.
fn ready(watch: &mut Running, before: Option<u64>) -> Result<u64> {
    let pid = |line: &str| {
        let snapshot: Value = serde_json::from_str(line).ok()?;
        let services = snapshot["services"].as_array()?;
        let service = services.iter().find(|service| service["name"] == "kyutai")?;
        let is_ready = service["state"]["state"] == "listening";
        service["program"]["pid"].as_u64().filter(|pid| is_ready && Some(*pid) != before)
    };
    let line = watch.until(|line| pid(line).is_some()).context("the program is not ready")?;
    pid(&line).context("its process isn't told")
}

/// Places a call, waits until the model is heard in it, and hangs up.
fn call(station: &Station, watch: &mut Running) -> Result<()> {
    let recording = top().join(RECORDING);
    let mut command = station.command(&["call"]);
    command.arg(recording);
    let call = Running::start("xswarm call", &mut command)?;
    let answers = |line: &str| {
        let Ok(snapshot) = serde_json::from_str::<Value>(line) else { return false };
        let calls = snapshot["calls"].as_array().cloned().unwrap_or_default();
        calls.iter().any(|call| {
            let is_heard = call["said"]["level_dbfs"].as_i64().is_some_and(|level| level > SOUND);
            call["engine"] == "moshi" && call["model"]["state"] == "ready" && is_heard
        })
    };
    watch.until(answers).context("the model was not heard in a call")?;
    call.interrupt()?;
    Ok(())
}

/// How long it takes until no process is left that the app has started.
fn gone(home: &Path) -> Result<Duration> {
    let began = Instant::now();
    loop {
        let left = processes(home)?;
        if left.is_empty() {
            return Ok(began.elapsed());
        }
        ensure!(began.elapsed() < GONE, "still there after {GONE:?}: {left:?}");
        std::thread::yield_now();
    }
}

/// The processes that have the home of that app among their variables.
fn processes(home: &Path) -> Result<Vec<PathBuf>> {
    let mark = format!("XSWARM_HOME={}", home.display());
    let has_mark = |process: &PathBuf| {
        let variables = fs::read(process.join("environ")).unwrap_or_default();
        variables.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
    };
    let all = fs::read_dir("/proc").context("cannot list processes")?;
    Ok(all.flatten().map(|entry| entry.path()).filter(has_mark).collect())
}

fn is_alive(pid: u64) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

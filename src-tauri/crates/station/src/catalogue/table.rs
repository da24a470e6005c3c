//! The servers that are known, a row each.
//!
//! The figures are those of the models' own pages and of measurements by others: 7.7 billion weights are 15.4 GB in 16 bits,
//! 8.2 GB in 8 and 4.5 GB in 4, and beside them a conversation takes memory of its own.

use super::entry::{Entry, Hardware, Model, Program};

const MIMI: &str = "tokenizer-e351c8d8-checkpoint125.safetensors";
const WORDS: &str = "tokenizer_spm_32k_3.model";

/// All that there are, the one that most people can have at the top.
pub(crate) static ENTRIES: [Entry; 4] = [
    Entry {
        id: "kyutai_python",
        title: "Kyutai's server in Python",
        about: "MOSHI in 16 bits on an NVIDIA card. It takes one call at a time, and the next one waits.",
        hardware: Hardware::Cuda { gigabytes: 18.0 },
        program: Program::Python { least: (3, 10), package: "moshi" },
        arguments: &["-m", "moshi.server", "--host", "127.0.0.1", "--port", "{port}"],
        model: Model {
            repository: "kyutai/moshiko-pytorch-bf16",
            files: &["model.safetensors", MIMI, WORDS],
            download: 15.8,
            weights: 15.4,
            is_gated: false,
        },
        port: 8998,
        is_encrypted: false,
        install: &["{python} -m venv {folder}", "{pip} install moshi"],
    },
    Entry {
        id: "kyutai_mlx",
        title: "Kyutai's server for MLX",
        about: "MOSHI in 4 bits on a Mac with Apple silicon. It takes one call at a time, and ends a conversation after about five minutes.",
        hardware: Hardware::AppleSilicon { gigabytes: 9.0 },
        program: Program::Python { least: (3, 10), package: "moshi_mlx" },
        arguments: &[
            "-m",
            "moshi_mlx.local_web",
            "-q",
            "4",
            "--host",
            "127.0.0.1",
            "--port",
            "{port}",
            "--no-browser",
        ],
        model: Model {
            repository: "kyutai/moshiko-mlx-q4",
            files: &["model.q4.safetensors", MIMI, WORDS],
            download: 4.9,
            weights: 4.5,
            is_gated: false,
        },
        port: 8998,
        is_encrypted: false,
        install: &["{python} -m venv {folder}", "{pip} install moshi_mlx"],
    },
    Entry {
        id: "kyutai_rust",
        title: "Kyutai's server in Rust",
        about: "MOSHI in 8 bits on an NVIDIA card. It is built from source with Rust, git and CUDA's compiler, and its configuration has it listen on every address of this machine: set \"addr\" to \"127.0.0.1\" in moshi-backend/config-q8.json. It ends a conversation after six minutes.",
        hardware: Hardware::Cuda { gigabytes: 11.2 },
        program: Program::Built {
            name: "moshi-backend",
            within: "rust/target/release/moshi-backend",
        },
        arguments: &["--config", "moshi-backend/config-q8.json", "standalone"],
        model: Model {
            repository: "kyutai/moshiko-candle-q8",
            files: &["model.q8.gguf", MIMI, WORDS],
            download: 8.6,
            weights: 8.2,
            is_gated: false,
        },
        port: 8998,
        is_encrypted: true,
        install: &[
            "git clone https://github.com/kyutai-labs/moshi {folder}",
            "cd {folder}/rust",
            "cargo build --release --features cuda --bin moshi-backend",
        ],
    },
    Entry {
        id: "personaplex",
        title: "NVIDIA's PersonaPlex",
        about: "A MOSHI that is told whom to play, by text_prompt and voice_prompt. It takes the library Opus (libopus-dev), and listens on every address of this machine, whatever it is told.",
        hardware: Hardware::Cuda { gigabytes: 18.3 },
        program: Program::Python { least: (3, 10), package: "moshi-personaplex" },
        arguments: &["-m", "moshi.server", "--port", "{port}"],
        model: Model {
            repository: "nvidia/personaplex-7b-v1",
            files: &["model.safetensors", MIMI, WORDS],
            download: 17.2,
            weights: 16.7,
            is_gated: true,
        },
        port: 8998,
        is_encrypted: false,
        install: &[
            "{python} -m venv {folder}",
            "git clone https://github.com/NVIDIA/personaplex {folder}/source",
            "{pip} install {folder}/source/moshi",
        ],
    },
];

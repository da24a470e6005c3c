//! What is known of a server before anything is known of the machine.

/// A server that people install and we can start.
#[derive(Debug)]
pub(super) struct Entry {
    /// What it is called in the settings, and the name of the folder that it is installed into.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// What should be known of it, in a sentence or two.
    pub(super) about: &'static str,
    pub(super) hardware: Hardware,
    pub(super) program: Program,
    /// What stands behind the program in its command. `{port}` is its port.
    pub(super) arguments: &'static [&'static str],
    pub(super) model: Model,
    pub(super) port: u16,
    /// Whether it can't be reached but by TLS.
    pub(super) is_encrypted: bool,
    /// The steps that install it. `{folder}` is where to, `{python}` a Python that makes a virtual environment, and `{pip}` the
    /// `pip` in it.
    pub(super) install: &'static [&'static str],
}

/// What its model runs on, and how much memory that takes there, in gigabytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Hardware {
    /// A card of NVIDIA's.
    Cuda { gigabytes: f64 },
    /// A Mac with a processor of Apple's own.
    AppleSilicon { gigabytes: f64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    /// Python, no older than that, with that package.
    Python { least: (u32, u32), package: &'static str },
    /// A program that is built from source: what it is called, and where in the folder of its installation it comes to lie.
    Built { name: &'static str, within: &'static str },
}

/// The files of the model, as Hugging Face keeps them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Model {
    pub(super) repository: &'static str,
    pub(super) files: &'static [&'static str],
    /// How much all of them are, in gigabytes.
    pub(super) download: f64,
    /// How much of it is read for every frame of sound, in gigabytes.
    pub(super) weights: f64,
    /// Whether it is given only to people who have agreed to its licence.
    pub(super) is_gated: bool,
}

impl Entry {
    /// Its command behind the program.
    pub(super) fn arguments(&self, port: u16) -> Vec<String> {
        let port = port.to_string();
        self.arguments.iter().map(|argument| argument.replace("{port}", &port)).collect()
    }

    /// Where it is reached once it runs.
    pub(super) fn url(&self, port: u16) -> String {
        let scheme = if self.is_encrypted { "wss" } else { "ws" };
        format!("{scheme}://127.0.0.1:{port}")
    }

    /// What installs it, as a command for a shell.
    pub(super) fn install(&self, folder: &str, python: &str, pip: &str) -> String {
        let step = |step: &&str| {
            step.replace("{folder}", folder).replace("{python}", python).replace("{pip}", pip)
        };
        self.install.iter().map(step).collect::<Vec<_>>().join(" && ")
    }
}

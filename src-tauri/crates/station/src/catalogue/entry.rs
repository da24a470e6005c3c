//! What is known of a server before anything is known of the machine.

use wire::ServiceName;

/// A server that people install and we can start.
#[derive(Debug)]
pub(crate) struct Entry {
    /// What it is called in the settings, and the name of the folder that it is installed into.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    /// What should be known of it, in a sentence or two.
    pub(crate) about: &'static str,
    pub(crate) hardware: Hardware,
    pub(crate) program: Program,
    /// What stands behind the program in its command. `{port}` is its port.
    pub(crate) arguments: &'static [&'static str],
    pub(crate) model: Model,
    pub(crate) port: u16,
    /// Whether it can't be reached but by TLS.
    pub(crate) is_encrypted: bool,
    /// The steps that install it. `{folder}` is where to, `{python}` a Python that makes a virtual environment, and `{pip}` the
    /// `pip` in it.
    pub(crate) install: &'static [&'static str],
}

/// What its model runs on, and how much memory that takes there, in gigabytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Hardware {
    /// A card of NVIDIA's.
    Cuda { gigabytes: f64 },
    /// A Mac with a processor of Apple's own.
    AppleSilicon { gigabytes: f64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// Python, no older than that, with that package.
    Python { least: (u32, u32), package: &'static str },
    /// A program that is built from source: what it is called, and where in the folder of its installation it comes to lie.
    Built { name: &'static str, within: &'static str },
}

/// The files of the model, as Hugging Face keeps them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Model {
    pub(crate) repository: &'static str,
    pub(crate) files: &'static [&'static str],
    /// How much all of them are, in gigabytes.
    pub(crate) download: f64,
    /// How much of it is read for every frame of sound, in gigabytes.
    pub(crate) weights: f64,
    /// Whether it is given only to people who have agreed to its licence.
    pub(crate) is_gated: bool,
}

impl Entry {
    /// What it is called as a service.
    pub(crate) fn name(&self) -> ServiceName {
        ServiceName::literal(self.id)
    }

    /// Its command as it is shown before it is known which of its programs is installed.
    pub(crate) fn command(&self) -> Vec<String> {
        let program = match self.program {
            Program::Python { .. } => "python3",
            Program::Built { name, .. } => name,
        };
        std::iter::once(program.to_owned()).chain(self.arguments(self.port)).collect()
    }

    /// Its command behind the program.
    pub(crate) fn arguments(&self, port: u16) -> Vec<String> {
        let port = port.to_string();
        self.arguments.iter().map(|argument| argument.replace("{port}", &port)).collect()
    }

    /// Where it is reached once it runs.
    pub(crate) fn url(&self, port: u16) -> String {
        let scheme = if self.is_encrypted { "wss" } else { "ws" };
        format!("{scheme}://127.0.0.1:{port}")
    }

    /// What installs it, as a command for a shell.
    pub(crate) fn install(&self, folder: &str, python: &str, pip: &str) -> String {
        let step = |step: &&str| {
            step.replace("{folder}", folder).replace("{python}", python).replace("{pip}", pip)
        };
        self.install.iter().map(step).collect::<Vec<_>>().join(" && ")
    }
}

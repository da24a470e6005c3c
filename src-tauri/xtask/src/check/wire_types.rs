//! Whether `ui/src/wire.ts` is what the crate `wire` says.

use std::fs;

use anyhow::{Context, Result, bail};

use super::found::Found;
use crate::programs::{cargo, output, top};

pub(super) fn check(found: Found) -> Result<()> {
    let file = top().join("ui/src/wire.ts");
    let wanted =
        output(&mut cargo("run --quiet --package wire --features described --example typescript"))?;
    if fs::read_to_string(&file).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    match found {
        Found::Report => bail!(
            "ui/src/wire.ts is not what the crate `wire` says; `cargo xtask check --fix` writes it"
        ),
        Found::Fix => fs::write(&file, wanted).context("cannot write ui/src/wire.ts"),
    }
}

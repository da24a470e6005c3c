//! Windows has no `SO_REUSEPORT`.

use anyhow::{Result, bail};

pub(super) fn listener(_port: u16) -> Result<()> {
    bail!("there is no SO_REUSEPORT here")
}

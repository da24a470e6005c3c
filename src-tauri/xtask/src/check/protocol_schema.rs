//! Whether the JSON Schema of the supervisor's protocol is what its types say, and its page describes all of them.

use anyhow::Result;

use super::found::Found;
use crate::programs::{cargo, succeed};

pub(super) fn check(found: Found) -> Result<()> {
    // Only tests know the schema, so that the program needn't be able to make it.
    let mut test = cargo("test --quiet --package supervisor --lib schema");
    if found == Found::Fix {
        test.env("XSWARM_WRITE_SCHEMA", "1");
    }
    succeed(&mut test)
}

//! Servers of speech models that run on this machine though nobody has named them: they are found and offered, and never used
//! unasked.

mod lookout;
mod offer;
mod place;

pub(crate) use lookout::look_out;
pub(crate) use offer::{changes, first, is_set};

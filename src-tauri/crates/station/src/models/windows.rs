//! What Windows calls things.

/// Where a virtual environment has its Python, and its `pip`.
pub(super) const PYTHON: &str = r"Scripts\python.exe";
pub(super) const PIP: &str = r"Scripts\pip.exe";
/// What Python is called, the most likely first, and what makes a virtual environment. `python3` leads to the store.
pub(super) const PYTHONS: &[&str] = &["python"];

/// A path as a shell reads it; none has a quote in it.
pub(super) fn quoted(path: &str) -> String {
    format!("\"{path}\"")
}

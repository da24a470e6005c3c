//! What Unix calls things.

/// Where a virtual environment has its Python, and its `pip`.
pub(super) const PYTHON: &str = "bin/python";
pub(super) const PIP: &str = "bin/pip";
/// What Python is called, the most likely first, and what makes a virtual environment.
pub(super) const PYTHONS: &[&str] = &["python3", "python"];

/// A path as a shell reads it.
pub(super) fn quoted(path: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+:@".contains(letter);
    if path.chars().all(is_plain) {
        return path.to_owned();
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_only_where_a_shell_would_take_it_apart() {
        assert_eq!(quoted("/home/ann/.local"), "/home/ann/.local");
        assert_eq!(quoted("/Users/ann/Application Support"), "'/Users/ann/Application Support'");
        assert_eq!(quoted("/it's"), r"'/it'\''s'");
        assert_eq!(quoted("/a$HOME"), "'/a$HOME'");
    }
}

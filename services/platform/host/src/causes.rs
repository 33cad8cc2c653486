//! What is behind an error: the first words of most tell nothing.

use std::{error::Error, iter::successors};

/// An error with what is behind it, each said once.
pub fn causes(error: &(dyn Error + 'static)) -> String {
    let mut words: Vec<String> = Vec::new();
    for cause in successors(Some(error), |&error| error.source()) {
        let cause = cause.to_string();
        if !words.iter().any(|word| word.contains(&cause)) {
            words.push(cause);
        }
    }
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn what_an_error_repeats_of_its_cause_is_said_once() {
        let repeated = io::Error::other(io::Error::other("connection refused"));
        assert_eq!(causes(&repeated), "connection refused");
    }
}

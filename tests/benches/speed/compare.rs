//! Two files of figures, row by row.

use std::{cmp::Ordering, process::ExitCode};

use tests::moved;

use crate::{
    row::{Better, Reach},
    sheet::{Line, Sheet, shown},
};

/// Prints what has changed; a failure where a row is worse than before by more than chance explains.
pub(crate) fn compare(old: &Sheet, new: &Sheet) -> ExitCode {
    println!("{} ({}) and {} ({})", old.time, old.profile, new.time, new.profile);
    println!(
        "{:<50} {:<22} {:<22} {:>8}",
        "ratio to the reference, or the figure itself", "old", "new", "change"
    );
    let mut are_worse = false;
    for line in &new.lines {
        let Some(before) = old.lines.iter().find(|other| other.key == line.key) else {
            println!("{:<50} {:<22} {:<22}", line.what, "–", shown(&told(line)));
            continue;
        };
        let change = Change::between(before, line);
        are_worse |= change == Change::Worse;
        let (was, is) = (told(before), told(line));
        let percent = (is[1] / was[1] - 1.0) * 100.0;
        println!(
            "{:<50} {:<22} {:<22} {percent:>+7.1} % {}",
            line.what,
            shown(&was),
            shown(&is),
            change.word()
        );
    }
    for gone in old.lines.iter().filter(|line| !new.lines.iter().any(|other| other.key == line.key)) {
        println!("{:<50} {:<22} {:<22}", gone.what, shown(&told(gone)), "–");
    }
    if are_worse { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// What is compared: the ratio, because a reference takes what the machine does to both out of it.
fn told(line: &Line) -> [f64; 3] {
    line.ratio.unwrap_or(line.product)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Better,
    Worse,
    /// The quartiles overlap, or nothing is to be reached.
    Same,
}

impl Change {
    fn between(old: &Line, new: &Line) -> Self {
        if matches!(new.reach, Reach::Nothing) {
            return Self::Same;
        }
        match (moved(told(old), told(new)), new.better) {
            (Ordering::Equal, _) => Self::Same,
            (Ordering::Greater, Better::More) | (Ordering::Less, Better::Less) => Self::Better,
            _ => Self::Worse,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "WORSE",
            Self::Same => "",
        }
    }
}

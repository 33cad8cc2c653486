//! The plays: each measures a few rows, product and reference in turns.

mod exits;
pub(crate) mod grown;
mod hot;
mod playbook;
mod reads;
mod replicas;
mod standing;
mod transitions;
mod watchers;

use clap::ValueEnum;

use crate::{args::Args, ground::Ground, row::Figures};

/// What is measured together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Play {
    Transitions,
    Hot,
    Reads,
    Exits,
    Playbook,
    Replicas,
    Standing,
    Watchers,
}

impl Play {
    /// Those that the command line names; all when it names none.
    pub(crate) fn chosen(args: &Args) -> Vec<Self> {
        if !args.plays.is_empty() {
            return args.plays.clone();
        }
        // A thousand watchers take longer to come than a quick run has.
        let are_quick = |play: &&Self| !args.quick || **play != Self::Watchers;
        Self::value_variants().iter().filter(are_quick).copied().collect()
    }

    /// One round.
    pub(crate) async fn play(self, ground: &mut Ground, figures: &mut Figures) {
        match self {
            Self::Transitions => transitions::play(ground, figures).await,
            Self::Hot => hot::play(ground, figures).await,
            Self::Reads => reads::play(ground, figures).await,
            Self::Exits => exits::play(ground, figures).await,
            Self::Playbook => playbook::play(ground, figures).await,
            Self::Replicas => replicas::play(ground, figures).await,
            Self::Standing => standing::play(ground, figures).await,
            Self::Watchers => watchers::play(ground, figures).await,
        }
    }
}

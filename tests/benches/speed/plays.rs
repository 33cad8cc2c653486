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

use crate::{args::Args, ground::Ground, row::Figures};

/// What is measured together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    const ALL: [Self; 8] = [
        Self::Transitions,
        Self::Hot,
        Self::Reads,
        Self::Exits,
        Self::Playbook,
        Self::Replicas,
        Self::Standing,
        Self::Watchers,
    ];

    /// Those that the command line names; all when it names none.
    ///
    /// # Panics
    /// When it names another.
    pub(crate) fn chosen(args: &Args) -> Vec<Self> {
        let named = |word: &String| {
            let found = Self::ALL.into_iter().find(|play| play.name() == *word);
            found.unwrap_or_else(|| panic!("{word} is none of {:?}", Self::ALL.map(Self::name)))
        };
        if !args.plays.is_empty() {
            return args.plays.iter().map(named).collect();
        }
        // A thousand watchers take longer to come than a quick run has.
        Self::ALL.into_iter().filter(|play| !args.quick || *play != Self::Watchers).collect()
    }

    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
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

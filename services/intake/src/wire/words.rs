//! The intake service's own words on the wire and in the house.

use host::Fields;
use intake_domain::{CaseState, Level};
use proto::intake::v1::{ValidationLevel, case::State};

/// The customer's name.
pub(crate) fn customer(fields: &mut Fields, text: &str) -> String {
    fields.line("customer", text, 1, 200)
}

/// Why something is recorded again; empty where nothing stood before.
pub(crate) fn cause(fields: &mut Fields, text: &str) -> String {
    fields.text("cause", text, 0, 2000)
}

/// A level as it is shown.
pub(crate) fn level(level: Level) -> ValidationLevel {
    match level {
        Level::AccountTeam => ValidationLevel::AccountTeam,
        Level::Customer => ValidationLevel::Customer,
    }
}

/// A level that was given.
pub(crate) fn read_level(number: i32) -> Option<Level> {
    match ValidationLevel::try_from(number).ok()? {
        ValidationLevel::Unspecified => None,
        ValidationLevel::AccountTeam => Some(Level::AccountTeam),
        ValidationLevel::Customer => Some(Level::Customer),
    }
}

/// Where a case stands, as it is shown.
pub(crate) fn state(state: CaseState) -> State {
    match state {
        CaseState::Research => State::Research,
        CaseState::Coordination => State::Coordination,
        CaseState::Introduction => State::Introduction,
        CaseState::CustomerValidation => State::CustomerValidation,
        CaseState::Qualified => State::Qualified,
        CaseState::NotQualified => State::NotQualified,
        CaseState::Handoff => State::Handoff,
        CaseState::Exited => State::Exited,
        CaseState::Referred => State::Referred,
        CaseState::Disengaged => State::Disengaged,
    }
}

/// The column's word for a state that was asked for.
pub(crate) fn stage(number: i32) -> Option<&'static str> {
    let asked = State::try_from(number).ok()?;
    CaseState::ALL.iter().find(|known| state(**known) == asked).map(|known| known.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_of_a_case_can_be_asked_for_by_its_name() {
        for known in CaseState::ALL {
            assert_eq!(state(*known).as_str_name(), format!("STATE_{known}"));
            assert_eq!(stage(state(*known).into()), Some(known.as_str()));
        }
        assert_eq!(stage(0), None);
        assert_eq!(stage(99), None);
    }
}

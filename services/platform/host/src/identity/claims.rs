//! What a token says: who issued it to whom and for whom, from when until when.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Refused, bearer::decoded};
use crate::clock::LEEWAY;

/// The last second of the year 9999: no time is later.
const LATEST: i64 = 253_402_300_799;

/// What a token says.
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    pub(super) fn read(payload: &str) -> Result<Self, Refused> {
        decoded(payload).map(Self)
    }

    /// The claim at the end of this path, whose steps are divided by dots; a dot behind `\` is one of the name, and so is each of a
    /// name that is an address. One that is called as a path is read is another claim, for whoever chooses its name may be anybody.
    pub(super) fn at(&self, path: &str) -> Option<&Value> {
        if path.contains("://") || !path.contains('.') {
            return self.0.get(path);
        }
        let mut steps = steps(path).into_iter();
        let first = self.0.get(&steps.next()?)?;
        steps.try_fold(first, |value, step| value.get(&step))
    }

    /// Whether it says who has signed in, to whoever they signed in with: an ID token, in OpenID's words or those that providers
    /// have of their own. What says that it is for access may carry the rest.
    pub(super) fn is_for_sign_in(&self) -> bool {
        let said = ["token_use", "typ"].iter().find_map(|name| self.0.get(*name)?.as_str());
        match said.map(str::to_ascii_lowercase).as_deref() {
            Some("access" | "bearer" | "at+jwt") => false,
            None | Some("jwt") => {
                ["at_hash", "c_hash", "nonce"].iter().any(|mark| self.0.contains_key(*mark))
            }
            Some(_) => true,
        }
    }

    /// The claim of this name, if it is text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.at(name)?.as_str()
    }

    /// Refuses what the claim `name` says to be meant for somebody else.
    pub(super) fn check_audience(&self, name: &str, audience: &str) -> Result<(), Refused> {
        let is_meant = match self.at(name) {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(audience)),
            _ => false,
        };
        if is_meant { Ok(()) } else { Err(Refused::Audience) }
    }

    /// Refuses what is not valid in the second `now`, and tells the last second in which it is.
    pub(super) fn check_times(&self, now: i64, longest: Duration) -> Result<i64, Refused> {
        let (until, issued) = (self.second("exp")?, self.second("iat")?);
        // Optional, as RFC 7519 has it; most providers leave it out.
        let from = if self.0.contains_key("nbf") { self.second("nbf")? } else { issued };
        if until - issued > i64::try_from(longest.as_secs()).unwrap_or(i64::MAX) {
            return Err(Refused::TooLong);
        }
        if now >= until + LEEWAY {
            return Err(Refused::Expired);
        }
        if from.max(issued) > now + LEEWAY {
            return Err(Refused::NotYetValid);
        }
        Ok(until + LEEWAY)
    }

    /// A time, in seconds since 1970; a fraction of one does not count.
    fn second(&self, name: &str) -> Result<i64, Refused> {
        let Some(Value::Number(number)) = self.0.get(name) else { return Err(Refused::Times) };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "what is too large becomes the largest, and is refused"
        )]
        let second = number.as_i64().or_else(|| number.as_f64().map(|second| second as i64));
        second.filter(|second| (0..=LATEST).contains(second)).ok_or(Refused::Times)
    }
}

/// The steps of a path.
fn steps(path: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut signs = path.chars();
    while let Some(sign) = signs.next() {
        match (sign, steps.last_mut()) {
            ('.', _) | (_, None) => steps.push(String::new()),
            ('\\', Some(step)) => step.extend(signs.next()),
            (sign, Some(step)) => step.push(sign),
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_700_000_000;
    const DAY: Duration = Duration::from_hours(24);

    fn claims(value: Value) -> Claims {
        Claims(serde_json::from_value(value).expect("an object"))
    }

    fn times(
        until: impl Into<Value>,
        from: impl Into<Value>,
        issued: impl Into<Value>,
    ) -> Result<i64, Refused> {
        let (until, from, issued) = (until.into(), from.into(), issued.into());
        claims(json!({ "exp": until, "nbf": from, "iat": issued })).check_times(NOW, DAY)
    }

    #[test]
    fn a_token_is_valid_from_and_until_its_times_and_a_minute_beyond() {
        assert_eq!(times(NOW + 600, NOW, NOW), Ok(NOW + 660));
        assert_eq!(times(NOW - 59, NOW - 600, NOW - 600), Ok(NOW + 1));
        assert_eq!(times(NOW - 60, NOW - 600, NOW - 600), Err(Refused::Expired));
        assert!(times(NOW + 600, NOW + 60, NOW).is_ok() && times(NOW + 600, NOW, NOW + 60).is_ok());
        assert_eq!(times(NOW + 600, NOW + 61, NOW), Err(Refused::NotYetValid));
        assert_eq!(times(NOW + 600, NOW, NOW + 61), Err(Refused::NotYetValid));
        assert_eq!(times(1_700_000_600.7, NOW, NOW), Ok(NOW + 660));
    }

    #[test]
    fn the_end_and_the_issue_of_a_token_are_told_and_every_time_is_a_number() {
        for name in ["exp", "nbf", "iat"] {
            let good = json!({ "exp": NOW + 600, "nbf": NOW, "iat": NOW });
            for bad in
                [json!((NOW).to_string()), json!(-1), json!(true), json!([NOW]), json!(1e300), Value::Null]
            {
                let mut all = good.clone();
                all[name] = bad;
                assert_eq!(claims(all.clone()).check_times(NOW, DAY), Err(Refused::Times), "{all}");
            }
            let mut lacking = good;
            lacking.as_object_mut().expect("an object").remove(name);
            let told = if name == "nbf" { Ok(NOW + 660) } else { Err(Refused::Times) };
            assert_eq!(claims(lacking).check_times(NOW, DAY), told, "{name}");
        }
    }

    #[test]
    fn an_audience_is_one_or_one_of_several_and_never_a_part() {
        for good in [json!("getmodern"), json!(["crm", "getmodern"])] {
            assert_eq!(claims(json!({ "aud": good })).check_audience("aud", "getmodern"), Ok(()));
        }
        for bad in [json!("getmodern2"), json!(["getmod"]), json!([["getmodern"]]), json!({}), json!(null)] {
            assert_eq!(
                claims(json!({ "aud": bad })).check_audience("aud", "getmodern"),
                Err(Refused::Audience)
            );
        }
    }

    #[test]
    fn an_audience_stands_in_another_claim_where_that_is_said() {
        let claims = claims(json!({ "client_id": "getmodern", "aud": "crm" }));
        assert_eq!(claims.check_audience("client_id", "getmodern"), Ok(()));
        assert_eq!(claims.check_audience("client_id", "crm"), Err(Refused::Audience));
    }

    #[test]
    fn a_token_lives_as_long_as_any_may_and_not_a_second_longer() {
        let day = 24 * 60 * 60;
        assert!(times(NOW + day, NOW, NOW).is_ok());
        assert_eq!(times(NOW + day + 1, NOW, NOW), Err(Refused::TooLong));
        assert_eq!(times(253_402_300_799_i64, NOW, NOW), Err(Refused::TooLong));
    }

    #[test]
    fn an_id_token_is_told_by_what_it_says_of_itself_or_by_what_no_other_carries() {
        for id in [
            json!({ "nonce": "n" }),
            json!({ "at_hash": "h" }),
            json!({ "c_hash": "h" }),
            json!({ "token_use": "id" }),
            json!({ "typ": "ID" }),
            json!({ "typ": "Refresh" }),
        ] {
            assert!(claims(id.clone()).is_for_sign_in(), "{id}");
        }
        for access in [
            json!({}),
            json!({ "token_use": "access" }),
            json!({ "typ": "Bearer", "nonce": "n" }),
            json!({ "azp": "crm", "scp": "use" }),
        ] {
            assert!(!claims(access.clone()).is_for_sign_in(), "{access}");
        }
    }

    #[test]
    fn a_claim_that_is_called_as_a_path_is_read_does_not_stand_for_it() {
        let claims = claims(json!({ "a.b": "one", "a": { "b": "other", "c.d": "third" }, "x.y": 1 }));
        assert_eq!(claims.at("a.b"), Some(&json!("other")));
        assert_eq!(claims.at(r"a\.b"), Some(&json!("one")));
        assert_eq!(claims.at(r"a.c\.d"), Some(&json!("third")));
        assert_eq!(claims.at("x.y"), None);
    }

    #[test]
    fn a_claim_is_found_by_its_name_or_along_a_path() {
        let claims =
            claims(json!({ "realm_access": { "roles": ["FM"] }, "https://contoso.com/roles": ["FE"] }));
        assert_eq!(claims.at("realm_access.roles"), Some(&json!(["FM"])));
        assert_eq!(claims.at("https://contoso.com/roles"), Some(&json!(["FE"])));
        assert_eq!(claims.at("realm_access.groups"), None);
        assert_eq!(claims.at("roles"), None);
    }
}

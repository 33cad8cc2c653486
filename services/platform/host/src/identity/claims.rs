//! What a token says: who issued it to whom and for whom, from when until when.

use serde_json::{Map, Value};

use super::{Refused, bearer::decoded};

/// Seconds by which clocks may differ.
pub(super) const LEEWAY: i64 = 60;
/// The last second of the year 9999: no time is later.
const LATEST: i64 = 253_402_300_799;

/// What a token says.
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    pub(super) fn read(payload: &str) -> Result<Self, Refused> {
        decoded(payload).map(Self)
    }

    /// The claim of this name, or at the end of this dotted path.
    pub(super) fn at(&self, name: &str) -> Option<&Value> {
        let walk = || {
            let (first, rest) = name.split_once('.')?;
            rest.split('.').try_fold(self.0.get(first)?, |value, step| value.get(step))
        };
        self.0.get(name).or_else(walk)
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
    pub(super) fn check_times(&self, now: i64) -> Result<i64, Refused> {
        let (until, issued) = (self.second("exp")?, self.second("iat")?);
        // Optional, as RFC 7519 has it; most providers leave it out.
        let from = if self.0.contains_key("nbf") { self.second("nbf")? } else { issued };
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn claims(value: Value) -> Claims {
        Claims(serde_json::from_value(value).expect("an object"))
    }

    fn times(
        until: impl Into<Value>,
        from: impl Into<Value>,
        issued: impl Into<Value>,
    ) -> Result<i64, Refused> {
        let (until, from, issued) = (until.into(), from.into(), issued.into());
        claims(json!({ "exp": until, "nbf": from, "iat": issued })).check_times(NOW)
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
                assert_eq!(claims(all.clone()).check_times(NOW), Err(Refused::Times), "{all}");
            }
            let mut lacking = good;
            lacking.as_object_mut().expect("an object").remove(name);
            let told = if name == "nbf" { Ok(NOW + 660) } else { Err(Refused::Times) };
            assert_eq!(claims(lacking).check_times(NOW), told, "{name}");
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
    fn a_claim_is_found_by_its_name_or_along_a_path() {
        let claims =
            claims(json!({ "realm_access": { "roles": ["FM"] }, "https://contoso.com/roles": ["FE"] }));
        assert_eq!(claims.at("realm_access.roles"), Some(&json!(["FM"])));
        assert_eq!(claims.at("https://contoso.com/roles"), Some(&json!(["FE"])));
        assert_eq!(claims.at("realm_access.groups"), None);
        assert_eq!(claims.at("roles"), None);
    }
}

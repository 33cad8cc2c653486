//! Values that fields take beside those that they know: a service names the fields, and the settings add the values.

use std::str::FromStr;

use crate::{Desk, Item, Service, Settings};

/// A value more that a field takes, or nothing.
pub type MoreSetting = Item<MoreValue>;

/// A value more that a field takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoreValue {
    field: String,
    value: String,
}

impl FromStr for MoreValue {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "must be FIELD=VALUE, such as target_os_version=25H2";
        let (field, value) = text.split_once('=').ok_or(SHAPE)?;
        let setting = Self { field: field.to_owned(), value: value.trim().to_owned() };
        (!setting.value.is_empty()).then_some(setting).ok_or(SHAPE)
    }
}

impl Settings {
    /// The values that fields take beside those that they know, by field.
    pub(crate) fn more(&self) -> impl Iterator<Item = (&str, &str)> {
        Item::read(&self.more).map(|more| (more.field.as_str(), more.value.as_str()))
    }

    /// Refuses a field that no service of these takes values for.
    pub(crate) fn check_more(&self, services: &[Service]) -> Result<(), String> {
        Item::check(&self.more, "--more")?;
        let known: Vec<_> = services.iter().flat_map(|service| &service.more).copied().collect();
        let unknown = self.more().find(|(field, _)| !known.contains(field));
        unknown.map_or(Ok(()), |(field, _)| {
            Err(format!("--more: {field} takes none; the fields are {}", known.join(", ")))
        })
    }
}

impl Desk {
    /// The values that a field takes beside those that it knows, as the settings say.
    #[must_use]
    pub fn more(&self, field: &str) -> Vec<String> {
        let of = self.inner.more.iter().filter(|(name, _)| name == field);
        of.map(|(_, value)| value.clone()).collect()
    }
}

#[test]
fn a_field_without_a_value_is_no_setting() {
    assert!(
        "target_os_version".parse::<MoreValue>().is_err()
            && "target_os_version= ".parse::<MoreValue>().is_err()
    );
    let setting: MoreValue = "target_os_version=25H2".parse().expect("a field and a value");
    assert_eq!((setting.field.as_str(), setting.value.as_str()), ("target_os_version", "25H2"));
}

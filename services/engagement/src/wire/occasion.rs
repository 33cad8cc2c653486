//! When a meeting was held and who attended, both ways.

use engagement_domain::Occasion;
use host::Fields;
use prost_types::Timestamp;
use proto::common::v1::Contact;

/// As a request says it.
pub(crate) fn read_occasion(fields: &mut Fields, held: Option<Timestamp>, attended: &[Contact]) -> Occasion {
    Occasion {
        held: held.map(|held| fields.moment("held_time", held).time()),
        attended: fields.contacts("attended", attended, 0),
    }
}

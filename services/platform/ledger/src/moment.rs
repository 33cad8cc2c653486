//! A moment as PostgreSQL sends it: microseconds since the year 2000.

use kernel::Time;
use sqlx::{
    Decode, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef},
};

/// Microseconds from 1970 to 2000.
const YEAR_2000: i64 = 946_684_800_000_000;

/// The earliest that PostgreSQL keeps, in the year -4713. Earlier ones are only compared with, never kept.
const EARLIEST: i64 = -211_813_488_000_000_000;

pub(crate) struct Moment(pub(crate) Time);

impl Type<Postgres> for Moment {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("timestamptz")
    }
}

impl Encode<'_, Postgres> for Moment {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let micros = (self.0.as_microsecond() - YEAR_2000).max(EARLIEST);
        Encode::<Postgres>::encode_by_ref(&micros, buffer)
    }
}

impl Decode<'_, Postgres> for Moment {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let micros = <i64 as Decode<Postgres>>::decode(value)?;
        Ok(Self(Time::from_microsecond(micros.saturating_add(YEAR_2000))?))
    }
}

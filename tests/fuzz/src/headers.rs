//! What every call carries beside its message: lines of `name: value`.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::text;

pub(crate) fn read(input: &[u8]) {
    host::fuzz::headers(&headers(input));
}

fn headers(input: &[u8]) -> HeaderMap {
    let line = |line: &[u8]| {
        let at = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = (line.get(..at)?, line.get(at + 1..)?.trim_ascii());
        Some((HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value).ok()?))
    };
    input.split(|byte| *byte == b'\n').filter_map(line).collect()
}

pub(crate) fn examples() -> Vec<Vec<u8>> {
    text::inputs([
        "content-type: application/grpc\nx-getmodern-person: people/ada\nx-getmodern-role: GMFTA\ngrpc-timeout: 20S",
        "content-type: application/grpc+proto\nx-getmodern-person: services/crm\nx-getmodern-role: SERVICE",
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\ntracestate: contoso=t61rcWkgMzE,a@b=2",
        "content-type: application/grpc;x\nx-getmodern-person: people/ada\nx-getmodern-person: people/grace",
        "grpc-timeout: 99999999H\ntraceparent: ff-00-00-zz",
    ])
}

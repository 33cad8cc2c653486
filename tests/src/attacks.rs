//! What peers do who mean harm: each for a bounded time, against this machine only, and counted.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use crate::raw::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, RESET, Raw, SETTINGS, WINDOW_UPDATE, call,
    frame, header, message,
};

/// Where attackers come from: nobody else does.
pub const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const LIST: &str = "/getmodern.intake.v1.IntakeService/ListEvents";
const REFLECT: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const CHECK: &str = "/grpc.health.v1.Health/Check";
/// Bytes that an attacker sends at most who has them wait.
const UNREAD: usize = 1024 * 1024;
const MALLORY: [(&str, &str); 2] =
    [("x-getmodern-person", "people/mallory"), ("x-getmodern-role", "LEADERSHIP")];
/// Frames that are sent at once.
const BATCH: u32 = 64;
/// Connections of an attack that needs many.
const MANY: usize = 64;
/// How long an attacker waits who was refused.
const PAUSE: Duration = Duration::from_millis(5);

/// What a peer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attack {
    /// Asks and takes it back, as fast as it can.
    RapidReset,
    /// Headers without an end.
    Continuations,
    /// Asks whether anybody is there, as fast as it can.
    Pings,
    /// Says how it wants it, as fast as it can.
    Settings,
    /// Connects and greets by half.
    HalfOpen,
    /// Connects and goes, as fast as it can.
    Reconnects,
    /// Begins headers on many connections, and goes on by a byte now and then.
    SlowHeaders,
    /// Begins calls on many connections, and sends a byte of each now and then.
    SlowBodies,
    /// Asks for much on many connections, and takes nothing of it.
    NeverDraining,
    /// One person asks for everything at once, on many connections.
    Storm,
    /// Takes no answer from the first byte on, and asks what there is in as many frames and questions as there is room for.
    WindowZero,
    /// Takes a byte of each answer, and asks for long ones.
    WindowOne,
    /// Begins calls to what answers everybody with as many and as long headers as may be, and headers without an end.
    HalfAsked,
    /// Begins requests to operators' numbers, on many connections.
    HalfPlain,
    /// Begins JSON over HTTP/1.1 on many connections, and sends a byte of each now and then.
    SlowPosts,
    /// Sends JSON that takes as long to read as any may, on many connections.
    CostlyPosts,
    /// Asks for operators' numbers again and again, on many connections, and takes none of them.
    Scrapes,
}

/// What an attack came to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Struck {
    /// Times it struck: frames, calls or connections, of whichever it is made.
    pub times: usize,
    /// Times it was shown out.
    pub cut: usize,
}

impl Attack {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::RapidReset,
        Self::Continuations,
        Self::Pings,
        Self::Settings,
        Self::HalfOpen,
        Self::Reconnects,
        Self::SlowHeaders,
        Self::SlowBodies,
        Self::NeverDraining,
        Self::Storm,
        Self::WindowZero,
        Self::WindowOne,
        Self::HalfAsked,
    ];
    /// Those that nobody has to have shown who they are for, and that make the process hold as much as may be.
    pub const HOLDING: [Self; 3] = [Self::WindowZero, Self::WindowOne, Self::HalfAsked];
    /// Those on what answers operators.
    pub const ON_OPERATORS: [Self; 2] = [Self::HalfPlain, Self::Scrapes];
    /// Those on what answers JSON over HTTP/1.1.
    pub const ON_HTTP: [Self; 3] = [Self::HalfPlain, Self::SlowPosts, Self::CostlyPosts];

    /// Attacks what listens at `address` until then.
    pub async fn run(self, address: SocketAddr, until: Instant) -> Struck {
        let mut struck = Struck::default();
        while Instant::now() < until {
            let outcome = match self {
                Self::Reconnects => Raw::from(ELSEWHERE, address).await.map(|_| struck.times += 1),
                _ if self.is_flood() => self.flood(address, until, &mut struck).await,
                _ => self.hold(address, until, &mut struck).await,
            };
            if outcome.is_err() {
                struck.cut += 1;
                sleep(PAUSE).await;
            }
        }
        struck
    }

    fn is_flood(self) -> bool {
        matches!(self, Self::RapidReset | Self::Continuations | Self::Pings | Self::Settings | Self::Storm)
    }

    /// One connection, as fast as it takes what it is sent, until it is cut.
    async fn flood(self, address: SocketAddr, until: Instant, struck: &mut Struck) -> io::Result<()> {
        let mut raw = Raw::from(ELSEWHERE, address).await?;
        raw.greet(&[]).await?;
        let mut stream = 1;
        if self == Self::Continuations {
            raw.send(&frame(HEADERS, 0, 1, &call(LIST, &MALLORY))).await?;
        }
        while Instant::now() < until {
            let batch: Vec<u8> = (0..BATCH).flat_map(|number| self.strike(stream + 2 * number)).collect();
            raw.send(&batch).await?;
            stream += 2 * BATCH;
            struck.times += usize::try_from(BATCH).unwrap_or_default();
            if !raw.drain() {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// What a flood is made of.
    fn strike(self, stream: u32) -> Vec<u8> {
        match self {
            Self::RapidReset => {
                let asks = frame(HEADERS, END_HEADERS | END_STREAM, stream, &call(LIST, &MALLORY));
                [asks, frame(RESET, 0, stream, &[0, 0, 0, 8])].concat()
            }
            Self::Continuations => frame(CONTINUATION, 0, 1, &[]),
            Self::Settings => frame(SETTINGS, 0, 0, &[]),
            Self::Storm => {
                let asks = frame(HEADERS, END_HEADERS, stream, &call(LIST, &MALLORY));
                [asks, frame(DATA, END_STREAM, stream, &message(&[]))].concat()
            }
            _ => frame(PING, 0, 0, &[7; 8]),
        }
    }

    /// Many connections, each kept for as long as it is let, with a byte now and then.
    async fn hold(self, address: SocketAddr, until: Instant, struck: &mut Struck) -> io::Result<()> {
        let mut held = Vec::new();
        while Instant::now() < until {
            while held.len() < MANY {
                let mut raw = Raw::from(ELSEWHERE, address).await?;
                self.begin(&mut raw).await?;
                held.push(raw);
                struck.times += 1;
            }
            sleep(Duration::from_millis(50)).await;
            let before = held.len();
            let mut kept = Vec::new();
            for mut raw in held {
                if self.go_on(&mut raw).await.is_ok() {
                    kept.push(raw);
                }
            }
            struck.cut += before - kept.len();
            held = kept;
        }
        Ok(())
    }

    /// The beginning of an attack on a new connection that stays.
    pub async fn begin(self, raw: &mut Raw) -> io::Result<()> {
        let asks = call(LIST, &MALLORY);
        match self {
            Self::HalfOpen => return raw.send(b"PRI * HTTP/2").await,
            Self::WindowZero => return have_wait(raw).await,
            Self::WindowOne => return have_made(raw).await,
            Self::HalfAsked => return ask_by_half(raw).await,
            Self::HalfPlain => return raw.send(half_plain().as_bytes()).await,
            Self::SlowPosts => return raw.send(post(1_000_000, "{\"x\": [").as_bytes()).await,
            Self::CostlyPosts => return raw.send(costly().as_bytes()).await,
            Self::Scrapes => {
                return raw.send("GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n".repeat(8).as_bytes()).await;
            }
            // Not a byte of any answer.
            Self::NeverDraining => raw.greet(&[(4, 0)]).await?,
            _ => raw.greet(&[]).await?,
        }
        for stream in (1..).step_by(2).take(20) {
            match self {
                Self::SlowHeaders => return raw.send(&frame(HEADERS, 0, 1, &[0; 8000])[..20]).await,
                Self::SlowBodies => raw.send(&frame(HEADERS, END_HEADERS, stream, &asks)).await?,
                _ => {
                    let whole = frame(DATA, END_STREAM, stream, &message(&[]));
                    raw.send(&[frame(HEADERS, END_HEADERS, stream, &asks), whole].concat()).await?;
                }
            }
        }
        Ok(())
    }

    async fn go_on(self, raw: &mut Raw) -> io::Result<()> {
        if !raw.drain() {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        match self {
            Self::SlowHeaders => raw.send(&[0]).await,
            Self::SlowBodies => raw.send(&frame(DATA, 0, 1, &[0])).await,
            Self::SlowPosts => raw.send(b" ").await,
            Self::CostlyPosts => raw.send(costly().as_bytes()).await,
            _ => Ok(()),
        }
    }
}

/// Asks on as many streams as may be, and has as many questions wait as there is room for, in frames as short as are let pass.
async fn have_wait(raw: &mut Raw) -> io::Result<()> {
    raw.greet(&[(4, 0)]).await?;
    let mut room = room(raw).await.min(UNREAD);
    // The list of services.
    let questions = message(&[0x3a, 1, b'*']).repeat(32);
    for stream in (1..).step_by(2).take(8) {
        raw.send(&frame(HEADERS, END_HEADERS, stream, &call(REFLECT, &[]))).await?;
    }
    let mut streams = (1..16).step_by(2).cycle();
    while room >= questions.len() {
        room -= questions.len();
        // One that was refused meanwhile takes no more: that is for the other side to say.
        raw.send(&frame(DATA, 0, streams.next().unwrap_or(1), &questions)).await?;
    }
    Ok(())
}

/// Asks on as many streams as may be for what is longest, and takes a byte of it.
async fn have_made(raw: &mut Raw) -> io::Result<()> {
    raw.greet(&[(4, 1)]).await?;
    let name = b"getmodern.engagement.v1.EngagementService";
    let length = u8::try_from(name.len()).unwrap_or_default();
    // The file of this symbol.
    let question = message(&[&[0x22, length], &name[..]].concat());
    for stream in (1..).step_by(2).take(40) {
        let asks = frame(HEADERS, END_HEADERS, stream, &call(REFLECT, &[]));
        raw.send(&[asks, frame(DATA, 0, stream, &question.repeat(20))].concat()).await?;
    }
    Ok(())
}

/// Begins calls with all the headers that may be, and then headers that do not end.
async fn ask_by_half(raw: &mut Raw) -> io::Result<()> {
    raw.greet(&[]).await?;
    let more = (0..90).flat_map(|number| header(&format!("x-{number}"), &"h".repeat(120)));
    let asks = [call(CHECK, &[]), more.collect()].concat();
    for stream in (1..).step_by(2).take(40) {
        // A message of 4,000 bytes is announced, and half of it comes.
        let half = [&[0, 0, 0, 0x0f, 0xa0][..], &[0; 2000]].concat();
        let half = if stream < 20 { frame(DATA, 0, stream, &half) } else { Vec::new() };
        raw.send(&[frame(HEADERS, END_HEADERS, stream, &asks), half].concat()).await?;
    }
    let endless = header("x-endless", &"h".repeat(16_000));
    raw.send(&frame(HEADERS, 0, 99, &[call(CHECK, &[]), endless].concat())).await
}

/// Bytes that may be sent on one stream and in all, as the other side says.
async fn room(raw: &mut Raw) -> usize {
    let (mut of_stream, mut of_all) = (65_535, 65_535);
    let number = |bytes: &[u8]| bytes.try_into().map_or(0, u32::from_be_bytes) as usize;
    while let Some(found) = raw.next(Duration::from_millis(100)).await {
        match found.kind {
            WINDOW_UPDATE => of_all += number(&found.payload),
            SETTINGS => {
                let window = found.payload.chunks(6).find(|one| one[..2] == [0, 4]);
                of_stream = window.map_or(of_stream, |window| number(&window[2..]));
            }
            _ => {}
        }
    }
    of_stream.min(of_all)
}

/// JSON of which so many bytes are announced.
fn post(length: usize, begins: &str) -> String {
    let who = MALLORY.map(|(name, value)| format!("{name}: {value}\r\n")).concat();
    format!(
        "POST {LIST} HTTP/1.1\r\nhost: x\r\n{who}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{begins}"
    )
}

/// JSON with almost as many values as one message may have, whose last is of no field.
fn costly() -> String {
    let json = format!(r#"{{"kinds": [{}], "x": 1}}"#, vec!["\"a\""; 99_000].join(","));
    post(json.len(), &json)
}

fn half_plain() -> String {
    format!("GET /metrics HTTP/1.1\r\nhost: x\r\nx-long: {}", "h".repeat(16_000))
}

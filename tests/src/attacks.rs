//! What peers do who mean harm: each for a bounded time, against this machine only, and counted.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use crate::raw::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, RESET, Raw, SETTINGS, call, frame, message,
};

/// Where attackers come from: nobody else does.
pub const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const LIST: &str = "/getmodern.intake.v1.IntakeService/ListEvents";
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
    pub const ALL: [Self; 10] = [
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
    ];

    /// Attacks what listens at `address` until then.
    pub async fn run(self, address: SocketAddr, until: Instant) -> Struck {
        let mut struck = Struck::default();
        while Instant::now() < until {
            let outcome = match self {
                Self::HalfOpen | Self::SlowHeaders | Self::SlowBodies | Self::NeverDraining => {
                    self.hold(address, until, &mut struck).await
                }
                Self::Reconnects => Raw::from(ELSEWHERE, address).await.map(|_| struck.times += 1),
                _ => self.flood(address, until, &mut struck).await,
            };
            if outcome.is_err() {
                struck.cut += 1;
                sleep(PAUSE).await;
            }
        }
        struck
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

    async fn begin(self, raw: &mut Raw) -> io::Result<()> {
        let asks = call(LIST, &MALLORY);
        match self {
            Self::HalfOpen => return raw.send(b"PRI * HTTP/2").await,
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
            _ => Ok(()),
        }
    }
}

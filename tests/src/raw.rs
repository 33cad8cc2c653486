//! A peer that says whatever it is told to, in frames made by hand, from any address of this machine.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{Instant, timeout, timeout_at},
};

/// How every HTTP/2 connection begins.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The kinds of frames.
pub const DATA: u8 = 0;
/// A request begins.
pub const HEADERS: u8 = 1;
/// A stream is taken back, or refused.
pub const RESET: u8 = 3;
/// How the sender wants it.
pub const SETTINGS: u8 = 4;
/// Whether anybody is there.
pub const PING: u8 = 6;
/// The connection ends.
pub const GO_AWAY: u8 = 7;
/// Room for answers.
pub const WINDOW_UPDATE: u8 = 8;
/// The rest of headers.
pub const CONTINUATION: u8 = 9;
/// It is the last of its stream, or an answer to the same.
pub const END_STREAM: u8 = 1;
/// It answers a question, whether settings or whether anybody is there.
pub const ACK: u8 = 1;
/// The headers are whole.
pub const END_HEADERS: u8 = 4;

/// A frame, whatever it says.
///
/// # Panics
/// When it is longer than any frame may be.
#[must_use]
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The headers of a gRPC call, as they are compressed without being shortened.
#[must_use]
pub fn call(path: &str, more: &[(&str, &str)]) -> Vec<u8> {
    // `:method` is POST, `:scheme` is http; both are in everybody's table.
    let mut block = vec![0x83, 0x86];
    let usual = [("content-type", "application/grpc"), ("te", "trailers")];
    for (name, value) in [(":path", path), (":authority", "localhost")].iter().chain(&usual).chain(more) {
        block.extend(header(name, value));
    }
    block
}

/// One header, never to be remembered.
#[must_use]
pub fn header(name: &str, value: &str) -> Vec<u8> {
    [&[0x10][..], &text(name), &text(value)].concat()
}

fn text(text: &str) -> Vec<u8> {
    let (mut length, mut rest) = (Vec::new(), text.len());
    if rest < 127 {
        length.push(u8::try_from(rest).unwrap_or_default());
    } else {
        length.push(127);
        rest -= 127;
        while rest >= 128 {
            length.push(u8::try_from(rest % 128).unwrap_or_default() | 128);
            rest /= 128;
        }
        length.push(u8::try_from(rest).unwrap_or_default());
    }
    [length, text.as_bytes().to_vec()].concat()
}

/// A message in gRPC's frame.
///
/// # Panics
/// When it is longer than any message may be.
#[must_use]
pub fn message(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("short").to_be_bytes();
    [&[0], &length[..], bytes].concat()
}

/// A frame that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Its kind.
    pub kind: u8,
    /// Its flags.
    pub flags: u8,
    /// Its stream; 0 is the connection.
    pub stream: u32,
    /// What it says.
    pub payload: Vec<u8>,
}

/// A connection of such a peer.
#[derive(Debug)]
pub struct Raw {
    stream: TcpStream,
    said: Vec<u8>,
}

impl Raw {
    /// Connects from an address of this machine, such as 127.0.0.2, to another, and says nothing.
    pub async fn from(own: IpAddr, to: SocketAddr) -> io::Result<Self> {
        Self::with_room(own, to, None).await
    }

    /// The same, with room for so many bytes that were not read.
    pub async fn with_room(own: IpAddr, to: SocketAddr, room: Option<u32>) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(own, 0))?;
        room.map_or(Ok(()), |room| socket.set_recv_buffer_size(room))?;
        let stream = socket.connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, said: Vec::new() })
    }

    /// Greets as everybody does, with these settings.
    pub async fn greet(&mut self, settings: &[(u16, u32)]) -> io::Result<()> {
        let settings = settings
            .iter()
            .flat_map(|(name, value)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat());
        let settings: Vec<u8> = settings.collect();
        self.send(&[PREFACE, &frame(SETTINGS, 0, 0, &settings)].concat()).await
    }

    /// Sends bytes.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// The next frame; none when the other side has closed, or said nothing more in time.
    pub async fn next(&mut self, within: Duration) -> Option<Received> {
        let until = Instant::now() + within;
        loop {
            if let Some(received) = self.cut() {
                return Some(received);
            }
            match timeout_at(until, self.stream.read_buf(&mut self.said)).await {
                Ok(Ok(1..)) => {}
                _ => return None,
            }
        }
    }

    /// The next frame that `is` what is waited for.
    pub async fn find(&mut self, within: Duration, is: impl Fn(&Received) -> bool) -> Option<Received> {
        let until = Instant::now() + within;
        loop {
            let left = until.checked_duration_since(Instant::now())?;
            let received = self.next(left).await?;
            if is(&received) {
                return Some(received);
            }
        }
    }

    /// Whether the other side closes in time, whatever it says before.
    pub async fn closes(&mut self, within: Duration) -> bool {
        let mut rest = Vec::new();
        match timeout(within, self.stream.read_to_end(&mut rest)).await {
            Ok(Ok(_)) => true,
            Ok(Err(error)) => error.kind() == io::ErrorKind::ConnectionReset,
            Err(_) => false,
        }
    }

    /// Throws away what was received so far; false when the other side has closed.
    pub fn drain(&mut self) -> bool {
        let mut bytes = [0; 16 * 1024];
        loop {
            match self.stream.try_read(&mut bytes) {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
    }

    fn cut(&mut self) -> Option<Received> {
        let head: [u8; 9] = self.said.get(..9)?.try_into().ok()?;
        let [a, b, c, kind, flags, stream @ ..] = head;
        let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).ok()?;
        let payload = self.said.get(9..9 + length)?.to_vec();
        self.said.drain(..9 + length);
        Some(Received { kind, flags, stream: u32::from_be_bytes(stream), payload })
    }
}

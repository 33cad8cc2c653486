//! Who is connected from where: how many connections an address has, and what it may still send that is no work.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use governor::{DefaultDirectRateLimiter, Quota};

use super::{debt::Debt, frames::Frame};

/// Addresses that are remembered beside those that are connected; far more than come back within [`MEMORY`].
const REMEMBERED: usize = 4096;
/// How long what an address has sent counts after its last connection: by then all of its allowance is there again.
const MEMORY: Duration = Duration::from_secs(10);

/// New connections of one address: so many a second, and after a pause so many at once.
pub const CONNECTIONS: (u32, u32) = (200, 1000);
/// Calls that one address takes back, in the same way.
pub const RESETS: (u32, u32) = (500, 5000);
/// Frames of one address that are no work and that no work has paid for.
pub const IDLE_FRAMES: (u32, u32) = (100, 1000);
/// Frames of one address that give room for answers, beside those that work has paid for.
pub const ROOM_FRAMES: (u32, u32) = (10_000, 20_000);

/// Tokens that are no good, of one address: so many a second, and after a pause so many at once.
pub const BAD_TOKENS: (u32, u32) = (100, 200);
/// Bytes of one address on connections where nobody has shown who they are, in the same way: what reads them is what others wait for.
pub const STRANGERS_BYTES: (u32, u32) = (4 * 1024 * 1024, 4 * 1024 * 1024);
/// How long at most a connection is not read where there is more of either.
pub const PAUSE: Duration = Duration::from_secs(1);

/// How long nobody is let in from an address after one of its connections was a flood.
pub const SHUT_OUT: Duration = Duration::from_secs(1);

/// What one address may do that is no work. What it has done on one connection counts on the next.
#[derive(Debug)]
pub(super) struct Allowance {
    connections: DefaultDirectRateLimiter,
    resets: DefaultDirectRateLimiter,
    idle: DefaultDirectRateLimiter,
    room: DefaultDirectRateLimiter,
    bad_tokens: Debt,
    strangers_bytes: Debt,
}

impl Default for Allowance {
    fn default() -> Self {
        let [connections, resets, idle, room] =
            [CONNECTIONS, RESETS, IDLE_FRAMES, ROOM_FRAMES].map(|(rate, burst)| limiter(rate, burst));
        let [bad_tokens, strangers_bytes] = [BAD_TOKENS, STRANGERS_BYTES].map(Debt::at);
        Self { connections, resets, idle, room, bad_tokens, strangers_bytes }
    }
}

fn limiter(rate: u32, burst: u32) -> DefaultDirectRateLimiter {
    let [rate, burst] = [rate, burst].map(|count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
    DefaultDirectRateLimiter::direct(Quota::per_second(rate).allow_burst(burst))
}

impl Allowance {
    /// Whether a frame that is no work may be sent still.
    pub(super) fn covers(&self, frame: Frame) -> bool {
        match frame {
            Frame::Work | Frame::More => true,
            Frame::Reset => self.resets.check().is_ok(),
            Frame::Idle => self.idle.check().is_ok(),
            Frame::Room => self.room.check().is_ok(),
        }
    }

    /// Counts a token that is no good, and tells how long whoever showed it has to wait, if they do.
    pub(super) fn fooled(&self) -> Option<Duration> {
        self.bad_tokens.owe(1)
    }

    /// Counts bytes of somebody who has not shown who they are, and tells how long they have to wait, if they do.
    pub(super) fn read_of_stranger(&self, bytes: usize) -> Option<Duration> {
        self.strangers_bytes.owe(u32::try_from(bytes).unwrap_or(u32::MAX))
    }
}

/// Who is connected from where.
#[derive(Debug)]
pub(super) struct Peers {
    /// Connections at once from one address; 0 where addresses do not tell callers apart.
    most: usize,
    known: Mutex<HashMap<IpAddr, Known>>,
}

#[derive(Debug)]
struct Known {
    open: usize,
    /// When it had a connection last.
    seen: Instant,
    /// When somebody is let in again.
    shut_out: Option<Instant>,
    allowance: Arc<Allowance>,
}

impl Known {
    fn new() -> Self {
        Self { open: 0, seen: Instant::now(), shut_out: None, allowance: Arc::default() }
    }

    /// Whether it may begin another connection, where it may have so many at once; it counts as begun.
    fn begins(&self, most: usize) -> bool {
        let is_shut_out = self.shut_out.is_some_and(|until| Instant::now() < until);
        self.open < most && !is_shut_out && self.allowance.connections.check().is_ok()
    }
}

impl Peers {
    pub(super) fn new(most: usize) -> Self {
        Self { most, known: Mutex::default() }
    }

    /// Another connection from there, unless there are too many, came too many in a short time, or was one a flood just now.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<AddressPermit> {
        let address = network(address);
        if self.most == 0 {
            return Some(AddressPermit { peers: Arc::clone(self), address, allowance: Arc::default() });
        }
        let mut known = self.known();
        if !known.contains_key(&address) && known.len() >= REMEMBERED {
            forget(&mut known);
        }
        let entry = known.entry(address).or_insert_with(Known::new);
        if !entry.begins(self.most) {
            return None;
        }
        entry.open += 1;
        let allowance = Arc::clone(&entry.allowance);
        Some(AddressPermit { peers: Arc::clone(self), address, allowance })
    }

    fn known(&self) -> MutexGuard<'_, HashMap<IpAddr, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets those who went a while ago; if that is nobody, all who are gone.
fn forget(known: &mut HashMap<IpAddr, Known>) {
    known.retain(|_, one| one.open > 0 || one.seen.elapsed() < MEMORY);
    if known.len() >= REMEMBERED {
        known.retain(|_, one| one.open > 0);
    }
}

/// One connection, for as long as it is not dropped.
#[derive(Debug)]
pub(super) struct AddressPermit {
    peers: Arc<Peers>,
    address: IpAddr,
    pub(super) allowance: Arc<Allowance>,
}

impl AddressPermit {
    /// Lets nobody in from there for a while.
    pub(super) fn shut_out(&self) {
        if let Some(entry) = self.peers.known().get_mut(&self.address) {
            entry.shut_out = Some(Instant::now() + SHUT_OUT);
        }
    }
}

impl Drop for AddressPermit {
    fn drop(&mut self) {
        if let Some(entry) = self.peers.known().get_mut(&self.address) {
            entry.open = entry.open.saturating_sub(1);
            entry.seen = Instant::now();
        }
    }
}

/// What counts as one address: in IPv6 anybody has 64 bits of them.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64)),
        ip @ IpAddr::V4(_) => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn an_address_has_so_many_connections_and_others_have_theirs() {
        let peers = Arc::new(Peers::new(3));
        let mut visits: Vec<_> = (0..3).map(|_| peers.enter(ip("192.0.2.1")).expect("room")).collect();
        assert!(peers.enter(ip("192.0.2.1")).is_none());
        assert!(peers.enter(ip("::ffff:192.0.2.1")).is_none(), "the same in other words");
        assert!(peers.enter(ip("192.0.2.2")).is_some());
        visits.pop();
        assert!(peers.enter(ip("192.0.2.1")).is_some());
    }

    #[test]
    fn a_network_of_64_bits_counts_as_one() {
        let peers = Arc::new(Peers::new(1));
        let _permit = peers.enter(ip("2001:db8::1")).expect("room");
        assert!(peers.enter(ip("2001:db8::ffff:ffff:ffff:ffff")).is_none());
        assert!(peers.enter(ip("2001:db8:0:1::1")).is_some());
    }

    #[test]
    fn where_addresses_tell_nothing_nobody_pays_for_another() {
        let peers = Arc::new(Peers::new(0));
        let visits: Vec<_> = (0..5000).map(|_| peers.enter(ip("192.0.2.1")).expect("room")).collect();
        while visits[0].allowance.covers(Frame::Idle) {}
        assert!(visits[1].allowance.covers(Frame::Idle));
        assert!(peers.known().is_empty());
    }

    #[test]
    fn what_was_sent_counts_on_the_next_connection_too() {
        let peers = Arc::new(Peers::new(2));
        let enter = || peers.enter(ip("192.0.2.1"));
        for (frame, (rate, burst)) in
            [(Frame::Reset, RESETS), (Frame::Idle, IDLE_FRAMES), (Frame::Room, ROOM_FRAMES)]
        {
            let first = enter().expect("room");
            let covered = (0..=burst + rate).take_while(|_| first.allowance.covers(frame)).count();
            assert!(covered >= burst as usize, "{frame:?}: {covered}");
            assert!(covered <= (burst + rate) as usize, "{frame:?}: {covered}");
            drop(first);
            let again = enter().expect("room");
            let more = (0..burst).take_while(|_| again.allowance.covers(frame)).count();
            assert!(more < burst as usize, "{frame:?}: {more}");
            assert!((0..100_000).all(|_| again.allowance.covers(Frame::Work)));
        }
    }

    #[test]
    fn an_address_shows_so_many_bad_tokens_and_then_waits_and_never_longer_than_a_second() {
        let allowance = Allowance::default();
        let begun = Instant::now();
        let free = (0..10_000).take_while(|_| allowance.fooled().is_none()).count();
        let more =
            usize::try_from(begun.elapsed().as_millis()).expect("short") * BAD_TOKENS.0 as usize / 1000;
        let burst = BAD_TOKENS.1 as usize;
        assert!((burst..=burst + more + 1).contains(&free), "{free}");
        let waits: Vec<_> = (0..10_000).filter_map(|_| allowance.fooled()).collect();
        assert!(waits.iter().all(|wait| *wait <= PAUSE) && waits.contains(&PAUSE));
        assert!(Allowance::default().fooled().is_none(), "others do not");
    }

    #[test]
    fn who_comes_and_goes_all_the_time_is_let_in_so_often() {
        let peers = Arc::new(Peers::new(1));
        let came = (0..2000).take_while(|_| peers.enter(ip("192.0.2.1")).is_some()).count();
        assert!((1000..2000).contains(&came), "{came}");
        assert!(peers.enter(ip("192.0.2.2")).is_some());
    }

    #[test]
    fn after_a_flood_nobody_is_let_in_from_there_for_a_second_and_who_is_in_stays() {
        let peers = Arc::new(Peers::new(9));
        let stays = peers.enter(ip("192.0.2.1")).expect("room");
        let begun = Instant::now();
        peers.enter(ip("192.0.2.1")).expect("room").shut_out();
        let mut turned_away = 0;
        while peers.enter(ip("192.0.2.1")).is_none() {
            turned_away += 1;
            assert_eq!(peers.known()[&ip("192.0.2.1")].open, 1);
            assert!(peers.enter(ip("192.0.2.2")).is_some(), "others are let in");
            assert!(begun.elapsed() < SHUT_OUT * 10, "not for ever");
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(
            begun.elapsed() >= SHUT_OUT && turned_away > 0,
            "{turned_away} times in {:?}",
            begun.elapsed()
        );
        drop(stays);
    }

    #[test]
    fn of_those_who_are_gone_so_many_are_remembered() {
        let peers = Arc::new(Peers::new(1));
        let stays = peers.enter(ip("192.0.2.1")).expect("room");
        for number in 0..20_000_u32 {
            assert!(peers.enter(IpAddr::V4((0x0a00_0000 + number).into())).is_some());
        }
        assert!(peers.known().len() <= REMEMBERED + 1, "{}", peers.known().len());
        assert!(peers.enter(ip("192.0.2.1")).is_none(), "who is there is not forgotten");
        drop(stays);
    }
}

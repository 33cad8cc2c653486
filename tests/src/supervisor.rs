//! Somebody who starts the product again whenever it was killed, and sees to it that it is killed often.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::unix::process::ExitStatusExt,
    process::{Child, ExitStatus},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU16, Ordering::SeqCst},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{State, binary::serve};

const LOOK_EVERY: Duration = Duration::from_millis(2);
const SIGKILL: i32 = 9;

/// How one process is to end.
#[derive(Debug, Clone, Copy)]
pub enum Life {
    /// By its own hand with `SIGKILL`, at this point, counted from 1: before and after each commit is one.
    UntilPoint(u64),
    /// By ours with `SIGKILL`, after this time, whether it serves by then or not.
    ForTime(Duration),
}

/// What was done.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    /// Processes started.
    pub starts: usize,
    /// Processes that were killed as planned.
    pub kills: usize,
}

/// One address at which there is mostly a product.
pub struct Supervisor {
    /// Where it listens, when it does.
    pub address: SocketAddr,
    stop: Arc<AtomicBool>,
    work: JoinHandle<Tally>,
}

impl Supervisor {
    /// Keeps the product going on `state`, each process for the life that `lives` gives it.
    #[must_use]
    pub fn start(state: &Arc<State>, lives: impl FnMut() -> Life + Send + 'static) -> Self {
        Self::with(state, &[], lives)
    }

    /// The same with these variables.
    #[must_use]
    pub fn with(
        state: &Arc<State>,
        variables: &[(&str, &str)],
        mut lives: impl FnMut() -> Life + Send + 'static,
    ) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let variables: Vec<_> = variables.iter().map(owned).collect();
        let (address, stop) = (free_address(), Arc::new(AtomicBool::new(false)));
        let (state, stopped) = (Arc::clone(state), Arc::clone(&stop));
        let work = thread::spawn(move || {
            let mut tally = Tally::default();
            while !stopped.load(SeqCst) {
                tally.starts += 1;
                tally.kills += usize::from(live(&state, address, &variables, lives(), &stopped));
            }
            tally
        });
        Self { address, stop, work }
    }

    /// Ends the process that runs now, and tells what was done.
    ///
    /// # Panics
    /// When a process ended in any other way than being killed.
    #[must_use]
    pub fn stop(self) -> Tally {
        self.stop.store(true, SeqCst);
        self.work.join().expect("every process ran until it was killed")
    }
}

/// One process; whether it was killed as planned. It is not when we stop first.
fn live(
    state: &State,
    address: SocketAddr,
    variables: &[(String, String)],
    life: Life,
    stopped: &AtomicBool,
) -> bool {
    let mut command = serve(state, address);
    let said = state.folder().join("said");
    command.stderr(File::create(&said).expect("a file"));
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    if let Life::UntilPoint(point) = life {
        command.env("GETMODERN_KILL_AT", point.to_string());
    }
    let mut child = command.spawn().expect("the binary runs");
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child of ours") {
            let said = || fs::read_to_string(&said).unwrap_or_default();
            assert_eq!(status.signal(), Some(SIGKILL), "it ended by itself: {status}; {}", said());
            return true;
        }
        if matches!(life, Life::ForTime(time) if begun.elapsed() >= time) {
            return kill(&mut child).signal() == Some(SIGKILL);
        }
        if stopped.load(SeqCst) {
            kill(&mut child);
            return false;
        }
        thread::sleep(LOOK_EVERY);
    }
}

fn kill(child: &mut Child) -> ExitStatus {
    let _ = child.kill();
    child.wait().expect("a child of ours")
}

/// An address that nobody listens on: of a port that the system gives to no client, and that no other program of tests
/// looks at soon.
#[must_use]
pub fn free_address() -> SocketAddr {
    const FIRST: u16 = 12_000;
    const COUNT: u16 = 20_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % u32::from(COUNT)).unwrap_or_default();
    loop {
        let port = FIRST + (start + NEXT.fetch_add(1, SeqCst)) % COUNT;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

//! The stage: calls by their request's type, a line per step, and every answer checked.

use std::{
    fmt,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

use host::{StartError, trial_token};
use prost::{Message, Name};
use tonic::{Code, transport::Channel};

use crate::client::{Actor, Client, reasons};

/// How long something that follows may take, a restart of the product included.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(10);

/// Something did not go as the playbook says.
#[derive(Debug)]
pub struct Surprise(pub String);

impl fmt::Display for Surprise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Surprise {}

/// Where the playbook is played: a running product, called over gRPC.
#[derive(Debug)]
pub struct Stage {
    pub(crate) client: Client,
    aloud: bool,
    /// What the keys of requests begin with.
    series: String,
    keys: u32,
    patience: Duration,
}

impl Stage {
    /// The product at `address`; `aloud` prints every step.
    pub fn at(address: SocketAddr, aloud: bool) -> Result<Self, tonic::transport::Error> {
        Ok(Self::of(Client::at(address, PATIENCE)?, aloud))
    }

    /// The product at the other end of `way`, aloud; everybody shows it a token of `key`, if there is one.
    pub(crate) fn over(way: Channel, key: Option<PathBuf>) -> Result<Self, StartError> {
        let client = Client::over([way.clone(), way.clone(), way], PATIENCE);
        let Some(key) = key else { return Ok(Self::of(client, true)) };
        // A key that does not read is told at once, and not by whoever is shown no token.
        trial_token(&key, "ada", "GMFTA")?;
        let give = move |who: Actor| trial_token(&key, who.person, who.role).unwrap_or_default();
        Ok(Self::of(client.bearing(give), true))
    }

    /// Intake, engagement and tasks, each at an address of its own.
    pub fn among(addresses: [SocketAddr; 3], aloud: bool) -> Result<Self, tonic::transport::Error> {
        Ok(Self::of(Client::among(addresses, PATIENCE)?, aloud))
    }

    /// Gives keys that nobody has given before: those of another visit would get its replies.
    pub(crate) fn begin_anew(&mut self) {
        self.series = format!("demo-{:08x}", fastrand::u32(..));
    }

    /// The same where the product is killed over and over: what follows takes as many restarts as it has commits.
    #[must_use]
    pub fn patient(self, patience: Duration) -> Self {
        Self { client: self.client.patient(patience), patience, ..self }
    }

    /// Wherever `client` calls.
    #[must_use]
    pub fn of(client: Client, aloud: bool) -> Self {
        Self { client, aloud, series: "demo".to_owned(), keys: 0, patience: PATIENCE }
    }

    /// A new key for a request.
    pub(crate) fn key(&mut self) -> String {
        self.keys += 1;
        format!("{}-{}", self.series, self.keys)
    }

    /// Announces what comes.
    pub(crate) fn scene(&self, title: &str) {
        self.say(format_args!("\n== {title}\n"));
    }

    pub(crate) fn say(&self, text: impl fmt::Display) {
        if self.aloud {
            host::say(&text.to_string());
        }
    }

    /// A step that has to succeed.
    pub(crate) async fn step<M, R>(
        &mut self,
        who: Actor,
        rule: &str,
        what: &str,
        message: M,
    ) -> Result<R, Surprise>
    where
        M: Message + Name + Clone + 'static,
        R: Message + Default + 'static,
    {
        let reply = self.client.call(who, message).await;
        let reply = reply.map_err(|status| Surprise(format!("{rule}: {what}: {}", status.message())))?;
        self.line(who, rule, what, "done");
        Ok(reply)
    }

    /// A step that has to be refused for this reason, given for the whole or for one of its faults.
    pub(crate) async fn refused<M>(
        &mut self,
        who: Actor,
        rule: &str,
        what: &str,
        message: M,
        reason: &str,
    ) -> Result<(), Surprise>
    where
        M: Message + Name + Clone + 'static,
    {
        match self.client.call::<M, ()>(who, message).await {
            Ok(()) => Err(Surprise(format!("{rule}: {what}: was not refused"))),
            Err(status) if reasons(&status).iter().any(|given| given == reason) => {
                self.line(who, rule, what, &format!("refused: {}", status.message()));
                Ok(())
            }
            Err(status) => Err(Surprise(format!(
                "{rule}: {what}: refused for {:?} instead of {reason}: {}",
                reasons(&status),
                status.message()
            ))),
        }
    }

    /// Asks again and again until the answer is as it should become.
    pub(crate) async fn until<M, R>(
        &mut self,
        who: Actor,
        what: &str,
        message: M,
        good: impl Fn(&R) -> bool,
    ) -> Result<R, Surprise>
    where
        M: Message + Name + Clone + 'static,
        R: Message + Default + 'static,
    {
        let begun = Instant::now();
        loop {
            match self.client.call::<M, R>(who, message.clone()).await {
                Ok(reply) if good(&reply) => {
                    self.say(format_args!("{:>52} {what} ({} ms)", "…", begun.elapsed().as_millis()));
                    return Ok(reply);
                }
                Ok(_) => {}
                // It is on its way from another service.
                Err(status) if matches!(status.code(), Code::NotFound | Code::Unavailable) => {}
                Err(status) => return Err(Surprise(format!("{what}: {}", status.message()))),
            }
            if begun.elapsed() > self.patience {
                return Err(Surprise(format!("{what}: it did not happen within {:?}", self.patience)));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn line(&self, who: Actor, rule: &str, what: &str, result: &str) {
        let who = who.role;
        self.say(format_args!("{who:<21} {rule:<7} {what:<60} {result}"));
    }
}

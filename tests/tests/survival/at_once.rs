//! People change, facts are corrected and the Gateway leaves at the same moment, at two replicas: one order, nothing that was
//! acknowledged is lost, and nobody who has left keeps a right.

use std::{net::SocketAddr, time::Duration};

use futures::future::{join, join_all, join3};
use getmodern::client::{Actor, reasons};
use prost::{Message, Name};
use proto::{
    common::v1::{
        ListEventsRequest, ListEventsResponse, Role, WatchEventsRequest, WatchEventsResponse,
        data_item::Fact, watch_events_request::Start,
    },
    engagement::v1::{
        AppointDeputyRequest, ChangeSeatRequest, EndDeputyRequest, Engagement, GetEngagementRequest,
        RaiseBlockerRequest, SendIntroductionRequest, blocker,
    },
    intake::v1::{
        AcknowledgeHandoffRequest, Case, ChangeSeatRequest as ChangeCaseSeatRequest, ExitGatewayRequest,
        GetCaseRequest, RecordDeliveryRequest, RecordResearchRequest,
    },
    tasks::v1::{ListTasksRequest, ListTasksResponse},
};
use tests::actor;
use tokio::time::{sleep, timeout};
use tonic::{Code, Status, Streaming};
use tonic_prost::ProstCodec;

use crate::{
    caller::Caller,
    campaign,
    evidence::Evidence,
    fleet::{Fleet, NAMES, full_name},
    leaving::moment,
    server::Server,
    story::{about, contact, item},
    turn,
    watcher::{dial, signed, watch_as},
    world::{Done, FE, FM, GATEWAY, GMFTA, LEADERSHIP, PROGRAM, SIX, World, keyed},
};

const OTHER_FE: Actor = actor("people/other-fe", "FE");
const OTHER_GMFTA: Actor = actor("people/other-gmfta", "GMFTA");
const DEPUTY: Actor = actor("people/deputy", "GMFTA");
const INTAKE: usize = 0;
const ENGAGEMENT: usize = 1;

/// How often each came first.
#[derive(Debug, Default, Clone, Copy)]
struct Wins {
    exits: usize,
    changes: usize,
    introductions: usize,
    seats: usize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_seat_a_correction_and_an_exit_at_the_same_moment_are_one_after_the_other() {
    let _turn = turn().await;
    let Some(server) = Server::start().await else { return };
    let fleet = Fleet::start(server.urls(), 2).await;
    let (tellers, rounds) = if campaign() { (4, 250) } else { (2, 10) };
    let told = join_all((0..tellers).map(|teller| tell(&fleet, teller, rounds))).await;
    let mut wins = Wins::default();
    let mut done = Vec::new();
    for (won, acknowledged) in told {
        wins.exits += won.exits;
        wins.changes += won.changes;
        wins.introductions += won.introductions;
        wins.seats += won.seats;
        done.extend(acknowledged);
    }
    println!("{} rounds: {wins:?}; {} acknowledged", tellers * rounds, done.len());
    assert_eq!(wins.exits + wins.changes, tellers * rounds);
    assert!(wins.exits > 0 && wins.changes > 0, "each came first at times: {wins:?}");
    let evidence = Evidence::gather(&server.urls()).await;
    evidence.assert_sound(&done);
}

async fn tell(fleet: &Fleet, teller: usize, rounds: usize) -> (Wins, Vec<Done>) {
    let sides = [0, 1].map(|number| {
        Caller::new(
            (0..3).map(|service| (NAMES[service].0, vec![fleet.addresses(service)[number]])).collect(),
        )
    });
    let mut world = World::new(Caller::new(fleet.all()), format!("at-once-{teller}"));
    let mut wins = Wins::default();
    for round in 0..rounds {
        let mut stage = Stage { fleet, sides: &sides, world: &mut world, round };
        let customer = format!("at-once-{teller}-{round}");
        if let Some(engagement) = Box::pin(stage.leaving(&customer, &mut wins)).await {
            Box::pin(stage.handing_over(&engagement, &mut wins)).await;
        }
    }
    (wins, world.done)
}

/// One round, with the two replicas of each service.
struct Stage<'a> {
    fleet: &'a Fleet,
    sides: &'a [Caller; 2],
    world: &'a mut World,
    round: usize,
}

impl Stage<'_> {
    /// The replica whose turn it is, and the other.
    fn side(&self, which: usize) -> &Caller {
        &self.sides[(self.round + which) % 2]
    }

    fn address(&self, service: usize, which: usize) -> SocketAddr {
        self.fleet.addresses(service)[(self.round + which) % 2]
    }

    /// The FE's seat is given away, the licences are corrected, and the Gateway leaves; the engagement, where it was first.
    async fn leaving(&mut self, customer: &str, wins: &mut Wins) -> Option<String> {
        let case = self.world.handed_off(customer).await;
        for seat in SIX {
            let _: Case = self.world.act(seat, about!(AcknowledgeHandoffRequest, case)).await;
        }
        let mut theirs = self.watch(INTAKE, FE, &case).await;
        let (fe, why_so) = (Role::Fe.into(), "another customer".to_owned());
        let successor = OTHER_FE.person.to_owned();
        let seat = about!(ChangeCaseSeatRequest, case, role: fe, successor: successor, cause: why_so.clone());
        let items = vec![item(Fact::LicenceCount(15))];
        let correct = about!(RecordResearchRequest, case, items: items, cause: why_so);
        let exit = about!(ExitGatewayRequest, case);
        // An exit asks the engagement service first, which takes as long as a change or two.
        let seat = self.at::<_, Case>(0, 2 * moment(), GATEWAY, seat, "seat");
        let correct = self.at::<_, Case>(1, 2 * moment(), GATEWAY, correct, "correct");
        let exit = self.at::<_, Case>(self.round / 2, moment() / 4, GATEWAY, exit, "exit");
        let changes = join(seat, correct);
        let ((seat, corrected), exited) = Box::pin(async {
            match self.round {
                // The first rounds have no race, so that each comes first at times.
                0 => {
                    let exited = exit.await;
                    (changes.await, exited)
                }
                1 => (changes.await, exit.await),
                _ => Box::pin(join(changes, exit)).await,
            }
        })
        .await;
        let left = exited.is_ok();
        if left {
            wins.exits += 1;
            // Nothing changes what the Gateway has handed over.
            for late in [&seat, &corrected] {
                assert_eq!(late.as_ref().map_err(why).err().as_deref(), Some("WRONG_STATE"), "{late:?}");
            }
        } else {
            wins.changes += 1;
            let refused = why(exited.as_ref().expect_err("it was not first"));
            assert!(["HANDOFF_NOT_ACKNOWLEDGED", "VERDICT_OUTDATED"].contains(&&*refused), "{refused}");
            assert!(seat.is_ok() && corrected.is_ok(), "{seat:?} {corrected:?}");
        }
        self.stands(&case, left, &mut theirs).await;
        left.then(|| case.replace("cases/", "engagements/"))
    }

    /// Both replicas show all that was acknowledged, and nothing to the one who has left, in a watch that is open neither.
    async fn stands(&mut self, case: &str, left: bool, theirs: &mut Streaming<WatchEventsResponse>) {
        let get = || GetCaseRequest { name: case.to_owned() };
        for side in self.sides {
            let found: Case = side.call(LEADERSHIP, get()).await.expect("it is read");
            let licences = found.items.iter().find_map(|item| match item.fact {
                Some(Fact::LicenceCount(count)) => Some(count),
                _ => None,
            });
            let fe = found.handoff.and_then(|handoff| handoff.roster).expect("the six").fe;
            let holder = if left { FE } else { OTHER_FE };
            assert_eq!((fe.as_str(), licences == Some(15)), (holder.person, !left));
            let gone: Result<Case, Status> = side.call(FE, get()).await;
            assert_eq!(gone.is_ok(), left, "{gone:?}");
            let theirs_now: Result<Case, Status> = side.call(OTHER_FE, get()).await;
            assert_eq!(theirs_now.is_ok(), !left, "{theirs_now:?}");
        }
        if left {
            return;
        }
        let _: Case = self.world.act(GATEWAY, about!(RecordDeliveryRequest, case)).await;
        let kinds = told(theirs, self.head(INTAKE).await).await;
        let leaked = kinds.iter().any(|kind| kind == "SeatChanged" || kind == "DeliveryRecorded");
        assert!(!leaked, "{kinds:?}");
    }

    /// The GMFTA's seat is given away, their deputyship ends, and the deputy sends the introduction.
    async fn handing_over(&mut self, name: &str, wins: &mut Wins) {
        let get = GetEngagementRequest { name: name.to_owned() };
        let _: Engagement = self.world.until("it begins", get.clone(), |_| true).await;
        let (gmfta, cause) = (Role::Gmfta.into(), "another customer".to_owned());
        let days = ("2019-10-01".to_owned(), "9999-12-31".to_owned());
        let deputy = DEPUTY.person.to_owned();
        let appoint = about!(AppointDeputyRequest, name, role: gmfta, deputy: deputy, first_date: days.0,
            last_date: days.1, cause: cause.clone());
        let _: Engagement = self.world.act(GMFTA, appoint).await;
        let mut theirs =
            [self.watch(ENGAGEMENT, GMFTA, name).await, self.watch(ENGAGEMENT, DEPUTY, name).await];
        let successor = OTHER_GMFTA.person.to_owned();
        let seat = about!(ChangeSeatRequest, name, role: gmfta, successor: successor, cause: cause.clone(), has_left: true);
        let end = about!(EndDeputyRequest, name, deputyship: 1, cause: cause);
        let introduce = about!(SendIntroductionRequest, name,
            recipients: vec![contact("the head of IT")],
            overview: "what it brings".to_owned(),
            installation_instructions: "as attached".to_owned(),
            prep_meeting_arrangement: "Monday at 10".to_owned(),
        );
        let (seat, ended, introduced) = Box::pin(join3(
            self.at::<_, Engagement>(0, moment() / 4, PROGRAM, seat, "seat"),
            self.at::<_, Engagement>(1, moment() / 4, PROGRAM, end, "end"),
            self.at::<_, Engagement>(self.round / 2, moment() / 4, DEPUTY, introduce, "introduce"),
        ))
        .await;
        assert!(seat.is_ok() && ended.is_ok(), "{seat:?} {ended:?}");
        let kinds = self.kinds(name).await;
        let at = |kind: &str| kinds.iter().position(|told| told == kind);
        if introduced.is_ok() {
            wins.introductions += 1;
            assert!(at("IntroductionSent") < at("SeatTaken"), "a seat that waits takes no step: {kinds:?}");
            assert!(at("IntroductionSent") < at("DeputyshipEnded"), "nobody acts for it any more: {kinds:?}");
        } else {
            wins.seats += 1;
            assert_eq!(at("IntroductionSent"), None, "{kinds:?}");
        }
        self.nobody_stays(name, &mut theirs).await;
    }

    /// The one before and their deputy see nothing more, here and among the tasks; the successor does.
    async fn nobody_stays(&mut self, name: &str, theirs: &mut [Streaming<WatchEventsResponse>; 2]) {
        let get = || GetEngagementRequest { name: name.to_owned() };
        for side in self.sides {
            for (who, sees) in [(GMFTA, false), (DEPUTY, false), (OTHER_GMFTA, true)] {
                let seen: Result<Engagement, Status> = side.call(who, get()).await;
                assert_eq!(seen.is_ok(), sees, "{who:?}: {seen:?}");
            }
        }
        let raise = about!(RaiseBlockerRequest, name,
            kind: blocker::Kind::Other.into(), description: "the VPN".to_owned());
        let _: Engagement = self.world.act(FM, raise).await;
        let head = self.head(ENGAGEMENT).await;
        for watch in theirs {
            let kinds = told(watch, head).await;
            assert!(!kinds.iter().any(|kind| kind == "BlockerRaised"), "{kinds:?}");
        }
        let list = || ListTasksRequest { engagement: name.to_owned(), ..ListTasksRequest::default() };
        for (who, count) in [(OTHER_GMFTA, 2), (GMFTA, 0), (DEPUTY, 0)] {
            let told = async || {
                let found: ListTasksResponse = self.side(0).call(who, list()).await.expect("a list");
                found.tasks.len() == count
            };
            timeout(tests::PATIENCE, async {
                while !told().await {
                    sleep(Duration::from_millis(20)).await;
                }
            })
            .await
            .unwrap_or_else(|_| panic!("{who:?} sees other than {count} tasks"));
        }
    }

    /// A call at one of the replicas, a while from now.
    async fn at<M, R>(
        &self,
        which: usize,
        wait: Duration,
        who: Actor,
        message: M,
        word: &str,
    ) -> Result<R, Status>
    where
        M: Message + Name + Default + Clone + 'static,
        R: Message + Default + 'static,
    {
        let key = format!("{}/{}/{word}/{}", self.world.name, self.round, M::NAME);
        sleep(wait).await;
        self.side(which).call(who, keyed(&message, &key)).await
    }

    async fn watch(&self, service: usize, who: Actor, resource: &str) -> Streaming<WatchEventsResponse> {
        let message =
            WatchEventsRequest { start: Some(Start::AfterRevision(0)), resource: resource.to_owned() };
        watch_as(self.address(service, 1), &full_name(service), who, message).await.expect("a watch")
    }

    async fn head(&self, service: usize) -> i64 {
        self.events(service, "").await.head_revision
    }

    /// The kinds of an engagement's events, in order.
    async fn kinds(&self, name: &str) -> Vec<String> {
        let found = self.events(ENGAGEMENT, name).await;
        found.events.into_iter().map(|event| event.kind).collect()
    }

    async fn events(&self, service: usize, resource: &str) -> ListEventsResponse {
        let list = ListEventsRequest { resource: resource.to_owned(), page_size: 500, ..Default::default() };
        let answer = ask(self.address(service, 0), service, LEADERSHIP, "ListEvents", list).await;
        answer.expect("a journal")
    }
}

fn why(status: &Status) -> String {
    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
    reasons(status).into_iter().next().unwrap_or_default()
}

/// The kinds of events that a watch tells up to a revision, or until it ends.
async fn told(watch: &mut Streaming<WatchEventsResponse>, revision: i64) -> Vec<String> {
    let mut kinds = Vec::new();
    loop {
        let next = timeout(tests::PATIENCE, watch.message()).await.expect("in time");
        let Ok(Some(batch)) = next else { return kinds };
        kinds.extend(batch.events.into_iter().map(|event| event.kind));
        if batch.revision >= revision {
            return kinds;
        }
    }
}

/// A call of a method that every service has.
async fn ask<M, R>(
    address: SocketAddr,
    service: usize,
    who: Actor,
    method: &str,
    message: M,
) -> Result<R, Status>
where
    M: Message + 'static,
    R: Message + Default + 'static,
{
    let path = format!("/{}/{method}", full_name(service)).parse().expect("a path");
    let codec = ProstCodec::<M, R>::default();
    Ok(dial(address).await?.unary(signed(who, message), path, codec).await?.into_inner())
}

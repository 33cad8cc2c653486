//! An engagement at any step of the playbook: each step stands on the one before it.

use proto::{
    common::v1::{Intent, Role, data_item::Fact},
    engagement::v1::{
        AlignAccountTeamRequest, ApproveReengagementRequest, AssignEngagementRequest, BusinessUnitPlan,
        CompleteReengagementRequest, DeploymentPlan, Engagement, FinalizeSummaryRequest, Finding, Gap,
        GetEngagementRequest, HandOverRequest, HoldInternalSyncRequest, HoldPrepMeetingRequest,
        HoldReviewRequest, HoldWorkshopRequest, Needs, PlanPilotRequest, Readiness, RecordPilotResultRequest,
        RejoinEngagementRequest, RemoteSupport, ReportAnalyticsRequest, RequestReengagementRequest,
        SaveSummaryRequest, SendIntroductionRequest, StartPilotRequest, SummaryContent, finding, gap,
        pilot_result::Outcome, remote_support,
    },
    intake::v1::{
        AcknowledgeHandoffRequest, AnswerArchitectRequest, AskArchitectRequest, Case, ChooseChannelRequest,
        ContactAccountTeamRequest, ExitGatewayRequest, OpenCaseRequest, RecordResearchRequest,
        StartHandoffRequest, ValidateCustomerRequest, ValidateCustomerResponse, ValidationLevel,
    },
    tasks::v1::{CompleteTaskRequest, GetTaskRequest, Note, Task, WriteNoteRequest, note},
};

use crate::cast::{
    FM, GATEWAY, GET_MODERN_SME, GMFTA, PROGRAM, Play, SIX, SME, ask, contact, css, data, frp, roster,
};

/// The two tasks of the execution, and the one of a re-engagement.
pub(crate) const SUMMARY: &str = "customer-get-modern-summary";
pub(crate) const PILOT: &str = "get-modern-pilot";
pub(crate) const REENGAGEMENT: &str = "get-modern-architect-reengagement";

impl Play {
    /// Assigned by the program team (P-1).
    pub(crate) async fn assigned(&self, tenant: &str) -> String {
        self.step(PROGRAM, assignment(tenant)).await.name
    }

    /// Synced, and qualified (P-2, P-3).
    pub(crate) async fn synced(&self, tenant: &str) -> String {
        let name = Box::pin(self.assigned(tenant)).await;
        let held_time = self.insights().await.read_time;
        let sync = HoldInternalSyncRequest { held_time, ..sync(&name, tenant, 700, Intent::Yes) };
        self.step(GMFTA, sync).await.name
    }

    /// Aligned with the account team, with a Ready Partner for its channel (P-4).
    pub(crate) async fn aligned(&self, tenant: &str) -> String {
        let name = Box::pin(self.synced(tenant)).await;
        self.step(GMFTA, alignment(&name)).await.name
    }

    /// Through the Gateway, for CSS.
    pub(crate) async fn handed_off(&self, tenant: &str) -> String {
        let case = self.handing_off(tenant).await;
        let _: Case = self.ok(GATEWAY, ask!(ExitGatewayRequest { name: case.clone() })).await;
        let get = GetEngagementRequest { name: case.replace("cases/", "engagements/") };
        self.until::<_, Engagement>("the execution begins", get, |_| true).await.name
    }

    /// In the handoff, which all six have acknowledged; the case.
    pub(crate) async fn handing_off(&self, tenant: &str) -> String {
        let (gmfta, fm) = (GMFTA.person, FM.person);
        let open = ask!(OpenCaseRequest { customer: "Contoso", tenant: tenant, gmfta: gmfta, fm: fm });
        let Case { name: case, .. } = self.ok(GATEWAY, open).await;
        let mut items = data(tenant, 700, Intent::Yes);
        items.retain(|item| !matches!(item.fact, Some(Fact::Tenant(_))));
        let _: Case =
            self.ok(GATEWAY, ask!(RecordResearchRequest { name: case.clone(), items: items })).await;
        let _: Case = self.ok(GATEWAY, ask!(AskArchitectRequest { name: case.clone() })).await;
        let answer = ask!(AnswerArchitectRequest {
            name: case.clone(),
            journey_status: "at the beginning",
            deployment_plans: "Windows 10 in January",
        });
        let _: Case = self.ok(GMFTA, answer).await;
        let contacts = vec![contact("the account manager")];
        let ask_team = ask!(ContactAccountTeamRequest { name: case.clone(), contacts: contacts });
        let _: Case = self.ok(GATEWAY, ask_team).await;
        let level = ValidationLevel::AccountTeam;
        let validate = ask!(ValidateCustomerRequest { name: case.clone(), level: level });
        let _: ValidateCustomerResponse = self.ok(GATEWAY, validate).await;
        let choose = ask!(ChooseChannelRequest { name: case.clone(), channel: css() });
        let _: Case = self.ok(GATEWAY, choose).await;
        let start = ask!(StartHandoffRequest { name: case.clone(), roster: roster() });
        let _: Case = self.ok(GATEWAY, start).await;
        for seat in SIX {
            let _: Case = self.ok(seat, ask!(AcknowledgeHandoffRequest { name: case.clone() })).await;
        }
        case
    }

    /// In preparation: the introduction is sent (E-1).
    pub(crate) async fn preparing(&self, tenant: &str) -> String {
        let name = Box::pin(self.aligned(tenant)).await;
        self.step(GMFTA, introduction(&name)).await.name
    }

    /// In delivery: prepared, and the workshop held (E-2, E-3).
    pub(crate) async fn delivering(&self, tenant: &str) -> String {
        let name = Box::pin(self.preparing(tenant)).await;
        self.prepare(&name).await;
        name
    }

    /// On standby: handed over (E-4, E-5).
    pub(crate) async fn standing_by(&self, tenant: &str) -> String {
        let name = Box::pin(self.delivering(tenant)).await;
        self.deliver(&name).await;
        name
    }

    /// From preparation to delivery; the stages it was answered with.
    pub(crate) async fn prepare(&self, name: &str) -> Vec<Engagement> {
        let held_time = Box::pin(self.insights()).await.read_time.expect("a time");
        let meeting = ask!(HoldPrepMeetingRequest {
            name: name,
            held_time: held_time,
            logistics: "room and badges",
            objectives: "a plan for every unit",
            agenda: "readiness, plan, pilot",
            installation_follow_up: "installed",
            attended: vec![contact("the head of IT")],
        });
        vec![
            Box::pin(self.step(GMFTA, meeting)).await,
            self.step(GMFTA, report(name, true, true)).await,
            Box::pin(self.step(GMFTA, workshop(name))).await,
        ]
    }

    /// From delivery to standby; the answers on the way.
    pub(crate) async fn deliver(&self, name: &str) -> Vec<Engagement> {
        let mut seen = self.record(name).await;
        let held_time = self.insights().await.read_time;
        seen.push(self.step(GMFTA, HoldReviewRequest { held_time, ..review(name) }).await);
        seen.push(self.step(GMFTA, hand_over(name)).await);
        seen
    }

    /// In delivery with all that the review waits for; the answers on the way.
    pub(crate) async fn record(&self, name: &str) -> Vec<Engagement> {
        let mut seen = self.written(name).await;
        seen.extend(self.piloted(name).await);
        self.finish(name, SUMMARY, 0).await;
        self.finish(name, PILOT, 0).await;
        self.write(name, note::Kind::EnterpriseNotes).await;
        let told = |found: &Engagement| found.record.is_some_and(|it| it.enterprise_note_time.is_some());
        seen.push(self.until("the note is known", get(name), told).await);
        seen
    }

    /// The summary is final; the answers on the way.
    pub(crate) async fn written(&self, name: &str) -> Vec<Engagement> {
        vec![
            self.step(GMFTA, ask!(SaveSummaryRequest { name: name, content: content() })).await,
            self.step(GMFTA, ask!(FinalizeSummaryRequest { name: name })).await,
        ]
    }

    /// The pilot is executed; the answers on the way.
    pub(crate) async fn piloted(&self, name: &str) -> Vec<Engagement> {
        let mut seen = vec![
            self.step(GMFTA, ask!(PlanPilotRequest { name: name, devices: devices(5) })).await,
            self.step(GMFTA, ask!(StartPilotRequest { name: name, devices: devices(5) })).await,
        ];
        for device in devices(5) {
            seen.push(self.step(GMFTA, result(name, &device, Outcome::Succeeded)).await);
        }
        seen
    }

    /// One approved re-engagement, up to the GMFTA's return (E-5.1 to E-5.3).
    pub(crate) async fn call_back(&self, name: &str) -> Engagement {
        let request = ask!(RequestReengagementRequest { name: name, escalation: "two branches stand still" });
        let etag = self.step(SME, request).await.etag;
        let approve = ask!(ApproveReengagementRequest {
            name: name,
            etag: etag,
            nature: "an application blocks",
            specific_request: "talk to the vendor",
        });
        self.step(GET_MODERN_SME, approve).await;
        self.step(GMFTA, ask!(RejoinEngagementRequest { name: name })).await
    }

    /// From there back to standby (E-5.4, E-5.5).
    pub(crate) async fn stand_down(&self, name: &str, cycle: i32) -> Engagement {
        self.finish(name, REENGAGEMENT, cycle).await;
        self.write(name, note::Kind::EnterpriseStatusNotes).await;
        let told = |found: &Engagement| {
            found
                .reengagements
                .last()
                .is_some_and(|it| it.status_note.is_some() && it.task_completed.is_some())
        };
        let _: Engagement = self.until("task and note are known", get(name), told).await;
        self.step(GMFTA, ask!(CompleteReengagementRequest { name: name })).await
    }

    /// Completes a playbook task once its evidence is there.
    pub(crate) async fn finish(&self, engagement: &str, template: &str, cycle: i32) -> Task {
        let task = self.playbook_task(engagement, template, cycle).await;
        let read = GetTaskRequest { name: task.name.clone() };
        let ready = |task: &Task| task.evidence.is_some();
        let _: Task = self.until("its evidence is there", read, ready).await;
        self.work(GMFTA, ask!(CompleteTaskRequest { name: task.name, outcome: "done" })).await
    }

    /// The GMFTA writes a note.
    pub(crate) async fn write(&self, engagement: &str, kind: note::Kind) -> Note {
        let text = "as agreed with the customer";
        self.ok(GMFTA, ask!(WriteNoteRequest { engagement: engagement, kind: kind, text: text })).await
    }
}

pub(crate) fn get(name: &str) -> GetEngagementRequest {
    GetEngagementRequest { name: name.to_owned() }
}

pub(crate) fn assignment(tenant: &str) -> AssignEngagementRequest {
    let gmfta = GMFTA.person;
    ask!(AssignEngagementRequest { customer: "Contoso", tenant: tenant, aim: "off Windows 7", gmfta: gmfta })
}

pub(crate) fn sync(name: &str, tenant: &str, licences: i32, windows: Intent) -> HoldInternalSyncRequest {
    ask!(HoldInternalSyncRequest {
        name: name,
        roster: roster(),
        in_flight: "nothing in flight",
        aim: "off Windows 7",
        corrections: data(tenant, licences, windows),
        attended: vec![contact("the FastTrack Manager")],
    })
}

pub(crate) fn alignment(name: &str) -> AlignAccountTeamRequest {
    ask!(AlignAccountTeamRequest {
        name: name,
        contacts: vec![contact("the account manager")],
        targeted_motion: "headquarters in January",
        channel: frp(),
    })
}

pub(crate) fn introduction(name: &str) -> SendIntroductionRequest {
    ask!(SendIntroductionRequest {
        name: name,
        recipients: vec![contact("the head of IT")],
        overview: "what FastTrack brings",
        installation_instructions: "as in the guide",
        prep_meeting_arrangement: "Monday at 10",
    })
}

pub(crate) fn report(name: &str, installed: bool, flowing: bool) -> ReportAnalyticsRequest {
    let readiness = Readiness { ready: 600, ready_with_remediation: 180, blocked: 20, not_reviewed: 50 };
    ask!(ReportAnalyticsRequest {
        name: name,
        installed: installed,
        data_flowing: flowing,
        enrolled_devices: 850,
        readiness: readiness,
    })
}

pub(crate) fn workshop(name: &str) -> HoldWorkshopRequest {
    let found = |kind: finding::Kind| Finding { kind: kind.into(), description: "the VPN client".to_owned() };
    let plan = DeploymentPlan {
        target_os_version: "1909".to_owned(),
        device_groups: vec!["headquarters".to_owned()],
        readiness_rules: "critical applications first".to_owned(),
        completion_date: "2999-01-14".to_owned(),
    };
    ask!(HoldWorkshopRequest {
        name: name,
        readiness_analysis: "most devices are ready",
        deployment_plan: plan,
        findings: vec![found(finding::Kind::Blocker), found(finding::Kind::Concern)],
        none_found: vec![i32::from(finding::Kind::Challenge)],
        environment_details: "one forest, three sites",
        attended: vec![contact("the head of IT")],
    })
}

/// A summary with its four sections.
pub(crate) fn content() -> SummaryContent {
    SummaryContent {
        needs: Some(Needs {
            windows_10: "off Windows 7".to_owned(),
            office_365_proplus: "one version".to_owned(),
            modern_management: "co-management".to_owned(),
            security: "BitLocker".to_owned(),
        }),
        upgrade_plan: vec![BusinessUnitPlan {
            business_unit: "headquarters".to_owned(),
            windows_10_timing: "first quarter".to_owned(),
            office_365_proplus_timing: "second quarter".to_owned(),
            contacts: vec![contact("its IT lead")],
            lt_sponsor: "the chief financial officer".to_owned(),
        }],
        remote_support: vec![RemoteSupport {
            kind: remote_support::Kind::DesktopAppAssure.into(),
            how: "a request".to_owned(),
        }],
        gaps: vec![Gap {
            source: gap::Source::DaAnalysis.into(),
            description: "old drivers".to_owned(),
            remediation: "an update".to_owned(),
        }],
        no_gaps_found: false,
    }
}

pub(crate) fn devices(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("device-{number:02}")).collect()
}

pub(crate) fn result(name: &str, device: &str, outcome: Outcome) -> RecordPilotResultRequest {
    ask!(RecordPilotResultRequest { name: name, device: device, outcome: outcome, remarks: "as expected" })
}

pub(crate) fn hand_over(name: &str) -> HandOverRequest {
    ask!(HandOverRequest { name: name, receiver_contact: contact("the remote lead") })
}

pub(crate) fn review(name: &str) -> HoldReviewRequest {
    let present = [Role::Fta, Role::Sme, Role::Fm, Role::Fe].map(i32::from);
    ask!(HoldReviewRequest {
        name: name,
        present: present,
        conclusions: "ready",
        attended: vec![contact("the receiver")]
    })
}

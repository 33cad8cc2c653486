//! The playbook in pieces: a customer brought to wherever a test begins.

// The paths say where they are to another test program, too, which tells the same stories.
#[path = "story/forms.rs"]
mod forms;
#[path = "story/play.rs"]
pub(crate) mod play;

use proto::{
    common::v1::{Intent, data_item::Fact},
    engagement::v1::{
        AlignAccountTeamRequest, ApproveReengagementRequest, AssignEngagementRequest,
        ChooseChannelRequest as NameChannelRequest, Engagement, FinalizeSummaryRequest, GetEngagementRequest,
        HandOverRequest, HoldInternalSyncRequest, HoldPrepMeetingRequest, PlanPilotRequest,
        RecordPilotResultRequest, RejoinEngagementRequest, ReportAnalyticsRequest,
        RequestReengagementRequest, SaveSummaryRequest, SendIntroductionRequest, StartPilotRequest,
        pilot_result,
    },
    intake::v1::{
        AcknowledgeHandoffRequest, AskArchitectRequest, Case, ChooseChannelRequest,
        ContactAccountTeamRequest, ExitGatewayRequest, OpenCaseRequest, RecordResearchRequest,
        StartHandoffRequest, ValidateCustomerRequest, ValidateCustomerResponse, ValidationLevel,
    },
    tasks::v1::{
        CompleteTaskRequest, GetTaskRequest, ListTasksRequest, ListTasksResponse, Note, Task,
        WriteNoteRequest, note,
    },
};

pub(crate) use self::forms::{channel, contact, content, item, research, review, roster, workshop};
use crate::world::{FE, FM, GATEWAY, GET_MODERN_SME, GMFTA, PROGRAM, SIX, SME, World};

/// A request about a resource, all else left out.
macro_rules! about {
    ($message:ident, $name:expr) => {
        $message { name: $name.to_owned(), ..$message::default() }
    };
    ($message:ident, $name:expr, $($field:ident: $value:expr),+ $(,)?) => {
        $message { name: $name.to_owned(), $($field: $value,)+ ..$message::default() }
    };
}
pub(crate) use about;

impl World {
    /// A case just opened, with its GMFTA and FM.
    pub(crate) async fn opened(&mut self, customer: &str) -> Case {
        self.act(GATEWAY, Self::opening(customer)).await
    }

    pub(crate) fn opening(customer: &str) -> OpenCaseRequest {
        OpenCaseRequest {
            customer: customer.to_owned(),
            tenant: format!("{customer}.onmicrosoft.com"),
            gmfta: GMFTA.person.to_owned(),
            fm: FM.person.to_owned(),
            ..OpenCaseRequest::default()
        }
    }

    /// Researched and validated with the account team.
    pub(crate) async fn validated(&mut self, customer: &str, windows: Intent) -> Case {
        let name = self.opened(customer).await.name;
        self.assessed(&name, windows).await
    }

    /// Opened so, and qualified, with a channel.
    pub(crate) async fn qualified(&mut self, open: OpenCaseRequest) -> String {
        let Case { name, .. } = self.act(GATEWAY, open).await;
        self.assessed(&name, Intent::Yes).await;
        let channel = Some(channel());
        let _: Case = self.act(GATEWAY, about!(ChooseChannelRequest, name, channel: channel)).await;
        name
    }

    async fn assessed(&mut self, name: &str, windows: Intent) -> Case {
        let _: Case = self.act(GATEWAY, about!(AskArchitectRequest, name)).await;
        let items = research(windows);
        let _: Case = self.act(GATEWAY, about!(RecordResearchRequest, name, items: items)).await;
        let contacts = vec![contact("the account manager")];
        let _: Case = self.act(GATEWAY, about!(ContactAccountTeamRequest, name, contacts: contacts)).await;
        let level = ValidationLevel::AccountTeam.into();
        let validate = about!(ValidateCustomerRequest, name, level: level);
        let found: ValidateCustomerResponse = self.act(GATEWAY, validate).await;
        found.case.expect("the case")
    }

    /// Handed off to the six, of whom nobody has acknowledged.
    pub(crate) async fn handed_off(&mut self, customer: &str) -> String {
        let name = self.validated(customer, Intent::Yes).await.name;
        let channel = Some(channel());
        let _: Case = self.act(GATEWAY, about!(ChooseChannelRequest, name, channel: channel)).await;
        let roster = Some(roster());
        let _: Case = self.act(GATEWAY, about!(StartHandoffRequest, name, roster: roster)).await;
        name
    }

    /// The Gateway has left: the engagement, reactive, at its introduction.
    pub(crate) async fn reactive(&mut self, customer: &str) -> String {
        let case = self.handed_off(customer).await;
        for actor in SIX {
            let _: Case = self.act(actor, about!(AcknowledgeHandoffRequest, case)).await;
        }
        let _: Case = self.act(GATEWAY, about!(ExitGatewayRequest, case)).await;
        let name = case.replace("cases/", "engagements/");
        let get = GetEngagementRequest { name };
        let begun: Engagement = self.until("the engagement begins", get, |_| true).await;
        begun.name
    }

    /// Assigned by the program team.
    pub(crate) async fn assigned(&mut self, customer: &str) -> Engagement {
        let assign = AssignEngagementRequest {
            customer: customer.to_owned(),
            tenant: format!("{customer}.onmicrosoft.com"),
            aim: "off Windows 7".to_owned(),
            gmfta: GMFTA.person.to_owned(),
            ..AssignEngagementRequest::default()
        };
        self.act(PROGRAM, assign).await
    }

    /// The sync over every item, with this intent.
    pub(crate) async fn synced(&mut self, name: &str, windows: Intent) -> Engagement {
        let tenant = self.engagement(name).await.tenant;
        let mut corrections = vec![item(Fact::Tenant(tenant))];
        corrections.extend(research(windows));
        let sync = about!(HoldInternalSyncRequest, name,
            roster: Some(roster()),
            in_flight: "nothing".to_owned(),
            aim: "off Windows 7".to_owned(),
            corrections: corrections,
        );
        self.act(GMFTA, sync).await
    }

    /// Proactive, at its introduction, with a channel.
    pub(crate) async fn proactive(&mut self, customer: &str) -> String {
        let name = self.assigned(customer).await.name;
        self.synced(&name, Intent::Yes).await;
        let align = about!(AlignAccountTeamRequest, name,
            contacts: vec![contact("the account manager")],
            targeted_motion: "headquarters, then branches".to_owned(),
        );
        let _: Engagement = self.act(GMFTA, align).await;
        let choose = about!(NameChannelRequest, name, channel: Some(channel()));
        let _: Engagement = self.act(PROGRAM, choose).await;
        name
    }

    /// Introduced, prepared, with data flowing: ready for the workshop.
    pub(crate) async fn prepared(&mut self, name: &str) {
        let introduce = about!(SendIntroductionRequest, name,
            recipients: vec![contact("the head of IT")],
            overview: "what it brings".to_owned(),
            installation_instructions: "as attached".to_owned(),
            prep_meeting_arrangement: "Monday at 10".to_owned(),
        );
        let _: Engagement = self.act(GMFTA, introduce).await;
        let meet = about!(HoldPrepMeetingRequest, name,
            logistics: "room".to_owned(),
            objectives: "a plan".to_owned(),
            agenda: "readiness".to_owned(),
            installation_follow_up: "installed".to_owned(),
        );
        let _: Engagement = self.act(GMFTA, meet).await;
        let report = about!(ReportAnalyticsRequest, name, installed: true, data_flowing: true);
        let _: Engagement = self.act(FE, report).await;
    }

    /// The workshop was held.
    pub(crate) async fn workshopped(&mut self, name: &str) {
        self.prepared(name).await;
        let _: Engagement = self.act(GMFTA, workshop(name)).await;
    }

    /// The summary is final.
    pub(crate) async fn summarised(&mut self, name: &str) {
        let save = about!(SaveSummaryRequest, name, content: Some(content()));
        let _: Engagement = self.act(GMFTA, save).await;
        let _: Engagement = self.act(GMFTA, about!(FinalizeSummaryRequest, name)).await;
    }

    /// The pilot was executed.
    pub(crate) async fn piloted(&mut self, name: &str) {
        let devices: Vec<_> = (1..=5).map(|number| format!("device-{number}")).collect();
        let plan = about!(PlanPilotRequest, name, devices: devices.clone());
        let _: Engagement = self.act(GMFTA, plan).await;
        let start = about!(StartPilotRequest, name, devices: devices.clone());
        let _: Engagement = self.act(GMFTA, start).await;
        for device in devices {
            let outcome = pilot_result::Outcome::Succeeded.into();
            let record = about!(RecordPilotResultRequest, name, device: device, outcome: outcome);
            let _: Engagement = self.act(FE, record).await;
        }
    }

    /// The playbook's task of this template, once the tasks service has it.
    pub(crate) async fn task(&self, engagement: &str, template: &str, cycle: i32) -> Task {
        let list = ListTasksRequest { engagement: engagement.to_owned(), ..ListTasksRequest::default() };
        let wanted = |task: &&Task| task.template == template && task.cycle == cycle;
        let found = |list: &ListTasksResponse| list.tasks.iter().any(|task| wanted(&task));
        let list: ListTasksResponse = self.until("the task is there", list, found).await;
        list.tasks.iter().find(wanted).expect("it was found").clone()
    }

    /// Completes a playbook task once its evidence is there, and waits until the engagement knows.
    pub(crate) async fn complete(&mut self, engagement: &str, template: &str, cycle: i32) -> Task {
        let name = self.task(engagement, template, cycle).await.name;
        let get = GetTaskRequest { name: name.clone() };
        let _: Task = self.until("its evidence", get, |task: &Task| task.evidence.is_some()).await;
        let task = self.act(GMFTA, about!(CompleteTaskRequest, name)).await;
        let told = |found: &Engagement| {
            let record = found.record.unwrap_or_default();
            match template {
                "customer-get-modern-summary" => record.summary_task_time.is_some(),
                "get-modern-pilot" => record.pilot_task_time.is_some(),
                _ => found.reengagements.iter().any(|r| r.cycle == cycle && r.task_completed.is_some()),
            }
        };
        let get = GetEngagementRequest { name: engagement.to_owned() };
        let _: Engagement = self.until("the engagement knows", get, told).await;
        task
    }

    pub(crate) async fn note(&mut self, engagement: &str, kind: note::Kind) -> Note {
        let write = WriteNoteRequest {
            engagement: engagement.to_owned(),
            kind: kind.into(),
            text: "as agreed".to_owned(),
            ..WriteNoteRequest::default()
        };
        let list = ListTasksRequest { engagement: engagement.to_owned(), ..ListTasksRequest::default() };
        let is_there = |list: &ListTasksResponse| !list.tasks.is_empty();
        let _: ListTasksResponse = self.until("its file is open", list, is_there).await;
        self.act(GMFTA, write).await
    }

    /// Both tasks are complete and an Enterprise Note was written after them.
    pub(crate) async fn recorded(&mut self, name: &str) {
        self.summarised(name).await;
        self.complete(name, "customer-get-modern-summary", 0).await;
        self.piloted(name).await;
        self.complete(name, "get-modern-pilot", 0).await;
        self.note(name, note::Kind::EnterpriseNotes).await;
        let get = GetEngagementRequest { name: name.to_owned() };
        let told = |found: &Engagement| found.record.unwrap_or_default().enterprise_note_time.is_some();
        let _: Engagement = self.until("the engagement knows of the note", get, told).await;
    }

    /// Reviewed and handed over: the GMFTA stands by.
    pub(crate) async fn standing_by(&mut self, name: &str) {
        self.workshopped(name).await;
        self.recorded(name).await;
        self.handed_over(name).await;
    }

    /// Reviewed, and handed over.
    pub(crate) async fn handed_over(&mut self, name: &str) {
        let _: Engagement = self.act(GMFTA, review(name)).await;
        let receiver = Some(contact("the delivery lead"));
        let _: Engagement = self.act(GMFTA, about!(HandOverRequest, name, receiver_contact: receiver)).await;
    }

    /// The GMFTA is back on an approved escalation.
    pub(crate) async fn rejoined(&mut self, name: &str) {
        let escalation = "deployment has stopped".to_owned();
        let request = about!(RequestReengagementRequest, name, escalation: escalation);
        let Engagement { etag, .. } = self.act(SME, request).await;
        let approve = about!(ApproveReengagementRequest, name,
            etag: etag,
            nature: "an application".to_owned(),
            specific_request: "find a way around".to_owned(),
        );
        let _: Engagement = self.act(GET_MODERN_SME, approve).await;
        let _: Engagement = self.act(GMFTA, about!(RejoinEngagementRequest, name)).await;
    }
}

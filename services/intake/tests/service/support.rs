//! The real server on a fresh folder, its callers, and cases brought to where a test begins.

use std::sync::atomic::{AtomicU64, Ordering};

use host::{PERSON_HEADER, ROLE_HEADER, Running, Service, Settings};
use proto::{
    common::v1::{
        Contact, DataItem, DeliveryChannel, DeviceManagement, Intent, Role, Roster, data_item::Fact,
        delivery_channel::Kind, device_management::Tool,
    },
    intake::v1::{
        AcknowledgeHandoffRequest, AskArchitectRequest, Case, ChooseChannelRequest,
        ContactAccountTeamRequest, ExitGatewayRequest, GetCaseRequest, IntroduceBenefitRequest,
        OpenCaseRequest, RecordResearchRequest, StartHandoffRequest, ValidateCustomerRequest,
        ValidateCustomerResponse, ValidationLevel, intake_service_client::IntakeServiceClient,
    },
};
use tempfile::TempDir;
use tonic::{
    Request, Response, Status,
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt;

pub(crate) type Client = IntakeServiceClient<Channel>;

/// A running product on a folder of its own.
pub(crate) struct House {
    running: Running,
    folder: TempDir,
    pub(crate) client: Client,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(tempfile::tempdir().expect("a folder"), Vec::new()).await
    }

    pub(crate) async fn with(folder: TempDir, mut others: Vec<Service>) -> Self {
        let mut settings = Settings::local(folder.path());
        if others.is_empty() {
            settings.peers = vec!["engagement=http://127.0.0.1:9".parse().expect("an address of nobody")];
        }
        others.push(intake::service());
        let running = host::start(others, &settings).await.expect("starts");
        running.ready().await.expect("serves");
        let endpoint = Endpoint::from_shared(format!("http://{}", running.address)).expect("an address");
        let client = Client::new(endpoint.connect().await.expect("connects"));
        Self { running, folder, client }
    }

    /// Stops it, and gives the folder for another start.
    pub(crate) async fn close(self) -> TempDir {
        drop(self.client);
        self.running.stop().await;
        self.folder
    }
}

/// A request of `person` acting as `role`.
pub(crate) fn by<M>(role: &str, person: &str, message: M) -> Request<M> {
    let mut request = Request::new(message);
    let metadata = request.metadata_mut();
    metadata.insert(PERSON_HEADER, format!("people/{person}").parse().expect("a person"));
    metadata.insert(ROLE_HEADER, role.parse().expect("a role"));
    request
}

/// A request of the Re-engagement Manager.
pub(crate) fn manager<M>(message: M) -> Request<M> {
    by("REENGAGEMENT_MANAGER", "rita", message)
}

/// A request of the program team.
pub(crate) fn program<M>(message: M) -> Request<M> {
    by("PROGRAM_TEAM", "pat", message)
}

/// A key nobody used before.
pub(crate) fn key() -> String {
    static KEYS: AtomicU64 = AtomicU64::new(0);
    format!("key-{}", KEYS.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn shown<M>(answer: Result<Response<M>, Status>) -> M {
    answer.expect("the call is carried out").into_inner()
}

pub(crate) fn refused<M: std::fmt::Debug>(answer: Result<Response<M>, Status>) -> Status {
    answer.expect_err("the call is refused")
}

/// The stable reason in `ErrorInfo`.
pub(crate) fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

/// The fields in `BadRequest`, in order.
pub(crate) fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    violations.into_iter().map(|violation| violation.field).collect()
}

/// The reasons in `PreconditionFailure`, in order.
pub(crate) fn lacks(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = details.precondition_failure().map(|p| p.violations.clone()).unwrap_or_default();
    violations.into_iter().map(|violation| violation.r#type).collect()
}

pub(crate) fn contact(name: &str) -> Contact {
    Contact { full_name: name.to_owned(), email: String::new() }
}

pub(crate) fn item(fact: Fact) -> DataItem {
    DataItem { fact: Some(fact), source: "account team".to_owned(), learnt_time: None }
}

/// What the default policy asks for.
pub(crate) fn facts(licences: i32, intent: Intent) -> Vec<DataItem> {
    let management = DeviceManagement { tool: Tool::Intune.into(), ..DeviceManagement::default() };
    vec![
        item(Fact::LicenceCount(licences)),
        item(Fact::Windows10EnterpriseIntent(intent.into())),
        item(Fact::DeviceManagement(management)),
    ]
}

pub(crate) fn roster() -> Roster {
    let person = |id: &str| format!("people/{id}");
    Roster {
        gmfta: person("gil"),
        fm: person("fay"),
        fe: person("fred"),
        sme: person("sam"),
        fta: person("tia"),
        ats: person("ann"),
    }
}

pub(crate) const SIX: [(&str, &str); 6] =
    [("GMFTA", "gil"), ("FM", "fay"), ("FE", "fred"), ("SME", "sam"), ("FTA", "tia"), ("ATS", "ann")];

pub(crate) fn opening(tenant: &str) -> OpenCaseRequest {
    OpenCaseRequest {
        request_id: key(),
        customer: "Contoso".to_owned(),
        tenant: tenant.to_owned(),
        gmfta: "people/gil".to_owned(),
        ..OpenCaseRequest::default()
    }
}

/// The steps most tests begin with.
impl House {
    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    pub(crate) async fn opened(&self, tenant: &str) -> Case {
        shown(self.client().open_case(manager(opening(tenant))).await)
    }

    pub(crate) async fn read(&self, name: &str) -> Case {
        let request = GetCaseRequest { name: name.to_owned() };
        shown(self.client().get_case(by("LEADERSHIP", "lea", request)).await)
    }

    pub(crate) async fn record(&self, name: &str, items: Vec<DataItem>) -> Case {
        let request = RecordResearchRequest {
            name: name.to_owned(),
            request_id: key(),
            items,
            ..RecordResearchRequest::default()
        };
        shown(self.client().record_research(manager(request)).await)
    }

    pub(crate) async fn ask(&self, name: &str) -> Case {
        let request = AskArchitectRequest {
            name: name.to_owned(),
            request_id: key(),
            question: "Where do they stand?".to_owned(),
            ..AskArchitectRequest::default()
        };
        shown(self.client().ask_architect(manager(request)).await)
    }

    pub(crate) async fn contact(&self, name: &str) -> Case {
        let request = ContactAccountTeamRequest {
            name: name.to_owned(),
            request_id: key(),
            contacts: vec![contact("Account lead")],
            ..ContactAccountTeamRequest::default()
        };
        shown(self.client().contact_account_team(manager(request)).await)
    }

    pub(crate) async fn validate(&self, name: &str, level: ValidationLevel) -> ValidateCustomerResponse {
        shown(self.client().validate_customer(manager(validation(name, level))).await)
    }

    pub(crate) async fn introduce(&self, name: &str) -> Case {
        let request = IntroduceBenefitRequest {
            name: name.to_owned(),
            request_id: key(),
            customer_contacts: vec![contact("Customer lead")],
            team: vec!["people/gil".to_owned()],
            ..IntroduceBenefitRequest::default()
        };
        shown(self.client().introduce_benefit(manager(request)).await)
    }

    pub(crate) async fn choose(&self, name: &str) -> Case {
        let channel = DeliveryChannel { kind: Kind::Css.into(), partner: String::new() };
        let request = ChooseChannelRequest {
            name: name.to_owned(),
            request_id: key(),
            channel: Some(channel),
            ..ChooseChannelRequest::default()
        };
        shown(self.client().choose_channel(manager(request)).await)
    }

    pub(crate) async fn start(&self, name: &str) -> Case {
        let request = StartHandoffRequest {
            name: name.to_owned(),
            request_id: key(),
            roster: Some(roster()),
            ..StartHandoffRequest::default()
        };
        shown(self.client().start_handoff(manager(request)).await)
    }

    pub(crate) async fn acknowledge(&self, name: &str, role: &str, person: &str) -> Case {
        let request = AcknowledgeHandoffRequest {
            name: name.to_owned(),
            request_id: key(),
            ..AcknowledgeHandoffRequest::default()
        };
        shown(self.client().acknowledge_handoff(by(role, person, request)).await)
    }

    /// After a validation at account-team level over `items`.
    pub(crate) async fn validated(&self, tenant: &str, items: Vec<DataItem>) -> Case {
        let name = self.opened(tenant).await.name;
        self.ask(&name).await;
        self.record(&name, items).await;
        self.contact(&name).await;
        self.validate(&name, ValidationLevel::AccountTeam).await.case.expect("the case")
    }
}

pub(crate) fn validation(name: &str, level: ValidationLevel) -> ValidateCustomerRequest {
    ValidateCustomerRequest {
        name: name.to_owned(),
        request_id: key(),
        level: level.into(),
        ..ValidateCustomerRequest::default()
    }
}

pub(crate) fn exit(name: &str) -> ExitGatewayRequest {
    ExitGatewayRequest { name: name.to_owned(), request_id: key(), ..ExitGatewayRequest::default() }
}

pub(crate) const MISSING: [Role; 1] = [Role::Fm];

//! The methods of the service, one line each.

use host::Desk;
use kernel::Caller;
use proto::common::v1::{GetTenantRequest, Tenant};
use proto::intake::v1::{
    AcknowledgeHandoffRequest, AnswerArchitectRequest, AskArchitectRequest, Case, ChangeSeatRequest,
    ChooseChannelRequest, ContactAccountTeamRequest, DisengageCaseRequest, EvaluatePolicyRequest,
    EvaluatePolicyResponse, ExitGatewayRequest, FillAssignmentRequest, GetCaseRequest, GetPolicyRequest,
    IntroduceBenefitRequest, ListCasesRequest, ListCasesResponse, ListPoliciesRequest, ListPoliciesResponse,
    MoveCaseRequest, OpenCaseRequest, Policy, PublishPolicyRequest, RecordDeliveryRequest,
    RecordResearchRequest, ReferToPartnerRequest, RenameCustomerRequest, RequestAssignmentsRequest,
    ShareGuidanceRequest, StartHandoffRequest, ValidateCustomerRequest, ValidateCustomerResponse,
    intake_service_server::IntakeService,
};
use tonic::Status;

use crate::{
    table::{Cases, Policies},
    wire::evaluate,
};

/// The service behind its methods.
pub(crate) struct Api(pub(crate) Desk);

host::rpcs! {
    impl IntakeService as Api {
        act<Cases> open_case(OpenCaseRequest) -> Case;
        act<Cases> ask_architect(AskArchitectRequest) -> Case;
        act<Cases> answer_architect(AnswerArchitectRequest) -> Case;
        act<Cases> record_research(RecordResearchRequest) -> Case;
        act<Cases> record_delivery(RecordDeliveryRequest) -> Case;
        act<Cases> contact_account_team(ContactAccountTeamRequest) -> Case;
        act<Cases> validate_customer(ValidateCustomerRequest) -> ValidateCustomerResponse;
        act<Cases> introduce_benefit(IntroduceBenefitRequest) -> Case;
        act<Cases> choose_channel(ChooseChannelRequest) -> Case;
        act<Cases> request_assignments(RequestAssignmentsRequest) -> Case;
        act<Cases> fill_assignment(FillAssignmentRequest) -> Case;
        act<Cases> start_handoff(StartHandoffRequest) -> Case;
        act<Cases> acknowledge_handoff(AcknowledgeHandoffRequest) -> Case;
        act<Cases> change_seat(ChangeSeatRequest) -> Case;
        act<Cases> exit_gateway(ExitGatewayRequest) -> Case;
        act<Cases> refer_to_partner(ReferToPartnerRequest) -> Case;
        act<Cases> share_guidance(ShareGuidanceRequest) -> Case;
        act<Cases> disengage_case(DisengageCaseRequest) -> Case;
        act<Cases> rename_customer(RenameCustomerRequest) -> Case;
        act<Cases> move_case(MoveCaseRequest) -> Case;
        get<Cases> get_case(GetCaseRequest) -> Case;
        list<Cases> list_cases(ListCasesRequest) -> ListCasesResponse;
        act<Policies> publish_policy(PublishPolicyRequest) -> Policy;
        get<Policies> get_policy(GetPolicyRequest) -> Policy;
        list<Policies> list_policies(ListPoliciesRequest) -> ListPoliciesResponse;
        by<evaluate> evaluate_policy(EvaluatePolicyRequest) -> EvaluatePolicyResponse;
        by<get_tenant> get_tenant(GetTenantRequest) -> Tenant;
    }
}

impl Api {
    async fn evaluate(
        &self,
        caller: &Caller,
        request: &EvaluatePolicyRequest,
    ) -> Result<EvaluatePolicyResponse, Status> {
        Ok(evaluate::evaluate(request, &self.0, caller).await?)
    }

    async fn get_tenant(&self, caller: &Caller, request: &GetTenantRequest) -> Result<Tenant, Status> {
        Ok(self.0.get_tenant::<Cases>(caller, request).await?)
    }
}

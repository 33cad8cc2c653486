//! The methods of the service, one line each.

use host::Desk;
use kernel::Caller;
use proto::common::v1::{GetTenantRequest, Tenant};
use proto::engagement::v1::{
    AcknowledgeSeatRequest, AlignAccountTeamRequest, AmendReengagementRequest, AppointDeputyRequest,
    ApproveReengagementRequest, AssignEngagementRequest, CancelEngagementRequest, ChangeReceiverRequest,
    ChangeSeatRequest, ChooseChannelRequest, CloseEngagementRequest, CompleteReengagementRequest,
    EndDeputyRequest, Engagement, FinalizeSummaryRequest, GetEngagementRequest, GetInsightsRequest,
    HandOverRequest, HoldEngagementRequest, HoldInternalSyncRequest, HoldPrepMeetingRequest,
    HoldReviewRequest, HoldWorkshopRequest, Insights, ListEngagementsRequest, ListEngagementsResponse,
    PlanPilotRequest, RaiseBlockerRequest, RecordPilotResultRequest, RejectReengagementRequest,
    RejoinEngagementRequest, ReportAnalyticsRequest, RequestReengagementRequest, ResolveBlockerRequest,
    ResumeEngagementRequest, RevokeReengagementRequest, SaveSummaryRequest, SendIntroductionRequest,
    StartPilotRequest, TakeOverEngagementRequest, WithdrawReengagementRequest, WithdrawSeatChangeRequest,
    engagement_service_server::EngagementService,
};

use tonic::Status;

use crate::table::Engagements;

/// The service behind its methods.
pub(crate) struct Api(pub(crate) Desk);

host::rpcs! {
    impl EngagementService as Api {
        act<Engagements> assign_engagement(AssignEngagementRequest) -> Engagement;
        act<Engagements> hold_internal_sync(HoldInternalSyncRequest) -> Engagement;
        act<Engagements> align_account_team(AlignAccountTeamRequest) -> Engagement;
        act<Engagements> choose_channel(ChooseChannelRequest) -> Engagement;
        act<Engagements> send_introduction(SendIntroductionRequest) -> Engagement;
        act<Engagements> hold_prep_meeting(HoldPrepMeetingRequest) -> Engagement;
        act<Engagements> report_analytics(ReportAnalyticsRequest) -> Engagement;
        act<Engagements> hold_workshop(HoldWorkshopRequest) -> Engagement;
        act<Engagements> save_summary(SaveSummaryRequest) -> Engagement;
        act<Engagements> finalize_summary(FinalizeSummaryRequest) -> Engagement;
        act<Engagements> take_over_engagement(TakeOverEngagementRequest) -> Engagement;
        act<Engagements> plan_pilot(PlanPilotRequest) -> Engagement;
        act<Engagements> start_pilot(StartPilotRequest) -> Engagement;
        act<Engagements> record_pilot_result(RecordPilotResultRequest) -> Engagement;
        act<Engagements> hold_review(HoldReviewRequest) -> Engagement;
        act<Engagements> hand_over(HandOverRequest) -> Engagement;
        act<Engagements> change_receiver(ChangeReceiverRequest) -> Engagement;
        act<Engagements> request_reengagement(RequestReengagementRequest) -> Engagement;
        act<Engagements> approve_reengagement(ApproveReengagementRequest) -> Engagement;
        act<Engagements> reject_reengagement(RejectReengagementRequest) -> Engagement;
        act<Engagements> amend_reengagement(AmendReengagementRequest) -> Engagement;
        act<Engagements> withdraw_reengagement(WithdrawReengagementRequest) -> Engagement;
        act<Engagements> revoke_reengagement(RevokeReengagementRequest) -> Engagement;
        act<Engagements> rejoin_engagement(RejoinEngagementRequest) -> Engagement;
        act<Engagements> complete_reengagement(CompleteReengagementRequest) -> Engagement;
        act<Engagements> change_seat(ChangeSeatRequest) -> Engagement;
        act<Engagements> acknowledge_seat(AcknowledgeSeatRequest) -> Engagement;
        act<Engagements> appoint_deputy(AppointDeputyRequest) -> Engagement;
        act<Engagements> end_deputy(EndDeputyRequest) -> Engagement;
        act<Engagements> withdraw_seat_change(WithdrawSeatChangeRequest) -> Engagement;
        act<Engagements> raise_blocker(RaiseBlockerRequest) -> Engagement;
        act<Engagements> resolve_blocker(ResolveBlockerRequest) -> Engagement;
        act<Engagements> cancel_engagement(CancelEngagementRequest) -> Engagement;
        act<Engagements> hold_engagement(HoldEngagementRequest) -> Engagement;
        act<Engagements> resume_engagement(ResumeEngagementRequest) -> Engagement;
        act<Engagements> close_engagement(CloseEngagementRequest) -> Engagement;
        get<Engagements> get_engagement(GetEngagementRequest) -> Engagement;
        list<Engagements> list_engagements(ListEngagementsRequest) -> ListEngagementsResponse;
        by<insights> get_insights(GetInsightsRequest) -> Insights;
        by<get_tenant> get_tenant(GetTenantRequest) -> Tenant;
    }
}

impl Api {
    async fn get_tenant(&self, caller: &Caller, request: &GetTenantRequest) -> Result<Tenant, Status> {
        Ok(self.0.get_tenant::<Engagements>(caller, request, |engagement| &engagement.items).await?)
    }
}

//! R-2c: a customer that does not qualify is referred to a partner and given the guidance; and the way out for a
//! customer that no longer wants the benefit.

use kernel::{Fault, Kind, Refusal};

use crate::{Case, CaseEvent, CaseState};

type Decision = Result<Vec<CaseEvent>, Refusal>;

/// R-2c: the referral, once; it closes the case when the guidance was given before.
pub(crate) fn refer(case: &Case, partner: &str) -> Decision {
    case.within(&[CaseState::NotQualified], "R-2c", "ReferToPartner")?;
    if case.referral.is_some() {
        let message = "the customer was referred already";
        return Err(Refusal::new(Kind::NotReady, "R-2c", "ALREADY_REFERRED", "referral", message));
    }
    let referred = CaseEvent::PartnerReferred { partner: partner.to_owned() };
    let guidance = case.guidance.as_ref().map(|given| given.guidance.as_str());
    Ok(closing(referred, Some(partner), guidance))
}

/// R-2c: the guidance, once; it closes the case when the referral was made before.
pub(crate) fn share(case: &Case, guidance: &str) -> Decision {
    case.within(&[CaseState::NotQualified], "R-2c", "ShareGuidance")?;
    if case.guidance.is_some() {
        let message = "the guidance was shared already";
        return Err(Refusal::new(Kind::NotReady, "R-2c", "ALREADY_SHARED", "guidance", message));
    }
    let shared = CaseEvent::GuidanceShared { guidance: guidance.to_owned() };
    let partner = case.referral.as_ref().map(|made| made.partner.as_str());
    Ok(closing(shared, partner, Some(guidance)))
}

/// Both are needed to close (I-4).
fn closing(event: CaseEvent, partner: Option<&str>, guidance: Option<&str>) -> Vec<CaseEvent> {
    let closed = partner.zip(guidance).map(|(partner, guidance)| CaseEvent::CaseReferred {
        partner: partner.to_owned(),
        guidance: guidance.to_owned(),
    });
    [event].into_iter().chain(closed).collect()
}

/// Ends a live case, or one whose engagement waits (I-25); never a way around referral and guidance (I-4). A case that was opened
/// by mistake is about nobody to refer: one about somebody who was referred or given the guidance is not (reading 16).
pub(crate) fn disengage(case: &Case, why: &str, opened_by_mistake: bool) -> Decision {
    if !case.is_live() && !case.is_held() {
        let mut refusal = Refusal::wrong_state("", case.state, "DisengageCase");
        if case.state == CaseState::Exited {
            refusal.tell(
                ": the program team ends its engagement with CancelEngagement, or with CloseEngagement on standby",
            );
        }
        return Err(refusal);
    }
    let is_begun = case.referral.is_some() || case.guidance.is_some();
    if case.state == CaseState::NotQualified && (is_begun || !opened_by_mistake) {
        let message = "a customer that does not qualify is referred and given the guidance; a case that was opened by mistake says so before either";
        let reason = "REFERRAL_AND_GUIDANCE_NEEDED";
        Refusal::if_any(closing_gaps(case), Kind::NotReady, reason, message)?;
    }
    Ok(vec![CaseEvent::CaseDisengaged { cause: why.to_owned(), opened_by_mistake }])
}

/// What closing a case that does not qualify still lacks (R-2c, I-4).
pub(crate) fn closing_gaps(case: &Case) -> Vec<Fault> {
    let (refer, share) = ("refer the customer to a partner", "share the deployment guidance");
    let gaps = [
        Fault::unless(case.referral.is_some(), "I-4", "REFERRAL_MISSING", "referral", refer),
        Fault::unless(case.guidance.is_some(), "I-4", "GUIDANCE_MISSING", "guidance", share),
    ];
    gaps.into_iter().flatten().collect()
}

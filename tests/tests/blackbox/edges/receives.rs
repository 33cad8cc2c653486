//! The receiver of the customer changes after the handover (reading 17; E-4, I-3).

use expect_test::expect;
use proto::engagement::v1::ChangeReceiverRequest;
use tonic::Code;

use super::{eyes::seen, gone};
use crate::cast::{FM, PROGRAM, Play, ask, contact, css};

/// The partner goes out of business after the handover.
#[tokio::test]
async fn the_partner_goes_out_of_business_after_the_handover() {
    let play = Play::start().await;
    let name = play.standing_by("contoso").await;
    seen(
        &play.client,
        &[],
        &expect![[r#"
        sees nothing: gateway auditor stranger
        sees engagement STANDBY, tasks 2, notes 1: program lead operator gmfta fm fe sme fta ats
        sees engagement STANDBY: get-modern-sme
    "#]],
    )
    .await;
    let change = || {
        ask!(ChangeReceiverRequest {
            name: name.clone(),
            receiver: css(),
            receiver_contact: contact("the delivery lead"),
            cause: "out of business"
        })
    };
    play.refused(FM, change(), Code::PermissionDenied, &["RECEIVER_IS_THE_PROGRAM_TEAMS"]).await;
    let moved = play.step(PROGRAM, change()).await;
    assert_eq!((moved.channel.as_ref(), gone(&moved).len()), (Some(&css()), 1));
    assert_eq!(moved.handover.and_then(|it| it.receiver_contact), Some(contact("the delivery lead")));
    seen(
        &play.client,
        &[],
        &expect![[r#"
        sees nothing: gateway auditor stranger
        sees engagement STANDBY, tasks 2, notes 1: program lead operator gmfta fm fe sme fta ats
        sees engagement STANDBY: get-modern-sme
    "#]],
    )
    .await;
    play.stop().await;
}

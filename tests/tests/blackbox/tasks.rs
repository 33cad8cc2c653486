//! The tasks service as its users meet it: every method of it, and every way it says no.

mod ad_hoc;
mod notes;
mod pauses;
mod playbook;
mod seats;

use proto::tasks::v1::{
    BlockTaskRequest, CancelTaskRequest, CompleteTaskRequest, ReassignTaskRequest, StartTaskRequest, Task,
    UnblockTaskRequest,
};
use tonic::Code;

use crate::cast::{GMFTA, Play, SME, ask};

/// Whatever one asks of a closed task, it stays as it is (I-19).
pub(crate) async fn stays(play: &Play, task: &Task, reason: &str) {
    let name = task.name.as_str();
    let (code, why) = (Code::FailedPrecondition, &[reason][..]);
    play.refused(GMFTA, ask!(StartTaskRequest { name: name }), code, why).await;
    play.refused(GMFTA, ask!(BlockTaskRequest { name: name, cause: "wait" }), code, why).await;
    play.refused(GMFTA, ask!(UnblockTaskRequest { name: name }), code, why).await;
    play.refused(GMFTA, ask!(ReassignTaskRequest { name: name, assignee: SME.person }), code, why).await;
    play.refused(GMFTA, ask!(CompleteTaskRequest { name: name, outcome: "again" }), code, why).await;
    play.refused(GMFTA, ask!(CancelTaskRequest { name: name, cause: "regret" }), code, why).await;
    let get = proto::tasks::v1::GetTaskRequest { name: name.to_owned() };
    assert_eq!(&play.ok::<_, Task>(GMFTA, get).await, task);
}

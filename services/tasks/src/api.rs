//! The methods of the service, one line each.

use host::Desk;
use kernel::Caller;
use proto::tasks::v1::{
    BlockTaskRequest, CancelTaskRequest, CompleteTaskRequest, CreateTaskRequest, GetNoteRequest,
    GetTaskRequest, ListNotesRequest, ListNotesResponse, ListTasksRequest, ListTasksResponse,
    ListTemplatesRequest, ListTemplatesResponse, Note, ReassignTaskRequest, StartTaskRequest, Task,
    UnblockTaskRequest, WriteNoteRequest, task_service_server::TaskService,
};
use tonic::Status;

use crate::{
    table::{Notes, Tasks},
    wire,
};

/// The service behind its methods.
pub(crate) struct Api(pub(crate) Desk);

host::rpcs! {
    impl TaskService as Api {
        by<templates> list_templates(ListTemplatesRequest) -> ListTemplatesResponse;
        act<Tasks> create_task(CreateTaskRequest) -> Task;
        act<Tasks> start_task(StartTaskRequest) -> Task;
        act<Tasks> block_task(BlockTaskRequest) -> Task;
        act<Tasks> unblock_task(UnblockTaskRequest) -> Task;
        act<Tasks> reassign_task(ReassignTaskRequest) -> Task;
        act<Tasks> complete_task(CompleteTaskRequest) -> Task;
        act<Tasks> cancel_task(CancelTaskRequest) -> Task;
        get<Tasks> get_task(GetTaskRequest) -> Task;
        list<Tasks> list_tasks(ListTasksRequest) -> ListTasksResponse;
        act<Notes> write_note(WriteNoteRequest) -> Note;
        get<Notes> get_note(GetNoteRequest) -> Note;
        list<Notes> list_notes(ListNotesRequest) -> ListNotesResponse;
    }
}

impl Api {
    #[allow(clippy::unused_async, reason = "every line of the table is awaited alike")]
    async fn templates(&self, _: &Caller, _: &ListTemplatesRequest) -> Result<ListTemplatesResponse, Status> {
        Ok(wire::templates())
    }
}

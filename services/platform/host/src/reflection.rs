//! Reflection, in both of its versions: what there is to call, and what it says. A question that has no answer is told so, and the
//! next one is answered.

use std::{collections::HashMap, sync::Arc};

use futures::{StreamExt, future::ready, stream::BoxStream};
use prost_reflect::{DescriptorPool, FileDescriptor};
use tonic::{Code, Request, Response, Status, Streaming, async_trait};

/// What is served, by name. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reflection(Arc<Known>);

struct Known {
    pool: DescriptorPool,
    /// The file of each symbol.
    symbols: HashMap<String, FileDescriptor>,
}

/// A question, in either version.
enum Question {
    File(String),
    Symbol(String),
    Extension(String, i32),
    Extensions(String),
    Services,
    Nothing,
}

/// An answer, in either version.
enum Answer {
    File(FileDescriptor),
    Numbers(String, Vec<i32>),
    Services(Vec<String>),
    Error(Code, String),
}

impl Reflection {
    /// What these sets of files say, each with what it imports.
    pub(crate) fn of(sets: &[&[u8]]) -> Result<Self, prost_reflect::DescriptorError> {
        // The files of protobuf itself, which not every set brings along.
        let mut pool = DescriptorPool::global();
        for set in sets {
            pool.decode_file_descriptor_set(*set)?;
        }
        let symbols = symbols(&pool);
        Ok(Self(Arc::new(Known { pool, symbols })))
    }
}

/// The file of each symbol. A value of an enumeration is found beside it, as protobuf has it, and below it.
fn symbols(pool: &DescriptorPool) -> HashMap<String, FileDescriptor> {
    let mut symbols = HashMap::new();
    let mut add = |name: &str, file: FileDescriptor| symbols.insert(name.to_owned(), file);
    for message in pool.all_messages() {
        add(message.full_name(), message.parent_file());
        message.fields().for_each(|field| drop(add(field.full_name(), message.parent_file())));
        message.oneofs().for_each(|oneof| drop(add(oneof.full_name(), message.parent_file())));
    }
    for kind in pool.all_enums() {
        add(kind.full_name(), kind.parent_file());
        for value in kind.values() {
            add(value.full_name(), kind.parent_file());
            add(&format!("{}.{}", kind.full_name(), value.name()), kind.parent_file());
        }
    }
    for service in pool.services() {
        add(service.full_name(), service.parent_file());
        service.methods().for_each(|method| drop(add(method.full_name(), service.parent_file())));
    }
    pool.all_extensions().for_each(|extension| drop(add(extension.full_name(), extension.parent_file())));
    symbols
}

impl Known {
    fn answer(&self, question: Question) -> Answer {
        match question {
            Question::File(name) => {
                let file = self.pool.get_file_by_name(&name);
                found(file, || format!("there is no file {name}"))
            }
            Question::Symbol(name) => {
                let file = self.symbols.get(name.trim_start_matches('.')).cloned();
                found(file, || format!("there is no symbol {name}"))
            }
            Question::Extension(name, number) => {
                let file = self.extension(&name, number);
                found(file, || format!("there is no extension {number} of {name}"))
            }
            Question::Extensions(name) => match self.pool.get_message_by_name(&name) {
                Some(message) => {
                    let numbers = message.extensions().map(|extension| extension.number());
                    Answer::Numbers(name, numbers.filter_map(|number| number.try_into().ok()).collect())
                }
                None => Answer::Error(Code::NotFound, format!("there is no message {name}")),
            },
            Question::Services => {
                Answer::Services(self.pool.services().map(|service| service.full_name().to_owned()).collect())
            }
            Question::Nothing => Answer::Error(Code::InvalidArgument, "nothing is asked".to_owned()),
        }
    }

    fn extension(&self, message: &str, number: i32) -> Option<FileDescriptor> {
        let message = self.pool.get_message_by_name(message)?;
        Some(message.get_extension(number.try_into().ok()?)?.parent_file())
    }
}

fn found(file: Option<FileDescriptor>, otherwise: impl FnOnce() -> String) -> Answer {
    file.map_or_else(|| Answer::Error(Code::NotFound, otherwise()), Answer::File)
}

/// The same service in one of its versions, which differ in nothing but their names.
macro_rules! version {
    ($version:ident) => {
        mod $version {
            use tonic_reflection::pb::$version::{
                ErrorResponse, ExtensionNumberResponse, FileDescriptorResponse, ListServiceResponse,
                ServerReflectionRequest, ServerReflectionResponse, ServiceResponse,
                server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
                server_reflection_server::ServerReflection,
            };

            use super::*;

            #[async_trait]
            impl ServerReflection for Reflection {
                type ServerReflectionInfoStream =
                    BoxStream<'static, Result<ServerReflectionResponse, Status>>;

                /// Each question is read when the answers before it are taken.
                async fn server_reflection_info(
                    &self,
                    request: Request<Streaming<ServerReflectionRequest>>,
                ) -> Result<Response<Self::ServerReflectionInfoStream>, Status> {
                    let known = Arc::clone(&self.0);
                    let answer = move |asked: Result<ServerReflectionRequest, Status>| {
                        ready(asked.map(|asked| response(&known, asked)))
                    };
                    Ok(Response::new(request.into_inner().then(answer).boxed()))
                }
            }

            fn response(known: &Known, asked: ServerReflectionRequest) -> ServerReflectionResponse {
                let answer = known.answer(question(asked.message_request.clone()));
                ServerReflectionResponse {
                    valid_host: asked.host.clone(),
                    original_request: Some(asked),
                    message_response: Some(told(answer)),
                }
            }

            fn question(asked: Option<MessageRequest>) -> Question {
                match asked {
                    Some(MessageRequest::FileByFilename(name)) => Question::File(name),
                    Some(MessageRequest::FileContainingSymbol(name)) => Question::Symbol(name),
                    Some(MessageRequest::FileContainingExtension(one)) => {
                        Question::Extension(one.containing_type, one.extension_number)
                    }
                    Some(MessageRequest::AllExtensionNumbersOfType(name)) => Question::Extensions(name),
                    Some(MessageRequest::ListServices(_)) => Question::Services,
                    None => Question::Nothing,
                }
            }

            fn told(answer: Answer) -> MessageResponse {
                match answer {
                    Answer::File(file) => MessageResponse::FileDescriptorResponse(FileDescriptorResponse {
                        file_descriptor_proto: vec![file.encode_to_vec()],
                    }),
                    Answer::Numbers(base_type_name, extension_number) => {
                        let numbers = ExtensionNumberResponse { base_type_name, extension_number };
                        MessageResponse::AllExtensionNumbersResponse(numbers)
                    }
                    Answer::Services(names) => MessageResponse::ListServicesResponse(ListServiceResponse {
                        service: names.into_iter().map(|name| ServiceResponse { name }).collect(),
                    }),
                    Answer::Error(code, error_message) => MessageResponse::ErrorResponse(ErrorResponse {
                        error_code: code.into(),
                        error_message,
                    }),
                }
            }
        }
    };
}

version!(v1);
version!(v1alpha);

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Arc<Known> {
        Reflection::of(&[proto::DESCRIPTORS, tonic_types::pb::FILE_DESCRIPTOR_SET]).expect("they read").0
    }

    fn file(question: Question) -> Option<String> {
        match known().answer(question) {
            Answer::File(file) => Some(file.name().to_owned()),
            _ => None,
        }
    }

    #[test]
    fn whatever_has_a_name_is_found_by_it() {
        for (name, place) in [
            ("getmodern.tasks.v1.TaskService", "getmodern/tasks/v1/task_service.proto"),
            ("getmodern.tasks.v1.TaskService.ListTasks", "getmodern/tasks/v1/task_service.proto"),
            ("getmodern.tasks.v1.ListTasksRequest.page_size", "getmodern/tasks/v1/task_service.proto"),
            ("getmodern.common.v1.DataItem.fact", "getmodern/common/v1/data_set.proto"),
            ("getmodern.common.v1.Role", "getmodern/common/v1/role.proto"),
            ("getmodern.common.v1.ROLE_FM", "getmodern/common/v1/role.proto"),
            ("getmodern.common.v1.Role.ROLE_FM", "getmodern/common/v1/role.proto"),
            ("getmodern.common.v1.access", "getmodern/common/v1/access.proto"),
            ("google.rpc.ErrorInfo", "google/rpc/error_details.proto"),
            ("google.protobuf.Timestamp", "google/protobuf/timestamp.proto"),
        ] {
            assert!(
                file(Question::Symbol(name.to_owned())).is_some_and(|found| place.ends_with(&found)),
                "{name}"
            );
        }
        assert_eq!(file(Question::Symbol("getmodern.Nothing".to_owned())), None);
    }

    #[test]
    fn the_options_of_a_file_are_in_it_as_they_were_written() {
        let Answer::File(file) =
            known().answer(Question::Symbol("getmodern.tasks.v1.TaskService".to_owned()))
        else {
            panic!("it is there")
        };
        let bytes = file.encode_to_vec();
        // The number of `access`, as a field that holds a message.
        let tag = [0xaa, 0xbb, 0x18];
        assert!(bytes.windows(tag.len()).any(|window| window == tag), "who may call is told");
    }
}

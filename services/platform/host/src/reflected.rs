//! Reflection serves every file of the API, and with the file of a service the types that it sends inside `Any`.
//!
//! A reader such as grpcui knows the file of a service and what that imports. The types of payloads and of errors' details are
//! named by no method, so without these imports it would show them as bytes.

use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

/// The usual name of what tonic calls `error_details.proto`.
const DETAILS: &str = "google/rpc/error_details.proto";
const PAYLOADS: &str = "events.proto";

/// A `FileDescriptorSet` whose files stay encoded: decoded, they would lose our method options.
#[derive(Clone, PartialEq, Message)]
struct EncodedSet {
    #[prost(bytes = "vec", repeated, tag = "1")]
    files: Vec<Vec<u8>>,
}

/// An encoded `FileDescriptorSet`.
///
/// # Panics
/// When the descriptors compiled into this binary do not read, which a test would have shown.
pub(crate) fn files() -> Vec<u8> {
    let own = EncodedSet::decode(proto::DESCRIPTORS).expect("our own descriptors read");
    let names: Vec<_> = own.files.iter().map(|file| read(file).name().to_owned()).collect();
    let files = own.files.iter().map(|file| [file.as_slice(), &imports(&read(file), &names)].concat());
    let details = details().filter(|file| !names.contains(&file.name().to_owned()));
    EncodedSet { files: details.map(|file| file.encode_to_vec()).chain(files).collect() }.encode_to_vec()
}

fn read(file: &[u8]) -> FileDescriptorProto {
    FileDescriptorProto::decode(file).expect("our own descriptors read")
}

/// The imports that a service's file lacks: encoded, to stand behind the file, as protobuf merges the two.
fn imports(file: &FileDescriptorProto, names: &[String]) -> Vec<u8> {
    let folder = file.name().rsplit_once('/').map_or("", |(folder, _)| folder);
    let payloads = format!("{folder}/{PAYLOADS}");
    let known = |name: &String| names.contains(name) || name == DETAILS;
    let mut dependency = vec![payloads, DETAILS.to_owned()];
    dependency.retain(|name| known(name) && !file.dependency.contains(name) && !file.service.is_empty());
    FileDescriptorProto { dependency, ..FileDescriptorProto::default() }.encode_to_vec()
}

/// The types of errors' details, in files of their usual names.
fn details() -> impl Iterator<Item = FileDescriptorProto> {
    let set = FileDescriptorSet::decode(tonic_types::pb::FILE_DESCRIPTOR_SET);
    set.expect("the details' descriptors read").file.into_iter().map(|mut file| {
        if !file.name().contains('/') {
            file.name = Some(format!("google/rpc/{}", file.name()));
        }
        file
    })
}

#[cfg(test)]
mod tests {
    use prost_reflect::DescriptorPool;

    use super::*;

    #[test]
    fn a_service_comes_with_the_types_of_its_payloads_and_of_errors_and_keeps_its_options() {
        let pool = DescriptorPool::decode(files().as_slice()).expect("they fit together");
        for service in pool.services() {
            let imports: Vec<_> =
                service.parent_file().dependencies().map(|file| file.name().to_owned()).collect();
            let folder = service.package_name().replace('.', "/");
            assert!(imports.contains(&format!("{folder}/{PAYLOADS}")), "{imports:?}");
            assert!(imports.contains(&DETAILS.to_owned()), "{imports:?}");
            for method in service.methods() {
                assert!(method.options().extensions().next().is_some(), "{}", method.full_name());
            }
        }
    }
}

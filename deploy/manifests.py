"""Refuses manifests that a cluster would refuse or, worse, take: unknown fields, and what the product promises of every pod."""

import argparse
import copy
import json
import pathlib
import re
import sys

import jsonschema
import kubernetes_validate
import yaml

# The oldest release with `preStop: sleep` switched on, and the newest that the schemas know.
KUBERNETES = ["1.30", kubernetes_validate.latest_version()]
PROBES = ["startupProbe", "readinessProbe", "livenessProbe"]
# Without these a process that others reach would believe whoever calls, or be read by whoever listens.
PROOFS = [
    *("GETMODERN_ISSUER", "GETMODERN_AUDIENCE", "GETMODERN_TLS_CERTIFICATE", "GETMODERN_TLS_KEY", "GETMODERN_CLIENT_CA"),
    "GETMODERN_TRUST_DOMAIN",
    *("GETMODERN_PEER_CA", "GETMODERN_PEER_CERTIFICATE", "GETMODERN_PEER_KEY", "GETMODERN_PEERS"),
]


# MiB that callers can make a process hold, as the limits page adds them up.
MOST = int(re.search(r"^\| \*\*all together\*\* .*\*\*(\d+) MiB\*\*", pathlib.Path("deploy/LIMITS.md").read_text(), re.M)[1])


def mebibytes(text):
    """So many MiB, as Kubernetes or compose write them."""
    number, unit = re.fullmatch(r"(\d+)(\w*)", str(text)).groups()
    return int(number) * {"Mi": 1, "m": 1, "Gi": 1024, "g": 1024}.get(unit, 0)


class Loader(yaml.SafeLoader):
    """YAML as a cluster reads it: a time is text."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def closed(schema):
    """The schema, with fields that it does not name refused."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {key: closed(part) for key, part in schema.items()}
    open_ended = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if isinstance(schema.get("properties"), dict) and not open_ended:
        shut["additionalProperties"] = False
    return shut


def operator_schemas(folders):
    """The schemas of the operators' resources, by apiVersion and kind."""
    schemas = {}
    for path in sorted(path for folder in folders for path in folder.glob("*.yaml")):
        spec = yaml.safe_load(path.read_text())["spec"]
        for version in spec["versions"]:
            schema = closed(version["schema"]["openAPIV3Schema"])
            schema["properties"]["metadata"] = {"type": "object"}
            schemas[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = schema
    assert {"Cluster", "Certificate"} <= {kind for _, kind in schemas}, f"schemas are missing in {folders}"
    schemas["barmancloud.cnpg.io/v1", "ObjectStore"] = object_store(schemas["postgresql.cnpg.io/v1", "Cluster"])
    return schemas


def object_store(cluster):
    """The backup plugin's resource: its configuration is what a cluster itself could once be given."""
    backup = cluster["properties"]["spec"]["properties"]["backup"]["properties"]
    text = {"type": "string"}
    spec = {"configuration": backup["barmanObjectStore"], "retentionPolicy": {**text, "pattern": "^[1-9][0-9]*[dwm]$"}}
    shape = {"apiVersion": text, "kind": text, "metadata": {"type": "object"}}
    return closed({"type": "object", "properties": {**shape, "spec": {"type": "object", "properties": spec}}})


def complaints(document, documents, schemas):
    """Everything that is wrong with one of the documents that an overlay builds."""
    where = f"{document['kind']} {document['metadata']['name']}"
    about = [of_schema(document, schemas), of_pods(document), of_identity(document, documents), of_references(document, documents)]
    for complaint in [complaint for complaints in about for complaint in complaints]:
        yield f"{where}: {complaint}"


def of_schema(document, schemas):
    schema = schemas.get((document["apiVersion"], document["kind"]))
    if schema:
        for error in jsonschema.Draft202012Validator(schema).iter_errors(document):
            yield f"{error.json_path}: {error.message}"
        return
    for version in KUBERNETES:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"Kubernetes {version}: {'.'.join(map(str, error.path))}: {error.message}"
        except kubernetes_validate.SchemaNotFoundError as error:
            yield error.message


def of_pods(document):
    """What every pod of ours promises."""
    if document["kind"] not in ("Deployment", "Job"):
        return
    pod = document["spec"]["template"]["spec"]
    if pod.get("automountServiceAccountToken") is not False:
        yield "has a service account's token"
    if not pod.get("securityContext", {}).get("runAsNonRoot"):
        yield "may run as root"
    for container in pod["containers"]:
        yield from of_container(container, document["kind"])


def of_container(container, kind):
    if not pinned(container["image"]):
        yield f"the image {container['image']} is not pinned"
    resources = container.get("resources", {})
    if not {"cpu", "memory"} <= resources.get("requests", {}).keys() or "memory" not in resources.get("limits", {}):
        yield "asks for no resources, or without bound"
    elif kind == "Deployment" and serves(container) and mebibytes(resources["limits"]["memory"]) < MOST:
        yield f"has less memory than the {MOST} MiB of deploy/LIMITS.md"
    security = container.get("securityContext", {})
    shut = security.get("readOnlyRootFilesystem") and security.get("capabilities", {}).get("drop") == ["ALL"]
    if not shut or security.get("allowPrivilegeEscalation") is not False:
        yield "may do more than it needs"
    if kind == "Deployment":
        yield from (f"has no {probe}" for probe in PROBES if probe not in container)


def serves(container):
    """Whether it is a server of ours, and not what stands beside one."""
    return container["image"].rpartition("/")[2].startswith("getmodern")


def of_identity(document, documents):
    """What a server is told about who calls and who listens, taken from everywhere a container gets its variables."""
    if document["kind"] != "Deployment":
        return
    maps = {other["metadata"]["name"]: other.get("data", {}) for other in documents if other["kind"] == "ConfigMap"}
    pod = document["spec"]["template"]["spec"]
    for container in pod["containers"]:
        told = {}
        for source in container.get("envFrom", []):
            told |= maps.get(source.get("configMapRef", {}).get("name"), {})
        told |= {variable["name"]: variable.get("value", "") for variable in container.get("env", [])}
        yield from unidentified(told)
        mounts = [mount["mountPath"] for mount in container.get("volumeMounts", [])]
        for name, path in told.items():
            path = path.removeprefix("@")
            if path.startswith("/") and not any(path.startswith(f"{mount}/") for mount in mounts):
                yield f"nothing is mounted where {name} says"


def unidentified(told):
    """What a process that others reach lacks to know who calls, and to keep what is said from others."""
    trusting = ("GETMODERN_TRUST_IDENTITY_HEADERS", "GETMODERN_PLAINTEXT")
    yield from (f"{name} is told" for name in trusting if name in told)
    yield from (f"{name} is not told" for name in PROOFS if not told.get(name))
    for peer in filter(None, told.get("GETMODERN_PEERS", "").split(",")):
        if not peer.partition("=")[2].startswith("https://"):
            yield f"speaks in the clear with {peer}"


def pinned(image):
    tag = image.rpartition("/")[2].partition(":")[2]
    return "@sha256:" in image or tag not in ("", "latest")


def of_references(document, documents):
    """Whether what is named by name is there: a typo in a name is no typo in a field."""
    kind, spec = document["kind"], document.get("spec", {})
    homes = {other["metadata"]["name"] for other in documents if other["kind"] == "Namespace"}
    if kind != "Namespace" and document["metadata"].get("namespace") not in homes:
        yield "is in no namespace of the overlay"
    clusters = {other["metadata"]["name"] for other in documents if other["kind"] == "Cluster"}
    templates = [other["spec"]["template"] for other in documents if other["kind"] in ("Deployment", "Job")]
    if kind in ("Service", "PodDisruptionBudget"):
        wanted = spec["selector"] if kind == "Service" else spec["selector"]["matchLabels"]
        if not any(wanted.items() <= template["metadata"]["labels"].items() for template in templates):
            yield f"selects no pod: {wanted}"
    if kind in ("ScheduledBackup", "Pooler") and spec["cluster"]["name"] not in clusters:
        yield f"there is no cluster {spec['cluster']['name']}"
    if kind in ("Deployment", "Job"):
        certificates = {other["spec"]["secretName"] for other in documents if other["kind"] == "Certificate"}
        for volume in spec["template"]["spec"].get("volumes", []):
            if volume.get("secret", {}).get("secretName", None) not in {None, *certificates}:
                yield f"nobody makes the secret {volume['secret']['secretName']}"
            for source in volume.get("projected", {}).get("sources", []):
                name = source["secret"]["name"]
                if name not in {f"{cluster}-{suffix}" for cluster in clusters for suffix in ("app", "ca")}:
                    yield f"nobody makes the secret {name}"
    if kind == "Certificate":
        issuers = {other["metadata"]["name"] for other in documents if other["kind"] == "Issuer"}
        if spec["issuerRef"]["name"] not in issuers:
            yield f"there is no issuer {spec['issuerRef']['name']}"
    if kind == "ConfigMap":
        services = {other["metadata"]["name"] for other in documents if other["kind"] == "Service"}
        for peer in filter(None, document["data"].get("GETMODERN_PEERS", "").split(",")):
            if peer.partition("://")[2].partition(":")[0] not in services:
                yield f"there is no service at {peer}"


def of_compose(compose, schema):
    """What is wrong with the compose file."""
    for error in jsonschema.Draft7Validator(schema).iter_errors(compose):
        yield f"docker-compose.yml: {error.json_path}: {error.message}"
    for name, service in compose["services"].items():
        shut = service.get("read_only") and service.get("cap_drop") == ["ALL"] and "user" in service
        if not shut or "no-new-privileges:true" not in service.get("security_opt", []) or "mem_limit" not in service:
            yield f"docker-compose.yml: {name} may do more than it needs"
        if not pinned(service["image"]):
            yield f"docker-compose.yml: the image {service['image']} is not pinned"
        if "healthcheck" not in service and "migrate" not in name:
            yield f"docker-compose.yml: nobody asks {name} for its health"
        if any(not str(port).startswith("127.0.0.1:") for port in service.get("ports", [])):
            yield f"docker-compose.yml: {name} is open to the network"
        if "GETMODERN_LISTEN" in service.get("environment", {}):
            if mebibytes(service.get("mem_limit", "0m")) < MOST:
                yield f"docker-compose.yml: {name} has less memory than the {MOST} MiB of deploy/LIMITS.md"
            faults = unidentified({**service["environment"]})
            yield from (f"docker-compose.yml: {name}: {fault}" for fault in faults)
        for secret in service.get("secrets", []):
            if (secret if isinstance(secret, str) else secret["source"]) not in compose["secrets"]:
                yield f"docker-compose.yml: there is no secret {secret} for {name}"
        mounted = [volume.partition(":")[0] for volume in service.get("volumes", []) if volume.startswith("./")]
        yield from (f"docker-compose.yml: there is no {path} for {name}" for path in mounted if not pathlib.Path(path).exists())


def of_pipelines(name, config):
    """What a collector's pipelines name and nobody defines, or somebody defines and none names."""
    pipelines = config["service"]["pipelines"].values()
    for kind in ("receivers", "processors", "exporters", "extensions"):
        defined = set(config[kind])
        used = {part for pipeline in pipelines for part in pipeline.get(kind, [])} | set(config["service"].get(kind, []))
        yield from (f"{name}: {kind}: {part} is defined or used alone" for part in sorted(defined ^ used))


# What must be refused, as (kind, path, value), where None takes the field away: a check is worth what it catches.
CONTAINER = "spec.template.spec.containers.0"
MISTAKES = [
    ("Deployment", "spec.replica", 3),
    ("Deployment", "spec.template.spec.terminationGracePeriod", 30),
    ("Deployment", f"{CONTAINER}.readinessProbe.httpGet.pathh", "x"),
    ("Deployment", f"{CONTAINER}.resources.limits.memory", None),
    ("Deployment", f"{CONTAINER}.resources.limits.memory", "512Mi"),
    ("Deployment", f"{CONTAINER}.livenessProbe", None),
    ("Deployment", f"{CONTAINER}.image", "registry.contoso.com:5000/getmodern"),
    ("Deployment", f"{CONTAINER}.image", "getmodern:latest"),
    ("Deployment", f"{CONTAINER}.securityContext.readOnlyRootFilesystem", False),
    ("Deployment", "spec.template.spec.securityContext.runAsNonRoot", None),
    ("Deployment", "spec.template.spec.automountServiceAccountToken", None),
    ("Deployment", "spec.template.spec.volumes.0.projected.sources.0.secret.name", "intake-databse-app"),
    ("Deployment", "metadata.namespace", None),
    ("Deployment", "spec.template.spec.volumes.1.secret.secretName", "intake-certificat"),
    ("Deployment", f"{CONTAINER}.env", [{"name": "GETMODERN_TRUST_IDENTITY_HEADERS", "value": "true"}]),
    ("Deployment", f"{CONTAINER}.env", [{"name": "GETMODERN_PLAINTEXT", "value": "true"}]),
    ("Deployment", f"{CONTAINER}.env", [{"name": "GETMODERN_ISSUER", "value": ""}]),
    ("Deployment", f"{CONTAINER}.env", [{"name": "GETMODERN_TLS_CERTIFICATE", "value": ""}]),
    ("Deployment", f"{CONTAINER}.env", [{"name": "GETMODERN_CLIENT_CA", "value": "/run/secrets/certificates/ca.crt"}]),
    ("Deployment", f"{CONTAINER}.env", [{"name": "GETMODERN_PEERS", "value": "engagement=http://engagement-server:50051"}]),
    ("Deployment", f"{CONTAINER}.envFrom.2.configMapRef.name", "identy"),
    ("Certificate", "spec.secretNam", "intake-certificate"),
    ("Certificate", "spec.issuerRef.name", "autority"),
    ("Job", "spec.template.spec.restartPolicys", "Never"),
    ("Job", "apiVersion", "batch/v1beta1"),
    ("Service", "spec.selector", {"app.kubernetes.io/component": "sever"}),
    ("PodDisruptionBudget", "spec.maxUnavailble", 1),
    ("NetworkPolicy", "spec.ingres", []),
    ("ConfigMap", "data.GETMODERN_PEERS", "intake=https://intake:50051"),
    ("Cluster", "spec.instance", 3),
    ("Cluster", "spec.instances", "three"),
    ("Cluster", "spec.postgresql.synchronous.metod", "any"),
    ("ScheduledBackup", "spec.cluster.name", "intake"),
    ("ObjectStore", "spec.configuration.s3Credential", {}),
]
COMPOSE_MISTAKES = [
    ("intake.healthchek", {}),
    ("intake.healthcheck", None),
    ("intake.read_only", None),
    ("intake.mem_limit", "512m"),
    ("intake.image", "getmodern"),
    ("intake.environment.GETMODERN_TRUST_IDENTITY_HEADERS", "true"),
    ("intake.environment.GETMODERN_PLAINTEXT", "true"),
    ("intake.environment.GETMODERN_ISSUER", None),
    ("tasks.environment.GETMODERN_TLS_KEY", None),
    ("engagement.environment.GETMODERN_PEERS", "intake=http://intake:50051,tasks=https://tasks:50051"),
    ("front.secrets", ["ca.pem", "front.pem", "front.kye"]),
    ("front.ports", ["50051:50051"]),
    ("grafana.volumes", ["./deploy/grafana/dashbords:/etc/grafana/dashboards:ro"]),
    ("prometheus.healthcheck", None),
]


def spoilt(document, path, value):
    """A copy with one field changed, or taken away."""
    document = copy.deepcopy(document)
    *way, last = path.split(".")
    place = document
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return document


def missed(documents, schemas, compose, compose_schema):
    """The mistakes that nothing complains of."""
    for kind, path, value in MISTAKES:
        sound = next(document for document in documents if document["kind"] == kind)
        if not any(complaints(spoilt(sound, path, value), documents, schemas)):
            yield f"NOT CAUGHT: {kind} {path} = {value}"
    for path, value in COMPOSE_MISTAKES:
        if not any(of_compose(spoilt(compose, f"services.{path}", value), compose_schema)):
            yield f"NOT CAUGHT: docker-compose.yml {path} = {value}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--crds", type=pathlib.Path, required=True, action="append", help="folder of an operator's CRDs")
    arguments.add_argument("--compose", type=pathlib.Path, required=True, help="JSON schema of compose files")
    arguments.add_argument("compose_file", type=pathlib.Path)
    arguments.add_argument("built", type=pathlib.Path, nargs="+", help="what the overlays build, richest first")
    given = arguments.parse_args()
    schemas, compose_schema = operator_schemas(given.crds), json.loads(given.compose.read_text())
    compose = yaml.safe_load(given.compose_file.read_text())
    overlays = [list(yaml.load_all(path.read_text(), Loader)) for path in given.built]
    collectors = {path: yaml.safe_load(path.read_text()) for path in pathlib.Path("deploy/otel").glob("*.yaml")}
    found = [complaint for path, config in collectors.items() for complaint in of_pipelines(path, config)]
    found += [*of_compose(compose, compose_schema), *missed(overlays[0], schemas, compose, compose_schema)]
    for path, documents in zip(given.built, overlays):
        every = (complaint for document in documents for complaint in complaints(document, documents, schemas))
        found += [f"{path.stem}: {complaint}" for complaint in every]
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    sys.exit(bool(found))


main()

"""Checks a bill of materials: every crate that the product links is in it, as it is, and nothing of it is unknown.

    cargo metadata --format-version 1 --filter-platform TARGET | python3 deploy/materials.py FILE
"""

import json
import sys


def linked(metadata):
    """The packages that the binary `getmodern` is linked from, by their names and versions."""
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    waiting = [key for key, package in packages.items() if package["name"] == "getmodern"]
    seen = set(waiting)
    while waiting:
        for dependency in nodes[waiting.pop()]["deps"]:
            is_normal = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            if is_normal and dependency["pkg"] not in seen:
                seen.add(dependency["pkg"])
                waiting.append(dependency["pkg"])
    return {(packages[key]["name"], packages[key]["version"]): packages[key] for key in seen}


def main(path):
    with open(path, encoding="utf-8") as file:
        bill = json.load(file)
    faults = []
    if (bill.get("bomFormat"), bill.get("specVersion")) != ("CycloneDX", "1.5"):
        faults.append("it is no CycloneDX 1.5")
    components = {(one["name"], one["version"]): one for one in bill["components"] + [bill["metadata"]["component"]]}
    packages = linked(json.load(sys.stdin))
    if len(packages) < 100:
        faults.append(f"only {len(packages)} crates are linked")
    faults += [f"{name} {version} is not in it" for name, version in sorted(packages.keys() - components.keys())]
    for key in packages.keys() & components.keys():
        told = components[key]
        licences = [one.get("expression") or one["license"].get("id") for one in told.get("licenses", [])]
        if not any(licences):
            faults.append(f"{' '.join(key)} has no licence")
        if packages[key]["source"] and not told.get("hashes"):
            faults.append(f"{' '.join(key)} has no hash")
        if not told.get("purl", "").startswith(f"pkg:cargo/{key[0]}@{key[1]}"):
            faults.append(f"{' '.join(key)} has no address")
    for fault in faults:
        print(f"{path}: {fault}", file=sys.stderr)
    print(f"{path}: {len(components)} components, all of the {len(packages)} crates that are linked" if not faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

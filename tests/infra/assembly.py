"""Reading a cloud assembly: templates, assets, and suppressions of cdk-nag."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from infra.constructs.monitoring import RUNBOOKS

# How an alarm's description ends: "See infra/docs/runbooks.md, queue-late."
RUNBOOK = re.compile(rf" See {re.escape(RUNBOOKS)}, ([a-z0-9-]+)\.$")


class Assembly:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def template(self, stack: str) -> dict:
        (path,) = self.folder.glob(f"*-{stack}.template.json")
        return json.loads(path.read_text())

    def service(self) -> dict:
        """All stacks but those of data and edge as one template; logical ids become `<stack>:<id>`."""
        merged: dict[str, dict] = {"Resources": {}, "Parameters": {}}
        for name, template in self.templates().items():
            stack = name.removesuffix(".template.json").split("-", 2)[2]
            if stack not in {"data", "edge"}:
                ids = {id_: f"{stack}:{id_}" for id_ in template["Resources"]}
                merged["Resources"] |= {ids[id_]: renamed(r, ids) for id_, r in template["Resources"].items()}
                merged["Parameters"] |= template["Parameters"]
        return merged

    def templates(self) -> dict[str, dict]:
        return {p.name: json.loads(p.read_text()) for p in self.folder.glob("*.template.json")}

    def asset(self, key: str) -> Path:
        """The folder of the asset that the template names by its S3 key."""
        return self.folder / f"asset.{key.removesuffix('.zip')}"

    def order(self) -> dict[str, set[str]]:
        """The names of all stacks, each with the stacks that it is deployed after."""
        artifacts = json.loads((self.folder / "manifest.json").read_text())["artifacts"]
        stacks = {n: a for n, a in artifacts.items() if a["type"] == "aws:cloudformation:stack"}
        return {name: set(stack.get("dependencies", ())) & set(stacks) for name, stack in stacks.items()}

    def acknowledgements(self) -> set[tuple[str, str]]:
        """(rule, reason) of everything that cdk-nag was told to ignore."""
        return {
            item
            for file in self.folder.glob("*.metadata.json")
            for entries in json.loads(file.read_text()).values()
            for entry in entries
            if entry["type"] == "aws:cdk:acknowledged-rules"
            for item in entry["data"].items()
        }


def renamed(value: object, ids: dict[str, str]) -> object:
    """A piece of a template with other logical ids."""
    if isinstance(value, dict):
        return {
            key: ids.get(each, each) if key == "Ref"
            else [ids.get(each[0], each[0]), *each[1:]] if key == "Fn::GetAtt"
            else [ids.get(id_, id_) for id_ in each] if key == "DependsOn"
            else renamed(each, ids)
            for key, each in value.items()
        }  # fmt: skip
    return [renamed(each, ids) for each in value] if isinstance(value, list) else value


def resources(template: dict, kind: str) -> dict[str, dict]:
    """Logical id → properties of all resources of one type; fails if there are none, so that no loop is empty."""
    found = {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }
    assert found, f"the template has no {kind}"
    return found


def functions(service: dict) -> dict[str, dict]:
    """Short name (`uploads-http`) → properties of each Lambda function."""
    return {
        properties["FunctionName"].split("-", 2)[2]: properties
        for properties in resources(service, "AWS::Lambda::Function").values()
    }


def references(value: object) -> Iterator[str]:
    """The logical ids that a piece of a template refers to."""
    if isinstance(value, dict):
        if "Ref" in value:
            yield value["Ref"]
        if "Fn::GetAtt" in value:
            yield value["Fn::GetAtt"][0]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def text(value: object) -> str:
    """A piece of a template as text: references in angle brackets, Fn::Join joined."""
    if isinstance(value, dict):
        ((function, argument),) = value.items()
        if function == "Fn::Join":
            return "".join(text(part) for part in argument[1])
        return f"<{argument if isinstance(argument, str) else '.'.join(map(str, argument))}>"
    return str(value)


def remedy(alarm: dict) -> str:
    """What an alarm says is to be done, without the entry of the runbooks."""
    return RUNBOOK.sub("", text(alarm["AlarmDescription"]))


def as_list(value: object) -> list:
    return value if isinstance(value, list) else [value]

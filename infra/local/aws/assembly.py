"""Reads a synthesised cloud assembly (`cdk.out`): its stacks, templates and file assets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.aws.emulator import ACCOUNT, REGION
from infra.local.processes import LocalError

Template = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAsset:
    """A file or folder to upload; templates name it by bucket and key."""

    source: Path
    bucket: str
    key: str
    is_folder: bool  # to be uploaded as a zip archive


@dataclass(frozen=True, slots=True, kw_only=True)
class StackArtifact:
    """One stack of the assembly."""

    name: str
    template: Template
    assets: tuple[FileAsset, ...]
    depends_on: frozenset[str]

    def resources(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """The resources of one type by logical id."""
        found: dict[str, dict[str, Any]] = self.template.get("Resources", {})
        return {name: body for name, body in found.items() if body["Type"] == resource_type}


def read_assembly(directory: Path) -> list[StackArtifact]:
    """The stacks of `cdk.out`, each after those it depends on. Raises LocalError if they form a circle."""
    artifacts = json.loads((directory / "manifest.json").read_text())["artifacts"]
    stacks = [
        _read_stack(directory, artifact_id, artifact)
        for artifact_id, artifact in artifacts.items()
        if artifact["type"] == "aws:cloudformation:stack"
    ]
    return _in_order(stacks)


def _read_stack(directory: Path, artifact_id: str, artifact: dict[str, Any]) -> StackArtifact:
    assets_file = directory / f"{artifact_id}.assets.json"
    files = json.loads(assets_file.read_text())["files"] if assets_file.exists() else {}
    return StackArtifact(
        name=artifact["properties"].get("stackName", artifact_id),
        template=json.loads((directory / artifact["properties"]["templateFile"]).read_text()),
        assets=tuple(_read_assets(directory, files)),
        depends_on=frozenset(
            name for name in artifact.get("dependencies", ()) if not name.endswith(".assets")
        ),
    )


def _read_assets(directory: Path, files: dict[str, Any]) -> list[FileAsset]:
    return [
        FileAsset(
            source=directory / file["source"]["path"],
            bucket=_in_this_account(destination["bucketName"]),
            key=destination["objectKey"],
            is_folder=file["source"].get("packaging") == "zip",
        )
        for file in files.values()
        for destination in file["destinations"].values()
        if not file["source"]["path"].endswith(".template.json")  # the deployer uploads the adapted template
    ]


def _in_this_account(name: str) -> str:
    return name.replace("${AWS::AccountId}", ACCOUNT).replace("${AWS::Region}", REGION)


def _in_order(stacks: list[StackArtifact]) -> list[StackArtifact]:
    ordered: list[StackArtifact] = []
    waiting = {stack.name: stack for stack in stacks}
    while waiting:
        ready = [stack for stack in waiting.values() if not stack.depends_on & waiting.keys()]
        if not ready:
            raise LocalError(f"These stacks depend on each other in a circle: {', '.join(sorted(waiting))}.")
        ordered += ready
        for stack in ready:
            del waiting[stack.name]
    return ordered

"""The folders of the cloud assembly from which each function runs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.local.aws.assembly import FileAsset, StackArtifact
from infra.local.processes import LocalError


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionFolders:
    """The code of one function: its own asset and its layers', as unpacked folders."""

    task_root: str
    layers: tuple[str, ...]  # in the order of the template; each has a folder `python`, as /opt does


def function_key(stack: str, logical_id: str) -> str:
    """The name of a function in the runner's URLs and in its table."""
    return f"{stack}/{logical_id}"


def read_functions(stacks: Iterable[StackArtifact]) -> dict[str, FunctionFolders]:
    """The folders of all functions of the assembly, by key. Raises LocalError for code that is not a folder."""
    return {
        function_key(stack.name, name): _folders(stack, name, function["Properties"])
        for stack in stacks
        for name, function in stack.resources("AWS::Lambda::Function").items()
    }


def _folders(stack: StackArtifact, name: str, properties: dict[str, Any]) -> FunctionFolders:
    layers = stack.resources("AWS::Lambda::LayerVersion")
    return FunctionFolders(
        task_root=_folder_of(stack, name, properties["Code"]),
        layers=tuple(
            _folder_of(stack, layer["Ref"], layers[layer["Ref"]]["Properties"]["Content"])
            for layer in properties.get("Layers", ())
        ),
    )


def _folder_of(stack: StackArtifact, name: str, code: dict[str, Any]) -> str:
    assets: dict[str, FileAsset] = {asset.key: asset for asset in stack.assets}
    asset = assets.get(code.get("S3Key", ""))
    if asset is None or not asset.source.is_dir():
        raise LocalError(
            f"{stack.name}/{name} has no folder in the cloud assembly; the local runner needs one."
        )
    return str(asset.source.resolve())


def write_functions(functions: dict[str, FunctionFolders], file: Path) -> None:
    """Write the table that the runner reads."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({key: asdict(folders) for key, folders in functions.items()}, indent=1))


def load_functions(file: Path) -> dict[str, FunctionFolders]:
    """The table that `write_functions` wrote; empty if there is none."""
    if not file.exists():
        return {}
    return {
        key: FunctionFolders(task_root=value["task_root"], layers=tuple(value["layers"]))
        for key, value in json.loads(file.read_text()).items()
    }

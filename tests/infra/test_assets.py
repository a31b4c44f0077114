"""What each function ships: its own slice, the layers it uses, byte-code that Lambda takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.state import ROOT
from tests.infra.assembly import functions, resources

LAMBDA_LIMIT = 250_000_000
OWN_LIMIT = 200_000_000


def files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def size(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def code(prod, function: dict) -> Path:
    return prod.asset(function["Code"]["S3Key"])


def layer_folders(prod, service) -> dict[str, Path]:
    return {
        logical_id: prod.asset(properties["Content"]["S3Key"])
        for logical_id, properties in resources(service, "AWS::Lambda::LayerVersion").items()
    }


def python_files(package: str) -> set[str]:
    return {str(p.relative_to(ROOT)) for p in (ROOT / "functions" / package).rglob("*.py")}


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("authorizer", "auth"),
        ("uploads-http", "uploads"),
        ("object-created", "uploads"),
        ("campaigns-http", "campaigns"),
        *(
            (f"email-{stage}", "email")
            for stage in ("http", "unsubscribe", "plan", "send", "events", "export", "reconcile")
        ),
    ],
)
def test_a_function_ships_its_own_slice_and_nothing_else(prod, service, name, package):
    assert files(code(prod, functions(service)[name])) == python_files(package)


def test_the_migrator_ships_the_schema_too(prod, service):
    schema = {
        str(p.relative_to(ROOT))
        for p in (ROOT / "schema").rglob("*")
        if p.is_file() and p.suffix != ".md" and "__pycache__" not in p.parts
    }
    assert files(code(prod, functions(service)["migrate"])) == python_files("maintenance") | schema


def test_handlers_exist(prod, service):
    for name, properties in functions(service).items():
        module, _, function = properties["Handler"].rpartition(".")
        source = (code(prod, properties) / module.replace(".", "/")).with_suffix(".py").read_text()
        assert f"def {function}(" in source or f"{function} = " in source, name


def test_no_function_comes_near_lambdas_size_limit(prod, service):
    folders = layer_folders(prod, service)
    for name, properties in functions(service).items():
        total = size(code(prod, properties)) + sum(
            size(folders[layer["Ref"]]) for layer in properties["Layers"]
        )
        assert total < OWN_LIMIT < LAMBDA_LIMIT, f"{name}: {total:,}"


def test_layers_hold_what_is_mounted_and_nothing_that_is_never_used(prod, service):
    for folder in layer_folders(prod, service).values():
        assert [p.name for p in folder.iterdir()] == ["python"]
        assert not (folder / "python" / "bin").exists()
        assert not list(folder.rglob("RECORD"))
        assert not [p for p in folder.rglob("tests") if p.is_dir()]


def test_every_module_of_a_layer_has_byte_code(prod, service):
    for folder in layer_folders(prod, service).values():
        sources = list(folder.rglob("*.py"))
        assert sources
        compiled = {p.name.split(".")[0] + str(p.parent.parent) for p in folder.rglob("*.pyc")}
        assert {p.stem + str(p.parent) for p in sources} <= compiled


def test_the_shared_layer_is_the_package_ddp(prod, service):
    (shared,) = (f for f in layer_folders(prod, service).values() if (f / "python" / "ddp").is_dir())
    assert [p.name for p in (shared / "python").iterdir()] == ["ddp"]
    source = {
        str(p.relative_to(ROOT / "layers/shared/python"))
        for p in (ROOT / "layers/shared/python").rglob("*")
        if p.is_file() and p.suffix != ".pyc"
    }
    assert {f for f in files(shared / "python") if not f.endswith(".pyc")} == source

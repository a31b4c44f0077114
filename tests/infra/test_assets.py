"""What each function ships: its own modules, the layers it uses, byte-code that Lambda accepts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from infra.assets import files_in, modules
from infra.state import ROOT
from tests.infra.assembly import functions, resources, text

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


# Run with a bare interpreter: sees the standard library, then the folders given, and nothing else.
IMPORT = """
import sys
sys.path[:0] = sys.argv[2:]
module, _, function = sys.argv[1].rpartition(".")
__import__(module)
assert callable(getattr(sys.modules[module], function)), function
"""


def test_each_handler_is_imported_from_its_asset_and_its_layers_alone(prod, service, subtests):
    folders = layer_folders(prod, service)
    for name, properties in functions(service).items():
        paths = [
            code(prod, properties),
            *(folders[layer["Ref"]] / "python" for layer in properties["Layers"]),
        ]
        variables = {k: text(v) for k, v in properties["Environment"]["Variables"].items()}
        with subtests.test(name):
            outcome = subprocess.run(
                [sys.executable, "-I", "-S", "-B", "-c", IMPORT, properties["Handler"], *map(str, paths)],
                env={"AWS_DEFAULT_REGION": "eu-central-1", **variables},
                check=False, capture_output=True, text=True,
            )  # fmt: skip
            assert outcome.returncode == 0, outcome.stderr


def test_a_function_ships_the_modules_that_its_handler_imports_and_nothing_else(prod, service):
    for name, properties in functions(service).items():
        module = properties["Handler"].rpartition(".")[0]
        schema = files_in(ROOT / "schema") if name == "migrate" else []
        expected = {str(p.relative_to(ROOT)) for p in [*modules(module), *schema]}
        assert files(code(prod, properties)) == expected, name


def test_an_export_ships_no_routes(prod, service):
    shipped = files(code(prod, functions(service)["sending-export"]))
    assert shipped == {"functions/sending/export.py", "functions/sending/messages.py"}


def test_no_function_comes_near_lambdas_size_limit(prod, service):
    folders = layer_folders(prod, service)
    for name, properties in functions(service).items():
        total = size(code(prod, properties)) + sum(
            size(folders[layer["Ref"]]) for layer in properties["Layers"]
        )
        assert total < OWN_LIMIT < LAMBDA_LIMIT, f"{name}: {total:,}"


def test_layers_hold_what_is_mounted_and_nothing_that_is_never_used(prod, service):
    for folder in layer_folders(prod, service).values():
        assert {"python"} <= {p.name for p in folder.iterdir()} <= {"notices", "python"}
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
    folders = set(layer_folders(prod, service).values())
    (shared,) = (f for f in folders if (f / "python" / "ddp").is_dir())
    assert [p.name for p in (shared / "python").iterdir()] == ["ddp"]
    source = {
        str(p.relative_to(ROOT / "layers/shared/python"))
        for p in (ROOT / "layers/shared/python").rglob("*")
        if p.is_file() and p.suffix != ".pyc"
    }
    assert {f for f in files(shared / "python") if not f.endswith(".pyc")} == source

"""Building layers: reproducible, for the target, with byte-code that Lambda uses."""

from __future__ import annotations

import hashlib
import json
import marshal
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from functions.uploads.videos import parser
from infra import layer_build, notices
from infra.layer_build import LayerBuildError, Target
from infra.settings import Architecture, machine_architecture, machine_python
from tests.unit.functions.uploads.video_samples import mp4

HERE = Target(python_version=machine_python(), architecture=machine_architecture())
ELSEWHERE = Target(
    python_version="3.12" if machine_python() != "3.12" else "3.13", architecture=Architecture.ARM64
)

# Wheels that have no text of their licence, only its name and where the package is developed.
WITHOUT_TERMS = {"ua-parser-builtins"}


@pytest.fixture
def state(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("DDP_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


def digest(folder: Path) -> str:
    content = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        content.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return content.hexdigest()


def test_two_builds_in_two_places_are_the_same_bytes(tmp_path, monkeypatch):
    digests = set()
    for place in ("one", "somewhere/else"):
        monkeypatch.setenv("DDP_STATE_DIR", str(tmp_path / place))
        digests.add((digest(layer_build.third_party("tokens", HERE)), digest(layer_build.shared(HERE))))
    assert len(digests) == 1


def test_byte_code_is_used_whatever_the_files_times_are_and_names_them_as_lambda_does(state):
    folder = layer_build.shared(HERE) / "python" / "ddp"
    compiled = next((folder / "__pycache__").glob("errors.*.pyc")).read_bytes()
    flags = int.from_bytes(compiled[4:8], "little")
    assert flags == 0b01  # valid by the source's hash, which is never checked
    assert marshal.loads(compiled[16:]).co_filename == "/opt/python/ddp/errors.py"


def test_byte_code_is_what_gets_imported(state):
    """The test changes the source, and the old byte-code still runs."""
    folder = layer_build.shared(HERE) / "python"
    (folder / "ddp" / "errors.py").write_text("raise SystemExit('the source was read')")
    subprocess.run([sys.executable, "-c", "import ddp.errors"], env={"PYTHONPATH": str(folder)}, check=True)


def test_a_layer_is_built_once(state, monkeypatch):
    first = layer_build.shared(HERE)
    monkeypatch.setattr(layer_build, "_clean", lambda _: pytest.fail("built again"))
    assert layer_build.shared(HERE) == first


def test_a_build_that_fails_leaves_nothing_behind(state, monkeypatch):
    monkeypatch.setattr(layer_build, "_install", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        layer_build.third_party("base", HERE)
    assert list((state / "layers").iterdir()) == []


def test_a_requirement_without_its_hash_is_refused(state, tmp_path, monkeypatch):
    (tmp_path / "layers" / "base").mkdir(parents=True)
    (tmp_path / "layers" / "base" / "requirements.txt").write_text("jmespath==1.1.0\n")
    monkeypatch.setattr(layer_build, "ROOT", tmp_path)
    with pytest.raises(LayerBuildError, match=r"(?s)requirements.txt for .*hash"):
        layer_build.third_party("base", HERE)


def test_another_target_is_another_layer(state):
    assert layer_build.shared(HERE) != layer_build.shared(ELSEWHERE)


def test_without_the_runtimes_own_interpreter_no_byte_code_is_shipped(state):
    assert not list(layer_build.shared(ELSEWHERE).rglob("*.pyc"))


def test_numbers_are_read_without_the_data_about_their_places(state):
    """Everything that is imported comes from the layer, in a process that sees nothing else."""
    folder = layer_build.third_party("messages", HERE) / "python"
    package = folder / "phonenumbers"
    assert sum(path.stat().st_size for path in package.rglob("*.py")) < 8_000_000
    assert not [name for name in layer_build.UNUSED if (folder / name).exists()]
    code = "import phonenumbers as p; assert p.is_valid_number(p.parse('+41791234567'))"
    subprocess.run([sys.executable, "-S", "-B", "-c", code], env={"PYTHONPATH": str(folder)}, check=True)


def test_videos_are_parsed_with_the_layer_alone(state):
    """The library comes with the wheel: a process that sees the layer and the parser, and nothing else."""
    folder = layer_build.third_party("videos", HERE) / "python"
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 20_000_000
    video = mp4(seconds=2)
    answer = subprocess.run(
        [sys.executable, "-S", "-P", "-m", "functions.uploads.videos.parser", str(len(video))],
        input=parser.ANSWER.pack(len(video)) + video,
        env={"PYTHONPATH": f"{folder}:{layer_build.ROOT}"},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    report = json.loads(answer[2 * parser.REQUEST.size :])
    assert report["General"]["Duration"] == "2.000"


LAYERS = sorted(path.parent.name for path in (layer_build.ROOT / "layers").glob("*/requirements.txt"))


def locked(name: str) -> dict[str, str]:
    """Canonical name → version of what a layer's lock file asks for on this machine."""
    found = {}
    text = (layer_build.ROOT / "layers" / name / "requirements.txt").read_text()
    for line in re.findall(r"^[a-z0-9][^ ]*==[^\\\n]*", text, re.MULTILINE | re.IGNORECASE):
        requirement = Requirement(line.strip())
        if requirement.marker is None or requirement.marker.evaluate():
            (version,) = requirement.specifier
            found[canonicalize_name(requirement.name)] = version.version
    return found


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_has_notices_and_a_bill_of_materials_of_all_that_is_locked(name):
    """In the layers of this machine's own state, which are built once."""
    folder = layer_build.third_party(name, HERE)
    bill = json.loads((folder / "notices" / f"{name}.cdx.json").read_text())
    listed = {canonicalize_name(c["name"]): c for c in bill["components"]}
    assert {package: c["version"] for package, c in listed.items()} == locked(name)
    assert not [package for package, c in listed.items() if not c.get("licenses")]
    text = (folder / "notices" / f"{name}.txt").read_text()
    for component in listed.values():
        assert f"\n{component['name']} {component['version']}\nLicence: " in text


@pytest.mark.parametrize("name", LAYERS)
def test_the_terms_of_every_package_ship_with_it(name):
    packages = notices.read(layer_build.third_party(name, HERE) / "python")
    assert {package.name for package in packages if not package.terms} <= WITHOUT_TERMS


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["base", "database", "models", "tokens", "images", "videos", "messages", "devices"]
)
def test_the_default_target_has_wheels_for_everything(state, name):
    """Downloads wheels for ARM64 and Python 3.13, whatever this machine is."""
    target = Target(python_version="3.13", architecture=Architecture.ARM64)
    folder = layer_build.third_party(name, target) / "python"
    libraries = list(folder.rglob("*.so*"))
    machines = {path.read_bytes()[18:20] for path in libraries}
    assert machines <= {b"\xb7\x00"}  # EM_AARCH64 in the ELF header
    assert bool(libraries) is (name not in {"base", "devices"})

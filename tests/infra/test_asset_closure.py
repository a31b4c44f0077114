"""The files that a handler needs, found in the syntax trees."""

from __future__ import annotations

import shutil

import pytest

from infra.assets import AssetError, digest, files_in, modules, stage
from infra.state import ROOT


@pytest.fixture
def source(tmp_path):
    """Writes modules below functions/, given as their texts by path without suffix."""

    def write(texts: dict[str, str]):
        for name, text in texts.items():
            path = tmp_path / "functions" / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


def shipped(root, module: str) -> set[str]:
    return {str(p.relative_to(root / "functions")) for p in modules(f"functions.{module}", root)}


def test_a_handler_ships_what_it_imports_directly_and_indirectly(source):
    root = source(
        {
            "mail/http": "import functions.mail.models\nfrom functions.mail import routes",
            "mail/models": "from functions.trunk.names import Name",
            "mail/routes": "import json, ddp.db",
            "trunk/names": "from functions.mail import models",  # a circle is harmless
            "mail/unused": "",
            "trunk/unused": "",
        }
    )
    assert shipped(root, "mail.http") == {
        "mail/http.py", "mail/models.py", "mail/routes.py", "trunk/names.py"
    }  # fmt: skip


def test_an_import_counts_wherever_it_stands(source):
    root = source({
        "a": "def f():\n    from functions import b\n\ntry:\n    import functions.c\nexcept ImportError:\n    pass\n",
        "b": "class C:\n    import functions.d\n",
        "c": "", "d": "",
    })  # fmt: skip
    assert shipped(root, "a") == {"a.py", "b.py", "c.py", "d.py"}


@pytest.mark.parametrize("condition", ["TYPE_CHECKING", "typing.TYPE_CHECKING"])
def test_what_only_a_type_checker_reads_is_not_shipped(source, condition):
    root = source(
        {"a": f"if {condition}:\n    import functions.b\nelse:\n    import functions.c\n", "b": "", "c": ""}
    )
    assert shipped(root, "a") == {"a.py", "c.py"}


def test_relative_imports_and_packages_with_an_init_are_followed(source):
    root = source(
        {
            "p/a": "from . import b\nfrom .q.c import name",
            "p/b": "",
            "p/q/c": "",
            "p/q/__init__": "import functions.d",
            "d": "",
        }
    )
    assert shipped(root, "p.a") == {"p/a.py", "p/b.py", "p/q/c.py", "p/q/__init__.py", "d.py"}


@pytest.mark.parametrize(
    "text",
    [
        "import importlib",
        "from importlib import import_module",
        "import importlib.util as u",
        "x = __import__('a')",
    ],
)
def test_an_import_by_a_computed_name_is_refused_with_the_remedy(source, text):
    root = source({"a": "import functions.b", "b": f"\ndef f():\n    {text}\n"})
    with pytest.raises(
        AssetError, match=r"functions/b\.py imports by a computed .*Write an import statement"
    ):
        modules("functions.a", root)


@pytest.mark.parametrize(
    "text", ["import functions.b", "from functions import b", "from functions.p import b"]
)
def test_a_module_that_does_not_exist_is_named_with_its_importer(source, text):
    root = source({"a": text, "p/c": ""})
    with pytest.raises(AssetError, match=r"functions/a\.py: The module functions\.(p\.)?b does not exist"):
        modules("functions.a", root)


def test_a_module_ships_the_data_files_of_its_name(source):
    root = source({"a": "from functions import b", "b": ""})
    for name in ("b.sql", "b.html", "a.md", "c.sql"):
        (root / "functions" / name).write_text("")
    assert shipped(root, "a") == {"a.py", "b.py", "b.sql", "b.html"}


def test_the_staged_folder_holds_these_files_and_whole_folders(source, tmp_path, monkeypatch):
    monkeypatch.setenv("DDP_STATE_DIR", str(tmp_path / "state"))
    root = source({"a": ""})
    (root / "schema" / "views").mkdir(parents=True)
    for name in ("1.sql", "views/2.sql", "README.md"):
        (root / "schema" / name).write_text(name)
    folder = stage("one", "functions.a.handler", folders=["schema"], root=root)
    assert {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} == {
        "functions/a.py", "schema/1.sql", "schema/views/2.sql"
    }  # fmt: skip
    assert stage("one", "functions.a.handler", folders=["schema"], root=root) == folder
    (root / "schema" / "1.sql").write_text("changed")
    assert stage("one", "functions.a.handler", folders=["schema"], root=root) != folder


HANDLERS = {
    "functions.email.events", "functions.email.http", "functions.email.unsubscribe", "functions.sending.dispatch",
    "functions.uploads.http",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "restarted"),
    [
        ("functions/email/ses", {"functions.email.events"}),
        ("functions/email/unsubscribe_page.py", {"functions.email.unsubscribe"}),
        ("functions/uploads/routes", {"functions.uploads.http"}),
    ],
)
def test_a_change_restarts_the_functions_that_import_it_and_no_others(tmp_path, changed, restarted):
    shutil.copytree(ROOT / "functions", tmp_path / "functions")
    before = {module: digest(modules(module, tmp_path), tmp_path) for module in HANDLERS}
    assert len(set(before.values())) == len(HANDLERS)
    top = tmp_path / changed
    for path in [top] if top.is_file() else top.glob("*.py"):
        path.write_text(path.read_text() + "\n# changed\n")
    after = {module: digest(modules(module, tmp_path), tmp_path) for module in HANDLERS}
    assert {module for module in HANDLERS if before[module] != after[module]} == restarted


def test_documents_and_byte_code_are_no_part_of_a_folder_that_ships(tmp_path):
    (tmp_path / "__pycache__").mkdir()
    for name in ("a.py", "README.md", "__pycache__/a.pyc"):
        (tmp_path / name).write_text("")
    assert files_in(tmp_path) == [tmp_path / "a.py"]

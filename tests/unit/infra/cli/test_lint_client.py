"""The TypeScript client compiles under `--strict`, with the code of its documents, and its types are current."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from infra.cli import generated
from infra.cli.contract import client_types
from infra.cli.lint_client import README, check, documents
from infra.client_build import CLIENT, built, pack
from infra.node import NodeError

pytestmark = pytest.mark.thorough


def test_the_client_and_its_example_compile() -> None:
    assert (built() / "dist/index.d.ts").exists()
    assert (built() / "dist/example/example.js").exists()
    assert json.loads((CLIENT / "tsconfig.json").read_text())["compilerOptions"]["strict"] is True


def test_the_code_of_the_documents_compiles() -> None:
    files = documents()
    assert set(files) >= {"lib/platform.ts", "app/page.tsx", "lib/supabase.ts", "lib/watch.ts", "supabase.ts"}
    assert len(files) == README.read_text().count("```ts") + 1
    check(files)


def test_code_that_does_not_compile_is_refused_by_its_name() -> None:
    code = "import { columns } from 'ddp-client'\nexport const all = columns.users\n"
    with pytest.raises(NodeError, match=r"lib/wrong\.ts.*'users'"):
        check({"lib/wrong.ts": code})


def test_the_types_of_the_api_are_current() -> None:
    assert generated.stale(client_types.contents()) == [], "run `ddp generate`"


def test_the_package_has_the_compiled_client_and_no_example(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / pack(tmp_path)) as package:
        names = set(package.getnames())
    assert names >= {
        "package/package.json",
        "package/README.md",
        "package/dist/index.js",
        "package/dist/index.d.ts",
    }
    assert not any("example" in name for name in names)


def test_the_lock_file_has_hashes_and_no_addresses() -> None:
    packages = json.loads((CLIENT / "package-lock.json").read_text())["packages"]
    packages.pop("")
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())

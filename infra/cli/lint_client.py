"""`ddp lint-client`: the compiler on the TypeScript client, its example, and the code of its documents."""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any, Final

from infra.client_build import CLIENT, built, compile_types, tools
from infra.node import NodeError

README: Final = CLIENT / "README.md"
SUPABASE: Final = CLIENT / "SUPABASE.md"

# A block of the README's code, which may be part of a list, begins with the name of its file in the reader's project.
_FILE: Final = re.compile(r"^ *```tsx?\n *// (\S+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
# The blocks of the other page are one module, which has these from its reader.
_BLOCK: Final = re.compile(r"^```ts\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_GIVEN: Final = (
    "declare const url: string, publishableKey: string, campaignId: string, fileId: string, retailerId: string, "
    "shareId: string, uploadId: string\n"
)
# The settings of a new Next.js project.
_NEXT: Final[dict[str, Any]] = {
    "target": "ES2017",
    "lib": ["dom", "dom.iterable", "esnext"],
    "skipLibCheck": True,
    "strict": True,
    "noEmit": True,
    "esModuleInterop": True,
    "module": "esnext",
    "moduleResolution": "bundler",
    "isolatedModules": True,
    "jsx": "react-jsx",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp lint-client`: there are none."""
    parser.set_defaults(run=_run)


def _run(_arguments: argparse.Namespace) -> int:
    try:
        built()
        check(documents())
    except NodeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def documents() -> dict[str, str]:
    """The code of the client's documents, by the names of its files in a front end."""
    named = {name: dedent(code) for name, code in _FILE.findall(README.read_text())}
    return named | {"supabase.ts": _GIVEN + "".join(_BLOCK.findall(SUPABASE.read_text()))}


def check(files: Mapping[str, str]) -> None:
    """Compile these files as a Next.js project that has installed the client. Raises NodeError."""
    with tempfile.TemporaryDirectory(dir=tools()) as scratch:
        project = Path(scratch)
        for name, code in files.items():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text(code)
        paths = {"ddp-client": [str(built() / "dist/index.d.ts")], "@/*": ["./*"]}
        options = {**_NEXT, "paths": paths}
        (project / "tsconfig.json").write_text(json.dumps({"compilerOptions": options}))
        compile_types(project)

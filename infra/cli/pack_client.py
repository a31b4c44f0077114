"""`ddp pack-client`: the package of functions/client, which a front end installs; it is not published."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from infra.client_build import pack
from infra.node import NodeError


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp pack-client`."""
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path(),
        help="where to write it; the current folder unless given",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    try:
        name = pack(arguments.folder.resolve())
    except NodeError as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"{name} written: npm install {arguments.folder / name if arguments.folder != Path() else f'./{name}'}"
    )
    return 0

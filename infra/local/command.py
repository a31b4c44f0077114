"""`ddp local up|down|status|logs|token|url|demo|chaos`: the whole system on this machine."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

from rich.console import Console
from rich.table import Table

from infra.cli.api_client import ApiError
from infra.cli.typed import typed
from infra.local import control
from infra.local.identity.access import access
from infra.local.identity.users import USERS
from infra.local.logs import follow, log_files, tail
from infra.local.processes import LocalError
from infra.local.state import Phase, StateDirectory
from infra.local.steps import Steps

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp local`."""
    commands = parser.add_subparsers(dest="local", required=True, metavar="command")
    up = _add(commands, "up", _up, "start the stack; does nothing if it is running")
    down = _add(commands, "down", _down, "stop the stack; keeps the database and the files")
    down.add_argument("--data", action="store_true", help="also delete the database and the files")
    _add(commands, "status", _status, "list the parts, their processes and their URLs")
    logs = _add(commands, "logs", _logs, "print the log of a part or a function")
    logs.add_argument("part", nargs="?", help="a part or a function; default: all")
    logs.add_argument("-f", "--follow", action="store_true", help="print new lines as they appear")
    logs.add_argument("-n", "--lines", type=int, default=20, help="number of old lines; default: 20")
    token = _add(commands, "token", _token, "print an access token for the API")
    token.add_argument("user", choices=list(USERS))
    _add(commands, "url", _url, "print the address of the API")
    demo = _add(commands, "demo", _demo, "run the main job with sample files and check every step")
    chaos = _add(
        commands, "chaos", _chaos, "set fire to a stack of its own, and prove that nothing is lost or twice"
    )
    chaos.add_argument("--minutes", type=float, default=5.0, help="how long it burns; default: 5")
    chaos.add_argument("--seed", default="", help="the luck of an earlier run; default: a new one")
    for command in (up, demo, chaos):
        command.add_argument("--assembly", type=Path, help="deploy this cdk.out instead of synthesising one")


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    summary: str,
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=summary, description=summary)
    command.set_defaults(run=lambda arguments: _guarded(run, arguments))
    return command


def _guarded(run: Callable[[argparse.Namespace], int], arguments: argparse.Namespace) -> int:
    """Print one sentence instead of a traceback for errors that the user can correct."""
    try:
        return run(arguments)
    except (LocalError, ApiError) as error:
        errors.print(str(error), style="red", markup=False)
        errors.print(f"These may say more: {typed('local', 'logs')}, {typed('doctor')}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return 130


def _up(arguments: argparse.Namespace) -> int:
    status = bring_up(StateDirectory(), arguments.assembly)
    console.print(f"\n  {status.urls['Portal']}\n", soft_wrap=True)
    console.print(
        "The address has everything: documentation, mailbox, phones, platforms, tokens, status. To stop it:"
    )
    console.print(f"  {typed('local', 'down')}", soft_wrap=True)
    return 0


def bring_up(directory: StateDirectory, assembly: Path | None = None) -> control.Status:
    """Synthesise and start the stack, printing each step. Raises LocalError if it does not start."""
    steps = Steps(console)
    try:
        if assembly is None:
            steps(
                f"templates and layers{'' if _has_layers(directory) else ' (a few minutes the first time)'}"
            )
            assembly = _synthesise()
        status = control.up(directory, assembly, steps)
    except BaseException:
        steps.stop()
        raise
    steps.finish()
    return status


def _has_layers(directory: StateDirectory) -> bool:
    return any((directory.path / "layers").glob("*"))


def _synthesise() -> Path:
    from infra.cli.synth import SynthesisError, synthesise

    try:
        return synthesise()
    except SynthesisError as error:
        raise LocalError(str(error)) from error


def _down(arguments: argparse.Namespace) -> int:
    control.down(StateDirectory(), delete_data=arguments.data)
    console.print("Stopped; the database and the files are deleted." if arguments.data else "Stopped.")
    return 0


def _status(_: argparse.Namespace) -> int:
    status = control.status(StateDirectory())
    table = Table("part", "state", "process", "log", box=None, pad_edge=False)
    for part in status.parts:
        state = "[green]running[/]" if part.is_running else "stopped"
        if part.is_running and part.restarts:
            state += f" (started again: {part.restarts})"
        if not part.is_running and status.phase is not Phase.STOPPED:
            state = f"[red]ended[/] {part.ended or ''}"
        table.add_row(part.name, state, str(part.process.pid), part.log)
    console.print(f"[bold]{status.phase}[/] {status.explanation}")
    if status.parts:
        console.print(table)
    if status.is_ready:
        _print_urls(status)
    return 0 if status.is_ready else 1


def _print_urls(status: control.Status) -> None:
    for name, url in status.urls.items():
        console.print(f"  {name:<14} {url}", soft_wrap=True)


def _logs(arguments: argparse.Namespace) -> int:
    files = log_files(StateDirectory())
    if arguments.part and arguments.part not in files:
        raise LocalError(
            f"There is no log of {arguments.part}; choose from: {', '.join(files) or 'none yet'}."
        )
    chosen = {arguments.part: files[arguments.part]} if arguments.part else files
    old = ((name, line) for name, file in chosen.items() for line in tail(file, arguments.lines))
    width = max(map(len, chosen), default=0) if len(chosen) > 1 else 0
    for name, line in itertools.chain(old, follow(chosen) if arguments.follow else ()):
        prefix = f"{name:<{width}} │ " if width else ""
        console.print(prefix + line, markup=False, soft_wrap=True)
    return 0


def _token(arguments: argparse.Namespace) -> int:
    _, token = access(StateDirectory(), arguments.user)
    print(token)
    return 0


def _url(_: argparse.Namespace) -> int:
    api_url, _token = access(StateDirectory(), "brand")
    print(api_url)
    return 0


def _chaos(arguments: argparse.Namespace) -> int:
    from infra.local.chaos.chaos import run
    from infra.local.chaos.proof.course import Plan, print_sums
    from infra.local.chaos.proof.page import report

    directory = StateDirectory(StateDirectory().path / "chaos")
    plan = Plan(minutes=arguments.minutes, seed=arguments.seed or token_hex(4))
    console.print(f"Seed {plan.seed}; the same again: {typed('local', 'chaos', '--seed', plan.seed)}")
    course = run(plan, directory, arguments.assembly or _synthesise(), console)
    print_sums(course, console)
    page = directory.path / "report.html"
    page.write_text(report(course))
    console.print(f"The report is in {page}", markup=False, soft_wrap=True)
    return 1 if course.wrong else 0


def _demo(arguments: argparse.Namespace) -> int:
    from infra.local.demo.demo import demo

    return demo(StateDirectory(), lambda directory: bring_up(directory, arguments.assembly))

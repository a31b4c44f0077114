"""Which definitions of functions/ and ddp a handler can reach.

Found in the syntax trees, definition by definition: a handler that imports `ddp.providers.s3` for `presign_get` does
not reach `delete`. What cannot be told apart counts as reached: all methods of a class that is named, every function
that a decorator registers (a route), what a module does when it is imported, and all of a module that is used as a
value.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
PLACES = {"functions": ROOT, "ddp": ROOT / "layers/shared/python"}

# Decorators that wrap a function and register it nowhere.
INERT = {"cache", "lru_cache", "contextmanager", "dataclass", "override", "final"}
# Modules that are imported by a name which is computed: the function that does it, and the packages it does it for.
COMPUTED = {("ddp.providers.social.adapters", "of"): ("access", "publishing", "measuring", "subscriptions")}

DEFINING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

# A definition: its module's name and its own; "" is what runs when the module is imported.
Definition = tuple[str, str]


@dataclass(slots=True)
class Module:
    name: str
    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)


@cache
def module(name: str) -> Module | None:
    """The module of that dotted name; None if it is not one of ours, or a folder without code of its own."""
    path = PLACES.get(name.split(".")[0], ROOT).joinpath(*name.split("."))
    is_ours = name.split(".")[0] in PLACES
    file = path / "__init__.py" if (path / "__init__.py").is_file() else path.with_suffix(".py")
    if not is_ours or not file.is_file():
        return None
    found = Module(name, {"": []})
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for statement in _running(ast.parse(file.read_text()).body):
        _add(found, statement, package)
    return found


def _running(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements but those under `if TYPE_CHECKING:`."""
    for statement in statements:
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            yield from _running(statement.orelse)
        else:
            yield statement


def _add(found: Module, statement: ast.stmt, package: str) -> None:
    match statement:
        case ast.Import() | ast.ImportFrom():
            found.imports |= _imported(statement, package)
            found.definitions[""].append(statement)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            found.definitions.setdefault(name, []).append(statement)
            if any(_registers(decorator) for decorator in statement.decorator_list):
                found.definitions[""].append(statement)
        case ast.Assign(targets=targets):
            for target in (node for each in targets for node in ast.walk(each)):
                if isinstance(target, ast.Name):
                    found.definitions.setdefault(target.id, []).append(statement)
            found.definitions[""].append(statement)
        case ast.AnnAssign(target=ast.Name(id=name)):
            found.definitions.setdefault(name, []).append(statement)
            found.definitions[""].append(statement)
        case _:
            found.definitions[""].append(statement)
            for node in ast.walk(statement):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    found.imports |= _imported(node, package)


def _registers(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(called).rpartition(".")[2] not in INERT


def _imported(statement: ast.Import | ast.ImportFrom, package: str) -> dict[str, str]:
    """Local name → dotted name of what an import statement brings."""
    if isinstance(statement, ast.Import):
        return {
            a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0]
            for a in statement.names
        }
    above = package.split(".")[: len(package.split(".")) - statement.level + 1] if statement.level else []
    start = ".".join([*above, *filter(None, [statement.module])])
    return {a.asname or a.name: f"{start}.{a.name}" for a in statement.names}


@cache
def reached(handler: str) -> frozenset[Definition]:
    """All definitions that `functions.x.y.handler` can reach."""
    name, _, function = handler.rpartition(".")
    done: set[Definition] = set()
    waiting: list[Definition] = [(name, ""), (name, function)]
    while waiting:
        definition = waiting.pop()
        if definition not in done and definition[1] in (module(definition[0]) or Module("")).definitions:
            done.add(definition)
            waiting += _leads_to(definition)
    return frozenset(done)


@cache
def _leads_to(definition: Definition) -> tuple[Definition, ...]:
    name, own = definition
    home = module(name)
    assert home
    found: list[Definition] = [(name, "")]
    for package in COMPUTED.get(definition, ()):
        for file in sorted((PLACES["ddp"] / "ddp/providers/social" / package).glob("*.py")):
            found += _all_of(f"ddp.providers.social.{package}.{file.stem}")
    for statement in home.definitions[own]:
        if not own and isinstance(statement, DEFINING):
            found.append((name, statement.name))
            continue
        for target in _names(home, statement):
            found += resolve(target)
    return tuple(found)


def _names(home: Module, statement: ast.stmt) -> Iterator[str]:
    """Dotted names of ours that a definition refers to."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        package = home.name if _is_package(home.name) else home.name.rpartition(".")[0]
        for full in _imported(statement, package).values():
            # To import a module runs it; to import a name from one runs that one.
            yield f"{full}." if module(full) else f"{full.rpartition('.')[0]}."
        return
    known = home.imports | _local_imports(home, statement)
    hidden = _assigned(statement) - set(_local_imports(home, statement))
    inside = {id(node.value) for node in ast.walk(statement) if isinstance(node, ast.Attribute)}
    for node in ast.walk(statement):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _names(home, node)
        elif isinstance(node, ast.Name | ast.Attribute) and id(node) not in inside:
            first, *rest = dotted(node)
            if first in hidden or not first:
                continue
            if first in known:
                yield ".".join([known[first], *rest])
            elif first in home.definitions:
                yield ".".join([home.name, first])


def dotted(node: ast.expr) -> list[str]:
    """`a.b.c` as its parts, an empty first part if it begins with anything but a name."""
    match node:
        case ast.Name(id=name):
            return [name]
        case ast.Attribute(value=value, attr=name):
            return [*dotted(value), name]
    return [""]


def _is_package(name: str) -> bool:
    return (PLACES[name.split(".")[0]].joinpath(*name.split(".")) / "__init__.py").is_file()


def _local_imports(home: Module, statement: ast.stmt) -> dict[str, str]:
    package = home.name if _is_package(home.name) else home.name.rpartition(".")[0]
    return {
        name: full
        for node in ast.walk(statement) if isinstance(node, ast.Import | ast.ImportFrom)
        for name, full in _imported(node, package).items()
    }  # fmt: skip


def _assigned(statement: ast.stmt) -> set[str]:
    """Parameters and local variables of a function, which may have the name of something global."""
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return set()
    names = {node.arg for node in ast.walk(statement) if isinstance(node, ast.arg)}
    stored = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return names | stored


def resolve(name: str) -> list[Definition]:
    """The definitions that a dotted name of any kind means; a final dot: the module's import alone."""
    if name.endswith("."):
        return [(name[:-1], "")]
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        if found := module(".".join(parts[:cut])):
            if cut == len(parts):
                return _all_of(found.name)
            if parts[cut] in found.definitions:
                return [(found.name, parts[cut])]
            if parts[cut] in found.imports:
                return [(found.name, ""), *resolve(".".join([found.imports[parts[cut]], *parts[cut + 1 :]]))]
            return [(found.name, "")]
    return []


def _all_of(name: str) -> list[Definition]:
    found = module(name)
    return [(name, each) for each in found.definitions] if found else []

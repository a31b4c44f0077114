"""Which columns of a view are never null, proved from the view's stored query.

PostgreSQL keeps a view as a tree of nodes, written as text (`pg_rewrite.ev_action`): `{NAME :field value …}` and
`(value …)`. A column whose expression is not understood counts as one that may be null.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from typing import Any, Final

Node = dict[str, Any]

_TOKEN: Final = re.compile(r'[(){}]|"(?:\\.|[^"\\])*"|(?:\\.|[^\s(){}\\])+')
# pg_proc.oid of row_number(), rank() and the two count().
_COUNTING: Final = {"3100", "3101", "2147", "2803"}
_RELATION, _SUBQUERY, _GROUP = "0", "1", "9"  # kinds of range table entries


def never_null_columns(action: str, not_null: Set[tuple[int, int]]) -> list[int]:
    """The numbers of the view's columns that are never null.

    `not_null` has the columns of tables with such a constraint: (oid of the table, number of the column).
    """
    query = _value(iter(_TOKEN.findall(action)))[0]
    return [
        int(target["resno"][0])
        for target in query["targetList"][0]
        if target["resjunk"] == ["false"] and _Query(query, not_null).proves(target["expr"][0])
    ]


class _Query:
    def __init__(self, query: Node, not_null: Set[tuple[int, int]]) -> None:
        self.query, self.not_null = query, not_null

    def proves(self, node: Node) -> bool:
        """Whether the expression is never null."""
        match node["node"]:
            case "VAR":
                return node["varlevelsup"] == ["0"] and node["varnullingrels"] == [["b"]] and self._column(node)
            case "CONST":
                return bool(node["constisnull"] == ["false"])
            case "COALESCEEXPR":
                return any(self.proves(argument) for argument in node["args"][0])
            case "RELABELTYPE":
                return self.proves(node["arg"][0])
            case "OPEXPR":  # of numbers and times: arithmetic
                return all(self.proves(argument) for argument in node["args"][0])
            case "FUNCEXPR":  # a cast
                is_cast = node["funcformat"] in (["1"], ["2"])
                return is_cast and all(self.proves(argument) for argument in node["args"][0])
            case "WINDOWFUNC":
                return node["winfnoid"][0] in _COUNTING
            case "AGGREF":
                return node["aggfnoid"][0] in _COUNTING
        return False

    def _column(self, var: Node) -> bool:
        """Whether a column of the FROM clause is never null, before outer joins."""
        entry = self.query["rtable"][0][int(var["varno"][0]) - 1]
        number = int(var["varattno"][0])
        if entry["rtekind"] == [_RELATION]:
            return (int(entry["relid"][0]), number) in self.not_null
        if entry["rtekind"] == [_GROUP]:
            return self.proves(entry["groupexprs"][0][number - 1])
        if entry["rtekind"] == [_SUBQUERY]:
            return _Query(entry["subquery"][0], self.not_null)._gives(number)
        return False

    def _gives(self, number: int) -> bool:
        """Whether this query's column of this number is never null; of a UNION, in every part."""
        if self.query["setOperations"] == ["<>"]:
            return self.proves(self.query["targetList"][0][number - 1]["expr"][0])
        parts = [entry["subquery"][0] for entry in self.query["rtable"][0] if entry["rtekind"] == [_SUBQUERY]]
        return all(_Query(part, self.not_null)._gives(number) for part in parts)


def _value(tokens: Iterator[str]) -> Any:
    token = next(tokens)
    return _node(tokens) if token == "{" else _list(tokens) if token == "(" else token


def _list(tokens: Iterator[str]) -> list[Any]:
    values = []
    for token in tokens:
        if token == ")":
            break
        values.append(_node(tokens) if token == "{" else _list(tokens) if token == "(" else token)
    return values


def _node(tokens: Iterator[str]) -> Node:
    node: Node = {"node": next(tokens)}
    values: list[Any] = []
    for token in tokens:
        if token == "}":
            break
        if token.startswith(":"):
            values = node.setdefault(token[1:], [])
        else:
            values.append(_node(tokens) if token == "{" else _list(tokens) if token == "(" else token)
    return node

"""Which columns of a view are never null, proved from the view's stored query.

PostgreSQL keeps a view as a tree of nodes, written as text (`pg_rewrite.ev_action`): `{NAME :field value …}` and
`(value …)`. A column whose expression is not understood counts as one that may be null.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any, Final

Node = dict[str, Any]

_WORD: Final = re.compile(r'[(){}]|"(?:\\.|[^"\\])*"|(?:\\.|[^\s(){}\\])+')
# pg_proc.oid of row_number(), rank() and the two count().
_COUNTING: Final = {"3100", "3101", "2147", "2803"}
# pg_type.oid of booleans, numbers and times. Operators and casts give null for null only, if they stay among these;
# those of jsonb do not.
_PLAIN: Final = {"16", "20", "21", "23", "701", "1082", "1114", "1184", "1186", "1700"}
_TYPE_FIELDS: Final = (
    "vartype",
    "consttype",
    "coalescetype",
    "opresulttype",
    "funcresulttype",
    "aggtype",
    "wintype",
)
_RELATION, _SUBQUERY, _GROUP = "0", "1", "9"  # kinds of range table entries


def never_null_columns(action: str, not_null: Collection[tuple[int, int]]) -> list[int]:
    """The numbers of the view's columns that are never null.

    `not_null` has the columns of tables with such a constraint: (oid of the table, number of the column).
    """
    words = iter(_WORD.findall(action))
    query = _parse(words, next(words))[0]
    return [
        int(target["resno"][0])
        for target in query["targetList"][0]
        if target["resjunk"] == ["false"] and _Query(query, not_null).proves(target["expr"][0])
    ]


class _Query:
    def __init__(self, query: Node, not_null: Collection[tuple[int, int]]) -> None:
        self.query, self.not_null = query, not_null

    def proves(self, node: Node) -> bool:
        """Whether the expression is never null."""
        match node["node"]:
            case "VAR":
                return (
                    node["varlevelsup"] == ["0"] and node["varnullingrels"] == [["b"]] and self._column(node)
                )
            case "CONST":
                return bool(node["constisnull"] == ["false"])
            case "COALESCEEXPR":
                return any(self.proves(argument) for argument in node["args"][0])
            case "RELABELTYPE":
                return self.proves(node["arg"][0])
            case "OPEXPR" | "FUNCEXPR":
                parts = [node, *node["args"][0]]
                is_plain = all(_type(part) in _PLAIN for part in parts) and node.get("funcformat") != ["0"]
                return is_plain and all(self.proves(argument) for argument in node["args"][0])
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
            return _Query(entry["subquery"][0], self.not_null).gives(number)
        return False

    def gives(self, number: int) -> bool:
        """Whether this query's column of this number is never null; of a UNION, in every part."""
        if self.query["setOperations"] == ["<>"]:
            return self.proves(self.query["targetList"][0][number - 1]["expr"][0])
        parts = [entry["subquery"][0] for entry in self.query["rtable"][0] if entry["rtekind"] == [_SUBQUERY]]
        return all(_Query(part, self.not_null).gives(number) for part in parts)


def _type(node: Node) -> str:
    return next((str(node[field][0]) for field in _TYPE_FIELDS if field in node), "")


def _parse(words: Iterator[str], word: str) -> Any:
    """The value that begins with this word."""
    if word == "{":
        return _node(words)
    if word == "(":
        return [_parse(words, inner) for inner in iter(partial(next, words), ")")]
    return word


def _node(words: Iterator[str]) -> Node:
    node: Node = {"node": next(words)}
    values: list[Any] = []
    for word in iter(partial(next, words), "}"):
        if word.startswith(":"):
            values = node.setdefault(word[1:], [])
        else:
            values.append(_parse(words, word))
    return node

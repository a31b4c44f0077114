"""For developers: `python -m infra.cli.diagram` draws schema/diagram.md from a database made for it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import psycopg

from ddp.queries import load
from infra.cli.migrate import SCHEMA, fresh_database

SQL = load(__file__)
FILE: Final = SCHEMA / "diagram.md"

# One picture a subject. A table that is in none is drawn under its schema's own heading.
SUBJECTS: Final = {
    "Users and files": "users files file_actions uploads file_shares idempotency_keys sessions",
    "Brand assets and collections": "brand_assets collections collection_files",
    "Campaigns and templates": "campaigns campaign_participants campaign_expenses templates",
    "E-mail and SMS": "email_campaigns email_sends sms_campaigns sms_sends send_plans",
    "Social": "social_accounts social_posts social_engagement",
    "Products and wishes": "products product_variants watch_models wish_list_items",
    "Rollups and scores": (
        "daily_analytics daily_asset_downloads retailer_asset_activity regional_wish_lists retailer_scores"
        " campaign_templates template_retailer_usage"
    ),
    "Reference data and audit": "geography devices audit_logs",
}
REST: Final = {"public": "Other tables", "ddp": "Private tables (schema ddp, partitions left out)"}

OVERVIEW: Final = """## At a glance

What refers to what, but for `users`: nearly every table names its owner, as the pictures of the subjects show.
"""

HEAD: Final = """# Diagrams of the schema

Generated from the catalogue by `python -m infra.cli.diagram`; a test keeps it current. [README.md](README.md) says
how to read and to change what is drawn here.

In each picture a box with columns belongs to the subject; one without is drawn elsewhere. A line ends in a crow's foot
where there may be many, in a circle where there may be none; its label is the column of the foreign key.
"""


class Table(NamedTuple):
    """A table; each column is its type, name and keys."""

    name: str
    schema: str
    comment: str | None
    columns: list[list[str]]


class View(NamedTuple):
    """A view or materialized view, and the relations that it reads itself."""

    name: str
    comment: str | None
    reads: list[str]


class Reference(NamedTuple):
    """A foreign key, by the names of its tables and its (first) column."""

    source: str
    column: str
    target: str
    optional: bool
    one_to_one: bool


def main() -> int:
    """Write the file."""
    with fresh_database() as url, psycopg.connect(url) as connection:
        FILE.write_text(render(connection), encoding="utf-8")
    print(FILE)
    return 0


def render(connection: psycopg.Connection[Any]) -> str:
    """The whole page, from a database with the schema applied."""
    tables = {row[0]: Table(*row) for row in connection.execute(SQL.tables)}
    references = [Reference(*row) for row in connection.execute(SQL.references)]
    views = [View(*row) for row in connection.execute(SQL.views)]
    subjects = (
        f"## {subject}\n\n{_picture(members, tables, references)}\n{_comments(members, tables)}"
        for subject, members in _subjects(tables).items()
    )
    return "\n".join([HEAD, _overview(tables, references), *subjects, _views(views)])


def _overview(tables: dict[str, Table], references: list[Reference]) -> str:
    """The public tables and what binds them, but for the users, to whom nearly every table refers."""
    shown = {name for name, table in tables.items() if table.schema == "public"} - {"users"}
    lines = [_line(r) for r in references if r.source in shown and r.target in shown]
    return "\n".join([OVERVIEW, *_fenced(lines)])


def _fenced(lines: list[str]) -> list[str]:
    return ["```mermaid", "erDiagram", *lines, "```", ""]


def _subjects(tables: dict[str, Table]) -> dict[str, list[str]]:
    named = {subject: [t for t in names.split() if t in tables] for subject, names in SUBJECTS.items()}
    drawn = {table for members in named.values() for table in members}
    rest = {
        heading: [name for name, table in tables.items() if name not in drawn and table.schema == schema]
        for schema, heading in REST.items()
    }
    return {subject: members for subject, members in (named | rest).items() if members}


def _picture(members: list[str], tables: dict[str, Table], references: list[Reference]) -> str:
    boxes = [
        line
        for name in members
        for line in (f"    {name} {{", *(_column(column) for column in tables[name].columns), "    }")
    ]
    lines = [_line(reference) for reference in references if reference.source in members]
    return "\n".join(_fenced([*boxes, *lines]))


def _column(column: list[str]) -> str:
    kind, name, key = column
    return f"        {kind} {name} {key}".rstrip()


def _line(reference: Reference) -> str:
    one = "|o" if reference.optional else "||"
    many = "o|" if reference.one_to_one else "o{"
    return f"    {reference.target} {one}--{many} {reference.source} : {reference.column}"


def _comments(members: list[str], tables: dict[str, Table]) -> str:
    said = [f"- `{name}`: {tables[name].comment}\n" for name in members if tables[name].comment]
    return "".join(said)


def _views(views: Iterable[View]) -> str:
    rows = [
        f"| `{view.name}` | {' '.join(f'`{name}`' for name in view.reads)} | {view.comment or ''} |"
        for view in views
    ]
    return "\n".join(["## Views", "", "| View | reads | |", "|---|---|---|", *rows, ""]) if rows else ""


if __name__ == "__main__":
    sys.exit(main())

"""`ddp diagram`: draws schema/diagram.md from the catalogue of a database with the schema applied."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg

from ddp.queries import load
from infra.cli import generated
from infra.cli.database import migrate
from infra.local.postgres.fresh import fresh_database

SQL = load(__file__)
FILE: Final = migrate.SCHEMA / "diagram.md"

# One picture per subject. A table without a subject is drawn under the heading of its schema.
SUBJECTS: Final = {
    "Users and files": "users files file_actions uploads file_shares idempotency_keys sessions",
    "People": "account_members user_invitations",
    "Brand assets and collections": "brand_assets licence_acceptances collections collection_files",
    "Campaigns and templates": "campaigns campaign_participants campaign_expenses templates",
    "Kits and approvals": "campaign_items campaign_item_responses approvals",
    "Co-op funds": "campaign_funds fund_claims fund_claim_files",
    "Groups of retailers": "retailer_groups retailer_group_members retailer_group_blackouts",
    "E-mail": "email_campaigns email_sends send_plans",
    "SMS": "sms_campaigns sms_sends sms_test_sends",
    "Social": (
        "social_accounts social_posts social_post_media social_post_parts social_slots social_engagement notices"
    ),
    "Products and wishes": (
        "products product_variants product_imports product_import_rejections watch_models wish_list_items"
    ),
    "Rollups and scores": (
        "daily_analytics daily_asset_downloads retailer_asset_activity regional_wish_lists retailer_scores"
        " campaign_templates template_retailer_usage analytics_exports"
    ),
    "What SMS need": "origination_identities sms_prices sending_windows phone_consents inbound_messages sms_events",
    "Reference data and audit": "geography devices audit_logs",
}
REST: Final = {"public": "Other tables", "ddp": "Private tables (schema ddp, partitions left out)"}

OVERVIEW: Final = """## At a glance

References between tables, without those to `users`: nearly every table names its owner, as the pictures below show.
"""

HEAD: Final = """# Diagrams of the schema

`ddp generate` writes this page from the database's catalogue. [README.md](README.md) explains the schema and how to
change it.

A box with columns belongs to the picture's subject; a box without columns is drawn in another picture. A line that ends
in a crow's foot stands for many rows, a circle for possibly none; its label is the column of the foreign key.
"""


class Table(NamedTuple):
    """A table. Each column is a list of its type, name and keys."""

    name: str
    schema: str
    comment: str | None
    columns: list[list[str]]


class View(NamedTuple):
    """A view or materialized view, and the relations that it reads directly."""

    name: str
    comment: str | None
    reads: list[str]


class Reference(NamedTuple):
    """A foreign key: its tables and its last column."""

    source: str
    column: str
    target: str
    optional: bool
    one_to_one: bool


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp diagram`."""
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the file is stale")
    parser.set_defaults(run=migrate.guarded(_run, "ddp diagram"))


def _run(arguments: argparse.Namespace) -> int:
    with fresh_database(migrate.SCHEMA) as url:
        drawn = contents(url)
    if arguments.check:
        return generated.check(drawn)
    generated.write(drawn)
    return 0


def contents(url: str) -> dict[Path, str]:
    """The page, by its path, drawn from a database with the schema applied."""
    with psycopg.connect(url) as connection:
        return {FILE: render(connection)}


def render(connection: psycopg.Connection[Any]) -> str:
    """The page as Markdown with Mermaid diagrams."""
    tables = {row[0]: Table(*row) for row in connection.execute(SQL.tables)}
    references = [Reference(*row) for row in connection.execute(SQL.references)]
    views = [View(*row) for row in connection.execute(SQL.views)]
    subjects = (
        f"## {subject}\n\n{_picture(members, tables, references)}\n{_comments(members, tables)}"
        for subject, members in _subjects(tables).items()
    )
    return "\n".join([HEAD, _overview(tables, references), *subjects, _views(views)])


def _overview(tables: dict[str, Table], references: list[Reference]) -> str:
    """References between public tables; without `users`, to which nearly every table refers."""
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
    return "\n".join(["## Views", "", "| View | Reads | |", "|---|---|---|", *rows, ""]) if rows else ""

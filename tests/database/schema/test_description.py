"""The live catalogue has everything that the customer's description promises, and only listed additions."""

from __future__ import annotations

import re

import pytest

from tests.database.schema.description import (
    ACCESS,
    ADDED_COLUMNS,
    ADDED_LABELS,
    ADDED_VIEWS,
    EXTENSIONS,
    FUNCTIONS,
    PARTITIONED,
    REFERENCES,
    TABLES,
    UNIQUE,
    VIEWS,
)
from tests.database.schema.matrix import CALLERS, MATRIX

TYPES = {
    "UUID": "uuid",
    "TEXT": "text",
    "TEXT[]": "text[]",
    "BIGINT": "bigint",
    "INTEGER": "integer",
    "BOOLEAN": "boolean",
    "JSONB": "jsonb",
    "INET": "inet",
    "DATE": "date",
    "TIMESTAMP": "timestamp with time zone",
}


def parse() -> dict[str, dict[str, str]]:
    """{table: {column: type and key in the description's words}}."""
    blocks = re.findall(r"^(\w+)\n((?: .+\n)+)", TABLES, re.MULTILINE)
    return {table: dict(re.findall(r"(\w+) (.+)\n", columns)) for table, columns in blocks}


DESCRIBED = parse()


def expected_type(kind: str) -> str:
    kind = re.sub(r" \((PK|FK)\)$", "", kind)
    if match := re.fullmatch(r"VARCHAR\((\d+)\)", kind):
        return f"character varying({match[1]})"
    if match := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", kind):
        return f"numeric({match[1]},{match[2]})"
    return TYPES[kind]


@pytest.fixture
def catalogue(platform):
    """Every column of `public`: {table: {column: (type, is part of the primary key, enum labels)}}."""
    rows = platform.owner.execute("""
        select c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
            coalesce(a.attnum = any (i.indkey), false),
            array(select enumlabel::text from pg_enum where enumtypid = a.atttypid order by enumsortorder)
        from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        left join pg_index i on i.indrelid = c.oid and i.indisprimary
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    """)
    tables: dict[str, dict[str, tuple[str, bool, list[str]]]] = {}
    for table, column, kind, is_key, labels in rows:
        tables.setdefault(table, {})[column] = (kind, is_key, labels)
    return tables


def test_thirty_described_tables_and_the_listed_extensions(catalogue):
    assert len(DESCRIBED) == 30
    assert set(catalogue) == set(DESCRIBED) | EXTENSIONS


@pytest.mark.parametrize("table", DESCRIBED)
def test_columns(catalogue, table):
    added = {line.split()[0]: set(line.split()[1:]) for line in ADDED_COLUMNS.strip().splitlines()}
    assert set(catalogue[table]) == set(DESCRIBED[table]) | added.get(table, set())
    for column, kind in DESCRIBED[table].items():
        actual, is_key, labels = catalogue[table][column]
        if kind.startswith("ENUM"):
            described = set(kind.split()[1:]) or set(labels)
            assert set(labels) - ADDED_LABELS.get(actual, set()) == described, column
        else:
            assert actual == expected_type(kind), column
        assert is_key or "(PK)" not in kind, f"{column} is no primary key"


def test_references(platform):
    """Each described one exists, to a primary key, alone or as part of a wider key. `(FK)` marks the same
    columns in the tables."""
    promised = set(REFERENCES.strip().splitlines())
    marked = {
        f"{table}.{column}" for table in DESCRIBED for column, k in DESCRIBED[table].items() if "(FK)" in k
    }
    assert {line.split(" -> ")[0] for line in promised} == marked
    existing = {
        line
        for (line,) in platform.owner.execute("""
            select format('%s.%s -> %s', c.relname, a.attname, f.relname)
            from pg_constraint k
            join pg_class c on c.oid = k.conrelid and c.relnamespace = 'public'::regnamespace
            join pg_class f on f.oid = k.confrelid
            cross join unnest(k.conkey, k.confkey) pair (referring, referred)
            join pg_attribute a on a.attrelid = c.oid and a.attnum = pair.referring
            join pg_index i on i.indrelid = f.oid and i.indisprimary and pair.referred = i.indkey[0]
            where k.contype = 'f'
        """)
    }
    assert promised <= existing


def test_primary_keys_default_to_random_uuids(platform):
    """Every UUID key, unless it refers to another table or is derived from the row."""
    without = platform.owner.execute("""
        select format('%s.%s', c.relname, a.attname)
        from pg_index i
        join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey) and a.atttypid = 'uuid'::regtype
        left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where i.indisprimary and d.oid is null
            and not exists (
                select from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and a.attnum = any (k.conkey)
            )
    """).fetchall()
    # A message that may be deleted, and a hash of the event, so that a repeated event is one row.
    assert sorted(without) == [
        ("email_events.email_send_id",),
        ("email_events.event_id",),
        ("sms_events.event_id",),
        ("sms_events.sms_send_id",),
    ]


def test_partitioned_tables(platform):
    rows = platform.owner.execute("""
        select c.relname, a.attname from pg_partitioned_table t
        join pg_class c on c.oid = t.partrelid
        join pg_attribute a on a.attrelid = t.partrelid and a.attnum = t.partattrs[0]
    """)
    assert dict(rows.fetchall()) == PARTITIONED


def test_unique_columns(platform):
    """By a unique index on this column alone."""
    rows = platform.owner.execute("""
        select format('%s.%s', c.relname, a.attname) from pg_index i
        join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
        where i.indisunique and i.indnkeyatts = 1 and i.indpred is null
    """)
    assert {row[0] for row in rows} >= UNIQUE


def test_fifteen_views(platform):
    """All use the caller's rights, there are no others, and each has a comment."""
    assert len(VIEWS.split()) == 15
    rows = platform.owner.execute("""
        select relname, obj_description(oid, 'pg_class') is not null from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'v'
            and 'security_invoker=true' = any (reloptions)
    """)
    assert dict(rows.fetchall()) == dict.fromkeys((*VIEWS.split(), *ADDED_VIEWS), True)


@pytest.mark.parametrize("view", [*VIEWS.split(), *ADDED_VIEWS])
def test_everyone_signed_in_may_ask_a_view(platform, view):
    """The tables' policies decide what it shows. Callers without a token may not query it."""
    rights = platform.owner.execute(
        "select has_table_privilege('authenticated', to_regclass('public.' || %(view)s), 'SELECT'),"
        " has_table_privilege('anon', to_regclass('public.' || %(view)s), 'SELECT')",
        {"view": view},
    ).fetchone()
    assert rights == (True, False)


def test_views_are_precomputed(platform):
    """What the views show is computed before: they read counters, lists and rollups, and none of the facts."""
    facts = ("file_actions", "email_sends", "sms_sends", "social_engagement")
    assert platform.owner.execute("""
        select distinct v.relname from pg_class v
        join pg_rewrite w on w.ev_class = v.oid
        join pg_depend d on d.objid = w.oid and d.refobjid = any (%s::regclass[])
        where v.relname = any (%s)
    """, [list(facts), VIEWS.split()]).fetchall() == []  # fmt: skip


@pytest.mark.parametrize("promise", FUNCTIONS.strip().splitlines())
def test_functions(platform, promise):
    """Each exists once, and only the intended roles can call it; anon can call none."""
    name, *callers = promise.split()
    rows = platform.owner.execute(
        "select has_function_privilege('authenticated', oid, 'EXECUTE'),"
        " has_function_privilege('service_role', oid, 'EXECUTE'), has_function_privilege('anon', oid, 'EXECUTE')"
        " from pg_proc where pronamespace = 'public'::regnamespace and proname = %s",
        [name],
    ).fetchall()
    assert len(rows) == 1
    user, worker, anonymous = rows[0]
    assert user or "user" not in callers
    assert worker or "worker" not in callers
    assert not anonymous


def test_eighteen_functions():
    assert len(FUNCTIONS.strip().splitlines()) == 18


@pytest.mark.parametrize("promise", ACCESS.strip().splitlines())
def test_access(promise):
    """The matrix, which the database is tested against, agrees with the description."""
    _, line, readers, others = re.split(r"\s{2,}", promise)
    cells = next(row.split()[1:] for row in MATRIX.splitlines() if row.split()[:1] == [line])
    readable = {caller for caller, cell in zip(CALLERS, cells, strict=True) if "R" in cell}
    assert set(readers.split()) <= readable
    assert readable.isdisjoint(others.split())
    assert "admin" in readable

"""The live catalogue holds everything that the customer's description promises, and beyond it only what is listed."""

from __future__ import annotations

import re

import pytest

from tests.database.schema.description import (
    ADDED_COLUMNS,
    ADDED_LABELS,
    EXTENSIONS,
    PARTITIONED,
    REFERENCES,
    TABLES,
)

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
    """Exactly the described ones exist on described columns; `(FK)` marks the same columns in the tables."""
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
            join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
            where k.contype = 'f'
        """)
    }
    assert promised <= existing


def test_primary_keys_default_to_random_uuids(platform):
    """Every described UUID key that is not a reference to something else."""
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
    assert without == []


def test_partitioned_tables(platform):
    rows = platform.owner.execute("""
        select c.relname, a.attname from pg_partitioned_table t
        join pg_class c on c.oid = t.partrelid
        join pg_attribute a on a.attrelid = t.partrelid and a.attnum = t.partattrs[0]
    """)
    assert dict(rows.fetchall()) == PARTITIONED

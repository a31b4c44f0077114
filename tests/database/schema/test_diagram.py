"""schema/diagram.md shows the present catalogue, in diagrams small enough to read."""

from __future__ import annotations

import re

from infra.cli.diagram import FILE, render

BOX = re.compile(r"^    (\w+) \{$", re.MULTILINE)


def test_the_drawing_is_current(platform):
    """If tables or views have changed, run `ddp generate` and commit."""
    assert FILE.read_text(encoding="utf-8") == render(platform.owner)


def test_every_table_is_drawn_once(platform):
    tables = platform.owner.execute("""
        select relname from pg_class
        where relnamespace in ('public'::regnamespace, 'ddp'::regnamespace) and relkind in ('r', 'p')
            and not relispartition and relname not in ('applied_migrations', 'applied_repeatables')
    """)
    assert sorted(BOX.findall(render(platform.owner))) == sorted(row[0] for row in tables)


def test_a_new_table_is_drawn_though_nobody_named_its_subject(platform):
    with platform.owner.transaction(force_rollback=True):
        platform.owner.execute(
            "create table public.planted (planted_id uuid primary key references public.files)"
        )
        platform.owner.execute("create view public.shown as select planted_id from public.planted")
        page = render(platform.owner)
    assert "## Other tables" in page
    assert "        uuid planted_id PK, FK" in page
    assert "files ||--o| planted : planted_id" in page
    assert re.search(r"\| `shown` +\| `planted`", page)


def test_pictures_are_small_enough_to_read(platform):
    """Only the diagrams by subject; the one of the private tables may be large."""
    public = render(platform.owner).partition("## Private")[0]
    assert max(len(BOX.findall(picture)) for picture in public.split("```mermaid")) <= 8


def test_the_readme_leads_to_it():
    assert "(diagram.md)" in FILE.with_name("README.md").read_text(encoding="utf-8")

"""The bucket against the tables: orphans go after a week, missing objects come back, a killed worker loses nothing."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from uuid import UUID, uuid4

import pytest

from tests.database.functions.maintenance.bucket_world import BODY, World
from tests.database.platform import Platform
from tests.database.servers import Database, DatabaseServer

# Objects that need no row.
OTHERS = 3


@pytest.fixture(scope="module")
def own_database(server: DatabaseServer, template: Database) -> Iterator[Database]:
    database = server.create(template=template.name)
    yield database
    server.drop(database)


@pytest.fixture
def world(own_database: Database, s3_bucket: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    from ddp import db, queues
    from ddp.providers import s3

    queues.client.cache_clear()
    world = World(Platform(own_database, monkeypatch))
    monkeypatch.setattr(s3, "BUCKET", world.name)
    yield world
    db.close()


@pytest.fixture
def full(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A bucket with OTHERS, in which no share of orphans is too large."""
    from functions.maintenance.bucket import removing

    monkeypatch.setattr(removing, "SHARE", 1)
    for n in range(OTHERS):
        world.put(f"exports/{n}", days=1)
    return world


def counts(report: dict[str, object], *names: str) -> tuple[object, ...]:
    return tuple(report[name] for name in names)


def test_an_orphan_goes_when_it_was_there_a_week_before(full: World) -> None:
    kept, orphan = full.file(), full.put(f"files/{uuid4()}")
    assert counts(full.reconcile(), "outcome", "orphans", "orphans_due") == ("complete", 1, 0)
    full.days_pass(6.9)
    assert counts(full.reconcile(), "orphans", "removed") == (1, 0)
    full.days_pass(1)
    assert counts(full.reconcile(), "orphans", "orphans_due", "removed") == (1, 1, 1)
    assert {key for key in full.objects() if key.startswith("files/")} == {kept}
    versions = full.s3.list_object_versions(Bucket=full.name, Prefix=orphan)
    assert len(versions["Versions"]) == 1  # a mistake can be undone


def test_what_is_younger_than_two_days_is_no_orphan(full: World) -> None:
    full.put(f"files/{uuid4()}", days=1.9)
    full.put(f"thumbnails/{uuid4()}/320.webp", days=0)
    assert full.reconcile()["orphans"] == 0
    assert full.platform.query("select * from ddp.bucket_findings") == []


def test_an_orphan_that_was_not_one_in_between_is_seen_anew(full: World) -> None:
    file_id = uuid4()
    full.put(f"files/{file_id}")
    full.reconcile()
    full.row(file_id=file_id)
    full.days_pass(4)
    full.reconcile()
    full.platform.query("delete from files where file_id = %s returning 1", file_id)
    full.days_pass(4)
    assert counts(full.reconcile(), "orphans", "orphans_due", "removed") == (1, 0, 0)


def test_a_file_that_an_upload_may_still_become_is_left_alone(full: World) -> None:
    key = full.put(f"files/{uuid4()}")
    full.reconcile()
    full.platform.query(
        "insert into uploads (file_id, created_by_user_id, file_name, content_type, file_type, file_size,"
        " content_sha256, method, expires_at) values (%s, %s, 'x.pdf', 'application/pdf', 'document', 7,"
        " sha256('x'), 'single', now() + interval '1 hour') returning 1",
        UUID(key.removeprefix("files/")),
        full.platform.users["brand"],
    )
    full.days_pass(8)
    assert counts(full.reconcile(), "outcome", "orphans_due", "removed") == ("complete", 1, 0)
    assert key in full.objects()


def hosting(world: World, file_id: UUID, state: str) -> str:
    """A hosted image in this state. Returns the key of its object."""
    from ddp.links import hosted_images

    world.platform.run("select ddp.want_hosted(%s, true)", file_id)
    (token,) = world.platform.query(
        "update ddp.hosted_images set state = %s, content_type = 'image/png', made_at = now(),"
        " revoked_at = case when %s = 'revoked' then now() end where file_id = %s and state <> 'revoked'"
        " returning token",
        state, state, file_id,
    )[0]  # fmt: skip
    key = hosted_images.key(token)
    assert key is not None
    return key


def test_a_hosted_image_stays_and_what_is_none_any_more_goes(full: World) -> None:
    file = full.file()
    file_id = UUID(file.removeprefix("files/"))
    revoked = full.put(hosting(full, file_id, "revoked"))
    live = full.put(hosting(full, file_id, "live"))
    stray = [full.put(f"hosted/{file_id}/{'0' * 32}"), full.put("hosted/x"), full.put(f"hosted/{uuid4()}/1")]
    assert full.reconcile()["orphans"] == 3
    full.platform.run("update ddp.hosted_images set removed_at = now() where revoked_at is not null")
    full.days_pass(8)
    assert counts(full.reconcile(), "orphans", "removed") == (4, 3)
    full.days_pass(8)
    full.reconcile()
    assert full.objects() & {file, live, revoked, *stray} == {file, live}


def test_a_hosted_image_that_is_missing_is_not_restored(full: World) -> None:
    """It may have been revoked while the rows were read, and then everybody would see it again."""
    file_id = UUID(full.file().removeprefix("files/"))
    key = full.put(hosting(full, file_id, "live"))
    full.delete(key)
    assert counts(full.reconcile(), "missing", "restored") == (0, 0)
    assert key not in full.objects()


def purge(world: World, key: str, *, days: float) -> None:
    world.platform.query(
        "update files set purged_at = now() - make_interval(secs => %s) where file_id = %s returning 1",
        days * 86_400,
        UUID(key.removeprefix("files/")),
    )


def test_objects_of_a_purged_file_are_left_to_the_cleanup_for_a_week(full: World) -> None:
    deleted, left = full.file(), full.file()
    for key in (deleted, left):
        purge(full, key, days=1)
    full.delete(deleted)
    assert counts(full.reconcile(), "orphans", "missing", "restored") == (0, 0, 0)
    purge(full, left, days=8)
    full.days_pass(1)
    assert counts(full.reconcile(), "orphans", "missing") == (1, 0)
    full.days_pass(8)
    assert full.reconcile()["removed"] == 1
    assert not full.objects() & {deleted, left}


def test_a_file_that_is_purged_after_its_row_was_read_is_not_brought_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.maintenance.bucket import comparing

    key = world.file()
    listing = comparing.s3_inventory.listing

    def purging(prefix: str, **options: object) -> object:
        if prefix == "files/":
            purge(world, key, days=0)
            world.delete(key)
        return listing(prefix, **options)

    monkeypatch.setattr(comparing.s3_inventory, "listing", purging)
    assert counts(world.reconcile(), "missing", "restored") == (0, 0)
    assert world.objects() == set()


def test_objects_that_lifecycle_rules_should_have_ended_go_too(full: World) -> None:
    left = [
        full.put("incoming/left", days=10),
        full.put("exports/left.csv", days=10),
        full.put("social/left/0.jpg", days=10),
    ]
    full.put("incoming/of-today", days=0.5), full.put("exports/of-this-week.csv", days=8)
    full.put("social/of-this-week/0.jpg", days=8)
    for n in range(OTHERS):
        full.put(f"exports/more/{n}", days=0)
    assert full.reconcile()["orphans"] == 3
    full.days_pass(8)
    assert full.reconcile()["removed"] == 3
    assert not full.objects() & set(left)


def test_what_others_put_elsewhere_in_the_bucket_is_not_looked_at(full: World) -> None:
    full.put("backup/of-somebody")
    assert counts(full.reconcile(), "objects", "orphans") == (OTHERS, 0)


def test_a_missing_object_comes_back_from_its_version(world: World) -> None:
    key = world.file()
    preview = f"thumbnails/{key.removeprefix('files/')}/320.webp"
    world.platform.query("update files set thumbnail_widths = '{320}' returning 1")
    world.put(preview, b"preview")
    world.put(key, b"another length, older and wrong" * 2), world.put(key, BODY)
    for each in (key, preview):
        world.delete(each)
    assert counts(world.reconcile(), "missing", "restored") == (2, 2)
    assert world.objects() == {key, preview}
    assert world.s3.get_object(Bucket=world.name, Key=key)["Body"].read() == BODY
    world.days_pass(1)
    assert counts(world.reconcile(), "missing", "restored") == (0, 0)


def test_what_cannot_be_restored_stays_a_row_and_is_told_each_day(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    file_id = world.row()
    for _ in range(2):
        world.days_pass(1)
        assert counts(world.reconcile(), "missing", "restored") == (1, 0)
    assert world.platform.query("select count(*) from files") == [(1,)]
    assert world.platform.query("select kind, object_key from ddp.bucket_findings") == [
        ("missing", f"files/{file_id}")
    ]


@pytest.mark.parametrize(("others", "outcome"), [(199, "too-many-orphans"), (250, "complete")])
def test_more_orphans_than_one_percent_are_not_touched(world: World, others: int, outcome: str) -> None:
    orphans = {world.put(f"files/{uuid4()}") for _ in range(2 if outcome == "complete" else 3)}
    for n in range(others):
        world.put(f"exports/{n}", days=0)
    world.reconcile()
    world.days_pass(8)
    assert world.reconcile()["outcome"] == outcome
    assert (orphans <= world.objects()) == (outcome == "too-many-orphans")


def test_more_orphans_than_a_thousand_are_not_touched(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from functions.maintenance.bucket import comparing

    monkeypatch.setattr(comparing, "MOST", 2)
    orphans = {full.put(f"files/{uuid4()}") for _ in range(4)}
    full.reconcile()
    full.days_pass(8)
    assert counts(full.reconcile(), "outcome", "orphans") == ("too-many-orphans", 4)
    assert orphans <= full.objects()
    # An operator has looked at them, and allows it.
    assert counts(full.reconcile(orphans_allowed=4), "outcome", "removed") == ("complete", 3)


def test_a_dry_run_counts_and_touches_nothing(full: World) -> None:
    orphan, lost = full.put(f"files/{uuid4()}"), full.file()
    full.reconcile()
    full.days_pass(8)
    full.delete(lost)
    before = full.platform.query("select * from ddp.bucket_findings")
    dry = full.reconcile(dry_run=True)
    assert counts(dry, "is_dry", "orphans", "orphans_due", "missing") == (True, 1, 1, 1)
    assert counts(dry, "removed", "restored") == (0, 0)
    assert full.platform.query("select * from ddp.bucket_findings") == before
    assert orphan in full.objects()
    assert lost not in full.objects()
    assert counts(full.reconcile(), "removed", "restored") == (1, 1)


def test_objects_of_another_length_or_hash_are_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from functions.maintenance.bucket import comparing

    monkeypatch.setattr(comparing, "SAMPLE", 1)
    longer, other, stored = world.file(), world.file(), world.row()
    world.put(longer, BODY + b"!"), world.put(other, BODY.upper())
    world.put(f"files/{stored}", BODY.upper(), ChecksumAlgorithm="SHA256")
    world.file()
    assert counts(world.reconcile(), "compared", "damaged", "missing") == (4, 3, 0)
    assert world.objects() >= {longer, other}


def test_one_object_in_a_hundred_is_compared_others_each_time() -> None:
    from functions.maintenance.bucket.comparing import _is_sampled

    random = Random(14)
    keys = [f"files/{UUID(int=random.getrandbits(128))}" for _ in range(10_000)]
    first, second = (
        {key for key in keys if _is_sampled(UUID(int=random.getrandbits(128)), key)} for _ in range(2)
    )
    assert 60 < len(first) < 140
    assert len(first & second) < 10


def test_one_run_per_day_and_the_rest_of_an_unfinished_one_each_hour(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.maintenance import reconcile

    first = full.reconcile()["bucket_run_id"]
    full.days_pass(0.5)
    assert full.reconcile()["bucket_run_id"] == first
    full.days_pass(0.5)
    monkeypatch.setattr(reconcile, "SECONDS", 0.0)
    second = full.reconcile()
    assert second["bucket_run_id"] != first
    assert second["outcome"] is None
    assert full.told() == 1
    for _ in range(10):
        full.reconcile(rest=True)
    assert counts(full.report(), "bucket_run_id", "outcome") == (second["bucket_run_id"], "complete")
    full.told()
    full.reconcile(rest=True)  # a message that comes twice begins nothing
    assert (full.report()["bucket_run_id"], full.told()) == (second["bucket_run_id"], 0)


@pytest.mark.parametrize("seconds", [0.0, 240.0])
def test_two_workers_do_not_count_twice(full: World, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """The second does one portion, or all, while the first, whose lease has ended, still works on the same portion."""
    from functions.maintenance import reconcile
    from functions.maintenance.bucket import comparing

    full.file()
    full.put(f"files/{uuid4()}")
    listing = comparing.s3_inventory.listing

    def slow(*args: object, **options: object) -> object:
        monkeypatch.setattr(comparing.s3_inventory, "listing", listing)
        full.platform.query("update ddp.bucket_runs set leased_until = now() - interval '1 s' returning 1")
        monkeypatch.setattr(reconcile, "SECONDS", seconds)
        full.reconcile()
        monkeypatch.setattr(reconcile, "SECONDS", 240.0)
        return listing(*args, **options)

    monkeypatch.setattr(comparing.s3_inventory, "listing", slow)
    full.reconcile()
    assert counts(full.reconcile(), "objects", "orphans", "outcome") == (OTHERS + 2, 1, "complete")


def test_under_a_live_lease_nobody_else_works(full: World) -> None:
    full.platform.query(
        "insert into ddp.bucket_runs (is_dry, step, leased_until) values (false, 'files', now() + interval '20 s')"
        " returning 1"
    )
    assert counts(full.reconcile(), "objects", "outcome") == (0, None)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        '{"type": "Else"}',
        '{"type": "Reconcile", "orphans_allowed": -1}',
        '{"type": "Reconcile", "orphans_allowed": true}',
    ],
)
def test_other_messages_are_dropped(body: str) -> None:
    from functions.maintenance.reconcile import parse

    assert parse(body) is None


def test_the_figures_for_the_alarms(world: World) -> None:
    from ddp import db
    from ddp.queries.maintenance import bucket

    def figures() -> dict[str, int]:
        world.platform.login("ddp_worker")
        with db.transaction(role="service_role") as cursor:
            return bucket.figures(cursor)

    assert figures() == {"missing": 0, "damaged": 0, "untouched": 0, "hours_since_complete": 0}
    world.row()
    for _ in range(5):
        world.put(f"files/{uuid4()}")
    world.reconcile()
    world.days_pass(2)
    assert figures() == {"missing": 1, "damaged": 0, "untouched": 1, "hours_since_complete": 48}


@pytest.mark.parametrize("seed", range(5))
def test_random_buckets_against_an_oracle(world: World, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    one_seed(world, monkeypatch, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 250))
def test_many_random_buckets_against_an_oracle(
    world: World, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    one_seed(world, monkeypatch, seed)


def one_seed(world: World, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Random objects and rows, random page sizes, workers killed at random calls: the end is what it must be."""
    from ddp.providers import s3, s3_inventory
    from functions.maintenance.bucket import comparing, removing

    random = Random(seed)
    monkeypatch.setattr(comparing, "PAGE", random.randint(2, 6))
    monkeypatch.setattr(removing, "PORTION", random.randint(1, 3))
    must_stay, must_go, missing, lost = set(), set(), 0, 0
    for _ in range(random.randint(0, 25)):
        file_id = UUID(int=random.getrandbits(128), version=4)
        keys = [f"files/{file_id}", *(f"thumbnails/{file_id}/{width}.webp" for width in (64, 320, 640, 1280))]
        match random.choice(["file", "lost", "lost for ever", "orphan", "young", "odd"]):
            case "file":
                world.row(file_id=file_id, widths=(64, 640)), world.put(keys[0])
                must_stay |= {world.put(keys[n]) for n in (1, 3)} | {keys[0]}
            case "lost":
                world.row(file_id=file_id, widths=(1280,)), world.put(keys[4])
                world.put(keys[0]), world.delete(keys[0])
                must_stay |= {keys[0], keys[4]}
                missing += 1
            case "lost for ever":
                world.row(file_id=file_id, widths=(320,))
                missing, lost = missing + 2, lost + 2
            case "orphan":
                must_go |= {world.put(key) for key in random.sample(keys, 2)}
            case "young":
                must_stay |= {world.put(key, days=0) for key in keys[:2]}
            case "odd":
                must_go |= {
                    world.put(f"{random.choice(['files', 'thumbnails'])}/{random.choice('!0fzä~')}{file_id}")
                }
                must_go |= {world.put(f"{keys[0]}~"), world.put(f"thumbnails/{file_id}")}

    def dying(function):
        def perhaps(*args, **options):
            if random.random() < 0.08:
                raise SystemExit
            answer = function(*args, **options)
            if random.random() < 0.08:
                raise SystemExit
            return answer

        return perhaps

    def until_complete() -> dict[str, object]:
        while True:
            with monkeypatch.context() as patch:
                patch.setattr(s3_inventory, "listing", dying(s3_inventory.listing))
                patch.setattr(s3_inventory, "restore", dying(s3_inventory.restore))
                patch.setattr(s3, "delete_all", dying(s3.delete_all))
                patch.setattr(comparing.bucket, "advance", dying(comparing.bucket.advance))
                try:
                    report = world.reconcile(orphans_allowed=1_000)
                except SystemExit:
                    world.platform.query("update ddp.bucket_runs set leased_until = null returning 1")
                    continue
            if report["outcome"]:
                return report

    first = until_complete()
    assert counts(first, "orphans", "orphans_due", "removed") == (len(must_go), 0, 0)
    # A worker that dies between restoring and recording finds the object restored.
    assert lost <= first["missing"] <= missing
    assert first["missing"] - first["restored"] == lost
    assert world.objects() == must_stay | must_go
    world.days_pass(7.1)
    second = until_complete()
    assert counts(second, "objects", "orphans", "orphans_due") == (
        len(must_stay | must_go),
        len(must_go),
        len(must_go),
    )
    assert counts(second, "removed", "missing", "expected") == (
        len(must_go),
        lost,
        lost + len([key for key in must_stay if world.platform.query(
            "select 1 from files where file_id::text = substr(%s, strpos(%s, '/') + 1, 36)", key, key)]),
    )  # fmt: skip
    assert world.objects() == must_stay


@pytest.mark.slow
def test_a_large_bucket_takes_no_more_memory(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """100,000 files, and a listing that is made from ids: 20 MiB are enough, which 100 portions do not add up to."""
    from ddp.providers import s3_inventory
    from ddp.providers.s3_inventory import Stored
    from functions.maintenance.bucket import comparing

    world.platform.query(
        "with made as (insert into files (file_id, file_name, file_type, file_size, file_path, created_by_user_id)"
        " select ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'x', 'document', 7, 'x', %s"
        " from generate_series(1, 100000) n) select 1",
        world.platform.users["brand"],
    )
    written = datetime(2026, 1, 1, tzinfo=UTC)

    def listing(prefix: str, *, after: str, limit: int) -> tuple[list[Stored], bool]:
        if prefix != "files/":
            return [], True
        first = int(after.rstrip("~")[-12:] or "0", 16)
        last = min(first + limit, 100_000)
        keys = [f"files/00000000-0000-4000-8000-{n:012x}" for n in range(first + 1, last + 1)]
        return [Stored(key=key, size=7, modified_at=written) for key in keys], last == 100_000

    monkeypatch.setattr(s3_inventory, "listing", listing)
    monkeypatch.setattr(comparing, "_sha256", lambda _: None)
    tracemalloc.start()
    report = world.reconcile()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert counts(report, "objects", "expected", "orphans", "missing") == (100_000, 100_000, 0, 0)
    assert peak < 20 * 1024**2, peak

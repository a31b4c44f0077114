"""Workers that are killed at any moment: whole portions or nothing, and nothing is counted twice."""

from __future__ import annotations

from random import Random

import psycopg
import pytest

from tests.database.functions.maintenance.conftest import Maintenance, keys


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 30))]
)
def test_a_cleanup_killed_at_random(maintenance: Maintenance, seed: int):
    """The worker's connection is cut off at a random statement, again and again."""
    chance = Random(seed)
    platform = maintenance.platform
    file_id, trash = maintenance.file(), maintenance.file(deleted="40 days")
    young = maintenance.file(deleted="10 days")
    ago = chance.randint(26, 40)
    platform.query("select ddp.ensure_partitions('file_actions', (now() - make_interval(months => %s))::date, (now() - make_interval(months => %s - 1))::date)", ago, ago)  # fmt: skip # noqa: E501
    count = chance.randint(1, 300)
    platform.query(
        "insert into file_actions (file_id, user_id, action_type, action_timestamp)"
        " select %s, %s, 'DOWNLOAD', date_trunc('month', now() - make_interval(months => %s))"
        " from generate_series(1, %s) returning 1",
        file_id, platform.users["retailer"], ago, count,
    )  # fmt: skip
    platform.query("insert into sessions (user_id, started_at) select %s, now() - interval '2 years' from generate_series(1, 5) returning 1", platform.users["retailer"])  # fmt: skip # noqa: E501
    for _ in range(chance.randint(3, 8)):
        killed_after(maintenance, chance.randint(1, 90))
    maintenance.platform.monkeypatch.undo()
    maintenance.drain()
    assert platform.query("select count(*) from file_actions where file_id = %s", file_id) == [(0,)]
    assert platform.query("select download_count from ddp.archived_files where file_id = %s", file_id) == [
        (count,)
    ]
    sums = platform.query(
        "select archived_session_count, archived_download_count from ddp.user_stats where user_id = %s",
        platform.users["retailer"],
    )
    assert sums == [(5, count)]
    assert platform.query("select count(*) from ddp.detached_months") == [(0,)]
    assert f"files/{trash}" not in keys()
    assert f"files/{young}" in keys(), "nothing young goes"


def killed_after(maintenance: Maintenance, statements: int) -> None:
    """Run a cleanup whose connection and process end at its n-th statement."""
    left = statements
    execute = psycopg.Cursor.execute

    def counted(self, *arguments, **options):
        nonlocal left
        left -= 1
        if left == 0:
            self.connection.close()  # the server rolls back
            raise KeyboardInterrupt
        return execute(self, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", counted)
        try:
            maintenance.run()
        except KeyboardInterrupt:
            pass
        finally:
            maintenance.told()

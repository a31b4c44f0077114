"""A brand asset is downloadable exactly while its dates, licence, groups and publication say so, after any history.

The oracle is a small model in Python. Time passes by moving every stored time back; the pass of each minute follows.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.database.schema.platform import Platform, id_of

RETAILERS = ("retailer", "friend")
GROUPS = ("retailer_groups/brands", "retailer_groups/tier")
QUICK = (*range(4), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 60)))


@dataclass(slots=True)
class Asset:
    """What the oracle knows: hours from now, and who accepted which version."""

    name: str
    opens: float | None = None
    ends: float | None = None
    licence: str | None = None
    groups: frozenset[str] = frozenset()
    is_published: bool = True
    accepted: set[tuple[str, str]] = field(default_factory=set)

    def is_open(self) -> bool:
        return (
            self.is_published
            and (self.opens is None or self.opens <= 0)
            and (self.ends is None or self.ends > 0)
        )


@dataclass(slots=True)
class History:
    """A brand's two assets, who is in which group, and the dice."""

    platform: Platform
    connection: psycopg.Connection[Any]
    dice: random.Random
    members: set[tuple[str, str]]
    assets: list[Asset]

    def run(self, caller: str, statement: str, *values: object) -> None:
        self.platform.become(self.connection, caller)
        self.connection.execute(f"select {statement}".encode(), values)

    def owner(self, statement: str, *values: object) -> None:
        """As the owner of the tables, in the same transaction."""
        role = self.connection.execute("select current_setting('role')").fetchone()[0]
        self.connection.execute("reset role")
        self.connection.execute(statement.encode(), values)
        self.connection.execute("select set_config('role', %s, true)", [role])

    def terms(self, asset: Asset, **terms: object) -> None:
        self.run("brand", "change_asset_terms(%s, %s)", id_of(f"brand_assets/{asset.name}"), Jsonb(terms))

    def at(self, hours: float | None) -> str | None:
        if hours is None:
            return None
        moment = "select to_char(now() + %s, 'YYYY-MM-DD\"T\"HH24:MI:SS.USOF')"
        return self.connection.execute(moment, [timedelta(hours=hours)]).fetchone()[0]

    # What may happen.

    def dates(self, asset: Asset) -> None:
        opens = self.dice.choice([None, -2.0, 1.0, 3.0])
        ends = self.dice.choice([None, 2.0, 4.0, 6.0])
        if asset.is_published and not (opens is not None and ends is not None and opens >= ends):
            self.terms(asset, available_from=self.at(opens), available_until=self.at(ends))
            asset.opens, asset.ends = opens, ends

    def licence(self, asset: Asset) -> None:
        version = self.dice.choice([None, "1", "2"])
        if asset.is_published:
            self.terms(asset, licence=version and {"version": version, "text": f"text {version}"})
            asset.licence = version

    def accept(self, asset: Asset) -> None:
        retailer = self.dice.choice(RETAILERS)
        if asset.licence and self.sees(asset, retailer):
            self.run(
                retailer, "accept_asset_licence(%s, %s)", id_of(f"brand_assets/{asset.name}"), asset.licence
            )
            asset.accepted.add((retailer, asset.licence))

    def audience(self, asset: Asset) -> None:
        groups = [group for group in GROUPS if self.dice.random() < 0.4]
        if asset.is_published:
            self.terms(asset, group_ids=[str(id_of(group)) for group in groups] or None)
            asset.groups = frozenset(groups)

    def join(self, _: Asset) -> None:
        group, retailer = self.dice.choice(GROUPS), self.dice.choice(RETAILERS)
        self.run("brand", "add_group_member(%s, %s)", id_of(group), id_of(retailer))
        self.members.add((group, retailer))

    def leave(self, _: Asset) -> None:
        if self.members:
            group, retailer = self.dice.choice(sorted(self.members))
            self.run("brand", "remove_group_member(%s, %s)", id_of(group), id_of(retailer))
            self.members.remove((group, retailer))

    def withdraw(self, asset: Asset) -> None:
        self.run("brand", "unpublish_brand_asset(%s)", id_of(f"brand_assets/{asset.name}"))
        asset.is_published = False

    def publish(self, asset: Asset) -> None:
        self.run("brand", "publish_brand_asset(%s, 'again', 'logo')", id_of(f"files/{asset.name}"))
        asset.is_published = True

    def time(self, _: Asset) -> None:
        hours = self.dice.choice([0.5, 1.0, 2.5])
        past = timedelta(hours=hours)
        self.owner("alter table brand_assets disable trigger user")
        self.owner(
            "update brand_assets set available_from = available_from - %s, available_until = available_until - %s,"
            " changes_at = changes_at - %s",
            past, past, past,
        )  # fmt: skip
        self.owner("alter table brand_assets enable trigger user")
        self.owner(
            "update ddp.file_access set expires_at = expires_at - %s where audience <> 'everyone'", past
        )
        for asset in self.assets:
            asset.opens = None if asset.opens is None else asset.opens - hours
            asset.ends = None if asset.ends is None else asset.ends - hours
        # Nothing needs to look before what has ended is gone.
        for asset in self.assets:
            for retailer in RETAILERS:
                assert not self.downloads(asset, retailer) or self.expected(asset, retailer)
        self.owner("select ddp.refresh_due_assets(100)")

    # What must hold.

    def sees(self, asset: Asset, retailer: str) -> bool:
        return asset.is_open() and (
            not asset.groups or any((group, retailer) in self.members for group in asset.groups)
        )

    def expected(self, asset: Asset, retailer: str) -> bool:
        return self.sees(asset, retailer) and (
            asset.licence is None or (retailer, asset.licence) in asset.accepted
        )

    def downloads(self, asset: Asset, caller: str) -> bool:
        """As GET /files/{id}/download does: the file is visible, and the download is recorded."""
        self.platform.become(self.connection, caller)
        file_id = id_of(f"files/{asset.name}")
        visible = "select from files where file_id = %s and deleted_at is null"
        if not self.connection.execute(visible, [file_id]).rowcount:
            return False
        try:
            with self.connection.transaction():
                self.connection.execute("select record_file_action(%s, 'DOWNLOAD')", [file_id])
        except psycopg.Error as error:
            if "licence-not-accepted" in (error.diag.message_detail or ""):
                return False
            raise
        return True


@pytest.mark.parametrize("seed", QUICK)
def test_an_asset_is_downloadable_exactly_while_everything_says_so(platform: Platform, seed: int):
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute("delete from retailer_group_members")
        connection.execute("set local role authenticated")
        assets = [Asset("published"), Asset("for_group", groups=frozenset(["retailer_groups/brands"]))]
        history = History(platform, connection, random.Random(seed), set(), assets)
        steps = (
            history.dates, history.licence, history.accept, history.accept, history.audience, history.join,
            history.leave, history.withdraw, history.publish, history.publish, history.time, history.time,
        )  # fmt: skip
        seen = set()
        for _ in range(60):
            history.dice.choice(steps)(history.dice.choice(assets))
            for asset in assets:
                for retailer in RETAILERS:
                    is_open = history.downloads(asset, retailer)
                    assert is_open == history.expected(asset, retailer), (asset, retailer, history.members)
                    seen.add(is_open)
                assert history.downloads(asset, "brand")
                assert not history.downloads(asset, "rival")
        assert seen == {True, False}


def test_two_passes_at_once_open_an_asset_once(database):
    from tests.database.schema.platform import populate

    owner = database.connect()
    populate(owner)
    owner.execute("alter table brand_assets disable trigger user")
    owner.execute(
        "update brand_assets set available_from = now() - interval '1 minute', changes_at = now()"
        " where asset_id = %s",
        [id_of("brand_assets/later")],
    )
    owner.execute("alter table brand_assets enable trigger user")
    first, second = database.connect(autocommit=False), database.connect(autocommit=False)
    assert first.execute("select ddp.refresh_due_assets(10)").fetchone() == (1,)
    assert second.execute("select ddp.refresh_due_assets(10)").fetchone() == (0,), "it does not wait"
    first.commit()
    second.commit()
    rows = owner.execute("select audience from ddp.file_access where file_id = %s", [id_of("files/later")])
    assert rows.fetchall() == [("retailer",)]

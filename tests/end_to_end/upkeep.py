"""Work of the functions that count and tidy up, for the tests of kills: its beginning, and what is true at the end."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import urllib3
from botocore.exceptions import ClientError
from psycopg.rows import DictRow

from infra.cli.api_client import Client
from infra.cli.campaign.api import ask
from infra.local.identity.users import USERS

# Downloads of a file: in a month that is too old to be kept, and now.
OLD, YOUNG = 20_000, 7
BODY = b"an object"
MONTHS_AGO = 40

Database = psycopg.Connection[DictRow]


@dataclass(slots=True)
class Upkeep:
    """One of each: facts to count, a month to remove, trash, objects astray, a file of figures, a person to erase."""

    database: Database
    s3: Any
    bucket: str
    brand: Client
    admin: Client
    label: str = field(default_factory=lambda: uuid4().hex[:8])
    keys: dict[str, str] = field(default_factory=dict)
    export_id: str = ""
    erasure_id: str = ""
    campaigns: int = 0
    # Whether the bucket's versions and deletions are forgotten: then only that nothing young is gone is known.
    is_forgetful: bool = False

    def begin(self) -> None:
        """Make what is to be counted, kept and removed, and ask for what people ask for."""
        for name, deleted in (("kept", None), ("trash", "40 days"), ("young trash", "10 days")):
            self.keys[name] = self._file(deleted)
        for name in ("orphan", "young orphan"):
            self.keys[name] = f"files/{uuid4()}"
            self.s3.put_object(Bucket=self.bucket, Key=self.keys[name], Body=BODY)
        self._facts()
        self._bucket_run()
        self._person()
        mine = "select count(*) as n from campaigns where created_by_user_id = %s"
        self.campaigns = self._one(mine, USERS["brand"].user_id)["n"]
        export = ask(self.brand, "POST", "/analytics/exports", {"list": "campaigns", "scope": "own"})
        self.export_id = export["analytics_export_id"]

    def waiting(self) -> list[str]:
        """What of it has not come to its end."""
        found = self._one(
            "select (select count(*) from analytics_exports where analytics_export_id = %(export)s"
            " and state = 'pending') as figures,"
            " (select count(*) from ddp.erasures where erasure_id = %(erasure)s and ended_at is null) as erasure,"
            " (select count(*) from ddp.bucket_runs where ended_at is null) as bucket,"
            " (select count(*) from ddp.detached_months) + (select count(*) from file_actions"
            "    where file_id = %(file)s and action_timestamp < now() - interval '1 year') as cleanup,"
            " (select count(*) from ddp.object_removals) as objects,"
            " (select count(*) from files where file_id = %(trash)s and purged_at is null) as trash,"
            " (select count(*) from ddp.metric_changes where entity_id = %(file)s) as changes",
            {"export": self.export_id, "erasure": self.erasure_id, **self._ids()},
        )
        return [name for name, count in found.items() if count]

    def require_truth(self) -> None:
        """Everything was counted once, what is old is gone, and nothing young is."""
        counted = self._one(
            "select (select download_count from ddp.archived_files where file_id = %(file)s) as archived,"
            " (select download_count from ddp.file_stats where file_id = %(file)s) as counted,"
            " (select count(*) from file_actions where file_id = %(file)s) as kept",
            self._ids(),
        )
        assert counted == {"archived": OLD, "counted": OLD + YOUNG, "kept": YOUNG}
        there = {name for name, key in self.keys.items() if self._has(key)}
        assert there >= {"young trash", "young orphan"}, there
        assert self.is_forgetful or there == {"kept", "young trash", "young orphan"}, there
        self._require_figures()
        recipients = self.database.execute(
            "select recipient_email from email_sends where recipient_email like %s",
            [f"%{self.label}.example"],
        ).fetchall()
        assert recipients == [{"recipient_email": self._address("stays")}]
        erased = self._one("select counts from ddp.erasures where erasure_id = %s", self.erasure_id)["counts"]
        assert erased["sends"] == 1, erased

    def _require_figures(self) -> None:
        export = ask(self.brand, "GET", f"/analytics/exports/{self.export_id}")
        assert (export["status"], export["row_count"]) == ("ready", self.campaigns), export
        content = urllib3.request("GET", export["url"], decode_content=False).data
        assert len(gzip.decompress(content).splitlines()) == 1 + self.campaigns

    def _file(self, deleted: str | None) -> str:
        """A file's row and object. Returns the object's key."""
        key = f"files/{(file_id := uuid4())}"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=BODY)
        self.database.execute(
            "insert into files (file_id, file_name, file_type, file_size, file_path, created_by_user_id, deleted_at)"
            " values (%s, 'x.pdf', 'document', %s, %s, %s, now() - %s::interval)",
            [file_id, len(BODY), key, USERS["brand"].user_id, deleted],
        )
        return key

    def _facts(self) -> None:
        """Downloads of the kept file, whose object is lost."""
        month = self._one(f"select date_trunc('month', now(), 'UTC') - interval '{MONTHS_AGO} months' as at")[
            "at"
        ]
        self.database.execute(
            "select ddp.ensure_partitions('file_actions', %(day)s, %(day)s)",
            {"day": month.astimezone(UTC).date()},
        )
        for at, count in ((month, OLD), (datetime.now(UTC), YOUNG)):
            self.database.execute(
                "insert into file_actions (file_id, user_id, action_type, action_timestamp)"
                " select %s, %s, 'DOWNLOAD', %s from generate_series(1, %s)",
                [self._ids()["file"], USERS["retailer"].user_id, at, count],
            )
        self.s3.delete_object(Bucket=self.bucket, Key=self.keys["kept"])

    def _bucket_run(self) -> None:
        """A comparison that has begun, and an object without a row that one of a week ago found."""
        self.database.execute(
            "insert into ddp.bucket_findings (kind, object_key, first_seen_at, last_seen_at)"
            " values ('orphan', %s, now() - interval '8 days', now() + interval '1 hour')",
            [self.keys["orphan"]],
        )
        self.database.execute(
            "insert into ddp.bucket_runs (is_dry, orphans_allowed, step) values (false, 1000, 'files')"
            " on conflict (is_dry) where ended_at is null do nothing"
        )

    def _person(self) -> None:
        """Two recipients of a message of long ago, one of whom is to be erased."""
        self.database.execute(
            "with written as (insert into email_campaigns"
            " (campaign_id, created_by_user_id, email_subject, email_content, sender_email)"
            " select campaign_id, created_by_user_id, 's', 'c', 'a@b.example' from campaigns"
            " where created_by_user_id = %s limit 1 returning email_campaign_id)"
            " insert into email_sends (email_campaign_id, recipient_email, sent_at, delivered_at, status)"
            " select email_campaign_id, unnest(%s::text[]), now(), now(), 'delivered' from written",
            [USERS["brand"].user_id, [self._address("goes"), self._address("stays")]],
        )
        erasure = ask(self.admin, "POST", "/erasures", {"email": self._address("goes")})
        self.erasure_id = erasure["erasure_id"]

    def _address(self, name: str) -> str:
        return f"{name}@{self.label}.example"

    def _ids(self) -> dict[str, str]:
        return {"file": self.keys["kept"].split("/")[1], "trash": self.keys["trash"].split("/")[1]}

    def _has(self, key: str) -> bool:
        try:
            self.s3.head_object(Bucket=self.bucket, Key=key)
        except ClientError:
            return False
        return True

    def _one(self, query: str, *values: Any) -> dict[str, Any]:
        parameters = values[0] if values and isinstance(values[0], dict) else list(values)
        return self.database.execute(query.encode(), parameters).fetchone() or {}

"""What the tests of kills share: whom to kill, work for all of them, and time that passes sooner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from infra.cli.api_client import Client, FileToUpload, ask, send
from infra.cli.campaign.api import ACCEPTED
from infra.local.chaos.victims import kill_function
from infra.local.schedules import clean_up_now, reconcile_now

from .email_campaigns import Campaign, adds_up
from .product_imports import request_import
from .queue_worker import emulator_of
from .upkeep import Upkeep
from .uploads import archive, outcome

if TYPE_CHECKING:
    from .conftest import RunningStack

# Functions to kill, by their handlers.
HANDLERS = {
    "plan": "functions.email.plan.handler",
    "send": "functions.email.send.handler",
    "export": "functions.sending.export.handler",
    "verification": "functions.uploads.object_created.handler",
    "reconcile": "functions.sending.reconcile.handler",
    "reconcile of uploads": "functions.uploads.reconcile.handler",
    "import": "functions.catalogue.import_products.handler",
    "reconcile of the catalogue": "functions.catalogue.reconcile.handler",
    "events": "functions.email.events.handler",
    "http": "functions.email.http.handler",
    "refresh": "functions.analytics.refresh.handler",
    "figures": "functions.analytics.export.handler",
    "cleanup": "functions.maintenance.cleanup.handler",
    "reconcile of the bucket": "functions.maintenance.reconcile.handler",
}

# Lines of the file of products, and those of them that are not usable.
LINES, UNUSABLE = 2_000, 4
IMPORTED = {"state": "done", "created": LINES - UNUSABLE, "rejected": UNUSABLE}


@dataclass(slots=True)
class Work:
    """One piece of work of each kind, and whether all of it has ended well."""

    stack: RunningStack
    campaign: Campaign
    brand: Client
    file: FileToUpload = field(default_factory=lambda: archive(2_000_000))
    upload_id: str = ""
    product_import_id: str = ""
    shop: str = ""
    upkeep: Upkeep = field(init=False)

    def __post_init__(self) -> None:
        function = "ddp-local-uploads-object-created"
        emulator = emulator_of(self.stack)
        variables = emulator.client("lambda").get_function_configuration(FunctionName=function)["Environment"]
        self.upkeep = Upkeep(
            database=self.campaign.database,
            s3=emulator.client("s3"),
            bucket=variables["Variables"]["DDP_BUCKET"],
            brand=self.brand,
            admin=self.stack.client("admin"),
        )

    def begin(self) -> None:
        """Begin what the campaign has not begun: an import, an upload, an export, two test sends, upkeep."""
        self.product_import_id, self.shop = request_import(
            self.brand, lines=LINES, unusable_each=LINES // UNUSABLE
        )
        upload = self.brand.request_upload(self.file).body
        self.upload_id = upload["upload_id"]
        assert send(upload["request"], self.file.content) == 200
        path = f"/email-campaigns/{self.campaign.email_campaign_id}"
        ask(self.campaign.client, "POST", f"{path}/exports", {"kind": "recipients"})
        body = {"recipients": ["one@shop.example", "two@shop.example"]}
        ask(self.campaign.client, "POST", f"{path}/test", body)
        self.upkeep.begin()
        clean_up_now(emulator_of(self.stack).client("sqs"))

    def has_ended(self) -> bool:
        """Whether nothing of it waits for anybody."""
        return self.waiting() == []

    def waiting(self) -> list[str]:
        """What of it has not ended."""
        database, campaign = self.campaign.database, self.campaign.email_campaign_id
        settled = outcome(database, self.upload_id) == {"state": "live", "files": 1, "actions": 1}
        found = database.execute(
            "select (select count(*) from send_plans p where p.email_campaign_id = %(c)s and p.completed_at is null)"
            " as plans, (select count(*) from send_exports x join send_plans p using (send_plan_id)"
            "    where p.email_campaign_id = %(c)s and x.state = 'pending') as exports,"
            " (select count(*) from product_imports i where i.product_import_id = %(i)s and i.state = 'pending')"
            " as imports,"
            " (select count(*) from email_test_sends t where t.email_campaign_id = %(c)s and t.ended_at is null)"
            " as tests",
            {"c": campaign, "i": self.product_import_id},
        ).fetchone()
        waiting = [name for name, count in (found or {}).items() if count] + self.upkeep.waiting()
        return waiting if settled else ["upload", *waiting]

    def require_truth(self, recipients: int) -> None:
        """Nothing is lost, and nothing was sent twice."""
        end = self.campaign.progress()
        assert end["status"] == "complete"
        assert end["stalled_since"] is None
        assert adds_up(end, recipients), end
        assert set(end["counts"]) <= {*ACCEPTED, "unknown"}, end
        times = self.campaign.accepted()
        assert set(times) <= {0, 1}
        assert sum(times) >= recipients - end["unknown"]
        exports = self.campaign.database.execute(
            "select x.state from send_exports x join send_plans p using (send_plan_id)"
            " where p.email_campaign_id = %s",
            [self.campaign.email_campaign_id],
        ).fetchall()
        assert [export["state"] for export in exports] == ["ready"]
        assert self._imported() == {**IMPORTED, "products": IMPORTED["created"]}
        self.upkeep.require_truth()

    def _imported(self) -> dict[str, Any]:
        found = self.campaign.database.execute(
            "select i.state, i.created_count as created, i.rejected_count as rejected,"
            " (select count(*) from products p where starts_with(p.external_product_id, %s)) as products"
            " from product_imports i where i.product_import_id = %s",
            [self.shop, self.product_import_id],
        ).fetchone()
        return dict(found or {})


def kill_at_random(
    stack: RunningStack, random: Random, victims: Sequence[str], pause: Callable[[float], object], kills: int
) -> list[str]:
    """Kill functions at random moments, with reconciliations in between. Returns whom."""
    sqs, killed = emulator_of(stack).client("sqs"), []
    for _ in range(kills):
        pause(random.uniform(0, 0.8))
        victim = random.choice(victims)
        if kill_function(stack.directory, HANDLERS[victim]):
            killed.append(victim)
        if random.random() < 0.5:
            reconcile_now(sqs)
            clean_up_now(sqs)
    return killed

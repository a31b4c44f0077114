"""For tests of sends to some recipients of an earlier send: earlier sends as workers leave them, and requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from ddp.addresses import email_hash, phone_hash
from ddp.channels import EMAIL, Channel
from tests.database.functions.sending.conftest import Sending

DRAFTS = {
    "email": {
        "email_subject": "Hello",
        "email_content": "<p>Hello</p>",
        "sender_email": "news@brand.example",
    },
    "sms": {"sms_content": "Hello", "sender_number": "auto"},
}
STATUSES = {
    "email": (
        "pending", "sending", "sent", "delivered", "opened", "clicked", "failed", "bounced", "complained",
        "suppressed", "cancelled", "missed", "unknown",
    ),
    "sms": (
        "pending", "sending", "sent", "delivered", "clicked", "failed", "suppressed", "cancelled", "missed",
        "unknown",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Again:
    """One channel's earlier sends and new requests; `sending` has the campaign and plans."""

    sending: Sending
    channel: Channel

    def address(self, number: int) -> str:
        """Addresses whose order is that of their numbers, before what stands in place of erased ones."""
        if self.channel is EMAIL:
            return f"a{number:03}@{self.sending.campaign_id}.example"
        return f"+1202555{number:04}"

    def hash(self, number: int) -> bytes:
        """The keyed hash of an address."""
        return (email_hash if self.channel is EMAIL else phone_hash)(self.address(number))

    def draft(self, user: str = "brand") -> UUID:
        """Insert a draft. Returns its id."""
        values = DRAFTS[self.channel.name] | {
            "campaign_id": self.sending.campaign_id, "created_by_user_id": self.sending.platform.users[user],
        }  # fmt: skip
        names, places = ", ".join(values), ", ".join(["%s"] * len(values))
        name = self.channel.name
        row = f"insert into {name}_campaigns ({names}) values ({places}) returning {name}_campaign_id"
        return self.sending.query(row, *values.values())[0][0]

    def request(
        self,
        audience: Mapping[str, object] | None,
        *,
        user: str = "brand",
        at: object = None,
        **options: object,
    ) -> UUID:
        """Request a send of a new draft as a browser does. Returns the plan's id. Raises psycopg's errors."""
        if self.channel is not EMAIL:
            options = {"consent": "declared"} | options
        return self.call(
            user,
            f"send_{self.channel.name}_campaign(%s, %s, %s, %s)",
            self.draft(user),
            Jsonb(audience) if audience else None,
            at,
            Jsonb(options),
        )

    def call(self, user: str, function: str, *values: object) -> Any:
        """What a function returns to a user."""
        with self.sending.platform.database.connect("superuser") as connection, connection.transaction():
            connection.execute("set local role authenticated")
            claims = Jsonb({"sub": str(self.sending.platform.users[user]), "role": "authenticated"})
            connection.execute("select set_config('request.jwt.claims', %s::text, true)", [claims])
            row = connection.execute(f"select {function}", values).fetchone()
        assert row is not None
        return row[0]

    def size(self, earlier: UUID, who: str, *, user: str = "brand") -> dict[str, int]:
        """How many recipients are in a group."""
        return self.call(user, f"{self.channel.name}_group_size(%s, %s)", earlier, who)

    def sent(
        self, statuses: Sequence[str], *, user: str = "brand", audience: Mapping[str, object] | None = None
    ) -> UUID:
        """An earlier send that is complete, with a recipient of each of these statuses. Returns its campaign's id."""
        given = {"source": "list", "recipients": [{self.channel.address_member: self.address(0)}]}
        plan = self.request(audience or given, user=user)
        for number, status in enumerate(statuses):
            self.add(plan, number, status)
        self.sending.run(
            "update send_plans set planned_at = now(), completed_at = now() where send_plan_id = %s", plan
        )
        return self.message(plan)

    def add(self, plan: UUID, number: int, status: str, **columns: object) -> None:
        """Insert one recipient into the ledger of a plan."""
        name = self.channel.name
        values = {
            f"{name}_campaign_id": self.message(plan),
            f"recipient_{self.channel.address_member}": self.address(number),
            "recipient_name": f"Ann {number}",
            "recipient_hash": self.hash(number),
            "template_data": Jsonb({"number": number}),
            "time_zone": "Europe/Zurich",
            "chunk_no": 1,
            "status": status,
        } | columns
        names, places = ", ".join(values), ", ".join(["%s"] * len(values))
        self.sending.run(f"insert into {name}_sends ({names}) values ({places})", *values.values())

    def message(self, plan: UUID) -> UUID:
        """The e-mail or SMS campaign of a plan."""
        return self.sending.row(plan, f"{self.channel.name}_campaign_id")[0]

    def plan_of(self, message: UUID) -> UUID:
        """The plan of an e-mail or SMS campaign."""
        found = f"select send_plan_id from send_plans where {self.channel.name}_campaign_id = %s"
        return self.sending.query(found, message)[0][0]

    def planned(self, earlier: UUID, who: str, *, user: str = "brand", **options: object) -> UUID:
        """Request a send to a group and plan it. Returns the plan's id."""
        plan = self.request(group(earlier, who), user=user, **options)
        assert self.sending.work(plan) == []
        return plan

    def reached(self, plan: UUID) -> list[str]:
        """The addresses in the ledger of a plan."""
        return [row[0] for row in self.sending.sends(plan)]


def group(earlier: UUID, who: str) -> dict[str, object]:
    """An audience."""
    return {"source": "send", "id": str(earlier), "who": who}

"""E-mail's part of planning: addresses, and content prepared for rendering."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from psycopg import Cursor

from ddp import rendering
from ddp.addresses import email_hash, normalise_email
from ddp.channels import EMAIL
from ddp.chunking import Run
from ddp.errors import Invalid
from ddp.queries.sending import hours
from ddp.queries.sending.plans import Plan
from ddp.queries.sending.recipients import Batch, Kind
from functions.sending.channels.planner import PreparedContent
from functions.sending.unplannable import Unplannable


class EmailReader:
    """Implements functions.sending.channels.planner.Reader."""

    channel = EMAIL
    hash = staticmethod(email_hash)

    @staticmethod
    def normalise(address: str, country: str) -> str:  # noqa: ARG004 - the same everywhere
        """The address without what makes no difference. Raises AddressError."""
        return normalise_email(address)

    @staticmethod
    def kind(address: str, name: str, time_zone: str, data: str, variant: int | None) -> Kind:  # noqa: ARG004 - the time zone decides alone
        """The time zone as given."""
        return time_zone


class EmailPlanner:
    """Implements functions.sending.channels.planner.Planner."""

    channel = EMAIL

    def reader(self, plan: Plan) -> EmailReader:  # noqa: ARG002 - all plans are read alike
        """Reads the recipients of any plan."""
        return EmailReader()

    def screen(self, cursor: Cursor[Any], plan: Plan, batch: Batch) -> None:
        """Rejects nobody."""

    def runs(self, cursor: Cursor[Any], plan: Plan, kinds: Collection[Kind]) -> Mapping[Kind, Run]:
        """When messages go to each time zone."""
        return hours.runs(cursor, plan, kinds)

    def prepare(self, plan: Plan) -> PreparedContent:
        """Inlines CSS and makes the text alternative. Raises Unplannable for a template that cannot be used."""
        try:
            prepared = rendering.prepare(plan.content, plan.text_content)
        except Invalid as error:
            raise Unplannable("unusable-content", error.detail) from error
        # SES takes attachments only in a call for one message.
        call_size = 1 if plan.has_attachments else prepared.call_size
        return PreparedContent(html=prepared.html, text=prepared.text, call_size=call_size)

"""E-mail's part of planning: addresses, and content prepared for rendering."""

from __future__ import annotations

from ddp import rendering
from ddp.addresses import email_hash, normalise_email
from ddp.channels import EMAIL
from ddp.errors import Invalid
from ddp.queries.sending.plans import Plan
from functions.sending.channels.planner import PreparedContent
from functions.sending.unplannable import Unplannable


class EmailPlanner:
    """Implements functions.sending.channels.planner.Planner."""

    channel = EMAIL
    normalise = staticmethod(normalise_email)
    hash = staticmethod(email_hash)

    def prepare(self, plan: Plan) -> PreparedContent:
        """Inlines CSS and makes the text alternative. Raises Unplannable for a template that cannot be used."""
        try:
            prepared = rendering.prepare(plan.content, plan.text_content)
        except Invalid as error:
            raise Unplannable("unusable-content", error.detail) from error
        # SES takes attachments only in a call for one message.
        call_size = 1 if plan.has_attachments else prepared.call_size
        return PreparedContent(html=prepared.html, text=prepared.text, call_size=call_size)

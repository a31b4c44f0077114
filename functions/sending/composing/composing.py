"""Composes the messages of claimed calls, so that nobody's content stops the others.

Content that is slow is composed by one worker at a time, and after everybody else's. Content that cannot be used ends
its plan: no message can be made of it, or making one takes too long for the third time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

from ddp import db
from ddp.channels import Channel
from ddp.errors import Invalid
from ddp.observability import logger, measured
from ddp.providers.transport import Transport
from ddp.queries.sending import contents, plans
from ddp.queries.sending.sends import Claimed
from functions.sending import calls
from functions.sending.calls import Call, ComposedCall, Composition
from functions.sending.channels.composer import ComposerOf, Composers
from functions.sending.composing.holds import TRIAL, Holds
from functions.sending.composing.worklist import Worklist
from functions.sending.recorder import Recorder

Message = TypeVar("Message")


class Composing(Generic[Message]):
    """The calls of one run that are claimed and not composed, and what their content needs.

    `is_behind`: composing has not kept up with the clock; there is more to do than fits one turn.
    """

    def __init__(
        self,
        channel: Channel,
        composer_of: ComposerOf[Message],
        transport: Transport[Message],
        recorder: Recorder,
    ) -> None:
        self._channel = channel
        self._recorder = recorder
        self._worklist = Worklist(Composers(composer_of).of, transport)
        self._holds = Holds(channel)
        self._request_ids: dict[UUID, str | None] = {}
        self.is_behind = False

    @property
    def worker(self) -> UUID:
        """The name under which this run claims."""
        return self._holds.worker

    @property
    def calls(self) -> list[Call]:
        """The calls that are not composed."""
        return self._worklist.calls

    @property
    def may_claim(self) -> bool:
        """Whether the run may have other messages in its hands. No, while it has some with which a worker died."""
        return not self._holds.is_alone

    def add(self, claimed: Sequence[Claimed]) -> None:
        """Add what one claim returned."""
        if claimed:
            first = claimed[0]  # a claim is of one plan
            self._holds.note(first)
            self._log_claim(first.send_plan_id, len(claimed))
            if first.hold == TRIAL:
                self._worklist.pace(first.sender_user_id).restart()
        self._worklist.add(calls.group(claimed))

    def _log_claim(self, plan: UUID, recipients: int) -> None:
        """Log it with the id of the request that asked for the send: another's message may have woken this worker."""
        if plan not in self._request_ids:
            with db.transaction(role="service_role") as cursor:
                self._request_ids[plan] = plans.request_id(cursor, plan)
        request_id = self._request_ids[plan]
        found_by: dict[str, Any] = {"correlation_id": request_id} if request_id else {}
        logger.info("claimed", send_plan_id=str(plan), recipients=recipients, **found_by)

    def compose(self, into: list[ComposedCall[Message]], *, most: int, until: float) -> None:
        """Compose calls until `into` has `most`, or until `until` (of time.monotonic()), but at least one message."""
        self.is_behind = False
        while self.calls and len(into) < most:
            with measured("render_milliseconds"):
                self._compose_one(into, until=until)
            if time.monotonic() > until:
                self.is_behind = bool(self.calls)
                return

    def keep_holds(self, held: Iterable[Call]) -> None:
        """Renew the holds on the senders of these calls, which have not ended; end the others. Call it each turn."""
        senders = {call.sender_user_id for call in held}
        for sender in self._holds.senders:
            if sender not in senders:
                self._holds.free(sender)
            elif not self._holds.renew(sender):
                self._drop(lambda call, gone=sender: call.sender_user_id == gone)  # type: ignore[misc]

    def give_back(self) -> None:
        """Give back the calls that are not composed, and the senders that this run holds."""
        self._drop(lambda _: True)
        self._holds.free_all()

    def _compose_one(self, into: list[ComposedCall[Message]], *, until: float) -> None:
        composition = self._worklist.next()
        call = composition.call
        try:
            composed = self._worklist.go_on(composition, until=until)
        except Invalid as error:
            self._set_aside(call.send_plan_id, error.detail)
            return
        if composed is not None:
            into.append(composed)
        if composition.slow:
            self._note_slow(composition)
        self._look_at_pace(call)

    def _look_at_pace(self, call: Call) -> None:
        """Hold a sender whose content is slow; free one whose content proves to be fast."""
        sender, pace = call.sender_user_id, self._worklist.pace(call.sender_user_id)
        has_more = any(other.sender_user_id == sender for other in self.calls)
        if pace.is_slow:
            self._confine(call)
        elif self._holds.why(sender) == TRIAL and (pace.is_measured or not has_more):
            self._holds.free(sender)

    def _confine(self, call: Call) -> None:
        """One worker, one call: the sender's other calls go back. This one too, if another worker holds the sender."""
        sender = call.sender_user_id
        was_fast = self._holds.why(sender) in (None, TRIAL)
        if not self._holds.confine(sender, call.recipients[0].bucket):
            self._drop(lambda other: other.sender_user_id == sender)
        elif was_fast:
            logger.info("content is slow", sender=str(sender), send_plan_id=str(call.send_plan_id))
            self._drop(lambda other: other.sender_user_id == sender and other is not call)

    def _note_slow(self, composition: Composition[Message]) -> None:
        """Count messages that took too long, those of other workers included; with the third one the plan fails."""
        plan, reasons = composition.call.send_plan_id, composition.slow
        with db.transaction(role="service_role") as cursor:
            is_set_aside = contents.note_slow(
                cursor, self._channel, plan, messages=len(reasons), reason=reasons[-1]
            )
        reasons.clear()
        if is_set_aside:
            self._clear(plan)

    def _set_aside(self, plan: UUID, reason: str) -> None:
        """Fail a plan of which no message can be made."""
        with db.transaction(role="service_role") as cursor:
            contents.set_aside(cursor, self._channel, plan, reason=reason)
        self._clear(plan)

    def _clear(self, plan: UUID) -> None:
        """Give back what is left of a plan that has failed, and cancel it. Reconciliation would, within a minute."""
        logger.warning("the plan was set aside: its content cannot be used", send_plan_id=str(plan))
        self._drop(lambda call: call.send_plan_id == plan)
        self._recorder.record()
        with db.transaction(role="service_role") as cursor:
            contents.cancel_pending(cursor, self._channel, plan)

    def _drop(self, which: Callable[[Call], bool]) -> None:
        """Give calls back: others may compose them, or nobody."""
        for composition in self._worklist.take_out(which):
            self._recorder.add(composition.call, composition.given_back())

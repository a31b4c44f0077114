"""The step that cannot be taken back: one call makes a post public, or adds its first comment.

Its start is committed before the call. Whatever the call answers is recorded; if nothing can be recorded any more, the
lease ends and the post is unconfirmed, never called again blindly.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from ddp import db
from ddp.errors import CredentialsExpired, HttpError, Transient
from ddp.observability import count, logger, measured
from ddp.providers.social.base import Accepted, Published, Refused, StateLost
from ddp.queries.social import calls
from ddp.queries.social.calls import Call, CallResult, Verdict
from ddp.queries.social.steps import StepResult
from functions.social.steps import credentials, prices, refusals
from functions.social.steps.preparing import again, held_back
from functions.social.steps.together import Together
from functions.social.steps.working import TakenAway, Work

_CALLED = {"finalise": 0, "comment": 1}
# The metrics that count what came of calls. Others are asked for again, or made again.
COUNTED = {"published": "published", "failed": "failed", "unknown": "unconfirmed"}
# Tries to record a result, and the seconds between two of them.
_TRIES, _PAUSE = 5, 2.0


def finalise(work: Work, lease: timedelta) -> StepResult | None:
    """Make the call, if it may be made, and record what came of it.

    Returns what came of the step if no call was made; None: the result of the call is recorded.
    """
    try:
        call = _call(work)
    except CredentialsExpired as error:
        credentials.renew(work, error)
        return again(work)
    except Refused as error:
        return StepResult(
            post_id=work.step.post_id, outcome="failed", code=error.code, reason=str(error)[:500]
        )
    except Transient as error:
        return again(work, error.retry_after)
    if call is None:
        return StepResult(post_id=work.step.post_id, outcome="next", step="prepare")
    # A worker takes a step up to two seconds early; nothing goes out before its time.
    time.sleep(max(0.0, work.due_in))
    part_no = _CALLED[work.step.step]
    wanted = Call(post_id=work.step.post_id, price=prices.of(work.step), quotas=prices.quotas(work.step))
    verdict = _started(_Start(wanted, work.worker, lease, part_no))
    if verdict.call_id is None:
        return _not_called(work, verdict.verdict)
    with measured("provider_milliseconds"):
        made = _made(work, verdict.call_id, call)
    if made.outcome in COUNTED:
        count(**{COUNTED[made.outcome]: 1})
    _record(made)
    return None


def _call(work: Work) -> Callable[[], Published | Accepted] | None:
    """The call, with all that it needs read before it starts. None: what was prepared is gone."""
    account, publisher, step = work.account(), work.publisher, work.step
    if step.step == "comment":
        comment = next(part["content"] for part in step.parts if part["part_no"] == 1)
        return lambda: publisher.comment(account, step.external_post_id or "", comment)
    state, post = work.state(), work.post()
    if state is None:
        return None
    return lambda: publisher.finalise(account, post, state)


def _made(work: Work, call_id: UUID, call: Callable[[], Published | Accepted]) -> CallResult:
    """Make the call. Never raises: an error without proof that nothing was published is unknown."""
    try:
        match call():
            case Published() as published:
                return CallResult(
                    call_id=call_id,
                    outcome="published",
                    external_id=published.external_id,
                    permalink=published.permalink,
                    published_at=published.published_at,
                )
            case Accepted() as accepted:
                _keep(work, accepted)
                return CallResult(call_id=call_id, outcome="accepted", after=accepted.again_in)
    except Refused as error:
        return CallResult(call_id=call_id, outcome="failed", code=error.code, reason=str(error)[:500])
    except CredentialsExpired as error:
        credentials.renew(work, error)
        # At once with the new token; if there is none yet, later and later.
        after = again(work).after if work.step.attempts else 1
        return CallResult(call_id=call_id, outcome="not_accepted", after=after, reason=str(error)[:500])
    except StateLost as error:
        _forget(work)
        return CallResult(call_id=call_id, outcome="not_accepted", after=1, reason=str(error)[:500])
    except Transient as error:
        pause = again(work, error.retry_after).after
        return CallResult(call_id=call_id, outcome="not_accepted", after=pause, reason=str(error)[:500])
    except Exception as error:  # noqa: BLE001 - whatever it is, it proves nothing
        logger.exception("nobody knows whether it was published")
        return CallResult(call_id=call_id, outcome="unknown", code="no-answer", reason=str(error)[:500])


def _keep(work: Work, accepted: Accepted) -> None:
    """Keep what the platform told, for the reads that follow. If that fails, it is accepted all the same."""
    try:
        work.save(accepted.state)
    except (TakenAway, Transient, HttpError):
        logger.exception("the state of an accepted post could not be kept")


def _forget(work: Work) -> None:
    """What was prepared is lost on the platform: with a state that has expired, the next call prepares again."""
    try:
        work.save({}, datetime.now(UTC))
    except (TakenAway, Transient, HttpError):
        logger.exception("the lost state could not be forgotten")


def _not_called(work: Work, verdict: str) -> StepResult | None:
    logger.info("no call", verdict=verdict)
    match verdict:
        case "budget":
            reason = refusals.of_budget(work.step)
            return StepResult(post_id=work.step.post_id, outcome="failed", code="budget", reason=reason)
        case "quota":
            return again(work, reason=refusals.of_quota(work.step))
        case "not-due":
            # The same step, at its time.
            return StepResult(post_id=work.step.post_id, outcome="next", step="finalise")
        case "blackout":
            return held_back(work) or again(work)  # it may have ended since
        case "not-approved":
            code, reason = "waits-for-approval", refusals.WAITS
            return StepResult(post_id=work.step.post_id, outcome="retry", after=60, code=code, reason=reason)
    # Cancelled, missed, or another worker's: who did that has recorded it.
    return None


def _record(result: CallResult) -> None:
    """Record the result, for as long as the database comes back soon. If not, the lease ends: unconfirmed."""
    for attempt in range(1, _TRIES + 1):
        try:
            _recorded(result) if attempt == 1 else _record_all([result])
        except HttpError:
            logger.exception("the result could not be recorded", attempt=attempt)
            time.sleep(_PAUSE)
        else:
            logger.info("called", outcome=result.outcome, code=result.code)
            return


@dataclass(frozen=True, slots=True)
class _Start:
    """A call that is to start, and for whom."""

    call: Call
    worker: UUID
    lease: timedelta
    part_no: int


def _start_all(starts: Sequence[_Start]) -> list[Verdict]:
    """Commit that these calls start, in one transaction; each kind in one statement."""
    verdicts: dict[UUID, Verdict] = {}
    with db.transaction(role="service_role") as cursor:
        for worker, lease, part_no in dict.fromkeys((one.worker, one.lease, one.part_no) for one in starts):
            kind = [one.call for one in starts if (one.worker, one.part_no) == (worker, part_no)]
            found = calls.start(cursor, kind, worker=worker, lease=lease, part_no=part_no)
            verdicts |= {verdict.post_id: verdict for verdict in found}
    return [verdicts[one.call.post_id] for one in starts]


def _record_all(results: Sequence[CallResult]) -> list[None]:
    """Record what came of these calls, in one transaction. If that fails, each records its own."""
    with db.transaction(role="service_role") as cursor:
        calls.record(cursor, results)
    return [None] * len(results)


_started, _recorded = Together(_start_all), Together(_record_all)

"""Steps that can be repeated: validate, prepare, check. Nobody sees anything of a post yet."""

from __future__ import annotations

from ddp import db
from ddp.errors import CredentialsExpired, Transient
from ddp.observability import logger
from ddp.providers.social.base import Problem, Progress, QuotaReached, Refused, StateLost
from ddp.queries.social import steps
from ddp.queries.social.steps import Step, StepResult
from functions.social.steps import credentials, quotas
from functions.social.steps.working import TakenAway, Work
from functions.social.validation import blackouts, posts

# Seconds until a step is tried again: 15, 30, 60, … 300, or as the platform says, but at most an hour: by then it is
# seen that a post is too late.
FIRST_PAUSE, LONGEST_PAUSE, LONGEST_GIVEN = 15.0, 300.0, 3600.0


def result(work: Work) -> StepResult | None:
    """Do the step. Returns what came of it; None: the post is no longer this worker's."""
    try:
        return _STEPS[work.step.step](work)
    except TakenAway:
        logger.info("cancelled, changed, or taken by another worker")
        return None
    except StateLost as error:
        logger.info("preparation starts again", reason=str(error))
        return StepResult(post_id=work.step.post_id, outcome="next", step="prepare", state=work.sealed({}))
    except Refused as error:
        return StepResult(
            post_id=work.step.post_id, outcome="failed", code=error.code, reason=str(error)[:500]
        )
    except CredentialsExpired as error:
        credentials.renew(work, error)
        return again(work)
    except QuotaReached as error:
        logger.info("no quota", reason=str(error), retry_after=error.retry_after)
        return again(work, error.retry_after, reason=str(error))
    except Transient as error:
        logger.info("later", reason=str(error), retry_after=error.retry_after)
        return again(work, error.retry_after)
    except Exception:  # noqa: BLE001 - one post's trouble is not that of others
        logger.exception("the step failed")
        return again(work)


def again(work: Work, retry_after: float | None = None, *, reason: str | None = None) -> StepResult:
    """The same step later. `reason`: which quota it waits for, as a sentence for the owner."""
    pause = min(FIRST_PAUSE * 2 ** min(work.step.attempts, 10), LONGEST_PAUSE)
    return StepResult(
        post_id=work.step.post_id,
        outcome="retry",
        after=max(pause, min(retry_after or 0, LONGEST_GIVEN)),
        code="quota" if reason else None,
        reason=reason[:500] if reason else None,
    )


def _validate(work: Work) -> StepResult:
    """What a browser scheduled was checked by nobody yet."""
    return _problems(work) or StepResult(post_id=work.step.post_id, outcome="next", step="prepare")


def _prepare(work: Work) -> StepResult:
    if wrong := _problems(work):
        return wrong
    state = quotas.taken(work, work.state() or {})
    progress = work.publisher.prepare(work.account(), work.post(), state, work.save)
    return _next(work, progress)


def _check(work: Work) -> StepResult:
    state = work.state()
    if state is None:
        return StepResult(post_id=work.step.post_id, outcome="next", step="prepare")
    return _next(work, work.publisher.check(work.account(), work.post(), state))


def _problems(work: Work) -> StepResult | None:
    """The post becomes a draft again if something is wrong with it."""
    found = [problem for problem in posts.problems_of_step(work.step) if not problem.is_warning]
    return _draft_again(work, found + _blackout(work.step))


def held_back(work: Work) -> StepResult | None:
    """The post becomes a draft again if a blackout holds; None: none does."""
    return _draft_again(work, _blackout(work.step))


def _draft_again(work: Work, found: list[Problem]) -> StepResult | None:
    if not found:
        return None
    shown = [posts.shown(problem) for problem in found]
    return StepResult(post_id=work.step.post_id, outcome="problems", problems=shown)


def _blackout(step: Step) -> list[Problem]:
    if step.campaign_id is None:
        return []
    with db.transaction(role="service_role") as cursor:
        found = steps.blackout(cursor, step)
    return [blackouts.held_back(found["reason"], found["ends_at"])] if found else []


def _next(work: Work, progress: Progress) -> StepResult:
    return StepResult(
        post_id=work.step.post_id,
        outcome="next",
        step="finalise" if progress.is_ready else "check",
        after=progress.again_in,
        state=work.sealed(progress.state),
        state_expires_at=progress.expires_at,
    )


_STEPS = {"validate": _validate, "prepare": _prepare, "check": _check}

"""What became of a post: one read of what the platform accepted, or of a call that ended without an answer."""

from __future__ import annotations

from datetime import datetime

from ddp.errors import CredentialsExpired, WorkerError
from ddp.observability import logger
from ddp.providers.social.base import Absent, Accepted, NotPublished, Published, StateLost
from ddp.queries.social.calls import Found
from functions.social.steps import credentials
from functions.social.steps.working import Work


def found(work: Work) -> Found:
    """Look once. Never raises: what cannot be read proves nothing, and is read again later."""
    part_no = _part(work)
    try:
        return _shown(work, part_no, _look(work, part_no))
    except NotPublished as error:
        return Found(
            post_id=work.step.post_id,
            part_no=part_no,
            outcome="absent",
            code=error.code,
            reason=str(error)[:500],
        )
    except StateLost as error:
        logger.warning("the platform cannot be asked", reason=str(error))
        return Found(post_id=work.step.post_id, part_no=part_no, outcome="unaskable")
    except CredentialsExpired as error:
        credentials.renew(work, error)
    except WorkerError as error:
        logger.info("nothing seen", reason=str(error))
    except Exception:  # noqa: BLE001 - one post's trouble is not that of others
        logger.exception("the post could not be looked for")
    return Found(post_id=work.step.post_id, part_no=part_no, outcome="unsure")


def _look(work: Work, part_no: int) -> Published | Accepted | Absent:
    account, step = work.account(), work.step
    if part_no:
        text = next(part["content"] for part in step.parts if part["part_no"] == part_no)
        since = datetime.fromisoformat(step.parts[0]["published_at"])
        return work.publisher.find_comment(account, step.external_post_id or "", text, since)
    state = work.state()
    if step.step == "confirm":
        if state is None:
            raise StateLost("what the post would be asked for with can no longer be read")
        return work.publisher.confirm(account, state)
    return work.publisher.find(account, work.post(), state or {}, step.scheduled_at)


def _shown(work: Work, part_no: int, seen: Published | Accepted | Absent) -> Found:
    post_id = work.step.post_id
    match seen:
        case Published():
            return Found(
                post_id=post_id,
                part_no=part_no,
                outcome="published",
                external_id=seen.external_id,
                permalink=seen.permalink,
                published_at=seen.published_at,
            )
        case Absent.PROVED:
            # Proof by its id: it may be called again.
            return Found(post_id=post_id, part_no=part_no, outcome="absent", is_retried=True)
    return Found(post_id=post_id, part_no=part_no, outcome="unsure")


def _part(work: Work) -> int:
    """The part that nobody knows of; of a step `confirm` the post itself."""
    return next((part["part_no"] for part in work.step.parts if part["status"] == "unconfirmed"), 0)

"""Google's errors and tokens, and YouTube's quota of units."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from infra.local.simulators.platforms.calls import Call, PlatformError
from infra.local.simulators.platforms.oauth import TokenProblem, holder
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World

_SCOPE = "https://www.googleapis.com/auth/"


def error(reason: str, message: str, status: int, domain: str = "youtube") -> PlatformError:
    """An error as Google's APIs write it."""
    detail = {"message": message, "domain": domain, "reason": reason}
    return PlatformError({"error": {"code": status, "message": message, "errors": [detail]}}, status)


def missing() -> PlatformError:
    """The error for a video that is not there."""
    message = "The video that you are trying to update cannot be found. Check the value of the <code>id</code> field."
    return error("videoNotFound", message, 404, "youtube.video")


def token_of(world: World, call: Call, *one_of: str) -> Object:
    """The token of a call, with one of these scopes. Raises PlatformError."""
    try:
        found = holder(world, "youtube", call.token)
    except TokenProblem:
        refused = error("authError", "Invalid Credentials", 401, "global")
        refused.answer.body["error"]["status"] = "UNAUTHENTICATED"
        raise refused from None
    if not {_SCOPE + scope for scope in one_of} & set(found.body["scopes"]):
        message = "Request had insufficient authentication scopes."
        raise error("insufficientPermissions", message, 403, "global")
    return found


def day_began(now: float) -> float:
    """The last midnight in Pacific time, when Google counts anew."""
    here = datetime.fromtimestamp(now, ZoneInfo("America/Los_Angeles"))
    return here.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def spend(world: World, units: int) -> None:
    """Count units of the project's daily quota. Raises PlatformError."""
    used = world.store.used("youtube", "units", "", day_began(world.now()) - 1)
    if used + units > world.quota("youtube_units_per_day"):
        raise exceeded()
    world.store.use("youtube", "units", "", world.now(), units)


def exceeded() -> PlatformError:
    """The error for a daily quota that is used up."""
    quota = '<a href="/youtube/v3/getting-started#quota">quota</a>'
    message = f"The request cannot be completed because you have exceeded your {quota}."
    return error("quotaExceeded", message, 403, "youtube.quota")


def time_text(at: float) -> str:
    """A time as Google writes it."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"

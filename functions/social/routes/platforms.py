"""The route of the platforms' rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddp import edge
from ddp.errors import Conflict
from ddp.providers.social import applications, rules
from functions.social.models import platforms as models

router = edge.router()


@router.get("/social-platforms", tags=["Social accounts"], operation_id="listSocialPlatforms")
def list_platforms() -> models.SocialPlatforms:
    """List the platforms: whether posts go there, what each publishes, its limits, options and prices.

    Posts are validated by the same rules.
    """
    with edge.as_caller(router):  # refuses a token that has ended, and the account of somebody else
        return models.SocialPlatforms(platforms=[_shown(each) for each in rules.every()])


def _shown(each: rules.Rules) -> models.SocialPlatform:
    off_reason = _off_reason(each["platform"])
    values: dict[str, Any] = {
        **each,
        "is_on": off_reason is None,
        "off_reason": off_reason,
        "api": {"note": None} | {name: each["api"].get(name) for name in ("version", "ends_on", "note")},
        "account_kinds": each["access"]["account_kinds"],
        "scopes": each["access"]["scopes"],
        "title": each.get("title"),
        "post_types": [_post_type(name, rule) for name, rule in each["types"].items()],
    }
    return models.SocialPlatform.model_validate(values)


def _post_type(name: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    least, most = rule.get("media", (None, None))
    return {
        "type": name,
        "is_published": "refused" not in rule,
        "reason": rule.get("refused"),
        "media_least": least,
        "media_most": most,
        "media_kind": rule.get("of"),
    }


def _off_reason(platform: str) -> str | None:
    try:
        applications.require(platform)
    except Conflict as error:
        return error.detail
    return None

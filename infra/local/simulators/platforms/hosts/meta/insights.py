"""What the insights of Facebook and Instagram have in common: the form of a metric, and errors about metrics.

From developers.facebook.com: Graph API reference, Page Insights; Instagram Platform, Media Insights, read in
November 2026. The sentences of errors are those that others report.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from infra.local.simulators.platforms.calls import Call, PlatformError
from infra.local.simulators.platforms.hosts.meta import graph
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World


def asked(call: Call, given: str) -> list[str]:
    """The metrics of a request: in a path, a modifier or the field `metric`. Raises PlatformError if there is none."""
    names = [str(each).strip() for each in re.split(r"[,\[\]\"' ]+", given or call.text("metric")) if each]
    if not names:
        raise graph.error(
            "Invalid query",
            3001,
            error_subcode=1504028,
            is_transient=False,
            error_user_title="No Metric Specified",
            error_user_msg="No metric was specified to be fetched. Please specify one or more metrics to be fetched "
            "and try again.",
        )
    return list(dict.fromkeys(names))


def known(world: World, platform: str, metrics: Collection[str]) -> list[str]:
    """These metrics without those that were retired."""
    return [each for each in metrics if each not in world.settings["retired_metrics"][platform]]


def invalid_on_facebook() -> PlatformError:
    """The error for a metric that does not exist, or no longer. It does not say which one."""
    return graph.error("(#100) The value must be a valid insights metric", 100)


def invalid_on_instagram(position: int, valid: Collection[str]) -> PlatformError:
    """The error for a metric that does not exist, or no longer."""
    return graph.error(
        f"(#100) metric[{position}] must be one of the following values: {', '.join(valid)}", 100
    )


def unsupported_on_instagram(metrics: Collection[str]) -> PlatformError:
    """The error for metrics that other kinds of media have."""
    return graph.error(
        f"(#100) The Media Insights API does not support the {', '.join(metrics)} metric for this media product type.",
        100,
    )


def metric(post: Object, name: str, value: int | Mapping[str, int], edge: str = "insights") -> dict[str, Any]:
    """A metric as both write it."""
    title = name.replace("_", " ").capitalize()
    return {
        "name": name,
        "period": "lifetime",
        "values": [{"value": value}],
        "title": title,
        "description": f"{title} of the post since it was published.",
        "id": f"{post.id}/{edge}/{name}/lifetime",
    }

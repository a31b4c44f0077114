"""What the demo and tests change and ask below /_mailbox, by method and name.

GET health, counts, settings; PUT settings; POST and DELETE faults; POST accepted with `{"sends": [tag, …]}`, and
showing with `{"sends": [tag, …], "texts": [text, …]}`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields, replace
from typing import Any

from infra.local.simulators.faults import Fault, FaultKind
from infra.local.simulators.mailbox.mailbox import Mailbox


def _settings(mailbox: Mailbox, _: Any = None) -> dict[str, Any]:
    quota = {"per_second": mailbox.quota.per_second, "per_day": mailbox.quota.per_day}
    return {"behaviour": asdict(mailbox.behaviour), "quota": quota}


def _change_settings(mailbox: Mailbox, wanted: dict[str, Any]) -> dict[str, Any]:
    mailbox.behaviour = replace(mailbox.behaviour, **wanted.get("behaviour", {}))
    if unknown := set(wanted.get("quota", {})) - {"per_second", "per_day"}:
        raise KeyError(min(unknown))
    for name, value in wanted.get("quota", {}).items():
        setattr(mailbox.quota, name, float(value))
    return _settings(mailbox)


def _add_fault(mailbox: Mailbox, wanted: dict[str, Any]) -> dict[str, Any]:
    known = {field.name for field in fields(Fault)}
    if unknown := set(wanted) - known:
        raise KeyError(min(unknown))
    mailbox.faults.add(Fault(**{**wanted, "kind": FaultKind(wanted["kind"])}))
    return {}


def _clear_faults(mailbox: Mailbox, _: Any) -> dict[str, Any]:
    mailbox.faults.clear()
    return {}


def _counts(mailbox: Mailbox, _: Any) -> dict[str, Any]:
    return {
        **mailbox.store.counts(),
        "events_published": mailbox.publisher.published,
        "events_waiting": mailbox.store.waiting_events(),
    }


# Each takes the mailbox and the JSON body. Raises ValueError, TypeError or KeyError for a body that it does not take.
CONTROLS: dict[tuple[str, str], Callable[[Mailbox, Any], dict[str, Any]]] = {
    ("GET", "health"): lambda _, __: {},
    ("GET", "counts"): _counts,
    ("GET", "settings"): _settings,
    ("PUT", "settings"): _change_settings,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "accepted"): lambda mailbox, wanted: mailbox.store.accepted(wanted["sends"]),
    ("POST", "showing"): lambda mailbox, wanted: {
        "messages": mailbox.store.showing(wanted["sends"], wanted["texts"])
    },
}

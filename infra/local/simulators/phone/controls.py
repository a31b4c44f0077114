"""What the demo and tests change and ask below /_phone, by method and name.

GET health, counts, settings; PUT settings; POST and DELETE faults; POST accepted with `{"sends": [id, …]}`; POST
messages with `{"phone": "+1…"}`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields, replace
from typing import Any

from infra.local.simulators.faults import Fault, FaultKind
from infra.local.simulators.phone.phone import Phone

# What tests change of the account's settings.
_CHANGEABLE = {"countries": tuple, "spend_limit": int, "rates": dict}


def _settings(phone: Phone, _: Any = None) -> dict[str, Any]:
    account = {name: getattr(phone.settings, name) for name in _CHANGEABLE}
    return {"behaviour": asdict(phone.behaviour), "account": account}


def _change_settings(phone: Phone, wanted: dict[str, Any]) -> dict[str, Any]:
    account = {name: _CHANGEABLE[name](value) for name, value in wanted.get("account", {}).items()}
    phone.behaviour = replace(phone.behaviour, **wanted.get("behaviour", {}))
    for name, value in account.items():
        setattr(phone.settings, name, value)
    return _settings(phone)


def _add_fault(phone: Phone, wanted: dict[str, Any]) -> dict[str, Any]:
    known = {field.name for field in fields(Fault)}
    if unknown := set(wanted) - known:
        raise KeyError(min(unknown))
    phone.faults.add(Fault(**{**wanted, "kind": FaultKind(wanted["kind"])}))
    return {}


def _clear_faults(phone: Phone, _: Any) -> dict[str, Any]:
    phone.faults.clear()
    return {}


def _counts(phone: Phone, _: Any) -> dict[str, Any]:
    return {
        **phone.store.counts(),
        "events_published": phone.publisher.published,
        "events_waiting": phone.store.waiting_events(),
    }


def _messages(phone: Phone, wanted: dict[str, Any]) -> dict[str, Any]:
    now = phone.clock()
    found = phone.store.thread(str(wanted["phone"]))
    return {"messages": [{**asdict(each), "state": each.state(now)} for each in found]}


# Each takes the phone and the JSON body. Raises ValueError, TypeError or KeyError for a body that it does not take.
CONTROLS: dict[tuple[str, str], Callable[[Phone, Any], dict[str, Any]]] = {
    ("GET", "health"): lambda _, __: {},
    ("GET", "counts"): _counts,
    ("GET", "settings"): _settings,
    ("PUT", "settings"): _change_settings,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "accepted"): lambda phone, wanted: phone.store.accepted(wanted["sends"]),
    ("POST", "messages"): _messages,
}

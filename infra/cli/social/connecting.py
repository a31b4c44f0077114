"""Connects accounts: a person consents on the platform, then accounts are chosen."""

from __future__ import annotations

import time
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import urllib3

from infra.cli.api_client import ApiError, Client, ask

# The consent page ends after ten minutes.
SECONDS = 600
# One of stage local's `cors_origins`. Nothing needs to run there: the API is asked what became of the consent.
LOCAL_RETURN_URL = "http://localhost:3000/"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPeople:
    """Answers the local simulator's consent pages; `consent(url, person)` returns where the person is sent back to."""

    consent: Callable[[str, str], str]


def local_people() -> LocalPeople:
    """Of the running local stack. Raises ApiError."""
    # Imported here because a call to a deployed stage needs nothing of the local runtime.
    from infra.local import control
    from infra.local.simulators.platforms.client import PlatformsClient
    from infra.local.state import StateDirectory

    urls = control.status(StateDirectory()).urls
    if "Platforms" not in urls:
        raise ApiError("The local stack is not running, so nobody is there to consent.")
    simulator = PlatformsClient(url=urls["Platforms"])
    return LocalPeople(consent=lambda url, person: simulator.consent(url, person=person))


def begin(client: Client, platform: str, return_url: str) -> dict[str, Any]:
    """A new connection: connection_id and authorise_url. Raises ApiError."""
    return ask(client, "POST", "/social-connections", {"platform": platform, "return_url": return_url})


def consent_as(people: LocalPeople, authorise_url: str, person: str) -> None:
    """Let a person of the simulator consent, and follow the platform back. Raises ApiError."""
    back = people.consent(authorise_url, person)
    answer = urllib3.request("GET", back, redirect=False, timeout=60)
    if answer.status >= 400:
        raise ApiError(f"The API refused the person that came back from the platform ({answer.status}).")


def open_page(authorise_url: str) -> bool:
    """Open the platform's page in a browser, if there is one here."""
    return webbrowser.open(authorise_url)


def wait(client: Client, connection_id: str) -> dict[str, Any]:
    """The connection, once the person is back. Raises ApiError with what went wrong."""
    deadline = time.monotonic() + SECONDS
    while (found := ask(client, "GET", f"/social-connections/{connection_id}"))["status"] == "waiting":
        if time.monotonic() > deadline:
            raise ApiError("Nobody came back from the platform within ten minutes. Connect again.")
        time.sleep(1)
    if found["status"] in {"failed", "expired"}:
        raise ApiError(found["reason"] or "The connection ended. Connect again.")
    return found


def usable(choices: Sequence[Mapping[str, Any]], names: Sequence[str], *, every: bool) -> list[str]:
    """The platform's ids of the accounts to connect: those named by id or handle; `every`: all that lack nothing.

    Empty: there are several, and none was named. Raises ApiError.
    """
    if names:
        return [_named(choices, name) for name in names]
    complete = [str(each["external_account_id"]) for each in choices if not each["lacks"]]
    if not complete:
        lacks = " ".join(sentence for each in choices for sentence in each["lacks"])
        raise ApiError(lacks or "This person has no account to connect there.")
    return complete if every or len(complete) == 1 else []


def choose(client: Client, connection_id: str, external_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Connect the chosen accounts; returns them. Raises ApiError."""
    path = f"/social-connections/{connection_id}/accounts"
    made = ask(client, "POST", path, {"external_account_ids": list(external_ids)})
    return list(made["accounts"])


def _named(choices: Sequence[Mapping[str, Any]], name: str) -> str:
    for each in choices:
        if name in {each["external_account_id"], each["account_handle"]}:
            return str(each["external_account_id"])
    there = ", ".join(str(each["account_handle"]) for each in choices)
    raise ApiError(f"The person has no account {name} there. There is: {there or 'none'}.")

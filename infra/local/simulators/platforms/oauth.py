"""OAuth 2 as six platforms speak it: consent, codes, PKCE, tokens, rotation and revocation.

A platform turns `Refused` and `TokenProblem` into its own errors.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from infra.local.simulators.platforms import consent
from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.calls import Answer, Call
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World, secret

PERSON = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How a platform asks for consent. `client`: what it calls the application's id; `denied`: what it says of a no."""

    platform: str
    client: str = "client_id"
    separator: str = " "
    needs_pkce: bool = False
    end: str = ""  # what it appends to the address that it sends people back to
    denied: Mapping[str, str] = field(default_factory=lambda: {"error": "access_denied"})


class Refused(Exception):
    """A code, a client or a refresh token is refused. `error`: OAuth's word."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


class TokenProblem(Exception):
    """An access token is `invalid`, `expired`, or lacks a `scope`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def client_id(platform: str) -> str:
    """The id of the one application that each platform knows."""
    return f"ddp-on-{platform}"


def client_secret(platform: str) -> str:
    """The application's secret."""
    return f"SECRET-client-{platform}"


def authorise(world: World, call: Call, login: Login) -> Answer:
    """The consent page, or where the decision of a person leads (POST with `person`, `decision` and `scope` fields)."""
    query = call.query
    if problem := _problem(world, query, login):
        return consent.problem_page(world.links, problem)
    scopes = [scope for scope in re.split(r"[ ,]+", query.get("scope", "")) if scope]
    if call.method == "GET":
        return consent.page(world.links, login.platform, scopes, urlencode(query))
    state = {"state": query["state"]} if "state" in query else {}
    person = call.text("person") or "ada"
    if not PERSON.fullmatch(person):
        return consent.problem_page(world.links, "A person's name is of small letters, digits and hyphens.")
    if call.text("decision") != "allow":
        return _back(query, {**login.denied, **state}, "")
    withheld = set(call.text("withheld").split())
    granted = [scope for scope in scopes if scope not in withheld and not call.text(f"no:{scope}")]
    code = world.store.put(
        Object(
            id=secret("code", login.platform),
            platform=login.platform,
            kind="code",
            owner=person,
            at=world.now(),
            body={
                "redirect_uri": query["redirect_uri"],
                "scopes": granted,
                "challenge": query.get("code_challenge", ""),
            },
        )
    )
    accounts_of(world, login.platform, person)
    of_tiktok = {"scopes": ",".join(granted)} if login.platform == "tiktok" else {}
    return _back(query, {"code": code.id, **of_tiktok, **state}, login.end)


def check_client(login: Login, given_id: str, given_secret: str) -> None:
    """Raises Refused for another application."""
    right = hmac.compare_digest(given_secret.encode(), client_secret(login.platform).encode())
    if given_id != client_id(login.platform) or not right:
        raise Refused("invalid_client", "The client is unknown, or its secret is wrong.")


def use_code(world: World, login: Login, call: Call) -> Object:
    """The grant of a code, which works once. Raises Refused."""
    code = world.store.get(call.text("code"), login.platform, "code")
    lives = world.settings["lifetimes"][login.platform]["code"]
    if code is None or code.body.get("used") or world.now() > code.at + lives:
        raise Refused("invalid_grant", "The code is used, unknown or expired.")
    if call.text("redirect_uri") != code.body["redirect_uri"]:
        raise Refused("invalid_grant", "The redirect_uri differs from the one of the authorisation.")
    if challenge := code.body["challenge"]:
        digest = hashlib.sha256(call.text("code_verifier").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
            raise Refused("invalid_grant", "The code_verifier does not fit the challenge.")
    code.body["used"] = True
    return world.store.put(code)


def mint(world: World, login: Login, person: str, scopes: list[str], kind: str = "access") -> Object:
    """A new token; `kind` names its lifetime: access, short or refresh."""
    lives = float(world.settings["lifetimes"][login.platform][kind])
    return world.store.put(
        Object(
            id=secret(kind, login.platform),
            platform=login.platform,
            kind="refresh" if kind == "refresh" else "access",
            owner=person,
            at=world.now(),
            body={"scopes": scopes, "expires_at": world.now() + lives, "lives": lives},
        )
    )


def use_refresh(world: World, login: Login, given: str, *, rotates: bool) -> Object:
    """The grant of a refresh token; one that rotates works once. Raises Refused."""
    token = world.store.get(given, login.platform, "refresh")
    if token is None or token.body.get("used") or world.now() > token.body["expires_at"]:
        raise Refused("invalid_grant", "The refresh token is used, revoked, unknown or expired.")
    if rotates:
        token.body["used"] = True
        world.store.put(token)
    return token


def holder(world: World, platform: str, token: str, *scopes: str) -> Object:
    """The token's object, if it lives and was granted these scopes. Raises TokenProblem."""
    found = world.store.get(token, platform, "access")
    if found is None:
        raise TokenProblem("invalid")
    ends = found.body["expires_at"]
    if ends is not None and world.now() > ends:
        raise TokenProblem("expired")
    if set(scopes) - set(found.body["scopes"]):
        raise TokenProblem("scope")
    return found


def revoke(world: World, platform: str, person: str) -> None:
    """All tokens of a person stop working."""
    for kind in ("access", "refresh", "code"):
        for each in world.store.of(platform, kind, person):
            world.store.delete(each.id)


def _problem(world: World, query: Mapping[str, str], login: Login) -> str:
    allowed = world.settings["redirect_uris"][login.platform]
    if query.get(login.client) != client_id(login.platform):
        return f"{login.client} names no application."
    if query.get("response_type") != "code":
        return "response_type has to be code."
    redirect_uri = query.get("redirect_uri", "")
    if not redirect_uri.startswith(("http://", "https://")) or (allowed and redirect_uri not in allowed):
        return "The redirect_uri is not registered for this application."
    if login.needs_pkce and query.get("code_challenge_method") != "S256":
        return "code_challenge and code_challenge_method=S256 are required."
    return ""


def _back(query: Mapping[str, str], more: Mapping[str, Any], end: str) -> Answer:
    address = query["redirect_uri"]
    address += ("&" if "?" in address else "?") + urlencode(more) + end
    return Answer(status=302, headers={"Location": address})

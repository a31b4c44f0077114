"""Access to Facebook pages: a person logs in, and each page has a token of its own that does not end.

Source: developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddp.providers.social import http, meta, oauth, rules
from ddp.providers.social.base import (
    Account,
    Application,
    Authorisation,
    FoundAccount,
    Platform,
    Tokens,
)

_GRAPH = meta.graph(Platform.FACEBOOK)
_TASK = "CREATE_CONTENT"
_RULES = rules.of(Platform.FACEBOOK)


class Facebook:
    """Implements ddp.providers.social.base.Access."""

    platform = Platform.FACEBOOK

    def authorise(self, application: Application, *, redirect_uri: str, state: str) -> Authorisation:
        """Facebook's login dialogue."""
        return oauth.authorisation(
            self.platform, application, redirect_uri=redirect_uri, state=state, separator=","
        )

    def exchange(
        self, application: Application, *, code: str, redirect_uri: str, verifier: str | None
    ) -> Tokens:
        """A person's token of 60 days, and what was granted."""
        short = self._token(application, {"code": code, "redirect_uri": redirect_uri})
        long = self._token(application, _exchanged(short["access_token"]))
        granted = meta.get(_GRAPH, "me/permissions", str(long["access_token"]), {})
        scopes = frozenset(
            str(given["permission"]) for given in granted.get("data", []) if given.get("status") == "granted"
        )
        return oauth.tokens({**long, "refresh_token": long["access_token"], "scope": " ".join(scopes)})

    def refresh(self, application: Application, tokens: Tokens) -> Tokens:
        """A person's token again for 60 days. Tokens of pages do not end."""
        given = self._token(application, _exchanged(tokens.refresh_token or tokens.access_token))
        return oauth.tokens({**given, "refresh_token": given["access_token"]}, before=tokens)

    def accounts(self, application: Application, tokens: Tokens) -> list[FoundAccount]:
        """The pages of the person, each with its own token."""
        pages: list[FoundAccount] = []
        # Meta's callbacks name the person by this id.
        person_id = str(meta.get(_GRAPH, "me", tokens.access_token, {"fields": "id"})["id"])
        query = {"fields": "id,name,username,access_token,tasks", "limit": "100"}
        while True:
            answer = meta.get(_GRAPH, "me/accounts", tokens.access_token, query)
            pages.extend(_page(given, person_id) for given in answer.get("data", []))
            after = answer.get("paging", {}).get("cursors", {}).get("after")
            if not after or not answer.get("paging", {}).get("next"):
                return pages
            query |= {"after": after}

    def revoke(self, application: Application, tokens: Tokens) -> None:
        """Takes the person's grant back, and with it the tokens of all pages."""
        http.call("DELETE", f"{_GRAPH}/me/permissions", classify=meta.classify, token=tokens.access_token)

    def facts(self, account: Account) -> Mapping[str, Any]:
        """Nothing: a page has no quota that can be read."""
        return {}

    def _token(self, application: Application, more: Mapping[str, str]) -> dict[str, Any]:
        form = {**oauth.client_fields(application), **more}
        reading = oauth.of_exchange if "code" in more else meta.classify
        return dict(http.call("POST", _RULES["access"]["token"], classify=reading, form=form).json())


def _exchanged(token: str) -> dict[str, str]:
    return {"grant_type": "fb_exchange_token", "fb_exchange_token": token}


def _page(given: Mapping[str, Any], person_id: str) -> FoundAccount:
    lacks = () if _TASK in given.get("tasks", []) else ("You may not create content for this page.",)
    return FoundAccount(
        external_account_id=str(given["id"]),
        kind="page",
        handle=given.get("username") or str(given["id"]),
        name=given.get("name", ""),
        access_token=given.get("access_token"),
        lacks=lacks,
        person_id=person_id,
    )

"""Access to Instagram's professional accounts, by Instagram Login.

Source: developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddp.providers.social import http, meta, oauth, rules
from ddp.providers.social.base import Account, Application, Authorisation, FoundAccount, Platform, Tokens

_GRAPH = meta.graph(Platform.INSTAGRAM)
_RULES = rules.of(Platform.INSTAGRAM)
_KINDS = {"BUSINESS": "business", "MEDIA_CREATOR": "creator"}
_PERSONAL = (
    "This is a personal account, which no application can post to: make it a business or creator account in Instagram"
    " (Settings, Account type), then connect again."
)


class Instagram:
    """Implements ddp.providers.social.base.Access."""

    platform = Platform.INSTAGRAM

    def authorise(self, application: Application, *, redirect_uri: str, state: str) -> Authorisation:
        """Instagram's login page."""
        return oauth.authorisation(
            self.platform, application, redirect_uri=redirect_uri, state=state, separator=","
        )

    def exchange(
        self, application: Application, *, code: str, redirect_uri: str, verifier: str | None
    ) -> Tokens:
        """A token of 60 days, which also is what it is refreshed with."""
        form = {
            **oauth.client_fields(application),
            # Instagram appends #_ to the code.
            **oauth.code_form(code.removesuffix("#_"), redirect_uri, verifier),
        }
        answer = http.call("POST", _RULES["access"]["token"], classify=oauth.of_exchange, form=form).json()
        short = answer["data"][0] if "data" in answer else answer
        granted = short.get("permissions") or []
        scopes = granted.split(",") if isinstance(granted, str) else granted
        long = self._long(
            "access_token",
            {
                "grant_type": "ig_exchange_token",
                "client_secret": application.client_secret,
                "access_token": short["access_token"],
            },
        )
        return oauth.tokens(_same_for_both(long) | {"scope": " ".join(scopes)})

    def refresh(self, application: Application, tokens: Tokens) -> Tokens:
        """The token again for 60 days, if it is at least a day old."""
        query = {"grant_type": "ig_refresh_token", "access_token": tokens.access_token}
        return oauth.tokens(_same_for_both(self._long("refresh_access_token", query)), before=tokens)

    def accounts(self, application: Application, tokens: Tokens) -> list[FoundAccount]:
        """The account that logged in."""
        given = meta.get(
            _GRAPH, "me", tokens.access_token, {"fields": "id,user_id,username,name,account_type"}
        )
        kind = _KINDS.get(str(given.get("account_type")), "personal")
        return [
            FoundAccount(
                external_account_id=str(given["user_id"]),
                kind=kind,
                handle=given["username"],
                name=given.get("name") or given["username"],
                lacks=() if kind in _RULES["access"]["account_kinds"] else (_PERSONAL,),
                # The id for the application, by which Meta's callbacks name the person; user_id is the account's.
                person_id=str(given["id"]) if given.get("id") else None,
            )
        ]

    def revoke(self, application: Application, tokens: Tokens) -> None:
        """Instagram lets only the person take access back."""

    def facts(self, account: Account) -> Mapping[str, Any]:
        """How many posts the account has left today."""
        total, left = meta.posts_left(account)
        return {"posts_of_24_hours": total, "posts_left": left}

    def _long(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        url = f"{_RULES['api']['base']}/{path}"
        return dict(http.call("GET", url, classify=meta.classify, query=query).json())


def _same_for_both(given: Mapping[str, Any]) -> dict[str, Any]:
    lasts = given.get("expires_in")
    return {**given, "refresh_token": given["access_token"], "refresh_expires_in": lasts}

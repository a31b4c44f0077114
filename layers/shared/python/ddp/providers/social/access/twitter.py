"""Access to accounts of X, by OAuth 2 with PKCE.

Source: docs.x.com/resources/fundamentals/authentication/oauth-2-0/authorization-code.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ddp.providers.social import http, oauth, x_api
from ddp.providers.social.base import Account, Application, Authorisation, FoundAccount, Platform, Tokens

_ACCESS = x_api.RULES["access"]


class Twitter:
    """Implements ddp.providers.social.base.Access."""

    platform = Platform.TWITTER

    def authorise(self, application: Application, *, redirect_uri: str, state: str) -> Authorisation:
        """X's consent page."""
        return oauth.authorisation(self.platform, application, redirect_uri=redirect_uri, state=state)

    def exchange(
        self, application: Application, *, code: str, redirect_uri: str, verifier: str | None
    ) -> Tokens:
        """Tokens of two hours, and a refresh token that is replaced at each use. A code lives for 30 seconds."""
        return oauth.tokens(self._token(application, oauth.code_form(code, redirect_uri, verifier)))

    def refresh(self, application: Application, tokens: Tokens) -> Tokens:
        """A new pair; the old refresh token is worthless from then on."""
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token or ""}
        return oauth.tokens(self._token(application, form), before=tokens)

    def accounts(self, application: Application, tokens: Tokens) -> list[FoundAccount]:
        """The account that gave access."""
        user = x_api.get("users/me", tokens.access_token)["data"]
        return [
            FoundAccount(
                external_account_id=str(user["id"]), kind="user", handle=user["username"], name=user["name"]
            )
        ]

    def revoke(self, application: Application, tokens: Tokens) -> None:
        """Gives the access back."""
        form = {"token": tokens.refresh_token or tokens.access_token, "client_id": application.client_id}
        http.call(
            "POST",
            _ACCESS["revoke"],
            classify=x_api.classify,
            headers=_basic(application),
            form=form,
            accepts=(400, 401),
        )

    def facts(self, account: Account) -> Mapping[str, Any]:
        """Whether the account may write longer posts."""
        user = x_api.get("users/me", account.access_token, {"user.fields": "subscription_type"})["data"]
        return {"is_premium": user.get("subscription_type") in {"Premium", "PremiumPlus"}}

    def _token(self, application: Application, form: Mapping[str, str]) -> dict[str, Any]:
        reading = oauth.of_exchange if "code" in form else oauth.of_refresh
        form = {**form, "client_id": application.client_id}
        answer = http.call("POST", _ACCESS["token"], classify=reading, headers=_basic(application), form=form)
        return dict(answer.json())


def _basic(application: Application) -> dict[str, str]:
    pair = f"{application.client_id}:{application.client_secret}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

"""Access to YouTube channels, by Google's OAuth 2.

Source: developers.google.com/youtube/v3/guides/auth/server-side-web-apps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddp.providers.social import google, http, oauth
from ddp.providers.social.base import (
    Account,
    Application,
    Authorisation,
    FoundAccount,
    Platform,
    Tokens,
)


class YouTube:
    """Implements ddp.providers.social.base.Access."""

    platform = Platform.YOUTUBE

    def authorise(self, application: Application, *, redirect_uri: str, state: str) -> Authorisation:
        """Google's consent page, asking for a refresh token each time."""
        more = {"access_type": "offline", "prompt": "consent"}
        return oauth.authorisation(
            self.platform, application, redirect_uri=redirect_uri, state=state, more=more
        )

    def exchange(
        self, application: Application, *, code: str, redirect_uri: str, verifier: str | None
    ) -> Tokens:
        """Tokens of one hour, and a refresh token."""
        form = oauth.code_form(code, redirect_uri, verifier) | oauth.client_fields(application)
        answer = http.call("POST", google.RULES["access"]["token"], classify=oauth.of_exchange, form=form)
        return oauth.tokens(answer.json())

    def refresh(self, application: Application, tokens: Tokens) -> Tokens:
        """A new token of one hour; the refresh token mostly stays."""
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token or ""}
        form |= oauth.client_fields(application)
        answer = http.call("POST", google.RULES["access"]["token"], classify=oauth.of_refresh, form=form)
        return oauth.tokens(answer.json(), before=tokens)

    def accounts(self, application: Application, tokens: Tokens) -> list[FoundAccount]:
        """The channel that the person chose on the consent page."""
        answer = google.get("channels", tokens.access_token, {"part": "snippet,status", "mine": "true"})
        return [
            FoundAccount(
                external_account_id=given["id"],
                kind="channel",
                handle=given["snippet"].get("customUrl") or given["id"],
                name=given["snippet"]["title"],
            )
            for given in answer.get("items", [])
        ]

    def revoke(self, application: Application, tokens: Tokens) -> None:
        """Takes the grant back."""
        form = {"token": tokens.refresh_token or tokens.access_token}
        http.call(
            "POST", google.RULES["access"]["revoke"], classify=google.classify, form=form, accepts=(400,)
        )

    def facts(self, account: Account) -> Mapping[str, Any]:
        """Whether the channel may upload videos of more than 15 minutes."""
        answer = google.get("channels", account.access_token, {"part": "status", "mine": "true"})
        status: dict[str, Any] = next((given.get("status", {}) for given in answer.get("items", [])), {})
        return {"takes_long_videos": status.get("longUploadsStatus") == "allowed"}

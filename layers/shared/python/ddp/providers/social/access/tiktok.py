"""Access to TikTok accounts, by TikTok's Login Kit.

Sources: developers.tiktok.com/doc/oauth-user-access-token-management, and
…/doc/content-posting-api-reference-query-creator-info.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddp.errors import CredentialsExpired
from ddp.providers.social import http, oauth, tiktok_api
from ddp.providers.social.base import (
    Account,
    Application,
    Authorisation,
    FoundAccount,
    Platform,
    Refused,
    Tokens,
)

_ACCESS = tiktok_api.RULES["access"]


class TikTok:
    """Implements ddp.providers.social.base.Access."""

    platform = Platform.TIKTOK

    def authorise(self, application: Application, *, redirect_uri: str, state: str) -> Authorisation:
        """TikTok's consent page."""
        return oauth.authorisation(
            self.platform,
            application,
            redirect_uri=redirect_uri,
            state=state,
            client_id="client_key",
            separator=",",
        )

    def exchange(
        self, application: Application, *, code: str, redirect_uri: str, verifier: str | None
    ) -> Tokens:
        """Tokens of some hours, and a refresh token that is replaced at each use."""
        given = self._token(application, oauth.code_form(code, redirect_uri, verifier))
        if "access_token" not in given:
            raise Refused("code-refused", str(given.get("error_description") or given.get("error")))
        return oauth.tokens(given)

    def refresh(self, application: Application, tokens: Tokens) -> Tokens:
        """A new pair; the old refresh token is worthless from then on."""
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token or ""}
        given = self._token(application, form)
        if "access_token" not in given:
            raise CredentialsExpired(str(given.get("error_description") or given.get("error")))
        return oauth.tokens(given, before=tokens)

    def accounts(self, application: Application, tokens: Tokens) -> list[FoundAccount]:
        """The account that gave access."""
        url = f"{tiktok_api.API}/user/info/"
        query = {"fields": "open_id,display_name"}
        answer = http.call(
            "GET", url, classify=tiktok_api.classify, token=tokens.access_token, query=query
        ).json()
        user = answer["data"]["user"]
        creator = tiktok_api.post("post/publish/creator_info/query/", tokens.access_token, {})
        return [
            FoundAccount(
                external_account_id=user["open_id"],
                kind="creator",
                handle=creator.get("creator_username") or user["open_id"],
                name=creator.get("creator_nickname") or user.get("display_name", ""),
            )
        ]

    def revoke(self, application: Application, tokens: Tokens) -> None:
        """Gives the access back."""
        form = _client(application) | {"token": tokens.access_token}
        http.call("POST", _ACCESS["revoke"], classify=tiktok_api.classify, form=form, accepts=(400, 401))

    def facts(self, account: Account) -> Mapping[str, Any]:
        """What the creator may choose now: privacy, comments, duets, and the longest video in seconds."""
        given = tiktok_api.post("post/publish/creator_info/query/", account.access_token, {})
        return {
            "privacy": given.get("privacy_level_options", []),
            "comments_are_off": bool(given.get("comment_disabled")),
            "duets_are_off": bool(given.get("duet_disabled")),
            "stitches_are_off": bool(given.get("stitch_disabled")),
            "longest_seconds": given.get("max_video_post_duration_sec"),
        }

    def _token(self, application: Application, form: Mapping[str, str]) -> dict[str, Any]:
        reading = oauth.of_exchange if "code" in form else oauth.of_refresh
        form = {**_client(application), **form}
        return dict(http.call("POST", _ACCESS["token"], classify=reading, form=form).json())


def _client(application: Application) -> dict[str, str]:
    return {"client_key": application.client_id, "client_secret": application.client_secret}

"""Access to LinkedIn: the member who logs in, and the organisations that the member administers.

Sources: learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow, and
…/organizations/organization-access-control.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddp.errors import CredentialsExpired
from ddp.providers.social import http, linkedin_api, oauth
from ddp.providers.social.base import (
    Account,
    Application,
    Authorisation,
    FoundAccount,
    Platform,
    Refused,
    Tokens,
)

_ACCESS = linkedin_api.RULES["access"]
_USER = "https://api.linkedin.com/v2/userinfo"


class LinkedIn:
    """Implements ddp.providers.social.base.Access."""

    platform = Platform.LINKEDIN

    def authorise(self, application: Application, *, redirect_uri: str, state: str) -> Authorisation:
        """LinkedIn's consent page."""
        return oauth.authorisation(self.platform, application, redirect_uri=redirect_uri, state=state)

    def exchange(
        self, application: Application, *, code: str, redirect_uri: str, verifier: str | None
    ) -> Tokens:
        """A token of 60 days; a refresh token only for approved partners."""
        form = oauth.code_form(code, redirect_uri, verifier) | oauth.client_fields(application)
        answer = http.call("POST", _ACCESS["token"], classify=oauth.of_exchange, form=form)
        return oauth.tokens(answer.json())

    def refresh(self, application: Application, tokens: Tokens) -> Tokens:
        """A new token; the refresh token ends a year after consent, whatever is refreshed."""
        if tokens.refresh_token is None:
            raise CredentialsExpired("LinkedIn gave no refresh token: the account must be connected again.")
        form = {
            "grant_type": "refresh_token",
            "refresh_token": tokens.refresh_token,
            **oauth.client_fields(application),
        }
        answer = http.call("POST", _ACCESS["token"], classify=oauth.of_refresh, form=form)
        return oauth.tokens(answer.json(), before=tokens)

    def accounts(self, application: Application, tokens: Tokens) -> list[FoundAccount]:
        """The member, and the organisations of which the member is an administrator."""
        member = http.call("GET", _USER, classify=linkedin_api.classify, token=tokens.access_token).json()
        found = [
            FoundAccount(
                external_account_id=f"urn:li:person:{member['sub']}",
                kind="member",
                handle=str(member["sub"]),
                name=member.get("name", ""),
            )
        ]
        return found + [self._organisation(urn, tokens.access_token) for urn in self._organisations(tokens)]

    def revoke(self, application: Application, tokens: Tokens) -> None:
        """LinkedIn lets only the member take access back."""

    def facts(self, account: Account) -> Mapping[str, Any]:
        """Nothing that can be read."""
        return {}

    def _organisations(self, tokens: Tokens) -> list[str]:
        query = {"q": "roleAssignee", "role": "ADMINISTRATOR", "state": "APPROVED", "count": "100"}
        try:
            given = linkedin_api.get("organizationAcls", tokens.access_token, query)
        except Refused:
            return []  # not granted: the member alone can be connected
        return [element["organization"] for element in given.get("elements", [])]

    def _organisation(self, urn: str, token: str) -> FoundAccount:
        given = linkedin_api.get(f"organizations/{urn.rpartition(':')[2]}", token)
        return FoundAccount(
            external_account_id=urn,
            kind="organization",
            handle=given.get("vanityName") or urn,
            name=given.get("localizedName", ""),
        )

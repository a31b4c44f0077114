"""LinkedIn: login, the member, and the organisations that the member has a role in."""

from __future__ import annotations

import re
from typing import Any

from infra.local.simulators.platforms import oauth
from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.calls import Answer, Call, PlatformError, route
from infra.local.simulators.platforms.hosts.linkedin_media import error, token_of
from infra.local.simulators.platforms.oauth import Login, Refused
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World

LOGIN = Login(
    platform="linkedin",
    denied={"error": "user_cancelled_authorize", "error_description": "The user cancelled the authorization"},
)
_IDS = re.compile(r"List\(([^)]*)\)")


def _authorise(world: World, call: Call) -> Answer:
    return oauth.authorise(world, call, LOGIN)


def _token(world: World, call: Call) -> Answer:
    """Tokens for a code or a refresh token. A refresh does not lengthen the refresh token's life."""
    is_refresh = call.text("grant_type") == "refresh_token"
    try:
        oauth.check_client(LOGIN, call.text("client_id"), call.text("client_secret"))
        grant = (
            oauth.use_refresh(world, LOGIN, call.text("refresh_token"), rotates=False)
            if is_refresh
            else oauth.use_code(world, LOGIN, call)
        )
    except Refused as refused:
        text = "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. "
        wrong = (
            "Client authentication failed"
            if refused.error == "invalid_client"
            else text + refused.description
        )
        body = {"error": "invalid_request" if refused.error == "invalid_grant" else refused.error}
        raise PlatformError(
            body | {"error_description": wrong}, 401 if "client" in refused.error else 400
        ) from None
    scopes = grant.body["scopes"]
    access = oauth.mint(world, LOGIN, grant.owner, scopes)
    given: dict[str, Any] = {
        "access_token": access.id,
        "expires_in": int(access.body["lives"]),
        "scope": ",".join(scopes),
    }
    if world.settings["linkedin_refresh_tokens"]:
        refresh = grant if is_refresh else oauth.mint(world, LOGIN, grant.owner, scopes, "refresh")
        left = int(refresh.body["expires_at"] - world.now())
        given |= {"refresh_token": refresh.id, "refresh_token_expires_in": left}
    return Answer(body=given | {"token_type": "Bearer"})


def _revoke(world: World, call: Call) -> Answer:
    token = world.store.get(call.text("token"), "linkedin", "access", "refresh")
    if token:
        oauth.revoke(world, "linkedin", token.owner)
    return Answer(body={})


def _userinfo(world: World, call: Call) -> Answer:
    token = token_of(world, call, "openid", "profile", versioned=False)
    member = accounts_of(world, "linkedin", token.owner)[0]
    first, _, last = member.body["name"].partition(" ")
    facts = {"sub": member.id, "name": member.body["name"], "given_name": first, "family_name": last}
    return Answer(body=facts | {"locale": {"country": "CH", "language": "en"}})


def _acls(world: World, call: Call) -> Answer:
    token = token_of(world, call, "rw_organization_admin")
    member, *organizations = accounts_of(world, "linkedin", token.owner)
    role = call.text("role")
    elements = [
        {
            "role": each.body["role"],
            "organization": f"urn:li:organization:{each.id}",
            "roleAssignee": f"urn:li:person:{member.id}",
            "state": "APPROVED",
        }
        for each in organizations
        if role in {"", each.body["role"]}
    ]
    paging = {"start": 0, "count": 10, "links": [], "total": len(elements)}
    return Answer(body={"elements": elements, "paging": paging})


def _organization(world: World, call: Call, organization: str) -> Answer:
    token_of(world, call, "rw_organization_admin")
    found = world.store.get(organization, "linkedin", "account")
    if found is None or found.body["kind"] != "organization":
        raise error(404, "NOT_FOUND", f"Could not find entity {organization}")
    return Answer(body=_organization_node(found))


def _organizations(world: World, call: Call) -> Answer:
    token_of(world, call, "rw_organization_admin")
    match = _IDS.search(call.text("ids"))
    ids = match[1].split(",") if match else []
    found = [each for organization in ids if (each := world.store.get(organization, "linkedin", "account"))]
    return Answer(
        body={"results": {each.id: _organization_node(each) for each in found}, "statuses": {}, "errors": {}}
    )


def _organization_node(found: Object) -> dict[str, Any]:
    name = found.body["name"]
    localized = {"localized": {"en_US": name}, "preferredLocale": {"country": "US", "language": "en"}}
    facts = {
        "id": int(found.id),
        "localizedName": name,
        "vanityName": found.body["handle"],
        "name": localized,
    }
    return facts | {"primaryOrganizationType": "NONE", "organizationType": "PRIVATELY_HELD"}


_API = "api.linkedin.com/rest"
ROUTES = [
    route("GET", "www.linkedin.com/oauth/v2/authorization", "linkedin.authorise", _authorise),
    route("POST", "www.linkedin.com/oauth/v2/authorization", "linkedin.authorise", _authorise),
    route("POST", "www.linkedin.com/oauth/v2/accessToken", "linkedin.token", _token),
    route("POST", "www.linkedin.com/oauth/v2/revoke", "linkedin.revoke", _revoke),
    route("GET", "api.linkedin.com/v2/userinfo", "linkedin.userinfo", _userinfo),
    route("GET", f"{_API}/organizationAcls", "linkedin.acls", _acls),
    route("GET", f"{_API}/organizations", "linkedin.organizations", _organizations),
    route("GET", f"{_API}/organizationsLookup", "linkedin.organizations", _organizations),
    route("GET", f"{_API}/organizations/{{}}", "linkedin.organization", _organization),
]

"""Who uses the platform while it is under fire, and what each of them needs before."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from infra.cli.api_client import Client, ask
from infra.cli.campaign import api as campaign_api
from infra.cli.social import api as social_api
from infra.cli.social import connecting
from infra.cli.social.connecting import LocalPeople
from infra.local.chaos.platform import Platform
from infra.local.demo.files import picture
from infra.local.identity.users import USERS, LocalUser, insert_users

# Besides the users of the local runtime: four more retailers, the last of whom means harm.
RETAILERS = tuple(
    LocalUser(
        key=f"tenant{number}",
        user_id=UUID(f"c0000000-0000-4000-8000-0000000000{number:02}"),
        user_email=f"tenant{number}@example.com",
        user_name=f"Watches of town {number}",
        user_type="retailer",
        postal_address=f"Watches of town {number}, 1 High Street, Town {number}, United Kingdom",
    )
    for number in (11, 12, 13, 14)
)
# US dollars in a month.
BUDGET = 100_000
# Where a person has several accounts, the company's.
KINDS = {"page", "organization", "business", "creator", "channel", "user"}
# These take a post of text alone.
TEXT_PLATFORMS = ("facebook", "twitter", "linkedin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """An account that uses the platform. `accounts`: of social platforms, by platform; `image`: a file of its own."""

    user: LocalUser
    client: Client
    sender: str = ""
    accounts: dict[str, str]
    image: str = ""

    @property
    def key(self) -> str:
        """Its name in figures."""
        return self.user.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenants:
    """Tenants by what they do. One may do several things."""

    campaign_id: str  # which all of them take part in
    admin: Tenant
    writers: tuple[Tenant, ...]
    texters: tuple[Tenant, ...]
    posters: tuple[Tenant, ...]
    hostile: Tenant


def prepare(platform: Platform) -> Tenants:
    """Sign all tenants up, let them join a campaign, verify their senders, give them budgets, connect accounts."""
    insert_users(platform.database_url, RETAILERS)
    brand, admin = platform.client(USERS["brand"]), platform.client(USERS["admin"])
    campaign_id = campaign_api.new_campaign(brand, "Under fire", is_open=True)
    retailers = [
        _retailer(platform, user, campaign_id) for user in (USERS["retailer"], USERS["retailer2"], *RETAILERS)
    ]
    *writers, hostile = retailers
    for user in (USERS["admin"], *(each.user for each in writers)):
        limits = {"monthly_budget": BUDGET, "may_send_transactional": True}
        ask(admin, "PUT", f"/senders/{user.user_id}/sms", limits)
    posters = [
        _poster(platform, admin, USERS["brand"], social_api.PLATFORMS),
        _poster(platform, admin, USERS["retailer2"], TEXT_PLATFORMS),
    ]
    administrator = Tenant(user=USERS["admin"], client=admin, accounts={})
    return Tenants(
        campaign_id=campaign_id,
        admin=administrator,
        writers=tuple(writers),
        texters=(administrator, *writers[:2]),
        posters=tuple(posters),
        hostile=hostile,
    )


def _retailer(platform: Platform, user: LocalUser, campaign_id: str) -> Tenant:
    client, domain = platform.client(user), f"{user.key}.example"
    ask(client, "POST", f"/campaigns/{campaign_id}/join")
    campaign_api.claim_sender(client, domain)
    return Tenant(user=user, client=client, sender=f"news@{domain}", accounts={})


def _poster(platform: Platform, admin: Client, user: LocalUser, platforms: tuple[str, ...]) -> Tenant:
    """A tenant with one account at each of these platforms."""
    client = platform.client(user)
    budget = {"user_id": str(user.user_id), "monthly_budget": f"{BUDGET}.00"}
    ask(admin, "PUT", "/social-budget", budget)
    accounts = {name: _connect(platform, client, name, person=user.key) for name in platforms}
    image = campaign_api.upload_csv(client, picture("Watch.png", user.key))
    return Tenant(user=user, client=client, accounts=accounts, image=image)


def _connect(platform: Platform, client: Client, name: str, person: str) -> str:
    """Connect one account of a person; its consent page is answered as the person would. Returns the account's id."""
    people = LocalPeople(consent=lambda url, who: platform.platforms.consent(url, person=who))
    begun = connecting.begin(client, name, connecting.LOCAL_RETURN_URL)
    connecting.consent_as(people, begun["authorise_url"], person)
    connection_id = str(begun["connection_id"])
    choices = connecting.wait(client, connection_id)["choices"]
    (wanted, *_) = (
        str(each["external_account_id"])
        for each in choices
        if not each["lacks"] and each["account_kind"] in KINDS
    )
    (account,) = connecting.choose(client, connection_id, [wanted])
    return str(account["account_id"])

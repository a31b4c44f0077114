"""What a stage's Amazon SES lacks: production access, quota, event destination, verified identities (DKIM)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import boto3

from infra.cli.doctor.findings import Finding, good, note, wrong
from infra.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import IdentityInfoTypeDef

# Identities whose details are asked for, a request each: only of those that are not verified.
EXPLAINED: Final = 20
# A quota that is nearly used up is worth knowing before a campaign.
NEARLY: Final = 0.8
EVENTS: Final = {"SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY"}


def look_at_account(settings: Settings) -> Iterator[Finding]:
    """The sandbox, and the sending quota."""
    account = _ses(settings).get_account()
    if account.get("ProductionAccessEnabled"):
        yield good("SES has production access in this Region.")
    else:
        yield wrong(
            "SES is in its sandbox: it sends only to verified addresses, 200 messages a day.",
            f"Ask AWS for production access to SES in Region {settings.region}.",
        )
    if not account.get("SendingEnabled"):
        status = account.get("EnforcementStatus", "unknown")
        yield wrong(f"SES does not send for this account: {status}.", "Look at the SES account dashboard.")
    quota = account["SendQuota"]
    day, sent, rate = quota["Max24HourSend"], quota["SentLast24Hours"], quota["MaxSendRate"]
    told = (
        f"SES sends {rate:,.0f} messages per second and {day:,.0f} in 24 hours; {sent:,.0f} of these are used"
    )
    yield note(f"{told}.", "Ask AWS for a higher quota.") if 0 < day * NEARLY <= sent else good(f"{told}.")


def look_at_events(settings: Settings) -> Iterator[Finding]:
    """Whether SES reports what becomes of messages: without it nobody learns of bounces and complaints."""
    ses, name = _ses(settings), f"ddp-{settings.stage}-email"
    deploy = f"Deploy the stack ddp-{settings.stage}-messaging."
    try:
        found = ses.get_configuration_set_event_destinations(ConfigurationSetName=name)["EventDestinations"]
    except ses.exceptions.NotFoundException:
        yield wrong(f"SES has no configuration set {name}.", deploy)
        return
    reported = {
        kind
        for each in found
        if each.get("Enabled") and each.get("SnsDestination")
        for kind in each["MatchingEventTypes"]
    }
    if missing := sorted(EVENTS - reported):
        yield wrong(
            f"SES does not report {', '.join(missing)} for {name}.", f"Nobody learns of these. {deploy}"
        )
    else:
        yield good(f"SES reports what becomes of messages of {name}.")


def look_at_identities(settings: Settings) -> Iterator[Finding]:
    """Whether the identities of the account are verified; those of a domain by DKIM."""
    ses = _ses(settings)
    identities = list(_identities(ses))
    lacking = [each["IdentityName"] for each in identities if each.get("VerificationStatus") != "SUCCESS"]
    for name in lacking[:EXPLAINED]:
        yield _identity(ses, name)
    if len(lacking) > EXPLAINED:
        yield note(f"{len(lacking) - EXPLAINED:,} further identities are not verified.")
    verified = len(identities) - len(lacking)
    if verified:
        yield good(f"{verified:,} of {len(identities):,} domains and addresses are verified.")
    else:
        remedy = "Add one under /sender-identities (ddp campaign sender DOMAIN) and follow its instructions."
        yield wrong("SES has no verified domain or address to send from.", remedy)


def _identities(ses: SESV2Client) -> Iterator[IdentityInfoTypeDef]:
    page = ses.list_email_identities(PageSize=1000)
    yield from page["EmailIdentities"]
    while token := page.get("NextToken"):
        page = ses.list_email_identities(PageSize=1000, NextToken=token)
        yield from page["EmailIdentities"]


def _identity(ses: SESV2Client, name: str) -> Finding:
    """A note: it is its owner's to prove, and nobody else is held up."""
    dkim = ses.get_email_identity(EmailIdentity=name).get("DkimAttributes", {})
    tokens = ", ".join(f"{token}._domainkey.{name}" for token in dkim.get("Tokens", []))
    records = (
        f"Its owner has to publish the CNAME records {tokens}." if tokens else "Its owner has to prove it."
    )
    return note(f"{name} is not verified; its DKIM is {dkim.get('Status', 'unknown')}.", records)


def _ses(settings: Settings) -> SESV2Client:
    return boto3.client("sesv2", region_name=settings.region)


LOOKS: Final[tuple[Callable[[Settings], Iterator[Finding]], ...]] = (
    look_at_account, look_at_events, look_at_identities,
)  # fmt: skip

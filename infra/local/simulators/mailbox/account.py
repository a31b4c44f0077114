"""The identities that the SES account may send from."""

from __future__ import annotations

from email.utils import parseaddr

from infra.local.simulators.mailbox.api import SesError

# Domains that nobody can own (RFC 2606). They are verified at once, because they cannot have DNS records.
VERIFIED_AT_ONCE = (".example", ".example.com", ".example.org", ".example.net")


def is_verified(identities: dict[str, bool], sender: str) -> bool:
    """Whether the sender's address (`Name <address>`), its domain or a parent domain is verified."""
    address = parseaddr(sender)[1].lower()
    labels = address.rpartition("@")[2].split(".")
    domains = {".".join(labels[start:]) for start in range(len(labels))}
    return any(identities.get(name, False) for name in domains | {address})


def verifies_at_once(identity: str) -> bool:
    """Whether nobody can own the identity's domain."""
    return f".{identity.rpartition('@')[2]}".endswith(VERIFIED_AT_ONCE)


def check_sender(identities: dict[str, bool], sender: str, region: str) -> None:
    """Raise SES's error unless the sender's identity is verified."""
    if not is_verified(identities, sender):
        raise SesError(
            "MessageRejected",
            "Email address is not verified. The following identities failed the check in region "
            f"{region.upper()}: {parseaddr(sender)[1] or sender}",
        )

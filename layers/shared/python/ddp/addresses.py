"""E-mail addresses: one form for each mailbox, what is no usable address and why, and the hash under which it is known.

Usable is what SES takes: a local part of ASCII (RFC 5321's dot-string; quoted local parts and SMTPUTF8 are refused),
and a domain that IDNA 2008 (UTS 46 for case and width) turns into ASCII, with at least two labels.
"""

from __future__ import annotations

import hmac
import re

from ddp import keys

LONGEST = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
LONGEST_LOCAL_PART = 64
LONGEST_DOMAIN = 253

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
# The last label is no number: it would be an IPv4 address.
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]+\Z){_LABEL}")
# Nearly all of a real list, in one step.
_PLAIN = re.compile(rf"{_LOCAL_PART.pattern}@{_DOMAIN.pattern}").fullmatch
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")

_REASONS = {
    "empty": "There is no address.",
    "control-character": "The address has control or invisible characters.",
    "no-at": "An address has one @, with something before and after it.",
    "too-long": f"An address has at most {LONGEST} characters, {LONGEST_LOCAL_PART} of them before the @.",
    "quoted": "Addresses with quotes before the @ are not supported.",
    "non-ascii-local-part": "Before the @ only unaccented letters are supported: the provider does not take others.",
    "local-part": "What stands before the @ is not a mailbox's name.",
    "domain": "What stands after the @ is not a domain name.",
}


class AddressError(ValueError):
    """No usable address; `code` is a stable word, `reason` a sentence for people."""

    def __init__(self, code: str) -> None:
        super().__init__(_REASONS[code])
        self.code = code
        self.reason = _REASONS[code]


def normalise_email(text: str) -> str:
    """The one form of an address: trimmed, in lower case, its domain in ASCII. Raises AddressError.

    Case before the @ is given up, as every large mailbox provider does: `Ann@x.org` and `ann@x.org` are one
    recipient, one hash, one row of a ledger.
    """
    given = text.strip()
    address = given.lower()
    # Of the text as given: the lower case of some letters beyond ASCII (U+212A, the Kelvin sign) is in ASCII.
    if not given.isascii() or len(given) > LONGEST or not _PLAIN(address):
        address = _slowly(given)
    if address.index("@") > LONGEST_LOCAL_PART or len(address) > LONGEST:
        raise AddressError("too-long")
    return address


def _slowly(address: str) -> str:
    """Whatever is not plain: an international domain, or a mistake, which is named."""
    if not address:
        raise AddressError("empty")
    if _UNPRINTABLE.search(address):
        raise AddressError("control-character")
    local_part, _, domain = address.rpartition("@")
    if not local_part or not domain:
        raise AddressError("no-at")
    return f"{_local_part(local_part)}@{_domain(domain)}"


def _local_part(text: str) -> str:
    if '"' in text:
        raise AddressError("quoted")
    if "@" in text:
        raise AddressError("no-at")
    if not text.isascii():
        raise AddressError("non-ascii-local-part")
    if len(text) > LONGEST_LOCAL_PART:
        raise AddressError("too-long")
    if not _LOCAL_PART.fullmatch(text.lower()):
        raise AddressError("local-part")
    return text.lower()


def _domain(text: str) -> str:
    # Before IDNA, whose checks grow with the square of the length.
    if len(text) > LONGEST_DOMAIN:
        raise AddressError("too-long")
    domain = text.lower() if text.isascii() else _ascii(text)
    if not _DOMAIN.fullmatch(domain):
        raise AddressError("domain")
    return domain


def _ascii(domain: str) -> str:
    import idna  # here, because its tables take longer to load than most starts have use for them

    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise AddressError("domain") from None


def email_hash(address: str) -> bytes:
    """32 bytes under which a normalised address is known to suppressions: HMAC-SHA256, keyed for this purpose."""
    return hmac.digest(keys.derive(keys.ADDRESS_HASH), address.encode(), "sha256")


def mask(address: str) -> str:
    """f***@e***.com for friend@example.com, normalised: as the ledger shows it (ddp.mask_address in SQL)."""
    local_part, _, domain = address.partition("@")
    return f"{local_part[:1]}***@{domain[:1]}***.{domain.rpartition('.')[2]}"

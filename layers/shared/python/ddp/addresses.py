"""E-mail addresses: normalising, the reasons for refusing one, hashing and masking.

A usable address is one that SES accepts: an ASCII local part (RFC 5321 dot-string; quoted local parts and SMTPUTF8
are refused), and a domain of at least two labels that IDNA 2008 (with UTS 46 mapping) converts to ASCII.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping

from ddp import keys

LONGEST = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
LONGEST_LOCAL_PART = 64
LONGEST_DOMAIN = 253

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
# A numeric last label would make it an IPv4 address.
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]+\Z){_LABEL}")
# Matches almost every address of a real list in one step.
_PLAIN = re.compile(rf"{_LOCAL_PART.pattern}@{_DOMAIN.pattern}").fullmatch
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")

_REASONS = {
    "empty": "The address is missing.",
    "control-character": "The address contains control or invisible characters.",
    "no-at": "An address needs exactly one @, with text before and after it.",
    "too-long": f"An address may have at most {LONGEST} characters, at most {LONGEST_LOCAL_PART} of them before the @.",
    "quoted": "Addresses with quotes before the @ are not supported.",
    "non-ascii-local-part": "The part before the @ may contain only ASCII characters: the provider accepts no others.",
    "local-part": "The part before the @ is not a valid mailbox name.",
    "domain": "The part after the @ is not a valid domain name.",
}


class AddressError(ValueError):
    """The text is not a usable address. `code` is stable; `reason` is its sentence for people, one of `reasons`."""

    def __init__(self, code: str, reasons: Mapping[str, str] = _REASONS) -> None:
        super().__init__(reasons[code])
        self.code = code
        self.reason = reasons[code]


def normalise_email(text: str) -> str:
    """Return an address trimmed, in lower case, with its domain in ASCII. Raises AddressError.

    The local part is lower-cased too, as every large mailbox provider does: `Ann@x.org` and `ann@x.org` are the same
    recipient, with one hash and one row in the ledger.
    """
    given = text.strip()
    address = given.lower()
    # Check the original text: some non-ASCII letters (U+212A, the Kelvin sign) lower-case to ASCII.
    if not given.isascii() or len(given) > LONGEST or not _PLAIN(address):
        address = _slowly(given)
    if address.index("@") > LONGEST_LOCAL_PART or len(address) > LONGEST:
        raise AddressError("too-long")
    return address


def _slowly(address: str) -> str:
    """Normalise an address with an international domain; raise AddressError with the reason for any other."""
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
    # Checked first, because IDNA's checks take quadratic time.
    if len(text) > LONGEST_DOMAIN:
        raise AddressError("too-long")
    domain = text.lower() if text.isascii() else _ascii(text)
    if not _DOMAIN.fullmatch(domain):
        raise AddressError("domain")
    return domain


def _ascii(domain: str) -> str:
    import idna  # imported only if needed: its tables load slowly

    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise AddressError("domain") from None


def email_hash(address: str) -> bytes:
    """The 32 bytes that identify a normalised address in suppressions: HMAC-SHA256 under the ADDRESS_HASH key."""
    return hmac.digest(keys.derive(keys.ADDRESS_HASH), address.encode(), "sha256")


def phone_hash(number: str) -> bytes:
    """As email_hash, of a number in E.164. No number is also an e-mail address, so that one key serves for both."""
    return hmac.digest(keys.derive(keys.ADDRESS_HASH), number.encode(), "sha256")


def mask(address: str) -> str:
    """Mask a normalised address as the ledger shows it: friend@example.com → f***@e***.com.

    ddp.mask_address does the same in SQL.
    """
    local_part, _, domain = address.partition("@")
    return f"{local_part[:1]}***@{domain[:1]}***.{domain.rpartition('.')[2]}"

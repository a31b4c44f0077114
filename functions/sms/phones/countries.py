"""Where SMS go, and why none go to a country."""

from __future__ import annotations

from typing import Final

from ddp import settings
from ddp.errors import Invalid

# The one authority on where messages go: ISO 3166-1 alpha-2, separated by spaces.
ENABLED: Final = frozenset(settings.optional("DDP_SMS_COUNTRIES").split())

_REASONS: Final = {
    "country-not-enabled": "The platform sends no SMS to this country ({country}): administrators decide where it"
    " does.",
    "no-sender": "There is nothing to send from to this country ({country}) for this type of message: an administrator"
    " assigns an active origination identity. India also needs the registered ids of the sender and of the template.",
    "no-price": "It is not known what an SMS to this country ({country}) costs: an administrator imports the price.",
}


def refusal(code: str, country: str) -> Invalid:
    """Why no message goes to this country. `code`: country-not-enabled, no-sender or no-price."""
    return Invalid(_REASONS[code].format(country=country), code=code)

"""The price of e-mail, which no row of the ledger has."""

from __future__ import annotations

from decimal import Decimal

from ddp import settings

# The price of a thousand e-mails, in the currency of budgets; Amazon SES asks 0.10 US dollars.
EMAIL_PER_THOUSAND = Decimal(settings.optional("DDP_EMAIL_PRICE_PER_THOUSAND", "0.10"))

"""Made-up origination identities and prices of SMS, and numbers that exist in no network."""

from __future__ import annotations

from decimal import Decimal

# Identity, country, kind, whether it is two-way and manages opt-outs, parts per second, India's entity.
ORIGINS = (
    ("72645", "US", "short_code", True, True, 100, None),
    ("+12044005550", "CA", "long_code", True, True, 1, None),
    ("+447860019001", "GB", "long_code", True, True, 10, None),
    ("DEMO", "FR", "sender_id", False, False, 10, None),
    ("DEMO", "DE", "sender_id", False, False, 10, None),
    ("DEMO", "JM", "sender_id", False, False, 10, None),
    ("DEMOIN", "IN", "sender_id", False, False, 10, "1701100000000000001"),
    ("DEMO", "NL", "sender_id", False, False, 10, None),
)  # fmt: skip
PRICES = (
    ("US", "short_code", Decimal("0.00883")),
    ("CA", "long_code", Decimal("0.01200")),
    ("GB", "long_code", Decimal("0.04520")),
    ("FR", "sender_id", Decimal("0.06500")),
    ("DE", "sender_id", Decimal("0.09500")),
    ("JM", "sender_id", Decimal("0.21000")),
    ("IN", "sender_id", Decimal("0.00240")),
)

US, CA, GB, FR, DE, JM = (
    "+12025550101", "+14165550123", "+447400123456", "+33612345678", "+4915112345678", "+18765550123",
)  # fmt: skip

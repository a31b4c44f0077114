"""What an operator may set in the account."""

from __future__ import annotations

from dataclasses import dataclass

from infra.local.simulators.phone.account.identities import PROTECT


@dataclass(slots=True, kw_only=True)
class Settings:
    """What an operator may set in the account, and tests change. `spend_limit` is in US dollars per month.

    `countries`: those that the protect configuration allows; empty: all. `rates`: message parts per second by identity,
    instead of the account's.
    """

    configuration_set: str
    opt_out_list: str
    protect: str = PROTECT
    countries: tuple[str, ...] = ()
    spend_limit: int = 1_000_000
    rates: dict[str, float] | None = None

    def allows(self, country: str) -> bool:
        """Whether the protect configuration allows messages to a country."""
        return not self.countries or country in self.countries

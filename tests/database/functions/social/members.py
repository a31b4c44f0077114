"""People who act for the account of another."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID, uuid4

from tests.database.platform import Platform


class Acting(NamedTuple):
    """A person, by the name that `ask` takes, and the account to act for."""

    user: str
    account: UUID


def member(platform: Platform, of: str, role: str) -> Acting:
    """A person who acts for a user's account in this role."""
    name = f"{role} of {of}"
    platform.users[name] = uuid4()
    platform.run(
        "insert into users (user_id, user_email, user_name, user_type) values (%s, %s, %s, 'retailer')",
        platform.users[name], f"{platform.users[name]}@example.com", name,
    )  # fmt: skip
    platform.run(
        "insert into account_members (account_id, member_id, member_role, accepted_at) values (%s, %s, %s, now())",
        platform.users[of], platform.users[name], role,
    )  # fmt: skip
    return Acting(name, platform.users[of])

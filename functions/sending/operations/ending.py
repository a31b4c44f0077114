"""What people should know of brand assets that end and that a message attaches or shows."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg.rows import DictRow


def warnings(assets: Sequence[DictRow]) -> list[str]:
    """A sentence for each asset; `asset_name` and `available_until` as ddp.queries.files.asset_uses has them."""
    return [
        f"“{asset['asset_name']}” may be used until {asset['available_until']:%Y-%m-%d %H:%M} UTC: what goes out"
        " later must not contain it. A send that begins after that time is refused."
        for asset in assets
    ]

"""What the messages of all channels show: the recipient's data, what the sender says of itself, slots."""

from __future__ import annotations

from collections.abc import Mapping


def variables_of(
    data: Mapping[str, object],
    sender_profile: Mapping[str, object] | None,
    slots: Mapping[str, object] | None,
) -> dict[str, object]:
    """The variables of a message: the data, `sender` and `slot`.

    A recipient's own value called `sender` goes before the sender's, because it did before there was one. Not where the
    template has slots or is locked (`slots` is not None): there nothing but the slots may bring in other content.
    """
    sender = {"sender": dict(sender_profile)} if sender_profile else {}
    if slots is None:
        return {**sender, **data}
    return {**data, "sender": {}, **sender, "slot": dict(slots)}

"""One text for both ledgers: SQL about e-mail, and the same SQL about SMS.

The SQL that moves `email_sends` through their states is written once. The migrator and the named queries make its twin,
which moves `sms_sends`, by exchanging the channel's words. Where the channels differ, the text calls a small function
that each channel writes by hand.
"""

from __future__ import annotations

import re

# Names that the general rule would spell wrongly. None: the name stays, because it is not about the channel.
_NAMES: dict[str, str | None] = {"recipient_email": "recipient_phone", "user_email": None}

# What people read, longest first.
_WORDS = {
    "E-mails": "SMS messages",
    "e-mails": "SMS messages",
    "E-mail": "SMS",
    "e-mail": "SMS",
}

# `email` as a word of its own, or as a part of a name such as `claim_email_sends` or `email-campaign-not-found`.
_NAME = re.compile(r"[a-z0-9_]*(?<![a-z0-9])email(?![a-z0-9])[a-z0-9_]*")
_PART = re.compile(r"(?<![a-z0-9])email(?![a-z0-9])")
_WORD = re.compile("|".join(_WORDS))


def exchange(text: str) -> str:
    """The text about SMS that corresponds to a text about e-mail."""
    return _WORD.sub(lambda word: _WORDS[word[0]], _NAME.sub(lambda name: _exchanged(name[0]), text))


def _exchanged(name: str) -> str:
    if name in _NAMES:
        return _NAMES[name] or name
    return _PART.sub("sms", name)

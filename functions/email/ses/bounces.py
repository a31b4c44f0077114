"""Does a bounce say that the mailbox does not exist, or only that this message was refused?

Nobody may write to a mailbox that does not exist. A refusal counts for its sender alone: a sender who sends badly
authenticated messages gets as many refusals as it likes, of any address.

Enhanced status codes (RFC 3463, RFC 7505) of permanent bounces:

| code | says | counts for |
|---|---|---|
| 5.1.1 | no mailbox of this name | everyone |
| 5.1.6 | the mailbox has moved, without a new address | everyone |
| 5.1.10 | the domain takes no mail (null MX) | everyone |
| 5.1.2, 5.4.x | no server found: also while the domain's DNS is broken | the sender |
| 5.2.1 | mailbox disabled; Gmail also says this of one that gets too many messages | the sender |
| 5.2.2, 5.2.3, 5.3.x, 5.5.x, 5.6.x | mailbox full, message too large, server or content in trouble | the sender |
| 5.7.x | policy: authentication, reputation, content | the sender |
| 5.0.0, 5.1.0, none | nothing | the sender |

SES's sub-types: only `General` and `NoEmail` are words of the recipient's server. With `Suppressed` and
`OnAccountSuppressionList` SES did not ask that server, and writes 5.1.1 whatever led to its list.
"""

from __future__ import annotations

import re

MISSING_MAILBOX = frozenset({"5.1.1", "5.1.6", "5.1.10"})
_WORDS_OF_THE_SERVER = frozenset({"General", "NoEmail"})

# An enhanced status code, and not a part of an IP address.
_CODE = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")


def mailbox_is_missing(bounce_type: str, subtype: str, status: str, diagnosis: str) -> bool:
    """Whether the mailbox does not exist; the arguments are SES's fields, `diagnosis` its diagnosticCode.

    The server's own words count. SES's `status` counts only where these have no code: it is more general.
    """
    if bounce_type != "Permanent" or subtype not in _WORDS_OF_THE_SERVER:
        return False
    codes = set(_CODE.findall(diagnosis)) or {status}
    return codes <= MISSING_MAILBOX

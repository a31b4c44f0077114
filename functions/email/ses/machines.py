"""Was it a person who opened or followed a link? Of several readings the one is taken that counts fewer people.

What is known of who fetches images and links of messages:

* Apple's Mail Privacy Protection loads every image of every message through a proxy, read or not, with the agent
  `Mozilla/5.0` and nothing else (help.socketlabs.com, "Identifying Apple MPP opens"). A machine.
* Gmail loads images ahead for users whose Gmail happens to be open, with the agent of an Edge 12 of 2015 and another
  `Mozilla/5.0` after it: never a person (SparkPost, now bird.com, "Gmail is prefetching images"). A machine.
* Gmail's image cache `(via ggpht.com GoogleImageProxy)` and `YahooMailProxy` fetch when a person opens the message,
  for that person's privacy (ibid.; support.google.com/mail, "images are scanned"). A person.
* Mail gateways follow links and load images before they deliver, or at once after it. Some say who they are; others
  send a browser's agent, and only give themselves away by their haste: nobody reads a message within two seconds of the
  time at which SES took it. Delivery itself is not measured against: its event may come later than the open, and what a
  message's events say must not depend on their order.
* Agents of HTTP libraries, link previews of chats, crawlers. Machines. So is no agent at all.

A machine's open is kept apart (machine_opened_at), its click is none. Both still prove that the message was accepted.
A scanner that waits, with a browser's agent, passes for a person: without the network it came from nobody can tell.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

# From the time at which SES took the message.
HASTE = timedelta(seconds=2)

_APPLE_PRIVACY = "Mozilla/5.0"
_GMAIL_AHEAD = re.compile(
    r"Chrome/42\.0\.2311\.135 Safari/537\.36 Edge/12\.246 (?:Mozilla/5\.0|Gmail-content-sampling)"
)
_MACHINE = re.compile(
    r"(?<!cu)bot\b|crawl|spider|scanner|preview|prefetch|headless|phantomjs|monitor"  # Cubot makes telephones
    r"|barracuda|mimecast|proofpoint|trendmicro|forcepoint|symantec|messagelabs|sophos|fireeye|safelinks|urldefense"
    r"|facebookexternalhit|whatsapp/|embedly|amazon cloudfront|hubspot connect"
    r"|\bcurl/|\bwget|python|\bjava/|go-http-client|okhttp|libwww|apache-httpclient|\bahc/|axios|node-fetch|\bruby|\bperl|winhttp",
    re.IGNORECASE,
)


def is_machine(agent: str, at: datetime, accepted_at: datetime) -> bool:
    """Whether an open or click at `at`, of a message that SES took at `accepted_at`, was a machine's."""
    return at - accepted_at < HASTE or is_machine_agent(agent)


@lru_cache(maxsize=4096)
def is_machine_agent(agent: str) -> bool:
    """Whether a User-Agent is one of a program that acts by itself."""
    agent = agent.strip()
    return agent in {"", _APPLE_PRIVACY} or bool(_GMAIL_AHEAD.search(agent) or _MACHINE.search(agent))

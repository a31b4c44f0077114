"""Tells whether a person or a machine opened a message or followed a link. In doubt, it was a machine.

What fetches the images and links of messages:

* Apple's Mail Privacy Protection loads every image of every message through a proxy, read or not, with the agent
  `Mozilla/5.0` and nothing else (help.socketlabs.com, "Identifying Apple MPP opens"). A machine.
* Gmail loads images ahead for users whose Gmail happens to be open, with the agent of an Edge 12 of 2015 and another
  `Mozilla/5.0` after it: never a person (SparkPost, now bird.com, "Gmail is prefetching images"). A machine.
* Gmail's image cache `(via ggpht.com GoogleImageProxy)` and `YahooMailProxy` fetch when a person opens the message,
  for that person's privacy (ibid.; support.google.com/mail, "images are scanned"). A person.
* Mail gateways follow links and load images before they deliver, or immediately afterwards. Some say who they are;
  others send a browser's agent, and only their haste shows: nobody reads a message within two seconds after the
  provider accepted it. The time of delivery is no measure: its event may come after the open, and the result must not
  depend on the order of events. Machines.
* HTTP libraries, link previews of chats, crawlers, and requests without an agent. Machines.

A machine's open is stored apart (machine_opened_at), its click does not count. Both still prove that the message was
accepted. A scanner that waits and sends a browser's agent passes for a person.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

# After the time at which the provider accepted the message.
HASTE = timedelta(seconds=2)

_APPLE_PRIVACY = "Mozilla/5.0"
_GMAIL_AHEAD = re.compile(
    r"Chrome/42\.0\.2311\.135 Safari/537\.36 Edge/12\.246 (?:Mozilla/5\.0|Gmail-content-sampling)"
)
_MACHINE = re.compile(
    r"(?<!cu)bot\b|crawl|spider|scanner|preview|prefetch|headless|phantomjs|monitor"  # Cubot is a make of phones
    r"|barracuda|mimecast|proofpoint|trendmicro|forcepoint|symantec|messagelabs|sophos|fireeye|safelinks|urldefense"
    r"|facebookexternalhit|whatsapp/|embedly|amazon cloudfront|hubspot connect"
    r"|\bcurl/|\bwget|python|\bjava/|go-http-client|okhttp|libwww|apache-httpclient|\bahc/|axios|node-fetch|\bruby|\bperl|winhttp",
    re.IGNORECASE,
)


def is_machine(agent: str, at: datetime, accepted_at: datetime) -> bool:
    """Whether a machine opened or clicked at `at` a message that was accepted at `accepted_at`; aware datetimes."""
    return at - accepted_at < HASTE or is_machine_agent(agent)


@lru_cache(maxsize=4096)
def is_machine_agent(agent: str) -> bool:
    """Whether a User-Agent belongs to a program that acts by itself."""
    agent = agent.strip()
    return agent in {"", _APPLE_PRIVACY} or bool(_GMAIL_AHEAD.search(agent) or _MACHINE.search(agent))

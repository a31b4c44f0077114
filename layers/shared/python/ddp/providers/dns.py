"""Asks the DNS for TXT records: what the owners of domains publish to prove that they own them.

Over TCP, where an answer is never too long, to the machine's own resolver. On AWS that is the VPC's, which needs no way
to the internet.
"""

from __future__ import annotations

from functools import cache

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

from ddp import settings
from ddp.observability import logger

# host:port of the resolver; by default the machine's.
SERVER = settings.optional("DDP_DNS_SERVER")

_SECONDS = 3.0


def txt(name: str) -> frozenset[str]:
    """The TXT records of a name; empty if there are none, or if the DNS gives no answer, which is logged."""
    try:
        answer = _resolver(SERVER).resolve(name, "TXT", tcp=True, search=False)
    except (NXDOMAIN, NoAnswer):
        return frozenset()
    except (DNSException, OSError) as error:
        logger.warning("the DNS gave no answer", record=name, error=repr(error))
        return frozenset()
    return frozenset(b"".join(record.strings).decode("ascii", "replace") for record in answer)


@cache
def _resolver(server: str) -> Resolver:
    resolver = Resolver(configure=not server)
    resolver.lifetime = _SECONDS
    if server:
        host, _, port = server.rpartition(":")
        resolver.nameservers, resolver.port = [host], int(port)
    return resolver

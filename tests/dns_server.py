"""A DNS server on this machine, for names that exist only in tests."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rrset


@dataclass(slots=True)
class Zone:
    """What the server answers: TXT records by name, and raw answers by name, which replace the query id's answer."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    raw: dict[str, bytes] = field(default_factory=dict)
    address: str = ""


def query(name: str) -> bytes:
    """A query for the TXT records of a name."""
    return dns.message.make_query(name, "TXT").to_wire()


def answer(query: bytes, zone: Zone) -> bytes:
    """The answer to a query for TXT records, with a CNAME before them, as resolvers give it."""
    response = dns.message.make_response(dns.message.from_wire(query))
    response.flags |= dns.flags.RA
    asked = response.question[0].name
    name = asked.to_text(omit_final_dot=True)
    if name in zone.raw:
        return zone.raw[name]
    if texts := zone.texts.get(name):
        quoted = [" ".join(f'"{text[n : n + 200]}"' for n in range(0, len(text) or 1, 200)) for text in texts]
        alias = f"a.{asked}"
        response.answer = [
            dns.rrset.from_text(asked, 60, "IN", "CNAME", alias),
            dns.rrset.from_text(alias, 60, "IN", "TXT", *quoted),
        ]
    return response.to_wire()


@contextmanager
def serving() -> Iterator[Zone]:
    """A server, at `zone.address`, until the block ends."""
    zone = Zone()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            (length,) = struct.unpack("!H", self.rfile.read(2))
            message = answer(self.rfile.read(length), zone)
            self.wfile.write(struct.pack("!H", len(message)) + message)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        zone.address = f"127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield zone
        server.shutdown()
        thread.join()

"""A DNS server on this machine, for names that exist only in tests."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Zone:
    """What the server answers: TXT records by name, and raw answers by name, which replace the query id's answer."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    raw: dict[str, bytes] = field(default_factory=dict)
    address: str = ""


def answer(query: bytes, zone: Zone) -> bytes:
    """The answer to a query for TXT records, with a CNAME before them, as resolvers give it."""
    name, position = [], 12
    while query[position]:
        name.append(query[position + 1 : position + 1 + query[position]].decode())
        position += 1 + query[position]
    question = query[12 : position + 5]
    asked = ".".join(name)
    if asked in zone.raw:
        return zone.raw[asked]
    alias = b"\xc0\x0c" + struct.pack("!HHIH", 5, 1, 60, 4) + b"\x01a\xc0\x0c"
    records = [alias] if zone.texts.get(asked) else []
    for text in zone.texts.get(asked, []):
        parts = [text[n : n + 200].encode() for n in range(0, len(text), 200)]
        data = b"".join(bytes((len(part),)) + part for part in parts)
        records.append(b"\x01a\xc0\x0c" + struct.pack("!HHIH", 16, 1, 60, len(data)) + data)
    head = query[:2] + struct.pack("!HHHHH", 0x8180, 1, len(records), 0, 0)
    return head + question + b"".join(records)


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
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield zone
        server.shutdown()
        thread.join()

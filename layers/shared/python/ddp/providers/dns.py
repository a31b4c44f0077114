"""Asks the DNS for TXT records (RFC 1035): what the owners of domains publish to prove that they own them.

Over TCP, where an answer is never too long, to the machine's own resolver, which follows CNAMEs. On AWS that is the
VPC's, which needs no way to the internet.
"""

from __future__ import annotations

import secrets
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

from ddp import settings
from ddp.observability import logger

# host:port of the resolver; by default the first of the machine's.
SERVER = settings.optional("DDP_DNS_SERVER")

_SECONDS = 3
_TXT, _IN = 16, 1
_RECURSION_DESIRED = 0x0100
_HEADER = struct.Struct("!HHHHHH")
_RECORD = struct.Struct("!HHIH")  # type, class, time to live, length of the data
_POINTER = 0xC0


def txt(name: str) -> frozenset[str]:
    """The TXT records of a name; empty if there are none, or if the DNS gives no answer, which is logged."""
    query_id = secrets.randbelow(1 << 16)
    try:
        return frozenset(_texts(_exchange(_query(name, query_id)), query_id))
    except (OSError, ValueError, struct.error, IndexError) as error:
        logger.warning("the DNS gave no answer", record=name, error=repr(error))
        return frozenset()


def _query(name: str, query_id: int) -> bytes:
    labels = b"".join(bytes((len(label),)) + label.encode("ascii") for label in name.split("."))
    return (
        _HEADER.pack(query_id, _RECURSION_DESIRED, 1, 0, 0, 0)
        + labels
        + b"\0"
        + struct.pack("!HH", _TXT, _IN)
    )


def _exchange(query: bytes) -> bytes:
    """The answer to a query. Over TCP, each message follows its length."""
    with socket.create_connection(_resolver(), timeout=_SECONDS) as connection:
        connection.sendall(struct.pack("!H", len(query)) + query)
        with connection.makefile("rb") as stream:
            (length,) = struct.unpack("!H", stream.read(2))
            return stream.read(length)


def _resolver() -> tuple[str, int]:
    if SERVER:
        host, _, port = SERVER.rpartition(":")
        return host, int(port)
    for line in Path("/etc/resolv.conf").read_text().splitlines():
        if line.startswith("nameserver"):
            return line.split()[1], 53
    raise ValueError("/etc/resolv.conf names no resolver")


def _texts(answer: bytes, query_id: int) -> Iterator[str]:
    """The texts of an answer. Raises ValueError, IndexError or struct.error if it is not one to this query."""
    answered_id, _, questions, records, _, _ = _HEADER.unpack_from(answer)
    if answered_id != query_id:
        raise ValueError("an answer to another query")
    position = _HEADER.size
    for _ in range(questions):
        position = _after_name(answer, position) + 4
    for _ in range(records):
        position = _after_name(answer, position)
        kind, class_, _, length = _RECORD.unpack_from(answer, position)
        position += _RECORD.size
        if (kind, class_) == (_TXT, _IN):
            yield _text(answer[position : position + length])
        position += length


def _after_name(answer: bytes, position: int) -> int:
    """The position after a name: labels up to an empty one, or up to a pointer to the rest."""
    while length := answer[position]:
        if length >= _POINTER:
            return position + 2
        position += 1 + length
    return position + 1


def _text(data: bytes) -> str:
    """The text of a record, which consists of strings of up to 255 bytes."""
    pieces, position = [], 0
    while position < len(data):
        pieces.append(data[position + 1 : position + 1 + data[position]])
        position += 1 + data[position]
    return b"".join(pieces).decode("ascii", "replace")

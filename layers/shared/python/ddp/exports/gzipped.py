"""Compressed files, written piece by piece."""

from __future__ import annotations

import zlib

from ddp.csv_files.writing import Target

_GZIP = 16 + zlib.MAX_WBITS


class Gzipped:
    """Passes on what is written, compressed by gzip. Call `finish` at the end."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._compressor = zlib.compressobj(wbits=_GZIP)

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self._target.write(self._compressor.compress(data))

    def finish(self) -> None:
        """Write what is left."""
        self._target.write(self._compressor.flush())

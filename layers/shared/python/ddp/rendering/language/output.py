"""What a template writes, up to a limit."""

from __future__ import annotations

from liquid.exceptions import LiquidError, OutputStreamLimitError

from ddp.rendering.language.limits import OUTPUT_LIMIT


class Output:
    """Keeps the pieces and counts their characters. The library's own class encodes each piece to count its bytes."""

    __slots__ = ("_pieces", "left")

    def __init__(self, limit: int = OUTPUT_LIMIT) -> None:
        """`left`: characters that may still be written."""
        self._pieces: list[str] = []
        self.left = limit

    def write(self, text: str) -> int:
        """Raises OutputStreamLimitError."""
        length = len(text)
        self.left -= length
        if self.left < 0:
            raise _too_long()
        self._pieces.append(text)
        return length

    def getvalue(self) -> str:
        """The text, with Unix line ends as the library's class has them."""
        return "".join(self._pieces).replace("\r\n", "\n").replace("\r", "\n")

    def whole(self) -> str:
        """The text. Raises LiquidError where it has more bytes than a message may have, or is not Unicode."""
        text = self.getvalue()
        try:
            is_too_long = len(text.encode()) > OUTPUT_LIMIT
        except UnicodeEncodeError:
            raise LiquidError("the data has half of a character (a lone surrogate)", token=None) from None
        if is_too_long:
            raise _too_long()
        return text


def _too_long() -> OutputStreamLimitError:
    return OutputStreamLimitError(f"the message is longer than {OUTPUT_LIMIT // 1024} KB", token=None)

"""What a template writes, up to a limit."""

from __future__ import annotations

from liquid.exceptions import OutputStreamLimitError
from liquid.output import LimitedStringIO

from ddp.rendering.language.limits import OUTPUT_LIMIT


class Output(LimitedStringIO):
    """Counts characters. The library's own class encodes each piece to count its bytes; here the whole is, once."""

    def __init__(self, limit: int = OUTPUT_LIMIT) -> None:
        super().__init__(limit)

    def write(self, text: str, /) -> int:
        """Raises OutputStreamLimitError."""
        self.size += len(text)
        if self.size > self.limit:
            raise _too_long()
        return super(LimitedStringIO, self).write(text)

    def whole(self) -> str:
        """The text. Raises OutputStreamLimitError where it has more than `limit` bytes."""
        text = self.getvalue()
        if len(text.encode()) > self.limit:
            raise _too_long()
        return text


def _too_long() -> OutputStreamLimitError:
    return OutputStreamLimitError(f"the message is longer than {OUTPUT_LIMIT // 1024} KB", token=None)

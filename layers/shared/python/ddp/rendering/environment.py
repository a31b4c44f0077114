"""The Liquid that templates are written in: the library's, without what is not safe, with our loops and filters."""

from __future__ import annotations

from liquid import Environment
from liquid.builtin.expressions.primitive import RangeLiteral

from ddp.rendering import filters, loops
from ddp.rendering.limits import OUTPUT_LIMIT

# These tags read other templates.
_TAGS_OFF = ("include", "render")
# These filters switch escaping off, or are for scripts, which no mail program runs.
_FILTERS_OFF = ("safe", "escapejs")


class _Environment(Environment):
    """Strict: an unknown tag or filter is an error. An undefined variable is empty."""

    block_nesting_limit = 30
    context_depth_limit = 30
    output_stream_limit = OUTPUT_LIMIT

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """The library calls this once."""
        super().setup_tags_and_filters(extra=extra)
        for name in _TAGS_OFF:
            del self.tags[name]
        for name in _FILTERS_OFF:
            self.filters.pop(name, None)
        self.tags["for"].node_class = loops.WeighedFor  # type: ignore[attr-defined]
        self.tags["tablerow"].node_class = loops.WeighedTablerow  # type: ignore[attr-defined]
        self.add_filter("strip_html", filters.strip_html)
        self.add_filter("split", filters.split)


# Patched, because the library's parser makes these expressions by name: there is no setting for their class.
RangeLiteral.evaluate = loops.bounded_range  # type: ignore[method-assign]

ESCAPING = _Environment(autoescape=True)
PLAIN = _Environment(autoescape=False)

"""What one template and one rendering may take. Limits of a single subject stand in its own module."""

from __future__ import annotations

from liquid.exceptions import LiquidError

# Bytes (UTF-8) of a template as written, and of what it renders to. Mail programs cut pages at about 100 KB.
SOURCE_LIMIT = 512 * 1024
OUTPUT_LIMIT = 1024 * 1024

# Steps of one rendering. A step takes 1 to 10 µs: one node of a loop's body, or 256 characters through a filter. A page
# of 200 products with 50 placeholders each takes 10,000.
STEPS = 100_000

# Characters in one value, its items counted as well (see `values.size`); and items in one list.
VALUE_LIMIT = 256 * 1024
ITEMS = 10_000


class LimitReached(LiquidError):
    """The template, or what it makes of its data, is larger than one message may be."""

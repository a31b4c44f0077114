"""What one template and one message may take. Limits of a single subject stand in its own module."""

from __future__ import annotations

from liquid.exceptions import LiquidError

# Bytes (UTF-8) of a template as written, and of what it renders to. Mail programs cut pages at about 100 KB.
SOURCE_LIMIT = 512 * 1024
OUTPUT_LIMIT = 1024 * 1024

# Steps and seconds of processor time of one message: subject, HTML and text. A step takes about 1 µs, so the steps
# run out first, and the answer is the same on every machine; the seconds hold whatever the steps miss. One message that
# takes all of it delays the messages of others as much as 30 ordinary ones: an ordinary one takes 2,400 steps and 3 ms,
# and 100 products with 20 placeholders each take 20,000 steps.
STEPS = 50_000
SECONDS = 0.1
# A draft or preview may take this part of both, so that what it accepts has room for other recipients' data.
TRIAL = 0.5

# Characters in one value, and parts of it at any depth: items of lists, fields of objects.
VALUE_LIMIT = 256 * 1024
ITEMS = 10_000


class LimitReached(LiquidError):
    """The template, or what it makes of its data, is larger than one message may be."""


class TooManySteps(LimitReached):
    """Making the message takes too long."""

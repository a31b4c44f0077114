"""The unsubscribe link in templates: a placeholder, exchanged after rendering where only the recipient can follow it.

    rendered = renderer.render({..., "unsubscribe_url": PLACEHOLDER})
    exchange(rendered, url)

Templates are strangers' programs. One that could read a recipient's link could send it home, in the address of a
picture or through a style sheet, and its sender could then act as the recipient. So templates get the same text for
everybody. It becomes the link where it is the whole target of an `<a href>` in the page, or stands alone in the text;
elsewhere it becomes the word "unsubscribe".
"""

from __future__ import annotations

from ddp.placeholder.exchange import exchange
from ddp.placeholder.words import PLACEHOLDER

__all__ = ["PLACEHOLDER", "exchange"]

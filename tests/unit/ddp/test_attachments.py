"""The size limit of attachments."""

from __future__ import annotations

import pytest

from ddp.attachments import LIMIT, check_size
from ddp.errors import Invalid


def test_attachments_of_exactly_the_limit_pass_and_a_byte_more_is_refused() -> None:
    check_size(LIMIT)
    with pytest.raises(Invalid, match="7 MiB") as caught:
        check_size(LIMIT + 1)
    assert (caught.value.code, caught.value.extra) == ("attachments-too-large", {"bytes": LIMIT + 1})

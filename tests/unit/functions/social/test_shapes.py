"""The shape that an image gets is the one that previews announce."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from ddp.providers.social.base import Refused
from functions.social import pictures
from functions.social.validation import shapes

LIMITS = {"ratio": (0.8, 1.91), "bytes": 4_000_000, "width_at_most": 500}


@pytest.mark.parametrize("fit", ["pad", "crop", ""])
@pytest.mark.parametrize("sides", [(1200, 600), (300, 900), (400, 400), (2000, 1500), (7, 3)])
def test_an_image_is_converted_to_the_announced_shape(sides, fit):
    file = io.BytesIO()
    Image.new("RGB", sides, (200, 30, 30)).save(file, "PNG")
    announced = shapes.converted(*sides, LIMITS, fit)
    with Image.open(io.BytesIO(pictures.fitted(file.getvalue(), LIMITS, fit))) as made:
        assert abs(made.width - announced.width) <= 1
        assert abs(made.height - announced.height) <= 1
    assert announced.conversion != "refused"


def test_an_image_of_another_ratio_is_refused_where_that_was_asked_for():
    file = io.BytesIO()
    Image.new("RGB", (1200, 600)).save(file, "PNG")
    assert shapes.converted(1200, 600, LIMITS, "refuse").conversion == "refused"
    with pytest.raises(Refused) as caught:
        pictures.fitted(file.getvalue(), LIMITS, "refuse")
    assert caught.value.code == "media-ratio"
    assert shapes.converted(400, 400, LIMITS, "refuse").conversion == "none"

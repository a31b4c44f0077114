"""The media of a post, on the edges of each limit of each platform."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ddp.providers.social import rules
from ddp.providers.social.base import Platform, Problem
from functions.social.validation import media, videos
from functions.social.validation.media import File

# A video that every platform takes, as its upload recorded it.
GOOD: dict[str, Any] = {
    "width": 1_080,
    "height": 1_920,
    "rotation": 0,
    "seconds": 30.0,
    "codec": "h264",
    "frames_per_second": 30.0,
    "bit_rate": 5_000_000,
    "scan": "progressive",
    "audio": {"codec": "aac", "channels": 2, "sample_rate": 48_000, "bit_rate": 128_000},
    "is_complete": True,
}
MEGABYTE = 1_000_000


def video(size: int = 20 * MEGABYTE, content_type: str = "video/mp4", **changes: object) -> File:
    return File(content_type=content_type, size=size, video=GOOD | changes)


def image(content_type: str = "image/jpeg", size: int = MEGABYTE, **changes: Any) -> File:
    return File(content_type=content_type, size=size, **{"width": 1_000, "height": 1_000, **changes})


def problems(platform: str, kind: str, *files: File, fit: str = "pad") -> list[Problem]:
    of_platform = rules.of(platform)
    return list(media.of_media(of_platform["name"], of_platform, of_platform["types"][kind], files, fit=fit))


def codes(platform: str, kind: str, *files: File, fit: str = "pad") -> list[str]:
    return [found.code for found in problems(platform, kind, *files, fit=fit)]


def kinds(of: set[str]) -> Iterator[tuple[str, str]]:
    """Each platform's types of posts with media of these kinds."""
    for platform in Platform:
        for kind, rule in rules.of(platform)["types"].items():
            if rule.get("of") in of:
                yield platform, kind


VIDEOS = list(kinds({"video", "reel", "short"}))
IMAGES = list(kinds({"image", "image_or_video"}))


def limits_of(platform: str, kind: str) -> dict[str, Any]:
    of_platform = rules.of(platform)
    return of_platform["media"][of_platform["types"][kind]["of"]]


def test_the_rules_have_no_limit_that_nobody_checks():
    checked = {
        "image": {"types", "bytes", "bytes_of", "pixels", "alt_text", "ratio", "alone", "width_at_least",
                  "width_at_most", "height_at_most"},
        "video": {"types", "bytes", "bytes_at_least", "seconds", "codecs", "frames_per_second", "ratio", "scan",
                  "bit_rate_at_most", "audio", *(f"{side}_at_{end}" for side in ("width", "height")
                                                 for end in ("least", "most"))},
    }  # fmt: skip
    for platform in Platform:
        for kind, limits in rules.of(platform)["media"].items():
            assert limits.keys() <= checked["image" if kind == "image" else "video"], (platform, kind)
            assert limits.get("audio", {}).keys() <= {"codecs", "channels_at_most", "sample_rate_at_most"}


@pytest.mark.parametrize(("platform", "kind"), VIDEOS)
def test_a_good_video_has_no_problem(platform, kind):
    assert problems(platform, kind, video()) == []


def edges() -> Iterator[tuple[str, str, str, dict[str, Any], dict[str, Any]]]:
    """Platform, type, code, what is just allowed, what is just not: for each limit that the rules have."""
    for platform, kind in VIDEOS:
        limits = limits_of(platform, kind)
        least, most = limits["seconds"]
        yield platform, kind, "duration", {"seconds": least}, {"seconds": least - 0.01}
        yield platform, kind, "duration", {"seconds": most}, {"seconds": most + 0.01}
        yield platform, kind, "media-too-large", {"size": limits["bytes"]}, {"size": limits["bytes"] + 1}
        if least := limits.get("bytes_at_least"):
            yield platform, kind, "media-too-small", {"size": least}, {"size": least - 1}
        least, most = limits.get("frames_per_second", (None, None))
        if least:
            yield (
                platform,
                kind,
                "frame-rate",
                {"frames_per_second": least},
                {"frames_per_second": least - 0.1},
            )
            yield platform, kind, "frame-rate", {"frames_per_second": least / 1.001}, {"frames_per_second": 1}
        if most:
            yield platform, kind, "frame-rate", {"frames_per_second": most}, {"frames_per_second": most + 0.1}
        if limits.get("codecs"):
            for codec in limits["codecs"]:
                yield platform, kind, "codec", {"codec": codec}, {"codec": "prores"}
        yield from ((platform, kind, *edge) for edge in edges_of_size(limits))
        yield from ((platform, kind, *edge) for edge in edges_of_details(limits))


def edges_of_size(limits: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    least, most = limits.get("ratio", (None, None))
    if least:
        height = 30_000
        allowed = {"width": round(least * height + 0.5), "height": height}
        yield "media-ratio", allowed, {"width": round(least * height - 1), "height": height}
        yield (
            "media-ratio",
            {"width": int(most * 1_900), "height": 1_900},
            {"width": int(most * 1_900) + 2, "height": 1_900},
        )
    for side, other in (("width", "height"), ("height", "width")):
        if least := limits.get(f"{side}_at_least"):
            yield f"media-{side}", {side: least}, {side: least - 1, other: GOOD[other]}
        if most := limits.get(f"{side}_at_most"):
            yield f"media-{side}", {side: most}, {side: most + 1, other: GOOD[other]}


def edges_of_details(limits: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    sound, allowed = GOOD["audio"], limits.get("audio", {})
    if most := limits.get("bit_rate_at_most"):
        yield "bit-rate", {"bit_rate": most}, {"bit_rate": most + 1}
    if "scan" in limits:
        yield "scan", {"scan": None}, {"scan": "interlaced"}
    if "codecs" in allowed:
        yield "audio-codec", {"audio": None}, {"audio": sound | {"codec": "mp3"}}
    if most := allowed.get("channels_at_most"):
        yield (
            "audio-channels",
            {"audio": sound | {"channels": most}},
            {"audio": sound | {"channels": most + 1}},
        )
    if most := allowed.get("sample_rate_at_most"):
        yield (
            "audio-sample-rate",
            {"audio": sound | {"sample_rate": most}},
            {"audio": sound | {"sample_rate": most + 1}},
        )


WARNINGS = {"bit-rate", "scan", "audio-codec", "audio-channels", "audio-sample-rate"}


@pytest.mark.parametrize(
    ("platform", "kind", "code", "allowed", "not_allowed"),
    [pytest.param(*edge, id=f"{edge[0]}-{edge[1]}-{edge[2]}-{edge[4]}"[:90]) for edge in edges()],
)
def test_each_limit_on_its_edge(platform, kind, code, allowed, not_allowed):
    assert code not in codes(platform, kind, video(**allowed))
    found = [one for one in problems(platform, kind, video(**not_allowed)) if one.code == code]
    assert len(found) == 1
    assert (found[0].field, found[0].is_warning) == ("media[0]", code in WARNINGS)
    assert found[0].sentence.endswith(".")


@pytest.mark.parametrize(("platform", "kind"), VIDEOS)
def test_types_of_videos(platform, kind):
    for content_type in ("video/mp4", "video/quicktime", "video/webm"):
        expected = [] if content_type in limits_of(platform, kind)["types"] else ["media-type"]
        assert codes(platform, kind, video(content_type=content_type)) == expected
    assert codes(platform, kind, image()) == ["media-type"]


@pytest.mark.parametrize(("platform", "kind"), VIDEOS)
@pytest.mark.parametrize(
    "known", [{}, *({"unknown": reason} for reason in (*videos._UNKNOWN, "too-slow", "interrupted", "new"))]
)
def test_a_video_of_which_nothing_is_known_is_a_warning(platform, kind, known):
    file = File(content_type="video/mp4", size=MEGABYTE, video=known)
    (found,) = problems(platform, kind, file)
    assert (found.code, found.is_warning) == ("media-unknown", True)
    assert found.sentence.endswith(".")


def test_what_is_known_of_the_file_itself_is_checked_all_the_same():
    assert codes("instagram", "reel", File(content_type="video/webm", size=10**9)) == [
        "media-type",
        "media-too-large",
        "media-unknown",
    ]


def test_a_member_that_is_missing_is_named_if_the_platform_limits_it():
    file = video(codec=None, frames_per_second=None)
    (found,) = problems("instagram", "reel", file)
    assert found.is_warning
    assert "codec and frames per second" in found.sentence
    assert problems("linkedin", "video", file) == []


def test_a_file_that_ends_too_early_is_a_warning():
    (found,) = problems("youtube", "video", video(is_complete=False))
    assert (found.code, found.is_warning) == ("media-incomplete", True)


@pytest.mark.parametrize(
    ("rate", "expected"), [(23.976, []), (23.9, ["frame-rate"]), (60.05, []), (60.2, ["frame-rate"])]
)
def test_rates_of_broadcasts_count_as_their_names(rate, expected):
    assert codes("facebook", "reel", video(frames_per_second=rate)) == expected


def test_a_turned_video_counts_as_it_is_shown():
    """The upload recorded the size as shown: 1080 by 1920 with a rotation of 90."""
    assert codes("facebook", "reel", video(rotation=90)) == []
    assert "media-ratio" in codes("facebook", "reel", video(width=1_920, height=1_080))


@pytest.mark.parametrize(("platform", "kind"), IMAGES)
def test_numbers_of_images(platform, kind):
    least, most = rules.of(platform)["types"][kind]["media"]
    assert codes(platform, kind, *[image()] * least) == []
    assert codes(platform, kind, *[image()] * most) == []
    assert codes(platform, kind, *[image()] * (most + 1)) == ["media-count"]
    assert codes(platform, kind, *[image()] * (least - 1)) == ["media-count"]


@pytest.mark.parametrize(("platform", "kind"), IMAGES)
def test_images_that_can_be_converted_are_taken_whatever_their_type_and_size(platform, kind):
    least, _ = rules.of(platform)["types"][kind]["media"]
    for content_type in ("image/jpeg", "image/png", "image/webp"):
        files = [image(content_type, size=100 * MEGABYTE, width=10_000, height=100)] * least
        assert codes(platform, kind, *files) == []
    assert codes(platform, kind, *[image("image/svg+xml")] * least) == ["media-type"] * least


@pytest.mark.parametrize(("platform", "kind"), IMAGES)
def test_a_gif_is_taken_alone_or_said_to_become_a_still_image(platform, kind):
    rule = rules.of(platform)["media"]["image"]
    least, _ = rules.of(platform)["types"][kind]["media"]
    found = problems(platform, kind, *[image("image/gif")] * least)
    if "image/gif" not in rule["types"]:
        assert [(one.code, one.is_warning) for one in found] == [("media-still", True)] * least
    elif least > 1 and "image/gif" in rule.get("alone", ()):
        assert [one.code for one in found] == ["media-mix"]
    else:
        assert found == []


@pytest.mark.parametrize(("platform", "most"), [("twitter", 15_728_640), ("linkedin", 8_388_608)])
def test_a_gif_goes_out_as_it_is_so_it_has_to_fit(platform, most):
    assert codes(platform, "image", image("image/gif", size=most)) == []
    assert codes(platform, "image", image("image/gif", size=most + 1)) == ["media-too-large"]


def test_pixels_of_a_gif():
    assert codes("linkedin", "image", image("image/gif", width=36_152_320, height=1)) == []
    assert codes("linkedin", "image", image("image/gif", width=36_152_321, height=1)) == ["media-too-large"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"width": 1_920, "height": 1_005},
            "The video is 1.91 times as wide as high; Facebook accepts 0.5 to 0.6. Crop it, and upload it again.",
        ),
        (
            {"seconds": 1.5},
            "The video has 1.5 seconds; at least 3 are needed: export it again within this limit.",
        ),
        (
            {"seconds": 91},
            "The video has 91 seconds; at most 90 are allowed: export it again within this limit.",
        ),
    ],
)
def test_what_is_said_of_a_video_says_how_to_mend_it(changes, sentence):
    assert [found.sentence for found in problems("facebook", "reel", video(**changes))] == [sentence]


@pytest.mark.parametrize(("width", "height"), [(80, 100), (191, 100), (100, 100)])
def test_the_ratio_of_an_image_matters_only_if_it_is_not_to_be_fitted(width, height):
    assert codes("instagram", "image", image(width=width, height=height), fit="refuse") == []
    narrower, wider = image(width=79, height=100), image(width=192, height=100)
    assert codes("instagram", "image", narrower, fit="refuse") == ["media-ratio"]
    assert codes("instagram", "image", wider, fit="refuse") == ["media-ratio"]
    assert codes("instagram", "image", wider, fit="crop") == codes("instagram", "image", wider) == []


def test_a_carousel_of_instagram_mixes_images_and_videos():
    assert codes("instagram", "carousel", image(), video()) == []
    assert codes("instagram", "carousel", image(), video(seconds=1)) == ["duration"]
    assert codes("facebook", "carousel", image(), video()) == ["media-type"]
    assert codes("instagram", "carousel", image(), File(content_type="application/pdf", size=1)) == [
        "media-type"
    ]


def test_alternative_texts():
    for platform, most in (
        ("twitter", 1_000),
        ("linkedin", 4_086),
        ("facebook", 1_000),
        ("instagram", 1_000),
    ):
        assert codes(platform, "image", image(alt_text="x" * most)) == []
        (found,) = problems(platform, "image", image(alt_text="x" * (most + 1)))
        assert (found.field, found.code, found.limit) == ("media[0].alt_text", "too-long", most)


def test_a_file_that_is_gone_is_said_once():
    gone = File(content_type="video/webm", size=10**12, is_available=False)
    assert codes("instagram", "reel", gone) == ["media-gone"]


def test_rows_are_read_as_the_database_has_them():
    row = {"content_type": "video/mp4", "file_size": 5, "is_available": True, "alt_text": None, "image_width": None,
           "image_height": None, "metadata": {"video": GOOD}}  # fmt: skip
    assert media.of_step([row]) == [video(size=5)]
    assert media.of_row({"content_type": "video/mp4", "file_size": 5, "metadata": None}).video == {}


NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("goes_at", "found"),
    [
        (None, [("media[1]", "asset-ends", True)]),
        (NOON - timedelta(seconds=1), []),
        (NOON, [("media[1]", "asset-ended", False)]),
        (NOON + timedelta(days=1), [("media[1]", "asset-ended", False)]),
    ],
)
def test_an_asset_is_used_before_its_end(goes_at, found):
    files = [image(), image(ends_at=NOON)]
    told = [(one.field, one.code, one.is_warning) for one in media.of_terms(files, goes_at)]
    assert told == found


def test_an_asset_is_used_under_an_accepted_licence_however_its_row_is_read():
    row = {"content_type": "image/png", "ends_at": NOON.isoformat(), "unlicensed_asset_id": "the-id"}
    (problem,) = media.of_terms([media.of_row(row)], NOON - timedelta(days=1))
    assert (problem.code, problem.is_warning) == ("licence-not-accepted", False)
    assert "/brand-assets/the-id/licence/acceptances" in problem.sentence

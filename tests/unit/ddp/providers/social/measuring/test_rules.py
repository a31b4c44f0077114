"""What the rules say of numbers: one vocabulary, every type from one place, and no number twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ddp.providers.social import measuring, rules
from ddp.providers.social.base import Platform, PostType
from ddp.providers.social.measures import EngagementType, Kind
from ddp.providers.social.measuring import counting, narrowing, wanting
from tests.unit.ddp.providers.social.measuring.scripted import post

RULES = [
    (platform, account_kind, kind)
    for platform in Platform
    for account_kind in rules.of(platform)["access"]["account_kinds"]
    for kind in Kind
    if counting.rule(platform, kind, account_kind)
]
each_rule = pytest.mark.parametrize(("platform", "account_kind", "kind"), RULES)


def rule(platform: Platform, account_kind: str, kind: Kind) -> Mapping[str, Any]:
    given = counting.rule(platform, kind, account_kind)
    assert given is not None
    return given


def terms(given: Mapping[str, Any]) -> Iterator[str]:
    for each in given["counts"].values():
        yield from each


@pytest.mark.parametrize("platform", Platform)
def test_every_account_has_counters(platform: Platform) -> None:
    for account_kind in rules.of(platform)["access"]["account_kinds"]:
        assert (platform, account_kind, Kind.COUNTERS) in RULES
        assert measuring.of(platform).platform is platform
        assert counting.batch(platform, Kind.COUNTERS, account_kind) >= 1


@each_rule
def test_types_are_of_the_vocabulary_and_metrics_are_named_once(
    platform: Platform, account_kind: str, kind: Kind
) -> None:
    given = rule(platform, account_kind, kind)
    assert set(given["counts"]) <= set(EngagementType)
    added = [term for term in terms(given) if not term.startswith("-")]
    assert len(added) == len(set(added))
    # What is taken away is a type of its own: no total stands beside its parts.
    assert {term.removeprefix("-") for term in terms(given) if term.startswith("-")} <= set(added)
    assert set(given.get("milliseconds", [])) <= set(added)
    assert {word for words in given.get("types", {}).values() for word in words} <= set(PostType)
    assert set(given.get("types", {})) <= set(added)
    assert given["batch"] >= 1
    assert given["late_hours"] >= 0
    assert given["scopes"]


@pytest.mark.parametrize("platform", Platform)
def test_a_type_is_read_in_one_place_only(platform: Platform) -> None:
    for account_kind in rules.of(platform)["access"]["account_kinds"]:
        kinds = [
            rule(platform, account_kind, kind)["counts"]
            for kind in Kind
            if (platform, account_kind, kind) in RULES
        ]
        names = [name for counts in kinds for name in counts]
        assert len(names) == len(set(names))


@each_rule
def test_scopes_are_asked_for(platform: Platform, account_kind: str, kind: Kind) -> None:
    missing = set(rule(platform, account_kind, kind)["scopes"]) - set(rules.of(platform)["access"]["scopes"])
    # LinkedIn gives this one to few applications.
    assert missing <= {"r_member_postAnalytics"}


def test_scopes_of_webhooks_are_asked_for() -> None:
    for platform in (Platform.FACEBOOK, Platform.INSTAGRAM):
        given = rules.of(platform)
        assert set(given["measuring"]["webhooks"]["scopes"]) <= set(given["access"]["scopes"])


def test_no_retired_metric_of_facebook_is_asked_for() -> None:
    names = set(terms(rule(Platform.FACEBOOK, "page", Kind.INSIGHTS)))
    assert not any("impressions" in name for name in names)


def test_prices_are_in_the_rules_of_prices() -> None:
    for platform, account_kind, kind in RULES:
        price = rule(platform, account_kind, kind).get("price")
        assert (price is not None) == (platform is Platform.TWITTER)
        assert price is None or price in rules.of(platform)["prices"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"a": 3, "b": 1, "x": {"y": 5}}, {"like": 1, "reaction": 2, "share": 6}),
        ({"a": 3, "x": {"y": 5}}, {}),
        ({"a": 3, "b": 4, "x": {"y": 5}}, {"like": 4, "reaction": 0, "share": 9}),
        ({"a": 3, "b": 1, "x": 5}, {"like": 1, "reaction": 2}),
        ({"a": 3, "b": "1"}, {"like": 1, "reaction": 2}),
        ({"a": 3, "b": 1, "z": 5}, {"like": 1, "reaction": 2, "share": 6}),
        ({"a": 3, "b": 1, "x": {"y": 0}, "z": 5}, {"like": 1, "reaction": 2, "share": 1}),
        ({}, {}),
    ],
)
def test_a_sum_is_told_only_if_each_of_its_terms_is(values: Any, expected: dict[str, int]) -> None:
    given = {"counts": {"like": ["b"], "reaction": ["a", "-b"], "share": ["x.y|z", "b"]}}
    assert counting.counted(given, values) == expected


@pytest.mark.parametrize(
    "value", [None, True, -1, "-1", "", "1.5", "٣", 1.5, [], {}, "9" * 20, 2**63, float("nan")]
)
def test_what_is_no_number_is_missing(value: Any) -> None:
    assert counting.whole(value) is None


def test_large_numbers_are_read_whole() -> None:
    assert (counting.whole("3000000000"), counting.whole(2**63 - 1)) == (3_000_000_000, 2**63 - 1)


def test_a_metric_that_is_refused_by_a_name_that_was_not_asked_for_is_found_one_by_one() -> None:
    def call(metrics: Any) -> str:
        if "b" in metrics:
            raise narrowing.InvalidMetric("no", {"z"})
        return ",".join(metrics)

    assert narrowing.ask(["a", "b", "c"], call) == (["a", "c"], {"b": "no"})
    assert narrowing.ask(["b"], call) == ([], {"b": "no"})


def test_readable_posts_are_asked_for_without_metrics_that_are_switched_off() -> None:
    given = {"batch": 1, "counts": {"like": ["a"], "share": ["b.c"]}}
    asked: list[list[str]] = []

    def ask(_: Any, metrics: Any) -> counting.Told:
        asked.append(list(metrics))
        return counting.Told(values={"1": {"a": 1, "b": {"c": 2}}})

    one = post("1")
    assert dict(counting.read(given, [one], {"b"}, ask).counts[one.post_id]) == {"like": 1}
    assert counting.read(given, [one], {"a", "b"}, ask).counts == {}
    assert asked == [["a"]]


@each_rule
def test_a_batch_of_metas_has_fifty_requests_at_most_and_no_two_for_one_member(
    platform: Platform, account_kind: str, kind: Kind
) -> None:
    if platform not in {Platform.FACEBOOK, Platform.INSTAGRAM}:
        return
    given = rule(platform, account_kind, kind)
    for post_type in PostType:
        one = post("1", post_type)
        metrics = counting.metrics(given, post_type)
        requests = wanting.requests(one, "1", kind, given, metrics)
        assert sorted(name for each in requests for name in each.metrics) == sorted(metrics)
        assert len(requests) <= given.get("calls_per_post", 1)
        assert len(requests) * given["batch"] <= 50
        assert all(".as(" not in each.query.get("fields", "") for each in requests)


EXTRACTS = Path(__file__).parents[1] / "extracts"


def extract(name: str) -> Any:
    return json.loads((EXTRACTS / f"{name}.json").read_text())


def names(platform: Platform, account_kind: str, kind: Kind) -> set[str]:
    """The names of metrics, without what stands before a dot and without signs."""
    alternatives = (term.removeprefix("-").split("|") for term in terms(rule(platform, account_kind, kind)))
    return {path.rpartition(".")[2] for paths in alternatives for path in paths}


def test_metas_library_knows_what_instagram_and_webhooks_are_asked_for() -> None:
    known = extract("facebook")["names"]
    assert names(Platform.INSTAGRAM, "business", Kind.INSIGHTS) <= set(known["metrics"])
    assert names(Platform.INSTAGRAM, "business", Kind.COUNTERS) <= set(known["media"])
    assert set(rules.of(Platform.FACEBOOK)["measuring"]["webhooks"]["fields"]) <= set(known["webhooks"])


def test_googles_discovery_document_knows_youtubes_numbers() -> None:
    schemas = extract("youtube")["schemas"]
    assert names(Platform.YOUTUBE, "channel", Kind.COUNTERS) <= set(schemas["VideoStatistics"])
    assert {"kind", "items"} <= set(schemas["VideoListResponse"])


def test_xs_library_knows_its_public_numbers_by_one_of_their_names() -> None:
    known = set(extract("twitter")["models"]["PostPublicMetrics"])
    for term in terms(rule(Platform.TWITTER, "user", Kind.COUNTERS)):
        assert {path.removeprefix("public_metrics.") for path in term.split("|")} & known, term

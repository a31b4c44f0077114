"""The table of concurrency: its sums, and its agreement with the templates."""

from __future__ import annotations

import pytest

from infra.concurrency import (
    DEFAULTS,
    UNRESERVED,
    Kind,
    Limit,
    connections,
    executions,
    limits,
    report,
)
from infra.settings import Settings
from tests.infra.assembly import functions, references, resources


@pytest.mark.parametrize(
    ("kind", "concurrency", "expected"),
    [
        (Kind.HTTP, 5, 7),
        (Kind.HTTP, 8, 10),
        (Kind.HTTP, 1, 2),
        (Kind.WORKER, 4, 8),
        (Kind.SCHEDULE, 2, 2),
        (Kind.DEPLOY, 2, 2),
    ],
)
def test_what_a_function_counts_as(kind, concurrency, expected):
    assert Limit(kind=kind, concurrency=concurrency).connections == expected


def test_the_defaults_fit_supabases_smallest_pooler():
    assert len(DEFAULTS) >= 35
    assert connections(DEFAULTS) <= 200 == Settings.from_context({}).max_connections


def test_what_the_account_must_allow():
    table = {
        "http": Limit(kind=Kind.HTTP, concurrency=5),
        "worker": Limit(kind=Kind.WORKER, concurrency=4),
        "schedule": Limit(kind=Kind.SCHEDULE, concurrency=2),
    }
    assert executions(table, reserved=False) == 11
    assert executions(table, reserved=True) == 5 + UNRESERVED
    table["worker"] = Limit(kind=Kind.WORKER, concurrency=200)
    assert executions(table, reserved=True) == 5 + 202


def test_each_http_function_has_at_least_five():
    for name, limit in DEFAULTS.items():
        assert limit.kind is not Kind.HTTP or limit.concurrency >= 5, name


def test_a_stage_changes_single_functions():
    table = limits({"email-send": 20})
    assert table["email-send"] == Limit(kind=Kind.WORKER, concurrency=20)
    assert {name for name in table if table[name] != DEFAULTS[name]} == {"email-send"}
    assert connections(table) == connections(DEFAULTS) + 2 * (20 - DEFAULTS["email-send"].concurrency)


def test_the_report_names_every_function_and_the_sum():
    lines = report(
        {"a": Limit(kind=Kind.HTTP, concurrency=5), "b": Limit(kind=Kind.WORKER, concurrency=4)}, most=9
    )
    assert [line.split() for line in lines.splitlines()] == [
        ["function", "kind", "concurrency", "connections"],
        ["b", "worker", "4", "8"],
        ["a", "http", "5", "7"],
        ["all", "15", "of", "9"],
    ]


def connecting(service) -> dict[str, dict]:
    return {
        name: properties
        for name, properties in functions(service).items()
        if "DDP_DATABASE_SECRET" in properties["Environment"]["Variables"]
    }


def test_the_table_lists_the_functions_that_connect(service):
    assert set(connecting(service)) == set(DEFAULTS)


def test_http_functions_are_limited_by_reservation(service):
    reserved = {
        name: properties["ReservedConcurrentExecutions"]
        for name, properties in functions(service).items()
        if "ReservedConcurrentExecutions" in properties
    }
    assert reserved == {n: limit.concurrency for n, limit in DEFAULTS.items() if limit.kind is Kind.HTTP}


def test_workers_are_limited_by_their_queue(service):
    aliases, known = resources(service, "AWS::Lambda::Alias"), resources(service, "AWS::Lambda::Function")
    limited = {}
    for mapping in resources(service, "AWS::Lambda::EventSourceMapping").values():
        alias = aliases[next(references(mapping["FunctionName"]))]
        name = known[next(references(alias["FunctionName"]))]["FunctionName"].removeprefix("ddp-prod-")
        limited[name] = mapping["ScalingConfig"]["MaximumConcurrency"]
    workers = {Kind.WORKER, Kind.SCHEDULE}
    assert limited == {n: limit.concurrency for n, limit in DEFAULTS.items() if limit.kind in workers}


def test_functions_that_a_schedule_starts_close_their_connections(service):
    closing = {
        name
        for name, properties in functions(service).items()
        if properties["Environment"]["Variables"].get("DDP_CLOSE_CONNECTION") == "true"
    }
    assert closing == {name for name, limit in DEFAULTS.items() if limit.kind is Kind.SCHEDULE}

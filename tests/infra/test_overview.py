"""The dashboard of the whole stage shows what is measured, in rows that fill the width."""

from __future__ import annotations

import json
import re
from itertools import groupby

import pytest

from infra.assets import modules
from infra.capabilities.watching.overview import COUNTED, GAUGES, MEASURED, QUEUES
from tests.infra.assembly import functions, resources, text


@pytest.fixture
def rows(prod) -> list[list[dict]]:
    """The properties of the widgets of each row, from the top."""
    (body,) = (
        text(dashboard["DashboardBody"])
        for dashboard in resources(prod.template("api"), "AWS::CloudWatch::Dashboard").values()
        if dashboard["DashboardName"] == "ddp-prod"
    )
    widgets = json.loads(body)["widgets"]
    found = [list(row) for _, row in groupby(widgets, key=lambda widget: widget["y"])]
    assert {sum(widget["width"] for widget in row) for row in found} == {24}
    return [[widget["properties"] for widget in row] for row in found]


def test_the_first_row_says_whether_all_is_well(rows):
    assert [widget["title"] for widget in rows[0]] == [
        "oldest due item, seconds",
        "unknown and unconfirmed",
        "dead letters",
        "5xx of the API",
        "age of statistics, seconds",
    ]


def test_each_capability_has_a_row(rows):
    titles = [{widget["title"].partition(":")[0] for widget in row} for row in rows[1:]]
    assert titles == [*({name} for name in GAUGES), set(QUEUES)]


def test_what_it_shows_of_ours_is_what_filters_read_and_functions_publish(rows, service):
    read = {
        f["MetricTransformations"][0]["MetricName"]
        for f in resources(service, "AWS::Logs::MetricFilter").values()
        if "Dimensions" not in f["MetricTransformations"][0]
    }
    metrics = [metric for row in rows for widget in row for metric in widget["metrics"]]
    ours = [metric for metric in metrics if metric[0] == "ddp/prod"]
    gauges = {metric[1] for metric in ours if metric[2:3] != ["service"]}
    assert {name for titles in GAUGES.values() for names in titles.values() for name in names} <= gauges
    assert gauges <= read
    shown = {(metric[3], metric[1]) for metric in ours if metric[2:3] == ["service"]}
    assert shown == {
        (function, name)
        for table in (COUNTED, MEASURED)
        for of_capability in table.values()
        for function, names in of_capability.items()
        for name in names
    }


@pytest.mark.parametrize(
    ("function", "names"),
    [item for table in (COUNTED, MEASURED) for of in table.values() for item in of.items()],
)
def test_a_function_publishes_what_is_shown_of_it(service, function, names):
    handler = functions(service)[function]["Handler"].rpartition(".")[0]
    code = "".join(path.read_text() for path in modules(handler) if path.suffix == ".py")
    published = set(re.findall(r"count\((\w+)=", code)) | set(re.findall(r'measured\("(\w+)"\)', code))
    if "count(**outcomes)" in code:  # those of ddp.outcomes
        published |= {"accepted", "failed", "unknown"}
    if "count(**{COUNTED[" in code:
        published |= set(re.findall(r'"\w+": "(\w+)"', code))
    assert set(names) <= published


def test_it_names_queues_that_exist(service):
    made = {queue["QueueName"] for queue in resources(service, "AWS::SQS::Queue").values()}
    assert {f"ddp-prod-{name}" for name in QUEUES.values()} <= made

"""Values that do not fit botocore's model are refused, and the place is named."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from infra.local.simulators.model import Misfit, checked

SHAPE = (
    botocore.session.get_session()
    .get_service_model("pinpoint-sms-voice-v2")
    .shape_for("DescribePoolsRequest")
)
TEXT = (
    botocore.session.get_session()
    .get_service_model("pinpoint-sms-voice-v2")
    .shape_for("SendTextMessageRequest")
)
GOOD = {"DestinationPhoneNumber": "+33612345678", "MessageBody": "x"}


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ([], ""),
        ({"Filters": {}}, "Filters"),
        ({"Filters": [{"Name": "status"}]}, "Filters.1.Values"),
        ({"Filters": [{"Name": "status", "Values": []}]}, "Filters.1.Values"),
        ({"Filters": [{"Name": "status", "Values": ["A"] * 21}]}, "Filters.1.Values"),
        ({"Filters": [{"Name": "colour", "Values": ["A"]}]}, "Filters.1.Name"),
        ({"NextToken": 1}, "NextToken"),
        ({"MaxResults": 101}, "MaxResults"),
        ({"MaxResults": True}, "MaxResults"),
        ({"MaxResults": "5"}, "MaxResults"),
    ],
)
def test_what_does_not_fit(value: Any, where: str) -> None:
    with pytest.raises(Misfit) as misfit:
        checked(value, SHAPE)
    assert misfit.value.where == where


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"DestinationPhoneNumber": None}, "DestinationPhoneNumber"),
        ({"DryRun": "yes"}, "DryRun"),
        ({"Context": []}, "Context"),
        ({"Context": {"": "x"}}, "Context.key"),
    ],
)
def test_maps_and_flags(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(Misfit) as misfit:
        checked(GOOD | changes, TEXT)
    assert misfit.value.where == where


def test_members_that_the_model_does_not_know_are_left_out() -> None:
    assert checked(GOOD | {"Colour": "red", "DryRun": False}, TEXT) == GOOD | {"DryRun": False}

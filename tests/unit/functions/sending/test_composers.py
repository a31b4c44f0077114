"""The composers of one run of the send stage: content is read once, even if it is unusable."""

from __future__ import annotations

import traceback
from uuid import UUID

import pytest

from ddp.errors import Invalid, NotFound
from functions.sending.channels.composer import Composers
from tests.unit.functions.sending.claims import PLAN

UNUSABLE = UUID(int=101)


class Read:
    """Reads a plan's content, and counts how often."""

    def __init__(self) -> None:
        self.plans: list[UUID] = []

    def __call__(self, send_plan_id: UUID, variant: int | None) -> object:
        self.plans.append(send_plan_id)
        if send_plan_id == UNUSABLE:
            raise Invalid("The plan's content was never prepared.")
        return object()


def test_a_plan_is_read_once() -> None:
    read = Read()
    composers = Composers(read)
    assert composers.of(PLAN, None) is composers.of(PLAN, None)
    assert read.plans == [PLAN]


def test_each_variant_is_read_once() -> None:
    read = Read()
    composers = Composers(read)
    assert composers.of(PLAN, 1) is composers.of(PLAN, 1) is not composers.of(PLAN, 2)
    assert read.plans == [PLAN, PLAN]


def test_an_unusable_plan_is_read_once_and_refused_each_time() -> None:
    read = Read()
    composers = Composers(read)
    depths = []
    for _ in range(3):
        with pytest.raises(Invalid, match="never prepared") as refused:
            composers.of(UNUSABLE, 2)
        depths.append(len(traceback.extract_tb(refused.value.__traceback__)))
    assert read.plans == [UNUSABLE]
    assert len(set(depths)) == 1, "a traceback that grows keeps every recipient in memory"


def test_what_says_nothing_about_the_content_is_not_kept() -> None:
    answers = iter([NotFound("not yet"), None])

    def read(_plan: UUID, _variant: int | None) -> object:
        if error := next(answers):
            raise error
        return "composer"

    composers = Composers(read)
    with pytest.raises(NotFound):
        composers.of(PLAN, None)
    assert composers.of(PLAN, None) == "composer"

"""The provider's opt-out list, as the phone simulator keeps it."""

from __future__ import annotations

import pytest

from ddp.errors import Permanent
from ddp.providers.sms import opt_outs
from tests.unit.infra.local.simulators.phone.conftest import FRENCH, SWISS, Running

pytestmark = pytest.mark.thorough


def test_a_number_is_put_and_deleted_and_both_may_be_repeated(phone: Running) -> None:
    for _ in range(2):
        opt_outs.put(FRENCH)
        phone.clock.now += 1
    assert opt_outs.pages() == ([FRENCH], None)
    for _ in range(2):
        opt_outs.delete(FRENCH)
    phone.clock.now += 1
    assert opt_outs.pages() == ([], None)


def test_the_list_is_read_page_by_page(phone: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opt_outs, "PAGE", 2)
    for phone_number in ("+41781234561", "+41781234562", "+41781234563"):
        opt_outs.put(phone_number)
    first, token = opt_outs.pages()
    phone.clock.now += 1
    second, last = opt_outs.pages(token)
    assert (first, second, last) == (["+41781234561", "+41781234562"], ["+41781234563"], None)


def test_a_number_that_left_lately_stays(phone: Running) -> None:
    opt_outs.put(FRENCH)
    opt_outs.delete(FRENCH)
    opt_outs.put(FRENCH)
    with pytest.raises(Permanent, match="30 days"):
        opt_outs.delete(FRENCH)


@pytest.mark.usefixtures("phone")
def test_what_the_list_does_not_take_is_permanent(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Permanent, match="not a phone number"):
        opt_outs.put("+999123456789")
    monkeypatch.setenv("DDP_SMS_OPT_OUT_LIST", "other")
    for call in (opt_outs.put, opt_outs.delete):
        with pytest.raises(Permanent, match="no opt-out list"):
            call(SWISS)

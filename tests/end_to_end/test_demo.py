"""The demo is the main job; it checks every step itself. Afterwards, nothing of it stands where it does not belong."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout

import pytest
import urllib3

from infra.local import control
from infra.local.demo.demo import demo

from .queue_worker import emulator_of
from .silence import Search, Secrets, everything, keys_of_stack, tokens_of_recipients

pytestmark = pytest.mark.slow

# Where what may stand, and why; everywhere else it is a leak. No log and no queue is among them.
ALLOWED: dict[str, tuple[set[str], str]] = {
    r"column users\.user_email": ({"account"}, "accounts are found by it"),
    r"column audit_logs\.(old|new)_values": ({"account"}, "a change of an account; an erasure masks it"),
    r"column email_sends\.recipient_email": ({"address"}, "the ledger, which only the creator reads"),
    r"column sms_sends\.recipient_phone": ({"number"}, "the ledger, which only the creator reads"),
    r"column send_plans\.audience": ({"address", "number"}, "the list of the request, until all is planned"),
    r"column send_plan_rejections\.value": ({"address", "number"}, "what was wrong with the creator's list"),
    r"column inbound_messages\.(shown_)?phone": ({"number"}, "who wrote, for whom they wrote to"),
    r"objects below (files|incoming)/": ({"address"}, "the list that the retailer uploaded"),
    r"file (passwords|message_key)\.json": (
        {"secret"},
        "private; other stages have Secrets Manager",
    ),
    # Not the platform's: the providers, and who has the messages.
    r"file (mailbox/mailbox|phones/phone|platforms/platforms)\.sqlite(-wal|-shm)?": (
        {"address", "account", "number", "token", "secret"},
        "what recipients, carriers and platforms have",
    ),
}
# No private file of these is readable by others.
PRIVATE = ("passwords.json", "message_key.json", "state.json", "issuer.pem")


@pytest.fixture(scope="module")
def secrets():
    """What only their owners may know: tokens that people are given during the demo."""
    with pytest.MonkeyPatch.context() as patch:
        heard = Secrets()
        heard.listen(patch)
        yield heard


@pytest.fixture(scope="module")
def told(stack, secrets):
    """The demo's exit status, and what it printed."""
    with redirect_stdout(io.StringIO()) as printed:
        status = demo(stack.directory, lambda directory: control.up(directory, stack.assembly, print))
    return status, printed.getvalue()


def test_the_demo_happens_as_told_and_leaves_the_stack_up(stack, told):
    status, told = told
    assert status == 0, told
    assert "✗" not in told
    for step in (
        "6 out, 0 unconfirmed, 0 twice",
        "This template is locked",
        "This message waits for approval",
        "1,990 of them show the logo",
        "offered to 1, accepted by 1, sent by 1",
        "none is sent",
        "494 sent + 1 suppressed + 5 rejected = 500",
        "signed orders",
        "refuses it: This invoice is for another campaign.",
        "the paid claim is an expense of the campaign",
        "120.00 paid + 180.00 left = 300.00 EUR",
        "its ROI is",
        "a cleanup would remove",
        "would change: 1 sends",
    ):
        assert step in told
    now = control.status(stack.directory)
    assert now.is_ready
    assert str(stack.directory.demo_report) in told
    served = urllib3.request("GET", f"{now.urls['Portal']}report/")
    assert served.data == stack.directory.demo_report.read_bytes()
    assert len(served.data) < 500_000


def test_no_address_number_token_or_secret_stands_where_it_does_not_belong(stack, told, secrets, database):
    unsubscribe = tokens_of_recipients(stack.directory)
    assert unsubscribe
    assert secrets.words
    search = Search.of(database, secrets.words | unsubscribe | keys_of_stack(stack.directory))
    assert len(search.addresses) > 1_900
    assert len(search.numbers) > 400
    sqs = emulator_of(stack).client("sqs")
    for place, texts in everything(stack.directory, database, sqs):
        for text in texts:
            search.read(place, text)
    leaks = [
        f"{place}: {kind}, such as {example}"
        for (place, kind), example in sorted(search.findings.items())
        if not allowed(place, kind)
    ]
    assert leaks == [], "\n" + "\n".join(leaks)
    assert {name: (stack.directory.path / name).stat().st_mode & 0o077 for name in PRIVATE} == dict.fromkeys(
        PRIVATE, 0
    )
    # And it is not blind.
    assert ("column email_sends.recipient_email", "address") in search.findings
    assert ("column sms_sends.recipient_phone", "number") in search.findings


def allowed(place: str, kind: str) -> bool:
    return any(re.fullmatch(pattern, place) and kind in kinds for pattern, (kinds, _) in ALLOWED.items())

"""Which bounces say that the mailbox does not exist: only these suppress an address for everyone."""

from __future__ import annotations

import pytest

from functions.email.ses.bounces import mailbox_is_missing

PERMANENT = "Permanent"


@pytest.mark.parametrize(
    ("subtype", "status", "diagnosis"),
    [
        ("General", "5.1.1", "smtp; 550 5.1.1 user unknown"),
        ("NoEmail", "5.1.1", "smtp; 550-5.1.1 The email account that you tried to reach does not exist."),
        ("General", "5.0.0", "smtp; 550 5.1.1 <ann@example.net>: Recipient address rejected: User unknown"),
        ("General", "5.1.1", "smtp; 550 no such user at 5.1.1.2"),
        ("General", "5.1.1", ""),
        ("General", "5.1.6", "smtp; 550 5.1.6 recipient no longer here"),
        ("General", "5.1.10", "smtp; 556 5.1.10 Recipient address has null MX"),
    ],
)
def test_missing_mailboxes(subtype: str, status: str, diagnosis: str) -> None:
    assert mailbox_is_missing(PERMANENT, subtype, status, diagnosis)


@pytest.mark.parametrize(
    ("subtype", "status", "diagnosis"),
    [
        ("General", "5.7.26", "smtp; 550-5.7.26 This mail has been blocked because the sender is unauthenticated."),
        ("General", "5.7.1", "smtp; 554 5.7.1 Message rejected due to content"),
        ("General", "5.1.1", "smtp; 550 5.7.1 Service unavailable, client host blocked"),
        ("General", "5.1.1", "smtp; 550 5.1.1 rejected: 550 5.7.1 policy"),
        ("General", "5.2.1", "smtp; 550 5.2.1 The user you are trying to contact is receiving mail at a rate"),
        ("General", "5.2.2", "smtp; 552 5.2.2 mailbox full"),
        ("General", "5.1.2", "smtp; 550 5.1.2 host unknown"),
        ("General", "5.4.1", "smtp; 550 5.4.1 Recipient address rejected: Access denied"),
        ("General", "5.0.0", "smtp; 550 user unknown"),
        ("General", "", ""),
        ("Suppressed", "5.1.1", "Amazon SES did not send the message: the address is on its suppression list"),
        ("OnAccountSuppressionList", "5.1.1", ""),
        ("MailboxFull", "5.1.1", ""),
        ("", "5.1.1", "smtp; 550 5.1.1 user unknown"),
    ],
)  # fmt: skip
def test_refusals_that_say_nothing_of_the_mailbox(subtype: str, status: str, diagnosis: str) -> None:
    assert not mailbox_is_missing(PERMANENT, subtype, status, diagnosis)


@pytest.mark.parametrize("bounce_type", ["Transient", "Undetermined"])
def test_only_permanent_bounces(bounce_type: str) -> None:
    assert not mailbox_is_missing(bounce_type, "General", "5.1.1", "smtp; 550 5.1.1 user unknown")

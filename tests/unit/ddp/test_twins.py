"""E-mail's words and their counterparts about SMS."""

from __future__ import annotations

import pytest

from ddp.twins import exchange


@pytest.mark.parametrize(
    ("email", "sms"),
    [
        ("from public.email_sends s", "from public.sms_sends s"),
        ("s.email_send_id = any (p_email_send_ids)", "s.sms_send_id = any (p_sms_send_ids)"),
        ("ddp.claim_email_sends(text)", "ddp.claim_sms_sends(text)"),
        ("ddp.email_wait", "ddp.sms_wait"),
        ("public.email_send_status", "public.sms_send_status"),
        ("s.recipient_email", "s.recipient_phone"),
        ("c.channel = 'email'", "c.channel = 'sms'"),
        ('{"code": "email-campaign-not-found"}', '{"code": "sms-campaign-not-found"}'),
        ("There is no such e-mail campaign.", "There is no such SMS campaign."),
        ("An e-mail, an e-mail, e-mails, E-mails", "An SMS, an SMS, SMS messages, SMS messages"),
        ("E-mail to %s recipients", "SMS to %s recipients"),
    ],
)
def test_words_of_email_become_words_of_sms(email: str, sms: str) -> None:
    assert exchange(email) == sms


@pytest.mark.parametrize(
    "text", ["u.user_email", "emailed", "female", "p.send_plan_id", "recipient_hash", ""]
)
def test_other_words_stay(text: str) -> None:
    assert exchange(text) == text


def test_a_text_about_sms_stays_as_it_is() -> None:
    text = "select s.sms_send_id from public.sms_sends s where s.recipient_phone = 'sms'"
    assert exchange(text) == text

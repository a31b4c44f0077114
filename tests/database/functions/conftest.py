"""Fixtures for the functions of campaigns, sending and e-mail: a secret, queues, a campaign."""

from __future__ import annotations

import json

import boto3
import pytest

from tests import lambdas
from tests.database.functions.messaging import Mailing
from tests.database.functions.social.posts_world import posting, publish_queue  # noqa: F401 - fixtures
from tests.database.platform import Platform


@pytest.fixture(scope="session")
def message_secret(s3_bucket: None) -> None:
    """The secret for hashing addresses and signing links."""
    from ddp import keys

    keys.derive.cache_clear()
    secret = json.dumps({"key": "k" * 64})
    boto3.client("secretsmanager").create_secret(Name=lambdas.MESSAGE_SECRET, SecretString=secret)


@pytest.fixture(scope="session")
def email_queues(message_secret: None) -> dict[str, str]:
    """The URLs of e-mail's queues, by name."""
    sqs = boto3.client("sqs")
    names = {"plan": "email-plan", "send": "email-send", "export": "sending-export"}
    return {short: sqs.create_queue(QueueName=name)["QueueUrl"] for short, name in names.items()}


@pytest.fixture
def mailing(platform: Platform, email_queues: dict[str, str]) -> Mailing:
    """An active campaign in which the retailer takes part. Everyone may send from brand.example."""
    campaign_id = platform.query(
        """
        with identity as (
            insert into sender_identities (identity, created_by_user_id, status, is_shared)
            values ('brand.example', %s, 'verified', true) on conflict do nothing
        )
        insert into campaigns (campaign_name, created_by_user_id, campaign_status, is_open)
        values ('Spring', %s, 'active', true) returning campaign_id
        """,
        platform.users["admin"],
        platform.users["brand"],
    )[0][0]
    platform.query(
        "insert into campaign_participants (campaign_id, retailer_id) values (%s, %s) returning 1",
        campaign_id,
        platform.users["retailer"],
    )
    mailing = Mailing(platform, str(campaign_id), email_queues)
    for queue in email_queues:
        mailing.told(queue)
    return mailing

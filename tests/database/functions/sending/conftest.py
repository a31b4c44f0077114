"""Plans as requests leave them, and the real queue functions that process them, with moto's S3 and SQS."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest
from psycopg.types.json import Jsonb

from ddp.channels import EMAIL, Channel
from tests import lambdas
from tests.database.platform import Platform
from tests.database.sending.conftest import ledger, ledger_database  # noqa: F401 - fixtures

QUEUES = ("email-plan", "email-send", "sending-export")
CONTENT = "<p>Hello {{ name }}</p>"


@dataclass(slots=True)
class Sending:
    """A brand's campaign, its plans, and the functions that process them."""

    platform: Platform
    campaign_id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        self.run(
            "insert into campaigns (campaign_id, campaign_name, campaign_status, created_by_user_id)"
            " values (%s, 'Spring', 'active', %s)",
            self.campaign_id,
            self.platform.users["brand"],
        )

    def run(self, statement: str, *values: object) -> None:
        self.platform.run(statement, *values)

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self.platform.query(statement, *values)

    def plan(self, audience: object, *, user: str = "brand", **columns: object) -> UUID:
        """Insert a plan as a request leaves it. Returns its id."""
        message_id, owner = uuid4(), self.platform.users[user]
        self.run(
            "insert into email_campaigns (email_campaign_id, campaign_id, email_subject, email_content, sender_email,"
            " created_by_user_id) values (%s, %s, 'Hello', %s, 'shop@example.com', %s)",
            message_id,
            self.campaign_id,
            CONTENT,
            owner,
        )
        values = {
            "send_plan_id": uuid4(),
            "campaign_id": self.campaign_id,
            "email_campaign_id": message_id,
            "created_by_user_id": owner,
            "subject": "Hello",
            "content": CONTENT,
            "sender": "shop@example.com",
            "audience": Jsonb(audience),
            "scheduled_at": "now",
        } | columns
        names, places = ", ".join(values), ", ".join(["%s"] * len(values))
        self.run(f"insert into send_plans ({names}) values ({places})", *values.values())
        return values["send_plan_id"]

    def listed(self, *recipients: object, **columns: object) -> UUID:
        """Insert a plan with a list of recipients: addresses or whole entries."""
        entries = [{"email": given} if isinstance(given, str) else given for given in recipients]
        return self.plan({"source": "list", "recipients": entries}, **columns)

    def file(self, content: bytes, *, user: str = "brand") -> dict[str, str]:
        """Store a live file with this content. Returns its audience."""
        file_id, sha256 = uuid4(), hashlib.sha256(content).hexdigest()
        boto3.client("s3").put_object(Bucket=lambdas.BUCKET, Key=f"files/{file_id}", Body=content)
        self.run(
            "insert into files (file_id, file_name, file_type, file_size, file_path, created_by_user_id,"
            " content_sha256) values (%s, 'list.csv', 'other', %s, %s, %s, decode(%s, 'hex'))",
            file_id,
            len(content),
            f"files/{file_id}",
            self.platform.users[user],
            sha256,
        )
        return {"source": "file", "file_id": str(file_id), "content_sha256": sha256}

    def csv(self, content: bytes | str, **columns: object) -> UUID:
        """Insert a plan with a file of recipients."""
        audience = self.file(content.encode() if isinstance(content, str) else content)
        return self.plan(audience, **columns)

    def work(self, plan_id: UUID, context: object = None) -> list[str]:
        """Deliver the plan's message. Returns the ids of the messages that failed."""
        from functions.email import plan

        return self.deliver(plan, {"type": "PlanSend", "send_plan_id": str(plan_id)}, context)

    def deliver(self, function: Any, message: object, context: object = None) -> list[str]:
        """Deliver one message to a queue's function."""
        self.platform.login("ddp_worker")
        event = lambdas.with_message(lambdas.sample("email/plan"), message)
        answer = function.handler(event, context or lambdas.Context())
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """Receive and remove a queue's messages, except delayed ones."""
        client, found = boto3.client("sqs"), []
        while got := client.receive_message(QueueUrl=url(queue), MaxNumberOfMessages=10).get("Messages"):
            found += [json.loads(message["Body"]) for message in got]
            for message in got:
                client.delete_message(QueueUrl=url(queue), ReceiptHandle=message["ReceiptHandle"])
        return found

    def row(self, plan_id: UUID, columns: str) -> tuple[Any, ...]:
        """Columns of a plan."""
        return self.query(f"select {columns} from send_plans where send_plan_id = %s", plan_id)[0]

    def failure(self, plan_id: UUID) -> str | None:
        return self.row(plan_id, "failure_code")[0]

    def sends(self, plan_id: UUID, columns: str = "recipient_email, status") -> list[tuple[Any, ...]]:
        """Columns of the plan's recipients, by address."""
        return self.query(
            f"select {columns} from email_sends where email_campaign_id ="
            " (select email_campaign_id from send_plans where send_plan_id = %s) order by recipient_email",
            plan_id,
        )

    def addresses(self, plan_id: UUID) -> list[str]:
        return [row[0] for row in self.sends(plan_id, "recipient_email")]

    def rejections(self, plan_id: UUID) -> list[tuple[int, str]]:
        """(line, code) of the rejected records."""
        return self.query(
            "select line, code from ddp.send_plan_rejections where send_plan_id = %s order by line", plan_id
        )

    def totals(self, plan_id: UUID) -> tuple[int, ...]:
        """(read, planned, suppressed, duplicates, rejected) over all batches."""
        return self.query(
            "select coalesce(max(records_read), 0), coalesce(sum(planned), 0), coalesce(sum(suppressed), 0),"
            " coalesce(sum(duplicates), 0), coalesce(sum(rejected), 0)"
            " from ddp.send_plan_batches where send_plan_id = %s",
            plan_id,
        )[0]


def url(queue: str) -> str:
    return f"https://sqs.{lambdas.REGION}.amazonaws.com/123456789012/{queue}"


@pytest.fixture
def channel() -> Channel:
    """The channel of the ledger."""
    return EMAIL


@pytest.fixture(scope="session")
def email_services(message_secret: None) -> None:
    """The queues."""
    from ddp import queues

    queues.client.cache_clear()
    for queue in QUEUES:
        boto3.client("sqs").create_queue(QueueName=queue)


@pytest.fixture
def sending(platform: Platform, email_services: None) -> Sending:
    """A brand with an active campaign; the queues are empty."""
    sending = Sending(platform)
    for queue in QUEUES:
        sending.messages(queue)
    return sending

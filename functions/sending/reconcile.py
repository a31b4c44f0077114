"""Queue sending-reconcile, each minute: puts right what workers left behind, and sends the hints that are missing.

It ends the leases of workers that died, derives what is complete, makes the drafts that campaigns give their
participants, and tells the queues about work that they have no message about. Nothing depends on a message arriving:
the tables show what a lost message was about.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues, settings
from ddp.channels import EMAIL, SMS
from ddp.observability import logger
from ddp.queries import heartbeats
from ddp.queries.campaigns import items
from ddp.queries.email.figures import figures as figures_of_email
from ddp.queries.sending import reconciliation
from ddp.queries.sms import identities
from ddp.queries.sms.figures import figures as figures_of_sms
from functions.sending.channels.prices import EMAIL_PER_THOUSAND
from functions.sending.reconciler import STEP_SECONDS, Reconciler

# Campaigns whose kits one run looks at.
KITS = 50

email = Reconciler(
    channel=EMAIL,
    plan_queue_url=settings.required(EMAIL.plan_queue_variable),
    send_queue_url=settings.required(EMAIL.send_queue_variable),
    export_queue_url=settings.required("DDP_SENDING_EXPORT_QUEUE_URL"),
    price_per_thousand=EMAIL_PER_THOUSAND,
)

sms = Reconciler(
    channel=SMS,
    plan_queue_url=settings.required(SMS.plan_queue_variable),
    send_queue_url=settings.required(SMS.send_queue_variable),
    export_queue_url=settings.required("DDP_SENDING_EXPORT_QUEUE_URL"),
    price_per_thousand=None,
)


def reconcile(_: SQSRecord) -> None:
    """Reconcile once; harmless when repeated."""
    of_email, email_counts = email.repair()
    of_sms, sms_counts = sms.repair()
    with db.transaction(role="service_role") as cursor:
        identities.keep_buckets(cursor)
        paused = reconciliation.pause_unhealthy_senders(cursor)
        of_email |= figures_of_email(cursor)
        of_sms |= figures_of_sms(cursor)
    with db.transaction(role="service_role", timeout_seconds=STEP_SECONDS) as cursor:
        offered = items.offer_due(cursor, limit=KITS)
    told = email.tell() + sms.tell()
    heartbeats.beat(
        "sending-reconcile",
        email=of_email["oldest_due_seconds"],
        sms=of_sms["oldest_due_seconds"],
    )
    # The alarms of both channels read this line (infra/capabilities/…/alarms.py); none coming is an alarm too.
    counts = {"email": email_counts, "sms": sms_counts}
    logger.info(
        "reconciled",
        email=of_email,
        sms=of_sms,
        counts=counts,
        senders_paused=paused,
        drafts_offered=offered,
        messages=told,
    )


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Reconcile once per batch: several messages are minutes that were missed, and one run makes up for all of them."""
    return queues.process_first(event, context, reconcile)

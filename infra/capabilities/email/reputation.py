"""What Amazon SES thinks of the account: above these rates it reviews an account, and later lets it send no more."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.constructs.monitoring import Monitoring


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A rate of the whole account, as SES computes it. `review`: the share from which on SES reviews an account."""

    metric: str
    review: float
    words: str


# https://docs.aws.amazon.com/ses/latest/dg/reputationdashboardmessages.html
RATES = {
    "ses-bounce-rate": Rate(metric="Reputation.BounceRate", review=0.05, words="bounce hard"),
    "ses-complaint-rate": Rate(metric="Reputation.ComplaintRate", review=0.001, words="are complained about"),
}


def watch(scope: Construct, monitoring: Monitoring) -> None:
    """Show both rates, and alarm before SES acts. Without new data an alarm keeps its state."""
    metrics = []
    for name, rate in RATES.items():
        metric = cloudwatch.Metric(
            namespace="AWS/SES", metric_name=rate.metric, period=Duration.hours(1), statistic="Maximum"
        )
        monitoring.alarm(
            scope,
            "".join(word.title() for word in name.split("-")),
            metric=metric,
            threshold=rate.review,
            description=f"At least {rate.review:.1%} of the account's e-mails {rate.words}: SES reviews such accounts, "
            "and stops them if nothing changes. Find the sender who causes it, and pause its sends.",
            runbook=name,
            missing=cloudwatch.TreatMissingData.IGNORE,
        )
        metrics.append(metric)
    monitoring.show("reputation at SES", *metrics)

"""What a deployed stage lacks: its stacks, secrets, quotas, schema and SES. Missing rights are said, not crashed on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.cli.database import deployed
from infra.cli.doctor import ses
from infra.cli.doctor.findings import Finding, good, note, wrong
from infra.settings import DatabaseKind, EmailTransport, Settings, SettingsError
from infra.state import ROOT

STACKS: Final = (
    "data",
    "api",
    "files",
    "messaging",
    "sms",
    "social",
    "engagement",
    "analytics",
    "maintenance",
)
STARTED_WELL: Final = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"}
# What the placeholders of infra/constructs/data have in common.
PLACEHOLDER: Final = "fill-in-this-secret"
REFUSED: Final = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}

Look = Callable[[Settings], Iterator[Finding]]


def findings(stage: str) -> Iterator[Finding]:
    """All of one stage. Ends early without settings or credentials, because nothing else could be seen."""
    try:
        settings = settings_of(stage)
    except SettingsError as error:
        yield wrong(f"cdk.json does not describe {stage}: {error}.", "Correct context.stages in cdk.json.")
        return
    account = next(_guarded(look_at_account, settings))
    yield account
    if account.remedy:
        return
    for look in LOOKS:
        yield from _guarded(look, settings)
    if settings.email_transport is EmailTransport.SES:
        for look in ses.LOOKS:
            yield from _guarded(look, settings)


def settings_of(stage: str) -> Settings:
    """The stage's settings in cdk.json. Raises SettingsError."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    return Settings.from_context({**context, "stage": stage})


def _guarded(look: Look, settings: Settings) -> Iterator[Finding]:
    """The findings of one look; a missing right or an unreachable service is a finding too."""
    try:
        yield from look(settings)
    except ClientError as error:
        yield _refusal(error)
    except BotoCoreError as error:
        yield wrong(
            f"Region {settings.region} of AWS could not be asked: {error}.",
            "Look at the network and your credentials (AWS_PROFILE, or aws sso login).",
        )


def _refusal(error: ClientError) -> Finding:
    code, sentence = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code in REFUSED:
        return wrong(
            f"You may not call {error.operation_name}, so this was not looked at.",
            f"Ask for the right to it. AWS says: {sentence}",
        )
    return wrong(
        f"{error.operation_name} failed: {code} {sentence}", "Look at the credentials and the Region."
    )


def look_at_account(settings: Settings) -> Iterator[Finding]:
    """Which account the credentials are of."""
    found = boto3.client("sts", region_name=settings.region).get_caller_identity()
    yield good(f"Stage {settings.stage} is in Region {settings.region} of account {found['Account']}.")


def look_at_stacks(settings: Settings) -> Iterator[Finding]:
    """Whether each stack is deployed."""
    cloudformation = boto3.client("cloudformation", region_name=settings.region)
    for name in (f"ddp-{settings.stage}-{each}" for each in STACKS):
        try:
            status = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            yield wrong(f"The stack {name} is not deployed.", f"ddp deploy {settings.stage}")
            continue
        if status in STARTED_WELL:
            yield good(f"The stack {name} is deployed.")
        else:
            yield wrong(f"The stack {name} is in state {status}.", "Look at its events in CloudFormation.")


def look_at_secrets(settings: Settings) -> Iterator[Finding]:
    """Whether each secret exists and is filled in. Its value is never printed."""
    secrets = boto3.client("secretsmanager", region_name=settings.region)
    for name in _secrets(settings):
        try:
            value = secrets.get_secret_value(SecretId=name).get("SecretString", "")
        except secrets.exceptions.ResourceNotFoundException:
            yield wrong(f"There is no secret {name}.", f"Deploy the stack ddp-{settings.stage}-data.")
        except ClientError as error:
            yield _refusal(error)
        else:
            yield _secret(name, value)


def _secrets(settings: Settings) -> list[str]:
    # RDS and Aurora make the only one of theirs themselves.
    logins = ("migrator", "api", "worker") if settings.database is DatabaseKind.SUPABASE else ()
    smtp = ["smtp"] if settings.email_transport is EmailTransport.SMTP else []
    return [
        f"ddp/{settings.stage}/{each}"
        for each in (
            *(f"database/{login}" for login in logins),
            "messages",
            *smtp,
            *(f"social/{platform}" for platform in settings.social),
        )
    ]


def _secret(name: str, value: str) -> Finding:
    if PLACEHOLDER in value:
        remedy = "Write what belongs there into it, as infra/docs/deploy.md says."
        return wrong(f"The secret {name} still has its placeholder.", remedy)
    if not value:
        return wrong(f"The secret {name} is empty.", "Write its value into it.")
    return good(f"The secret {name} is filled in.")


def look_at_quotas(settings: Settings) -> Iterator[Finding]:
    """Whether the account runs as many functions at once as cdk.json says."""
    limits = boto3.client("lambda", region_name=settings.region).get_account_settings()["AccountLimit"]
    allowed, assumed = limits["ConcurrentExecutions"], settings.account_concurrency
    if allowed < assumed:
        yield wrong(
            f"Lambda runs {allowed:,} functions at once in this account; cdk.json counts on {assumed:,}.",
            "Ask AWS for the quota (Service Quotas, AWS Lambda), or set account_concurrency to what you have.",
        )
    else:
        yield good(f"Lambda runs {allowed:,} functions at once in this account.")


def look_at_schema(settings: Settings) -> Iterator[Finding]:
    """Whether the database has the schema that was deployed."""
    try:
        answer = deployed.ask(settings.stage, "status")
    except deployed.StageUnreachable as error:
        sentence = str(error)
        yield wrong(f"The schema was not looked at: {sentence.rstrip('.')}.", "Deploy, or ask for the right.")
        return
    told = "; ".join(answer.lines)
    if any(line.startswith("to apply") for line in answer.lines):
        yield wrong(f"The schema is not up to date: {told}.", f"ddp migrate apply --stage {settings.stage}")
    else:
        yield good(f"The schema is up to date: {answer.lines[0]}.")


def look_at_alarms(settings: Settings) -> Iterator[Finding]:
    """Whether somebody gets alarms, and which are on."""
    if not settings.alarm_email:
        yield note(
            "Nobody gets the stage's alarms.", f"Set alarm_email of stage {settings.stage} in cdk.json."
        )
    cloudwatch = boto3.client("cloudwatch", region_name=settings.region)
    found = cloudwatch.describe_alarms(AlarmNamePrefix=f"ddp-{settings.stage}-", StateValue="ALARM")
    for alarm in found["MetricAlarms"]:
        remedy: Any = alarm.get("AlarmDescription") or "Look at it in CloudWatch."
        yield wrong(f"The alarm {alarm['AlarmName']} is on.", remedy)


LOOKS: Final[tuple[Look, ...]] = (
    look_at_stacks, look_at_secrets, look_at_quotas, look_at_schema, look_at_alarms,
)  # fmt: skip

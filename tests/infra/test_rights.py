"""Least privilege, read from the policies of every role."""

from __future__ import annotations

import pytest

from infra.concurrency import DEFAULTS, Kind
from infra.local.schedules import PINGED
from tests.infra.assembly import as_list, functions, references, resources, text

# Actions for which AWS offers no narrower resource than *.
WITHOUT_RESOURCE = {
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
    "ses:GetAccount",
    "sms-voice:DescribePhoneNumbers",
    "sms-voice:DescribeSenderIds",
    "sms-voice:DescribePools",
    "sms-voice:DescribeRegistrations",
}


def statements(template: dict) -> list[tuple[str, dict]]:
    """Role's logical id and statement, of all policies that are attached to roles."""
    found = []
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Policy":
            found += [(properties["Roles"][0]["Ref"], s) for s in properties["PolicyDocument"]["Statement"]]
        assert not properties.get("Policies"), "inline policies of roles would have to be read here too"
    return found


def rights(service: dict, name: str) -> dict[str, set[str]]:
    """Action → resources, of one function, with references in angle brackets."""
    role = functions(service)[name]["Role"]["Fn::GetAtt"][0]
    granted: dict[str, set[str]] = {}
    for owner, statement in statements(service):
        if owner == role:
            for action in as_list(statement["Action"]):
                granted.setdefault(action, set()).update(named(service, as_list(statement["Resource"])))
    return granted


def named(service: dict, granted: list) -> set[str]:
    """Resources as text; queues by their short names."""
    queues = {
        f"<{name}.Arn>": properties["QueueName"].removeprefix("ddp-prod-")
        for name, properties in resources(service, "AWS::SQS::Queue").items()
    }
    # Those of another stack are named by their literal ARN.
    queues |= {f"arn:aws:sqs:eu-central-1:<AWS::AccountId>:ddp-prod-{name}": name for name in queues.values()}
    (protection,) = resources(service, "AWS::SMSVOICE::ProtectConfiguration")
    (api,) = resources(service, "AWS::ApiGatewayV2::Api")
    known = {**queues, f"<{protection}.Arn>": PROTECTION}
    return {known.get(text(each), text(each)).replace(f"<{api}>", "<API>") for each in granted}


def test_no_action_has_a_wildcard(prod):
    for template in prod.templates().values():
        for role, statement in statements(template):
            assert statement["Effect"] == "Allow"
            assert not [a for a in as_list(statement["Action"]) if "*" in a], role


def test_a_wildcard_resource_has_its_reason(prod):
    reasons = dict(prod.acknowledgements())
    for template in prod.templates().values():
        for role, statement in statements(template):
            for resource in map(text, as_list(statement["Resource"])):
                if resource == "*":
                    assert set(as_list(statement["Action"])) <= WITHOUT_RESOURCE, role
                if "*" in resource:
                    assert reasons[f"Annotation::AwsSolutions-IAM5[Resource::{resource}]"]


EVERY = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}
KEY = {"kms:Decrypt": {"<DataKeyArn>"}, "kms:GenerateDataKey": {"<DataKeyArn>"}}
BUCKET = "arn:aws:s3:::<BucketName>"
# ChangeMessageVisibility makes a failed message come again soon.
CONSUMING = {
    "sqs:ReceiveMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueUrl",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
}
CONSUMERS = {
    "uploads-object-created": "uploads-object-created",
    "catalogue-import-products": "catalogue-import-products",
    "catalogue-reconcile": "catalogue-reconcile",
    "email-plan": "email-plan",
    "email-send": "email-send",
    "sending-export": "sending-export",
    "email-events": "email-events",
    "maintenance-reconcile": "maintenance-reconcile",
    "sending-reconcile": "sending-reconcile",
    "uploads-reconcile": "uploads-reconcile",
    "analytics-refresh": "analytics-refresh",
    "analytics-export": "analytics-export",
    "maintenance-cleanup": "maintenance-cleanup",
    **{f"sms-{stage}": f"sms-{stage}" for stage in ("plan", "send", "events", "inbound", "opt-outs")},
    **{f"social-{stage}": f"social-{stage}" for stage in ("due", "publish", "reconcile", "tokens")},
    "engagement-ingest": "social-event",
    "engagement-poll": "social-poll",
}
DATABASE = {"api": "<DatabaseApiSecretArn>", "worker": "<DatabaseWorkerSecretArn>"}
MESSAGES = "<MessageSecretArn>"
IDENTITIES = "arn:aws:ses:eu-central-1:<AWS::AccountId>:identity/*"
CONFIGURATION_SET = "arn:aws:ses:eu-central-1:<AWS::AccountId>:configuration-set/ddp-prod-email"
SENDING = ("ses:SendEmail", "ses:SendRawEmail", "ses:SendBulkEmail", "ses:SendBulkTemplatedEmail")
DECRYPT = {"kms:Decrypt": {"<DataKeyArn>"}}
PROTECTION = "the protect configuration"
VOICE = "arn:aws:sms-voice:eu-central-1:<AWS::AccountId>"
TEXTING = {
    "sms-voice:SendTextMessage": {
        f"{VOICE}:phone-number/*",
        f"{VOICE}:sender-id/*",
        f"{VOICE}:pool/*",
        f"{VOICE}:configuration-set/ddp-prod-sms",
        PROTECTION,
    }
}
OPT_OUTS = {
    f"sms-voice:{action}OptedOutNumber{s}": {f"{VOICE}:opt-out-list/ddp-prod-sms"}
    for action, s in (("Describe", "s"), ("Put", ""), ("Delete", ""))
}
LISTS = {
    f"sms-voice:Describe{what}": {"*"} for what in ("PhoneNumbers", "SenderIds", "Pools", "Registrations")
}
TELLING_OPT_OUTS = {a: r for a, r in OPT_OUTS.items() if not a.endswith("DescribeOptedOutNumbers")}


BEHIND_API = [name for name, limit in DEFAULTS.items() if limit.kind is Kind.HTTP]

# The applications' secrets, and the keys of these and of tokens. test_social.py has the conditions.
APPLICATIONS = {
    f"<Social{name}SecretArn>"
    for name in ("Facebook", "Instagram", "Linkedin", "Tiktok", "Twitter", "Youtube")
}
TOKENS = {"kms:Encrypt": {"<SocialKeyArn>"}, "kms:Decrypt": {"<SocialKeyArn>", "<DataKeyArn>"}}


def sending_to(*queues: str) -> dict[str, set[str]]:
    return {"sqs:SendMessage": set(queues)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("authorizer", {}),
        (
            "uploads-http",
            {
                "secretsmanager:GetSecretValue": {"<DatabaseApiSecretArn>"},
                "s3:PutObject": {f"{BUCKET}/incoming/*"},
                "s3:AbortMultipartUpload": {f"{BUCKET}/incoming/*"},
                "s3:ListMultipartUploadParts": {f"{BUCKET}/incoming/*"},
                "s3:GetObject": {f"{BUCKET}/files/*", f"{BUCKET}/thumbnails/*"},
                "s3:DeleteObject": {f"{BUCKET}/hosted/*"},
                **KEY,
            },
        ),
        (
            "migrate",
            {
                "secretsmanager:GetSecretValue": {
                    "<DatabaseApiSecretArn>",
                    "<DatabaseWorkerSecretArn>",
                    "<DatabaseMigratorSecretArn>",
                },
                "kms:Decrypt": {"<DataKeyArn>"},
            },
        ),
        (
            "smoke",
            {
                "execute-api:Invoke": {
                    "arn:aws:execute-api:eu-central-1:<AWS::AccountId>:<API>/$default/POST/health"
                },
                "lambda:InvokeFunction": {
                    f"arn:aws:lambda:eu-central-1:<AWS::AccountId>:function:ddp-prod-{name}:*"
                    for name in BEHIND_API
                },
                **{
                    f"codedeploy:{action}": {
                        "arn:aws:codedeploy:eu-central-1:<AWS::AccountId>:deploymentgroup:ddp-prod-*/*"
                    }
                    for action in (
                        "GetDeploymentTarget",
                        "ListDeploymentTargets",
                        "PutLifecycleEventHookExecutionStatus",
                    )
                },
            },
        ),
        (
            "uploads-hosted",
            {"s3:GetObject": {f"{BUCKET}/hosted/*"}, "s3:ListBucket": {BUCKET}, **DECRYPT},
        ),
        (
            "uploads-object-created",
            {
                "secretsmanager:GetSecretValue": {"<DatabaseWorkerSecretArn>"},
                "s3:GetObject": {f"{BUCKET}/incoming/*", f"{BUCKET}/files/*"},
                "s3:PutObject": {f"{BUCKET}/{part}/*" for part in ("files", "thumbnails", "hosted")},
                "s3:DeleteObject": {f"{BUCKET}/{part}/*" for part in ("files", "thumbnails", "hosted")},
                "s3:ListBucket": {BUCKET},
                **KEY,
            },
        ),
        ("campaigns-http", {"secretsmanager:GetSecretValue": {DATABASE["api"]}, **DECRYPT}),
        ("people-http", {"secretsmanager:GetSecretValue": {DATABASE["api"]}, **DECRYPT}),
        (
            "catalogue-http",
            {
                "secretsmanager:GetSecretValue": {DATABASE["api"]},
                **sending_to("catalogue-import-products"),
                **DECRYPT,
            },
        ),
        (
            "catalogue-import-products",
            {
                "secretsmanager:GetSecretValue": {DATABASE["worker"]},
                "s3:GetObject": {f"{BUCKET}/files/*"},
                "s3:ListBucket": {BUCKET},
                **sending_to("catalogue-import-products"),
                **DECRYPT,
            },
        ),
        (
            "catalogue-reconcile",
            {
                "secretsmanager:GetSecretValue": {DATABASE["worker"]},
                **sending_to("catalogue-import-products"),
                **DECRYPT,
            },
        ),
        (
            "analytics-refresh",
            {
                "secretsmanager:GetSecretValue": {DATABASE["worker"]},
                **sending_to("analytics-export"),
                **DECRYPT,
            },
        ),
        (
            "analytics-http",
            {
                "secretsmanager:GetSecretValue": {DATABASE["api"], MESSAGES},
                "s3:GetObject": {f"{BUCKET}/exports/*"},
                **sending_to("analytics-export", "analytics-refresh"),
                **DECRYPT,
            },
        ),
        (
            "analytics-export",
            {
                "secretsmanager:GetSecretValue": {DATABASE["api"]},
                "s3:PutObject": {f"{BUCKET}/exports/*"},
                "s3:AbortMultipartUpload": {f"{BUCKET}/exports/*"},
                **KEY,
            },
        ),
        ("sending-http", {"secretsmanager:GetSecretValue": {DATABASE["api"], MESSAGES}, **DECRYPT}),
        (
            "email-http",
            {
                "secretsmanager:GetSecretValue": {DATABASE["api"]},
                "s3:GetObject": {f"{BUCKET}/exports/*"},
                "ses:CreateEmailIdentity": {IDENTITIES},
                "ses:GetEmailIdentity": {IDENTITIES},
                "ses:DeleteEmailIdentity": {IDENTITIES},
                "ses:TagResource": {IDENTITIES},
                **sending_to("email-plan", "email-send", "sending-export"),
                **DECRYPT,
            },
        ),
        (
            "email-unsubscribe",
            {"secretsmanager:GetSecretValue": {DATABASE["worker"], MESSAGES}, **DECRYPT},
        ),
        (
            "analytics-conversions",
            {"secretsmanager:GetSecretValue": {DATABASE["worker"], MESSAGES}, **DECRYPT},
        ),
        (
            "email-plan",
            {
                "secretsmanager:GetSecretValue": {DATABASE["worker"], MESSAGES},
                "s3:GetObject": {f"{BUCKET}/files/*"},
                "s3:ListBucket": {BUCKET},
                **sending_to("email-plan", "email-send"),
                **DECRYPT,
            },
        ),
        (
            "email-send",
            {
                "secretsmanager:GetSecretValue": {DATABASE["worker"], MESSAGES},
                "s3:GetObject": {f"{BUCKET}/files/*"},
                **{action: {IDENTITIES, CONFIGURATION_SET} for action in SENDING},
                "ses:GetAccount": {"*"},
                **sending_to("email-send"),
                **DECRYPT,
            },
        ),
        ("email-events", {"secretsmanager:GetSecretValue": {DATABASE["worker"]}, **DECRYPT}),
        (
            "sending-export",
            {
                "secretsmanager:GetSecretValue": {DATABASE["worker"]},
                "s3:PutObject": {f"{BUCKET}/exports/*"},
                "s3:AbortMultipartUpload": {f"{BUCKET}/exports/*"},
                **KEY,
            },
        ),
        (
            "uploads-reconcile",
            {
                "secretsmanager:GetSecretValue": {DATABASE["worker"]},
                "s3:GetObject": {f"{BUCKET}/incoming/*", f"{BUCKET}/files/*"},
                "s3:DeleteObject": {f"{BUCKET}/hosted/*"},
                "s3:ListBucket": {BUCKET},
                **sending_to("uploads-object-created"),
                **DECRYPT,
            },
        ),
        (
            "maintenance-reconcile",
            {
                "secretsmanager:GetSecretValue": {DATABASE["worker"]},
                "s3:GetObject": {f"{BUCKET}/files/*", f"{BUCKET}/thumbnails/*"},
                "s3:GetObjectVersion": {f"{BUCKET}/files/*", f"{BUCKET}/thumbnails/*"},
                "s3:PutObject": {f"{BUCKET}/files/*", f"{BUCKET}/thumbnails/*"},
                "s3:DeleteObject": {
                    f"{BUCKET}/{area}/*"
                    for area in ("files", "thumbnails", "hosted", "incoming", "exports", "social")
                },
                "s3:ListBucket": {BUCKET},
                "s3:ListBucketVersions": {BUCKET},
                **sending_to("maintenance-reconcile"),
                **KEY,
            },
        ),
        (
            "maintenance-http",
            {
                "secretsmanager:GetSecretValue": {DATABASE["api"], MESSAGES},
                **sending_to("maintenance-cleanup"),
                **DECRYPT,
            },
        ),
        (
            "maintenance-cleanup",
            {
                "secretsmanager:GetSecretValue": {DATABASE["worker"]},
                "s3:DeleteObject": {
                    f"{BUCKET}/files/*",
                    f"{BUCKET}/thumbnails/*",
                    f"{BUCKET}/exports/*",
                },
                **sending_to("maintenance-cleanup"),
                **DECRYPT,
            },
        ),
        (
            "sending-reconcile",
            {
                "secretsmanager:GetSecretValue": {DATABASE["worker"]},
                **sending_to("email-plan", "email-send", "sms-plan", "sms-send", "sending-export"),
                **DECRYPT,
            },
        ),
        (
            "sms-http",
            {
                "secretsmanager:GetSecretValue": {DATABASE["api"], MESSAGES},
                "s3:GetObject": {f"{BUCKET}/exports/*"},
                **LISTS,
                **sending_to("sms-plan", "sms-send", "sending-export"),
                **DECRYPT,
            },
        ),
        ("sms-links", {"secretsmanager:GetSecretValue": {DATABASE["worker"], MESSAGES}, **DECRYPT}),
        (
            "sms-plan",
            {
                "secretsmanager:GetSecretValue": {DATABASE["worker"], MESSAGES},
                "s3:GetObject": {f"{BUCKET}/files/*"},
                "s3:ListBucket": {BUCKET},
                **sending_to("sms-plan", "sms-send"),
                **DECRYPT,
            },
        ),
        (
            "sms-send",
            {
                "secretsmanager:GetSecretValue": {DATABASE["worker"], MESSAGES},
                **TEXTING,
                **sending_to("sms-send"),
                **DECRYPT,
            },
        ),
        (
            "social-http",
            {
                "secretsmanager:GetSecretValue": {DATABASE["api"], *APPLICATIONS},
                "s3:GetObject": {f"{BUCKET}/thumbnails/*"},
                **sending_to("social-publish"),
                **DECRYPT,
                **TOKENS,
            },
        ),
        (
            "social-callback",
            {"secretsmanager:GetSecretValue": {DATABASE["worker"], *APPLICATIONS}, **TOKENS},
        ),
        (
            "social-media",
            {
                "secretsmanager:GetSecretValue": {MESSAGES},
                "s3:GetObject": {f"{BUCKET}/social/*"},
                "s3:ListBucket": {BUCKET},
                **DECRYPT,
            },
        ),
        (
            "social-due",
            {
                "secretsmanager:GetSecretValue": {DATABASE["worker"]},
                **sending_to("social-publish"),
                **DECRYPT,
            },
        ),
        (
            "social-publish",
            {
                "secretsmanager:GetSecretValue": {DATABASE["worker"], MESSAGES, *APPLICATIONS},
                "s3:GetObject": {f"{BUCKET}/files/*", f"{BUCKET}/social/*"},
                "s3:PutObject": {f"{BUCKET}/social/*"},
                "s3:ListBucket": {BUCKET},
                **sending_to("social-publish"),
                **KEY,
                **TOKENS,
            },
        ),
        ("social-reconcile", {"secretsmanager:GetSecretValue": {DATABASE["worker"]}, **DECRYPT}),
        (
            "social-tokens",
            {"secretsmanager:GetSecretValue": {DATABASE["worker"], *APPLICATIONS}, **TOKENS},
        ),
        (
            "engagement-http",
            {"secretsmanager:GetSecretValue": {DATABASE["api"]}, **sending_to("social-poll"), **DECRYPT},
        ),
        (
            "engagement-webhook",
            {"secretsmanager:GetSecretValue": APPLICATIONS, **sending_to("social-event"), **DECRYPT},
        ),
        ("engagement-ingest", {"secretsmanager:GetSecretValue": {DATABASE["worker"]}, **DECRYPT}),
        (
            "engagement-poll",
            {
                "secretsmanager:GetSecretValue": {DATABASE["worker"], *APPLICATIONS},
                "kms:Decrypt": TOKENS["kms:Decrypt"],
            },
        ),
        ("sms-events", {"secretsmanager:GetSecretValue": {DATABASE["worker"]}, **DECRYPT}),
        (
            "sms-inbound",
            {
                "secretsmanager:GetSecretValue": {DATABASE["worker"], MESSAGES},
                **TEXTING,
                **TELLING_OPT_OUTS,
                **DECRYPT,
            },
        ),
        (
            "sms-opt-outs",
            {
                "secretsmanager:GetSecretValue": {DATABASE["worker"], MESSAGES},
                **TEXTING,
                **OPT_OUTS,
                **LISTS,
                **DECRYPT,
            },
        ),
    ],
)
def test_a_function_may_do_exactly_what_its_work_takes(service, name, expected):
    granted = rights(service, name)
    consumed = {action: granted.pop(action) for action in CONSUMING & set(granted)}
    assert consumed == ({action: {CONSUMERS[name]} for action in CONSUMING} if name in CONSUMERS else {})
    assert {a: r for a, r in granted.items() if a not in EVERY} == expected


def test_every_function_has_its_rights_listed_above(service):
    marks = test_a_function_may_do_exactly_what_its_work_takes.pytestmark
    assert {name for name, _ in marks[0].args[1]} == set(functions(service))


def test_codedeploy_may_call_its_hook_and_no_other_function(service):
    (role,) = (
        name
        for name, properties in resources(service, "AWS::IAM::Role").items()
        if "codedeploy.amazonaws.com" in str(properties["AssumeRolePolicyDocument"])
    )
    (statement,) = (s for owner, s in statements(service) if owner == role)
    assert statement["Action"] == "lambda:InvokeFunction"
    (function,) = {next(references(each)) for each in as_list(statement["Resource"])}
    assert service["Resources"][function]["Properties"]["FunctionName"] == "ddp-prod-smoke"


def test_only_one_function_sends_messages_of_ours(service):
    senders = {name for name in functions(service) if rights(service, name).keys() & set(SENDING)}
    assert senders == {"email-send"}


def test_sms_are_sent_where_campaigns_are_and_where_people_are_answered(service):
    senders = {name for name in functions(service) if "sms-voice:SendTextMessage" in rights(service, name)}
    assert senders == {"sms-send", "sms-inbound", "sms-opt-outs"}


def test_the_schedulers_may_send_to_their_queues_and_dead_letters_only(service):
    """One role for each queue that schedules send to."""
    schedulers = {
        name: set()
        for name, properties in resources(service, "AWS::IAM::Role").items()
        if "scheduler.amazonaws.com" in str(properties["AssumeRolePolicyDocument"])
    }
    for owner, statement in statements(service):
        if owner in schedulers:
            assert as_list(statement["Action"]) == ["sqs:SendMessage"]
            schedulers[owner] |= named(service, as_list(statement["Resource"]))
    # Two schedules share a role if they have one target: those of the cleanup, and those of reading posts.
    names = (
        "analytics-refresh",
        "catalogue-reconcile",
        "maintenance-cleanup",
        "maintenance-reconcile",
        "sending-reconcile",
        "sms-opt-outs",
        "social-due",
        "social-poll",
        "social-reconcile",
        "social-tokens",
        "uploads-reconcile",
    )
    # A ping that cannot be delivered goes nowhere: the next one follows.
    pinged = [[name.replace("ddp-local-", "")] for name in PINGED]
    assert sorted(map(sorted, schedulers.values())) == sorted(
        [*([name, f"{name}-dlq"] for name in names), *pinged]
    )


def test_a_service_publishes_to_a_topic_for_this_account_only(service):
    allowed = [
        statement
        for policy in resources(service, "AWS::SNS::TopicPolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert {s["Principal"]["Service"] for s in allowed} == {
        "cloudwatch.amazonaws.com",
        "ses.amazonaws.com",
        "sms-voice.amazonaws.com",
    }
    for statement in allowed:
        accounts = {name.lower(): a for name, a in statement["Condition"]["StringEquals"].items()}
        assert accounts["aws:sourceaccount"] == {"Ref": "AWS::AccountId"}


def test_nobody_else_may_send_to_the_queues(service):
    for policy in resources(service, "AWS::SQS::QueuePolicy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow":
                assert statement["Principal"]["Service"] in {"events.amazonaws.com", "sns.amazonaws.com"}
                assert statement["Condition"]["ArnEquals"]["aws:SourceArn"]

"""A function's role allows exactly the operations that its handler can reach, and no other."""

from __future__ import annotations

import pytest
from botocore import xform_name
from botocore.session import Session

from infra.cli.lint_templates import EXAMPLE
from infra.cli.synth import synthesise
from tests.infra.assembly import Assembly, functions, references, resources
from tests.infra.rights import calls
from tests.infra.rights.calls import Call
from tests.infra.rights.reach import reached
from tests.infra.test_rights import rights

# What Lambda itself does with a function's role: logs, traces, and a place inside the database's VPC.
OF_LAMBDA = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}
# What Lambda's poller does with the role of a worker, on the worker's own queue. The CDK's event source grants
# GetQueueUrl too; to leave it out would replace all event sources, which a deploy cannot do without a gap.
OF_POLLER = {
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ChangeMessageVisibility",
}
# The rights that an operation takes, where these are not the operation's own name.
TAKES = {
    ("s3", "head_object"): {"s3:GetObject"},
    ("s3", "copy_object"): {"s3:GetObject", "s3:PutObject"},
    ("s3", "create_multipart_upload"): {"s3:PutObject"},
    ("s3", "upload_part"): {"s3:PutObject"},
    ("s3", "complete_multipart_upload"): {"s3:PutObject"},
    ("s3", "list_parts"): {"s3:ListMultipartUploadParts"},
    ("s3", "list_objects_v2"): {"s3:ListBucket"},
    # It copies an earlier version over the present one, which takes the right to read versions.
    ("s3", "list_object_versions"): {"s3:ListBucketVersions", "s3:GetObjectVersion"},
    ("s3", "delete_objects"): {"s3:DeleteObject"},
    ("sqs", "send_message_batch"): {"sqs:SendMessage"},
    ("sqs", "change_message_visibility_batch"): {"sqs:ChangeMessageVisibility"},
    ("sesv2", "create_email_identity"): {"ses:CreateEmailIdentity", "ses:TagResource"},
    # SES checks two names of an operation: that of its API, and the one that the operation had before.
    ("sesv2", "send_email"): {"ses:SendEmail", "ses:SendRawEmail"},
    ("sesv2", "send_bulk_email"): {"ses:SendBulkEmail", "ses:SendBulkTemplatedEmail"},
    ("rds", calls.TOKEN): {"rds-db:connect"},
    ("lambda", "invoke"): {"lambda:InvokeFunction"},
}
# Rights of requests that a function signs itself.
SIGNED = {"smoke": {"execute-api:Invoke"}}
PREFIX = {"sesv2": "ses", "pinpoint-sms-voice-v2": "sms-voice"}
# Calls that a kind of database leaves out: where they are made, and why they are not.
LEFT_OUT = {
    "supabase": {
        ("ddp.db", "_iam_parameters"): "functions log in by the password in a secret",
        ("functions.maintenance.logins", "iam_token"): "asked for only if DDP_DATABASE_IAM says so",
        ("ddp.refusals.origin", "_secret"): "read only if DDP_EDGE_SECRET names one",
    },
    "rds": {
        ("ddp.db", "_parameters"): "functions log in by IAM: no secret is named",
        ("ddp.refusals.origin", "_secret"): "read only if DDP_EDGE_SECRET names one",
    },
}
# These answer callers without a token, of whom no budget is asked (ddp.edge.handle), and connect to no database.
WITHOUT_DATABASE = {"functions.social.media.handler", "functions.uploads.hosted.handler"}
OF_DATABASE = {("ddp.db", "_parameters"), ("ddp.db", "_iam_parameters")}
# Methods with an operation's name of what is no client.
NO_CLIENT = {(("functions.uploads.images", "_check_structure"), "verify"): "Pillow's image"}
# What S3 answers where there is no object, but only to those who may list the bucket: others get a 403 for all.
ABSENT = "NoSuchKey"


@pytest.fixture(scope="module", params=["supabase", "rds"])
def stage(request) -> tuple[str, dict]:
    """The kind of database, and all stacks but the data stack as one template."""
    assembly = Assembly(synthesise(stage="prod", database=request.param, settings=EXAMPLE))
    return request.param, assembly.service()


def called(handler: str, database: str) -> set[Call]:
    """All operations that a handler can reach."""
    left_out = {*LEFT_OUT[database], *(OF_DATABASE if handler in WITHOUT_DATABASE else ())}
    return {call for each in reached(handler) if each not in left_out for call in calls.calls(each)}


def takes(call: Call) -> set[str]:
    """The rights that an operation takes. A presigned URL can do no more than the function that signed it."""
    service, method = call[0], call[1].removeprefix("presigned ")
    if (service, method) in TAKES:
        return TAKES[service, method]
    (name,) = (n for n in Session().get_service_model(service).operation_names if xform_name(n) == method)
    return {f"{PREFIX.get(service, service)}:{name}"}


def needed(handler: str, database: str) -> set[str]:
    """The rights that a handler's calls take, those at the stage's key included."""
    made = called(handler, database)
    found = {right for call in made for right in takes(call)}
    if made & {("s3", "get_object"), ("s3", "head_object")} and any(
        ABSENT in calls.texts(each) for each in reached(handler)
    ):
        found.add("s3:ListBucket")
    # Secrets and objects are encrypted with the stage's key. To write an object takes a data key of it; S3 decrypts
    # that key again for each part of an upload in parts.
    if found & {"secretsmanager:GetSecretValue", "s3:GetObject", "s3:PutObject"}:
        found.add("kms:Decrypt")
    if "s3:PutObject" in found:
        found.add("kms:GenerateDataKey")
    return found


def workers(service: dict) -> set[str]:
    """Logical ids of the functions (or of their aliases' functions) that a queue's poller calls."""
    aliases = {
        name: next(references(properties["FunctionName"]))
        for name, properties in resources(service, "AWS::Lambda::Alias").items()
    }
    mapped = (
        next(references(properties["FunctionName"]))
        for properties in resources(service, "AWS::Lambda::EventSourceMapping").values()
    )
    return {aliases.get(name, name) for name in mapped}


def ids(service: dict) -> dict[str, str]:
    """Short name → logical id of each function."""
    return {
        properties["FunctionName"].split("-", 2)[2]: name
        for name, properties in resources(service, "AWS::Lambda::Function").items()
    }


def test_a_role_allows_what_its_handler_calls_and_nothing_else(stage):
    database, service = stage
    polled = workers(service)
    wrong = {}
    for name, properties in functions(service).items():
        own = OF_POLLER if ids(service)[name] in polled else set()
        granted = set(rights(service, name)) - OF_LAMBDA
        must = needed(properties["Handler"], database) | SIGNED.get(name, set())
        if found := {"too wide": granted - must - own, "missing": (must | own) - granted}:
            wrong |= {f"{name}, {what}": sorted(names) for what, names in found.items() if names}
    assert not wrong


def test_what_a_database_leaves_out_is_called_elsewhere(stage):
    """An exception that matches nothing would hide the next right that is too wide."""
    database, service = stage
    everything = {each for p in functions(service).values() for each in reached(p["Handler"])}
    for definition in LEFT_OUT[database]:
        assert definition in everything
        assert calls.calls(definition)


def test_no_call_of_a_client_is_overlooked(service):
    """Every method with the name of an operation is read as a call, or belongs to something that is no client."""
    seen = set()
    for handler in {p["Handler"] for p in functions(service).values()}:
        for definition in reached(handler):
            seen |= {(definition, method) for method in calls.unread(definition)}
            assert {service for service, _ in calls.calls(definition)} <= {*calls.SERVICES, "rds"}
    assert seen == set(NO_CLIENT)


def test_a_handler_does_not_reach_what_stands_beside_what_it_imports():
    """It serves images, and imports the module that also deletes objects."""
    serving = reached("functions.uploads.hosted.handler")
    assert ("ddp.providers.s3", "client") in serving
    assert ("ddp.providers.s3", "delete") not in serving
    assert ("s3", "delete_object") not in called("functions.uploads.hosted.handler", "supabase")


def test_routes_are_reached_although_no_name_leads_to_them():
    assert ("functions.uploads.routes.files", "list_files") in reached("functions.uploads.http.handler")

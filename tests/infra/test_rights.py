"""Least privilege, read off the policies of every role."""

from __future__ import annotations

import pytest

from tests.infra.assembly import as_list, functions, resources, text

# Actions for which AWS offers no narrower resource than *.
WITHOUT_RESOURCE = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}


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
                granted.setdefault(action, set()).update(map(text, as_list(statement["Resource"])))
    return granted


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


EVERY = {"logs:CreateLogStream", "logs:PutLogEvents", *WITHOUT_RESOURCE}
KEY = {"kms:Decrypt": {"<DataKeyArn>"}, "kms:GenerateDataKey": {"<DataKeyArn>"}}
BUCKET = "arn:aws:s3:::<BucketName>"
# ChangeMessageVisibility is how a message that failed comes again soon.
CONSUMING = {
    "sqs:ReceiveMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueUrl",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
}


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
            "object-created",
            {
                "secretsmanager:GetSecretValue": {"<DatabaseWorkerSecretArn>"},
                "s3:GetObject": {f"{BUCKET}/incoming/*"},
                "s3:PutObject": {f"{BUCKET}/files/*", f"{BUCKET}/thumbnails/*"},
                "s3:ListBucket": {BUCKET},
                **KEY,
            },
        ),
    ],
)
def test_a_function_may_do_exactly_what_its_work_takes(service, name, expected):
    granted = rights(service, name)
    consuming = {action for action in granted if action.startswith("sqs:")}
    assert consuming == (CONSUMING if name == "object-created" else set())
    assert {a: r for a, r in granted.items() if a not in EVERY | consuming} == expected


def test_nobody_else_may_send_to_the_queues(service):
    for policy in resources(service, "AWS::SQS::QueuePolicy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow":
                assert statement["Principal"] == {"Service": "events.amazonaws.com"}
                assert statement["Condition"]["ArnEquals"]["aws:SourceArn"]

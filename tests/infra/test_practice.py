"""What holds for every resource of every stack, whatever the database: tags, encryption, and how long logs are kept."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from infra.cli.synth import synthesise
from infra.release import version
from infra.settings import DEFAULT_REGION
from tests.infra.assembly import Assembly, text
from tests.infra.conftest import PROD

# The other two are syntheses of their own.
DATABASES = [
    "supabase",
    pytest.param("rds", marks=pytest.mark.slow),
    pytest.param("aurora", marks=pytest.mark.slow),
]

TAGS = {"ddp:stage": "prod", "ddp:owner": "data-development-platform", "ddp:version": version()}

# Types that could have tags, and have none, with the reason.
UNTAGGED = {
    "AWS::RDS::DBProxyTargetGroup": "CloudFormation refuses tags on it, whatever its schema says.",
}

# What makes each type that holds data encrypted.
ENCRYPTED = {
    "AWS::Kinesis::Stream": "StreamEncryption",
    "AWS::RDS::DBCluster": "StorageEncrypted",
    "AWS::RDS::DBInstance": "StorageEncrypted",
    "AWS::S3::Bucket": "BucketEncryption",
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::SQS::Queue": ("KmsMasterKeyId", "SqsManagedSseEnabled"),
    "AWS::SecretsManager::Secret": "KmsKeyId",
}
# Words in the names of properties that encrypt.
ENCRYPTING = ("KmsKey", "KmsMasterKey", "Encrypt", "Sse", "KMSKey")
# Types that have such a property, with the reason why it need not be set.
BY_AWS = {
    "AWS::EC2::VPC": "Its encryption control is about traffic, and ours is TLS, which clients insist on.",
    "AWS::Lambda::EventSourceMapping": "The key would encrypt its filter, and none has one.",
    "AWS::Lambda::Function": "AWS encrypts code and variables at rest; no variable is a secret.",
    "AWS::Logs::LogGroup": (
        "AWS encrypts log groups at rest; no line of ours has a secret or an address, and PostgreSQL's quote at most "
        "the key of a row that broke a rule."
    ),
    "AWS::RDS::DBProxyTargetGroup": "It holds nothing.",
    "AWS::Scheduler::Schedule": "AWS encrypts schedules at rest; their messages are names of commands.",
    "AWS::SecretsManager::RotationSchedule": "The secret itself is encrypted under our key.",
}


@pytest.fixture(scope="module", params=DATABASES)
def assembly(request) -> Assembly:
    return Assembly(synthesise(stage="prod", database=request.param, settings=PROD))


@functools.cache
def schema(kind: str) -> dict:
    """CloudFormation's own description of a resource type."""
    return PROVIDER_SCHEMA_MANAGER.get_resource_schema(DEFAULT_REGION, kind).schema


def every(assembly: Assembly) -> Iterator[tuple[str, str, dict]]:
    """Name, type and properties of each resource of an AWS type."""
    for stack, template in assembly.templates().items():
        for id_, resource in template["Resources"].items():
            if resource["Type"].startswith("AWS::"):
                yield f"{stack}:{id_}", resource["Type"], resource.get("Properties", {})


def taggable(kind: str) -> str | None:
    """The property that a type's tags are in; None if it has no tags."""
    tagging = schema(kind).get("tagging", {})
    if tagging.get("taggable") is False:
        return None
    name = tagging.get("tagProperty", "/properties/Tags").rpartition("/")[2]
    return name if name in schema(kind)["properties"] else None


def tags(value: object) -> dict[str, str]:
    if isinstance(value, list):
        return {each["Key"]: text(each["Value"]) for each in value}
    return dict(value) if isinstance(value, dict) else {}


def test_every_resource_that_can_have_tags_says_its_stage_its_owner_and_its_release(assembly):
    found = {
        name: {tag: value for tag, value in tags(properties.get(where)).items() if tag in TAGS}
        for name, kind, properties in every(assembly)
        if kind not in UNTAGGED and (where := taggable(kind))
    }
    assert len(found) > 300
    assert {name: of for name, of in found.items() if of != TAGS} == {}


def test_everything_that_holds_data_is_encrypted(assembly):
    kinds, open_ = set(), []
    for name, kind, properties in every(assembly):
        # A cluster's instances have the cluster's storage.
        if kind in ENCRYPTED and "DBClusterIdentifier" not in properties:
            kinds.add(kind)
            known = ENCRYPTED[kind]
            if not any(properties.get(each) for each in ([known] if isinstance(known, str) else known)):
                open_.append(name)
    assert {"AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::SecretsManager::Secret"} <= kinds
    assert open_ == []


def test_a_type_that_could_be_encrypted_is_or_has_its_reason(assembly):
    kinds = {kind for _, kind, _ in every(assembly)}
    could = {kind for kind in kinds if any(w in p for w in ENCRYPTING for p in schema(kind)["properties"])}
    assert could - set(ENCRYPTED) - set(BY_AWS) == set()


def test_no_log_group_keeps_its_lines_for_ever(assembly):
    groups = {name: p for name, kind, p in every(assembly) if kind == "AWS::Logs::LogGroup"}
    assert {name for name, group in groups.items() if group.get("RetentionInDays") != 365} == set()


def exporters(assembly: Assembly) -> Iterator[tuple[str, str]]:
    """Each server and proxy with the group that its lines go to, which its service makes if it is not there."""
    for name, kind, properties in every(assembly):
        logs = properties.get("EnableCloudwatchLogsExports", [])
        if kind == "AWS::RDS::DBInstance":
            for log in logs:
                yield name, f"/aws/rds/instance/{text(properties['DBInstanceIdentifier'])}/{log}"
        if kind == "AWS::RDS::DBCluster":
            for log in logs:
                yield name, f"/aws/rds/cluster/{text(properties['DBClusterIdentifier'])}/{log}"
        if kind == "AWS::RDS::DBProxy":
            yield name, f"/aws/rds/proxy/{text(properties['DBProxyName'])}"


def test_what_rds_logs_goes_to_groups_that_are_made_before_it(assembly):
    """RDS would make them itself, and they would keep their lines for ever."""
    made = {
        text(properties.get("LogGroupName")): name.partition(":")[2]
        for name, kind, properties in every(assembly)
        if kind == "AWS::Logs::LogGroup"
    }
    exported = dict(exporters(assembly))
    writers = {
        name
        for name, kind, properties in every(assembly)
        if kind in {"AWS::RDS::DBCluster", "AWS::RDS::DBProxy"}
        or (kind == "AWS::RDS::DBInstance" and "DBClusterIdentifier" not in properties)
    }
    assert set(exported) == writers
    assert set(exported.values()) <= set(made)
    for name, group in exported.items():
        stack, _, id_ = name.partition(":")
        assert made[group] in assembly.templates()[stack]["Resources"][id_]["DependsOn"]


def test_an_untagged_resource_would_be_noticed():
    assert taggable("AWS::SQS::Queue") == "Tags"
    assert taggable("AWS::Lambda::Version") is None

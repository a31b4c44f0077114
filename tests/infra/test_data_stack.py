"""What must survive. The emulator ignores nearly all of it, so these tests read the template."""

from __future__ import annotations

import json

import pytest

from tests.infra.assembly import resources

# Kept when the stack is deleted, but not when its first creation fails: the next one would find the names taken.
KEPT = ("RetainExceptOnCreate", "Retain")


@pytest.fixture
def bucket(data) -> dict:
    (found,) = (b for b in resources(data, "AWS::S3::Bucket").values() if "CorsConfiguration" in b)
    return found


def test_the_bucket_is_encrypted_under_our_key(data, bucket):
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    (key,) = (
        a["TargetKeyId"]["Fn::GetAtt"][0]
        for a in resources(data, "AWS::KMS::Alias").values()
        if "data" in a["AliasName"]
    )
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == {"Fn::GetAtt": [key, "Arn"]}
    assert rule["BucketKeyEnabled"] is True


def test_no_bucket_is_public_and_each_refuses_plain_http(data):
    policies = resources(data, "AWS::S3::BucketPolicy").values()
    for name, each in resources(data, "AWS::S3::Bucket").items():
        assert all(each["PublicAccessBlockConfiguration"].values())
        (policy,) = (p for p in policies if p["Bucket"] == {"Ref": name})
        assert any(
            s["Effect"] == "Deny" and s["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            for s in policy["PolicyDocument"]["Statement"]
        )


def test_object_events_go_to_eventbridge_without_a_custom_resource(data, bucket):
    assert bucket["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert not [r for r in data["Resources"].values() if r["Type"].startswith("Custom::")]


def test_what_was_never_finished_disappears(bucket):
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert (rules["incoming"]["Prefix"], rules["incoming"]["ExpirationInDays"]) == ("incoming/", 1)
    assert rules["parts"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 2}
    assert all(rule["Status"] == "Enabled" for rule in rules.values())
    assert (rules["exports"]["Prefix"], rules["exports"]["ExpirationInDays"]) == ("exports/", 7)
    # Nothing else expires by age: that would delete live files.
    assert {i for i, rule in rules.items() if "ExpirationInDays" in rule} == {"incoming", "exports", "social"}


def test_browsers_of_the_front_end_may_upload_and_read_the_checksum(bucket):
    (rule,) = bucket["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedOrigins"] == ["https://app.example.com"]
    assert sorted(rule["AllowedMethods"]) == ["GET", "PUT"]
    assert {"ETag", "x-amz-checksum-sha256"} <= set(rule["ExposedHeaders"])


def test_access_is_logged_by_policy_not_by_acl(data, bucket):
    log = bucket["LoggingConfiguration"]["DestinationBucketName"]["Ref"]
    properties = resources(data, "AWS::S3::Bucket")[log]
    assert "AccessControl" not in properties
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert properties["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == 365


def test_the_key_rotates(data):
    assert all(key["EnableKeyRotation"] for key in resources(data, "AWS::KMS::Key").values())


def test_there_is_a_secret_for_each_login_with_a_placeholder(data):
    secrets = resources(data, "AWS::SecretsManager::Secret").values()
    secrets = [s for s in secrets if s["Name"] != "ddp/prod/messages" and "/social/" not in s["Name"]]
    assert {s["Name"] for s in secrets} == {
        f"ddp/prod/database/{login}" for login in ("api", "worker", "migrator")
    }
    for secret in secrets:
        assert json.loads(secret["SecretString"])["url"].startswith(
            "postgresql://fill-in-this-secret.invalid"
        )
        assert "KmsKeyId" in secret


def test_the_key_of_messages_is_made_up_and_published(data):
    (name, secret) = next(
        (n, s)
        for n, s in resources(data, "AWS::SecretsManager::Secret").items()
        if s["Name"] == "ddp/prod/messages"
    )
    generated = secret["GenerateSecretString"]
    assert (generated["GenerateStringKey"], generated["SecretStringTemplate"]) == ("key", "{}")
    assert generated["PasswordLength"] >= 32
    assert "KmsKeyId" in secret
    published = {p["Name"]: p["Value"] for p in resources(data, "AWS::SSM::Parameter").values()}
    assert published["/ddp/prod/message-secret-arn"] == {"Ref": name}


def test_data_outlives_the_stack(data):
    kinds = {"AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SecretsManager::Secret"}
    kept = [r for r in data["Resources"].values() if r["Type"] in kinds]
    assert len(kept) == 14
    assert {(r["DeletionPolicy"], r["UpdateReplacePolicy"]) for r in kept} == {KEPT}

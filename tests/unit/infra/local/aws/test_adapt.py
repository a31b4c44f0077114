"""The adapter: what it removes, adds and refuses, on small templates."""

import copy

import pytest

from infra.local.aws.adapt import ACCEPTED, DROPPED, UnknownResource, adapt

FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {"Runtime": "python3.13", "Environment": {"Variables": {"A": "1"}}},
}
COMPOSITE = {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {}}


def template(**resources):
    return {"Resources": resources}


def adapted(**resources):
    return adapt(template(**resources), runner_url=lambda name: f"http://runner/{name}")["Resources"]


def test_every_function_gets_the_runner_and_keeps_its_environment():
    bare = {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "python3.13"}}
    result = adapted(One=FUNCTION, Two=bare)
    assert result["One"]["Properties"]["Environment"]["Variables"] == {
        "A": "1",
        "MINISTACK_LAMBDA_PROXY_URL": "http://runner/One",
    }
    assert result["Two"]["Properties"]["Environment"]["Variables"] == {
        "MINISTACK_LAMBDA_PROXY_URL": "http://runner/Two"
    }


def test_without_a_runner_functions_stay_as_they_are():
    assert adapt(template(One=FUNCTION), runner_url=None)["Resources"]["One"] == FUNCTION


def test_the_given_template_is_not_changed():
    given = template(One=FUNCTION, Alarm=COMPOSITE)
    before = copy.deepcopy(given)
    adapt(given, runner_url=str)
    assert given == before


def test_the_http_api_gets_a_fixed_id_beside_its_own_tags():
    api = {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Tags": {"team": "data"}}}
    assert adapted(Api=api)["Api"]["Properties"]["Tags"] == {"team": "data", "ms-custom-id": "local"}


@pytest.mark.parametrize("kind", sorted(DROPPED))
def test_types_that_the_emulator_rejects_are_dropped(kind):
    assert adapted(Gone={"Type": kind}, Kept={"Type": "AWS::SQS::Queue"}) == {
        "Kept": {"Type": "AWS::SQS::Queue"}
    }


def test_alarms_with_metric_math_are_dropped_and_plain_ones_kept():
    plain = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Errors"}}
    assert adapted(Math={"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": []}}, Plain=plain) == {
        "Plain": plain
    }


def test_unknown_types_are_refused_all_by_name():
    with pytest.raises(
        UnknownResource, match=r"Zoo \(AWS::EKS::Cluster\)[^$]*Vault \(AWS::Backup::BackupVault\)"
    ):
        adapted(Zoo={"Type": "AWS::EKS::Cluster"}, Vault={"Type": "AWS::Backup::BackupVault"})


def test_no_type_is_both_accepted_and_dropped():
    assert not ACCEPTED & DROPPED


def test_functions_that_are_not_python_are_refused():
    node = {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "nodejs22.x"}}
    with pytest.raises(UnknownResource, match=r"nodejs22\.x"):
        adapted(Node=node)


def test_custom_resources_need_a_service_timeout():
    schema = {"Type": "Custom::DatabaseSchema", "Properties": {"ServiceTimeout": "60"}}
    assert adapted(Schema=schema) == {"Schema": schema}
    with pytest.raises(UnknownResource, match=r"Schema .*service_timeout"):
        adapted(Schema={"Type": "Custom::DatabaseSchema", "Properties": {}})


def test_dependencies_on_dropped_resources_go_and_others_stay():
    queue = {"Type": "AWS::SQS::Queue"}
    result = adapted(
        Alarm=COMPOSITE,
        Other=queue,
        Only={**queue, "DependsOn": "Alarm"},
        Both={**queue, "DependsOn": ["Alarm", "Other"]},
    )
    assert "DependsOn" not in result["Only"]
    assert result["Both"]["DependsOn"] == ["Other"]


def test_an_alias_loses_its_canary_deployment():
    alias = {
        "Type": "AWS::Lambda::Alias",
        "Properties": {"Name": "live"},
        "UpdatePolicy": {"CodeDeployLambdaAliasUpdate": {"ApplicationName": {"Ref": "App"}}},
    }
    result = adapted(Live=alias, App={"Type": "AWS::CodeDeploy::Application"})
    assert result["Live"]["UpdatePolicy"] == {}


@pytest.mark.parametrize(
    "reference",
    [
        {"Ref": "Alarm"},
        {"Fn::GetAtt": ["Alarm", "Arn"]},
        {"Fn::GetAtt": "Alarm.Arn"},
        {"Fn::Sub": "x ${Alarm.Arn} ${!Literal}"},
        {"Fn::Sub": ["${Alarm}", {}]},
    ],
)
class TestReferencesToDroppedResources:
    """References without a meaning locally become a placeholder; any other refuses the template."""

    def test_outputs_go(self, reference):
        given = {
            **template(Alarm=COMPOSITE),
            "Outputs": {"Gone": {"Value": reference}, "Kept": {"Value": "x"}},
        }
        assert adapt(given, runner_url=None)["Outputs"] == {"Kept": {"Value": "x"}}

    def test_a_dashboard_shows_a_placeholder(self, reference):
        dashboard = {
            "Type": "AWS::CloudWatch::Dashboard",
            "Properties": {"Body": {"Fn::Join": ["", [reference]]}},
        }
        body = adapted(Alarm=COMPOSITE, Board=dashboard)["Board"]["Properties"]["Body"]
        assert body == {"Fn::Join": ["", ["arn:aws:dropped:::Alarm"]]}

    def test_any_other_resource_is_refused(self, reference):
        queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": reference}}
        with pytest.raises(UnknownResource, match=r"Queue \(AWS::SQS::Queue\)"):
            adapted(Alarm=COMPOSITE, Queue=queue)


def test_a_reference_to_something_else_is_left_alone():
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${AWS::Region}-${!Alarm}"}}}
    assert adapted(Alarm=COMPOSITE, Queue=queue) == {"Queue": queue}


def test_a_reference_to_a_secret_is_its_arn_as_on_aws():
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {}}
    parameter = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Value": {"Fn::Join": ["", [{"Ref": "Login"}]]}},
    }
    value = adapted(Login=secret, Name=parameter)["Name"]["Properties"]["Value"]
    assert value == {"Fn::Join": ["", [{"Fn::GetAtt": ["Login", "Arn"]}]]}


def bucket_policy(*statements):
    return {"Type": "AWS::S3::BucketPolicy", "Properties": {"PolicyDocument": {"Statement": [*statements]}}}


DENY_HTTP = {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
DENY_OLD_TLS = {"Effect": "Deny", "Condition": {"NumericLessThan": {"s3:TlsVersion": 1.2}}}
DENY_OTHERS = {"Effect": "Deny", "Condition": {"StringNotEquals": {"aws:SourceAccount": "1"}}}
ALLOW = {"Effect": "Allow", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}


def test_policies_lose_the_denial_of_plain_http_and_nothing_else():
    result = adapted(Policy=bucket_policy(DENY_HTTP, ALLOW, DENY_OLD_TLS, DENY_OTHERS))
    assert result["Policy"] == bucket_policy(ALLOW, DENY_OTHERS)


def test_a_policy_that_denies_nothing_but_plain_http_goes():
    queue = {"Type": "AWS::SQS::Queue", "Properties": {}}
    result = adapted(Policy=bucket_policy(DENY_HTTP, DENY_OLD_TLS), Queue={**queue, "DependsOn": ["Policy"]})
    assert result == {"Queue": queue}


def test_a_right_to_send_a_message_holds_for_a_batch_of_them():
    """AWS has one permission for both. Other statements stay unchanged."""
    document = {
        "Statement": [
            {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "q"},
            {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "b"},
        ]
    }
    policy = {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document}}
    (sending, reading) = adapted(One=policy)["One"]["Properties"]["PolicyDocument"]["Statement"]
    assert sending["Action"] == ["sqs:SendMessage", "sqs:SendMessageBatch"]
    assert reading == document["Statement"][1]


def test_conditions_on_the_encryption_context_go_and_others_stay():
    owner, source = {"kms:EncryptionContext:owner": "false"}, {"aws:SourceArn": "a"}
    document = {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Resource": "k",
                "Condition": {
                    "Null": owner,
                    "StringEquals": {"kms:EncryptionContext:purpose": ["access"], **source},
                    "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["owner"]},
                },
            },
            {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "k", "Condition": {"Null": owner}},
        ]
    }
    policy = {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document}}
    (mixed, alone) = adapted(One=policy)["One"]["Properties"]["PolicyDocument"]["Statement"]
    assert mixed["Condition"] == {"StringEquals": source}
    assert alone == {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "k"}


def test_every_function_gets_the_variables_of_the_runtime():
    given = adapt(template(One=FUNCTION), runner_url=None, variables={"AWS_ENDPOINT_URL_SESV2": "http://m"})
    variables = given["Resources"]["One"]["Properties"]["Environment"]["Variables"]
    assert variables["AWS_ENDPOINT_URL_SESV2"] == "http://m"

"""Adapts a synthesised template to the emulator. No other module changes a template.

Removed:
- resources that the emulator rejects and no function needs (DROPPED, and alarms with metric math), with outputs that
  mention them and dependencies on them; dashboards and role policies that mention them get an inert ARN instead;
- the canary deployments of aliases, whose CodeDeploy resources are among these;
- statements that deny plain http, because the emulator speaks nothing else, and policies that consist of them;
- conditions on the encryption context of KMS, which the emulator's policies do not know and so never meet (KMS itself
  checks the context there, too).

Added:
- to every function: the variables that lead to the runner and to the simulators;
- to the HTTP API: a tag that fixes its id, so that its address is known before it is deployed;
- to statements that allow SQS actions: the emulator's separate actions for batches (AWS has one action for both).

Replaced: a reference to a secret by its ARN, which is what the reference means on AWS (the emulator gives the name,
which no policy matches).

Any other resource type is refused by name, so that somebody tries it on the emulator before it goes untested.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from infra.local.aws.assembly import Template
from infra.local.aws.emulator import API_ID, API_ID_TAG, RUNNER_VARIABLE
from infra.local.processes import LocalError


def _types(services: dict[str, str]) -> frozenset[str]:
    return frozenset(
        f"AWS::{service}::{name}" for service, names in services.items() for name in names.split()
    )


# Types that ministack 1.5.33 accepts. Those that no stack uses yet were tried on their own.
ACCEPTED = _types(
    {
        "ApiGatewayV2": "Api Authorizer Integration Route Stage",
        "CDK": "Metadata",
        "CloudWatch": "Alarm Dashboard",
        "Events": "Rule",
        "IAM": "ManagedPolicy Policy Role",
        "KMS": "Alias Key",
        "Lambda": "Alias EventInvokeConfig EventSourceMapping Function LayerVersion Permission Version",
        "Logs": "LogGroup MetricFilter ResourcePolicy",
        "S3": "Bucket BucketPolicy",
        "SES": "ConfigurationSet ConfigurationSetEventDestination EmailIdentity",
        "SNS": "Subscription Topic TopicPolicy",
        "SQS": "Queue QueuePolicy",
        "SSM": "Parameter",
        "Scheduler": "Schedule ScheduleGroup",
        "SecretsManager": "Secret",
    }
)

# Types for which ministack 1.5.33 rejects the whole template. tests/infra asserts on the template what they do.
DROPPED = _types(
    {
        "Budgets": "Budget",
        "CloudWatch": "AnomalyDetector CompositeAlarm",
        "CodeDeploy": "Application DeploymentConfig DeploymentGroup",
        "Events": "Archive",
        "GuardDuty": "MalwareProtectionPlan",
        "Logs": "QueryDefinition",
        "SMSVOICE": "ConfigurationSet OptOutList Pool ProtectConfiguration",
        "SecretsManager": "ResourcePolicy RotationSchedule",
        "WAFv2": "WebACLAssociation",
        "XRay": "Group SamplingRule",
    }
)

SECRET_TYPE = "AWS::SecretsManager::Secret"  # noqa: S105 (no password)

# Conditions with which resource policies deny requests without TLS.
TLS_CONDITIONS = ("aws:SecureTransport", "s3:TlsVersion")

# What conditions on the encryption context of KMS begin with.
ENCRYPTION_CONTEXT = "kms:EncryptionContext"

# Actions for which the emulator has a separate one for batches.
BATCHED = frozenset({"sqs:SendMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage"})

# Types that may mention a dropped resource: no function reads a dashboard, and a permission on nothing is harmless.
MENTIONING = frozenset({"AWS::CloudWatch::Dashboard", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"})


class UnknownResource(LocalError):
    """The template has a resource that is neither accepted nor dropped."""


def adapt(
    template: Template, *, runner_url: Callable[[str], str] | None, variables: Mapping[str, str] | None = None
) -> Template:
    """A copy of the template that the emulator can deploy.

    `runner_url` gives the runner's address for a function's logical id; None leaves functions to the emulator's own
    executor. `variables` are set for every function. Raises UnknownResource, which names every refused resource.
    """
    adapted = copy.deepcopy(template)
    resources: dict[str, dict[str, Any]] = adapted["Resources"]
    _refuse_unknown(resources)
    dropped = {name for name, resource in resources.items() if _is_dropped(resource)}
    secrets = {name for name, resource in resources.items() if resource["Type"] == SECRET_TYPE}
    adapted["Resources"] = {
        name: _without(_replace(resource, secrets, _arn_of), dropped, name)
        for name, resource in resources.items()
        if name not in dropped
    }
    adapted["Outputs"] = {
        name: output for name, output in template.get("Outputs", {}).items() if not _mentions(output, dropped)
    }
    for name, resource in adapted["Resources"].items():
        runner = {RUNNER_VARIABLE: runner_url(name)} if runner_url else {}
        _add(resource, runner | dict(variables or {}))
    return adapted


def _add(resource: dict[str, Any], variables: Mapping[str, str]) -> None:
    """Change one resource in place: statements, a function's variables, the HTTP API's id."""
    properties = resource.get("Properties", {})
    if "PolicyDocument" in properties:
        statements = [_with_batches(_without_context(statement)) for statement in _statements(resource)]
        properties["PolicyDocument"]["Statement"] = statements
    if resource["Type"] == "AWS::Lambda::Function":
        properties.setdefault("Environment", {}).setdefault("Variables", {}).update(variables)
    if resource["Type"] == "AWS::ApiGatewayV2::Api":
        properties.setdefault("Tags", {})[API_ID_TAG] = API_ID


def _is_dropped(resource: dict[str, Any]) -> bool:
    if "PolicyDocument" in resource.get("Properties", {}) and not _statements(resource):
        return True
    if resource["Type"] == "AWS::CloudWatch::Alarm":  # metric math makes the emulator roll the stack back
        return "Metrics" in resource.get("Properties", {})
    return resource["Type"] in DROPPED


def _statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    """A policy's statements, without those that deny plain http."""
    return [
        statement
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
        or not any(key in json.dumps(statement.get("Condition", {})) for key in TLS_CONDITIONS)
    ]


def _without_context(statement: dict[str, Any]) -> dict[str, Any]:
    """The statement without conditions on KMS's encryption context."""
    if "Condition" not in statement:
        return statement
    kept = {
        operator: left
        for operator, keys in statement["Condition"].items()
        if (left := {key: value for key, value in keys.items() if not key.startswith(ENCRYPTION_CONTEXT)})
    }
    others = {name: value for name, value in statement.items() if name != "Condition"}
    return {**others, "Condition": kept} if kept else others


def _with_batches(statement: dict[str, Any]) -> dict[str, Any]:
    """The statement with the emulator's actions for batches added."""
    actions = statement.get("Action", [])
    actions = [actions] if isinstance(actions, str) else actions
    added = [f"{action}Batch" for action in actions if action in BATCHED]
    return {**statement, "Action": actions + added} if added else statement


def _refuse_unknown(resources: dict[str, dict[str, Any]]) -> None:
    reasons = [
        f"{name} ({resource['Type']}): {reason}"
        for name, resource in resources.items()
        if (reason := _reason_to_refuse(resource))
    ]
    if reasons:
        raise UnknownResource(
            "The local runtime refuses these resources (infra/local/README.md says how to add a type):\n  "
            + "\n  ".join(reasons)
        )


def _reason_to_refuse(resource: dict[str, Any]) -> str | None:
    kind, properties = resource["Type"], resource.get("Properties", {})
    if kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource":
        # Without one, the emulator waits an hour for a custom resource that failed.
        return None if "ServiceTimeout" in properties else "a custom resource needs a service_timeout"
    if kind not in ACCEPTED | DROPPED:
        return "its type is neither accepted nor dropped"
    if kind == "AWS::Lambda::Function" and not str(properties.get("Runtime", "")).startswith("python"):
        return f"the runtime {properties.get('Runtime')} is not Python"
    return None


def _without(resource: dict[str, Any], dropped: set[str], name: str) -> dict[str, Any]:
    """The resource without its ties to dropped ones. Raises UnknownResource if such a tie has a meaning."""
    depends_on = resource.pop("DependsOn", [])
    depends_on = [depends_on] if isinstance(depends_on, str) else depends_on
    if kept := [dependency for dependency in depends_on if dependency not in dropped]:
        resource["DependsOn"] = kept
    # CodeDeploy shifts an alias's traffic gradually; without it, the alias moves at once.
    resource.get("UpdatePolicy", {}).pop("CodeDeployLambdaAliasUpdate", None)
    if not _mentions(resource, dropped):
        return resource
    if resource["Type"] not in MENTIONING:
        raise UnknownResource(
            f"{name} ({resource['Type']}) refers to a resource that the local runtime drops."
        )
    return dict(_replace(resource, dropped, _inert))


def _mentions(value: Any, names: set[str]) -> bool:
    if isinstance(value, dict):
        return bool(_referenced(value) & names) or any(_mentions(item, names) for item in value.values())
    return isinstance(value, list) and any(_mentions(item, names) for item in value)


def _replace(value: Any, names: set[str], by: Callable[[dict[str, Any], str], Any]) -> Any:
    """The value with each intrinsic function that refers to one of `names` replaced by `by(function, name)`."""
    if isinstance(value, dict):
        if mentioned := _referenced(value) & names:
            return by(value, min(mentioned))
        return {key: _replace(item, names, by) for key, item in value.items()}
    return [_replace(item, names, by) for item in value] if isinstance(value, list) else value


def _inert(_: dict[str, Any], name: str) -> str:
    return f"arn:aws:dropped:::{name}"


def _arn_of(reference: dict[str, Any], name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]} if "Ref" in reference else reference


def _referenced(node: dict[str, Any]) -> set[str]:
    """The logical ids that an intrinsic function refers to; empty for any other mapping."""
    if "Ref" in node:
        return {node["Ref"]}
    if "Fn::GetAtt" in node:
        target = node["Fn::GetAtt"]
        return {target.split(".")[0] if isinstance(target, str) else target[0]}
    if "Fn::Sub" in node:
        text = node["Fn::Sub"] if isinstance(node["Fn::Sub"], str) else node["Fn::Sub"][0]
        return {name.split(".")[0] for name in re.findall(r"\$\{([^!}][^}]*)\}", text)}
    return set()

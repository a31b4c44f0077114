"""Adapt a synthesised template to the emulator: the only place where local and deployed stacks differ.

Five things happen, and nothing else:
- resources of a closed list of types, which the emulator rejects and no function needs, are left out;
- every function gets the addresses of our runner and of the mailbox, the HTTP API a fixed id, and a reference
  to a secret means its ARN, as on AWS (the emulator gives the name, which no policy matches);
- statements that deny plain http go, because the emulator speaks nothing else;
- a right to send a message to a queue (and to hide one) holds for a batch of them too: so it does on AWS, which
  knows no other right, but the emulator asks for one;
- anything that is on neither list is refused by name, so that a new construct is looked at before it is
  silently not tested.
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


# Accepted by ministack 1.5.33. Those that no stack of ours has yet were tried on their own.
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

# Rejected by ministack 1.5.33 (the whole template with them); what they do is asserted on the template.
DROPPED = _types(
    {
        "Budgets": "Budget",
        "CloudWatch": "AnomalyDetector CompositeAlarm",
        "CodeDeploy": "Application DeploymentConfig DeploymentGroup",
        "Events": "Archive",
        "GuardDuty": "MalwareProtectionPlan",
        "Logs": "QueryDefinition",
        "SecretsManager": "ResourcePolicy RotationSchedule",
        "WAFv2": "WebACLAssociation",
        "XRay": "Group SamplingRule",
    }
)

SECRET_TYPE = "AWS::SecretsManager::Secret"  # noqa: S105 (no password)

# Conditions by which resource policies deny whatever does not come by TLS; the emulator speaks plain http.
TLS_CONDITIONS = ("aws:SecureTransport", "s3:TlsVersion")

# Of which the emulator tells one message from a batch.
BATCHED = frozenset({"sqs:SendMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage"})

# May mention a dropped resource: text that nothing reads at run time, and permissions on what is not there.
MENTIONING = frozenset({"AWS::CloudWatch::Dashboard", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"})


class UnknownResource(LocalError):
    """The template has something that this module was not taught about."""


def adapt(
    template: Template, *, runner_url: Callable[[str], str] | None, variables: Mapping[str, str] | None = None
) -> Template:
    """A copy of the template that the emulator can deploy.

    `runner_url` gives the address of the runner for a function's logical id (None: the emulator's own
    executor); `variables` are set for every function. Raises UnknownResource, naming every resource that it refuses.
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
        if "PolicyDocument" in resource.get("Properties", {}):
            resource["Properties"]["PolicyDocument"]["Statement"] = list(
                map(_with_batches, _statements(resource))
            )
        if resource["Type"] == "AWS::Lambda::Function":
            added = {RUNNER_VARIABLE: runner_url(name)} if runner_url else {}
            environment = resource["Properties"].setdefault("Environment", {})
            environment.setdefault("Variables", {}).update(added, **(variables or {}))
        if resource["Type"] == "AWS::ApiGatewayV2::Api":
            resource["Properties"].setdefault("Tags", {})[API_ID_TAG] = API_ID
    return adapted


def _is_dropped(resource: dict[str, Any]) -> bool:
    if "PolicyDocument" in resource.get("Properties", {}) and not _statements(resource):
        return True
    if resource["Type"] == "AWS::CloudWatch::Alarm":  # metric math rolls the stack back
        return "Metrics" in resource.get("Properties", {})
    return resource["Type"] in DROPPED


def _statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    """A policy's statements without those that deny plain http."""
    return [
        statement
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
        or not any(key in json.dumps(statement.get("Condition", {})) for key in TLS_CONDITIONS)
    ]


def _with_batches(statement: dict[str, Any]) -> dict[str, Any]:
    """The statement with the emulator's own actions for batches beside those of AWS."""
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
            "The local runtime does not know these resources; list them in infra/local/aws/adapt.py:\n  "
            + "\n  ".join(reasons)
        )


def _reason_to_refuse(resource: dict[str, Any]) -> str | None:
    kind, properties = resource["Type"], resource.get("Properties", {})
    if kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource":
        # Without it the emulator waits an hour for a custom resource that failed.
        return None if "ServiceTimeout" in properties else "a custom resource needs a service_timeout"
    if kind not in ACCEPTED | DROPPED:
        return "neither accepted nor dropped"
    if kind == "AWS::Lambda::Function" and not str(properties.get("Runtime", "")).startswith("python"):
        return f"the runtime {properties.get('Runtime')} is not Python"
    return None


def _without(resource: dict[str, Any], dropped: set[str], name: str) -> dict[str, Any]:
    """The resource without its ties to dropped ones; UnknownResource where a tie means something."""
    depends_on = resource.pop("DependsOn", [])
    depends_on = [depends_on] if isinstance(depends_on, str) else depends_on
    if kept := [dependency for dependency in depends_on if dependency not in dropped]:
        resource["DependsOn"] = kept
    # CodeDeploy shifts an alias's traffic; without it the alias simply moves.
    resource.get("UpdatePolicy", {}).pop("CodeDeployLambdaAliasUpdate", None)
    if not _mentions(resource, dropped):
        return resource
    if resource["Type"] not in MENTIONING:
        raise UnknownResource(f"{name} ({resource['Type']}) refers to a resource that is dropped locally.")
    return dict(_replace(resource, dropped, _inert))


def _mentions(value: Any, names: set[str]) -> bool:
    if isinstance(value, dict):
        return bool(_referenced(value) & names) or any(_mentions(item, names) for item in value.values())
    return isinstance(value, list) and any(_mentions(item, names) for item in value)


def _replace(value: Any, names: set[str], by: Callable[[dict[str, Any], str], Any]) -> Any:
    """The value with each intrinsic function that refers to one of `names` replaced by `by(it, the name)`."""
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
    """The logical ids that an intrinsic function refers to; the empty set for any other mapping."""
    if "Ref" in node:
        return {node["Ref"]}
    if "Fn::GetAtt" in node:
        target = node["Fn::GetAtt"]
        return {target.split(".")[0] if isinstance(target, str) else target[0]}
    if "Fn::Sub" in node:
        text = node["Fn::Sub"] if isinstance(node["Fn::Sub"], str) else node["Fn::Sub"][0]
        return {name.split(".")[0] for name in re.findall(r"\$\{([^!}][^}]*)\}", text)}
    return set()

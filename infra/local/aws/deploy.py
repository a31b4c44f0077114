"""Deploys stacks to the emulator with boto3 alone, because the CDK's own command needs npm."""

from __future__ import annotations

import contextlib
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.local.aws.assembly import FileAsset, StackArtifact, Template
from infra.local.aws.emulator import Emulator
from infra.local.processes import LocalError

# Every template checks this parameter before its deployment.
BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
BOOTSTRAP_VERSION = "30"
SECONDS = 180  # maximum for the deployment of a stack
TEMPLATE_BUCKET = "ddp-local-templates"


def placeholder(asset: FileAsset) -> bytes:
    """A tiny archive in place of the asset: the runner uses its folder, and zipping 100 MB of layers takes seconds."""
    return _zipped([("asset.txt", str(asset.source).encode())])


def packaged(asset: FileAsset) -> bytes:
    """The asset as it is uploaded to AWS, for the emulator's own executor."""
    if not asset.is_folder:
        return asset.source.read_bytes()
    return _zipped(_files_of(asset.source))


def _files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield str(file.relative_to(folder)), file.read_bytes()


def _zipped(files: list[tuple[str, bytes]] | Iterator[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedStack:
    """A deployed stack: its outputs, and its physical ids by logical id."""

    name: str
    outputs: dict[str, str]
    resources: dict[str, str]


class Deployer:
    """Deploys stacks one by one.

    `package` makes the uploaded content of an asset. Browser pages of `origins` may call the API, in addition to those
    that the template allows.
    """

    def __init__(
        self,
        emulator: Emulator,
        *,
        package: Callable[[FileAsset], bytes] = placeholder,
        origins: Sequence[str] = (),
    ) -> None:
        self._s3, self._stacks = emulator.client("s3"), emulator.client("cloudformation")
        self._api = emulator.client("apigatewayv2")
        self._endpoint = emulator.url
        self._package, self._origins = package, list(origins)
        self._uploaded: set[str] = set()
        emulator.client("ssm").put_parameter(
            Name=BOOTSTRAP_PARAMETER, Value=BOOTSTRAP_VERSION, Type="String", Overwrite=True
        )

    def deploy(
        self, stack: StackArtifact, template: Template, parameters: Mapping[str, str] | None = None
    ) -> DeployedStack:
        """Create or update a stack with an adapted template. Raises LocalError with the reasons of a failure.

        Ignores `parameters` that the template does not have.
        """
        self._upload(stack.assets)
        self._create_or_update(stack.name, template, parameters or {})
        self._wait(stack.name)
        deployed = self._describe(stack.name)
        self._repair_cors(template, deployed)
        return deployed

    def _upload(self, assets: tuple[FileAsset, ...]) -> None:
        existing = {bucket["Name"] for bucket in self._s3.list_buckets()["Buckets"]}
        for bucket in {asset.bucket for asset in assets} - existing:
            self._s3.create_bucket(Bucket=bucket)
        for asset in assets:
            if asset.key not in self._uploaded:  # stacks share layers
                self._s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=self._package(asset))
                self._uploaded.add(asset.key)

    def _upload_template(self, name: str, template: Template) -> str:
        """Upload the template, because a request may hold only 51,200 characters of one; returns its URL."""
        key = f"{name}.template.json"
        with contextlib.suppress(self._s3.exceptions.BucketAlreadyOwnedByYou):
            self._s3.create_bucket(Bucket=TEMPLATE_BUCKET)
        self._s3.put_object(Bucket=TEMPLATE_BUCKET, Key=key, Body=json.dumps(template).encode())
        return f"{self._endpoint}/{TEMPLATE_BUCKET}/{key}"

    def _create_or_update(self, name: str, template: Template, parameters: Mapping[str, str]) -> None:
        request = {
            "StackName": name,
            "TemplateURL": self._upload_template(name, template),
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in parameters.items()
                if key in template.get("Parameters", {})
            ],
        }
        if self._status(name) is None:
            self._stacks.create_stack(**request)
            return
        try:
            self._stacks.update_stack(**request)
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise

    def _status(self, name: str) -> str | None:
        try:
            return str(self._stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def _wait(self, name: str) -> None:
        deadline = time.monotonic() + SECONDS
        while (status := self._status(name)) is not None and status.endswith("_IN_PROGRESS"):
            if time.monotonic() > deadline:
                raise LocalError(
                    f"The deployment of {name} did not end within {SECONDS} s. {self._reasons(name)}"
                )
            time.sleep(0.1)
        if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise LocalError(f"The deployment of {name} ended as {status}. {self._reasons(name)}")

    def _reasons(self, name: str) -> str:
        """The failed resources with their reasons, the first failure first."""
        events = self._stacks.describe_stack_events(StackName=name)["StackEvents"]
        reasons = [
            f"{event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', 'no reason')}"
            for event in reversed(events)
            if event["ResourceStatus"].endswith("_FAILED")
        ]
        return "\n  ".join(["Reasons:", *reasons]) if reasons else "No resource has a reason."

    def _describe(self, name: str) -> DeployedStack:
        stack = self._stacks.describe_stacks(StackName=name)["Stacks"][0]
        resources = self._stacks.describe_stack_resources(StackName=name)["StackResources"]
        return DeployedStack(
            name=name,
            outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())},
            resources={item["LogicalResourceId"]: item["PhysicalResourceId"] for item in resources},
        )

    def _repair_cors(self, template: Template, deployed: DeployedStack) -> None:
        """Let pages of `origins` call API and buckets.

        The API's configuration is set again in any case: without that, ministack answers preflight requests with 403.
        """
        for name, resource in template["Resources"].items():
            cors: dict[str, Any] = resource.get("Properties", {}).get("CorsConfiguration")
            if resource["Type"] == "AWS::ApiGatewayV2::Api" and cors:
                cors = {**cors, "AllowOrigins": cors["AllowOrigins"] + self._origins}
                self._api.update_api(ApiId=deployed.resources[name], CorsConfiguration=cors)
            elif resource["Type"] == "AWS::S3::Bucket" and cors:
                self._admit_origins(deployed.resources[name])

    def _admit_origins(self, bucket: str) -> None:
        rules = self._s3.get_bucket_cors(Bucket=bucket)["CORSRules"]
        for rule in rules:
            rule["AllowedOrigins"] = sorted({*rule["AllowedOrigins"], *self._origins})
        self._s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})

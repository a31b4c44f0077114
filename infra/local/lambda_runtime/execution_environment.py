"""The environment of a Lambda process: variables and Python path, with nothing of the developer's own."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from infra.local.aws.emulator import CREDENTIALS, REGION, RUNNER_VARIABLE
from infra.local.lambda_runtime.functions import FunctionFolders

# AWS's runtime client and its imports: the only third-party code that is not from an asset.
RUNTIME_DISTRIBUTIONS = ("awslambdaric", "snapshot-restore-py", "simplejson")


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSettings:
    """The configuration of a deployed function, with intrinsic functions resolved."""

    name: str
    version: str
    arn: str
    handler: str
    timeout: int  # seconds
    memory: int  # MB; only told to the function, not enforced
    variables: dict[str, str]

    @classmethod
    def of(cls, configuration: dict[str, Any]) -> FunctionSettings:
        """Read an answer of `lambda.get_function_configuration`."""
        variables = configuration.get("Environment", {}).get("Variables", {})
        return cls(
            name=configuration["FunctionName"],
            version=configuration["Version"],
            arn=configuration["FunctionArn"],
            handler=configuration["Handler"],
            timeout=configuration["Timeout"],
            memory=configuration["MemorySize"],
            variables={name: value for name, value in variables.items() if name != RUNNER_VARIABLE},
        )


def link_runtime(directory: Path) -> Path:
    """Fill a folder with links to the runtime client alone, so that no other package can be imported; returns it."""
    directory.mkdir(parents=True, exist_ok=True)
    for link in directory.iterdir():
        link.unlink()
    for name in RUNTIME_DISTRIBUTIONS:
        installed = distribution(name)
        top_level = {file.parts[0] for file in installed.files or () if not file.parts[0].startswith("..")}
        for entry in top_level - {"__pycache__"}:
            (directory / entry).symlink_to(Path(str(installed.locate_file(entry))))
    return directory


def command(settings: FunctionSettings) -> list[str]:
    """The command line. `-S` leaves out site-packages; the working directory (the asset) comes first on the path."""
    return [sys.executable, "-S", "-m", "awslambdaric", settings.handler]


def environment(
    settings: FunctionSettings,
    folders: FunctionFolders,
    *,
    runtime: Path,
    runtime_api: str,
    endpoint_url: str,
    temporary: Path,
) -> dict[str, str]:
    """All variables of a process: the function's own, AWS's documented ones, and the emulator's address."""
    layers = [f"{layer}/python" for layer in folders.layers]
    return {
        **settings.variables,
        **_lambda_variables(settings),
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "LAMBDA_TASK_ROOT": folders.task_root,
        "LAMBDA_RUNTIME_DIR": str(runtime),
        "PYTHONPATH": os.pathsep.join([folders.task_root, *layers, str(runtime)]),
        "PYTHONDONTWRITEBYTECODE": "1",  # assets are read-only on AWS, and their hashes must not change
        "TMPDIR": str(temporary),
        # botocore would otherwise read the developer's profile and look for instance credentials.
        "HOME": str(temporary),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _lambda_variables(settings: FunctionSettings) -> dict[str, str]:
    major, minor, _ = platform.python_version_tuple()
    return {
        "_HANDLER": settings.handler,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{major}.{minor}",
        "AWS_LAMBDA_FUNCTION_NAME": settings.name,
        "AWS_LAMBDA_FUNCTION_VERSION": settings.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{settings.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "LANG": "en_US.UTF-8",
        "PATH": os.defpath,
        "TZ": ":UTC",
    }

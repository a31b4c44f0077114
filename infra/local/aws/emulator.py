"""The AWS emulator: ministack, in a virtual environment of its own because it pins its own boto3.

infra/local/README.md lists the other modules that depend on ministack.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import urllib3
from botocore.config import Config

from infra.local.processes import LocalError, free_port, start, stop, wait_until
from infra.state import ROOT

REGION = "us-east-1"
ACCOUNT = "000000000000"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
RUNNER_VARIABLE = "MINISTACK_LAMBDA_PROXY_URL"  # variable of a function: where the emulator posts its events
API_ID_TAG = "ms-custom-id"  # tag of an HTTP API: its id, so that its address is known before it is deployed
API_ID = "local"
VIRTUAL_ENVIRONMENT = ROOT / ".venv-emulator"
# The emulator logs this when it runs a function itself instead of posting the event to the runner.
OWN_EXECUTION = b"Lambda worker spawned"


@dataclass(slots=True, kw_only=True)
class Emulator:
    """One emulator process. `directory` has its temporary files, `log` its output."""

    directory: Path
    log: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)  # further environment variables
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The endpoint of every AWS service."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        """The address of the HTTP API's default stage."""
        return f"{self.url}/_aws/execute-api/{API_ID}/$default"

    def start(self) -> None:
        """Start the process and wait until it is healthy. Raises LocalError if it does not start."""
        self._remove_temporary_files()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.write_bytes(b"")  # so that ran_functions_itself() speaks of this run
        self.process = start(
            [VIRTUAL_ENVIRONMENT / "bin" / "ministack"], log=self.log, environment=self._environment()
        )
        wait_until(self._is_up, what=f"The start of the AWS emulator (log: {self.log})", seconds=20)

    def stop(self) -> None:
        """End the process and remove its temporary files."""
        if self.process is not None:
            stop(self.process, grace=1.0)  # it ignores SIGTERM while a custom resource is pending
            self.process = None
        self._remove_temporary_files()

    def is_healthy(self) -> bool:
        """Whether the emulator answers."""
        try:
            health = urllib3.request("GET", f"{self.url}/_ministack/health", timeout=2, retries=False)
        except urllib3.exceptions.HTTPError:
            return False
        return health.status == 200

    def ran_functions_itself(self) -> bool:
        """Whether the emulator ran a function itself, since its start."""
        return self.log.exists() and OWN_EXECUTION in self.log.read_bytes()

    def client(self, service: str) -> Any:
        """A boto3 client of one of the emulator's services."""
        return boto3.client(
            service,  # type: ignore[call-overload]  # a name that is not a literal
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(
                proxies={},
                signature_version="s3v4" if service == "s3" else None,
                retries={"total_max_attempts": 1},
            ),
        )

    def _is_up(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise LocalError(f"The AWS emulator ended with status {self.process.returncode}; see {self.log}.")
        return self.is_healthy()

    def _environment(self) -> dict[str, str]:
        temporary = self.directory / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(temporary),
            "TMPDIR": str(temporary),
            "BIND_HOST": "127.0.0.1",  # by default it listens on every interface
            "MINISTACK_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "0",  # by default it opens a second, fixed port
            "SFTP_ENABLED": "0",
            "MINISTACK_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            **CREDENTIALS,
            **self.settings,
        }

    def _remove_temporary_files(self) -> None:
        shutil.rmtree(self.directory / "tmp", ignore_errors=True)

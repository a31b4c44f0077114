"""What the simulators' HTTP servers have in common."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from http.server import ThreadingHTTPServer
from typing import Any, TypeVar

import boto3
from botocore.config import Config

from infra.local.aws.emulator import CREDENTIALS, REGION
from infra.local.http_handler import Handler

Simulator = TypeVar("Simulator")


class HangUp(Exception):
    """Close the connection without an answer."""


class Server(ThreadingHTTPServer):
    """One thread per connection."""

    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that hang up, because tests kill senders during a call."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def control(
    request: Handler,
    operations: Mapping[tuple[str, str], Callable[[Simulator, Any], dict[str, Any]]],
    simulator: Simulator,
    name: str,
    body: bytes,
) -> tuple[dict[str, Any], int]:
    """What a simulator's control of this name answers, and the status. `operations`: by method and name."""
    # A foreign page can send a form here, but not with this content type.
    if request.command != "GET" and request.headers.get_content_type() != "application/json":
        return {"message": "Send application/json."}, 415
    operation = operations.get((request.command, name))
    if operation is None:
        return {"message": "There is nothing here."}, 404
    try:
        return operation(simulator, json.loads(body or b"{}")), 200
    except (ValueError, TypeError, KeyError) as error:
        return {"message": f"{type(error).__name__}: {error}"}, 400


def aws_client(service: str, endpoint_url: str) -> Any:
    """A client of the emulator."""
    return boto3.client(
        service,  # type: ignore[call-overload]  # a name that is not a literal
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(proxies={}),
    )

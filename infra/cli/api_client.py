"""A small client of the HTTP API, as one user: what the demo and the end-to-end tests speak through."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import urllib3

from infra.local.demo.files import DemoFile
from infra.local.processes import LocalError

SETTLED = {"live", "rejected", "aborted", "expired"}
_http = urllib3.PoolManager(retries=False, timeout=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer: the status, and the JSON body (an empty object where there is none)."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def problem(self) -> str:
        """The sentence of a problem document."""
        return str(self.body.get("detail") or self.body.get("message") or self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Calls the API; without a token as anyone."""

    api_url: str
    token: str | None = None

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """One request; never raises for a status."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        content = None if body is None else json.dumps(body).encode()
        answer = _http.request(method, self.api_url + path, body=content, headers=headers)
        is_json = "json" in answer.headers.get("Content-Type", "")
        return Answer(status=answer.status, body=json.loads(answer.data) if is_json and answer.data else {})

    def request_upload(self, file: DemoFile) -> Answer:
        """Ask to upload a file."""
        return self.call(
            "POST",
            "/uploads",
            {
                "file_name": file.name,
                "content_type": file.content_type,
                "file_size": len(file.content),
                "sha256": file.sha256,
            },
        )

    def send_parts(self, upload: dict[str, Any], file: DemoFile, numbers: Iterable[int]) -> None:
        """Send parts of a multipart upload. Raises LocalError when S3 refuses one."""
        size = upload["part_size"]
        content = {number: file.content[(number - 1) * size : number * size] for number in numbers}
        wanted = [
            {"part_number": n, "sha256": hashlib.sha256(part).hexdigest()} for n, part in content.items()
        ]
        answer = self.call("POST", f"/uploads/{upload['upload_id']}/parts", {"parts": wanted})
        for item in answer.body["items"]:
            if (status := send(item["request"], content[item["part_number"]])) != 200:
                raise LocalError(f"S3 answered {status} to part {item['part_number']}.")

    def wait_for_upload(self, upload_id: str, *, seconds: float = 60) -> dict[str, Any]:
        """The upload once it is live or rejected. Raises LocalError when that takes longer."""
        deadline = time.monotonic() + seconds
        while (upload := self.call("GET", f"/uploads/{upload_id}").body).get("state") not in SETTLED:
            if time.monotonic() > deadline:
                raise LocalError(f"Upload {upload_id} was not verified within {seconds:g} s: {upload}")
            time.sleep(0.1)
        return upload

    def download(self, path: str) -> tuple[int, bytes]:
        """Follow a download address of the API: its status, and the bytes where it was 200."""
        answer = self.call("GET", path)
        return answer.status, fetch(answer.body["url"]) if answer.status == 200 else b""


def send(request: dict[str, Any], content: bytes) -> int:
    """Send bytes as a presigned request says; S3's status."""
    return _http.request(request["method"], request["url"], body=content, headers=request["headers"]).status


def fetch(url: str) -> bytes:
    """What is behind a presigned address; empty where S3 refuses."""
    answer = _http.request("GET", url)
    return answer.data if answer.status == 200 else b""

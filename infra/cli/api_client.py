"""A client of the platform's HTTP API, as one user, for any stage.

The campaign command, the local demo and the end-to-end tests call the API through it.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import urllib3

# States in which an upload stays.
SETTLED = {"live", "rejected", "aborted", "expired"}

# Statuses of a throttled or overloaded API: repeat the read, after these pauses in seconds.
BUSY = {429, 502, 503, 504}
PAUSES = (0.5, 1, 2, 4, 8)

_http = urllib3.PoolManager(retries=False, timeout=60)


class ApiError(Exception):
    """The API refused a request or did not finish in time; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileToUpload:
    """A file as its owner describes it; the description may be wrong."""

    name: str
    content_type: str
    content: bytes
    claimed_sha256: str | None = None

    @property
    def sha256(self) -> str:
        """The hash that the owner announces, in hexadecimal."""
        return self.claimed_sha256 or hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer: the status and the JSON body (an empty object if there is none)."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def problem(self) -> str:
        """The sentence of a problem document."""
        return str(self.body.get("detail") or self.body.get("message") or self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Calls the API; without a token, anonymously."""

    api_url: str
    token: str | None = None

    def call(
        self, method: str, path: str, body: Any = None, more_headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request, with `json.dumps(body)`. Any status is an answer, not an exception."""
        headers = {"Content-Type": "application/json", **(more_headers or {})}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        content = None if body is None else json.dumps(body).encode()
        answer = _http.request(method, self.api_url + path, body=content, headers=headers)
        is_json = "json" in answer.headers.get("Content-Type", "")
        return Answer(status=answer.status, body=json.loads(answer.data) if is_json and answer.data else {})

    def read_csv(self, path: str) -> bytes:
        """A list of figures as CSV. Raises ApiError."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "text/csv"}
        answer = _http.request("GET", self.api_url + path, headers=headers)
        if answer.status != 200:
            raise ApiError(f"GET {path} as CSV was refused ({answer.status}): {answer.data.decode()}")
        return answer.data

    def request_upload(self, file: FileToUpload) -> Answer:
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

    def send_parts(self, upload: dict[str, Any], file: FileToUpload, numbers: Iterable[int]) -> None:
        """Send parts of a multipart upload. Raises ApiError if S3 refuses one."""
        size = upload["part_size"]
        content = {number: file.content[(number - 1) * size : number * size] for number in numbers}
        wanted = [
            {"part_number": n, "sha256": hashlib.sha256(part).hexdigest()} for n, part in content.items()
        ]
        answer = self.call("POST", f"/uploads/{upload['upload_id']}/parts", {"parts": wanted})
        for item in answer.body["items"]:
            if (status := send(item["request"], content[item["part_number"]])) != 200:
                raise ApiError(f"S3 answered {status} to part {item['part_number']}.")

    def wait_for_upload(self, upload_id: str, *, seconds: float = 60) -> dict[str, Any]:
        """Return the upload once its status is in SETTLED. Raises ApiError after `seconds`."""
        deadline = time.monotonic() + seconds
        while (upload := self.call("GET", f"/uploads/{upload_id}").body).get("status") not in SETTLED:
            if time.monotonic() > deadline:
                raise ApiError(f"Upload {upload_id} was not verified within {seconds:g} s: {upload}")
            time.sleep(0.1)
        return upload

    def download(self, path: str) -> tuple[int, bytes]:
        """Ask for a download URL and fetch it: the API's status, and the bytes if that was 200."""
        answer = self.call("GET", path)
        return answer.status, fetch(answer.body["url"]) if answer.status == 200 else b""


def ask(client: Client, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """The body of a successful answer; repeats reads while the API is busy. Raises ApiError with the API's sentence."""
    answer = client.call(method, path, body)
    for pause in PAUSES if method == "GET" else ():
        if answer.status not in BUSY:
            break
        time.sleep(pause)
        answer = client.call(method, path, body)
    return body_of(answer, f"{method} {path}")


def body_of(answer: Answer, what: str) -> dict[str, Any]:
    """The body of a successful answer. Raises ApiError with the API's sentence."""
    if answer.status >= 400:
        raise ApiError(f"{what} was refused ({answer.status}): {answer.problem}")
    return answer.body


def send(request: dict[str, Any], content: bytes) -> int:
    """Send bytes with a presigned request; returns S3's status."""
    return _http.request(request["method"], request["url"], body=content, headers=request["headers"]).status


def fetch(url: str) -> bytes:
    """The bytes behind a presigned URL; empty if S3 refuses."""
    answer = _http.request("GET", url)
    return answer.data if answer.status == 200 else b""

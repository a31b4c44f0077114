"""One execution environment: an `awslambdaric` process and the Runtime API server that feeds it.

The API is AWS's (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). Each process has a server of its
own, so requests need not name the process. It runs one invocation at a time, as on AWS.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from infra.local.http_handler import Handler

PREFIX = "/2018-06-01/runtime"
RESULT_PATH = re.compile(rf"{PREFIX}/invocation/([^/]+)/(response|error)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One call of a function."""

    request_id: str
    arn: str
    event: bytes  # JSON
    deadline: float  # seconds since the epoch

    @property
    def seconds_left(self) -> float:
        """Seconds until the deadline; never negative."""
        return max(0.0, self.deadline - time.time())


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A function's JSON answer, or an error object with errorMessage, errorType and perhaps stackTrace."""

    body: bytes
    is_error: bool = False


def failure(error_type: str, message: str) -> Result:
    """An error in the shape in which Lambda itself reports it."""
    return Result(body=json.dumps({"errorType": error_type, "errorMessage": message}).encode(), is_error=True)


class Worker:
    """Starts a process with `launch(address of its Runtime API)`; removes its directory `temporary` with it."""

    def __init__(self, launch: Callable[[str], subprocess.Popen[bytes]], *, temporary: Path) -> None:
        self._invocations: SimpleQueue[Invocation | None] = SimpleQueue()
        self._results: SimpleQueue[Result] = SimpleQueue()
        self._temporary = temporary
        temporary.mkdir(parents=True)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_RuntimeApi, self))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self._process = launch(f"127.0.0.1:{self._server.server_port}")
        self.idle_since = time.monotonic()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def is_usable(self) -> bool:
        """Whether the process runs and can take another invocation."""
        return self._process.poll() is None

    def invoke(self, invocation: Invocation) -> Result:
        """Run one invocation. Reports a time-out or a crash of the process as Lambda does."""
        began = time.time()
        self._invocations.put(invocation)
        try:
            return self._results.get(timeout=invocation.seconds_left)
        except Empty:
            self.close()
            seconds = invocation.deadline - began
            message = f"RequestId: {invocation.request_id} Error: Task timed out after {seconds:.2f} seconds"
            return failure("Sandbox.Timedout", message)
        finally:
            self.idle_since = time.monotonic()

    def close(self) -> None:
        """Kill the process, without a warning as on AWS, and remove its temporary files."""
        self._process.kill()
        self._process.wait()

    def next_invocation(self) -> Invocation | None:
        """Wait for an invocation; None once the process has ended."""
        return self._invocations.get()

    def settle(self, result: Result) -> None:
        """Take the result of the current invocation."""
        self._results.put(result)

    def _watch(self) -> None:
        status = self._process.wait()
        reason = f"exit status {status}" if status >= 0 else f"signal {-status}"
        self.settle(failure("Runtime.ExitError", f"Error: Runtime exited with error: {reason}"))
        self._invocations.put(None)
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(self._temporary, ignore_errors=True)


class _RuntimeApi(Handler):
    def __init__(self, worker: Worker, *arguments: Any) -> None:
        self._worker = worker
        super().__init__(*arguments)

    def get(self) -> None:
        if self.path != f"{PREFIX}/invocation/next":
            self.answer(b"{}", status=404)
        elif invocation := self._worker.next_invocation():
            self.answer(invocation.event, headers=_invocation_headers(invocation))
        else:
            self.close_connection = True

    def post(self) -> None:
        body, match = self.body(), RESULT_PATH.fullmatch(self.path)
        if match or self.path == f"{PREFIX}/init/error":
            self._worker.settle(Result(body=body, is_error=match is None or match[2] == "error"))
            self.answer(b"{}", status=202)
        else:
            self.answer(b"{}", status=404)


def _invocation_headers(invocation: Invocation) -> dict[str, str]:
    return {
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Deadline-Ms": str(int(invocation.deadline * 1000)),
        "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
    }

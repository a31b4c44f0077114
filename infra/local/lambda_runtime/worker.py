"""One execution environment: an `awslambdaric` process and the Runtime API server that feeds it.

The API is AWS's (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html); each process has a server of
its own, so a request needs no name to be recognised. One invocation at a time, as on AWS.
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
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, SimpleQueue

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
        """Until the deadline; never negative."""
        return max(0.0, self.deadline - time.time())


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A function's answer: its JSON, or an error object with errorMessage, errorType and perhaps stackTrace."""

    body: bytes
    is_error: bool = False


def failure(error_type: str, message: str) -> Result:
    """An error that Lambda itself reports, in its own shape."""
    return Result(body=json.dumps({"errorType": error_type, "errorMessage": message}).encode(), is_error=True)


class Worker:
    """Starts a process with `launch(address of its Runtime API)`; `temporary` is its own, removed with it."""

    def __init__(self, launch: Callable[[str], subprocess.Popen[bytes]], *, temporary: Path) -> None:
        self._invocations: SimpleQueue[Invocation | None] = SimpleQueue()
        self._results: SimpleQueue[Result] = SimpleQueue()
        self._temporary = temporary
        temporary.mkdir(parents=True)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self._process = launch(f"127.0.0.1:{self._server.server_port}")
        self.idle_since = time.monotonic()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def is_usable(self) -> bool:
        """Whether it may take another invocation."""
        return self._process.poll() is None

    def invoke(self, invocation: Invocation) -> Result:
        """Run one invocation; a time-out or a crash of the process comes back as Lambda reports it."""
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
        """Kill the process and remove its temporary files. (AWS gives no warning either.)"""
        self._process.kill()
        self._process.wait()

    def next_invocation(self) -> Invocation | None:
        """Wait for work; None when the process is gone."""
        return self._invocations.get()

    def settle(self, result: Result) -> None:
        """Take the answer of the current invocation."""
        self._results.put(result)

    def _watch(self) -> None:
        status = self._process.wait()
        reason = f"exit status {status}" if status >= 0 else f"signal {-status}"
        self.settle(failure("Runtime.ExitError", f"Error: Runtime exited with error: {reason}"))
        self._invocations.put(None)
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(self._temporary, ignore_errors=True)


def _handler_for(worker: Worker) -> type[BaseHTTPRequestHandler]:
    class RuntimeApi(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Without these two, headers and body leave in separate packets and each call waits 40 ms for an ACK.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            if self.path != f"{PREFIX}/invocation/next":
                self._answer(404, b"{}")
            elif invocation := worker.next_invocation():
                self._answer(200, invocation.event, _invocation_headers(invocation))
            else:
                self.close_connection = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            match = RESULT_PATH.fullmatch(self.path)
            if match or self.path == f"{PREFIX}/init/error":
                worker.settle(Result(body=body, is_error=match is None or match[2] == "error"))
                self._answer(202, b"{}")
            else:
                self._answer(404, b"{}")

        def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name in the base class)
            pass

    return RuntimeApi


def _invocation_headers(invocation: Invocation) -> dict[str, str]:
    return {
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Deadline-Ms": str(int(invocation.deadline * 1000)),
        "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
    }

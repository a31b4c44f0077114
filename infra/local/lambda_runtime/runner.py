"""The Lambda runner: the emulator posts events to it, and it answers with what the function returned.

`POST /invoke/{stack}/{logical id}` with an event answers 200 and the function's JSON, or 500 and Lambda's error
object. `POST /reload` reads the table of code folders again and ends the processes of the old code.
Each version of a function has a pool of processes; all of them end with the runner.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.aws.emulator import CREDENTIALS, REGION
from infra.local.http_handler import Handler
from infra.local.lambda_runtime import payloads
from infra.local.lambda_runtime.custom_resource import report_crash
from infra.local.lambda_runtime.execution_environment import (
    FunctionSettings,
    command,
    environment,
    link_runtime,
)
from infra.local.lambda_runtime.functions import FunctionFolders, load_functions
from infra.local.lambda_runtime.pool import Pool
from infra.local.lambda_runtime.worker import Invocation, Result, Worker, failure
from infra.local.processes import start

logger = logging.getLogger("runner")

# Maximum processes per function; more than the machine's cores would only slow each other down.
POOL_SIZE = max(2, min(8, os.cpu_count() or 2))
IDLE_SECONDS = 120.0


class Runner:
    """The pools of all functions. `functions_file` is the table of code folders, `directory` is scratch space."""

    def __init__(self, *, endpoint_url: str, functions_file: Path, directory: Path, logs: Path) -> None:
        self._endpoint_url, self._functions_file, self._logs = endpoint_url, functions_file, logs
        self._temporary = directory / "tmp"
        shutil.rmtree(self._temporary, ignore_errors=True)
        self._runtime = link_runtime(directory / "runtime")
        self._lambda: Any = boto3.client(
            "lambda",
            endpoint_url=endpoint_url,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(proxies={}),
        )
        self._pools: dict[tuple[str, str], Pool] = {}
        self._lock = threading.Lock()
        # A process ends with the thread that started it, and the HTTP server's threads end with their connection.
        self._starter = ThreadPoolExecutor(max_workers=1)
        self.reload()

    def invoke(self, key: str, name: str, version: str, invocation: Invocation) -> Result:
        """Run one invocation of a function; `name` and `version` are the emulator's."""
        if key not in self._functions:
            return failure("ResourceNotFoundException", f"The runner has no function {key}.")
        if refused := payloads.refuse(key, invocation.event):
            return refused
        try:
            pool = self._pool(key, name, version)
        except ClientError as error:
            return failure("ResourceNotFoundException", str(error))
        result = payloads.checked(key, pool.invoke(invocation))
        report_crash(invocation, result)
        return result

    def reload(self) -> None:
        """Read the table of code folders, and start new pools from it."""
        self._functions = load_functions(self._functions_file)
        with self._lock:
            retired, self._pools = self._pools, {}
        for pool in retired.values():
            pool.retire()

    def reap_for_ever(self) -> None:
        """End processes that have been idle for IDLE_SECONDS."""
        while True:
            time.sleep(IDLE_SECONDS / 10)
            for pool in list(self._pools.values()):
                pool.reap(IDLE_SECONDS)

    def close(self) -> None:
        """End every process."""
        for pool in self._pools.values():
            pool.close()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _pool(self, key: str, name: str, version: str) -> Pool:
        with self._lock:
            if (key, version) not in self._pools:
                configuration = self._lambda.get_function_configuration(FunctionName=name, Qualifier=version)
                create = partial(self._create, FunctionSettings.of(configuration), self._functions[key])
                self._pools[key, version] = Pool(create, size=POOL_SIZE)
            return self._pools[key, version]

    def _create(self, settings: FunctionSettings, folders: FunctionFolders) -> Worker:
        temporary = self._temporary / uuid4().hex
        return Worker(partial(self._launch, settings, folders, temporary), temporary=temporary)

    def _launch(
        self, settings: FunctionSettings, folders: FunctionFolders, temporary: Path, runtime_api: str
    ) -> subprocess.Popen[bytes]:
        variables = environment(
            settings,
            folders,
            runtime=self._runtime,
            runtime_api=runtime_api,
            endpoint_url=self._endpoint_url,
            temporary=temporary,
        )
        started = self._starter.submit(
            start,
            command(settings),
            log=self._logs / f"{settings.name}.log",
            environment=variables,
            directory=Path(folders.task_root),
            on_parent_death="SIGKILL",
        )
        return started.result()


class Invoke(Handler):
    """The HTTP side of a runner: `partial(Invoke, runner)`."""

    def __init__(self, runner: Runner, *arguments: Any) -> None:
        self._runner = runner
        super().__init__(*arguments)

    def get(self) -> None:
        self.answer(b"{}", status=200 if self.path == "/health" else 404)

    def post(self) -> None:
        event = self.body()
        if self.path == "/reload":
            self._runner.reload()
            self.answer(b"{}")
            return
        key, began = self.path.removeprefix("/invoke/"), time.monotonic()
        result = self._runner.invoke(
            key,
            self.headers.get("X-Amzn-Lambda-Function-Name", ""),
            self.headers.get("X-Amzn-Lambda-Function-Version", "$LATEST"),
            self._invocation(event),
        )
        outcome = result.body.decode(errors="replace")[:500] if result.is_error else "ok"
        logger.info("%s %.0f ms %s", key, (time.monotonic() - began) * 1000, outcome)
        self.answer(result.body, status=500 if result.is_error else 200)

    def _invocation(self, event: bytes) -> Invocation:
        deadline = self.headers.get("X-Amzn-Lambda-Deadline-Ms")
        return Invocation(
            request_id=self.headers.get("X-Amzn-Lambda-Request-Id") or str(uuid4()),
            arn=self.headers.get("X-Amzn-Lambda-Function-Arn", ""),
            event=event,
            deadline=int(deadline) / 1000 if deadline else time.time() + 3,
        )


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # a burst of queue messages connects at once


def serve(runner: Runner, port: int) -> None:
    """Serve until SIGTERM."""
    server = _Server(("127.0.0.1", port), partial(Invoke, runner))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=runner.reap_for_ever, daemon=True).start()
    try:
        server.serve_forever(0.1)
    finally:
        runner.close()


def main() -> None:
    """Run as a process of the stack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--endpoint-url", required=True)
    for name in ("--functions", "--directory", "--logs"):
        parser.add_argument(name, type=Path, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    runner = Runner(
        endpoint_url=arguments.endpoint_url,
        functions_file=arguments.functions,
        directory=arguments.directory,
        logs=arguments.logs,
    )
    serve(runner, arguments.port)


if __name__ == "__main__":
    main()

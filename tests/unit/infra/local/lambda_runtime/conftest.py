"""Real `awslambdaric` processes with small handlers."""

import json
import time
from functools import partial
from uuid import uuid4

import pytest

from infra.local.lambda_runtime.execution_environment import (
    FunctionSettings,
    command,
    environment,
    link_runtime,
)
from infra.local.lambda_runtime.functions import FunctionFolders
from infra.local.lambda_runtime.worker import Invocation, Worker
from infra.local.processes import start

HANDLERS = """
import os, sys, time
calls = 0

def echo(event, context):
    global calls
    calls += 1
    return {"event": event, "calls": calls, "pid": os.getpid()}

def long(event, context):
    return {"statusCode": 200, "body": "x" * event["characters"]}

def describe(event, context):
    return {
        "path": sys.path, "environment": dict(os.environ), "directory": os.getcwd(), "modules": sorted(sys.modules),
        "context": [context.aws_request_id, context.invoked_function_arn, context.get_remaining_time_in_millis()],
    }

def fail(event, context):
    raise ValueError("no such thing")

def die(event, context):
    os._exit(3)

def wait(event, context):
    time.sleep(event["seconds"])
    return os.getpid()

def from_layer(event, context):
    import of_the_layer
    return of_the_layer.VALUE

def of_the_developer(event, context):
    import boto3
"""


@pytest.fixture(scope="session")
def runtime(tmp_path_factory):
    """The folder of the runtime client."""
    return link_runtime(tmp_path_factory.mktemp("runtime"))


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    """A function's asset and its layer."""
    asset, layer = tmp_path_factory.mktemp("asset"), tmp_path_factory.mktemp("layer")
    (asset / "functions").mkdir()
    (asset / "functions" / "hello.py").write_text(HANDLERS)
    (asset / "functions" / "broken.py").write_text("raise RuntimeError('at import')")
    (layer / "python").mkdir()
    (layer / "python" / "of_the_layer.py").write_text("VALUE = 'from the layer'")
    return FunctionFolders(task_root=str(asset), layers=(str(layer),))


def settings_of(handler, **changes):
    """Settings of a function in module functions.hello."""
    values = {
        "name": "ddp-local-hello",
        "version": "$LATEST",
        "arn": "arn:aws:lambda:us-east-1:000000000000:function:ddp-local-hello",
        "handler": f"functions.hello.{handler}" if "." not in handler else handler,
        "timeout": 3,
        "memory": 512,
        "variables": {"DDP_BUCKET": "files"},
    }
    return FunctionSettings(**{**values, **changes})


@pytest.fixture
def make_worker(runtime, folders, tmp_path):
    """Start a worker for a handler; it is closed after the test."""
    workers = []

    def make(handler):
        temporary = tmp_path / uuid4().hex
        launch = partial(launch_process, settings_of(handler), folders, runtime, temporary, tmp_path / "log")
        workers.append(Worker(launch, temporary=temporary))
        return workers[-1]

    yield make
    for worker in workers:
        worker.close()


def launch_process(settings, folders, runtime, temporary, log, runtime_api):
    """Start a process as the runner does, in this thread."""
    variables = environment(
        settings,
        folders,
        runtime=runtime,
        runtime_api=runtime_api,
        endpoint_url="http://127.0.0.1:1",
        temporary=temporary,
    )
    return start(command(settings), log=log, environment=variables, directory=folders.task_root)


def call(event=None, *, seconds=5.0):
    """An invocation with this much time left."""
    return Invocation(
        request_id=str(uuid4()),
        arn="arn:aws:lambda:us-east-1:000000000000:function:ddp-local-hello",
        event=json.dumps(event).encode(),
        deadline=time.time() + seconds,
    )

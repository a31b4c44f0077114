"""One execution environment, against AWS's own runtime client."""

import json
import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from .conftest import call

pytestmark = pytest.mark.thorough


def test_the_answer_comes_back_and_the_process_is_kept(make_worker):
    worker = make_worker("echo")
    first, second = (json.loads(worker.invoke(call({"n": n})).body) for n in (1, 2))
    assert (first["event"], first["calls"]) == ({"n": 1}, 1)
    assert (second["event"], second["calls"]) == ({"n": 2}, 2)
    assert first["pid"] == second["pid"]


def test_a_warm_call_takes_no_acknowledgement_delay(make_worker):
    """Headers and body in separate packets would cost each call 40 ms, even the fastest one."""
    worker = make_worker("echo")
    worker.invoke(call())
    taken = []
    for _ in range(20):
        began = time.perf_counter()
        worker.invoke(call())
        taken.append(time.perf_counter() - began)
    assert min(taken) < 0.02


def test_events_and_answers_of_six_megabytes_pass(make_worker):
    text = "x" * 6_000_000
    assert json.loads(make_worker("echo").invoke(call(text, seconds=20)).body)["event"] == text


def test_an_exception_keeps_its_type_and_stack_and_the_process(make_worker):
    worker = make_worker("fail")
    result = worker.invoke(call())
    error = json.loads(result.body)
    assert result.is_error
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no such thing")
    assert "in fail" in error["stackTrace"][0]
    assert worker.is_usable


def test_a_crash_is_an_error_and_ends_the_worker(make_worker):
    worker = make_worker("die")
    result = worker.invoke(call())
    assert result.is_error
    assert json.loads(result.body) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "Error: Runtime exited with error: exit status 3",
    }
    assert not worker.is_usable


@pytest.mark.parametrize(
    ("handler", "error_type", "message"),
    [
        ("functions.broken.handler", "RuntimeError", "at import"),
        ("functions.absent.handler", "Runtime.ImportModuleError", "functions.absent"),
        ("functions.hello.absent", "Runtime.HandlerNotFound", "absent"),
    ],
)
def test_what_fails_before_the_first_event_is_the_events_answer(make_worker, handler, error_type, message):
    result = make_worker(handler).invoke(call())
    error = json.loads(result.body)
    assert result.is_error
    assert error["errorType"] == error_type
    assert message in error["errorMessage"]


def test_past_its_deadline_the_process_is_killed(make_worker):
    worker = make_worker("wait")
    pid = json.loads(worker.invoke(call({"seconds": 0})).body)
    began = time.monotonic()
    result = worker.invoke(call({"seconds": 30}, seconds=0.5))
    assert time.monotonic() - began < 15
    assert json.loads(result.body)["errorType"] == "Sandbox.Timedout"
    assert "timed out after 0.50 seconds" in json.loads(result.body)["errorMessage"]
    assert not psutil.pid_exists(pid)
    assert not worker.is_usable


def test_close_leaves_neither_process_nor_temporary_files(make_worker, tmp_path):
    worker = make_worker("echo")
    pid = json.loads(worker.invoke(call()).body)["pid"]
    worker.close()
    assert not psutil.pid_exists(pid)
    deadline = time.monotonic() + 10
    while list(tmp_path.glob("*/")) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


class TestSurroundings:
    """The environment of the function."""

    @pytest.fixture
    def seen(self, make_worker, monkeypatch):
        monkeypatch.setenv("AWS_PROFILE", "of-the-developer")
        monkeypatch.setenv("PYTHONPATH", "/of/the/developer")
        return json.loads(make_worker("describe").invoke(call(seconds=5)).body)

    def test_its_own_and_lambdas_variables_and_none_of_the_developers(self, seen, folders):
        variables = seen["environment"]
        assert variables["DDP_BUCKET"] == "files"
        assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "ddp-local-hello"
        assert variables["AWS_EXECUTION_ENV"] == f"AWS_Lambda_python3.{sys.version_info.minor}"
        assert variables["LAMBDA_TASK_ROOT"] == folders.task_root == seen["directory"]
        assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
        assert "AWS_PROFILE" not in variables

    def test_imports_come_from_the_asset_its_layers_and_the_runtime_alone(self, seen, folders, runtime):
        standard = str(Path(os.__file__).parent)
        ours = {folders.task_root, f"{folders.layers[0]}/python", str(runtime)}
        others = {path for path in seen["path"] if path not in ours}
        assert all(path.startswith(standard) or path.endswith(".zip") for path in others), others
        assert not any("site-packages" in path for path in seen["path"])

    def test_the_context_has_the_request_and_the_time_left(self, seen):
        request_id, arn, remaining = seen["context"]
        assert len(request_id) == 36
        assert arn.endswith(":ddp-local-hello")
        assert 0 < remaining <= 5000


def test_a_layers_module_is_found(make_worker):
    assert json.loads(make_worker("from_layer").invoke(call()).body) == "from the layer"


def test_a_package_of_the_developers_environment_is_not(make_worker):
    error = json.loads(make_worker("of_the_developer").invoke(call()).body)
    assert error["errorType"] == "ModuleNotFoundError"

"""The runner's HTTP side, with a server that stands in for Lambda's configuration API."""

import json
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest
import urllib3

from infra.local.lambda_runtime.functions import write_functions
from infra.local.lambda_runtime.runner import Invoke, Runner
from infra.local.processes import free_port, wait_until

pytestmark = pytest.mark.thorough

FUNCTION = "service/Hello"


class FakeServices:
    """Answers GetFunctionConfiguration, and records answers of custom resources."""

    def __init__(self):
        self.handler, self.answers = "functions.hello.echo", []
        services = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps(services.configuration()).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_PUT(self):
                services.answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def configuration(self):
        return {
            "FunctionName": "ddp-local-hello",
            "Version": "$LATEST",
            "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:ddp-local-hello",
            "Handler": self.handler,
            "Timeout": 3,
            "MemorySize": 512,
            "Environment": {
                "Variables": {"MINISTACK_LAMBDA_PROXY_URL": "http://runner", "DDP_BUCKET": "files"}
            },
        }


@pytest.fixture
def services():
    services = FakeServices()
    yield services
    services.server.shutdown()
    services.server.server_close()


@pytest.fixture
def invoke(services, folders, tmp_path):
    """A function that posts an event to a running runner and returns (status, answer)."""
    write_functions({FUNCTION: folders}, tmp_path / "functions.json")
    runner = Runner(
        endpoint_url=services.url,
        functions_file=tmp_path / "functions.json",
        directory=tmp_path / "runner",
        logs=tmp_path / "logs",
    )
    server = ThreadingHTTPServer(("127.0.0.1", free_port()), partial(Invoke, runner))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def post(event, path=f"/invoke/{FUNCTION}", seconds=30.0):
        headers = {
            "X-Amzn-Lambda-Function-Name": "ddp-local-hello",
            "X-Amzn-Lambda-Function-Version": "$LATEST",
            "X-Amzn-Lambda-Deadline-Ms": str(int((time.time() + seconds) * 1000)),
        }
        url = f"http://127.0.0.1:{server.server_port}{path}"
        answer = urllib3.request("POST", url, body=json.dumps(event), headers=headers, retries=False)
        return answer.status, answer.json()

    yield post
    server.shutdown()
    server.server_close()
    runner.close()


def test_an_event_is_answered_with_what_the_function_returned(invoke):
    status, answer = invoke({"n": 1})
    assert status == 200
    assert answer["event"] == {"n": 1}


def test_the_runners_own_variable_is_not_shown_to_the_function(invoke, services):
    services.handler = "functions.hello.describe"
    variables = invoke({})[1]["environment"]
    assert variables["DDP_BUCKET"] == "files"
    assert "MINISTACK_LAMBDA_PROXY_URL" not in variables


def test_an_error_is_no_success(invoke, services):
    services.handler = "functions.hello.fail"
    status, error = invoke({})
    assert status == 500
    assert error["errorType"] == "ValueError"


def test_an_answer_over_lambdas_limit_is_an_error_that_says_so(invoke, services, caplog):
    services.handler = "functions.hello.long"
    assert invoke({"characters": 6_291_000})[0] == 200
    status, error = invoke({"characters": 6_292_000})
    assert (status, error["errorType"]) == (500, "Function.ResponseSizeTooLarge")
    assert "service/Hello answered 6292" in caplog.text


def test_a_request_over_lambdas_limit_does_not_reach_the_function(invoke, caplog):
    request = {"requestContext": {"http": {"method": "POST"}}, "body": "x" * 6_291_556}
    status, answer = invoke(request)
    assert (status, answer["statusCode"]) == (200, 413)
    assert "service/Hello is not called" in caplog.text
    assert invoke({"Records": ["x" * 6_291_556]})[0] == 500


def test_a_function_that_is_not_in_the_table_is_named(invoke):
    status, error = invoke({}, path="/invoke/service/Other")
    assert status == 500
    assert "service/Other" in error["errorMessage"]


def test_after_a_reload_the_old_process_is_gone_and_new_settings_hold(invoke, services):
    pid = invoke({})[1]["pid"]
    services.handler = "functions.hello.fail"
    assert invoke({})[0] == 200
    invoke({}, path="/reload")
    assert invoke({})[0] == 500
    wait_until(lambda: not psutil.pid_exists(pid), what="the end of the old process", seconds=10)


def test_a_crashed_custom_resource_is_reported_to_cloudformation(invoke, services):
    services.handler = "functions.hello.fail"
    event = {
        "ResponseURL": f"{services.url}/cfn-response",
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Schema",
    }
    invoke(event)
    assert services.answers == [
        {
            "Status": "FAILED",
            "Reason": "ValueError: no such thing",
            "PhysicalResourceId": "Schema",
            "StackId": "stack",
            "RequestId": "request",
            "LogicalResourceId": "Schema",
        }
    ]


def test_a_custom_resource_that_works_answers_for_itself(invoke, services):
    invoke({"ResponseURL": f"{services.url}/cfn-response"})
    assert services.answers == []

"""The demo on the emulator's own executor, which runs asset archives and enforces the roles' policies."""

from __future__ import annotations

import pytest
from rich.console import Console

from infra.cli.api_client import Client, send
from infra.local.demo import files as demo_files
from infra.local.demo.demo import tell
from infra.local.identity.issuer import Issuer
from infra.local.identity.users import USERS
from infra.local.postgres.database import server
from infra.local.stack import LocalStack
from infra.local.state import StateDirectory

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return StateDirectory(tmp_path_factory.mktemp("stack"))


@pytest.fixture(scope="module")
def stack(directory):
    stack = LocalStack(directory, {}, with_runner=False)
    yield stack
    stack.down()
    server(directory).destroy()


@pytest.fixture(scope="module")
def urls(stack, assembly):
    return stack.up(assembly, lambda _: None)


def test_the_story_happens_as_told(directory, stack, urls):
    assert tell(directory, urls, Console(quiet=True)) == []
    assert stack.emulator.ran_functions_itself()


def test_without_its_policy_a_role_may_not_write(directory, stack, urls):
    """Proves that the demo above ran under enforced policies."""
    issuer = Issuer.load(urls["Token issuer"], directory.issuer_key)
    client = Client(api_url=urls["API"], token=issuer.token(USERS["brand"]))
    file = demo_files.picture("Late.png", "without rights")
    upload = client.request_upload(file).body
    iam, name = stack.emulator.client("iam"), "ddp-local-uploads-http"
    role = (
        stack.emulator.client("lambda")
        .get_function_configuration(FunctionName=name)["Role"]
        .rpartition("/")[2]
    )
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=policy)
    assert send(upload["request"], file.content) == 403

"""The TypeScript client's helpers in Node, against the local stack; tests/end_to_end/client.mjs runs one of them."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from infra.client_build import built
from infra.local.demo.files import MIB
from infra.local.identity.issuer import Issuer
from infra.local.identity.users import LocalUser
from infra.local.simulators.mailbox.client import MailboxClient
from infra.node import node_binary

from .email_campaigns import start
from .queue_worker import emulator_of
from .uploads import archive

SCRIPT = __file__.replace("test_client.py", "client.mjs")
UPLOADS = "select upload_id::text from uploads where content_sha256 = decode(%s, 'hex')"

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def issuer(stack) -> Issuer:
    return Issuer.load(stack.urls["Token issuer"], stack.directory.issuer_key)


@pytest.fixture(scope="module")
def run(stack, brand) -> Run:
    """Runs one helper in a process of its own, as the brand unless a token is given; what it printed."""

    def run(helper: str, **task: Any) -> dict[str, Any]:
        given = {"helper": helper, "api": stack.urls["API"], "token": brand.token, **task}
        command = [node_binary(), SCRIPT, built(), json.dumps(given)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
        return json.loads(printed)

    return run


@pytest.fixture
def upload(run, tmp_path) -> Run:
    """Runs `upload` with this content; the memory of all its runs is one file."""

    def upload(content: bytes, content_type: str = "application/zip", **task: Any) -> dict[str, Any]:
        file, memory = tmp_path / "content", tmp_path / "memory.json"
        file.write_bytes(content)
        described = {"file": str(file), "memory": str(memory), "name": "Photos.zip", "type": content_type}
        outcome = run("upload", **described, **task)
        goes_on = "died" in outcome or task.get("neverForgets")
        assert bool(json.loads(memory.read_text())) == bool(goes_on)
        return outcome

    return upload


def puts(outcome: dict[str, Any]) -> int:
    return outcome["calls"].count("PUT")


def test_an_upload_that_breaks_off_arrives_byte_for_byte(brand, upload):
    content = archive(12 * MIB).content
    outcome = upload(content, breaks=[1])
    assert puts(outcome) == 2
    assert outcome["seen"][-2:] == [["sending", 12 * MIB], ["verifying", 12 * MIB]]
    assert brand.download(f"/files/{outcome['result']['file_id']}/download") == (200, content)


def test_another_process_goes_on_with_an_upload(brand, upload, database):
    content = archive(12 * MIB).content
    assert upload(content, dies=1)["died"]
    outcome = upload(content)
    digest = hashlib.sha256(content).hexdigest()
    assert [row["upload_id"] for row in database.execute(UPLOADS, [digest])] == [
        outcome["result"]["upload_id"]
    ]
    assert brand.download(f"/files/{outcome['result']['file_id']}/download") == (200, content)


def test_another_process_sends_only_the_missing_parts(brand, upload, s3, bucket):
    content = archive(100 * MIB + 1).content
    assert upload(content, dies=4)["died"]
    outcome = upload(content, breaks=[1])
    assert 2 <= puts(outcome) <= 7  # six parts at most, one of them twice
    sent = [bytes_ for phase, bytes_ in outcome["seen"] if phase == "sending"]
    assert sent == sorted(sent)
    assert sent[-1] == len(content)
    result = outcome["result"]
    assert (result["method"], result["part_count"]) == ("multipart", 7)
    assert brand.download(f"/files/{result['file_id']}/download") == (200, content)
    for key in (f"files/{result['file_id']}", f"incoming/{result['upload_id']}"):
        s3.delete_object(Bucket=bucket, Key=key)  # the emulator keeps objects in memory


def test_a_remembered_upload_whose_file_was_deleted_begins_anew(brand, upload):
    content = archive().content
    first, same = (upload(content, neverForgets=True)["result"] for _ in range(2))
    assert first["file_id"] == same["file_id"]
    assert brand.call("DELETE", f"/files/{first['file_id']}").status in (200, 204)
    assert upload(content)["result"]["file_id"] != first["file_id"]


def test_what_the_platform_refuses_is_a_typed_error(upload):
    content = archive().content
    live = upload(content)["result"]
    error = upload(content)["error"]
    assert (error["isTyped"], error["code"], error["status"]) == (True, "duplicate-content", 409)
    assert error["problem"]["file_id"] == live["file_id"]
    assert error["requestId"]
    assert error["message"] == "You already have a file with the same content."


def test_a_rejected_upload_says_why(upload):
    error = upload(archive().content, "image/png")["error"]
    assert (error["isTyped"], error["code"]) == (True, "content-mismatch")
    assert "application/zip" in error["message"] or "image/png" in error["message"]


def test_without_a_token_nothing_is_asked(run):
    outcome = run("me", token=None)
    assert (outcome["error"]["code"], outcome["error"]["status"], outcome["calls"]) == (
        "not-signed-in",
        401,
        [],
    )


def test_an_answer_of_the_gateway_is_a_typed_error_too(run):
    error = run("me", token="nonsense")["error"]
    assert (error["isTyped"], error["code"], error["status"]) == (True, "gateway-403", 403)
    assert error["requestId"]


def test_me_makes_the_account_of_a_newcomer_once(run, issuer):
    newcomer = LocalUser(
        key="new",
        user_id=uuid4(),
        user_email=f"{uuid4().hex}@people.example",
        user_name="Kiosk Riva",
        user_type="retailer",
    )
    token = issuer.token(newcomer)
    first, second = (run("me", token=token, name="Kiosk Riva") for _ in range(2))
    assert first["result"]["person"]["user_name"] == "Kiosk Riva"
    assert first["result"]["person"]["is_active"] is False
    assert (first["calls"], second["calls"]) == (["me", "me"], ["me"])


def test_a_send_is_watched_until_it_is_complete(stack, brand, run, database):
    retailer, sqs = stack.client("retailer2"), emulator_of(stack).client("sqs")
    mailbox = MailboxClient(url=stack.urls["Mailbox"])
    campaign = start(retailer, brand, mailbox, sqs, database, recipients=20)
    asked = {"id": campaign.email_campaign_id, "token": retailer.token}
    outcome = run("watch", **asked)
    assert outcome["seen"][-1] == outcome["result"]["status"] == "complete"
    assert "complete" not in outcome["seen"][:-1]
    assert sum(outcome["result"]["counts"].values()) == 20
    assert run("stopWatching", **asked)["error"]["message"] == "enough"

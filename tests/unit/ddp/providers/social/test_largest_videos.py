"""The largest video that each platform takes goes through its adapter within the memory of a small function.

The simulator is a process of its own, and is measured too: it keeps only the beginning of what it gets.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from ddp.providers.social import rules
from ddp.providers.social.base import Platform, PostType
from infra.local.processes import free_port
from infra.local.simulators.platforms.client import PlatformsClient

MOST_KILOBYTES = 256 * 1024
# Of YouTube's 256 GB, only so much is sent: the rest is said to have arrived.
SENT_OF_YOUTUBE = 200 << 20
CASES = [
    (Platform.FACEBOOK, PostType.VIDEO), (Platform.FACEBOOK, PostType.REEL), (Platform.INSTAGRAM, PostType.REEL),
    (Platform.TWITTER, PostType.VIDEO), (Platform.LINKEDIN, PostType.VIDEO), (Platform.TIKTOK, PostType.VIDEO),
    (Platform.YOUTUBE, PostType.VIDEO),
]  # fmt: skip
OPTIONS: dict[str, dict[str, Any]] = {
    "tiktok": {"privacy": "PUBLIC_TO_EVERYONE"},
    "youtube": {"made_for_kids": False},
}


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PlatformsClient, int]]:
    port = free_port()
    command = [
        sys.executable, "-m", "infra.local.simulators.platforms.server",
        "--port", str(port), "--directory", str(tmp_path_factory.mktemp("platforms")),
    ]  # fmt: skip
    process = subprocess.Popen(command)
    client = PlatformsClient(url=f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + 60
    while True:
        try:
            client.change(
                audited={"tiktok": True}, processing_seconds={"image": 0, "video": 0, "publishing": 0}
            )
            break
        except urllib3.exceptions.HTTPError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    yield client, process.pid
    process.kill()
    process.wait()


def peak_kilobytes(pid: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1])


def account_of(client: PlatformsClient, platform: Platform) -> dict[str, Any]:
    scopes = rules.of(platform)["access"]["scopes"]
    index = 1 if platform in {Platform.FACEBOOK, Platform.LINKEDIN} else 0
    account = client.accounts(platform)[index]
    external_id = account["id"]
    if platform is Platform.LINKEDIN:
        external_id = f"urn:li:organization:{external_id}"
    return {
        "external_account_id": external_id,
        "kind": account["body"]["kind"],
        "handle": account["body"]["handle"],
        "access_token": client.tokens(platform, account["id"], scopes)["access_token"],
        "scopes": scopes,
    }


def youtube_state(client: PlatformsClient, account: dict[str, Any], size: int) -> dict[str, str]:
    """A session in which nearly everything has arrived."""
    url = client.address(
        "https://www.googleapis.com/upload/youtube/v3/videos?uploadType=resumable&part=snippet,status"
    )
    answer = urllib3.request(
        "POST",
        url,
        json={"snippet": {"title": "The largest"}, "status": {"privacyStatus": "private"}},
        headers={
            "Authorization": f"Bearer {account['access_token']}",
            "X-Upload-Content-Length": str(size),
        },
    )
    (session, *_) = client.objects("youtube", "upload")
    # Something has to be on disk, as if it had come first.
    client.change_object("youtube", session["id"], changes={"got": size - SENT_OF_YOUTUBE})
    return {"session": answer.headers["Location"]}


@pytest.mark.slow
@pytest.mark.parametrize(("platform", "kind"), CASES)
def test_the_largest_video_fits_into_256_megabytes(
    simulator: tuple[PlatformsClient, int], platform: Platform, kind: PostType
) -> None:
    client, pid = simulator
    rule = rules.of(platform)
    size = rule["media"][rule["types"][kind]["of"]]["bytes"]
    account = account_of(client, platform)
    wanted: dict[str, Any] = {
        "gateway": client.url,
        "platform": platform,
        "kind": kind,
        "account": account,
        "size": size,
        "options": OPTIONS.get(platform, {}),
    }
    if platform is Platform.YOUTUBE:
        wanted["state"] = youtube_state(client, account, size)
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.ddp.providers.social.largest_video"],
        input=json.dumps(wanted),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    told = json.loads(done.stdout)
    print(
        f"{platform} {kind}: {size:,} bytes, {told['kilobytes']:,} kB, simulator {peak_kilobytes(pid):,} kB"
    )
    public = client.finalised(platform)[-1]
    assert [each["size"] for each in public["media"]] == [size]
    assert told["kilobytes"] < MOST_KILOBYTES
    assert peak_kilobytes(pid) < MOST_KILOBYTES

"""The simulator's answers have the members of the samples, and the adapters read the samples as what they mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ddp.errors import CredentialsExpired
from ddp.providers.social import google, linkedin_api, meta, oauth, tiktok_api, x_api
from ddp.providers.social.base import AllQuotaReached, QuotaReached, Refused, StateLost
from ddp.providers.social.http import Answer
from tests.unit.infra.local.simulators.platforms.conftest import Running

FOLDER = Path(__file__).parents[6] / "events/social"
SAMPLES = {
    f"{file.parent.name}/{file.stem}": json.loads(file.read_text()) for file in FOLDER.glob("*/*.json")
}
# How adapters read each sample of an error, and the code of a refusal.
MEANINGS: dict[str, tuple[Any, type[Exception], str | None]] = {
    "facebook/error": (meta.classify, CredentialsExpired, None),
    "facebook/duplicate": (meta.classify, Refused, "duplicate"),
    "instagram/image_too_large": (meta.classify, Refused, "media-too-large"),
    "instagram/container_expired": (meta.classify, StateLost, None),
    "twitter/duplicate": (x_api.classify, Refused, "duplicate"),
    "linkedin/duplicate": (linkedin_api.classify, Refused, "duplicate"),
    "tiktok/token_invalid": (tiktok_api.classify, CredentialsExpired, None),
    "tiktok/throttled": (tiktok_api.classify, QuotaReached, None),
    "youtube/quota_exceeded": (google.classify, AllQuotaReached, None),
    "youtube/grant_invalid": (oauth.of_refresh, CredentialsExpired, None),
}
# Answers of success, and an OAuth error that comes with status 200.
OTHERS = {
    "facebook/video_published", "facebook/upload_session", "twitter/media_initialized", "twitter/post",
    "linkedin/image_initialized", "tiktok/oauth_error",
}  # fmt: skip


def test_every_sample_says_where_it_is_from_and_is_used() -> None:
    assert set(MEANINGS) | OTHERS == set(SAMPLES)
    for sample in SAMPLES.values():
        assert sample["certainty"] in {"page", "meaning", "reported"}
        assert sample["source"]
        assert sample["read_on"]


@pytest.mark.parametrize("name", MEANINGS)
@pytest.mark.parametrize("finalises", [False, True])
def test_adapters_read_an_error_as_what_it_means(name: str, *, finalises: bool) -> None:
    classify, kind, code = MEANINGS[name]
    sample = SAMPLES[name]
    error = classify(
        Answer(status=sample["status"], headers={}, body=json.dumps(sample["body"]).encode()), finalises
    )
    assert type(error) is kind
    assert getattr(error, "code", None) == code


def members(value: Any) -> Any:
    """The names of a value's members, without what they hold."""
    if isinstance(value, dict):
        return {name: members(each) for name, each in value.items()}
    return [members(value[0])] if isinstance(value, list) and value else type(value).__name__


def bearer(running: Running, platform: str, scopes: str, index: int = 0) -> tuple[str, str]:
    account = running.client.accounts(platform)[index]["id"]
    return account, str(running.client.tokens(platform, account, scopes.split())["access_token"])


def test_x_initializes_media_as_in_the_sample(running: Running) -> None:
    _, token = bearer(running, "twitter", "media.write")
    answer = running.ask(
        "POST",
        "api.x.com/2/media/upload/initialize",
        json={"media_type": "video/mp4", "total_bytes": 1_048_576, "media_category": "amplify_video"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert members(answer.json()) == members(SAMPLES["twitter/media_initialized"]["body"])
    assert answer.json()["data"]["media_key"].startswith("13_")


def test_x_posts_once_and_refuses_the_same_text_as_in_the_samples(running: Running) -> None:
    _, token = bearer(running, "twitter", "tweet.read tweet.write users.read")
    headers = {"Authorization": f"Bearer {token}"}
    first = running.ask("POST", "api.x.com/2/tweets", json={"text": "Hello world!"}, headers=headers)
    assert (first.status, members(first.json())) == (201, members(SAMPLES["twitter/post"]["body"]))
    again = running.ask("POST", "api.x.com/2/tweets", json={"text": "Hello world!"}, headers=headers)
    assert (again.status, again.json()) == (403, SAMPLES["twitter/duplicate"]["body"])
    assert len(running.client.finalised("twitter")) == 1


def test_facebook_errors_and_uploads_are_as_in_the_samples(running: Running) -> None:
    page, token = bearer(running, "facebook", "pages_manage_posts", index=1)
    refused = running.ask("GET", "graph.facebook.com/v26.0/me", fields={"access_token": "SECRET-forged"})
    assert set(refused.json()["error"]) <= set(SAMPLES["facebook/error"]["body"]["error"])
    assert refused.json()["error"]["code"] == 190
    fields = {"message": "Hello", "access_token": token}
    for status in (200, 400):
        posted = running.ask("POST", f"graph.facebook.com/v26.0/{page}/feed", fields=fields)
        assert posted.status == status
    assert members(posted.json()) == members(SAMPLES["facebook/duplicate"]["body"])
    session = running.ask(
        "POST",
        "graph.facebook.com/v26.0/123/uploads",
        fields={"file_length": "10", "file_type": "video/mp4", "access_token": token},
    )
    assert session.json()["id"].startswith("upload:")
    handle = running.ask(
        "POST",
        f"graph.facebook.com/v26.0/{session.json()['id']}",
        body=b"0123456789",
        headers={"Authorization": f"OAuth {token}", "file_offset": "0"},
    ).json()["h"]
    video = running.ask(
        "POST",
        f"graph-video.facebook.com/v26.0/{page}/videos",
        fields={"access_token": token, "fbuploader_video_file_chunk": handle, "description": "A video"},
    )
    assert members(video.json()) == members(SAMPLES["facebook/video_published"]["body"])


def test_linkedin_initializes_an_image_and_refuses_the_same_text_as_in_the_samples(running: Running) -> None:
    organization, token = bearer(running, "linkedin", "w_organization_social", index=1)
    headers = {
        "Authorization": f"Bearer {token}",
        "LinkedIn-Version": "202610",
        "X-Restli-Protocol-Version": "2.0.0",
    }
    urn = f"urn:li:organization:{organization}"
    answer = running.ask(
        "POST",
        "api.linkedin.com/rest/images?action=initializeUpload",
        json={"initializeUploadRequest": {"owner": urn}},
        headers=headers,
    )
    assert members(answer.json()) == members(SAMPLES["linkedin/image_initialized"]["body"])
    post = {
        "author": urn,
        "commentary": "Hello",
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED"},
        "lifecycleState": "PUBLISHED",
    }
    first = running.ask("POST", "api.linkedin.com/rest/posts", json=post, headers=headers)
    again = running.ask("POST", "api.linkedin.com/rest/posts", json=post, headers=headers)
    assert (first.status, again.status) == (201, 422)
    assert members(again.json()) == members(SAMPLES["linkedin/duplicate"]["body"])
    assert again.json()["message"].endswith(first.headers["x-restli-id"])


def test_google_and_tiktok_refuse_as_in_the_samples(running: Running) -> None:
    running.client.change(quotas={"youtube_uploads_per_day": 0})
    _, token = bearer(running, "youtube", "https://www.googleapis.com/auth/youtube.upload")
    refused = running.ask(
        "POST",
        "www.googleapis.com/upload/youtube/v3/videos?uploadType=resumable&part=snippet",
        json={"snippet": {"title": "A watch"}},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert refused.status == 403
    assert members(refused.json()) == members(SAMPLES["youtube/quota_exceeded"]["body"])
    grant = {
        "grant_type": "refresh_token", "refresh_token": "x", "client_id": "ddp-on-youtube",
        "client_secret": "SECRET-client-youtube",
    }  # fmt: skip
    refused = running.ask("POST", "oauth2.googleapis.com/token", fields=grant, encode_multipart=False)
    assert members(refused.json()) == members(SAMPLES["youtube/grant_invalid"]["body"])
    refused = running.ask(
        "POST", "open.tiktokapis.com/v2/post/publish/status/fetch/", json={"publish_id": "x"}
    )
    assert refused.status == SAMPLES["tiktok/token_invalid"]["status"]
    assert members(refused.json()) == members(SAMPLES["tiktok/token_invalid"]["body"])
    client = {"client_key": "ddp-on-tiktok", "client_secret": "SECRET-client-tiktok"}
    refused = running.ask(
        "POST", "open.tiktokapis.com/v2/oauth/token/", fields=client, encode_multipart=False
    )
    sample = SAMPLES["tiktok/oauth_error"]
    assert (refused.status, members(refused.json())) == (sample["status"], members(sample["body"]))

"""What KMS can no longer read is told apart from what it did not answer."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import UUID

import pytest
from botocore.exceptions import ClientError

from ddp.errors import Transient
from ddp.providers import kms

OWNER = UUID(int=1)


def answering(monkeypatch: pytest.MonkeyPatch, answer: bytes | str) -> None:
    """KMS decrypts to these bytes, or answers with an error of this code."""

    def decrypt(**_: object) -> dict[str, bytes]:
        if isinstance(answer, str):
            raise ClientError({"Error": {"Code": answer}}, "Decrypt")
        return {"Plaintext": answer}

    monkeypatch.setattr(kms, "client", lambda: SimpleNamespace(decrypt=decrypt))


def test_a_secret_is_decrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "Zürich".encode())
    assert kms.decrypt("YQ==", owner_id=OWNER, purpose="state") == "Zürich"


@pytest.mark.parametrize(
    ("ciphertext", "answer"),
    [("YQ==", "InvalidCiphertextException"), ("YQ==", b"\x8f\x00\xff"), ("abc", b"")],
)
def test_what_cannot_be_read_any_more(
    monkeypatch: pytest.MonkeyPatch, ciphertext: str, answer: bytes
) -> None:
    answering(monkeypatch, answer)
    with pytest.raises(kms.Unreadable, match="state"):
        kms.decrypt(ciphertext, owner_id=OWNER, purpose="state")


def test_what_may_succeed_later(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "ThrottlingException")
    with pytest.raises(Transient):
        kms.decrypt("YQ==", owner_id=OWNER, purpose="state")

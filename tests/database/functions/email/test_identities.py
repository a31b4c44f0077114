"""Sender identities: HTTP against a real database, SES by moto."""

from __future__ import annotations

from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def domain() -> str:
    """A domain that nobody has claimed."""
    return f"d{uuid4().hex[:12]}.example"


def claim(mailing, identity, user="retailer", key=None):
    return mailing.ask(user, "POST", "/sender-identities", {"identity": identity}, key=key)


def verify(monkeypatch, identity, *, owner, status="SUCCESS", tokens=("a", "b", "c")):
    """Make SES answer as it does after checking the records; moto does not support this."""
    from ddp.providers import ses_identities

    class Client:
        created: list[str] = []  # noqa: RUF012
        deleted: list[str] = []  # noqa: RUF012

        def get_email_identity(self, EmailIdentity):  # noqa: N803
            return {
                "VerifiedForSendingStatus": status == "SUCCESS",
                "VerificationStatus": status,
                "DkimAttributes": {"Tokens": list(tokens), "Status": status},
                "Tags": [{"Key": "ddp-user", "Value": str(owner)}] if owner else [],
            }

        def delete_email_identity(self, EmailIdentity):  # noqa: N803
            self.deleted.append(EmailIdentity)

    client = Client()
    monkeypatch.setattr(ses_identities, "client", lambda: client)
    return client


def test_a_domain_is_claimed_proved_and_used(mailing, monkeypatch, domain):
    owner = mailing.platform.users["retailer"]
    made = claim(mailing, domain.upper(), key="i1")
    assert (made.status, made.body["identity"], made.body["status"]) == (201, domain, "pending"), made
    assert domain in [i["EmailIdentity"] if "EmailIdentity" in i else i["IdentityName"]
                      for i in boto3.client("sesv2").list_email_identities()["EmailIdentities"]]  # fmt: skip
    path = f"/sender-identities/{made.body['sender_identity_id']}"
    verify(monkeypatch, domain, owner=owner, status="PENDING")
    pending = mailing.ask("retailer", "GET", path).body
    assert pending["dns_records"][0] == {
        "type": "CNAME",
        "name": f"a._domainkey.{domain}",
        "value": "a.dkim.amazonses.com",
    }
    assert "DNS" in pending["next_step"]
    message = mailing.draft(sender_email=f"shop@{domain}")
    assert mailing.send(message).code == "sender-not-verified"
    verify(monkeypatch, domain, owner=owner)
    proved = mailing.ask("retailer", "GET", path).body
    assert (proved["status"], proved["next_step"]) == ("verified", None)
    assert mailing.send(message).status == 202
    assert proved["sender_identity_id"] in [
        item["sender_identity_id"]
        for item in mailing.ask("retailer", "GET", "/sender-identities").body["items"]
    ]


def test_an_identity_belongs_to_one_user(mailing, monkeypatch, domain):
    made = claim(mailing, domain).body["sender_identity_id"]
    assert claim(mailing, domain).body["sender_identity_id"] == made
    assert claim(mailing, domain, "rival").code == "identity-taken"
    path = f"/sender-identities/{made}"
    for user in ("rival", "brand"):
        assert mailing.ask(user, "GET", path).status == 404
        assert mailing.ask(user, "DELETE", path).status == 404
        assert mailing.ask(user, "PUT", f"{path}/sharing", {"is_shared": True}).status == 404
    assert mailing.ask("retailer", "PUT", f"{path}/sharing", {"is_shared": True}).code == "not-an-admin"
    assert mailing.ask("admin", "PUT", f"{path}/sharing", {"is_shared": True}).body["is_shared"] is True
    assert mailing.ask("brand", "GET", path).status == 200, "shared: seen, and as it was seen last"
    client = verify(monkeypatch, domain, owner=mailing.platform.users["retailer"])
    assert mailing.ask("retailer", "DELETE", path).status == 200
    assert client.deleted == [domain]
    assert mailing.ask("retailer", "GET", path).status == 404


def test_a_claim_without_proof_lapses(mailing, domain):
    made = claim(mailing, domain).body["sender_identity_id"]
    mailing.platform.query(
        "update sender_identities set created_at = now() - interval '73 hours'"
        " where sender_identity_id = %s returning 1",
        made,
    )
    boto3.client("sesv2").delete_email_identity(EmailIdentity=domain)
    assert claim(mailing, domain, "rival").body["created_by_user_id"] == str(mailing.platform.users["rival"])
    assert mailing.ask("retailer", "GET", f"/sender-identities/{made}").status == 404


def test_what_was_verified_for_somebody_else_is_no_proof(mailing, monkeypatch, domain):
    """SES has one list per account, which may contain a domain that this user never proved."""
    for owner in (None, mailing.platform.users["brand"]):
        client = verify(monkeypatch, domain, owner=owner)
        assert claim(mailing, domain).code == "identity-taken"
        status = "select status from sender_identities where identity = %s"
        assert mailing.platform.query(status, domain) == [("pending",)]
        own = mailing.platform.query(
            "select sender_identity_id from sender_identities where identity = %s", domain
        )
        assert mailing.ask("retailer", "GET", f"/sender-identities/{own[0][0]}").status == 409
        assert mailing.ask("retailer", "DELETE", f"/sender-identities/{own[0][0]}").status == 200
        assert client.deleted == [], "others depend on it"
    assert claim(mailing, domain, "admin").body["status"] == "verified"


@pytest.mark.parametrize("claimed", ["ceo@{}", "shop.{}", "ceo@a.shop.{}"])
def test_what_ses_takes_from_the_domain_above_is_no_proof(mailing, monkeypatch, domain, claimed):
    """SES calls an address or a subdomain verified if its domain is, no matter for whom that was verified."""
    from ddp.providers import ses_identities

    users, identity = mailing.platform.users, claimed.format(domain)
    owners = {domain: None, identity: users["retailer"]}

    class Client:
        def get_email_identity(self, EmailIdentity):  # noqa: N803
            if EmailIdentity not in owners:
                raise ClientError({"Error": {"Code": "NotFoundException"}}, "GetEmailIdentity")
            owner = owners[EmailIdentity]
            tags = [{"Key": "ddp-user", "Value": str(owner)}] if owner else []
            return {"VerifiedForSendingStatus": True, "VerificationStatus": "SUCCESS", "Tags": tags}

    monkeypatch.setattr(ses_identities, "client", Client)
    for owner in (None, users["brand"]):
        owners[domain] = owner
        assert claim(mailing, identity).code == "identity-taken"
        ((made,),) = mailing.platform.query(
            "select sender_identity_id from sender_identities where identity = %s", identity
        )
        assert mailing.ask("admin", "GET", f"/sender-identities/{made}").status == 409, "looking is not proof"
    assert mailing.send(mailing.draft(sender_email=f"ceo@{identity.rpartition('@')[2]}")).status == 409
    owners[domain] = users["retailer"]
    assert claim(mailing, identity).body["status"] == "verified"
    owners[domain] = users["brand"]
    assert claim(mailing, identity).body["status"] == "verified", "what was proved stays"


def test_nobody_verifies_himself_past_ses(mailing, domain):
    """A browser may call the database's functions, but its login is not the HTTP functions'."""
    made = claim(mailing, domain).body["sender_identity_id"]
    with mailing.platform.database.connect(
        "superuser", autocommit=False
    ) as browser:  # as PostgREST's authenticator
        browser.execute(
            "select set_config('request.jwt.claims', %s, true)",
            ['{"sub": "%s"}' % mailing.platform.users["retailer"]],  # noqa: UP031
        )
        browser.execute("set local role authenticated")
        with pytest.raises(Exception, match="Only the HTTP API"):
            browser.execute("select record_sender_identity(%s, 'verified', '{}')", [made])


@pytest.mark.parametrize(
    "identity",
    ["", "x", "localhost", "a b.example", "x@y@z.example", "-a.example", "a.example\r\nX: y", "*.example.com",
     "a\x00.example", "1.2.3.4", "x" * 300 + ".example", "a@\ud800.example"],
    ids=ascii,
)  # fmt: skip
def test_identities_that_are_none(mailing, identity):
    assert claim(mailing, identity).status == 422


def test_international_domains_and_single_addresses(mailing, domain):
    assert claim(mailing, f"bücher-{domain}").body["identity"].startswith("xn--")
    made = claim(mailing, f"Shop@{domain}").body
    assert (made["identity"], made["dns_records"]) == (f"shop@{domain}", [])
    assert "link" in made["next_step"]

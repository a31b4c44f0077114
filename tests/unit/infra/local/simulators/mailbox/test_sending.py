"""What SES accepts and refuses, tested with the real client."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from infra.local.simulators.mailbox.client import MailboxClient

from .conftest import bulk, entry, send

pytestmark = pytest.mark.thorough


def refused(call, *arguments, **options):
    with pytest.raises(ClientError) as error:
        call(*arguments, **options)
    found = error.value.response
    return found["Error"]["Code"], found["ResponseMetadata"]["HTTPStatusCode"], found["Error"]["Message"]


def statuses(results):
    return [result["Status"] for result in results]


class TestWhatIsKept:
    def test_a_bulk_call_is_one_message_an_entry(self, box):
        results = bulk(box, [entry("anna@shop.example", "s-1"), entry("ben@shop.example", "s-2", s="Ben")])
        assert statuses(results) == ["SUCCESS", "SUCCESS"]
        second, first = box.mailbox.store.page()
        assert second.message.message_id == results[1]["MessageId"] != results[0]["MessageId"]
        assert (second.message.to, second.message.subject) == (("ben@shop.example",), "Ben")
        assert first.message.html == "<b>Hi</b>"
        assert first.message.tags == {"ddp_send": "s-1", "ddp_attempt": "1"}
        assert ("List-Unsubscribe", "<https://x.example/s-1>") in first.message.headers

    def test_a_single_message_with_an_attachment(self, box):
        simple = {
            "Subject": {"Data": "Größe"},
            "Body": {"Text": {"Data": "Hello"}},
            "Headers": [{"Name": "X-One", "Value": "1"}],
            "Attachments": [{"FileName": "a.pdf", "RawContent": b"%PDF"}],
        }
        identifier = send(box, Content={"Simple": simple}, EmailTags=[{"Name": "ddp_send", "Value": "s-9"}])
        (found,) = box.mailbox.store.page()
        assert found.message.message_id == identifier
        assert found.message.attachments == ("a.pdf",)
        assert box.mailbox.store.accepted(["s-9", "s-10"]) == {"s-9": 1, "s-10": 0}

    def test_a_raw_message(self, box):
        raw = b"To: anna@shop.example\r\nSubject: Raw\r\nX-Two: 2\r\n\r\nHello\r\n"
        send(box, Content={"Raw": {"Data": raw}})
        (found,) = box.mailbox.store.page()
        assert (found.message.subject, found.message.text.strip()) == ("Raw", "Hello")
        assert ("X-Two", "2") in found.message.headers

    def test_messages_that_show_something_are_counted_by_their_sends(self, box):
        bulk(box, [entry("a@shop.example", "s-1", h="<p>1 Lake St</p>"), entry("b@shop.example", "s-2")])
        bulk(
            box, [entry("c@shop.example", "s-3", h='<img src="x">1 Lake St'), entry("d@shop.example", "s-4")]
        )

        def showing(*texts, sends=("s-1", "s-2", "s-3")):
            return MailboxClient(url=box.url).showing(sends, texts)

        assert (showing(), showing("1 Lake St"), showing("1 Lake St", 'src="x"')) == (3, 2, 1)
        assert showing("1 Lake St", sends=["s-1", "s-4", "s-9"]) == 1
        box.mailbox.store.trim(kept_bodies=2)
        assert showing("1 Lake St") == 1, "what is no longer kept shows nothing"

    def test_the_oldest_bodies_are_forgotten_but_not_that_they_were_accepted(self, box):
        bulk(box, [entry(f"a{n}@shop.example", f"s-{n}") for n in range(5)])
        box.mailbox.store.trim(kept=4, kept_bodies=2)
        assert [line.message.to[0] for line in box.mailbox.store.page()] == [
            "a4@shop.example",
            "a3@shop.example",
        ]
        assert box.mailbox.store.accepted(["s-0", "s-1", "s-4"]) == {"s-0": 0, "s-1": 1, "s-4": 1}

    def test_it_outlives_the_process(self, box, tmp_path):
        from infra.local.simulators.mailbox.store import Store

        send(box)
        other = Store(tmp_path / "mailbox.sqlite")
        assert other.counts()["messages"] == 1
        assert other.identities() == {"brand.example": True}
        other.close()


class TestLimits:
    def test_fifty_entries_pass_and_fifty_one_do_not(self, box):
        assert statuses(bulk(box, [entry(f"a{n}@shop.example") for n in range(50)])) == ["SUCCESS"] * 50
        code, status, _ = refused(bulk, box, [entry(f"a{n}@shop.example") for n in range(51)])
        assert (code, status) == ("BadRequestException", 400)
        assert box.mailbox.store.counts()["messages"] == 50

    def test_an_entrys_data_may_have_262144_bytes(self, box):
        code, _, message = refused(bulk, box, [entry("a@shop.example", h="x" * 262_144)])
        assert code == "BadRequestException"
        assert "ReplacementTemplateData" in message

    def test_an_inline_template_may_have_one_megabyte(self, box):
        content = {"TemplateContent": {"Subject": "a", "Html": "x" * 1_100_000}, "TemplateData": "{}"}
        options = {"DefaultContent": {"Template": content}}
        assert refused(bulk, box, [entry("a@shop.example")], **options)[0] == "BadRequestException"

    def test_inline_templates_know_variables_only(self, box):
        content = {"TemplateContent": {"Subject": "{{#if a}}b{{/if}}"}, "TemplateData": "{}"}
        message = refused(bulk, box, [entry("a@shop.example")], DefaultContent={"Template": content})[2]
        assert message == "Template contains unsupported operations."

    @pytest.mark.parametrize(
        "address", ["no-at", "a b@shop.example", "ä@shop.example", "a@shop.example\r\nBcc: b@c.d"]
    )
    def test_a_bad_address_is_refused_alone(self, box, address):
        assert statuses(bulk(box, [entry(address), entry("b@shop.example")])) == [
            "INVALID_PARAMETER",
            "SUCCESS",
        ]
        assert box.mailbox.store.counts()["messages"] == 1

    def test_a_header_has_995_printable_characters_at_most(self, box):
        wrong = entry("a@shop.example")
        wrong["ReplacementHeaders"] = [{"Name": "List-Unsubscribe", "Value": "x\r\nBcc: b@c.d"}]
        assert refused(bulk, box, [wrong])[0] == "BadRequestException"
        wrong["ReplacementHeaders"] = [{"Name": "List-Unsubscribe", "Value": "x" * 996}]
        assert refused(bulk, box, [wrong])[0] == "BadRequestException"

    def test_a_tag_has_letters_digits_and_few_signs(self, box):
        assert statuses(bulk(box, [entry("a@shop.example", send="a b")])) == ["INVALID_PARAMETER"]

    def test_an_unknown_configuration_set(self, box):
        options = {"ConfigurationSetName": "other"}
        assert refused(send, box, **options)[:2] == ("NotFoundException", 404)
        assert statuses(bulk(box, [entry("a@shop.example")], **options)) == ["CONFIGURATION_SET_NOT_FOUND"]
        assert box.mailbox.store.counts()["messages"] == 0

    def test_an_unverified_sender(self, box):
        for call, rest in ((send, ()), (bulk, ([entry("a@shop.example")],))):
            code, _, message = refused(call, box, *rest, FromEmailAddress="x@other.example")
            assert code == "MessageRejected"
            assert message.startswith("Email address is not verified.")

    def test_an_unknown_tenant(self, box):
        assert refused(send, box, TenantName="acme")[0] == "NotFoundException"
        box.ses.create_tenant(TenantName="acme")
        send(box, TenantName="acme")
        assert box.mailbox.store.page()[0].message.tenant == "acme"


class TestQuota:
    def test_a_call_passes_whole_while_anything_is_left_and_the_debt_is_repaid(self, box):
        box.mailbox.quota.per_second = 60
        box.mailbox.quota._tokens = 60
        fifty = [entry(f"a{n}@shop.example") for n in range(50)]
        assert statuses(bulk(box, fifty)) == ["SUCCESS"] * 50
        assert statuses(bulk(box, fifty)) == ["SUCCESS"] * 50  # ten were left
        assert statuses(bulk(box, fifty)) == ["ACCOUNT_THROTTLED"] * 50
        box.clock.now += 40 / 60
        assert refused(send, box)[:2] == ("TooManyRequestsException", 429)
        box.clock.now += 1 / 60 + 0.001
        send(box)

    def test_the_24_hours(self, box):
        box.mailbox.quota.per_day = 3
        assert statuses(bulk(box, [entry("a@shop.example"), entry("b@shop.example")])) == ["SUCCESS"] * 2
        quota = box.ses.get_account()["SendQuota"]
        assert quota == {"Max24HourSend": 3, "MaxSendRate": 500, "SentLast24Hours": 2}
        results = bulk(box, [entry("a@shop.example"), entry("b@shop.example")])
        assert statuses(results) == ["ACCOUNT_DAILY_QUOTA_EXCEEDED"] * 2
        box.clock.now += 86_401
        assert statuses(bulk(box, [entry("a@shop.example"), entry("b@shop.example")])) == ["SUCCESS"] * 2


class TestIdentities:
    def test_a_domain_that_nobody_can_own_is_verified_at_once(self, running):
        made = running.ses.create_email_identity(EmailIdentity="Shop.example")
        assert (made["IdentityType"], made["VerifiedForSendingStatus"]) == ("DOMAIN", True)
        assert len(made["DkimAttributes"]["Tokens"]) == 3
        assert (
            refused(running.ses.create_email_identity, EmailIdentity="shop.example")[0]
            == "AlreadyExistsException"
        )

    def test_its_tags_are_kept(self, running):
        tags = [{"Key": "ddp-user", "Value": "u-1"}]
        running.ses.create_email_identity(EmailIdentity="shop.example", Tags=tags)
        assert running.ses.get_email_identity(EmailIdentity="shop.example")["Tags"] == tags

    def test_another_one_is_not(self, running):
        running.verify("shop.com")
        found = running.ses.get_email_identity(EmailIdentity="shop.com")
        assert found["VerifiedForSendingStatus"] is False
        running.ses.delete_email_identity(EmailIdentity="shop.com")
        assert refused(running.ses.get_email_identity, EmailIdentity="shop.com")[:2] == (
            "NotFoundException",
            404,
        )

    def test_a_parent_domain_covers_and_a_look_alike_does_not(self, box):
        send(box, FromEmailAddress="a@mail.brand.example")
        assert refused(send, box, FromEmailAddress="a@notbrand.example")[0] == "MessageRejected"


class TestFaults:
    def fault(self, box, **fault):
        assert box.control("POST", "faults", fault).status == 200

    @pytest.mark.parametrize(("kind", "accepted"), [("drop_before", 0), ("drop_after", 1)])
    def test_a_connection_that_breaks(self, box, kind, accepted):
        self.fault(box, kind=kind)
        with pytest.raises(ConnectionClosedError):
            send(box)
        assert box.mailbox.store.counts()["messages"] == accepted

    def test_silence_after_acceptance(self, box):
        self.fault(box, kind="silence_after", seconds=3)
        with pytest.raises(ReadTimeoutError):
            bulk(box, [entry("a@shop.example", "s-1")])
        assert box.mailbox.store.accepted(["s-1"]) == {"s-1": 1}

    @pytest.mark.parametrize(("kind", "accepted"), [("error_before", 0), ("error_after", 1)])
    def test_a_500(self, box, kind, accepted):
        self.fault(box, kind=kind)
        assert refused(send, box)[:2] == ("InternalServiceErrorException", 500)
        assert box.mailbox.store.counts()["messages"] == accepted

    def test_throttling_of_the_second_call_for_two_calls(self, box):
        self.fault(box, kind="throttle", skip=1, count=2)
        send(box)
        for _ in range(2):
            assert refused(send, box)[0] == "TooManyRequestsException"
        send(box)

    def test_throttled_entries(self, box):
        self.fault(box, kind="throttle_entries", operation="SendBulkEmail")
        send(box)
        assert statuses(bulk(box, [entry("a@shop.example")] * 2)) == ["ACCOUNT_THROTTLED"] * 2

    def test_an_unknown_fault_is_refused_and_faults_can_be_taken_back(self, box):
        assert box.control("POST", "faults", {"kind": "flood"}).status == 400
        assert box.control("POST", "faults", {"kind": "throttle", "often": 1}).status == 400
        self.fault(box, kind="throttle")
        assert box.control("DELETE", "faults", {}).status == 200
        send(box)


def test_what_is_not_signed_or_not_known_is_refused(box):
    answer = box.get("/v2/email/account")
    assert answer.status == 400
    assert answer.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"
    assert refused(box.ses.list_contact_lists)[0] == "UnknownOperationException"


def test_settings_can_be_changed_while_it_runs(box):
    wanted = {"behaviour": {"open": 1.0, "seed": 7}, "quota": {"per_second": 5}}
    found = json.loads(box.control("PUT", "settings", wanted).data)
    assert (found["behaviour"]["open"], found["quota"]["per_second"]) == (1.0, 5)
    assert box.control("PUT", "settings", {"behaviour": {"opens": 1}}).status == 400
    assert json.loads(box.control("GET", "settings").data) == found

"""Imports of products: the real worker on a real database, with moto's S3 and SQS."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest

from ddp.queries.catalogue import imports
from tests import lambdas
from tests.database.functions.messaging import ask
from tests.database.platform import Platform

QUEUE = "https://sqs.eu-central-1.amazonaws.com/123456789012/catalogue-import-products"
HEADER = "external_product_id,title,vendor,tags,sku,price\n"


class Patient(lambdas.Context):
    """An invocation with much time."""

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@pytest.fixture(scope="session")
def queue(s3_bucket: None) -> str:
    return boto3.client("sqs").create_queue(QueueName="catalogue-import-products")["QueueUrl"]


@pytest.fixture
def shop(platform: Platform, queue: str) -> Shop:
    shop = Shop(platform)
    shop.messages()
    # Imports of earlier tests would be found as waiting.
    platform.query("delete from product_imports where state = 'pending' returning 1")
    return shop


class Shop:
    """A brand with CSV files."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    def file(self, content: str | bytes, user: str = "brand") -> str:
        """Store a live file with this content. Returns its id."""
        file_id = uuid4()
        boto3.client("s3").put_object(Bucket=lambdas.BUCKET, Key=f"files/{file_id}", Body=content)
        self.platform.query(
            "insert into files (file_id, file_name, file_type, file_size, file_path, created_by_user_id)"
            " values (%s, 'products.csv', 'other', 1, 'x', %s) returning 1",
            file_id,
            self.platform.users[user],
        )
        return str(file_id)

    def request(self, content: str | bytes) -> str:
        """Ask for an import of this content. Returns its id."""
        answer = ask(self.platform, "brand", "POST", "/product-imports", {"file_id": self.file(content)})
        assert answer.status == 202, answer
        return answer.body["product_import_id"]

    def work(self, import_id: str | None, context: object = None) -> list[str]:
        """Deliver a message (None: that of the schedule). Returns the ids of the messages that failed."""
        from functions.catalogue import import_products, reconcile

        self.platform.login("ddp_worker")
        if import_id:
            function, message = import_products, {"type": "ImportProducts", "product_import_id": import_id}
        else:
            function, message = reconcile, {"type": "Reconcile"}
        event = lambdas.with_message(lambdas.sample("catalogue/import_products"), message)
        answer = function.handler(event, context or Patient())
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def imported(self, content: str | bytes) -> dict[str, Any]:
        """Import this content. Returns the import as the brand sees it."""
        import_id = self.request(content)
        assert self.work(import_id) == []
        return self.get(import_id)

    def get(self, import_id: str) -> dict[str, Any]:
        return ask(self.platform, "brand", "GET", f"/product-imports/{import_id}").body

    def rejected(self, import_id: str) -> list[tuple[int, str]]:
        found = ask(self.platform, "brand", "GET", f"/product-imports/{import_id}/rejections", limit=100)
        return [(item["line"], item["code"]) for item in found.body["items"]]

    def products(self, columns: str = "external_product_id, product_title, vendor") -> list[tuple[Any, ...]]:
        return self.platform.query(
            f"select {columns} from products where created_by_user_id = %s order by external_product_id",
            self.platform.users["brand"],
        )

    def messages(self) -> list[dict[str, Any]]:
        client, found = boto3.client("sqs"), []
        while got := client.receive_message(QueueUrl=QUEUE, MaxNumberOfMessages=10).get("Messages"):
            found += [json.loads(message["Body"]) for message in got]
            for message in got:
                client.delete_message(QueueUrl=QUEUE, ReceiptHandle=message["ReceiptHandle"])
        return found


def counts(found: dict[str, Any]) -> tuple[int, ...]:
    return tuple(found[f"{name}_count"] for name in ("created", "changed", "unchanged", "rejected"))


def test_products_of_a_file(shop: Shop) -> None:
    content = HEADER + '1,Diver,Alpine,"steel, new",S1,10.50\n2,Pilot,,,,\n\n1,,,,S2,11\n'
    import_id = shop.request(content)
    assert shop.messages() == [{"type": "ImportProducts", "product_import_id": import_id}]
    assert shop.get(import_id)["status"] == "pending"
    assert shop.work(import_id) == []
    found = shop.get(import_id)
    assert (found["status"], found["records_read"], counts(found)) == ("done", 4, (2, 0, 0, 0))
    assert shop.products("external_product_id, product_title, vendor, tags") == [
        ("1", "Diver", "Alpine", ["steel", "new"]), ("2", "Pilot", None, []),
    ]  # fmt: skip
    variants = shop.platform.query(
        "select v.sku, v.price::text from product_variants v join products p using (product_id)"
        " where p.created_by_user_id = %s order by 1",
        shop.platform.users["brand"],
    )
    assert variants == [("S1", "10.50"), ("S2", "11.00")]
    assert counts(shop.imported(content)) == (0, 0, 2, 0)
    assert counts(shop.imported("id;name\n1;Diver 300\n2;Pilot\n")) == (0, 1, 1, 0)
    assert shop.products() == [("1", "Diver 300", "Alpine"), ("2", "Pilot", None)], "what is not named stays"


def test_each_rejected_line_has_its_number_and_reason(shop: Shop) -> None:
    content = (
        "Handle,Title,Body (HTML),Variant Price,Colour,SKU\n"
        'a,A watch,"Two\nlines",1.00,,s\n'
        ",No id,,,,\n"
        "b,Bad price,,12 EUR,,s\n"
        "c,,,,,\n"
        "d,No variant id,,5,,\n"
        "e,x,,,,,too,many\n"
        'f,"open quote,,,,\n'
        f"g,{'x' * 600},,,,\n"
        "h,nul\x00,,,,\n"
        "i,good,,,,\n"
    )
    found = shop.imported(content)
    assert (found["status"], counts(found)) == ("done", (2, 0, 0, 8))
    assert found["ignored_columns"] == ["Colour"]
    assert shop.rejected(found["product_import_id"]) == [
        (4, "no-product-id"), (5, "invalid-value"), (6, "no-title"), (7, "no-variant-id"), (8, "too-many-columns"),
        (9, "quotes"), (10, "invalid-value"), (11, "nul-character"),
    ]  # fmt: skip
    path = f"/product-imports/{found['product_import_id']}/rejections"
    page = ask(shop.platform, "brand", "GET", path, limit=2).body
    assert page["items"][1] == {
        "line": 5, "code": "invalid-value", "value": "12 EUR",
        "reason": "price: must be a number",
    }  # fmt: skip
    rest = ask(shop.platform, "brand", "GET", path, cursor=page["next_cursor"]).body["items"]
    assert [item["line"] for item in rest] == [6, 7, 8, 9, 10, 11]
    assert shop.products("product_title, product_description") == [("A watch", "Two\nlines"), ("good", None)]


def test_a_file_without_ids(shop: Shop) -> None:
    for content in ("", "title,price\nx,1\n", "\x00\x01"):
        found = shop.imported(content)
        assert (found["status"], found["failure_code"]) == ("failed", "no-product-id-column"), content
        assert "external_product_id" in found["failure_reason"]


def test_a_file_that_is_gone(shop: Shop) -> None:
    import_id = shop.request(HEADER)
    (row,) = shop.platform.query(
        "select file_id from product_imports where product_import_id = %s", UUID(import_id)
    )
    boto3.client("s3").delete_object(Bucket=lambdas.BUCKET, Key=f"files/{row[0]}")
    assert shop.work(import_id) == []
    assert shop.get(import_id)["failure_code"] == "file-gone"


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    from functions.catalogue.imports import batches

    monkeypatch.setattr(batches, "RECORDS", 10)


def rows(count: int) -> str:
    return HEADER + "".join(f"{n:03},Watch {n},,,,\n" if n != 5 else ",no id,,,,\n" for n in range(count))


def test_after_a_crash_another_worker_goes_on(shop: Shop, small_batches: None, monkeypatch: Any) -> None:
    import_id = shop.request(rows(45))
    apply, committed = imports.apply, []

    class Killed(BaseException):
        """As kill -9: nothing tidies up."""

    def dying(*args: Any, read_before: int, **rest: Any) -> bool:
        if read_before == 20:
            raise Killed
        committed.append(read_before)
        return apply(*args, read_before=read_before, **rest)

    with monkeypatch.context() as patched:
        patched.setattr(imports, "apply", dying)
        with pytest.raises(Killed):
            shop.work(import_id)
    assert committed == [0, 10]
    assert (shop.get(import_id)["records_read"], len(shop.products())) == (20, 19)
    shop.messages()
    assert shop.work(import_id) == [], "the dead worker's lease lasts"
    assert shop.get(import_id)["records_read"] == 20
    shop.work(None)
    assert shop.messages() == [], "nor is anybody told"
    shop.platform.query("update product_imports set leased_until = now() where state = 'pending' returning 1")
    for expected in ([{"type": "ImportProducts", "product_import_id": import_id}], []):
        shop.work(None)
        assert shop.messages() == expected, "told once"
    assert shop.work(import_id) == []
    found = shop.get(import_id)
    assert (found["status"], found["records_read"], counts(found)) == ("done", 45, (44, 0, 0, 1))
    assert shop.rejected(import_id) == [(7, "no-product-id")]
    assert shop.work(import_id) == [], "a message that comes again changes nothing"
    assert shop.get(import_id) == found


def test_of_two_workers_one_stores_each_batch(shop: Shop, small_batches: None, monkeypatch: Any) -> None:
    import_id = shop.request(rows(25))
    apply, raced = imports.apply, []

    def late(cursor: Any, taken: Any, batch: Any, *, read_before: int) -> bool:
        if not raced:
            # Its lease has ended, and another worker has stored the first batch.
            raced.append(1)
            with shop.platform.database.as_worker() as other:
                other.execute(
                    "update product_imports set records_read = 10 where product_import_id = %s",
                    [UUID(import_id)],
                )
                other.commit()
        return apply(cursor, taken, batch, read_before=read_before)

    monkeypatch.setattr(imports, "apply", late)
    assert shop.work(import_id) == []
    found = shop.get(import_id)
    assert (found["status"], found["records_read"], counts(found)) == ("pending", 10, (0, 0, 0, 0))
    assert shop.products() == []


def test_a_worker_whose_time_is_short_leaves_the_rest_to_the_next(shop: Shop, small_batches: None) -> None:
    import_id = shop.request(rows(25))
    shop.messages()
    assert shop.work(import_id, lambdas.Context()) == []
    assert shop.get(import_id)["records_read"] == 10
    assert shop.messages() == [{"type": "ImportProducts", "product_import_id": import_id}]
    for _ in range(2):
        shop.work(import_id, lambdas.Context())
    assert (shop.get(import_id)["status"], len(shop.products())) == ("done", 24)


def test_a_message_is_believed_for_one_pass(shop: Shop) -> None:
    """The queue may lose it, whatever was noted when it was sent."""
    import_id = shop.request(HEADER + "1,Diver,,,,\n")
    shop.messages()
    told = [{"type": "ImportProducts", "product_import_id": import_id}]
    for expected in (told, []):  # lost, and still believed
        assert shop.work(None) == []
        assert shop.messages() == expected
    shop.platform.query(
        "update product_imports set queued_at = now() - interval '26 seconds' where product_import_id = %s returning 1",
        import_id,
    )
    assert shop.work(None) == []
    assert shop.messages() == told


def test_an_import_that_kills_its_workers_is_given_up(shop: Shop) -> None:
    import_id = shop.request(rows(3))
    shop.platform.query("update product_imports set attempts = 5 where state = 'pending' returning 1")
    assert shop.work(import_id) == []
    assert (shop.get(import_id)["status"], shop.get(import_id)["failure_code"]) == ("failed", "gave-up")


def test_a_failure_lets_another_worker_go_on_at_once(shop: Shop, monkeypatch: Any) -> None:
    import_id = shop.request(rows(3))
    with monkeypatch.context() as patched:
        patched.setattr(imports, "apply", lambda *_, **__: 1 / 0)
        assert len(shop.work(import_id)) == 1, "the message comes again"
    assert shop.work(import_id) == []
    assert shop.get(import_id)["status"] == "done"


def test_an_account_that_is_no_longer_active_imports_nothing(shop: Shop) -> None:
    import_id = shop.request(rows(3))
    brand = shop.platform.users["brand"]
    shop.platform.query("update users set is_active = false where user_id = %s returning 1", brand)
    shop.work(import_id)
    assert shop.products() == []
    (row,) = shop.platform.query(
        "select failure_code from product_imports where product_import_id = %s", UUID(import_id)
    )
    assert row == ("account-inactive",)


def test_the_trail_names_who_asked(shop: Shop) -> None:
    shop.imported(HEADER + "1,Diver,,,,\n")
    (row,) = shop.platform.query(
        "select a.changed_by from audit_logs a join products p on a.record_id = p.product_id"
        " where p.created_by_user_id = %s and a.action = 'INSERT'",
        shop.platform.users["brand"],
    )
    assert row == (shop.platform.users["brand"],)


def test_who_may_ask_for_what(shop: Shop) -> None:
    platform, own = shop.platform, shop.file(rows(1))
    for user, file_id, status in (
        ("rival", own, 404), ("retailer", own, 403), ("brand", str(uuid4()), 404), (None, own, 401),
    ):  # fmt: skip
        answer = ask(platform, user, "POST", "/product-imports", {"file_id": file_id})
        assert answer.status == status, (user, answer)
    first = ask(platform, "brand", "POST", "/product-imports", {"file_id": own}, key="i")
    assert ask(platform, "brand", "POST", "/product-imports", {"file_id": own}, key="i").body == first.body
    assert len(shop.messages()) == 1
    path = f"/product-imports/{first.body['product_import_id']}"
    for below in ("", "/rejections"):
        assert ask(platform, "rival", "GET", path + below).status == 404
        assert ask(platform, "admin", "GET", path + below).status == 200
    assert ask(platform, "rival", "GET", "/product-imports").body["items"] == []
    assert len(ask(platform, "brand", "GET", "/product-imports").body["items"]) == 1
    for _ in range(4):
        ask(platform, "brand", "POST", "/product-imports", {"file_id": own})
    assert ask(platform, "brand", "POST", "/product-imports", {"file_id": own}).code == "too-many-imports"


def test_messages_of_others_are_dropped(shop: Shop) -> None:
    from functions.catalogue import messages

    for body in (
        "",
        "1",
        "{}",
        '{"type": "Reconcile"}',
        '{"type": "ImportProducts", "product_import_id": 1}',
    ):
        assert messages.parse(body) is None, body
    assert shop.work(str(uuid4())) == []


def test_the_queue_may_be_unavailable(shop: Shop, monkeypatch: Any) -> None:
    from functions.catalogue.routes import product_imports

    monkeypatch.setattr(product_imports, "QUEUE_URL", QUEUE + "-gone")
    import_id = shop.request(rows(1))
    shop.work(None)
    assert shop.messages() == [{"type": "ImportProducts", "product_import_id": import_id}]

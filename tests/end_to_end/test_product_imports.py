"""An import of products through the deployed parts: API, S3, queue, worker and database."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from infra.cli.api_client import Client, FileToUpload, send
from infra.local.processes import wait_until

LINES = 3_000
OK = 200


def test_a_file_of_products_is_imported(brand: Client) -> None:
    shop = uuid4().hex
    lines = [f"{shop}-{n},Watch {n},s{n},{n}.50" if n % 1000 else ",no id,," for n in range(LINES)]
    content = "\r\n".join(["handle,title,sku,price", *lines]).encode()
    file = FileToUpload(name="products.csv", content_type="text/csv", content=content)
    requested = brand.request_upload(file).body
    assert send(requested["request"], content) == OK
    upload = brand.wait_for_upload(requested["upload_id"])
    asked = brand.call("POST", "/product-imports", {"file_id": upload["file_id"]})
    assert asked.status == 202, asked
    path = f"/product-imports/{asked.body['product_import_id']}"
    found: dict[str, Any] = {}

    def is_over() -> bool:
        found.update(brand.call("GET", path).body)
        return bool(found["status"] != "pending")

    wait_until(is_over, what="the import", seconds=60, interval=0.5)
    assert (found["status"], found["created_count"], found["rejected_count"]) == ("done", LINES - 3, 3), found
    rejected = brand.call("GET", f"{path}/rejections").body["items"]
    assert [(item["line"], item["code"]) for item in rejected] == [
        (n, "no-product-id") for n in (2, 1002, 2002)
    ]
    (product,) = brand.call("GET", f"/products?q={shop}-77&limit=1").body["items"]
    assert product["external_product_id"].startswith(f"{shop}-77")

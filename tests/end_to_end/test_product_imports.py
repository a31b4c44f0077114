"""An import of products through the deployed parts: API, S3, queue, worker and database."""

from __future__ import annotations

from typing import Any

from infra.cli.api_client import Client
from infra.local.processes import wait_until

from .product_imports import request_import

LINES = 3_000


def test_a_file_of_products_is_imported(brand: Client) -> None:
    product_import_id, shop = request_import(brand, lines=LINES, unusable_each=1000)
    path = f"/product-imports/{product_import_id}"
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

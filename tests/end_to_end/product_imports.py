"""A file of products, and an import of it through the deployed parts."""

from __future__ import annotations

from uuid import uuid4

from infra.cli.api_client import Client, FileToUpload, send

OK, ACCEPTED = 200, 202


def request_import(brand: Client, *, lines: int, unusable_each: int) -> tuple[str, str]:
    """Uploads `lines` products, of which each `unusable_each`th has no id, and asks for their import.

    Returns the import's id, and what the ids of these products begin with.
    """
    shop = uuid4().hex
    rows = [f"{shop}-{n},Watch {n},s{n},{n}.50" if n % unusable_each else ",no id,," for n in range(lines)]
    content = "\r\n".join(["handle,title,sku,price", *rows]).encode()
    file = FileToUpload(name="products.csv", content_type="text/csv", content=content)
    requested = brand.request_upload(file).body
    assert send(requested["request"], content) == OK
    upload = brand.wait_for_upload(requested["upload_id"])
    asked = brand.call("POST", "/product-imports", {"file_id": upload["file_id"]})
    assert asked.status == ACCEPTED, asked
    return asked.body["product_import_id"], shop

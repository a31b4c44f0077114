"""Imports of products: requested by clients, carried out by workers batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors
from ddp.queries import found, load
from ddp.queries.listing import NEWEST, Asked, Listing

SQL = load(__file__)

OWN = Listing(SQL.list_own, key="product_import_id", sorts={"created_at": NEWEST})

Page = tuple[list[DictRow], str | None]

# How long a worker has an import without committing a batch. If it dies, another one goes on after that.
LEASE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductImport:
    """An import that this worker has. `attempts` counts workers since the last committed batch, this one included."""

    product_import_id: UUID
    file_id: UUID
    created_by_user_id: UUID
    records_read: int
    attempts: int
    account_is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one transaction stores, as JSON texts.

    `products`: a list of products as ddp.upsert_products() takes them, each with its `lines` in the file.
    `rejections`: a list of line, code, reason and value. `read` counts the file's records up to here.
    """

    products: str
    rejections: str
    read: int


def request(cursor: Cursor[DictRow], file_id: UUID) -> DictRow:
    """Request the import of one of the account's files. Raises NotFound, Forbidden, TooMany."""
    return found(cursor.execute(SQL.request, {"file_id": file_id}), "import")


def page(cursor: Cursor[DictRow], asked: Asked, *, status: str | None) -> Page:
    """The acting account's imports, the newest first, and the cursor of the next page (None on the last)."""
    return OWN.page(cursor, asked, {"status": status})


def get(cursor: Cursor[DictRow], product_import_id: UUID) -> DictRow:
    """One import. Raises NotFound if it does not exist or is not visible to the caller."""
    return found(cursor.execute(SQL.get_import, {"product_import_id": product_import_id}), "import")


def rejections(cursor: Cursor[DictRow], product_import_id: UUID, *, after: str | None, limit: int) -> Page:
    """Rejected lines in the order of the file, and the cursor of the next page (None on the last). Raises Invalid."""
    (line,) = cursors.decode_values(after, int) if after else (None,)
    values = {"product_import_id": product_import_id, "after": line, "limit": limit + 1}
    return cursors.cut(cursor.execute(SQL.list_rejections, values).fetchall(), limit, "line")


def take(cursor: Cursor[DictRow], product_import_id: UUID) -> ProductImport | None:
    """Take an import for LEASE; None if it is over or another worker has it."""
    row = cursor.execute(SQL.take, {"product_import_id": product_import_id, "lease": LEASE}).fetchone()
    return ProductImport(**row) if row else None


def apply(cursor: Cursor[DictRow], taken: ProductImport, batch: Batch, *, read_before: int) -> bool:
    """Store a batch. Returns False if the import is over, or another worker has stored this batch."""
    values = {"product_import_id": taken.product_import_id, "read_before": read_before}
    if cursor.execute(SQL.lock_import, values).fetchone() is None:
        return False
    cursor.execute(SQL.act_as_requester, values)
    cursor.execute(
        SQL.apply_batch,
        values
        | {
            "account_id": taken.created_by_user_id,
            "products": batch.products,
            "rejections": batch.rejections,
            "read": batch.read,
            "lease": LEASE,
        },
    )
    return True


def note_columns(cursor: Cursor[DictRow], taken: ProductImport, columns: Sequence[str]) -> None:
    """Note the headings that are not imported."""
    values = {"product_import_id": taken.product_import_id, "columns": list(columns)}
    cursor.execute(SQL.note_columns, values)


def finish(cursor: Cursor[DictRow], taken: ProductImport, *, read: int) -> bool:
    """The whole file was read. Returns False if the import is over, or another worker is further on."""
    values = {"product_import_id": taken.product_import_id, "read": read}
    return cursor.execute(SQL.finish, values).rowcount == 1


def fail(cursor: Cursor[DictRow], taken: ProductImport, *, code: str, reason: str) -> None:
    """The import cannot go on; what was stored stays. `code` is for programs, `reason` a sentence for people."""
    values = {"product_import_id": taken.product_import_id, "code": code, "reason": reason[:500]}
    cursor.execute(SQL.fail, values)


def release(cursor: Cursor[DictRow], taken: ProductImport) -> None:
    """Let another worker go on at once."""
    cursor.execute(SQL.release, {"product_import_id": taken.product_import_id})


def waiting(cursor: Cursor[DictRow], *, limit: int = 100) -> list[UUID]:
    """Imports that no worker has, and of which no queue has a message."""
    return [row["product_import_id"] for row in cursor.execute(SQL.waiting, {"limit": limit})]


def mark_queued(cursor: Cursor[DictRow], product_import_ids: Sequence[UUID]) -> None:
    """Record that the queue has messages about these imports."""
    cursor.execute(SQL.mark_queued, {"ids": list(product_import_ids)})

"""Cuts the entries of a file into batches of bounded size, each of which one transaction stores."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ddp.queries.catalogue.imports import Batch
from functions.catalogue.imports.columns import Entry, Given, Rejection

# Records of one batch.
RECORDS = 2_500
# Characters of JSON in one batch: 2,500 products with long descriptions would take too much memory.
CHARACTERS = 2 * 1024 * 1024
# The lines of a product that follow each other are kept together, up to so many times the size.
STRETCH = 2


@dataclass(slots=True)
class _Gathered:
    """Products by their external ids, in the order in which they came, and rejected lines."""

    products: dict[str, dict[str, Any]] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)
    records: int = 0
    characters: int = 0
    latest: str = ""

    def takes(self, entry: Entry) -> bool:
        """Whether there is room for one more entry."""
        size = max(self.records / RECORDS, self.characters / CHARACTERS)
        if size < 1:
            return True
        return size < STRETCH and isinstance(entry, Given) and self.latest == _id(entry)

    def add(self, entry: Entry) -> None:
        self.records += 1
        if isinstance(entry, Rejection):
            self.rejections.append(entry)
            self.characters += 3 * len(entry.value)
        elif entry is not None:
            self.latest = _id(entry)
            self.characters += entry.size
            _merge(self.products.setdefault(self.latest, {"lines": []}), entry)

    def batch(self, read: int) -> Batch:
        """What is stored, as JSON."""
        return Batch(
            products=json.dumps(list(self.products.values()), ensure_ascii=False),
            rejections=json.dumps([entry._asdict() for entry in self.rejections], ensure_ascii=False),
            read=read,
        )


def cut(entries: Iterable[Entry], read: int) -> Iterator[Batch]:
    """Batches of the entries that follow the file's first `read` records."""
    gathered = _Gathered()
    for entry in entries:
        if not gathered.takes(entry):
            yield gathered.batch(read)
            gathered = _Gathered()
        gathered.add(entry)
        read += 1
    if gathered.records:
        yield gathered.batch(read)


def _id(entry: Given) -> str:
    return str(entry.product["external_product_id"])


def _merge(product: dict[str, Any], entry: Given) -> None:
    """Add a line to its product. What a later line says about the product, or about one of its variants, counts."""
    product["lines"].append(entry.line)
    variants = {v["external_variant_id"]: v for v in product.get("variants", ())}
    for variant in entry.product.get("variants", ()):
        known = variants.setdefault(variant["external_variant_id"], {})
        known.update(variant)
    product.update(entry.product)
    if variants:
        product["variants"] = list(variants.values())

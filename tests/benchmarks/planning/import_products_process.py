"""The worker in its own process: carries out the import that is named, prints seconds and megabytes as JSON."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from tests import lambdas  # first: the environment that functions read when imported
from tests.benchmarks.measure import peak_megabytes


class Context(lambdas.Context):
    """An invocation with the maximum time."""

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def main() -> None:
    from functions.catalogue.import_products import handler

    message = {"type": "ImportProducts", "product_import_id": sys.argv[1]}
    event = lambdas.with_message(lambdas.sample("catalogue/import_products"), message)
    start = time.perf_counter()
    context: Any = Context()
    answer = handler(event, context)
    seconds = time.perf_counter() - start
    if answer["batchItemFailures"]:
        raise SystemExit("the import's message failed")
    print(json.dumps({"seconds": seconds, "megabytes": peak_megabytes()}))


if __name__ == "__main__":
    main()

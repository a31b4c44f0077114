"""The plan function of a channel in its own process: takes a message, prints seconds and megabytes as JSON."""

from __future__ import annotations

import importlib
import json
import sys
import time

from tests import lambdas  # first: the environment that functions read when imported
from tests.benchmarks.measure import peak_megabytes


class Context(lambdas.Context):
    """An invocation with the maximum time."""

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def main() -> None:
    channel, message = sys.argv[1:]
    handler = importlib.import_module(f"functions.{channel}.plan").handler
    event = lambdas.with_message(lambdas.sample(f"{channel}/plan"), json.loads(message))
    start = time.perf_counter()
    answer = handler(event, Context())
    seconds = time.perf_counter() - start
    if answer["batchItemFailures"]:
        raise SystemExit("the message failed")
    print(json.dumps({"seconds": seconds, "megabytes": peak_megabytes()}))


if __name__ == "__main__":
    main()

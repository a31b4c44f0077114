"""X's own samples of how it counts a text and what it takes for an address, from its conformance suite.

    git clone https://github.com/twitter/twitter-text /tmp/twitter-text
    .venv/bin/python -m tests.unit.functions.social.samples.extract /tmp/twitter-text/conformance 30e2430

writes x.json: the samples of validate.yml that are counted by today's configuration (v3), and those of extract.yml
about addresses. Longer ones than 1,000 characters are left out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
LONGEST = 1_000


def samples(path: Path, *groups: str) -> list[dict[str, Any]]:
    tests = yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]
    return [one for group in groups for one in tests[group] if len(one["text"]) <= LONGEST]


def main(folder: Path, commit: str) -> None:
    lengths = samples(
        folder / "validate.yml",
        "WeightedTweetsWithDiscountedEmojiCounterTest",
        "UnicodeDirectionalMarkerCounterTest",
    )
    addresses = samples(folder / "extract.yml", "urls", "tco_urls_with_params")
    document = {
        "from": f"https://github.com/twitter/twitter-text/tree/{commit}/conformance",
        "licence": "Copyright 2011 Twitter, Inc. Apache License 2.0",
        "lengths": [
            {"about": one["description"], "text": one["text"], "length": one["expected"]["weightedLength"]}
            for one in lengths
        ],
        "addresses": [
            {"about": one["description"], "text": one["text"], "addresses": one["expected"]}
            for one in addresses
        ],
    }
    (HERE / "x.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

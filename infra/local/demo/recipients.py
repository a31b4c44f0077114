"""The demo's list of recipients: a CSV file as people export them, with the usual errors."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass

from infra.cli.api_client import FileToUpload

GOOD, DUPLICATES, SUPPRESSED = 1_983, 25, 10

# Names at Amazon's mailbox simulator, and how many recipients of each; a label (+…) makes them different.
SIMULATED = {"success": 2, "bounce": 2, "ooto": 1, "complaint": 1, "suppressionlist": 1}

UNUSABLE = (
    "not-an-address",
    "two@@signs.example",
    "@no-name.example",
    "no-domain@",
    "ann@",
    "",
    "a b@shop.example",
)

FIRST = ("Ann", "Béla", "Chloé", "Dilek", "Émile", "Fatma", "Gösta", "Hana", "Ines", "João", "Kenji", "Lucía")
LAST = ("Ågren", "Bauer", "Costa", "Dubois", "Eriksson", "Ferrari", "García", "Horváth", "Ito", "Jansen")
MODELS = ("Meridian 38", "Nocturne", "Aurora GMT", "Lakeside Diver")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """A CSV file and what it contains."""

    file: FileToUpload
    lines: int  # without the header
    suppressed: tuple[str, ...]
    duplicates: int
    unusable: int

    @property
    def distinct(self) -> int:
        """Different usable recipients, including suppressed ones."""
        return self.lines - self.duplicates - self.unusable


def recipients(run: str) -> Recipients:
    """2,032 lines with 2,000 recipients, in random order.

    Each run has addresses of its own, because addresses that bounced are suppressed from then on.
    """
    chance = random.Random(run)  # noqa: S311 (a demo)
    label = f"{chance.randrange(36**5):05x}"
    good = [f"customer{number:04}.{label}@shop.example" for number in range(GOOD)]
    suppressed = tuple(f"gone{number:02}.{label}@shop.example" for number in range(SUPPRESSED))
    simulated = [
        f"{name}+{label}{number}@simulator.amazonses.com"
        for name, count in SIMULATED.items()
        for number in range(count)
    ]
    # The same addresses in another spelling.
    again = [
        address.replace("customer", "Customer").replace("@shop", "@SHOP") for address in good[:DUPLICATES]
    ]
    addresses = [*good, *suppressed, *simulated, *again, *UNUSABLE]
    chance.shuffle(addresses)
    return Recipients(
        file=FileToUpload(
            name="Newsletter.csv", content_type="text/csv", content=_written(addresses, chance)
        ),
        lines=len(addresses),
        suppressed=suppressed,
        duplicates=DUPLICATES,
        unusable=len(UNUSABLE),
    )


def _written(addresses: list[str], chance: random.Random) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(["E-Mail", "Name", "model"])
    for address in addresses:
        writer.writerow([address, f"{chance.choice(FIRST)} {chance.choice(LAST)}", chance.choice(MODELS)])
    return text.getvalue().encode()

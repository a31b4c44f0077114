"""The page of figures, infra/docs/benchmarks.md: a section per subject, which a run of that subject replaces.

Sections of other subjects, and all other text, stay as they are: old figures keep their dates.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from infra.state import ROOT
from tests.benchmarks.measure import Row

PAGE = ROOT / "infra" / "docs" / "benchmarks.md"
# Set for subjects that are not to be written down.
UNRECORDED = "DDP_BENCH_UNRECORDED"
COLUMNS = ("What", "Measured", "Floor", "Ratio", "Target")

# A subject's heading: `## send_email`, between backticks.
_HEADING = re.compile(r"^## `([a-z_]+)`$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """When and where figures were measured. `load`: processes that wanted a processor when the subject began."""

    when: datetime
    machine: str
    load: float
    sizes: Mapping[str, str]

    @classmethod
    def now(cls) -> Circumstances:
        """This moment, on this machine, with the sizes that the environment sets."""
        return cls(
            when=datetime.now(UTC),
            machine=machine(),
            load=os.getloadavg()[0],
            sizes={n: v for n, v in sorted(os.environ.items()) if n.startswith("DDP_BENCH_")},
        )

    def line(self) -> str:
        """One sentence about them."""
        sizes = "".join(f", {name}={value}" for name, value in self.sizes.items())
        when = f"{self.when:%-d %B %Y}"
        return f"Measured on {when}: {self.machine}; load {self.load:.1f} at its beginning{sizes}."


def machine() -> str:
    """Processors, memory, architecture and Python of this machine."""
    info = Path("/proc/cpuinfo").read_text()
    model = next(iter(re.findall(r"^model name\s*: (.+)$", info, re.MULTILINE)), platform.machine())
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    processors = len(os.sched_getaffinity(0))
    python = platform.python_version()
    return f"{processors} processors ({model}), {gigabytes:.0f} GB, {platform.system()}, Python {python}"


def record(page: Path, subject: str, title: str, rows: Sequence[Row], at: Circumstances) -> None:
    """Replace the subject's section of the page, or add it after the last one."""
    parts = _sections(page.read_text())
    section = "\n".join([f"## `{subject}`", "", title, "", *_table(rows), "", at.line(), "", ""])
    subjects = [index for index, part in enumerate(parts) if _subject(part)]
    place = next((index for index in subjects if _subject(parts[index]) == subject), None)
    if place is None:
        parts.insert(subjects[-1] + 1 if subjects else len(parts), section)
    else:
        parts[place] = section
    page.write_text("".join(parts).rstrip("\n") + "\n")


def _sections(text: str) -> list[str]:
    """The page in pieces, each beginning at a heading of the second level."""
    return re.split(
        r"^(?=## )", text if text.endswith("\n\n") else f"{text.rstrip()}\n\n", flags=re.MULTILINE
    )


def _subject(part: str) -> str | None:
    found = _HEADING.match(part.partition("\n")[0])
    return found.group(1) if found else None


def _table(rows: Sequence[Row]) -> list[str]:
    lines = [COLUMNS, ("---",) * len(COLUMNS), *(row.cells() for row in rows)]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]

"""Reference data and development data; the statements and the files are in schema/seed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SEED: Final = Path(__file__).resolve().parents[2] / "schema" / "seed"

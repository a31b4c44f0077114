"""The state file."""

from __future__ import annotations

import stat

import psutil

from infra.local.processes import ProcessId
from infra.local.state import Phase, State, StateDirectory


def test_nobody_else_on_the_machine_reads_the_state_which_has_the_databases_password(tmp_path):
    directory = StateDirectory(tmp_path)
    for _ in range(2):
        directory.write(State(phase=Phase.READY, supervisor=ProcessId.of(psutil.Process().pid)))
    assert stat.S_IMODE((tmp_path / "state.json").stat().st_mode) == 0o600
    assert directory.read().phase is Phase.READY

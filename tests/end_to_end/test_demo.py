"""The demo is the main job; it checks every step itself."""

import urllib3

from infra.local import control
from infra.local.demo.demo import demo


def test_the_demo_happens_as_told_and_leaves_the_stack_up(stack, capsys):
    status = demo(stack.directory, lambda directory: control.up(directory, stack.assembly, print))
    told = capsys.readouterr().out
    assert status == 0, told
    assert "✗" not in told
    for step in (
        "6 out, 0 unconfirmed, 0 twice",
        "none is sent",
        "494 sent + 1 suppressed + 5 rejected = 500",
        "signed orders",
        "its ROI is",
        "a cleanup would remove",
        "would change: 1 sends",
    ):
        assert step in told
    now = control.status(stack.directory)
    assert now.is_ready
    assert str(stack.directory.demo_report) in told
    served = urllib3.request("GET", f"{now.urls['Portal']}report/")
    assert served.data == stack.directory.demo_report.read_bytes()
    assert len(served.data) < 500_000

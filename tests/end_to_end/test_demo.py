"""The demo is the main job; it checks every step itself."""

from infra.local import control
from infra.local.demo.demo import demo


def test_the_demo_happens_as_told_and_leaves_the_stack_up(stack, capsys):
    status = demo(stack.directory, lambda directory: control.up(directory, stack.assembly, print))
    told = capsys.readouterr().out
    assert status == 0, told
    assert "✗" not in told
    assert control.status(stack.directory).is_ready

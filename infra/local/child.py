"""Run a command that dies with the process that started it.

`python child.py PARENT SIGNAL COMMAND …` asks the kernel to send SIGNAL when the parent is gone (also after a
`kill -9`, which no clean-up code survives), then becomes COMMAND. A wrapper rather than `preexec_fn`,
because forking Python code in a process that has threads can deadlock.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Bind this process's life to its parent's, then replace it by the command."""
    parent, parting_signal, *command = arguments
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.Signals[parting_signal].value)
    if os.getppid() != int(parent):  # it died before it could be asked for
        sys.exit(1)
    os.execvpe(command[0], command, os.environ)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])

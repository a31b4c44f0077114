"""Runs a command that ends with the process that started it.

`python child.py PARENT SIGNAL COMMAND …` asks the kernel to send SIGNAL when the parent has ended, which works after a
`kill -9` too, and then becomes COMMAND. It is a wrapper rather than a `preexec_fn`, because running Python code after a
fork can deadlock in a process with threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Ask for the signal, then replace this process by the command."""
    parent, parting_signal, *command = arguments
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.Signals[parting_signal].value)
    if os.getppid() != int(parent):  # the parent has ended before the request
        sys.exit(1)
    os.execvpe(command[0], command, os.environ)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])

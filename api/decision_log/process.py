"""Starts the process that writes a decision log, and tells how it ended. Knows nothing of what is handed over."""

import signal
import socket
import subprocess
import sys
from contextlib import suppress
from typing import Final

_PROGRAM: Final = "import sys; sys.path[:] = sys.argv[2:]; from api.decision_log import write; write(int(sys.argv[1]))"
"""The modules are looked for where this process finds its own."""
_REAPING: Final = 5.0
"""Seconds that a writer may take to end once it has closed its connection."""


def start_writer() -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A writer, and our end of the connection to it. Raises OSError."""
    ours, theirs = socket.socketpair()
    with theirs:
        options = [f"-W{option}" for option in sys.warnoptions]
        command = [sys.executable, *options, "-P", "-c", _PROGRAM, str(theirs.fileno()), *sys.path]
        # Held signals stay so in the process that starts: what ends the worker must not end the writer before it.
        held = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
        except BaseException:
            ours.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
    ours.setblocking(False)
    return process, ours


def end_of(process: subprocess.Popen[bytes]) -> str:
    """Wait for the end of a writer that has closed its connection, and say how it ended."""
    try:
        code = process.wait(_REAPING)
    except subprocess.TimeoutExpired:  # it has closed the connection and goes on: nothing of ours does that
        process.kill()
        return "without an end"
    if code < 0:
        with suppress(ValueError):
            return f"by the signal {signal.Signals(-code).name}"
    return f"with exit code {code}"

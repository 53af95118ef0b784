# SPDX-License-Identifier: GPL-2.0-only
"""A program on a pseudo-terminal, as a person has it, for tests."""

import os
import termios

import pexpect

PATIENCE = 120
# what the shell of a machine prints before it reads a command
PROMPT = rb"machine:~# "


class Terminal(pexpect.spawn):
    """A program, found as the shell does, on a pseudo-terminal of its own"""

    def __init__(self, *words, rows=33, columns=101):
        super().__init__(words[0], list(words[1:]), timeout=PATIENCE,
                         dimensions=(rows, columns), env={**os.environ, "TERM": "xterm"})
        self.delaybeforesend = None
        # The program may have changed its own already.
        ends = os.openpty()
        self.settings = termios.tcgetattr(ends[0])
        for end in ends:
            os.close(end)

    def shows(self, pattern, seconds=PATIENCE):
        """Reads until the pattern comes; what was before it is dropped."""
        return not self.expect([pattern, pexpect.EOF, pexpect.TIMEOUT], seconds)

    def enter(self, line, pattern):
        self.send(line + b"\r")
        return self.shows(rb"\n" + pattern)

    def end(self):
        """Waits for the program's end, returns its exit status."""
        if self.expect([pexpect.EOF, pexpect.TIMEOUT]):
            self.terminate(force=True)
        status = self.wait()
        return -self.signalstatus if status is None else status

    def restored(self):
        return termios.tcgetattr(self.child_fd) == self.settings

# SPDX-License-Identifier: GPL-2.0-only
"""A program on a pseudo-terminal, as a person has it, for tests."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

PATIENCE = 120
# what the shell of a machine prints before it reads a command
PROMPT = rb"machine:~# "


class Terminal:
    """A program, found as the shell does, on a pseudo-terminal of its own"""

    def __init__(self, *words, rows=33, columns=101):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.environ["TERM"] = "xterm"
            os.execvp(words[0], words)
        self.resize(rows, columns)
        self.settings = termios.tcgetattr(self.fd)
        self.seen = b""

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.fd, text)

    def read(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 4096)
        except OSError:
            return False
        self.seen += data
        return bool(data)

    def expect(self, pattern, seconds=PATIENCE):
        """Reads until the pattern comes; what was before it is dropped."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, self.seen)
            if found:
                self.seen = self.seen[found.end():]
                return True
            self.read(0.2)
        return False

    def enter(self, line, pattern):
        self.type(line + b"\r")
        return self.expect(rb"\n" + pattern)

    def end(self):
        """Waits for the program's end, returns its exit status."""
        while self.read(PATIENCE):
            pass
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            time.sleep(1)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            os.kill(self.pid, signal.SIGTERM)
            pid, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)

    def restored(self):
        return termios.tcgetattr(self.fd) == self.settings

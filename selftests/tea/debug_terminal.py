#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Types at the debugger in a terminal and prints the words that were waited for.

usage: debug_terminal.py [--names] PROGRAM ARGUMENT...

With --names it types the beginnings of names that the debugged program has.
"""
import os
import sys
import termios
import time

import pexpect

PATIENCE = 20
PROMPT = r"\(tea\) "
UP = b"\x1b[A"
CTRL_C = b"\x03"
CTRL_D = b"\x04"


class Terminal(pexpect.spawn):
    """A program in a terminal of its own."""

    def __init__(self, words):
        super().__init__(words[0], words[1:], timeout=PATIENCE, encoding="utf-8",
                         codec_errors="replace",
                         env={**os.environ, "TERM": "vt100", "EDITRC": "/dev/null",
                              "LC_ALL": "C"})
        self.delaybeforesend = None

    def wait_for(self, pattern):
        """Until the pattern comes; what came before it is forgotten."""
        if self.expect([pattern, pexpect.EOF, pexpect.TIMEOUT]):
            sys.exit(f"in vain: {pattern}: {self.before!r}")
        return self.after

    def type(self, keys, editor=True):
        """Press keys when the line editor has the terminal, or has not."""
        for _ in range(PATIENCE * 100):
            raw = not termios.tcgetattr(self.child_fd)[3] & termios.ICANON
            if raw == editor:
                break
            time.sleep(0.01)
        os.write(self.child_fd, keys)

    def end(self):
        """Its exit status."""
        return self.wait()


def names(terminal):
    """Tab completes functions, and the variables of the function that runs."""
    terminal.wait_for(PROMPT)
    terminal.type(b"break twi\t\n")
    print(terminal.wait_for("<twice"))
    terminal.wait_for(PROMPT)
    terminal.type(b"continue\n")
    terminal.wait_for("breakpoint 1\r")
    terminal.wait_for(PROMPT)
    terminal.type(b"print val\t\n")
    print(terminal.wait_for(r"value = [^\r]*\r").rstrip())
    terminal.wait_for(PROMPT)
    # a variable of another function
    terminal.type(b"print res\t\n")
    print(terminal.wait_for(r"there is no variable 'res'"))
    terminal.wait_for(PROMPT)
    terminal.type(CTRL_D)
    print("status", terminal.end())


def main():
    """One session."""
    if sys.argv[1] == "--names":
        names(Terminal(sys.argv[2:]))
    else:
        session(Terminal(sys.argv[1:]))


def session(terminal):
    """What does not depend on the program."""
    terminal.wait_for(PROMPT)
    # an empty line repeats
    terminal.type(b"step\n")
    print(terminal.wait_for("=> 0x0002"))
    terminal.wait_for(PROMPT)
    terminal.type(b"\n")
    print(terminal.wait_for("=> 0x0003"))
    terminal.wait_for(PROMPT)
    # the line is edited, and comes again from the history
    terminal.type(b"wherf\x7fe\n")
    print(terminal.wait_for("=> 0x0003"))
    terminal.wait_for(PROMPT)
    terminal.type(UP + b"\n")
    print(terminal.wait_for("=> 0x0003"))
    terminal.wait_for(PROMPT)
    # a mistake does no harm, Ctrl-C stops the program and not the debugger
    terminal.type(b"nonsense\n")
    print(terminal.wait_for("unknown command"))
    terminal.wait_for(PROMPT)
    terminal.type(b"continue\n")
    terminal.wait_for("continue")
    terminal.type(CTRL_C, editor=False)
    print(terminal.wait_for("interrupted"))
    terminal.wait_for(PROMPT)
    terminal.type(b"registers\n")
    print(terminal.wait_for("sp "))
    terminal.wait_for(PROMPT)
    # at the prompt it gives up the line
    terminal.type(b"kil")
    terminal.wait_for("kil")
    terminal.type(CTRL_C)
    print(repr(terminal.wait_for(r"\^C\r\n" + PROMPT)))
    terminal.type(b"where\n")
    print(terminal.wait_for("=> 0x000"))
    terminal.wait_for(PROMPT)
    # Tab completes commands, and shows them where there are several
    terminal.type(b"regi\t\n")
    print(terminal.wait_for("sp "))
    terminal.wait_for(PROMPT)
    terminal.type(b"info \t")
    print(terminal.wait_for("breakpoints  registers  locals"))
    terminal.type(b"reg\t\n")
    print(terminal.wait_for("sp "))
    terminal.wait_for(PROMPT)
    terminal.type(b"h regi\t\n")
    print(terminal.wait_for("show cp"))
    terminal.wait_for(PROMPT)
    # characters of several bytes are one character each
    terminal.type("print \u20ac\u00e4".encode() + b"\x7f\n")
    print(terminal.wait_for("found '[^']*'"))
    terminal.wait_for(PROMPT)
    # an interrupt before the end is not how the debugger ends
    terminal.type(CTRL_C)
    terminal.wait_for(r"\^C\r\n" + PROMPT)
    terminal.type(CTRL_D)
    print("status", terminal.end())


main()

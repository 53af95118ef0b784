# SPDX-License-Identifier: GPL-2.0-only
"""A client of the Debug Adapter Protocol (dap_cases.py)."""
import json
import os
import select
import subprocess
import sys

PATIENCE = 30
TEA, FOLDER = sys.argv[1:3]
SOURCE = os.path.realpath(os.path.join(FOLDER, "lines.tea"))


class Failed(Exception):
    """A result that is not the one wanted."""


def same(what, wanted, got):
    """Compare two values."""
    if wanted != got:
        raise Failed(f"{what}: wanted {wanted!r}, got {got!r}")


class Client:
    """A server of its own, and the messages that were exchanged with it."""

    def __init__(self):
        self.server = subprocess.Popen(
            [TEA, "debug", "--dap"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, cwd=FOLDER)
        self.sequence = 0
        self.bytes = b""
        self.events = []
        self.seen = []
        self.responses = []
        self.last = 0

    def write(self, data):
        """Send bytes as they are."""
        self.server.stdin.write(data)
        self.server.stdin.flush()

    def send_body(self, body):
        """Send a body with its header."""
        self.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def send(self, command, **arguments):
        """Send a request, and return its number."""
        self.sequence += 1
        self.send_body(json.dumps({"seq": self.sequence, "type": "request",
                                   "command": command,
                                   "arguments": arguments}).encode())
        return self.sequence

    def more(self):
        """Wait for bytes of the server; False at its end."""
        if not select.select([self.server.stdout], [], [], PATIENCE)[0]:
            raise Failed("the server is silent")
        data = os.read(self.server.stdout.fileno(), 65536)
        self.bytes += data
        return bool(data)

    def receive(self):
        """The next message, sorted in; False at the end."""
        while b"\r\n\r\n" not in self.bytes:
            if not self.more():
                return False
        header, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        same("header", b"Content-Length: ", header[:16])
        size = int(header[16:])
        while len(self.bytes) < size:
            if not self.more():
                raise Failed("a message without its end")
        message = json.loads(self.bytes[:size])
        self.bytes = self.bytes[size:]
        same("seq", self.last + 1, message["seq"])
        self.last = message["seq"]
        if message["type"] == "event":
            self.events.append(message)
            self.seen.append(message)
        else:
            same("type", "response", message["type"])
            self.responses.append(message)
        return True

    def response(self, number):
        """The response to a request; 0 for what is no request."""
        while True:
            for one in self.responses:
                if one["request_seq"] == number:
                    self.responses.remove(one)
                    return one
            if not self.receive():
                raise Failed("the server has ended without a response")

    def request(self, command, **arguments):
        """The body of the response to a request."""
        response = self.response(self.send(command, **arguments))
        if not response["success"]:
            raise Failed(f"{command}: {response['message']}")
        same("command", command, response["command"])
        return response.get("body")

    def refused(self, command, message, **arguments):
        """The request is refused with this message."""
        response = self.response(self.send(command, **arguments))
        same(f"{command}: success", False, response["success"])
        same(f"{command}: message", message, response["message"])
        error = response["body"]["error"]
        same("error", message, error["format"].format(**error["variables"]))

    def event(self, name):
        """The next event of this name, after which those before it are forgotten."""
        while True:
            for i, one in enumerate(self.events):
                if one["event"] == name:
                    self.events = self.events[i + 1:]
                    return one.get("body")
            if not self.receive():
                raise Failed(f"the server has ended without the event {name}")

    def output(self, category):
        """All text of a category up to the end of the program."""
        text = ""
        while True:
            while self.events:
                one = self.events.pop(0)
                if one["event"] == "terminated":
                    return text
                if one["event"] == "output" and one["body"]["category"] == category:
                    text += one["body"]["output"]
            if not self.receive():
                raise Failed("the server has ended before the program")

    def launch(self, program="lines.tea", **arguments):
        """Initialize, launch, and wait for the event."""
        self.request("initialize", adapterID="tea")
        self.request("launch", program=os.path.join(FOLDER, program), **arguments)
        self.event("initialized")

    def start(self, *lines, program="lines.tea", path=SOURCE, **arguments):
        """Launch with breakpoints on lines, and run to the first stop."""
        self.launch(program, **arguments)
        if lines:
            self.request("setBreakpoints", source={"path": path},
                     breakpoints=[{"line": line} for line in lines])
        self.request("configurationDone")
        return self.event("stopped")

    def go(self, command, **arguments):
        """Continue, and return reason and line of the next stop."""
        self.request(command, threadId=1, **arguments)
        reason = self.event("stopped")["reason"]
        return reason, self.line()

    def line(self):
        """The line where the program has stopped."""
        return self.request("stackTrace", threadId=1)["stackFrames"][0]["line"]

    def scope(self, name, frame=1):
        """The variables of a scope by name."""
        for one in self.request("scopes", frameId=frame)["scopes"]:
            if one["name"] == name:
                return self.values(one["variablesReference"])
        raise Failed(f"no scope {name}")

    def values(self, reference, **arguments):
        """The variables of a reference by name."""
        body = self.request("variables", variablesReference=reference, **arguments)
        return {one["name"]: one["value"] for one in body["variables"]}

    def evaluate(self, text, **arguments):
        """The value of an expression."""
        return self.request("evaluate", expression=text, **arguments)["result"]

    def status(self):
        """The exit status of the server, which ends within some time."""
        try:
            return self.server.wait(PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise Failed("the server does not end") from error

    def close(self):
        """End the session in the usual way."""
        self.request("disconnect")
        same("exit status", 0, self.status())

    def kill(self):
        """Leave nothing behind."""
        self.server.kill()
        self.server.wait()
        for pipe in (self.server.stdin, self.server.stdout, self.server.stderr):
            try:
                pipe.close()
            except OSError:
                pass

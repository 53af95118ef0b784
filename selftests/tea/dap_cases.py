#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tests "tea debug --dap" with a client of the Debug Adapter Protocol.

usage: dap_cases.py TEA FOLDER

FOLDER has lines.tea with its lines.cup and lines.map, plain.cup without a debug map,
and is written to. Prints TAP.
"""
import json
import os
import random
import signal
import sys

from dap_client import FOLDER, SOURCE, Client, Failed, same

LOOP = """
int n;

int main()
{
	while (1)
		n = n + 1;
	return 0;
}
"""
PRINT = """
#include <print.tea>

int main()
{
	while (1)
		print("a line of text\\n");
	return 0;
}
"""
WAIT = """
int main()
{
	asm {
		pushmb 0x0107
		popb
	}
	return 0;
}
"""
BAD = """
int main()
{
	return x;
}
"""


LINES = [{"line": 25}, {"line": 26, "condition": "sum"}, {"line": 0}, {"line": 31}]
PLACES = [{"instructionReference": "0x0004"}, {"instructionReference": "4", "offset": 3}]
# Requests that do not let the program continue, with arguments that make sense
SHAPES = {
    "setBreakpoints": {"source": [{"path": SOURCE}], "breakpoints": [LINES, LINES[:1]]},
    "setFunctionBreakpoints": {"breakpoints": [[{"name": "add"}, {"name": "x"}]]},
    "setInstructionBreakpoints": {"breakpoints": [PLACES, PLACES[:1]]},
    "setExceptionBreakpoints": {"filters": [["error"]]},
    "threads": {},
    "pause": {"threadId": [1]},
    "disassemble": {"memoryReference": ["0x0004", "260", "0xffff"],
                    "offset": [0, -300, 300], "instructionOffset": [-5, 5, -70000],
                    "instructionCount": [0, 3, 300]},
    "stackTrace": {"startFrame": [0, 1, 9], "levels": [0, 1, 9]},
    "scopes": {"frameId": [1, 2, 3]},
    "variables": {"variablesReference": [1, 2, 3, 4, 5, 6, 7, 8, 9, 4103, 4104],
                  "start": [0, 1, 65535], "count": [0, 1, 65535]},
    "setVariable": {"variablesReference": [1, 2, 3, 7, 8], "name": ["sum", "[1]", "a"],
                    "value": ["1", "sum + 1", "'x'", "1 / 0"]},
    "evaluate": {"expression": ["sum", "table", "table[a]", "twice * 2", "((", "1 / 0"],
                 "frameId": [1, 2]},
    "exceptionInfo": {},
    "launch": {"program": [SOURCE]},
    "initialize": {},
}


def test_initialize(client):
    """initialize names what the server supports"""
    body = client.request("initialize", adapterID="tea")
    same("conditions", True, body["supportsConditionalBreakpoints"])
    same("filters", ["error"],
         [one["filter"] for one in body["exceptionBreakpointFilters"]])
    client.close()


def test_run(client):
    """a program runs to its end, with its text, result and exit code"""
    client.launch(args=[4])
    client.request("configurationDone")
    same("exit code", 0, client.event("exited")["exitCode"])
    client.refused("stackTrace", "the program has ended", threadId=1)
    client.refused("continue", "the program has ended", threadId=1)
    client.close()


def test_output(client):
    """text and result of the program are events"""
    client.launch(args=["4"])
    client.request("configurationDone")
    same("text", "*#", client.output("stdout"))
    client.close()
    client = Client()
    try:
        client.launch(args=[4])
        client.request("configurationDone")
        same("result", "exit 0 Normal", client.output("console")[:13])
        client.close()
    finally:
        client.kill()


def test_object(client):
    """an object file with its debug map has breakpoints, too"""
    same("reason", "breakpoint",
         client.start(25, program="lines.cup", args=[4])["reason"])
    same("line", 25, client.line())
    client.close()


def test_verified(client):
    """breakpoints are verified, moved or refused, each with its message"""
    client.launch(args=[4])
    body = client.request("setBreakpoints", source={"path": SOURCE},
                      breakpoints=[{"line": 25}, {"line": 24}, {"line": 900},
                                   {"line": 41, "condition": "a b"},
                                   {"line": 42, "condition": "nothing"},
                                   {"line": 25, "condition": "a == 2"}, {}])
    got = [(one["verified"], one.get("line"), one.get("message"))
           for one in body["breakpoints"]]
    same("breakpoints", [
        (True, 25, None),
        (True, 25, "that line has no code, the next one that has is taken"),
        (False, None, "no code comes from this line or from a later one"),
        (False, None, "expected an operator, found 'b'"),
        (False, None, "there is no variable 'nothing' here"),
        (False, None, "a breakpoint with another condition is at the same place"),
        (False, None, "the argument 'line' is missing"),
    ], got)
    body = client.request("setBreakpoints", source={"path": "/no/such.tea"},
                      breakpoints=[{"line": 25}])
    same("other file", "no code of the program comes from this file",
         body["breakpoints"][0]["message"])
    client.close()


def test_replaced(client):
    """breakpoints of a source are replaced by the next request for it"""
    client.start(25, 26, args=[4])
    client.request("setBreakpoints", source={"path": SOURCE},
               breakpoints=[{"line": 27}])
    same("stop", ("breakpoint", 27), client.go("continue"))
    client.request("setFunctionBreakpoints", breakpoints=[{"name": "say"}])
    client.request("setBreakpoints", source={"path": SOURCE}, breakpoints=[])
    same("stop", ("function breakpoint", 17), client.go("continue"))
    client.request("setFunctionBreakpoints", breakpoints=[])
    client.request("continue", threadId=1)
    client.event("terminated")
    client.close()


def test_shared(client):
    """a place with two breakpoints stops until both are removed"""
    client.start(23, args=[4])
    body = client.request("setFunctionBreakpoints",
                      breakpoints=[{"name": "add"}, {"name": "none"}])
    same("verified", [True, False],
         [one["verified"] for one in body["breakpoints"]])
    client.request("setBreakpoints", source={"path": SOURCE}, breakpoints=[])
    same("stop", ("function breakpoint", 23), client.go("continue"))
    client.close()


def test_condition(client):
    """a breakpoint stops only if its condition holds"""
    client.launch(args=[4])
    client.request("setBreakpoints", source={"path": SOURCE},
               breakpoints=[{"line": 25, "condition": "a == 4"}])
    client.request("configurationDone")
    client.event("stopped")
    same("a", "4", client.evaluate("a"))
    client.close()


def test_ids(client):
    """a stop names the breakpoints that it is for"""
    client.launch(args=[4])
    body = client.request("setBreakpoints", source={"path": SOURCE},
                      breakpoints=[{"line": 26}, {"line": 25}])
    wanted = body["breakpoints"][1]["id"]
    client.request("configurationDone")
    same("ids", [wanted], client.event("stopped")["hitBreakpointIds"])
    client.close()


def test_steps(client):
    """next, stepIn and stepOut move by lines"""
    client.start(53, args=[4])
    same("into", ("step", 23), client.go("stepIn"))
    same("over", ("step", 25), client.go("next"))
    same("over", ("step", 26), client.go("next"))
    same("out", ("step", 53), client.go("stepOut"))
    same("value", "Value returned is -56\n",
         [one["body"]["output"] for one in client.seen
          if one["event"] == "output"][-1])
    same("over", ("step", 54), client.go("next"))
    client.close()


def test_instructions(client):
    """steps by instruction, disassembly and breakpoints on instructions"""
    client.start(25, args=[4])

    def address():
        frame = client.request("stackTrace", threadId=1)["stackFrames"][0]
        return frame["instructionPointerReference"]
    before = address()
    listing = client.request("disassemble", memoryReference=before,
                         instructionOffset=-2, instructionCount=5)["instructions"]
    same("count", 5, len(listing))
    same("address", before, listing[2]["address"])
    same("line", 25, listing[2]["line"])
    client.go("stepIn", granularity="instruction")
    same("next address", listing[3]["address"], address())
    body = client.request("setInstructionBreakpoints", breakpoints=[
        {"instructionReference": listing[4]["address"]},
        {"instructionReference": "0xffff"}, {"instructionReference": "here"}])
    same("verified", [True, False, False],
         [one["verified"] for one in body["breakpoints"]])
    same("reason", "instruction breakpoint", client.go("continue")[0])
    same("address", listing[4]["address"], address())
    listing = client.request("disassemble", memoryReference="0x0000",
                         instructionOffset=-3, instructionCount=4)["instructions"]
    same("before the code", ["invalid"] * 3 + [None],
         [one.get("presentationHint") for one in listing])
    listing = client.request("disassemble", memoryReference="0xfff0",
                         instructionCount=2)["instructions"]
    same("after the code", ["invalid"] * 2,
         [one.get("presentationHint") for one in listing])
    client.close()


def test_stack(client):
    """frames have functions, files and lines"""
    client.start(32, args=[4])
    client.go("continue")
    client.go("continue")
    body = client.request("stackTrace", threadId=1)
    same("names", ["count", "count", "count", "main"],
         [one["name"] for one in body["stackFrames"]])
    same("lines", [32, 34, 34, 56],
         [one["line"] for one in body["stackFrames"]])
    same("path", SOURCE, body["stackFrames"][3]["source"]["path"])
    same("total", 4, body["totalFrames"])
    body = client.request("stackTrace", threadId=1, startFrame=1, levels=2)
    same("ids", [2, 3], [one["id"] for one in body["stackFrames"]])
    same("n", ["0", "1", "2"],
         [client.scope("Arguments", frame)["n"] for frame in (1, 2, 3)])
    client.refused("scopes", "there is no frame 5", frameId=5)
    client.close()


def test_variables(client):
    """arguments, locals, globals, arrays, registers and stack have their values"""
    client.start(26, args=[4])
    same("arguments", {"a": "0", "b": "200"}, client.scope("Arguments"))
    same("locals", {"sum": "-56"}, client.scope("Locals"))
    scope = client.scope("Globals")
    same("total", "7", scope["total"])
    same("table", "{1, 2, -3, 0, 0, 0, 0, 0, 0, 0, 0, 0}", scope["table"])
    globals_ = client.request("scopes", frameId=1)["scopes"][2]["variablesReference"]
    table = [one for one in client.request(
        "variables", variablesReference=globals_)["variables"]
        if one["name"] == "table"][0]
    same("type", "char[12]", table["type"])
    same("elements", {"[1]": "2", "[2]": "-3"},
         client.values(table["variablesReference"], start=1, count=2))
    same("registers", ["cp", "sp", "flags", "steps"],
         list(client.scope("Registers")))
    same("stack", int(client.scope("Registers")["sp"]),
         len(client.scope("Stack")))
    same("of the caller", "0", client.scope("Locals", 2)["twice"])
    client.refused("variables", "no variable here has the number 4000",
                   variablesReference=4000)
    client.close()


def test_set(client):
    """a variable and an element of an array are set"""
    client.start(26, args=[4])
    scopes = client.request("scopes", frameId=1)["scopes"]
    local = scopes[1]["variablesReference"]
    body = client.request("setVariable", variablesReference=local, name="sum",
                      value="b + 1")
    same("value", "201", body["value"])
    same("sum", {"sum": "201"}, client.scope("Locals"))
    table = client.request("evaluate", expression="table")["variablesReference"]
    client.request("setVariable", variablesReference=table, name="[2]", value="9")
    same("table[2]", "9", client.evaluate("table[2]"))
    client.refused("setVariable", "70000 does not fit into the 16 bits of 'sum'",
                   variablesReference=local, name="sum", value="70000")
    client.refused("setVariable", "registers and bytes of the stack cannot be set",
                   variablesReference=scopes[4]["variablesReference"],
                   name="[0]", value="1")
    client.close()


def test_evaluate(client):
    """expressions have values in the frame that is named"""
    client.start(26, args=[4])
    same("sum", "-54", client.evaluate("sum + 2"))
    same("table", "{1, 2, -3, 0, 0, 0, 0, 0, 0, 0, 0, 0}",
         client.evaluate("table"))
    same("twice", "0", client.evaluate("twice", frameId=2))
    client.refused("evaluate", "there is no variable 'twice' here",
                   expression="twice")
    client.refused("evaluate", "the argument 'expression' is missing")
    client.close()


def test_entry(client):
    """stopOnEntry stops before the first instruction"""
    client.launch(args=[4], stopOnEntry=True)
    client.request("configurationDone")
    same("reason", "entry", client.event("stopped")["reason"])
    same("steps", "0", client.scope("Registers")["steps"])
    client.close()


def test_error(client):
    """a program that ends in error stops there, with its state"""
    client.launch(args=[3])
    client.request("setExceptionBreakpoints", filters=[])
    client.request("setExceptionBreakpoints", filters=["error"])
    client.request("configurationDone")
    same("reason", "exception", client.event("stopped")["reason"])
    same("line", 41, client.line())
    same("b", "0", client.evaluate("b"))
    same("exception", "DivByZero",
         client.request("exceptionInfo", threadId=1)["exceptionId"])
    client.request("continue", threadId=1)
    same("exit code", 6, client.event("exited")["exitCode"])
    client.event("terminated")
    client.close()


def test_no_error_stop(client):
    """without that filter it just ends"""
    client.launch(args=[3])
    client.refused("setExceptionBreakpoints",
                   "unknown filter 'all', the only one is error", filters=["all"])
    client.request("setExceptionBreakpoints", filters=[])
    client.request("configurationDone")
    same("exit code", 6, client.event("exited")["exitCode"])
    same("stops", [], [one for one in client.seen if one["event"] == "stopped"])
    client.close()


def test_no_debug(client):
    """with noDebug it runs without breakpoints"""
    client.launch(args=[3], noDebug=True)
    body = client.request("setBreakpoints", source={"path": SOURCE},
                      breakpoints=[{"line": 25}])
    same("verified", False, body["breakpoints"][0]["verified"])
    client.request("configurationDone")
    same("exit code", 6, client.event("exited")["exitCode"])
    same("stops", [], [one for one in client.seen if one["event"] == "stopped"])
    client.close()


def test_plain(client):
    """a program without a debug map has instructions only"""
    client.launch("plain.cup", stopOnEntry=True)
    body = client.request("setBreakpoints", source={"path": SOURCE},
                      breakpoints=[{"line": 1}])
    same("message",
         "there is no debug map with lines, compile with 'tea cc -g'",
         body["breakpoints"][0]["message"])
    client.request("configurationDone")
    client.event("stopped")
    frame = client.request("stackTrace", threadId=1)["stackFrames"][0]
    same("frame", ("0x0000", 0, False),
         (frame["name"], frame["line"], "source" in frame))
    client.close()


def test_pause(client):
    """a program that runs is paused, answers, and gets breakpoints"""
    client.launch("loop.tea")
    client.request("configurationDone")
    client.refused("stackTrace", "the program runs, pause stops it", threadId=1)
    client.refused("next", "the program runs, pause stops it", threadId=1)
    same("threads", [{"id": 1, "name": "loop.tea"}], client.request("threads")["threads"])
    client.request("pause", threadId=1)
    same("reason", "pause", client.event("stopped")["reason"])
    client.refused("pause", "the program does not run", threadId=1)
    client.request("continue", threadId=1)
    path = os.path.realpath(os.path.join(FOLDER, "loop.tea"))
    client.request("setBreakpoints", source={"path": path},
               breakpoints=[{"line": 7}])
    same("reason", "breakpoint", client.event("stopped")["reason"])
    same("line", 7, client.line())
    client.close()


def test_wait(client):
    """a program that waits at a port is paused, and answers meanwhile"""
    client.launch("wait.tea")
    client.request("configurationDone")
    while "waits for port 0107" not in client.event("output")["output"]:
        pass
    client.request("threads")
    client.request("pause", threadId=1)
    same("reason", "pause", client.event("stopped")["reason"])
    same("line", 5, client.line())
    client.request("continue", threadId=1)
    client.request("terminate")
    same("exit code", 1, client.event("exited")["exitCode"])
    client.event("terminated")
    client.close()


def test_together(client):
    """requests that come in one piece are executed in their order"""
    client.launch("loop.tea", stopOnEntry=True)
    client.request("configurationDone")
    client.event("stopped")
    data = b""
    for number, name in enumerate(("continue", "pause", "threads"), 100):
        body = json.dumps({"seq": number, "type": "request",
                           "command": name}).encode()
        data += b"Content-Length: %d\r\n\r\n" % len(body) + body
    client.write(data)
    for number in (100, 101, 102):
        same("success", True, client.response(number)["success"])
    same("reason", "pause", client.event("stopped")["reason"])
    client.close()


def test_pieces(client):
    """a request may come byte by byte"""
    body = b'{"seq":1,"type":"request","command":"initialize","arguments":{}}'
    for byte in b"content-length:%d\r\nX: y\r\n\r\n" % len(body) + body:
        client.write(bytes([byte]))
    same("success", True, client.response(1)["success"])
    client.sequence = 1
    client.close()


def test_order(client):
    """requests before those that they need are refused"""
    client.refused("launch", "the first request must be initialize")
    client.refused("threads", "the first request must be initialize")
    client.request("initialize", adapterID="tea")
    client.refused("initialize",
                   "initialize is the first request, and was sent already")
    for name in ("setBreakpoints", "configurationDone", "threads", "stackTrace",
                 "continue", "pause", "terminate"):
        client.refused(name, "there is no program yet, launch starts one")
    client.refused("attach",
                   "there is no running program to attach to; launch starts one")
    client.request("launch", program=SOURCE, args=[4])
    client.refused("continue",
                   "configurationDone comes before the program continues")
    client.refused("launch",
                   "a program was launched already, and a session has one")
    client.close()


def test_unknown(client):
    """requests that there are not are refused"""
    client.refused("setBreakpoint",
                   "unknown request 'setBreakpoint', did you mean 'setBreakpoints'?")
    client.refused("reverseContinue", "unknown request 'reverseContinue'")
    client.refused("a {b} c", "unknown request 'a {b} c'")
    client.close()


def test_launch_refused(client):
    """a launch with a mistake is refused, and another one succeeds"""
    client.request("initialize", adapterID="tea")
    path = os.path.join(FOLDER, "none.cup")
    client.refused("launch", "the argument 'program' is missing")
    client.refused("launch", "the argument 'program' must be a string", program=1)
    client.refused("launch", "the argument 'program' must be the path of a file",
                   program="-")
    client.refused("launch", f"{path}: No such file or directory", program=path)
    client.refused("launch", "the argument 'args' must be an array",
                   program=SOURCE, args="4")
    client.refused("launch",
                   "the argument 'args' has strings and integers only",
                   program=SOURCE, args=[1.5])
    client.refused("launch", "argument '300': not from -128 to 255, write w:300 for"
                   " two bytes", program=SOURCE, args=[300])
    client.refused("launch", f"{SOURCE}: offset 5: the program takes 1 argument"
                   " byte, 0 given", program=SOURCE)
    client.refused("launch", "the argument 'stack' must be an integer from 1 to 65535",
                   program=SOURCE, args=[4], stack=0)
    client.refused("launch", "the argument 'stopOnEntry' must be true or false",
                   program=SOURCE, args=[4], stopOnEntry="yes")
    client.refused("launch", "the argument 'cwd': /no/such: No such file or directory",
                   program=SOURCE, args=[4], cwd="/no/such")
    client.request("launch", program="lines.tea", args=[4], cwd=FOLDER)
    client.close()


def test_launch_again(client):
    """a launch that is refused changes nothing for the next one"""
    os.makedirs(os.path.join(FOLDER, "a folder"), exist_ok=True)
    client.request("initialize", adapterID="tea")
    for _ in range(2):
        client.refused("launch", "none.tea: No such file or directory",
                       program="none.tea", cwd="a folder", noDebug=True, stopOnEntry=True)
    client.request("launch", program="lines.tea", args=[3])
    body = client.request("setBreakpoints", source={"path": SOURCE},
                          breakpoints=[{"line": 25}])
    same("verified", True, body["breakpoints"][0]["verified"])
    client.request("configurationDone")
    same("reason", "breakpoint", client.event("stopped")["reason"])
    client.close()


def test_compiler(client):
    """errors of the compiler are shown with their places"""
    client.request("initialize", adapterID="tea")
    path = os.path.join(FOLDER, "bad.tea")
    client.refused("launch", f"{path}: the compiler has found 1 error", program=path)
    text = client.event("output")["output"]
    same("place", f"{path}:4:9: error: ", text[:len(path) + 13])
    client.close()


def test_base(client):
    """a client that counts lines from 0 gets them so"""
    client.request("initialize", adapterID="tea", linesStartAt1=False)
    client.request("launch", program=SOURCE, args=[4])
    client.event("initialized")
    body = client.request("setBreakpoints", source={"path": SOURCE},
                      breakpoints=[{"line": 24}])
    same("line", 24, body["breakpoints"][0]["line"])
    client.request("configurationDone")
    client.event("stopped")
    same("line", 24, client.line())
    client.close()


def test_many(client):
    """more breakpoints than there are get a message"""
    client.launch("plain.cup")
    body = client.request("setInstructionBreakpoints", breakpoints=[
        {"instructionReference": str(i)} for i in range(40)])
    same("verified", 32, sum(one["verified"] for one in body["breakpoints"]))
    same("message", "there are 32 breakpoints already",
         body["breakpoints"][39]["message"])
    client.close()


def test_malformed(client):
    """a body that is not JSON, or no request, is refused, and the next one is read"""
    client.send_body(b"{")
    same("JSON", "the message is not JSON: ", client.response(0)["message"][:25])
    wrong = "a request has type 'request', an integer seq and a command"
    for body in (b"[]", b"{}", b'{"type":"event","seq":7}',
                 b'{"type":"request","command":"threads"}',
                 b'{"type":"request","command":3,"seq":"a"}'):
        client.send_body(body)
        if body.startswith(b'{"type":"event"'):
            same("message", wrong, client.response(7)["message"])
        else:
            same("message", wrong, client.response(0)["message"])
    client.send_body(b'{"type":"request","seq":9,"command":"threads","arguments":[]}')
    same("arguments", "arguments must be an object", client.response(9)["message"])
    client.request("initialize", adapterID="tea")
    client.refused("disconnects", "unknown request 'disconnects', did you mean 'disconnect'?")
    client.close()


def broken(client, data, message):
    """Bytes after which no message can be found end the session."""
    client.write(data)
    same("message", message, client.response(0)["message"])
    same("end", False, client.receive())
    same("exit status", 1, client.status())


def test_no_length(client):
    """a header without a length ends the session"""
    broken(client, b"GET / HTTP/1.1\r\nHost: here\r\n\r\n",
           "a message begins with a header that has Content-Length")


def test_bad_length(client):
    """a length that is no number ends the session"""
    broken(client, b"Content-Length: -5\r\n\r\n",
           "Content-Length: expected 0 to 1048576 bytes, got '-5'")


def test_long_body(client):
    """a body that is too long ends the session"""
    broken(client, b"Content-Length: 1048577\r\n\r\n",
           "Content-Length: expected 0 to 1048576 bytes, got '1048577'")


def test_long_header(client):
    """a header that is too long ends the session"""
    broken(client, b"X" * 5000, "the header of a message has at most 1024 bytes")


def test_deep(client):
    """JSON that is nested too deeply is refused"""
    client.send_body(b"[" * 100000)
    same("JSON", "the message is not JSON: ", client.response(0)["message"][:25])
    client.close()


def random_value(chance):
    """A value that an argument could have, or could not."""
    values = [None, True, 0, 1, -1, 26, 4096, 1 << 31, -(1 << 63), (1 << 63) - 1, 1.5, "",
              "a", "0x0004", "sum", "\u20ac", SOURCE, [], {}]
    values += [[value] for value in values] + [{"line": value, "name": value, "path": value}
                                               for value in values]
    return chance.choice(values)


def random_arguments(chance, shape):
    """Arguments that make sense, in most cases."""
    arguments = {}
    for key, values in shape.items():
        kind = chance.randrange(10)
        if kind:
            arguments[key] = chance.choice(values) if kind > 2 else random_value(chance)
    return arguments


def test_random(client):
    """each of 3,000 random requests gets a response, and each kind succeeds"""
    chance = random.Random(1)
    client.start(26, args=[4])
    done = set()
    for _ in range(3000):
        name = chance.choice(list(SHAPES))
        number = client.send(name, **random_arguments(chance, SHAPES[name]))
        if client.response(number)["success"]:
            done.add(name)
    same("refused", {"pause", "exceptionInfo", "launch", "initialize"}, set(SHAPES) - done)
    same("line", 26, client.line())
    client.close()


def test_left(client):
    """a client that leaves while a program runs leaves no server behind"""
    client.launch("loop.tea")
    client.request("configurationDone")
    client.server.stdin.close()
    same("exit status", 1, client.status())


def test_left_waiting(client):
    """a client that leaves while a program waits leaves no server behind"""
    client.launch("wait.tea")
    client.request("configurationDone")
    client.event("output")
    client.server.stdin.close()
    same("exit status", 1, client.status())


def test_left_inside(client):
    """a client that leaves inside of a message leaves no server behind"""
    client.write(b"Content-Length: 100\r\n\r\n{")
    client.server.stdin.close()
    same("exit status", 1, client.status())


def test_deaf(client):
    """a client that does not read any more leaves no server behind"""
    client.launch("print.tea")
    client.request("configurationDone")
    client.event("output")
    client.server.stdout.close()
    same("exit status", 1, client.status())


def test_signal(client):
    """SIGTERM ends a server whose client reads nothing"""
    client.launch("print.tea")
    client.request("configurationDone")
    client.event("output")
    client.server.send_signal(signal.SIGTERM)
    same("exit status", 7, client.status())


def test_disconnect(client):
    """disconnect ends a program that prints all the time"""
    client.launch("print.tea")
    client.request("configurationDone")
    client.event("output")
    client.close()


def main():
    """Each test has a server of its own."""
    for name, text in (("loop", LOOP), ("print", PRINT), ("wait", WAIT),
                       ("bad", BAD)):
        with open(os.path.join(FOLDER, name + ".tea"), "w", encoding="ascii") as file:
            file.write(text)
    tests = [value for name, value in globals().items() if name.startswith("test_")]
    failed = 0
    print("TAP version 13")
    for number, test in enumerate(tests, 1):
        client = Client()
        try:
            test(client)
            print(f"ok {number} {test.__doc__}", flush=True)
        except (Failed, LookupError, OSError, TypeError, ValueError) as error:
            failed += 1
            print(f"# {type(error).__name__}: {error}")
            print(f"not ok {number} {test.__doc__}", flush=True)
        finally:
            client.kill()
    print(f"1..{len(tests)}")
    return 1 if failed else 0


sys.exit(main())

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Where the instructions of single steps go, by function, for "make bench-functions".

usage: functions.py collect KERNEL BUILD OUTPUT TRACE >RESULT   a trace becomes a result
       functions.py text RESULT                                 the tables

OUTPUT is what "bench functions" printed, TRACE the log of the emulator's debugger, BUILD
the folder with the programs and the module. functions.yaml describes steps and parts.
A result is JSON.
"""

import bisect
import collections
import json
import pathlib
import re
import subprocess
import sys

import yaml

import figures

HERE = pathlib.Path(__file__).resolve().parent
# A part with a smaller share of a step is one of the others, and so is a function.
PART_SHARE = 0.005
FUNCTION_SHARE = 0.001
# A part names so many of its functions.
FUNCTIONS = 12
# The names of code that has no symbol, and of a guest's that is not the interpreter
UNNAMED = "(static)"
REAL_MODE = "(real mode)"


def description():
    with open(HERE / "functions.yaml", encoding="utf-8") as file:
        return yaml.safe_load(file)


def windows_of(step):
    return step.get("windows", {step["row"]: 1})


class Symbols:
    """Finds the function of an address."""

    def __init__(self, symbols):
        """Symbols are addresses, sizes (None: up to the next one) and values."""
        # Of several names that an address has, the shortest is the last.
        self.symbols = sorted(symbols, key=lambda one: (one[0], -len(one[2][-1])))
        self.addresses = [address for address, _, _ in self.symbols]

    def find(self, address):
        at = bisect.bisect_right(self.addresses, address) - 1
        if at < 0:
            return None
        start, size, value = self.symbols[at]
        return value if size is None or address < start + size else None


def nm(path, *options):
    """The functions of a file: addresses, sizes and names."""
    lines = subprocess.run(["nm", "-S", "--defined-only", *options, path], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    for line in lines:
        words = line.split()
        if len(words) >= 3 and words[-2] in "tTwWi":
            size = int(words[1], 16) if len(words) == 4 else None
            yield int(words[0], 16), size, words[-1].split("@")[0]


class Machine:
    """The functions of the machine that was traced: of its kernel, programs and guests."""

    def __init__(self, kernel, build, output):
        self.build = pathlib.Path(build)
        source = self.build / "module" / kernel / "src/module"
        self.files = {}
        for path in sorted(source.rglob("*.o")):
            for _, _, name in nm(path):
                self.files.setdefault(name, str(path.relative_to(source)))
        self.guest = Symbols((address, size, (name,)) for address, size, name
                             in nm(source / "tea/guest/guest.elf"))
        self.library = {name for _, _, name in nm(self.build / "libteavmx.a")}
        self.windows, self.maps, kernel_symbols = [], [], []
        for line in output:
            match line.split():
                case ["window", name]:
                    self.windows.append(name)
                case ["map", start, end, offset, path]:
                    self.maps.append((int(start, 16), int(end, 16), int(offset, 16),
                                      path, self.program(path)))
                case ["symbol", address, name, *module]:
                    kernel_symbols.append((int(address, 16), None, (module, name)))
        self.kernel = Symbols(kernel_symbols)

    def program(self, path):
        """The functions of a file of user space, which is the same in the machine."""
        own = self.build / "selftests/bench" / pathlib.Path(path).name
        if own.exists():
            return Symbols((a, size, (name,)) for a, size, name in nm(own))
        if pathlib.Path(path).exists():
            return Symbols((a, size, (name,)) for a, size, name in nm(path, "-D"))
        return Symbols([])

    def user(self, address):
        for start, end, offset, path, symbols in self.maps:
            if start <= address < end:
                name, = symbols.find(address - start + offset) or (UNNAMED,)
                library = ("libteavmx" if name in self.library
                           else pathlib.Path(path).name)
                return "library", library, name
        return "library", "", UNNAMED

    def function(self, is_guest, address):
        """Kind, place and name of the function that an instruction belongs to."""
        if is_guest:
            name, = self.guest.find(address) or (UNNAMED,)
            name = name if address else REAL_MODE
            return "guest", name, name
        if address < 1 << 63:
            return self.user(address)
        module, name = self.kernel.find(address) or ([], UNNAMED)
        if module == ["[teavmx]"]:
            return "file", self.files.get(name, ""), name
        return "kernel", name, name


def read_windows(lines):
    """For each window of a trace the ticks by guest or not, and address."""
    window, place, last, is_guest = None, None, 0, False
    for line in lines:
        words = line.split(None, 6)
        if line.startswith("Tracing enabled"):
            window, place, is_guest = collections.Counter(), None, False
        elif line.startswith("Tracing disabled"):
            # The mark at the end, whose ticks are not known, is not counted.
            yield window
            window = None
        elif window is not None and len(words) > 5 and words[0].startswith("(0).["):
            tick = int(words[0][5:-1])
            if place:
                window[place] += tick - last
            last = tick
            if words[1] == "???":
                # the address is not mapped yet: a part of the instruction before
                continue
            address = words[2].split(":")[1]
            # Real mode has 16 bits, and only guests are in it.
            is_guest = is_guest and not address.startswith("ffff") or len(address) == 4
            place = is_guest, 0 if len(address) == 4 else int(address, 16)
            is_guest = is_guest or words[5] in ("vmlaunch", "vmresume")


def least(machine, lines):
    """Of the windows with one name the one with the fewest ticks, by that name."""
    windows = list(read_windows(lines))
    if len(windows) != len(machine.windows):
        sys.exit(f"functions.py: {len(machine.windows)} windows, "
                 f"{len(windows)} in the trace")
    result = {}
    for name, window in zip(machine.windows, windows):
        if name not in result or window.total() < result[name].total():
            result[name] = window
    return {name: by_function(machine, window) for name, window in result.items()}


def by_function(machine, window):
    functions = collections.Counter()
    for (is_guest, address), ticks in window.items():
        functions[machine.function(is_guest, address)] += ticks
    return functions


def part_of(parts, function):
    kind, place, _ = function
    for part in parts:
        if any(re.match(pattern, place) for pattern in part.get(kind, ())):
            return part["part"]
    sys.exit(f"functions.py: functions.yaml has no part for {function}")


def step_result(step, parts, windows):
    """A step's instructions, of its parts, and of the functions in each."""
    functions = collections.Counter()
    for name, factor in windows_of(step).items():
        for function, ticks in windows[name].items():
            functions[function] += factor * ticks / step.get("per", 1)
    whole = functions.total()
    by_part = {part["part"]: collections.Counter() for part in parts}
    for function, ticks in functions.items():
        by_part[part_of(parts, function)][function[-1]] += ticks
    return {"instructions": round(whole, 1), "parts": {
        name: {"instructions": round(part.total(), 1),
               "functions": {function: round(ticks, 1)
                             for function, ticks in part.most_common(FUNCTIONS)
                             if ticks >= whole * FUNCTION_SHARE}}
        for name, part in by_part.items() if part.total() >= whole * PART_SHARE}}


def collect(kernel, build, output, trace):
    described = description()
    with open(output, encoding="utf-8") as file:
        machine = Machine(kernel, build, file)
    with open(trace, encoding="utf-8") as file:
        windows = least(machine, file)
    return {"license": figures.LICENSE, "kernel": kernel, "steps": {
        step["row"]: step_result(step, described["parts"], windows)
        for step in described["steps"]}}


def stored(result):
    """The result as JSON, with a line for the functions of a part."""
    return re.sub(r'("functions": \{)([^{}]*)\}', lambda found: (
        found[1] + " ".join(found[2].split()) + "}"), json.dumps(result, indent=1))


def number(value):
    """Few instructions with their tenths, as they can be of each of many exits."""
    return f"{value:,.1f}" if value < 100 and value % 1 else f"{value:,.0f}"


def with_rest(whole, parts, name):
    """Numbers by name, and what they lack of the whole."""
    rest = whole - sum(parts.values())
    return list(parts.items()) + ([(name, rest)] if rest >= 0.05 else [])


def tables(result):
    """For each step its title, its note, and rows: part, instructions, functions."""
    rows = figures.described()
    measured = figures.load(HERE / "baseline.json")["rows"]
    for step in description()["steps"]:
        name = step["row"]
        if name not in result["steps"]:
            continue
        traced = result["steps"][name]
        note = f"{number(traced['instructions'])} instructions"
        if name in measured:
            note += f", measured {figures.cell(measured[name].get('share'))}"
        note += f". {step['note']}" if "note" in step else ""
        parts = {part: one["instructions"] for part, one in traced["parts"].items()}
        table = []
        for part, whole in with_rest(traced["instructions"], parts, "Others"):
            functions = traced["parts"].get(part, {}).get("functions", {})
            table.append((part, number(whole),
                          with_rest(whole, functions, "others") if functions else []))
        yield rows[name]["text"], note, table


def text(result):
    lines = []
    for title, note, table in tables(result):
        lines += [f"{title}: {note}"]
        for part, whole, functions in table:
            words = ", ".join(f"{name} {number(one)}" for name, one in functions)
            lines.append(f"  {part:28} {whole:>8}  {words}".rstrip())
        lines.append("")
    return "\n".join(lines[:-1])


def describe(path):
    """The tables in reStructuredText, for Sphinx."""
    result = figures.load(path)
    lines = ["", "Functions", "=========", "",
             f"The kernel was Linux {result['kernel']}.", ""]
    for title, note, table in tables(result):
        lines += [title, "-" * len(title), "", f"{note}.", "",
                  ".. list-table::", "   :header-rows: 1", "   :widths: 25 12 63", "",
                  "   * - Part", "     - Instructions", "     - Functions"]
        for part, whole, functions in table:
            words = ", ".join(f"{name if name == 'others' or name[0] == '(' else f'``{name}``'} "
                              f"{number(one)}" for name, one in functions)
            lines += [f"   * - {part}", f"     - {whole}", f"     - {words}".rstrip()]
        lines.append("")
    return "\n".join(lines)


def main(words):
    match words:
        case ["collect", kernel, build, output, trace]:
            print(stored(collect(kernel, build, output, trace)))
        case ["text", path]:
            print(text(figures.load(path)))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tables and charts of the figures that "make bench" has measured.

usage: figures.py collect KERNEL LINES... >RESULT   lines of programs become a result
       figures.py text RESULT                       the table
       figures.py svg RESULT >FILE                  the chart
       figures.py check BASELINE RESULT             compare, status 1 if one is worse

A line is ROW COLUMN MINIMUM MEDIAN; rows.yaml, beside this file, describes the rows.
A result is JSON.
"""

import json
import math
import pathlib
import sys

import yaml

LICENSE = "SPDX-License-Identifier: GPL-2.0-only"
HERE = pathlib.Path(__file__).resolve().parent
# Column, heading, colour; the module's columns are those that "check" compares.
COLUMNS = (("kvm", "KVM", "#9a9a9a"), ("c", "C", "#d9a441"), ("share", "teavmx", "#1f6fb4"),
           ("own", "teavmx, own mode", "#63b1e5"), ("jit", "teavmx, translated", "#2a9d6e"))
OURS = ("share", "own", "jit")
PARTS = ("minimum", "median")
# More than this is worse, or better.
TOLERANCE = 0.03


def groups():
    with open(HERE / "rows.yaml", encoding="utf-8") as file:
        return yaml.safe_load(file)


def described():
    """The description of each row, by its name."""
    return {row["row"]: row for group in groups() for row in group["rows"]}


def unit(row):
    return row.get("unit", "instructions")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def collect(kernel, paths):
    """A result from lines of programs."""
    rows = {name: {} for name in described()}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for line in file:
                name, column, *numbers = line.split()
                if name not in rows:
                    sys.exit(f"figures.py: rows.yaml has no row {name}")
                if column in rows[name]:
                    sys.exit(f"figures.py: {name} of {column} appears twice")
                rows[name][column] = dict(zip(PARTS, map(int, numbers)))
    return {"license": LICENSE, "kernel": kernel, "rows": {
        name: figures for name, figures in rows.items() if figures}}


def grouped(number):
    return f"{number:,}"


def cell(figure):
    """The minimum, and the median where it differs by more than a percent."""
    if not figure:
        return "–"
    least, middle = (figure[part] for part in PARTS)
    if middle - least <= least * 0.01:
        return grouped(least)
    return f"{grouped(least)} / {grouped(middle)}"


def tables(result):
    """For each group with figures its title, its note, its headings and its rows."""
    for group in groups():
        rows = [(row, result["rows"][row["row"]]) for row in group["rows"]
                if row["row"] in result["rows"]]
        columns = [(column, heading) for column, heading, _ in COLUMNS
                   if any(column in figures for _, figures in rows)]
        table = []
        for row, figures in rows:
            words = row["text"] + (f" ({row['unit']})" if "unit" in row else "")
            goal = grouped(row["goal"]) if "goal" in row else ""
            table.append([words] + [cell(figures.get(column))
                                    for column, _ in columns] + [goal])
        if rows:
            yield (group["title"], group.get("note"),
                   [heading for _, heading in columns] + ["goal"], table)


def text(result):
    lines = []
    for title, note, headings, rows in tables(result):
        table = [[title] + headings] + rows
        widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
        for row in table:
            cells = [row[0].ljust(widths[0])]
            cells += [one.rjust(width) for one, width in zip(row[1:], widths[1:])]
            lines.append("  ".join(cells).rstrip())
        lines += [f"({note})", ""] if note else [""]
    return "\n".join(lines[:-1])


def describe(path):
    """The tables in reStructuredText, for Sphinx."""
    result = load(path)
    lines = ["", f"The kernel was Linux {result['kernel']}.", ""]
    for title, note, headings, rows in tables(result):
        lines += [title, "-" * len(title), ""]
        lines += [f"{note}.", ""] if note else []
        lines += [".. list-table::", "   :header-rows: 1",
                  f"   :widths: 40 {' '.join(['15'] * len(headings))}", ""]
        for row in [["Step"] + headings] + rows:
            lines += [f"   {'  ' if i else '* '}- {one}" for i, one in enumerate(row)]
        lines.append("")
    return "\n".join(lines)


BAR, GAP, LEFT, PLOT = 11, 16, 400, 470


def svg_text(x, y, words, more=""):
    words = words.replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:.0f}" y="{y:.0f}" {more}>{words}</text>'


def svg_row(row, figures, y, scale):
    """The bars of one row and its label."""
    present = [(figures[column]["minimum"], colour)
               for column, _, colour in COLUMNS if column in figures]
    height = len(present) * BAR
    lines = [svg_text(LEFT - 8, y + height / 2 + 4, row["text"], 'text-anchor="end"')]
    for number, colour in present:
        lines.append(f'<rect x="{LEFT}" y="{y}" width="{scale(number):.1f}" '
                     f'height="{BAR - 1}" fill="{colour}"/>')
        lines.append(svg_text(LEFT + scale(number) + 4, y + BAR - 2, grouped(number)))
        y += BAR
    return lines, y + GAP - BAR


def svg_legend(bars, y):
    lines = []
    x = LEFT
    for column, heading, colour in COLUMNS:
        if not any(column in figures for _, figures in bars):
            continue
        lines.append(f'<rect x="{x}" y="{y - 9}" width="10" height="10" fill="{colour}"/>')
        lines.append(svg_text(x + 14, y, heading))
        x += 40 + 7 * len(heading)
    return lines


def svg(result):
    """Bars of the figures in instructions, on a logarithmic scale."""
    bars = [(row, result["rows"][name]) for name, row in described().items()
            if name in result["rows"] and unit(row) == "instructions"]
    most = max(figure["minimum"] for _, figures in bars for figure in figures.values())
    decades = math.log10(max(most, 10))

    def scale(number):
        return PLOT * math.log10(max(number, 1)) / decades

    body = svg_legend(bars, 20)
    y = 34
    for row, figures in bars:
        lines, y = svg_row(row, figures, y, scale)
        body += lines
    grid = []
    for decade in range(1, int(decades) + 1):
        x = LEFT + scale(10 ** decade)
        grid.append(f'<line x1="{x:.1f}" y1="28" x2="{x:.1f}" y2="{y}" stroke="#dddddd"/>')
        grid.append(svg_text(x, y + 12, grouped(10 ** decade), 'text-anchor="middle"'))
    width, height = LEFT + PLOT + 90, y + 32
    foot = svg_text(LEFT, y + 26, "instructions, logarithmic scale; lower is better")
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="10">',
        "<!-- SPDX-License-Identifier: GPL-2.0-only -->",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        *grid, *body, foot, "</svg>"])


def compare(row, column, old, new):
    """A verdict on one figure, and what to print about it: worse, better or nothing."""
    name = f"{row['text']} ({dict((c[0], c[1]) for c in COLUMNS)[column]})"
    if not new:
        return "worse", f"{name}: was {grouped(old['minimum'])}, is no longer measured"
    for part in PARTS:
        change = new[part] - old[part]
        if abs(change) > old[part] * TOLERANCE:
            verdict = "worse" if change > 0 else "better"
            return verdict, (f"{name}: {part} {grouped(old[part])} before, "
                             f"{grouped(new[part])} now, {unit(row)}: "
                             f"{abs(change) / max(old[part], 1):.1%} {verdict}")
    return None, None


def check(baseline, result):
    """Prints what has changed; returns whether a figure of the module is worse."""
    rows = described()
    worse = 0
    if baseline["kernel"] != result["kernel"]:
        print(f"note: the baseline is of Linux {baseline['kernel']}, "
              f"the figures of {result['kernel']}")
    for name, columns in baseline["rows"].items():
        row = rows.get(name, {"text": name})
        for column, old in columns.items():
            verdict, words = compare(row, column, old,
                                     result["rows"].get(name, {}).get(column))
            if not verdict:
                continue
            if column not in OURS:
                print(f"note: {words}")
                continue
            print(f"{verdict}: {words}")
            worse += verdict == "worse"
    for name, columns in result["rows"].items():
        for column in columns.keys() - baseline["rows"].get(name, {}).keys():
            print(f"new: {rows[name]['text']} ({column})")
    print(f"{worse or 'no'} figure{'s are' if worse > 1 else ' is'} worse than the baseline")
    return worse > 0


def main(words):
    match words:
        case ["collect", kernel, *paths] if paths:
            print(json.dumps(collect(kernel, paths), indent=1))
        case ["text", path]:
            print(text(load(path)))
        case ["svg", path]:
            print(svg(load(path)))
        case ["check", baseline, path]:
            return check(load(baseline), load(path))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

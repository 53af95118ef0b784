# SPDX-License-Identifier: GPL-2.0-only
"""Describes the netlink family in reStructuredText, from its specification."""

import re

import yaml


def plain(text):
    """Text in which Sphinx sees no markup."""
    text = " ".join(text.split())
    return re.sub(r"([\\*`|]|_(?!\w))", r"\\\1", text)


def literals(names):
    return ", ".join(f"``{name}``" for name in names) or "nothing"


def heading(text, line):
    return [text, line * len(text), ""]


def table(head, widths, rows):
    lines = [".. list-table::", "   :header-rows: 1",
             f"   :widths: {' '.join(map(str, widths))}", ""]
    for row in [head] + rows:
        for i, cell in enumerate(row):
            lines.append(f"   {'  ' if i else '* '}- {cell}")
    return lines + [""]


def attribute_type(attribute):
    words = [attribute["type"]]
    if "enum" in attribute:
        kind = "bits" if attribute.get("enum-as-flags") else "enum"
        words.append(f"{kind} ``{attribute['enum']}``")
    if "nested-attributes" in attribute:
        words.append(f"of ``{attribute['nested-attributes']}``")
    if attribute.get("multi-attr"):
        words.append("repeated")
    words += [f"{name} {value}" for name, value
              in attribute.get("checks", {}).items()]
    return ", ".join(words).replace("nest, of", "nest of")


def describe_operation(operation):
    lines = heading(f"``{operation['name']}``", "~")
    lines += [plain(operation["doc"]), ""]
    lines += [f":attribute set: ``{operation['attribute-set']}``"]
    if "event" in operation:
        lines += [f":event: {literals(operation['event']['attributes'])}"]
    for mode in ("do", "dump"):
        for part in ("request", "reply"):
            message = operation.get(mode, {}).get(part)
            if message:
                lines += [f":{mode} {part}: {literals(message['attributes'])}"]
    return lines + [""]


def describe_set(entry):
    lines = heading(f"``{entry['name']}``", "~") + [plain(entry["doc"]), ""]
    rows = [(str(number), f"``{attribute['name']}``",
             attribute_type(attribute), plain(attribute["doc"]))
            for number, attribute in enumerate(entry["attributes"], 1)]
    return lines + table(("No.", "Attribute", "Type", "Meaning"),
                         (6, 22, 24, 48), rows)


def entry_number(definition, index):
    first = definition.get("value-start", 0)
    return 1 << index if definition["type"] == "flags" else first + index


def describe_enum(definition):
    lines = heading(f"``{definition['name']}``", "~")
    lines += [plain(definition["doc"]), ""]
    rows = [(str(entry_number(definition, index)), f"``{entry['name']}``",
             plain(entry["doc"]))
            for index, entry in enumerate(definition["entries"])]
    return lines + table(("Value", "Entry", "Meaning"), (8, 26, 66), rows)


def describe_constants(definitions):
    rows = [(f"``{one['name']}``", str(one["value"]), plain(one["doc"]))
            for one in definitions]
    return table(("Constant", "Value", "Meaning"), (26, 14, 60), rows)


def describe(path):
    """The sections on commands, attributes, enums and constants."""
    with open(path, encoding="utf-8") as file:
        spec = yaml.safe_load(file)
    constants = [one for one in spec["definitions"] if one["type"] == "const"]
    lines = ["", *heading("Commands", "="), plain(spec["doc"]), ""]
    for operation in spec["operations"]["list"]:
        lines += describe_operation(operation)
    lines += heading("Attributes", "=")
    for entry in spec["attribute-sets"]:
        lines += describe_set(entry)
    lines += heading("Enums and flags", "=")
    for definition in spec["definitions"]:
        if "entries" in definition:
            lines += describe_enum(definition)
    return "\n".join(lines + heading("Constants", "=") +
                     describe_constants(constants))

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes the grammar of requests as C tables.

usage: grammar.py SPECIFICATION

The numbers are those of the header that the kernel's generator makes from the same
specification, so none is written a second time.
"""

import sys

import yaml

PREFIX = "TEAVMX_"


def constant(*words):
    return PREFIX + "_".join(words).upper().replace("-", "_")


def identifier(name):
    return name.replace("-", "_")


def limits(attribute, definitions):
    """The lowest and the highest valid value, or 0 and the valid bits."""
    low = str(attribute.get("checks", {}).get("min", 0))
    if "enum" not in attribute:
        return low, "0", "false"
    definition = definitions[attribute["enum"]]
    names = [constant(definition["name"], entry["name"])
             for entry in definition["entries"]]
    if not attribute.get("enum-as-flags"):
        return names[0], names[-1], "false"
    if definition["type"] == "flags":
        return "0", " | ".join(names), "true"
    return "0", " | ".join(f"1u << {name}" for name in names), "true"


def print_set(entry, definitions):
    name = identifier(entry["name"])
    print(f"\nstatic const struct grammar_attribute {name}_attributes[] = {{")
    for attribute in entry["attributes"]:
        low, high, flags = limits(attribute, definitions)
        nest = attribute.get("nested-attributes")
        print(f"\t{{ \"{attribute['name']}\","
              f" {constant('A', entry['name'], attribute['name'])},"
              f" GRAMMAR_{attribute['type'].upper()},"
              f" {'true' if attribute.get('multi-attr') else 'false'}, {flags},"
              f" {low}, {high}, {attribute.get('checks', {}).get('max-len', 0)},"
              f" {'&' + identifier(nest) + '_set' if nest else 'NULL'} }},")
    print("};\n")
    print(f"static const struct grammar_set {name}_set = {{")
    print(f"\t\"{entry['name']}\", {name}_attributes, COUNT({name}_attributes),")
    print("};")


def nested_first(sets):
    found = []

    def add(name):
        for attribute in sets[name]["attributes"]:
            if "nested-attributes" in attribute:
                add(attribute["nested-attributes"])
        if name not in found:
            found.append(name)

    for name in sets:
        add(name)
    return found


def places(operation, entry):
    """Where in its set each attribute of a request is."""
    names = [attribute["name"] for attribute in entry["attributes"]]
    request = operation.get("do", {}).get("request", {}).get("attributes", [])
    return [str(names.index(name)) for name in request]


def print_commands(spec, sets):
    operations = [operation for operation in spec["operations"]["list"]
                  if "do" in operation or "dump" in operation]
    for operation in operations:
        indexes = places(operation, sets[operation["attribute-set"]])
        print(f"\nstatic const uint8_t {identifier(operation['name'])}_places[] = {{"
              f" {', '.join(indexes)} }};")
    print("\nconst struct grammar_command grammar_commands[] = {")
    for operation in operations:
        name = identifier(operation["name"])
        print(f"\t{{ \"{operation['name']}\", {constant('CMD', operation['name'])},"
              f" &{identifier(operation['attribute-set'])}_set,"
              f" {name}_places, COUNT({name}_places),"
              f" {'true' if 'dump' in operation else 'false'} }},")
    print("};\n\nconst unsigned int grammar_command_count = COUNT(grammar_commands);")
    print("\nconst struct grammar_set *const grammar_sets[] = {")
    for name in sets:
        print(f"\t&{identifier(name)}_set,")
    print("};\n\nconst unsigned int grammar_set_count = COUNT(grammar_sets);")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = yaml.safe_load(file)
    definitions = {one["name"]: one for one in spec["definitions"]}
    sets = {entry["name"]: entry for entry in spec["attribute-sets"]}
    print("// SPDX-License-Identifier: GPL-2.0-only\n"
          "#include \"selftests/netfuzz/grammar.h\"\n\n"
          "#include <stddef.h>\n\n"
          "#include <uapi/teavmx.h>")
    for name in nested_first(sets):
        print_set(sets[name], definitions)
    print_commands(spec, sets)


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
"""Writes the names in a netlink specification as C tables.

usage: names.py SPECIFICATION          for libteavmx
       names.py SPECIFICATION trace    for the module's tracepoints

The kernel's generator writes numbers only.  The tables made here let the
library name the attribute that an extended acknowledgment is about, and the
value of an enum.  Tracepoints print the values of two enums by name.
"""

import sys

import yaml

PREFIX = "TEAVMX_"

# The library's functions for these enums have shorter names.
SHORT_NAMES = {"vcpu-state": "state", "vmx-holder": "holder"}
TRACED = ["vcpu-state", "stop"]


def constant(*words):
    return PREFIX + "_".join(words).upper().replace("-", "_")


def identifier(name):
    return name.replace("-", "_")


def reachable_sets(spec):
    """The sets that requests use, each after the sets that it nests."""
    sets = {entry["name"]: entry for entry in spec["attribute-sets"]}
    found = []

    def add(name):
        if name in found:
            return
        for attribute in sets[name]["attributes"]:
            if "nested-attributes" in attribute:
                add(attribute["nested-attributes"])
        found.append(name)

    for operation in spec["operations"]["list"]:
        if "attribute-set" in operation:
            add(operation["attribute-set"])
    return [sets[name] for name in found]


def print_set(entry):
    name = identifier(entry["name"])
    print(f"\nstatic const struct attribute {name}_attributes[] = {{")
    for attribute in entry["attributes"]:
        number = constant("A", entry["name"], attribute["name"])
        nest = attribute.get("nested-attributes")
        pointer = f", &{identifier(nest)}_set" if nest else ", NULL"
        print(f"\t[{number}] = {{ \"{attribute['name']}\"{pointer} }},")
    print("};\n")
    print(f"static const struct attribute_set {name}_set = {{")
    print(f"\t.attributes = {name}_attributes,")
    print(f"\t.count = COUNT({name}_attributes),")
    print("};")


def print_commands(spec):
    print("\nconst struct attribute_set *attribute_set_of(uint8_t command)")
    print("{\n\tswitch (command) {")
    for operation in spec["operations"]["list"]:
        if "do" not in operation and "dump" not in operation:
            continue
        print(f"\tcase {constant('CMD', operation['name'])}:")
        print(f"\t\treturn &{identifier(operation['attribute-set'])}_set;")
    print("\tdefault:\n\t\treturn NULL;\n\t}\n}")


def print_enum(definition):
    name = SHORT_NAMES.get(definition["name"], identifier(definition["name"]))
    print(f"\nstatic const char *const {name}_names[] = {{")
    for entry in definition["entries"]:
        number = constant(definition["name"], entry["name"])
        print(f"\t[{number}] = \"{entry['name']}\",")
    print("};\n")
    print(f"const char *teavmx_{name}_name(uint32_t value)")
    print(f"{{\n\treturn value < COUNT({name}_names) ? {name}_names[value] : NULL;\n}}")


def print_origin():
    print("/* Do not edit directly, auto-generated from: */")
    print("/*\tDocumentation/netlink/specs/teavmx.yaml */")


def print_traced(spec):
    print("/* SPDX-License-Identifier: GPL-2.0-only */")
    print_origin()
    print("#ifndef _TEAVMX_TRACE_NAMES_GEN_H\n#define _TEAVMX_TRACE_NAMES_GEN_H")
    for definition in spec["definitions"]:
        if definition["name"] not in TRACED:
            continue
        rows = [f"X({constant(definition['name'], entry['name'])}, \"{entry['name']}\")"
                for entry in definition["entries"]]
        print(f"\n#define {constant(definition['name'], 'names')}(X) \\")
        print(" \\\n".join("\t" + row for row in rows))
    print("\n#endif")


def print_library(spec):
    print("// SPDX-License-Identifier: LGPL-2.1-or-later")
    print_origin()
    print('#include "name.h"')
    for entry in reachable_sets(spec):
        print_set(entry)
    print_commands(spec)
    for definition in spec["definitions"]:
        if definition["type"] == "enum":
            print_enum(definition)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = yaml.safe_load(file)
    if sys.argv[2:] == ["trace"]:
        print_traced(spec)
    else:
        print_library(spec)


if __name__ == "__main__":
    main()

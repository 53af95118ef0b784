#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes the descriptions of the requests for syzkaller.

usage: syzkaller.py YNL SPECIFICATION DIR

DIR gets teavmx.txt and teavmx.txt.const, for sys/linux of syzkaller. YNL is the folder
tools/net/ynl of the kernel's source, whose library numbers commands and attributes.
"""

import pathlib
import sys

from grammar import constant, identifier

# VMs are numbered from 1 on after the module was loaded, and a number is not given again
# soon. So this is enough for short programs in a machine that was just started.
IDS = "[0:64]"
HEAD = """\
# The generic netlink family teavmx, written from its specification

include <uapi/linux/netlink.h>
include <uapi/linux/genetlink.h>
include <uapi/linux/teavmx.h>

resource genl_teavmx_family_id[int16]

type msghdr_teavmx[CMD, ATTRS] \
msghdr_netlink[netlink_msg_t[genl_teavmx_family_id, genlmsghdr_t[CMD], ATTRS]]

syz_genetlink_get_family_id$teavmx(name ptr[in, string["teavmx"]], \
fd sock_nl_generic_init) genl_teavmx_family_id
"""


class Descriptions:
    """What is written, and the names whose numbers it needs"""

    def __init__(self, family):
        self.family = family
        self.lines = HEAD.splitlines()
        self.numbers = {}
        self.todo = []
        self.sets = []

    def enum(self, attribute):
        """The flags of an enumeration, of which each is written once"""
        name = attribute.yaml["enum"]
        masks = attribute.yaml.get("enum-as-flags")
        flags = f"teavmx_{identifier(name)}{'_mask' if masks else ''}"
        values = [str(entry.user_value(as_flags=masks))
                  for entry in self.family.consts[name].entries.values()]
        line = f"{flags} = {', '.join(values)}"
        if line not in self.lines:
            self.lines += ["", line]
        return flags

    def payload(self, attribute):
        kind = attribute.yaml["type"]
        if kind == "nest":
            nested = attribute.yaml["nested-attributes"]
            if nested not in self.sets:
                self.sets.append(nested)
                self.todo.append(nested)
            return f"array[teavmx_{identifier(nested)}]"
        if kind == "binary":
            size = attribute.yaml.get("checks", {}).get("max-len")
            unit = attribute.yaml.get("sub-type", "u8").replace("u", "int")
            return f"array[{unit}, 0:{size}]" if size else f"array[{unit}]"
        if kind in ("flag", "string"):
            return {"flag": "void", "string": "string"}[kind]
        integer = kind.replace("u", "int")
        if "enum" in attribute.yaml:
            return f"flags[{self.enum(attribute)}, {integer}]"
        return integer + IDS if attribute.name.split("-")[-1] == "id" else integer

    def attributes(self, name, attributes):
        """A union: a message has any attributes, in any order and number."""
        rows = []
        for attribute in attributes:
            if attribute.yaml["type"] == "pad":
                continue
            number = constant("A", attribute.attr_set.name, attribute.name)
            self.numbers[number] = attribute.value
            nest = "nlnest" if attribute.yaml["type"] == "nest" else "nlattr"
            rows.append(f"\t{number}\t{nest}[{number}, {self.payload(attribute)}]")
        self.lines += ["", f"{name} [", *rows, "] [varlen]"]

    def command(self, operation):
        number = constant("CMD", operation.name)
        self.numbers[number] = operation.req_value
        names = [name for mode in ("do", "dump")
                 for name in operation.yaml.get(mode, {}).get("request", {}).get("attributes", [])]
        policy = f"teavmx_cmd_{identifier(operation.name)}" if names else "void"
        self.lines += ["", f"sendmsg${number}(fd sock_nl_generic_init, msg ptr[in, "
                           f"msghdr_teavmx[{number}, {policy}]], f flags[send_flags])"]
        if names:
            self.attributes(policy, [operation.attr_set[name] for name in dict.fromkeys(names)])

    def write(self, folder):
        for operation in self.family.ops.values():
            if "do" in operation.yaml or "dump" in operation.yaml:
                self.command(operation)
        while self.todo:
            name = self.todo.pop()
            self.attributes(f"teavmx_{identifier(name)}", self.family.attr_sets[name].attrs.values())
        folder.mkdir(parents=True, exist_ok=True)
        text = "\n".join(self.lines) + "\n"
        (folder / "teavmx.txt").write_text(text, encoding="utf-8")
        numbers = "".join(f"{name} = {value}\n" for name, value in sorted(self.numbers.items()))
        (folder / "teavmx.txt.const").write_text(f"arches = amd64\n{numbers}", encoding="utf-8")


def main():
    ynl, specification, folder = sys.argv[1:]
    sys.path.insert(0, ynl)
    from lib import SpecFamily  # pylint: disable=import-outside-toplevel
    Descriptions(SpecFamily(specification, schema_path="")).write(pathlib.Path(folder))


if __name__ == "__main__":
    main()

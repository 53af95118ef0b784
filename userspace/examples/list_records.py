#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: list_records YNL SPECIFICATION

Lists the VMs and the records of their logs, without libteavmx: YNL is the folder
tools/net/ynl of the kernel's source, and SPECIFICATION the file
Documentation/netlink/specs/teavmx.yaml.
"""

import sys


def records(family, number):
    """The records of a VM's log; a reply has as many as one message holds."""
    seq = 0
    while True:
        reply = family.do("event-get", {"vm-id": number, "seq": seq})
        if not reply.get("record"):
            return
        yield from reply["record"]
        seq = reply["seq"]


def value_text(name, value):
    """Texts are bytes too, as they are in no encoding."""
    if name == "text":
        return value.decode("latin-1").strip()
    return value.hex() if isinstance(value, bytes) else value


def show(record):
    """One line: number, vCPU, type, and what else the record has."""
    print(f"  #{record['seq']} vCPU {record.get('vcpu-id', '-')} {record['type']}",
          *[f"{name}={value_text(name, value)}" for name, value in record.items()
            if name not in ("seq", "time", "type", "vcpu-id")])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.path.insert(0, sys.argv[1])
    from lib import NlError, YnlFamily

    # The schema would be a file beside the specification, in the kernel's source. ynl
    # raises no other exception than this if there is no such family.
    try:
        family = YnlFamily(sys.argv[2], schema="")
    except Exception as error:
        sys.exit(f"list_records: {error}")
    try:
        for machine in family.dump("vm-get", {}):
            print(f"VM {machine['id']}: {machine['vcpus']} vCPUs")
            for record in records(family, machine["id"]):
                show(record)
    except NlError as error:
        # The kernel's message names what is wrong with a request.
        sys.exit(f"list_records: {error.nl_msg.extack or error}")


if __name__ == "__main__":
    main()

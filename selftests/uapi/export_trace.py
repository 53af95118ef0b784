# SPDX-License-Identifier: GPL-2.0-only
"""usage: export_trace.py FILE

Checks a trace by the rules of "Trace Event Format" (the JSON Object Format, its phases
and their members), which Perfetto's page "Visualizing external trace formats" refers to,
and prints what it has. Perfetto lays slices of a thread that overlap without nesting
out on a track of their own, so these are refused here.
"""

import collections
import json
import sys

MEMBERS = {'B': {'name', 'cat'}, 'E': {'name', 'cat'},
           'i': {'name', 'cat', 's'},
           'C': {'name'}, 'M': {'name'}}
COMMON = {'ph', 'pid', 'tid', 'ts'}
NAMES = {'process_name': 'name', 'thread_name': 'name', 'thread_sort_index': 'sort_index'}


def refuse(event, why):
    sys.exit(f'{why}: {json.dumps(event)}')


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def check_members(event):
    phase = event.get('ph')
    if phase not in MEMBERS:
        refuse(event, 'unknown phase')
    if set(event) - {'args'} != COMMON | MEMBERS[phase]:
        refuse(event, 'members')
    if not all(isinstance(event[key], int) and 0 <= event[key] < 2 ** 32
               for key in ('pid', 'tid')):
        refuse(event, 'pid or tid')
    if not is_number(event['ts']) or event['ts'] < 0:
        refuse(event, 'ts')
    if not isinstance(event['name'], str) or not event['name']:
        refuse(event, 'name')
    if not isinstance(event.get('args', {}), dict):
        refuse(event, 'args')


def check_phase(event):
    phase = event['ph']
    args = event.get('args')
    if phase == 'i' and event['s'] not in ('g', 'p', 't'):
        refuse(event, 'scope')
    if phase == 'C' and not (args and all(map(is_number, args.values()))):
        refuse(event, 'counter')
    if phase == 'M' and list(args or {}) != [NAMES.get(event['name'])]:
        refuse(event, 'metadata')


def check_numbers(event, value):
    """Numbers that a reader with double precision would change"""
    if isinstance(value, dict):
        for each in value.values():
            check_numbers(event, each)
    elif isinstance(value, int) and abs(value) > 2 ** 53:
        refuse(event, 'number')


def check_nesting(events):
    """In the order of time; the order in the file decides for the same time."""
    names = []
    for event in sorted(events, key=lambda each: each['ts']):
        if event['ph'] == 'B':
            names.append((event['cat'], event['name']))
        elif not names or names.pop() != (event['cat'], event['name']):
            refuse(event, 'end without its begin')
        if len(names) > 2 or names[1:] and names[0][0] != 'state':
            refuse(event, 'nesting')
    if names:
        sys.exit('a slice has no end')


def main():
    with open(sys.argv[1], encoding='ascii') as file:
        trace = json.load(file)
    if trace.get('displayTimeUnit') not in ('ms', 'ns'):
        sys.exit('displayTimeUnit')
    threads = collections.defaultdict(list)
    owners = {}
    found = collections.Counter()
    for event in trace['traceEvents']:
        check_members(event)
        check_phase(event)
        check_numbers(event, event.get('args', {}))
        if owners.setdefault(event['tid'], event['pid']) != event['pid']:
            refuse(event, 'thread of two processes')
        if event['ph'] in 'BE':
            threads[event['tid']].append(event)
        found[event['ph'], event['name']] += 1
    for events in threads.values():
        check_nesting(events)
    for (phase, name), count in sorted(found.items()):
        print(phase, name, count)


main()

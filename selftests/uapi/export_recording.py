# SPDX-License-Identifier: GPL-2.0-only
"""usage: export_recording.py KIND OUT [NUMBER]

Writes a recording, as Documentation/recordings.rst describes the format: small (two
vCPUs, lost records, text), hostile (text that is markup), busy (NUMBER exits, of 100 ns
to 25.6 us), vms (NUMBER VMs with an exit), numbers (vCPUs with high numbers), later
(blocks of unknown kinds, from a later version), filtered (with exits left out), calls
(VMCALLs of a TEA program), quiet (no exit), or empty (no record).
"""

import struct
import sys

TEXT, VMX_EXIT, STATE, LOST, VM_NEW, VM_END = 1, 3, 5, 11, 12, 13
READY, RUNNING, PAUSED, EXITED = 1, 2, 3, 6
CPUID, HLT, VMCALL, IO = 10, 12, 18, 30
BEGIN = 1000000000
CODED = 104
HAS_PID, HAS_VALUE, HAS_TICKS = 1 << 16, 1 << 21, 1 << 35
VERSION = b'0.1.0'
HOSTILE = b'</script><script>document.title="owned"</script>'
HOSTILE_TEXTS = [b'</script><i id=owned>', b'<img src=x onerror=body.id=1>\0\1\x1b',
                 b'<!--<script>\xe2\x80\xa8"\\\n', b'__proto__', b'&lt;b&gt;${1}`']


class Recording:
    """A file of blocks, with compact records of one VM"""

    def __init__(self, path, version):
        self.file = open(path, 'wb')
        self.seq = 0
        self.file.write(struct.pack(
            '<8sIIIIIIQQ32s64s64s', b'teavmrec', 1, 208, CODED, 7, 1000000, 0,
            1800000000000000000, BEGIN, version, b'6.12.0', b'a CPU'))

    def block(self, kind, vm, contents):
        self.file.write(struct.pack('<IIII', kind, len(contents), vm, 0) + contents)

    def compact(self, time, vcpu, kind, contents, has=0):
        self.seq += 1
        return struct.pack('<QQQIHBB', self.seq, BEGIN + time, has, vcpu, 1, kind,
                           0) + contents.ljust(CODED - 32, b'\0')

    def exit(self, time, vcpu, reason, rip=0x1000, qualification=0, ticks=0):
        """The time-stamp counter has 1 tick in a ns."""
        return self.compact(time, vcpu, VMX_EXIT, struct.pack(
            '<QQQQQIIIIIIII', qualification, rip, 0, 0, 0, reason, 0, 0, 0, 0, 0, 0,
            ticks), HAS_TICKS if ticks else 0)

    def call(self, time, value):
        """A VMCALL of process 1"""
        return self.compact(time, 1, VMX_EXIT, struct.pack(
            '<QQQQQIIIIIIII', 0, 0x1000, value, 0, 0, VMCALL, 0, 0, 0, 0, 0, 0, 0),
            HAS_PID | HAS_VALUE)

    def state(self, time, vcpu, state):
        return self.compact(time, vcpu, STATE, struct.pack('<II', state, 0))

    def text(self, time, vcpu, text):
        return self.compact(time, vcpu, TEXT, bytes([len(text)]) + text)

    def stream(self, vm, kind, seq=0, last=0):
        """A record without a vCPU, as attributes: type, seq, last"""
        attributes = struct.pack('<HHI', 8, 3, kind)
        if seq:
            attributes += struct.pack('<HHQ', 12, 1, seq)
        if last:
            attributes += struct.pack('<HHQ', 12, 34, last)
        self.block(3, vm, attributes)

    def long_text(self, vm, text):
        """A text as attributes: type, seq, text"""
        self.seq += 1
        self.block(3, vm, struct.pack('<HHIHHQHH', 8, 3, TEXT, 12, 1, self.seq,
                                      4 + len(text), 6) + text)

    def records(self, vm, *records):
        self.block(2, vm, b''.join(records))

    def end(self, time):
        self.block(5, 0, struct.pack('<Q', BEGIN + time))
        self.file.close()


def small(recording):
    recording.stream(1, VM_NEW)
    recording.records(
        1,
        recording.state(0, 1, READY), recording.state(1000, 1, RUNNING),
        recording.exit(5000, 1, CPUID, 0x7c00), recording.exit(7500, 1, CPUID, 0x7c02, 0, 1000),
        recording.state(6000, 2, RUNNING), recording.text(8000, 1, b'hello'),
        recording.exit(9000, 1, IO, 0x7c04, 0x00e90000),
        recording.exit(9500, 2, HLT, 0xffffffff80001234),
        recording.state(12000, 1, PAUSED))
    recording.stream(1, LOST, 10, 14)
    recording.seq = 14
    recording.records(1, recording.exit(20000, 2, CPUID), recording.exit(30000, 2, HLT),
                      recording.state(40000, 2, EXITED))
    recording.stream(1, VM_END, 0, 17)


def filtered(recording):
    """A state, and of five exits the first, the fourth and the fifth"""
    records = [recording.state(0, 1, RUNNING), recording.exit(1000, 1, CPUID)]
    recording.seq += 2
    records += [recording.exit(9000, 1, CPUID, ticks=1000),
                recording.exit(9500, 1, HLT, ticks=100)]
    recording.records(1, *records)


def calls(recording):
    """Two services from one place, one from another, and what is no service"""
    recording.records(1, *(recording.call(1000 * n, value) for n, value in enumerate(
        (0x480002, 0x480002, 0x490001, 0x4a0000, 1 << 32 | 0x4b0002))))


def hostile(recording):
    recording.records(1, recording.state(0, 1, RUNNING),
                      *(recording.text(1000 * n, 1, text)
                        for n, text in enumerate(HOSTILE_TEXTS, 1)),
                      recording.exit(9000, 1, 0xffff, 2 ** 64 - 1, 2 ** 64 - 1),
                      # A time before that of the record before
                      recording.exit(500, 1, CPUID), recording.state(400, 1, 99))
    recording.long_text(1, HOSTILE)


def busy(recording, number):
    time = 0
    recording.records(1, recording.state(0, 1, RUNNING), recording.state(0, 2, RUNNING))
    for begin in range(0, number, 500):
        items = []
        for n in range(begin, min(begin + 500, number)):
            time += 100 << (n % 9)
            items.append(recording.exit(time, 1 + n % 2, (CPUID, HLT, IO)[n % 3],
                                        0x1000 + n % 64))
        recording.records(1, *items)
    return time


def vms(recording, number):
    for vm in range(1, number + 1):
        recording.records(vm, recording.exit(vm, 1, CPUID))


def numbers(recording):
    recording.stream(1, VM_NEW)
    recording.stream(3, VM_NEW)
    for vcpu in (1, 1001, 2 ** 32 - 1):
        recording.records(1, recording.exit(1000, vcpu, CPUID))
    for vcpu in (1, 2000):
        recording.records(2, recording.exit(2000, vcpu, HLT))


def main():
    kind, path = sys.argv[1:3]
    recording = Recording(path, b'99.0.0' if kind == 'later' else VERSION)
    time = 40000
    if kind == 'small':
        small(recording)
    elif kind == 'hostile':
        hostile(recording)
    elif kind == 'filtered':
        filtered(recording)
    elif kind == 'calls':
        calls(recording)
    elif kind == 'quiet':
        recording.records(1, recording.state(0, 1, RUNNING))
    elif kind == 'busy':
        time = busy(recording, int(sys.argv[3]))
    elif kind == 'later':
        recording.block(1000, 1, b'text')
        recording.records(1, recording.exit(0, 1, CPUID))
        recording.block(1001, 1, b'')
    elif kind == 'numbers':
        numbers(recording)
    elif kind == 'vms':
        vms(recording, int(sys.argv[3]))
    recording.end(time)


main()

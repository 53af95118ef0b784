#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# All vectors in the kernel: in VMX guests where there is VMX, else in the
# software backend. Random programs in both, and some translated in VMX guests.

if teavmx info | grep -q '^vmx *ready'; then
	exec "$(dirname "$0")/../tea/conform_test.sh" vmx vmx-jit:differential soft:random
fi
exec "$(dirname "$0")/../tea/conform_test.sh" soft

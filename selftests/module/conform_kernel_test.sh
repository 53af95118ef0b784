#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# All vectors in the kernel: in VMX guests where there is VMX, else in the
# software backend, where there is VMX only random programs. In VMX guests all are
# also translated.

if teavmx info | grep -q '^vmx *ready'; then
	exec "$(dirname "$0")/../tea/conform_test.sh" vmx vmx-jit soft:random
fi
exec "$(dirname "$0")/../tea/conform_test.sh" soft

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The debugger gives the same transcripts in user space, in the software backend,
# and in VMX guests where there is VMX.

if teavmx info | grep -q '^vmx *ready'; then
	exec "$(dirname "$0")/../tea/debug_test.sh" user soft vmx
fi
exec "$(dirname "$0")/../tea/debug_test.sh" user soft

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A share of the requests of "make check-debug STAGES=netfuzz".  The seed is fixed, so
# that a failure is one of the module.  NETFUZZ_REQUESTS and NETFUZZ_SEED choose others,
# and have the tables printed.

requests=20000
# Where VMX can be used, the processor is emulated instruction by instruction.
! grep -q '^flags.* vmx' /proc/cpuinfo || requests=4000

exec "$(dirname "$0")/../netfuzz/netfuzz" -s "${NETFUZZ_SEED:-1}" \
	-n "${NETFUZZ_REQUESTS:-$requests}" ${NETFUZZ_REQUESTS:+-v}

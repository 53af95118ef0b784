#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# "teavmx gallery": one payload, all of them, and those that cannot run here.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

ktap_start
cd "$work" || exit 1
if ! has_vmx; then
	teavmx gallery >out 2>err
	ktap_same "without VMX: status 3, and nothing is printed" "3|" "$?|$(cat out)"
	ktap_same "without VMX: what is possible" \
		"'teavmx gallery --list NAME' shows a payload without running it; for an emulated Intel host, in the sources of teavmx: make shell" \
		"$(tail -n 1 err)"
	ktap_finish
fi

broken=$(cat /sys/module/teavmx/parameters/vmx_break)
teavmx gallery invlpg >out 2>err
ktap_same "one payload: status" 0 $?
cat >wanted <<'END'
invlpg: exit 14 INVLPG
  what           INVLPG of an address, which is in the qualification.
  mode           protected
  set-up         reason routed to the host program, which sets its control
  code               invlpg 0x12345
  read           SDM "Instructions That Cause VM Exits Conditionally"
  exit           14 INVLPG
  qualification  0x12345
  decoded        linear address 0x12345
END
ktap_same "one payload: what is printed" "$(cat wanted)" "$(cat out)"
ktap_same "one payload: no complaint" "" "$(cat err)"
teavmx gallery -j io_in >out 2>err
ktap_same "JSON: status" 0 $?
matches "JSON: as expected" out '"outcome":"expected","exit":\{.*"text":"in, port 0xcf8, size 4"'
matches "JSON: the fields of the event" out '"exit":\{"reason":30,"name":"IO_INSTRUCTION"'

# Without vmx_break=1 the payloads that write the VMCS are named, with the reason.
teavmx gallery invalid_guest_state >out 2>err
got=$?
if [ "$broken" = N ]; then
	ktap_same "a payload that needs vmx_break=1: status" 3 $got
	matches "a payload that needs vmx_break=1: the reason" out \
		'^  not run        the module was loaded without vmx_break=1$'
else
	ktap_same "a payload that needs vmx_break=1: status" 0 $got
	matches "a failed entry: its reason" out '^  exit           33 INVALID_GUEST_STATE$'
	matches "a failed entry: the finding" out '^  finding        VMCS link pointer 0x123: the address is not aligned'
fi

teavmx gallery >out 2>err
ktap_same "all payloads: status" 0 $?
ktap_same "all payloads: each one is shown" "$(teavmx gallery --list | cut -d ' ' -f 1)" \
	"$(sed -n 's/^\([a-z_]*\): exit .*/\1/p' out)"
matches "all payloads: the last line counts" out \
	'^[0-9]+ payloads exited as expected, 0 did not, [0-9]+ cannot run here$'
ktap_same "all payloads: the count is that of the payloads" \
	"$(teavmx gallery --list | wc -l)" \
	"$(tail -n 1 out | awk '{ print $1 + $9 }')"
ktap_same "all payloads: a reason for each that cannot run" \
	"$(tail -n 1 out | awk '{ print $9 }')" "$(grep -c '^  not run  ' out)"
sed 's/^/# /' err
ktap_same "no VM is left" '{"vms":[]}' "$(teavmx list -j)"
ktap_finish

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The commands of the page on the doctor, which make VM entries fail, find what the
# page says. Needs VMX and the module with vmx_break=1.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

ktap_start

needs_vmx "failed entries"

cp "$here/payload/hello-16.bin" "$work/hello.bin"
cp "$here/doctor.rst" "$work/page"
cd "$work" || exit 1

# Each command, a "|", and the line below it
sed -n '/^    \$ teavmx raw --write/ { s/^    \$ teavmx //; N; s/\n    /|/; p; }' \
	page >commands
ktap_same "the page has commands" 5 "$(wc -l <commands)"

while IFS='|' read -r arguments finding; do
	# shellcheck disable=SC2086
	timeout 60 teavmx $arguments >out 2>err </dev/null
	ktap_same "$arguments: status" 6 $?
	ktap_same "$arguments: the payload did not run" "" "$(cat out)"
	ktap_same "$arguments: the first finding" "$finding" \
		"$(grep '^finding' err | head -n 1)"
done <commands

while IFS='|' read -r group field; do
	timeout 60 teavmx raw --write "$field" hello.bin >out 2>err </dev/null
	contains "$field: the group" err "$group"
done <<'TABLE'
reason 0x80000021|guest_rflags=0
VM-instruction error 7|0x400a=5
VM-instruction error 8|HOST_TR_SELECTOR=0
TABLE

timeout 60 teavmx raw --write GUEST_RFLGS=0 hello.bin >out 2>err </dev/null
ktap_same "a field that does not exist" \
	"2|teavmx: raw: unknown VMCS field 'GUEST_RFLGS', did you mean 'GUEST_RFLAGS'?" \
	"$?|$(head -n 1 err)"
timeout 60 teavmx raw --write GUEST_RFLAGS hello.bin >out 2>err </dev/null
ktap_same "no value" "2|teavmx: raw: expected FIELD=VALUE, got 'GUEST_RFLAGS'" \
	"$?|$(head -n 1 err)"
ktap_finish

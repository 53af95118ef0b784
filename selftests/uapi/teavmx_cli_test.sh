#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What teavmx answers without a module, as a table: arguments, exit status,
# first line on standard error. Wrong words are found before the engine is asked.

# shellcheck source=selftests/tea/ktap.sh
. "$(dirname "$0")/../tea/ktap.sh"

TEAVMX=${TEAVMX:-teavmx}
[ ! -x "$here/../../teavmx" ] || TEAVMX=$here/../../teavmx

check()
{
	arguments=$1
	# shellcheck disable=SC2086
	"$TEAVMX" $arguments >out 2>err </dev/null
	got=$?
	ktap_same "teavmx $arguments" "$2|$3" "$got|$(head -n 1 err)"
}

ktap_start
cd "$work" || exit 1
printf 'aT\0\11\0\0\0\0\0\0\123' >ok.cup

while IFS='|' read -r arguments status line; do
	check "$arguments" "$status" "$line"
done <<'TABLE'
help|0|
--help|0|
-h|0|
help run|0|
help monitor|0|
help list|0|
help kill|0|
help info|0|
help version|0|
help caps|0|
run --help|0|
run -h|0|
monitor --help|0|
list --help|0|
kill --help|0|
info --help|0|
version --help|0|
caps --help|0|
caps -h|0|
--version|0|
version|0|
version -j|0|
help rum|2|teavmx: unknown verb 'rum', did you mean 'run'?
rum|2|teavmx: unknown verb 'rum', did you mean 'run'?
lst|2|teavmx: unknown verb 'lst', did you mean 'list'?
mon|2|teavmx: unknown verb 'mon'
frobnicate|2|teavmx: unknown verb 'frobnicate'
--frob|2|teavmx: unknown option '--frob', expected a verb first
-j list|2|teavmx: unexpected word 'list', expected the verb before -j
list vm|2|teavmx: list: unexpected word 'vm'
info now|2|teavmx: info: unexpected word 'now'
info --jsno|2|teavmx: info: unknown option '--jsno', did you mean '--json'?
info --json=1|2|teavmx: info: option '--json' takes no value
info -x|2|teavmx: info: unknown option '-x'
run|2|teavmx: run: expected an object FILE
run --json|2|{"error":{"code":2,"message":"run: expected an object FILE","hint":"see 'teavmx help run'"}}
run --bakend soft ok.cup|2|teavmx: run: unknown option '--bakend', did you mean '--backend'?
run --backend hard ok.cup|2|teavmx: run: --backend: expected vmx or soft, got 'hard'
run --backend|2|teavmx: run: option '--backend' needs a value
run --stack 0 ok.cup|2|teavmx: run: --stack: expected 1 to 65535, got '0'
run --stack 65536 ok.cup|2|teavmx: run: --stack: expected 1 to 65535, got '65536'
run --stack 1k ok.cup|2|teavmx: run: --stack: expected 1 to 65535, got '1k'
run --pid 0 ok.cup|2|teavmx: run: --pid: expected 1 to 255, got '0'
run --pid 256 ok.cup|2|teavmx: run: --pid: expected 1 to 255, got '256'
run ok.cup 256|2|teavmx: run: argument '256': not from -128 to 255, write w:256 for two bytes
run ok.cup w:x|2|teavmx: run: argument 'w:x': expected w: and an integer from -32768 to 65535
run missing.cup|1|teavmx: missing.cup: No such file or directory
run .|1|teavmx: .: Is a directory
kill|2|teavmx: kill: expected VM or VM.VCPU
kill 0|2|teavmx: kill: expected VM or VM.VCPU with numbers from 1, got '0'
kill all|2|teavmx: kill: expected VM or VM.VCPU with numbers from 1, got 'all'
kill 1.|2|teavmx: kill: expected VM or VM.VCPU with numbers from 1, got '1.'
kill 1.2 3|2|teavmx: kill: expected VM or VM.VCPU with numbers from 1, got '1.2 3'
kill 1 2 3|2|teavmx: kill: unexpected word '3'
kill -1|2|teavmx: kill: unknown option '-1'
monitor now|2|teavmx: monitor: unexpected word 'now'
monitor --vm 0|2|teavmx: monitor: --vm: expected the number of a VM, got '0'
monitor --count 0|2|teavmx: monitor: --count: expected a number from 1, got '0'
monitor --for 0|2|teavmx: monitor: --for: expected seconds, such as 10 or 10s, got '0'
monitor --for soon|2|teavmx: monitor: --for: expected seconds, such as 10 or 10s, got 'soon'
caps now|2|teavmx: caps: unexpected word 'now'
caps --cpu|2|teavmx: caps: option '--cpu' needs a value
caps --cpu all|2|teavmx: caps: --cpu: expected the number of a CPU, got 'all'
caps --cpu -1|2|teavmx: caps: --cpu: expected the number of a CPU, got '-1'
caps --cpu 4294967296|2|teavmx: caps: --cpu: expected the number of a CPU, got '4294967296'
caps --cpus 1|2|teavmx: caps: unknown option '--cpus', did you mean '--cpu'?
caps --long=1|2|teavmx: caps: option '--long' takes no value
cap|2|teavmx: unknown verb 'cap', did you mean 'caps'?
monitor --from 1|2|teavmx: monitor: --from: expected --vm with it, as every VM counts by itself
TABLE

if [ -e /sys/module/teavmx ]; then
	ktap_skip "without a module" "the module is loaded here"
	ktap_finish
fi

# Each verb that needs the engine gives the cause and one next step, and 3.
for verb in "" info caps list monitor "kill 1" "kill 1.1" "run ok.cup"; do
	# shellcheck disable=SC2086
	"$TEAVMX" $verb >out 2>err </dev/null
	got=$?
	ktap_same "teavmx $verb: status without a module" 3 "$got"
	ktap_same "teavmx $verb: cause and next step" "2 0" \
		"$(wc -l <err) $(wc -c <out)"
	grep -q "^teavmx: engine: .*($(uname -r))\|^teavmx: engine: .* $(uname -r)" err
	ktap_result $? "teavmx $verb: names the running kernel"
	tail -n 1 err | grep -q 'modprobe teavmx\|insmod build/module/'
	ktap_result $? "teavmx $verb: names the command that mends it"
done
"$TEAVMX" info --json >out 2>err
grep -q '^{"error":{"code":3,"errno":2,"message":"engine: .*","hint":".*"}}$' err
ktap_result $? "the same as JSON"
ktap_same "no JSON on standard output then" "" "$(cat out)"
"$TEAVMX" help >/dev/full 2>err
ktap_same "a full disk is noticed" "1|teavmx: standard output: No space left on device" \
	"$?|$(cat err)"
"$TEAVMX" __complete vms >out 2>err
ktap_same "no candidates without a module, and no words" "0||" \
	"$?|$(cat out)|$(cat err)"
ktap_finish

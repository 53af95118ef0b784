#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The command line against the loaded module: results, exit statuses, wrong
# turns, signals, readers that go away.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

examples=/usr/share/teavmx/examples
hello=$examples/hello.cup
backend=soft
! has_vmx || backend=vmx

# What does not end by itself is killed, and its status 137 then differs from
# the one that is wanted. A job that begins with it is one process, which takes
# signals.
bounded="timeout -s KILL 60 teavmx"

teavmx()
{
	$bounded "$@"
}

# run ARGUMENT...: teavmx run with the backend there is
run()
{
	teavmx run --backend $backend "$@" >"$work/out" 2>"$work/err" </dev/null
}

# listening: the job that is teavmx monitor can miss nothing any more
listening()
{
	within 10 shows listening cat "$work/said"
}

# watch ARGUMENT...: teavmx monitor as a job, into events and said
watch()
{
	# The output of the one before would seem to be its own.
	: >"$work/said"
	$bounded monitor "$@" >"$work/events" 2>"$work/said" &
	monitor=$!
	listening
}

ktap_start

run $hello
ktap_same "hello: status" 0 $?
ktap_same "hello: text and result, nothing else" \
	"hello, world|exit 0 Normal (the program executed its exit instruction): value 12" \
	"$(paste -sd '|' "$work/out")"
matches "hello: the exit message on standard error" "$work/err" \
	'^exit message 80 1a 01 00 00 0c, [0-9]+ steps$'
if [ $backend = vmx ]; then
	matches "hello: VMX exits on standard error" "$work/err" \
		'^VMX exit 18 VMCALL: [0-9]+ times$'
else
	ktap_skip "hello: VMX exits on standard error" "no VMX here"
fi
run --quiet $hello
ktap_same "--quiet keeps standard error empty" "0|" "$?|$(cat "$work/err")"

run --json $hello
ktap_same "--json: status, one line, no other words" "0|1|" \
	"$?|$(wc -l <"$work/out")|$(cat "$work/err")"
for part in '"message":"801a0100000c"' '"code":0' '"name":"Normal"' \
	'"value":12' '"text":"hello, world\\n"' '"steps":[0-9]+' '"vm":[1-9][0-9]*' \
	'"vcpu":1' "\"backend\":\"$backend\"" '"exits":\['; do
	matches "--json: $part" "$work/out" "$part"
done
if [ $backend = vmx ]; then
	matches "--json: VMCALL exits" "$work/out" \
		'\{"reason":18,"name":"VMCALL","count":[1-9][0-9]*\}'
else
	ktap_same "--json: no exits in software" 1 "$(grep -c '"exits":\[\]' "$work/out")"
fi

run $examples/divide.cup
ktap_same "a program that fails: status and line" \
	"6|exit 6 DivByZero (the program divided by zero): value void" \
	"$?|$(cat "$work/out")"
run --json $examples/divide.cup
ktap_same "a program that fails: JSON status" 6 $?
matches "a program that fails: JSON" "$work/out" '"message":"801a0106","code":6,.*"value":null'

run --stack 1 $hello
ktap_same "a stack that is too small" "6|exit 9" "$?|$(cut -c 1-6 "$work/out")"
matches "the message names the rule" "$work/err" 'hello.cup: offset 4: .* bytes of stack, it has 1$'
printf 'aT\0\11\0' >"$work/short.cup"
run "$work/short.cup"
ktap_same "a truncated file" "6|exit 11 BadCode" "$?|$(cut -c 1-15 "$work/out")"
matches "the message has the place" "$work/err" 'short.cup: offset 5: the file ends here'
printf 'aT\0\12\0\0\123\0\0\0\0' >"$work/version.cup"
run "$work/version.cup"
ktap_same "a file of another version" "6|exit 10 BadVersion" "$?|$(cut -c 1-18 "$work/out")"
head -c 70000 /dev/zero >"$work/huge.cup"
run "$work/huge.cup"
ktap_same "a huge file" "1|" "$?|$(cat "$work/out")"
matches "the message has the limit" "$work/err" 'an object file has at most 65541 bytes \(attribute program\)$'
run $hello extra
ktap_same "an argument too many" "6|exit 9 BadStartup" "$?|$(cut -c 1-17 "$work/out")"
run --pid 77 --json $hello
matches "a chosen process number" "$work/out" '"message":"801a4d00000c"'

if [ $backend = soft ]; then
	teavmx run $hello >"$work/out" 2>"$work/err"
	ktap_same "no VMX: status 3 and nothing printed" "3|" "$?|$(cat "$work/out")"
	matches "no VMX: the kernel's message" "$work/err" '^teavmx: cannot create a vCPU in a new VM: .*VMX'
	matches "no VMX: the way out" "$work/err" '--backend soft'
	teavmx run --json $hello >"$work/out" 2>"$work/err"
	ktap_same "no VMX: JSON status" 3 $?
	matches "no VMX: JSON" "$work/err" '^\{"error":\{"code":3,"errno":95,"message":".*VMX.*","hint":".*--backend soft.*"\}\}$'
else
	ktap_skip "no VMX" "this machine has VMX"
fi

# No VM, no vCPU
for command in "kill 4000000000" "kill 4000000000.1" "monitor --vm 4000000000"; do
	# shellcheck disable=SC2086
	teavmx $command >"$work/out" 2>"$work/err"
	ktap_same "teavmx $command: a refusal and a hint" "5|2" "$?|$(wc -l <"$work/err")"
done
matches "the attribute is named" "$work/err" 'attribute id'
teavmx kill --if-exists 4000000000
ktap_same "kill --if-exists" 0 $?
teavmx kill --json 4000000000 2>"$work/err"
matches "kill --json" "$work/err" '^\{"error":\{"code":5,"errno":2,"message":".*","attribute":"id","hint":"of a VM that has ended, .*"\}\}$'

# Detached, listed, killed
run --detach $examples/loop.cup
ktap_same "--detach: status" 0 $?
target=$(cat "$work/out")
vm=${target%.*}
matches "--detach: prints VM.VCPU" "$work/out" '^[0-9]+\.1$'
teavmx list >"$work/out"
matches "list: a line for it" "$work/out" "^ *$vm +1 +1 +$backend +running"
teavmx list --json >"$work/out"
matches "list --json" "$work/out" "^\\{\"vms\":\\[\\{\"vm\":$vm,\"detached\":true,.*\"state\":\"running\""
teavmx >"$work/out"
matches "bare teavmx: the engine" "$work/out" '^engine: .*, 1 VM$'
matches "bare teavmx: its VMs" "$work/out" "^ *$vm +1 "
teavmx inject "$target" 32 >"$work/out" 2>"$work/err"
ktap_same "inject into a TEA process: status" "1|" "$?|$(cat "$work/out")"
matches "inject into a TEA process: the reason" "$work/err" 'the VM is not a raw one [(]attribute vm-id[)]$'
teavmx run --backend soft --detach $examples/loop.cup >"$work/soft"
teavmx vmcs "$(cat "$work/soft")" >"$work/out" 2>"$work/err"
ktap_same "vmcs of a process without VMX: status" "1|" "$?|$(cat "$work/out")"
matches "vmcs of a process without VMX: the reason" "$work/err" 'the vCPU has no VMCS, as its back end is not vmx$'
# Events of another VM must not keep a request from its end.
printf 'l: pushlb 65\npopbm 0x11\ngoto l\n' | tea as -o "$work/noisy.cup" -
noisy=$(teavmx run --backend soft --detach "$work/noisy.cup")
for time in first second; do
	timeout 10 teavmx pause "$(cat "$work/soft")" >"$work/out" 2>&1
	ktap_same "pause while another VM makes events, the $time time" \
		"0|stopped: as requested" "$?|$(head -n 1 "$work/out")"
done
teavmx kill "${noisy%.*}"
teavmx kill "$(cut -d. -f1 "$work/soft")"
teavmx kill "$target"
ktap_same "kill VM.VCPU" 0 $?
within 5 shows 'exit 1 Kill' teavmx list
ktap_result $? "list: it was killed"
teavmx kill "$target" 2>"$work/err"
ktap_same "kill it again" "5|1" "$?|$(grep -c exited "$work/err")"
teavmx kill "$vm"
ktap_same "kill VM" 0 $?
within 5 no_vms
ktap_result $? "kill VM: it is gone"
run --detach --stack 1 $hello
ktap_same "--detach: a program that does not start leaves no VM" "6|" \
	"$?|$(teavmx list 2>/dev/null)"
# lost NAME ARGUMENT...: the VM does not remain, as its number is lost
lost()
{
	lost_name=$1
	shift
	teavmx "$@" >/dev/full 2>"$work/err"
	ktap_same "$lost_name: status and message" \
		"1|teavmx: standard output: No space left on device" \
		"$?|$(head -n 1 "$work/err")"
	within 5 no_vms
	ktap_same "$lost_name: no VM remains" '{"vms":[]}' "$(teavmx list --json)"
}
lost "run --detach, number lost" run --backend $backend --detach $examples/loop.cup
lost "slots new, number lost" slots new
if [ $backend = vmx ]; then
	printf '\364' >"$work/hlt.bin"
	lost "raw --detach, number lost" raw --detach --paused "$work/hlt.bin"
	vm=$(teavmx raw --detach --paused "$work/hlt.bin")
	vm=${vm%.*}
	teavmx snapshot "$vm"
	teavmx clone "$vm" >/dev/full 2>"$work/err"
	ktap_same "clone, number lost: status, and no VM but the first" "1|1" \
		"$?|$(teavmx list --json | grep -o '"detached":' | wc -l)"
	teavmx kill "$vm"
	within 5 no_vms
else
	ktap_skip "raw --detach, number lost" "no VMX here"
	ktap_skip "clone, number lost" "no VMX here"
fi
teavmx list >"$work/out" 2>"$work/err"
ktap_same "list: none, and no table" "0||teavmx: no VMs" "$?|$(cat "$work/out")|$(cat "$work/err")"

# Ctrl-C
$bounded run --backend $backend $examples/loop.cup >"$work/out" 2>"$work/err" </dev/null &
within 5 shows running teavmx list
usleep 200000
kill -INT $!
wait $!
ktap_same "Ctrl-C: status 7 and the result" "7|exit 1 Kill (the process was killed): value void" \
	"$?|$(cat "$work/out")"
matches "Ctrl-C: one exit message" "$work/err" '^exit message 80 1a 01 01,'
# It sleeps for 32 seconds at a time, so that it is not over before the signal.
printf 'l: pushls 0x7fff\npopsm 0\ngoto l\n' | tea as -o "$work/sleep.cup" -
process=$(teavmx run --detach --backend $backend "$work/sleep.cup")
within 5 shows sleeping teavmx list
teavmx pause "$process" >"$work/out" 2>&1
ktap_same "pause of a process that sleeps returns" \
	"0|not paused yet: the process sleeps, and pauses after that" \
	"$?|$(cat "$work/out")"
teavmx kill "${process%.*}"
$bounded run --json --backend $backend "$work/sleep.cup" >"$work/out" 2>"$work/err" </dev/null &
within 5 shows sleeping teavmx list
kill -INT $!
wait $!
ktap_same "Ctrl-C while it sleeps" "7|1" "$?|$(grep -c '"code":1,' "$work/out")"
within 5 no_vms
ktap_result $? "Ctrl-C: no VM is left"

# Text comes while the program runs, and a reader may leave.
printf "pushlb '.'\npopbm 0x11\nl: pushls 0x7fff\npopsm 0\ngoto l\n" >"$work/dot.tas"
"$TEA" as -o "$work/dot.cup" "$work/dot.tas"
$bounded run --backend $backend "$work/dot.cup" >"$work/out" 2>/dev/null </dev/null &
within 5 shows '^\.' cat "$work/out"
kill -0 $! && ! grep -q '^exit' "$work/out"
ktap_result $? "text is shown while the program runs"
kill -INT $!
wait $!
printf 'aT\0\11\0\0\1.\23\0\21\110\0\0' >"$work/dots.cup"
{
	teavmx run --backend $backend "$work/dots.cup" 2>"$work/err"
	echo $? >"$work/status"
} | head -c 5 >"$work/out"
ktap_same "the reader of the text goes away: status 7 and silence" ".....|7|" \
	"$(cat "$work/out")|$(cat "$work/status")|$(cat "$work/err")"
within 10 no_vms
ktap_result $? "and the program is gone as well"
# A reader that never reads
mkfifo "$work/full"
# shellcheck disable=SC2217 # it only keeps it open
sleep 100 <"$work/full" &
reader=$!
head -c 65536 /dev/zero >"$work/full"
$bounded run --backend $backend "$work/dots.cup" >"$work/full" 2>"$work/err" </dev/null &
stuck=$!
within 20 shows ' running ' teavmx list
sleep 2
kill -INT $stuck
wait $stuck
ktap_same "Ctrl-C while its reader does not read" "7|teavmx: standard output: its reader does not read" \
	"$?|$(cat "$work/err")"
$bounded run --backend $backend "$work/dots.cup" >/dev/null 2>&1 </dev/null &
dots=$!
$bounded monitor --for 3 >"$work/full" 2>"$work/err" </dev/null
ktap_same "monitor --for while its reader does not read" \
	"7|listening teavmx: standard output: its reader does not read" \
	"$?|$(paste -sd ' ' "$work/err")"
kill $dots
wait $dots
kill $reader

# Without standard output the socket must not get what is for it.
teavmx run --backend $backend $hello >&- 2>"$work/err" </dev/null
ktap_same "no standard output" \
	"1|teavmx: standard output: Bad file descriptor" \
	"$?|$(head -n 1 "$work/err")"
teavmx --json >"$work/out"
matches "bare teavmx --json: without VMX the reason" "$work/out" \
	'"vmx":(true,"vmx_cpus"|false,"vmx_missing":"[^"]+","vmx_cpus")'
teavmx list --json >&- 2>"$work/err"
ktap_same "no standard output: list" \
	'1|{"error":{"code":1,"message":"standard output: Bad file descriptor"}}' \
	"$?|$(cat "$work/err")"
teavmx run --backend $backend $hello >"$work/out" 2>&- <&-
ktap_same "no other descriptors" 0 $?
matches "no other descriptors: the text" "$work/out" '^[Hh]ello'
teavmx run --backend $backend $hello >/dev/full 2>"$work/err"
ktap_same "a full disk: status 1 and a message" "1|1" \
	"$?|$(grep -c 'No space left on device' "$work/err")"

# monitor
teavmx monitor --for 1 >"$work/out" 2>"$work/err"
ktap_same "monitor --for: ends in peace" "0|listening" "$?|$(cat "$work/err")"
watch --json --strict --for 20s --count 3
run $hello
wait $monitor
ktap_same "monitor --count 3: status and lines" "0|3" "$?|$(wc -l <"$work/events")"
matches "monitor --json: the first event" "$work/events" \
	'^\{"vm":[0-9]+,"seq":1,"type":"state","time_ns":[0-9]+,"vcpu":1,"state":"ready"\}$'
# The end of an earlier VM would be an event, too.
within 5 no_vms
watch -t
run $hello
within 10 shows ' end after #' cat "$work/events"
kill -INT $monitor
wait $monitor
ktap_same "monitor: Ctrl-C is its usual end" 0 $?
matches "monitor: the exit message" "$work/events" '^[0-9.]+ vm [0-9]+\.1 #[0-9]+ tea-exit 80 1a 01 00 00 0c$'
matches "monitor: the text" "$work/events" 'tea-text "hello, world\\n"$'
if [ $backend = vmx ]; then
	matches "monitor: VMX exits" "$work/events" 'vmx-exit 18 VMCALL cpu [0-9]+ rip 0x[0-9a-f]+ qualification 0x.*: exit, cp 0x48$'
	matches "monitor: the service of a VMCALL" "$work/events" 'vmx-exit 18 VMCALL .*: text, cp 0x41$'
else
	ktap_skip "monitor: VMX exits" "no VMX here"
	ktap_skip "monitor: the service of a VMCALL" "no VMX here"
fi
last=$(($(wc -l <"$work/events") - 2))
ktap_same "monitor: every number, in order, from the new VM to its end" \
	"new $(seq $last | paste -sd ' ') $last" \
	"$(sed 's/.* vm [0-9]* \(new\)/\1/; s/.* #\([0-9]*\).*/\1/' "$work/events" | paste -sd ' ')"
# leave: take a line, and go away when nothing more will be written
leave()
{
	head -n 1 >"$work/events"
	within 30 test -e "$work/leave"
}
: >"$work/said"
{
	teavmx monitor 2>"$work/said"
	echo $? >"$work/status"
} | leave &
monitor=$!
listening
run $hello
within 5 no_vms
: >"$work/leave"
wait $monitor
ktap_same "monitor: its reader goes away: silence" "0|1|listening" \
	"$(cat "$work/status")|$(wc -l <"$work/events")|$(cat "$work/said")"

# Others that never fall silent must not keep it from its end.
run --detach "$work/dots.cup"
dots=$(sed 's/\..*//' "$work/out")
run --detach $examples/loop.cup
vm=$(sed 's/\..*//' "$work/out")
teavmx monitor --for 1 >/dev/null 2>"$work/err"
ktap_same "monitor --for: ends amid events" "0|listening" "$?|$(cat "$work/err")"
teavmx monitor --vm "$vm" --for 1 >/dev/null 2>"$work/err"
ktap_same "monitor --vm --for: ends beside events" "0|listening" "$?|$(cat "$work/err")"
watch --vm "$vm"
teavmx kill "$vm"
wait $monitor
ktap_same "monitor --vm: reports beside events that it is gone" \
	"0|teavmx: VM $vm is gone" "$?|$(tail -n 1 "$work/said")"
teavmx kill "$dots"
run --detach $hello
vm=$(sed 's/\..*//' "$work/out")
within 5 shows 'exit 0' teavmx list
teavmx monitor --vm "$vm" --from 0 --count 2 --json >"$work/out" 2>"$work/err"
ktap_same "monitor --from 0: what is past" "0|2|1" \
	"$?|$(wc -l <"$work/out")|$(sed -n 's/.*"seq":\([0-9]*\).*/\1/p' "$work/out" | head -n 1)"
# types ARGUMENT...: the types of the events that these show, each once
types()
{
	teavmx monitor --vm "$vm" --from 0 --for 1 --json "$@" 2>"$work/err" |
		sed 's/.*"type":"\([^"]*\)".*/\1/' | sort -u | paste -sd ' '
}
ktap_same "monitor --type" "state tea-text" "$(types --type state,tea-text)"
ktap_same "monitor --type --count: only what is shown counts" 1 \
	"$(teavmx monitor --vm "$vm" --from 0 --type tea-exit --count 1 --for 20 2>"$work/err" | grep -c ' tea-exit ')"
if [ $backend = vmx ]; then
	ktap_same "monitor --reason: only exits" vmx-exit "$(types --reason vmcall)"
	ktap_same "monitor --reason: no other exits" "" "$(types --reason CPUID,12)"
	ktap_same "monitor --reason --type" "state vmx-exit" \
		"$(types --type state --reason 18)"
	ktap_same "monitor --reason --type: the exits are bounded" state \
		"$(types --type state,vmx-exit --reason hlt)"
	teavmx monitor --vm "$vm" --from 0 --for 1 --json >"$work/out" 2>"$work/err"
	matches "monitor --json: a decoded exit" "$work/out" \
		'"reason":18,"name":"VMCALL",.*"pid":1,.*"decoded":\{"service":"exit","cp":72\}\}$'
else
	ktap_skip "monitor --json: a decoded exit" "no VMX here"
fi
teavmx kill "$vm"

teavmx info --json >"$work/out"
matches "info --json" "$work/out" '^\{"version":"[0-9.]+","vmx":(true|false),.*"vmx_cpus":[0-9]+,"vms":[0-9]+,"max_vms":[0-9]+,"max_vcpus":[0-9]+,"log_size":[0-9]+,"vmx_mode":"(share|own)","cpus":\[\{"cpu":0,"vmx_holder":"(none|teavmx|other)"\}.*\],"instance":[0-9]+,"tsc_khz":[0-9]+\}$'
teavmx info >"$work/out"
matches "info: how VMX is taken" "$work/out" '^mode +(share|own)$'
matches "info: who holds it" "$work/out" '^held by +[a-z]+ on CPU 0'


# caps
teavmx caps >"$work/out" 2>"$work/err"
ktap_same "caps: status, and no diagnostics" "0|" "$?|$(cat "$work/err")"
teavmx caps --json >"$work/json"
ktap_same "caps --json: status and lines" "0|1" "$?|$(wc -l <"$work/json")"
matches "caps --json: the first CPU" "$work/json" '^\{"cpus":\[\{"cpu":0,'
if [ $backend = vmx ]; then
	matches "caps: CPUs" "$work/out" '^CPU 0: [0-9]+ capability MSRs$'
	matches "caps: an MSR" "$work/out" '^  0x480  0x[0-9a-f]{16}  IA32_VMX_BASIC$'
	matches "caps: a number" "$work/out" '^  MEMORY_TYPE +6  '
	matches "caps: a control in use" "$work/out" '^    7  yes  yes  yes   HLT_EXITING$'
	matches "caps: a bit without a name" "$work/out" '^    1  no   yes  yes   bit 1$'
	matches "caps: a capability" "$work/out" '^    6  yes  WALK_4$'
	ktap_same "caps: CPUs of one kind do not differ" 0 "$(grep -c '^!' "$work/out")"
	matches "caps --json: a control" "$work/json" \
		'\{"bit":7,"name":"HLT_EXITING","text":"HLT exits","differs":false,"can_be_0":\[true.*\],"can_be_1":\[true.*\],"used":true\}'
	teavmx caps --long --cpu 0 >"$work/out"
	matches "caps --long: the description" "$work/out" '^    7  yes  yes  yes   HLT_EXITING +HLT exits$'
	ktap_same "caps --cpu 0: this CPU alone" 1 "$(grep -c '^CPU' "$work/out")"
else
	matches "caps: no VMX" "$work/out" '^CPU 0: this CPU has no VMX$'
	matches "caps --json: no VMX" "$work/json" \
		'\{"cpu":0,"missing":"this CPU has no VMX","msrs":\[\]\}.*"groups":\[\],"words":\{.*\}\}$'
fi
teavmx caps --cpu 4000000000 >"$work/out" 2>"$work/err"
ktap_same "caps: a CPU that is not there" "5|" "$?|$(cat "$work/out")"
matches "caps: the message" "$work/err" \
	'^teavmx: cannot read the capabilities of CPU 4000000000: no CPU with this number is online \(attribute cpu-id\)$'

teavmx __complete vms >"$work/out"
ktap_result $? "completion of VMs"
ktap_finish

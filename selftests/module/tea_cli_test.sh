#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The verbs slots, send and feed, and teavmx run with serial input, slots and
# host ports, against the loaded module.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"
# shellcheck source=selftests/module/verbs.sh
. "$(dirname "$0")/verbs.sh"

backend=soft
! has_vmx || backend=vmx
ktap_start
cd "$work" || exit 1

# Sends back what it reads up to a newline, each character plus one
tea as -o echo.cup - <<'SOURCE'
loop:	pushmb	0x10
	pushlb	'\n'
	cmpbbr	done
	incb	1
	popbm	0x10
	goto	loop
done:	exit
SOURCE

# Shows its argument, and returns it
tea as -o show.cup - <<'SOURCE'
	.return	1
	.arguments 1
	pushsb	1
	popbm	0x11
	popbsa	0
	exit
SOURCE

# Launches slot 2 with 'x', waits until the new process has filled a semaphore
tea as -o parent.cup - <<'SOURCE'
	pushlb	2
	pushlb	4
	pushlb	0x15
	pushlb	3
	pushlb	2
	pushlb	'x'
	pushlb	6
	popcmd
	pushmb	0x0107
	popb
	exit
SOURCE
tea as -o child.cup - <<'SOURCE'
	.arguments 1
	popbm	0x11
	pushlb	1
	popbm	0x0107
	exit
SOURCE

# Reads port f010, adds one, writes it to f011, returns it
tea as -o reader.cup - <<'SOURCE'
	.return	2
	pushms	0xf010
	incs	2
	pushss	2
	popsm	0xf011
	popssa	0
	exit
SOURCE
tea as -o loop.cup - <<'SOURCE'
loop:	goto	loop
	nop
	nop
SOURCE

normal="exit 0 Normal (the program executed its exit instruction): value"

# run ARGUMENT...: teavmx run with the backend there is
run()
{
	verb run --quiet --backend $backend "$@"
}

# shellcheck disable=SC2317 # called through within
two_normal()
{
	shows 'exit 0 Normal' teavmx list &&
		[ "$(grep -c 'exit 0 Normal' ktap.seen)" = 2 ]
}

same_run()
{
	ktap_same "$1" "$2" "$?|$(paste -sd '|' out)|$(cat err)"
}

# --- run

printf 'GZKKN\nrest' >input
printf '\220\220\220\220\220\220\220\220\220\220\364' >flat.bin
run flat.bin
ktap_same "run: x86 code: how to run it" "6|'teavmx raw' runs a flat binary or an ELF file of x86 code" \
	"$?|$(tail -n 1 err)"
run show.cup --quiet
ktap_same "run: an option after the file: what to do" "6|options come before FILE" "$?|$(tail -n 1 err)"
run show.cup 65 66
ktap_same "run: too many arguments: no such advice" \
	"6|teavmx: show.cup: offset 5: the program takes 1 argument byte, 2 given" "$?|$(tail -n 1 err)"
timeout 20 teavmx run --backend $backend echo.cup >out 2>err &
job=$!
within 10 shows ' waiting ' teavmx list
vm=$(teavmx __complete vms | tail -n 1)
teavmx kill "$vm"
wait $job
same_run "run: another process deletes the VM" \
	"6||teavmx: VM $vm was deleted meanwhile, and its program with it"
run --feed input echo.cup
same_run "run: input from a file" "0|H[LLO|$normal void|"
run --feed input --json echo.cup
ktap_same "run: in JSON serial output is apart" 1 \
	"$(grep -c '"text":"","steps":.*"serial":"H\[LLO"' out)"
{ printf GZ; usleep 300000; printf 'KKN\n'; } |
	timeout -s INT 20 teavmx run --quiet --backend $backend --feed - echo.cup >out 2>err
same_run "run: input from a pipe that writes slowly" "0|H[LLO|$normal void|"
head -c 5000 /dev/zero | tr '\0' a >long
echo >>long
run --feed long echo.cup
ktap_same "run: more than the queue holds" "0 5000" \
	"$? $(head -n 1 out | tr -cd b | wc -c)"
run --feed missing echo.cup
same_run "run: input that is not there" "1||teavmx: missing: No such file or directory"

run --feed . echo.cup
same_run "run: input that cannot be read ends the program" \
	"1|exit 1 Kill (the process was killed): value void|teavmx: .: cannot be read, the input ends here"
run --feed . reader.cup
ktap_same "run: unless the program does not read it" "6|exit 7 IOErr" \
	"$?|$(cut -c 1-12 out)"

run --slot 2=child.cup parent.cup
same_run "run: a program launches another" "0|x|$normal void|"
run --slot 2=missing.cup parent.cup
same_run "run: a slot's file that is not there" \
	"1||teavmx: missing.cup: No such file or directory"

run --host-port 0xf010=41 --host-port 0xf011=0 reader.cup
same_run "run: host ports that are registers" "0|$normal 42|"
run --host-port 0xf000=0 reader.cup
ktap_same "run: others are refused" "6|exit 7 IOErr" "$?|$(cut -c 1-12 out)"
run reader.cup
ktap_same "run: without any all are" "6|exit 7 IOErr" "$?|$(cut -c 1-12 out)"
cat >answer <<'SCRIPT'
while read -r line; do
	echo "$line" >>requests
	case $line in
	"read 0xf010 2 1") echo 0x1ff ;;
	read*) echo refuse ;;
	esac
done
echo end >>requests
SCRIPT
run --host-ports "sh ./answer" reader.cup
same_run "run: a program answers" "0|$normal 512|"
ktap_same "run: the requests that it gets" "read 0xf010 2 1|write 0xf011 2 1 0x200|end" \
	"$(paste -sd '|' requests)"
run --host-ports "while read -r l; do echo refuse; done" reader.cup
ktap_same "run: it refuses" "6|exit 7 IOErr|" "$?|$(cut -c 1-12 out)|$(cat err)"
run --host-ports "while read -r l; do echo 65536; done" reader.cup
ktap_same "run: it answers nonsense" \
	"6|exit 7 IOErr|teavmx: host ports: while read -r l; do echo 65536; done: expected a number or refuse that fits the read" \
	"$?|$(cut -c 1-12 out)|$(cat err)"
run --host-ports "exit 0" reader.cup
ktap_same "run: it has ended" "6|exit 7 IOErr" "$?|$(cut -c 1-12 out)"
matches "run: and that is reported" err '^teavmx: host ports: exit 0: it (has ended|reads no more)$'
timeout -s INT 3 teavmx run --quiet --backend $backend --host-ports "sleep 1000" reader.cup >out 2>err
ktap_same "run: an interrupt ends the wait for an answer" "exit 1 Kill" \
	"$(cut -c 1-11 out)"
# timeout(1) sends its signal to the command, too, and SIGKILL if that is not enough.
timeout -k 30 -s INT 3 teavmx run --quiet --backend $backend \
	--host-ports "trap '' INT TERM; while :; do sleep 1; done" reader.cup >out 2>err
ktap_same "run: and a command that ignores SIGTERM" "7|exit 1 Kill" "$?|$(cut -c 1-11 out)"
timeout -k 30 -s INT 3 teavmx run --quiet --backend $backend \
	--host-ports "trap '' INT; trap 'echo >cleaned; exit' TERM; sleep 1000 & wait" \
	reader.cup >out 2>err
ktap_same "run: and a command that cleans up for SIGTERM" "7|cleaned" "$?|$(ls cleaned)"
printf 'l: pushlb 1\npopbm 0xf010\ngoto l\n' >writer.tas
"$TEA" as writer.tas
timeout -k 30 -s INT 3 teavmx run --quiet --backend $backend --host-ports "sleep 1000" writer.cup >out 2>err
ktap_same "run: and a write to one that does not read" "exit 1 Kill" "$(cut -c 1-11 out)"
mkfifo no-writer
timeout -k 30 3 teavmx run --quiet --backend $backend --feed no-writer echo.cup >out 2>err
ktap_same "run: and the open of a FIFO that has no writer" "143|" "$?|$(cat out)"

# --- engine

if has_vmx; then
	for engine in interp jit; do
		run --engine $engine show.cup 65
		same_run "run: --engine $engine" "0|A|$normal 65|"
		run --json -e $engine show.cup 65
		matches "run: JSON names the engine $engine" out "\"engine\":\"$engine\""
	done
	run --engine jit --repeat 3 show.cup 65
	same_run "run: a translated program is repeated" "0|AAA|$normal 65|"
	run --engine jit --slot 2=child.cup parent.cup
	same_run "run: a translated program launches another" "0|x|$normal void|"
	echo 66 | teavmx map -e jit show.cup >out 2>err
	matches "map: translated" out '"value":66,"text":"B"'
fi
verb run --backend soft --engine jit show.cup 65
ktap_same "run: no translated program in the kernel" \
	"teavmx: cannot create a vCPU in a new VM: the soft back end executes no translated program in the kernel; use the vmx back end, or the engine interp (attribute engine)" \
	"$(head -n 1 err)"

# --- slots and send

vm=$(teavmx slots new 0=show.cup 11=loop.cup)
ktap_same "slots new: a number" 1 "$(echo "$vm" | grep -c '^[1-9][0-9]*$')"
prints "slots: shown" 0 \
	"slot  bytes  stack arguments return|   0     15    128         1      1|  11     11    128         0      0" \
	slots "$vm"
prints "slots: loaded and emptied silently" 0 "" \
	slots --stack 77 "$vm" 1=show.cup 11=
verb slots --json "$vm"
ktap_same "slots: JSON" \
	"{\"vm\":$vm,\"slots\":[{\"slot\":0,\"size\":15,\"stack_size\":128,\"arguments\":1,\"return_size\":1},{\"slot\":1,\"size\":15,\"stack_size\":77,\"arguments\":1,\"return_size\":1}]}" \
	"$(cat out)"
prints "send: VM_RUN" 0 "15 01 vCPU $vm.1" send -b $backend "$vm" 02 04 15 03 00 41
within 10 shows 'exit 0 Normal' teavmx list
ktap_result $? "send: the process came to its end"
prints "send: a first packet" 0 "15 32" send -b $backend "$vm" 0204 15050032
prints "send: a last packet" 0 "15 32 vCPU $vm.2" send -b $backend "$vm" 02 04 15 02 32 42
within 10 shows "^ *$vm  *2 .*exit 0" teavmx list
verb send --json -b $backend "$vm" 020415030043
ktap_same "send: JSON" "{\"vm\":$vm,\"reply\":\"1501\",\"vcpu\":3}" "$(cat out)"
prints "send: VM_KILL prints nothing" 0 "" send "$vm" 02 02 16 32
prints "send: malformed" 1 \
	"teavmx: cannot send VM $vm a packet: slots are numbered from 0 to 11 (attribute packet)" \
	send -b soft "$vm" 02 03 15 03 0c
prints "send: another address" 1 \
	"teavmx: cannot send VM $vm a packet: the packet is not addressed to this module (attribute packet)" \
	send -b soft "$vm" 04 03 15 03 00
verb monitor --vm "$vm" --from 0 --for 1s --json
matches "monitor: the exit message of the second one" out \
	'"type":"tea-exit".*"message":"801a320042"'
teavmx slots "$vm" 0= 1=
prints "slots: all empty" 0 "teavmx: VM $vm has no program in its slots" slots "$vm"
teavmx kill "$vm"
fails "slots: the VM is gone" 5 "no VM has this number" slots "$vm"
fails "send: the VM is gone" 5 "no VM has this number" send "$vm" 02 02 16 01
fails "feed: the VM is gone" 5 "no VM has this number" feed "$vm"
matches "feed: which verbs still know it" err "^of a VM that has ended, 'monitor --vm N --from 0', 'stat "
verb monitor --vm "$vm" --from 0 --for 1s
matches "monitor: the VM is gone" out tea-exit
verb profile --count 1 "$vm"
ktap_same "profile: the VM is gone" 0 $?
if ! grep -qw tsc=unstable /proc/cmdline; then
	verb stat --costs --vm "$vm"
	ktap_same "stat --costs: the VM is gone" 0 $?
fi

# Two examples hand work over: one shows the sum of what it was given.
examples=/usr/share/teavmx/examples
vm=$(teavmx slots new 0=$examples/producer.cup 1=$examples/consumer.cup)
verb send -b $backend "$vm" 02 03 15 03 00
verb send -b $backend "$vm" 02 03 15 03 01
within 10 two_normal
ktap_result $? "producer and consumer come to their ends"
verb monitor --vm "$vm" --from 0 --for 1s --json
matches "consumer: the sum" out '"type":"tea-exit".*"message":"801a02000181"'
teavmx kill "$vm"
run --host-port 0xf000=100 --host-port 0xf001=0 $examples/pid.cup w:150
same_run "pid: as in user space" "0|$normal 162|"

# --- feed

v=$(teavmx run --detach --backend $backend echo.cup)
vm=${v%.*}
prints "feed: a file" 0 "" feed "$vm" input
within 10 shows 'exit 0 Normal' teavmx list
ktap_result $? "feed: the process has read it"
verb monitor --vm "$vm" --from 0 --for 1s
matches "feed: what it sent" out 'tea-serial "H\[LLO"|tea-serial "H"'
teavmx kill "$vm"
vm=$(teavmx slots new --host-ports)
verb list --json
matches "slots new: host ports" out "\"vm\":$vm,\"detached\":true,\"host_ports\":true"
head -c 1024 long >full
prints "feed: a full queue" 0 "" feed "$vm" full
timeout -s INT 2 teavmx feed "$vm" input >out 2>err
ktap_same "feed: waits for room until it is interrupted" "7||" "$?|$(cat out)|$(cat err)"
verb list
matches "feed: without a process" out "^ *$vm  *- "
teavmx kill "$vm"
ktap_finish

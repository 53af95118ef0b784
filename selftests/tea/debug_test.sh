#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The debugger: each script gives the same transcript wherever the program runs.
# usage: debug_test.sh [HOST...], of user (if none is given), soft and vmx.
# WRITE=FOLDER writes the transcripts there instead.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

data=$here/debug
[ $# -gt 0 ] || set -- user
ktap_start
cd "$work" || exit 1
cp "$data"/*.tas "$data"/*.tea "$data"/*.dbg .
for source in *.tas; do
	"$TEA" as "$source" || exit 1
done
for source in *.tea; do
	"$TEA" cc -g "$source" || exit 1
done
cp calls.cup plain.cup
cp "$data/vectors/calls.map.txt" calls.map

# debugger HOST ARGUMENT...: its name in messages is the same everywhere
debugger()
{
	host=$1
	shift
	case $host in
	user) timeout -s KILL 60 "$TEA" debug "$@" ;;
	*) timeout -s KILL 60 teavmx debug --backend "$host" "$@" ;;
	esac >out 2>&1 </dev/null
	echo "status $?" >>out
	sed -i 's/^teavmx: /tea: /' out
}

# same NAME FILE: it is what is in FILE
same()
{
	if [ -n "${WRITE:-}" ]; then
		cp out "$WRITE/$2"
	fi
	diff "$data/vectors/$2" out >difference
	result=$?
	head -n 20 difference | sed 's/^/# /'
	ktap_result $result "$1"
}

transcripts()
{
	for script in *.dbg; do
		name=${script%.dbg}
		words=$(sed -n '2s/^# //p' "$script")
		# shellcheck disable=SC2086 # they are several
		debugger "$1" -x "$script" $words
		same "$1: $name" "$name.txt"
		# shellcheck disable=SC2086
		debugger "$1" --json -x "$script" $words
		same "$1: $name, JSON" "$name.json.txt"
	done
}

# interrupted HOST NAME CODE: the program shows "go", and what CODE does then is
# interrupted; where it stands is the answer
interrupted()
{
	printf "pushlb 'g'\npopbm 0x11\npushlb '\\\\n'\npopbm 0x11\n%b\nexit\n" \
		"$3" >long.tas
	"$TEA" as long.tas
	echo continue >go.commands
	rm -f out
	case $1 in
	user) set -- "$1" "$2" "$TEA debug" "$4" ;;
	*) set -- "$1" "$2" "teavmx debug -b $1" "$4" ;;
	esac
	# shellcheck disable=SC2086 # the program and its options
	$3 -x go.commands long.cup >out 2>err </dev/null &
	pid=$!
	within 20 shows '^g$' cat out
	[ "$2" != "a semaphore" ] || within 20 shows 'waiting for port' cat err
	kill -INT $pid
	within 20 shows '^interrupted$' cat out || kill -KILL $pid
	wait $pid
	ktap_same "$1: $2: status" 7 $?
	ktap_same "$1: $2: where it stands" "g|interrupted|$4" \
		"$(tail -n +4 out | paste -sd '|')"
}

cp lines.map out
same "the debug map of a compiled program" lines.map.txt

# run_on HOST ARGUMENT...: run without the debugger
run_on()
{
	host=$1
	shift
	case $host in
	user) timeout -s KILL 60 "$TEA" run "$@" ;;
	*) timeout -s KILL 60 teavmx run --backend "$host" "$@" ;;
	esac >out 2>err </dev/null
	status=$?
	sed -i 's/^teavmx: /tea: /' err
}

# ends HOST SOURCE MESSAGE: a program with a debug map ends in error
ends()
{
	printf '%b' "$2" >ends.tas
	"$TEA" as -g ends.tas
	run_on "$1" ends.cup
	ktap_same "$1: $3" "6|tea: $4" \
		"$status|$(sed -n '/^tea: /,$p' err | paste -sd '|')"
}

# lost_text HOST: a program without end whose text cannot be written is ended
lost_text()
{
	printf "a: pushlb 'x'\npopbm 0x11\npushlb 10\npopbm 0x11\ngoto a\n" >lost.tas
	"$TEA" as lost.tas
	echo continue >go.commands
	case $1 in
	user) set -- "$1" "$TEA debug" ;;
	*) set -- "$1" "teavmx debug -b $1" ;;
	esac
	# shellcheck disable=SC2086 # the program and its options
	timeout -s KILL 60 $2 -x go.commands lost.cup </dev/null 2>err >/dev/full
	ktap_same "$1: text that cannot be written" \
		"1 not all of it could be written" "$? $(tail -n 1 err | cut -d: -f3- | cut -c2-)"
}

# Where a program that is not debugged ends in error
faults()
{
	run_on "$1" lines.cup 3
	sed -n '/^DivByZero in/,$p' err >out
	same "$1: run: where it ended" run.txt
	run_on "$1" --json lines.cup 3
	sed -i 's/.*"fault":/"fault":/' out
	same "$1: run: where it ended, JSON" run.json.txt
	run_on "$1" lines.cup 4
	ktap_same "$1: run: nothing is reported of a normal end" "0 0" \
		"$status $(grep -c 'lines.tea' err)"
	mv lines.map lines.away
	run_on "$1" lines.cup 3
	ktap_same "$1: run: nor without a map" 0 "$(grep -c 'lines.tea' err)"
	mv lines.away lines.map
	ends "$1" 'pushlb 5\npushmb 0x11\nexit\n' "run: a port refuses" \
		"a read of 1 byte at port 0011 (display) was refused; reads: none, writes: 1 byte; write: show a character|IOErr in 0x0002 at ends.tas:2|2	pushmb 0x11"
	ends "$1" 'pushls 700\npushls 3\npopsmx\nexit\n' "run: a port by number" \
		"a write of 700 (2 bytes) at port 0003, which does not exist|IOErr in 0x0006 at ends.tas:3|3	popsmx"
	ends "$1" 'l: pushlb 5\ngoto l\nexit\n' "run: a stack that is too small" \
		"the program had 128 bytes of stack|--stack N sets another size|StackOverflow in 0x0000 at ends.tas:1|1	l: pushlb 5"
}

for host; do
	transcripts "$host"
	faults "$host"
	lost_text "$host"
	interrupted "$host" "a loop" 'l: goto l' '=> 0x000a  goto 0x000a'
	interrupted "$host" "a sleep" 'pushls 0x7fff\nl: pushls 0x7fff\npopsm 0\ngoto l' \
		'=> 0x0010  popsm 0x0000'
	interrupted "$host" "a semaphore" 'pushmb 0x0107' \
		'=> 0x000a  pushmb 0x0107'
	ktap_same "$host: a semaphore: what it waits for" \
		"waiting for port 0107; Ctrl-C interrupts it" \
		"$(sed 's/^[a-z]*: //' err)"
done

# With a terminal: line editing, history, Ctrl-C, which leave no trace in scripts
if /usr/bin/python3 -c "import pexpect" 2>/dev/null; then
	printf 'l: pushlb 1\npopb\ngoto l\n' >circle.tas
	"$TEA" as circle.tas
	/usr/bin/python3 "$here/debug_terminal.py" "$TEA" debug circle.cup >out 2>&1
	ktap_same "at a terminal" "=> 0x0002|=> 0x0003|=> 0x0003|=> 0x0003|unknown command|interrupted|sp |'^C\\r\\n(tea) '|=> 0x000|sp |breakpoints  registers  locals|sp |show cp|found '€'|status 0" \
		"$(paste -sd '|' out)"
	cat >twice.tea <<-'END'
		int twice(int value)
		{
			return value * 2;
		}

		int main(void)
		{
			int result = twice(21);

			return result;
		}
	END
	"$TEA" cc -g -o twice.cup twice.tea
	/usr/bin/python3 "$here/debug_terminal.py" --names "$TEA" debug twice.cup >out 2>&1
	ktap_same "at a terminal: names of the program are completed" \
		"<twice|value = 21|there is no variable 'res'|status 0" \
		"$(paste -sd '|' out)"
	# the first file with the name of a library is taken, and is none
	mkdir libraries
	echo >"libraries/$(grep -ao 'libedit\.so\.[0-9]*' "$(command -v "$TEA")" | head -n 1)"
	printf 'step\nquit\n' | LD_LIBRARY_PATH=libraries python3 -c \
		'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))' \
		"$TEA" debug circle.cup >out 2>&1
	ktap_same "at a terminal, without libedit" \
		"0|tea: warning: lines cannot be edited: libraries/libedit.so|=> 0x0002" \
		"$?|$(sed -n 's/^\(tea: warning.*libedit\.so\).*/\1/p' out)|$(
			grep -o '=> 0x0002' out)"
else
	ktap_skip "at a terminal" "no python3 with pexpect here"
	ktap_skip "at a terminal: names of the program are completed" "no python3 with pexpect here"
	ktap_skip "at a terminal, without libedit" "no python3 with pexpect here"
fi

# What is typed, without a terminal: an empty line repeats, the rest is as in a
# script. Only the end of the input ends the debugger here.
printf 'step\n\n\nnext\n' | "$TEA" debug calls.cup 3 >out 2>&1
ktap_same "an empty line repeats" "0x0000 0x0002 0x0010 0x0012 0x0015 " \
	"$(sed -n 's/^=> \(0x....\).*/\1/p' out | tr '\n' ' ')"
printf 'break 2\ninfo breakpoints\ninfo registers\n' >long.commands
printf 'break 2\ninfo b\ni r\n' >short.commands
ktap_same "short forms of info" \
	"$("$TEA" debug -x long.commands plain.cup 3 2>&1 </dev/null)" \
	"$("$TEA" debug -x short.commands plain.cup 3 2>&1 </dev/null)"
ktap_same "several scripts follow each other" "0x0000 0x0002 0x0010 " "$(
	echo step >one.commands
	"$TEA" debug -x one.commands -x one.commands calls.cup 3 </dev/null |
		sed -n 's/^=> \(0x....\).*/\1/p' | tr '\n' ' ')"
"$TEA" debug -x none.commands calls.cup 3 >out 2>&1 </dev/null
ktap_same "a script that is not there" \
	"1|tea: none.commands: No such file or directory" "$?|$(tail -n 1 out)"
"$TEA" debug -x . calls.cup 3 >out 2>&1 </dev/null
ktap_same "a folder as a script" "1|tea: .: Is a directory" "$?|$(tail -n 1 out)"
{
	head -c 5000 /dev/zero | tr '\0' s
	printf '\nstep\n'
} >long.commands
"$TEA" debug -x long.commands calls.cup 3 >out 2>&1 </dev/null
ktap_same "a line that is too long" \
	"1|tea: a command has at most 4095 characters" "$?|$(sed -n 4p out)"
head -c 100000 "$(command -v "$TEA")" >random.commands
timeout -s KILL 60 "$TEA" debug -x random.commands calls.cup 3 >out 2>&1 </dev/null
ktap_same "a script of bytes that are no text" 1 $?
printf 'teamap 1\nline 0000 7 1\n' >plain.map
"$TEA" debug -x one.commands plain.cup 3 >out 2>&1 </dev/null
ktap_same "a debug map that is none" "0|tea: plain.map:2" \
	"$?|$(sed -n '1s/^\(tea: plain.map:2\).*/\1/p' out)"
cp calls.map plain.map
printf 'nop\nnop\nnop\nnop\nexit\n' >other.tas
"$TEA" as other.tas
cp calls.map other.map
"$TEA" debug -x one.commands other.cup >out 2>&1 </dev/null
ktap_same "debug: the map of another program" \
	"0|tea: other.map belongs to another program: names and lines are not shown|=> 0x0000  nop" \
	"$?|$(sed -n '1p; 3p' out | paste -sd '|')"
"$TEA" dis -m other.map other.cup >out 2>&1
ktap_same "dis: the map of another program" \
	"1|tea: other.map belongs to another program" "$?|$(cat out)"

# What a map names may be anything; only files are read.
printf 'nop\nnop\nnop\nnop\nexit\n' >named.tas
"$TEA" as -g named.tas
mkfifo pipe
for source in /dev/zero pipe; do
	sed -i "s|^file 0 .*|file 0 $source|" named.map
	timeout -s KILL 20 "$TEA" debug -x one.commands named.cup >out 2>&1 \
		</dev/null
	ktap_same "debug: $source as a source" "0 => 0x0001 nop $source:2" \
		"$? $(grep '^=>' out | tail -n 1 | tr -s ' ')"
	timeout -s KILL 20 "$TEA" dis -m named.map named.cup >out 2>&1
	ktap_same "dis: $source as a source" "0 ; $source:1" \
		"$? $(grep '^; [^f]' out | head -n 1)"
done
ln -s /dev/zero zero.map
for map in zero.map pipe; do
	timeout -s KILL 20 "$TEA" dis -m "$map" named.cup >out 2>&1
	ktap_same "dis: $map as a map" "1 tea: $map: no regular file" \
		"$? $(cat out)"
done
cp named.cup zero.cup
timeout -s KILL 20 "$TEA" debug -x one.commands zero.cup >out 2>&1 </dev/null
ktap_same "debug: a device as a map" "0 tea: zero.map: no regular file: names and lines are not shown" \
	"$? $(head -n 1 out)"
"$TEA" debug -x one.commands calls.cup >out 2>&1 </dev/null
ktap_same "arguments that do not fit" \
	"6|tea: calls.cup: offset 5: the program takes 1 argument byte, 0 given" \
	"$?|$(head -n 1 out)"
"$TEA" debug -x commands.dbg calls.cup 3 </dev/null 2>err >/dev/full
ktap_same "output that cannot be written" \
	"1|tea: standard output" "$?|$(tail -n 1 err | cut -d: -f1,2)"
ktap_finish

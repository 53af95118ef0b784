#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# "teavmx export": the trace and the page of recordings that export_recording.py makes,
# and what becomes of a recording or an output that is no good.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

make_recording()
{
	python3 "$here/export_recording.py" "$@"
}

# export_status ARGUMENT...: status and messages, except those on the machine and the
# version that recordings are from here
export_status()
{
	"$TEAVMX" export "$@" >out 2>err </dev/null
	printf '%s\n' "$?|$(grep -vE ': from (another machine: a CPU|version 0.1.0)' err | paste -sd '|')"
}

# trace_is_valid NAME FILE
trace_is_valid()
{
	ktap_same "$1: a trace by the rules of its format" "" \
		"$(python3 "$here/export_trace.py" "$2" 2>&1 >found)"
}

ktap_start
cd "$work" || exit 1
make_recording small small.rec

ktap_same "small: exported, silently" "0|" \
	"$(export_status small.rec --perfetto small.json --html small.html)"
trace_is_valid "small" small.json
cat >wanted <<'END'
B CPUID 3
B HLT 2
B IO_INSTRUCTION 1
B guest 1
B paused 1
B ready 1
B running 2
C exits/s 11
E CPUID 3
E HLT 2
E IO_INSTRUCTION 1
E guest 1
E paused 1
E ready 1
E running 2
M process_name 1
M thread_name 2
M thread_sort_index 2
i lost 1
i state 1
i tea-text 1
i vm-end 1
i vm-new 1
END
ktap_same "small: what the trace has" "$(cat wanted)" "$(cat found)"
contains "small: a guest run begins" small.json \
	'"tid":1,"ts":6.500,"cat":"guest","name":"guest"}'
contains "small: an exit lasts until the next entry" small.json \
	'"tid":1,"ts":6.500,"cat":"exit","name":"CPUID"}'
contains "small: an exit is decoded" small.json \
	'"ts":9.000,"cat":"exit","name":"IO_INSTRUCTION","args":{"seq":7,"rip":"0x7c04","qualification":"0xe90000","decoded":"out, port 0xe9, size 1"}}'
contains "small: an exit before lost records has no end" small.json \
	'"tid":2,"ts":9.500,"cat":"exit","name":"HLT","args":{"seq":8,"rip":"0xffffffff80001234","qualification":"0x0","end":"not recorded"}}'
contains "small: lost records" small.json \
	'"ts":12.000,"s":"p","cat":"stream","name":"lost","args":{"first":10,"count":5,"last":14}}'
contains "small: a counter" small.json \
	'"ts":9.000,"name":"exits/s","args":{"CPUID":0,"HLT":1000000,"IO_INSTRUCTION":1000000}}'

make_recording filtered filtered.rec
ktap_same "filtered: exported" "0|" \
	"$(export_status filtered.rec --perfetto filtered.json --html filtered.html)"
trace_is_valid "filtered" filtered.json
contains "filtered: an exit before records that are left out has no end" filtered.json \
	'"ts":1.000,"cat":"exit","name":"CPUID","args":{"seq":2,"rip":"0x1000","qualification":"0x0","end":"not recorded"}}'
contains "filtered: an exit before another one has" filtered.json \
	'"E","pid":1,"tid":1,"ts":9.400,"cat":"exit","name":"CPUID"}'
contains "filtered: the state goes on" filtered.json \
	'"E","pid":1,"tid":1,"ts":9.500,"cat":"state","name":"running"}'
contains "filtered: the page has how many are left out" filtered.html '"left_out":2,'
"$TEAVMX" report --json filtered.rec >out 2>err
ktap_same "filtered: the costs of report are those of the page" "$(python3 - filtered.html <<'END'
import json
import sys
page = open(sys.argv[1], encoding='ascii').read()
data = json.loads(page.split('id="data">')[1].split('</script>')[0])
print(sorted((each['reason'], each['count'], each['known'], each['sum'])
             for each in data['costs']))
END
)" "$(python3 - out <<'END'
import json
import sys
print(sorted((each['reason'], each['count'], each['timed'], each['time_ns'])
             for each in json.load(open(sys.argv[1]))['reasons']))
END
)"

make_recording hostile hostile.rec
ktap_same "hostile: exported" "0|" \
	"$(export_status hostile.rec --perfetto hostile.json --html hostile.html)"
trace_is_valid "hostile" hostile.json
contains "hostile: an exit with an earlier time does not begin before the last one" \
	hostile.json '"ts":9.000,"cat":"exit","name":"CPUID","args"'
ktap_same "hostile: no text ends the data of the page" \
	"$(tr -cd '<' <small.html | wc -c)" "$(tr -cd '<' <hostile.html | wc -c)"
ktap_same "hostile: no byte beyond ASCII in the page" "" \
	"$(LC_ALL=C tr -d '\11\12\40-\176' <hostile.html)"

make_recording quiet quiet.rec
ktap_same "no exit: exported" "0|" "$(export_status quiet.rec --perfetto quiet.json)"
trace_is_valid "no exit" quiet.json

make_recording empty empty.rec
ktap_same "no record: exported" "0|" \
	"$(export_status empty.rec --perfetto empty.json --html empty.html)"
trace_is_valid "no record" empty.json

make_recording busy busy.rec 30000
ktap_same "busy: exported" "0|" \
	"$(export_status busy.rec --perfetto busy.json --html busy.html)"
trace_is_valid "busy" busy.json
ktap_same "busy: the trace has every exit" 30000 "$(awk '/^B [A-Z]/ { n += $3 } END { print n }' found)"
ktap_same "busy: the page has some exits, and what the others add up to" "30000 20000" \
	"$(python3 - busy.html <<'END'
import json
import sys
page = open(sys.argv[1], encoding='ascii').read()
data = json.loads(page.split('id="data">')[1].split('</script>')[0])
print(sum(each['count'] for each in data['costs']), len(data['exits']))
END
)"
ktap_result "$([ "$(wc -c <busy.html)" -lt 10000000 ]; echo $?)" "busy: the page is small"

# At some limit memory ends in the page. Below the first ones not even the program starts.
cp busy.html whole.html
wrong='' failed=0
for megabytes in 10 12 14 16 18 20 22 24 26 28 30 33 36 40 45 50 60 80 128; do
	echo before >page.html
	# shellcheck disable=SC3045 # dash and bash have it
	(ulimit -v $((megabytes * 1024)) && exec "$TEAVMX" export busy.rec --html page.html) \
		>out 2>err </dev/null
	status=$?
	[ "$status" -eq 0 ] && wanted=whole.html || wanted=before
	[ "$status" -eq 0 ] || failed=$((failed + 1))
	echo before >before
	cmp -s page.html "$wanted" || wrong="$wrong $megabytes MiB: status $status;"
done
ktap_same "without memory: the whole page, or the old one and an error" "" "$wrong"
ktap_result "$([ $failed -gt 0 ] && [ "$status" -eq 0 ]; echo $?)" \
	"without memory: some limits are too low, the highest is not"

make_recording numbers numbers.rec
ktap_same "high numbers: exported" "0|" "$(export_status numbers.rec --perfetto numbers.json)"
trace_is_valid "high numbers" numbers.json
contains "high numbers: a thread with the name of its vCPU" numbers.json \
	'"tid":3,"ts":0.000,"name":"thread_name","args":{"name":"vCPU 1.4294967295"}}'

make_recording vms vms.rec 20000
# shellcheck disable=SC3045 # dash and bash have it
ktap_same "20,000 VMs: exported with 128 MiB" "0|" \
	"$(ulimit -v 131072; export_status vms.rec --perfetto vms.json)"
trace_is_valid "20,000 VMs" vms.json
ktap_result "$([ "$(wc -c <vms.json)" -lt 20000000 ]; echo $?)" \
	"20,000 VMs: the trace is not larger than 1,000 bytes for each"

head -c 1000 small.rec >cut.rec
ktap_same "cut: exported up to the cut, with a message" \
	"1|teavmx: cut.rec: cut at byte 1000, in a block|the records before that are used" \
	"$(export_status cut.rec --perfetto cut.json --html cut.html)"
trace_is_valid "cut" cut.json
contains "cut: the trace has the message" cut.json '"incomplete":"cut at byte 1000, in a block"'
contains "cut: the page has the message" cut.html '"problem":"cut at byte 1000, in a block"'

: >zero.rec
printf 'not a recording, but a text' >text.rec
{ head -c 8 small.rec; printf '\2'; tail -c +10 small.rec; } >version.rec
mkfifo pipe.rec
while IFS='|' read -r file message; do
	ktap_same "$file: nothing is written" "1|teavmx: $file: $message|" \
		"$(export_status "$file" --html none.html)|$(ls none.html 2>/dev/null)"
done <<'END'
missing.rec|No such file or directory
zero.rec|empty
text.rec|not a recording of teavmx
version.rec|has version 2 of the format, this program reads version 1
pipe.rec|not a regular file
END

make_recording later later.rec
ktap_same "from a later version: exported, with messages" "0" \
	"$("$TEAVMX" export later.rec --perfetto later.json 2>err; echo $?)"
cat >wanted <<'END'
teavmx: later.rec: from another machine: a CPU, kernel 6.12.0
teavmx: later.rec: from version 99.0.0 of the module, this program has version VERSION
teavmx: later.rec: left out 2 blocks of unknown kinds, from a later version
END
ktap_same "from a later version: the messages" "$(cat wanted)" \
	"$(sed 's/\(has version\) .*/\1 VERSION/' err)"
trace_is_valid "from a later version" later.json

cp small.rec own.rec
ln -s own.rec link.rec
ln own.rec hard.rec
echo before >one.json
ln -s one.json two.json
while IFS='|' read -r name arguments message; do
	# shellcheck disable=SC2086
	ktap_same "$name: refused" "2|teavmx: $message" "$(export_status $arguments)"
done <<'END'
output is the recording|own.rec --perfetto own.rec|own.rec: is the recording, expected another file to write
page is the recording|own.rec --perfetto new.json --html ./own.rec|./own.rec: is the recording, expected another file to write
output is a link to the recording|own.rec --perfetto link.rec|link.rec: is the recording, expected another file to write
recording has two names|hard.rec --perfetto own.rec|own.rec: is the recording, expected another file to write
two outputs of one name|own.rec --perfetto new.json --html new.json|new.json: is the file of --perfetto and of --html, expected two files
two outputs of one new file|own.rec --perfetto new.json --html ./new.json|./new.json: is the file of --perfetto and of --html, expected two files
two outputs to standard output|own.rec --perfetto - --html -|-: is the file of --perfetto and of --html, expected two files
two outputs of one file|own.rec --perfetto one.json --html two.json|two.json: is the file of --perfetto and of --html, expected two files
END
ktap_same "refused outputs: nothing is written" "before|" \
	"$(cat one.json; cmp small.rec own.rec 2>&1; ls new.json 2>/dev/null)|"

ktap_same "no folder for the output" "1|teavmx: no/out.json: No such file or directory" \
	"$(export_status small.rec --perfetto no/out.json)"
ktap_same "a device that is full" "1|teavmx: /dev/full: No space left on device" \
	"$(export_status small.rec --perfetto /dev/full)"
# More than what stdio writes at once: its errno is not that of the last write.
ktap_same "a device that is full, with a page" "1|teavmx: /dev/full: No space left on device" \
	"$(export_status busy.rec --html /dev/full)"
"$TEAVMX" export small.rec --perfetto - >out 2>err
ktap_same "standard output: the trace, and no file" "0||" \
	"$?|$(cmp small.json out 2>&1)|$(ls ./- 2>/dev/null)"
"$TEAVMX" export busy.rec --html - >/dev/full 2>err
ktap_same "standard output is full" "1|teavmx: standard output: No space left on device" \
	"$?|$(grep 'standard output' err)"
"$TEAVMX" export busy.rec --html - 2>err | head -n 1 >out
ktap_same "the reader of standard output has left: no message" "" \
	"$(grep -v 'another machine' err)"
mkfifo unread
timeout -k 5 1 "$TEAVMX" export small.rec --perfetto unread >out 2>err
ktap_same "a pipe without a reader: SIGTERM ends it" 124 $?
mkdir outputs
echo before >outputs/kept.json
chmod 640 outputs/kept.json
status=$(trap '' XFSZ; ulimit -f 8; export_status busy.rec --perfetto outputs/kept.json)
ktap_same "too large a file: an error, and the old file remains" \
	"1|teavmx: outputs/kept.json: File too large|before" "$status|$(cat outputs/kept.json)"
ktap_same "too large a file: nothing is left" "kept.json" "$(ls outputs)"
# SIGXFSZ kills it.
(ulimit -f 8; export_status busy.rec --perfetto outputs/killed.json) >out 2>&1
if python3 -c 'import os; os.open("outputs", os.O_TMPFILE | os.O_WRONLY)' 2>/dev/null; then
	ktap_same "killed: nothing is left" "kept.json" "$(ls outputs)"
else
	ktap_skip "killed: nothing is left" "no O_TMPFILE here"
fi
# The first names that the new file would have for a moment are those of other files.
named()
{
	"$TEAVMX" export small.rec --perfetto "outputs/$1" >out 2>err </dev/null
	echo "$?|$(grep -v ': from ' err)"
}
# shellcheck disable=SC2016 # the shell that becomes the program expands it
status=$(sh -c 'for i in 0 1; do echo "mine $i" >"outputs/named.json.$$-$i"; done
	exec "$0" export small.rec --perfetto outputs/named.json' "$TEAVMX" 2>err >out; echo $?)
ktap_same "names for a moment are taken: other ones are used" "0||mine 0|mine 1" \
	"$status|$(cmp small.json outputs/named.json 2>&1)|$(cat outputs/named.json.* | paste -sd '|')"
rm outputs/named.json*
long=$(printf '%0255d' 0)
ktap_same "no room for the name for a moment: an error" \
	"1|teavmx: outputs/$long: File name too long" "$(named "$long")"
ktap_same "no room for the name for a moment: nothing is left" "kept.json" "$(ls outputs)"
ktap_same "a folder as the output" "1|teavmx: outputs/.: Is a directory" "$(named .)"
ln -s kept.json outputs/link.json
ktap_same "a link: its target is replaced" "0|" \
	"$(export_status small.rec --perfetto outputs/link.json)"
ktap_same "a link: it is still one, and the target has its mode" "kept.json -rw-r-----" \
	"$(readlink outputs/link.json) $(stat -c %A outputs/kept.json)"
ktap_same "a link: the target is the trace" "" "$(cmp small.json outputs/kept.json 2>&1)"
ln -s missing.json outputs/dangling.json
ktap_same "a link without its target: refused, as the link would be replaced" \
	"1|teavmx: outputs/dangling.json: symbolic link to a file that does not exist" \
	"$(named dangling.json)"
ktap_same "a link without its target: nothing has changed" "missing.json dangling.json kept.json link.json" \
	"$(readlink outputs/dangling.json) $(find outputs -mindepth 1 -printf '%f\n' | LC_ALL=C sort | paste -sd ' ')"
ln -s circle.json outputs/circle.json
ktap_same "a link to itself" "1|teavmx: outputs/circle.json: Too many levels of symbolic links" \
	"$(named circle.json)"
ktap_same "errors as JSON" \
	'1|{"error":{"code":1,"message":"zero.rec: empty"}}' \
	"$(export_status zero.rec -j --html none.html)"
ktap_same "errors as JSON: a control character of the name" \
	'1|{"error":{"code":1,"message":"no\u009B.rec: No such file or directory"}}' \
	"$(export_status "$(printf 'no\302\233.rec')" -j --html none.html)"
ktap_finish

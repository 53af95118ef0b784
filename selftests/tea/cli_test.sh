#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The command line as a table: arguments, exit status, first line on standard
# error.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

ktap_start
printf 'nop\nnop\nnop\nnop\nexit\n' >"$work/ok.tas"
cd "$work" || exit 1
"$TEA" as ok.tas
echo 'void main() { }' >c.tea
ln -s missing.cup dangling.cup
cp ok.tas source.map
cp ok.tas "$(printf 'line\nfeed.tas')"

while IFS='|' read -r arguments status line; do
	# shellcheck disable=SC2086
	"$TEA" $arguments >out 2>err </dev/null
	got=$?
	ktap_same "tea $arguments" "$status|$line" "$got|$(head -n 1 err)"
done <<'TABLE'
|0|
help|0|
--help|0|
-h|0|
help as|0|
help cc|0|
help dis|0|
help run|0|
help debug|0|
help help|0|
as --help|0|
dis --help|0|
run --help|0|
run -h|0|
--version|0|
version|0|
help rum|2|tea: unknown verb 'rum', did you mean 'run'?
rum|2|tea: unknown verb 'rum', did you mean 'run'?
dsi|2|tea: unknown verb 'dsi', did you mean 'dis'?
frobnicate|2|tea: unknown verb 'frobnicate'
--frob|2|tea: unknown option '--frob', expected a verb first
as|2|tea: as: expected a source FILE
as ok.tas two.tas|2|tea: as: one FILE at a time, 'two.tas' is one too many
as ok.tas -o|2|tea: as: option '--output' needs a value
as ok.tas -o ok.tas|2|tea: as: 'ok.tas' is the source itself, choose another output
as ok.tas -o other.cup|0|
as -o other.cup ok.tas|0|
as --output=other.cup ok.tas|0|
as ok.tas -o dangling.cup|1|tea: dangling.cup: symbolic link to a file that does not exist
as --outptu x ok.tas|2|tea: as: unknown option '--outptu', did you mean '--output'?
as -g -o - ok.tas|2|tea: as: a debug map needs an object file to lie beside
as -g ok.tas|0|
as -g -o /dev/null ok.tas|2|tea: as: a debug map needs an object file to lie beside
as -g -o source.cup source.map|2|tea: as: the debug map would replace the source, choose another output
as -o source.cup source.map|0|
as -g line?feed.tas|2|tea: as: a debug map cannot name a source whose path has a control character
cc|2|tea: cc: expected a source FILE
cc --help|0|
cc c.tea|0|
cc c.tea c.tea|2|tea: cc: one FILE at a time, 'c.tea' is one too many
cc none.tea|1|tea: none.tea: No such file or directory
cc c.tea -o c.tea|2|tea: cc: 'c.tea' is the source itself, choose another output
cc -D =1 c.tea|2|tea: cc: --define: expected NAME or NAME=VALUE, got '=1'
cc -D 1 c.tea|1|<command line>:1:9: error: expected the name of a macro
cc c.tea -o dangling.cup|1|tea: dangling.cup: symbolic link to a file that does not exist
cc -g -o - c.tea|2|tea: cc: a debug map needs an object file to lie beside
cc -g -o /dev/null c.tea|2|tea: cc: a debug map needs an object file to lie beside
cc -E -S c.tea|2|tea: cc: --preprocess and --assembly cannot be combined
cc -g -S c.tea|2|tea: cc: a debug map needs an object file to lie beside
cc -g -O -W c.tea|0|
cc -O2 c.tea|2|tea: cc: unknown option '-2' in '-O2'; '-O' takes no value
cc -Wall c.tea|2|tea: cc: unknown option '-a' in '-Wall'; '-W' takes no value
cc ok.tas|1|tea: ok.tas: use 'tea as' for .tas files
cc ok.cup -o x.cup|1|tea: ok.cup: this is an object file, not a source; 'tea run' runs it and 'tea dis' shows it
as c.tea|1|tea: c.tea: use 'tea cc' for .tea files
as ok.cup -o x.cup|1|tea: ok.cup: this is an object file, not a source; 'tea run' runs it and 'tea dis' shows it
dis c.tea|1|tea: c.tea: offset 0: no object file, the signature is 76 6f and not 61 54; compile it first: tea cc c.tea
cc --json -o - c.tea|2|{"error":{"code":2,"message":"cc: --json needs standard output for itself, choose another output with -o","hint":"see 'tea help cc'"}}
cc --optimize c.tea|2|tea: cc: unknown option '--optimize', did you mean '--optimise'?
dis -m ok.map ok.cup|0|
dis -m ok.tas ok.cup|1|tea: ok.tas:1: expected 'teamap 1'
dis|2|tea: dis: expected an object FILE
dis ok.cup ok.cup|2|tea: dis: one FILE at a time, 'ok.cup' is one too many
dis ok.cup|0|
dis -x ok.cup|2|tea: dis: unknown option '-x'
run|2|tea: run: expected an object FILE
run ok.cup|0|
run ok.cup 1|6|tea: ok.cup: offset 5: the program takes 0 argument bytes, 1 given
run ok.cup --json|6|tea: ok.cup: offset 5: the program takes 0 argument bytes, 6 given
run --jsno ok.cup|2|tea: run: unknown option '--jsno', did you mean '--json'?
run --json=1 ok.cup|2|tea: run: option '--json' takes no value
run --steps|2|tea: run: option '--steps' needs a value
run --steps 0 ok.cup|2|tea: run: --steps: expected a number from 1, got '0'
run --steps x ok.cup|2|tea: run: --steps: expected a number from 1, got 'x'
run --steps -1 ok.cup|2|tea: run: --steps: expected a number from 1, got '-1'
run --steps 4 ok.cup|6|tea: stopped at the limit of 4 steps
run --feed ok.cup ok.cup|0|
run --feed missing ok.cup|1|tea: missing: No such file or directory
run --feed|2|tea: run: option '--feed' needs a value
run --host-port 0xf000=0xffff ok.cup|0|
run --host-port 0xf000 ok.cup|2|tea: run: --host-port: expected PORT=VALUE, got '0xf000'
run --host-port 0xefff=1 ok.cup|2|tea: run: --host-port: expected PORT=VALUE with a port from 0xf000 to 0xffff, got '0xefff=1'
run --host-port 0x10000=1 ok.cup|2|tea: run: --host-port: expected PORT=VALUE with a port from 0xf000 to 0xffff, got '0x10000=1'
run --host-port 0xf000=65536 ok.cup|2|tea: run: --host-port: expected PORT=VALUE with a value from 0 to 0xffff, got '0xf000=65536'
run --host-port 0xf000=-1 ok.cup|2|tea: run: --host-port: expected PORT=VALUE with a value from 0 to 0xffff, got '0xf000=-1'
run --steps 5 ok.cup|0|
run --stack 0 ok.cup|2|tea: run: --stack: expected 1 to 65535, got '0'
run --stack 65536 ok.cup|2|tea: run: --stack: expected 1 to 65535, got '65536'
run --stack 65535 ok.cup|0|
run --stack 1 ok.cup|0|
run ok.cup 256|2|tea: run: argument '256': not from -128 to 255, write w:256 for two bytes
run ok.cup -129|2|tea: run: argument '-129': not from -128 to 255, write w:-129 for two bytes
run ok.cup w:65536|2|tea: run: argument 'w:65536': expected w: and an integer from -32768 to 65535
run ok.cup w:x|2|tea: run: argument 'w:x': expected w: and an integer from -32768 to 65535
debug|2|tea: debug: expected an object FILE
debug --stack 0 ok.cup|2|tea: debug: --stack: expected 1 to 65535, got '0'
debug --exceute x ok.cup|2|tea: debug: unknown option '--exceute', did you mean '--execute'?
debug -x|2|tea: debug: option '--execute' needs a value
debug ok.cup|0|
debug ok.cup 1|6|tea: ok.cup: offset 5: the program takes 0 argument bytes, 1 given
debug ok.cup 256|2|tea: debug: argument '256': not from -128 to 255, write w:256 for two bytes
debug --dap ok.cup|2|tea: debug: --dap takes no FILE, the client launches one
debug --dap -x ok.tas|2|tea: debug: --dap cannot be combined with --json or --execute
debug --dap|1|tea: the client has left without the request disconnect
debug none.cup|1|tea: none.cup: No such file or directory
run --json none.cup|1|{"error":{"code":1,"message":"none.cup: No such file or directory"}}
TABLE

"$TEA" help >&- 2>err
ktap_same "no standard output" "1|tea: standard output: Bad file descriptor" \
	"$?|$(cat err)"
"$TEA" run ok.cup <&- >out 2>&-
ktap_same "no standard input and error" "0" $?

ktap_same "bytes of arguments" "ff800041626301 2c8000" "$(
	{
		printf '.arguments 10\n'
		printf '.equ at, 0\nnop\nnop\nnop\nnop\nexit\n'
	} >args.tas
	"$TEA" as args.tas
	"$TEA" run --json --dump-stack args.cup -1 -128 0x0 Abc w:300 w:-32768 |
		grep -o '"stack":"[^"]*"' | cut -d'"' -f4 | sed 's/012c/01 2c/'
)"
"$TEA" run ok.cup --trace >out 2>err
ktap_same "an option after the file: what to do" "6|options come before FILE" "$?|$(tail -n 1 err)"
ktap_same "more than 255 bytes of arguments" \
	"tea: run: more than 255 bytes of arguments" \
	"$("$TEA" run ok.cup "$(printf '%0256d' 0 | tr 0 x)" 2>&1 | head -n 1)"
ktap_same "the trace shows each instruction" 5 \
	"$("$TEA" run --trace ok.cup 2>&1 >/dev/null | wc -l | tr -d ' ')"
ktap_same "the stack is shown" "stack 0b" "$(
	printf '.return 1\npushlb 11\npopbsa 0\nexit\n' >one.tas
	"$TEA" as one.tas && "$TEA" run --dump-stack one.cup | tail -n 1
)"
ktap_same "completion of verbs" "as cc dis run debug help " \
	"$("$TEA" __complete | tr '\n' ' ')"
ktap_same "completion of options" \
	"--stack --steps --feed --host-port --engine --trace --dump-stack --json --help " \
	"$("$TEA" __complete run | tr '\n' ' ')"
ktap_finish

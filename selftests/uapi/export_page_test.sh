#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The pages of "teavmx export --html" in headless Chromium: what they show, that they
# print no error and load nothing, that text of a guest is text, and keys and clicks.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

ktap_start
command -v chromium >/dev/null || {
	ktap_skip "pages in a browser" "no chromium"
	ktap_finish
}
cd "$work" || exit 1

# browse FILE: its elements after its scripts have run, to the file dom
browse()
{
	HOME=$work timeout 120 chromium --headless --no-sandbox --disable-gpu \
		--enable-logging=stderr --user-data-dir="$work/profile" \
		--dump-dom "file://$work/$1" >dom 2>log </dev/null
}

# shown ID: the text of an element, its children included
shown()
{
	python3 - "$1" <<'END'
import html.parser
import sys


class Finder(html.parser.HTMLParser):
    depth = 0
    text = ''

    def handle_starttag(self, tag, attributes):
        if self.depth or dict(attributes).get('id') == sys.argv[1]:
            self.depth += tag not in ('meta', 'br', 'img')
        if self.depth and tag in ('tr', 'p'):
            self.text += '\n'

    def handle_endtag(self, tag):
        self.depth -= self.depth > 0

    def handle_data(self, data):
        if self.depth:
            self.text += data + '|'


finder = Finder()
finder.feed(open('dom', encoding='utf-8').read())
print(finder.text.strip())
END
}

# page KIND [NUMBER]: makes a recording and its page, and opens that
page()
{
	python3 "$here/export_recording.py" "$1" "$1.rec" ${2:+"$2"} &&
		"$TEAVMX" export "$1.rec" --html "$1.html" && browse "$1.html"
	ktap_result $? "$1: opened"
	ktap_same "$1: no message on the console" "" "$(grep CONSOLE log)"
}

page small
ktap_same "small: summary" "2 vCPUs, 6 exits, 15 records, 40.000 µs.|" "$(shown summary)"
ktap_same "small: lost records" "The recording lacks 5 records that were lost.|" \
	"$(shown problems)"
shown exits >table
cat >wanted <<'END'
record|vCPU|time|in the guest|cost|reason|rip|qualification|decoded|
15|1.2|20.000 µs|10.000 µs|CPUID|0x1000|0x0|
16|1.2|30.000 µs|10.000 µs|HLT|0x1000|0x0|
7|1.1|9.000 µs|3.000 µs|IO_INSTRUCTION|0x7c04|0xe90000|out, port 0xe9, size 1|
3|1.1|5.000 µs|1.500 µs|CPUID|0x7c00|0x0|
4|1.1|7.500 µs|1.000 µs|1.500 µs|CPUID|0x7c02|0x0|
8|1.2|9.500 µs|not recorded|HLT|0xffffffff80001234|0x0|
END
ktap_same "small: the exits, the longest first" "$(cat wanted)" "$(cat table)"
shown costs >table
contains "small: the costs of a reason" table \
	"CPUID|3|13.000 µs|50.0 %|1.500 µs|4.333 µs|10.000 µs|"
shown points >table
contains "small: text" table "8.000 µs|1.1|tea-text|hello|"
contains "small: lost records among the other records" table \
	"12.000 µs|lost|5 records of VM 1, from 10 on|"

page filtered
ktap_same "filtered: what a filter has left out" \
	"A filter has left out 2 records between others; exits before them have no cost.|" \
	"$(shown problems)"

page hostile
ktap_same "hostile: text is not executed" "hostile.rec|" "$(shown title)"
lacks "hostile: text makes no element" dom '<i id=|<img|<body id'
shown points >table
contains "hostile: text is shown" table '</script><script>document.title="owned"</script>|'
contains "hostile: a reason without a name" dom '<td>unknown</td>'

page empty
ktap_same "no record: summary" "0 vCPUs, 0 exits, 0 records, 0 ns.|" "$(shown summary)"

page busy 30000
contains "busy: what is left out" dom \
	"this page has the 20,000 longest of 30,000 exits; the time line shows sums"
ktap_same "busy: rows" "1 to 100 of 20,000|" "$(shown page)"

# What a person does: a script at the end of the page does it, and writes what it sees.
{
	cat small.html
	cat <<'END'
<script>
'use strict';
const seen = document.body.appendChild(document.createElement('p'));
seen.id = 'seen';
const note = text => { seen.textContent += text + ' '; };
const key = name => canvas.dispatchEvent(new KeyboardEvent('keydown', { key: name }));
const place = canvas.getBoundingClientRect();
const pointer = (type, time, lane) => canvas.dispatchEvent(new PointerEvent(type, {
	clientX: place.left + x(time), clientY: place.top + HEAD + lane * LANE + 15,
	pointerId: 1 }));
canvas.setPointerCapture = () => {};
note(`${from}+${shown}`);
key('+');
note(`${from}+${shown}`);
key('ArrowRight');
note(`${from}+${shown}`);
key('0');
note(`${from}+${shown}`);
canvas.dispatchEvent(new WheelEvent('wheel', { deltaY: -1, cancelable: true,
	clientX: place.left + x(20000) }));
note(`${Math.round(from / 100)}+${shown}`);
pointer('pointerdown', 20000, 0);
pointer('pointermove', 18000, 0);
pointer('pointerup', 18000, 0);
note(`${Math.round(from / 100)}`);
key('0');
pointer('pointerdown', 10000, 0);
pointer('pointerup', 10000, 0);
note(at('detail').textContent);
document.querySelector('#exits th button').click();
note(document.querySelector('#exits tbody td').textContent);
document.querySelector('#exits th button').click();
note(document.querySelector('#exits tbody td').textContent);
</script>
END
} >acted.html
browse acted.html
ktap_same "keys, wheel and pointer: no message on the console" "" "$(grep CONSOLE log)"
ktap_same "keys, wheel and pointer move the time line; clicks show an exit, and sort" \
	"0+40000 10000+20000 12500+20000 0+40000 40+32000 60 vCPU 1.1, record 7: IO_INSTRUCTION after 9.000 µs, cost 3.000 µs, CPU 1, rip 0x7c04, qualification 0xe90000: out, port 0xe9, size 1 16 3 |" \
	"$(shown seen)"
ktap_finish

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The TEA language rule by rule, with and without -O, and the compiler's options.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

TEA_INCLUDE=$here/lib
export TEA_INCLUDE

# run_it OPTIONS ARGUMENTS: compiles a.tea and shows text and value
run_it()
{
	# shellcheck disable=SC2086
	(cd "$work" && "$TEA" cc $1 a.tea && "$TEA" run --steps 100000 a.cup $2) 2>&1 |
		sed 's/ ([^)]*): value/:/'
}

# gives NAME OUTPUT SOURCE [ARGUMENT...]: the source, with printf escapes,
# compiled both ways; "exit 0 Normal: " is not written in OUTPUT
gives()
{
	name=$1
	wanted=$2
	# shellcheck disable=SC2059
	printf "$3" >"$work/a.tea"
	shift 3
	for options in "" -O; do
		ktap_same "$name $options" "$wanted" \
			"$(run_it "$options" "$*" | sed 's/^exit 0 Normal: //')"
	done
}

# value NAME VALUE STATEMENTS: in main
value()
{
	gives "$1" "$2" "char g = 5;\nint h = 1000;\nint main()\n{\n\t$3\n}\n"
}

ktap_start

# bugs of the original that are fixed
value "for without condition" 10 "int i = 0; for (;;) if (++i == 10) break; return i;"
value "for without parts" 4 "int i = 0; for (i = 1; ; i += 3) if (i > 3) return i; return 0;"
value "if (0) with else" 2 "int i = 0; if (0) i = 1; else i = 2; return i;"
value "if (1) with else" 1 "int i = 0; if (1) i = 1; else i = 2; return i;"
value "if (0) alone" 7 "int i = 7; if (0) i = 1; return i;"
value "break out of locals" 1 "int i = 1; while (1) { char a = 1; int b = 2; { int d = 3; break; } } return i;"
value "continue out of locals" 5 "int i = 0; while (i < 5) { char a = 1; int b = 2; i++; if (a) continue; i = 100; } return i;"
value "break out of a switch with locals" 3 "int i = 3; switch (i) { case 3: { int a = 1; break; } default: i = 9; } return i;"
value "empty asm" 1 "asm { } return 1;"
value "block of declarations only" 1 "{ int a; char b; } return 1;"
value "shifts group left" 32 "return 256 >> 2 >> 1;"
value "relations group left" 1 "return (int)(3 > 2 > 0);"
value "bit operators group left" 6 "return (int)(7 & 6 & 14);"
gives "constants are exact, with a warning" \
	"a.tea:1:25: warning: constants of 8 bits give 200: it is kept as an int, 8 bits would have made it -56
  int main() { return 100 + 100; }
                          ^
200" 'int main() { return 100 + 100; }\n'
gives "an assigned constant is cut, with a warning" \
	"a.tea:1:29: warning: 65535 does not fit in int and becomes -1; write (int)65535 if that is meant
  int main() { int i = 0; i = 0xFFFF; return i; }
                              ^
-1" 'int main() { int i = 0; i = 0xFFFF; return i; }\n'
gives "an argument is cut to the unsigned parameter" -56 \
	'int f(unsigned char a) { return (int)a; }\nint main() { return f(200); }\n'
gives "a case is cut, with a warning" \
	"a.tea:1:43: warning: 65537 does not fit in 16 bits
  int main() { int i = 1; switch (i) { case 65537: return 3; } return 4; }
                                            ^
3" 'int main() { int i = 1; switch (i) { case 65537: return 3; } return 4; }\n'
value "int shift count with a sticky carry" 4 "int n = 300; char c = (char)n; n = 2; return 1 << n;"
gives "int shift count out of range for a constant with more bits" \
	"a.tea:1:21: warning: 1000000 does not fit in 16 bits
  int main() { return 1000000 >> 300; }
                      ^
0" 'int main() { return 1000000 >> 300; }\n'
value "int shift count out of range" 0 "int n = 300; return h << n;"
value "constant shift count out of range" 0 "return 1024 >> 257;"
value "constant shift count out of range, negative" -1 "return -1024 >> 257;"
value "int constant as shift count" 0 "return 1024 >> (int)200;"
value "?:" 11 "return (int)(g == 5 ? 11 : 12);"
value "?: of both sizes" 1000 "return g ? h : g;"

# types
value "char wraps" -56 "char a = 100; char b = 100; return (int)(a + b);"
value "char times char" -12 "char a = 50; char b = 10; b = a * b; return (int)b;"
value "mixed operands widen" 1005 "return g + h;"
value "widening is by the sign" -56 "unsigned char c = (unsigned char)200; return (int)c;"
value "narrowing cast" -24 "return (int)(char)h;"
value "0xFFFF" -1 "return 0xFFFF;"
value "binary literal" 10 "return 0b1010;"
value "characters" 75 "return 'A' + '\\\\n';"
value "unsigned relation" 1 "unsigned int a = (unsigned int)40000; unsigned int b = 5; return (int)(a > b);"
value "signed relation" 0 "int a = (int)40000; return (int)(a > 5);"
value "relations of int" 42 "int a = -5; int r = 0; if (a < 3) r += 2; if (a <= -5) r += 8; if (a > -6) r += 32; if (a >= -4) r += 64; if (a > 32767) r += 128; return r;"
value "relations of char" 42 "char a = -5; int r = 0; if (a < 3) r += 2; if (a <= -5) r += 8; if (a > -6) r += 32; if (a >= -4) r += 64; if (a > 127) r += 128; return r;"
value "relations of unsigned char" 42 "unsigned char a = (unsigned char)251; unsigned char b = 3; int r = 0; if (a > b) r += 2; if (a >= b) r += 8; if (b <= a) r += 32; if (a < b) r += 64; if (a <= b) r += 128; return r;"
value "division truncates" -3 "int a = -7; return a / 2;"
value "remainder has the sign of the dividend" -1 "int a = -7; return a %% 2;"
value "shift right keeps the sign" -2 "int a = -7; return a >> 2;"
value "not" 1 "return (int)(!h + !!h + !g);"
value "complement" -1001 "return ~h;"

# operators
value "assignment has a value" 9 "int i; int j; i = j = 4; return i + j + ((i = 1) == 1);"
value "compound assignment" 20 "int i = 3; i += 5; i -= 2; i *= 4; i /= 3; i <<= 2; i >>= 1; i |= 1; i ^= 4; i &= 0xFE; i %%= 100; return i;"
value "steps" 44 "int i = 1; char c = 5; i = i++ + ++i; i += (int)(c-- + --c); i += (int)(g++ + ++g); h = i++; i += h--; return h - 1 + 2 * (i == h * 2 + 3) + g - 3 + 16;"
value "short circuit" 5 "int i = 0; if (0 && ++i) i = 100; if (1 || ++i) i += 5; return i;"
value "or" 1 "return (int)(0 || h);"
value "comma" 3 "int i; int j; for (i = 0, j = 3; i < j; i++, --j) ; return i + j;"

# statements
value "do" 3 "int i = 0; do i++; while (i < 3); return i;"
value "switch" 4 "switch (g) { case 1: return 1; default: return 2; case 5: h = 3; case 6: h++; } return h;"
value "switch, default in the middle" 22 "switch (h) { case 1: return 1; default: h = 20; case 3: h += 2; } return h;"
value "switch of int cases on a char" 2 "switch (g) { case 1000: return 1; case 5: return 2; } return 3;"
value "goto" 6 "int i = 0; again: i += 2; if (i < 6) goto again; return i;"
value "goto out of blocks" 8 "int i = 8; { int a = 1; { int b = 2; goto out; } } i = 0; out: return i;"
value "goto into a block without locals" 5 "int i = 5; goto in; i = 0; { in: ; } return i;"
value "nested loops" 12 "int i; int j; int n = 0; for (i = 0; i < 4; i++) { char x = 1; for (j = 0; j < 10; j++) { int y = 2; if (j == 3) break; n++; } } return n;"
value "words of the language as names" 4 "int if = 3; if = 4; return if;"
value "locals start with 0xFFFF" -1 "int a; asm { } return a;"

# functions
gives "prototype, recursion" 120 'int f(int n);\nint main() { return f(5); }\nint f(int n) { return n < 2 ? 1 : n * f(n - 1); }\n'
gives "type int by default" 3 'f(char a) { return (int)a; }\nmain() { return f(3); }\n'
gives "arguments" -26 'char main(char a, int b, char c) { return (char)(a * b + c); }\n' 10 w:-3 4
gives "void main" void 'void main() { }\n'
gives "globals before main" 1007 'int a = 1000;\nchar b = 7;\nint f() { return a + b; }\nint c = f();\nint main(int p) { return c; }\n' w:1
gives "a string" "hi
void" '#include <print.tea>\nvoid main() { print("hi\\n"); }\n'
gives "parameters behind a string" 1207 'int g;\nvoid f(string s, char a, int b) { g = b * 100 + a; }\nint main() { f("abc", 7, 12); return g; }\n'
gives "an asm block" 30 'int twice(int a) { asm { pushss 4 pushss 6 adds popss 4 } return a; }\nint main() { return twice(15); }\n'
gives "asm with labels and C labels" 3 'int main() { int n = 0; asm { again: incs 2 pushss 2 pushls 3 subs pops brnz again goto out } n = 9; out: return n; }\n'

# arrays
value "local arrays" 1220 "int a[3] = { 7, 200 }; char c[4]; int i = 1; a[2] = h; a[i]++; c[i] = 3; c[i + 1] += c[i]; a[0] += (int)c[2]; return a[0] + a[1] + a[2] + (int)c[1] + a[i - 1] - i - 3;"
gives "global arrays" 322 'int a[3] = { 7, 300 };\nchar t[4] = "abc";\nint main() { int i = 2; a[i] = a[1] + a[0]; a[i] -= (int)t[0]; return a[2] + (int)t[i] + (int)t[3] + i - a[0] + 18; }\n'
value "an index with effects" 23 "int a[3]; int i = 0; a[i++] += 5; a[i++] = 7; return a[0] + 2 * a[1] + i + a[i]++ + a[2]++ + (a[2] == 2);"
gives "index, old value and operand of an assignment" 1706 \
	'int i = 0;\nint next() { i = i + 1; return i; }\nint main() { int a[3] = { 0, 10, 20 }; int b = 1; a[next()] += (a[1] = 5) + next(); b += (b = 5); return a[1] * 100 + b; }\n'

# the library
gives "print" "-123 65413 FF85 1111111110000101
-5 251 FB 11111011
[   -7][  100][12345]
void" '#include <print.tea>\nvoid main() {\nint i = -123; char c = -5;\nprint_int(i); print_char(32); print_unsigned((unsigned int)i); print_char(32); print_hex(i); print_char(32); print_binary(i); print_newline();\nprint_byte(c); print(" "); print_byte_unsigned((unsigned char)c); print(" "); print_byte_hex(c); print(" "); print_byte_binary(c); print("\\n");\nprint("["); print_padded(-7, 5); print("]["); print_padded(100, 5); print("]["); print_padded(12345, 3); print("]\\n"); print(""); }\n'
gives "pad and semaphores" 1296 '#include <pad.tea>\n#include <semaphore.tea>\nint main() { pad_write_int(254, 1234); pad_write(3, -5); semaphore_post(255, 60); return pad_read_int(254) + (int)(pad_read(3) == -5) + (int)semaphore_wait(255) + (int)pad_read(254) - 3; }\n'
gives "time and processes" 1 '#include <time.tea>\n#include <process.tea>\nchar main() { sleep((unsigned int)10); sleep_ms(1001); process_run(0); process_run_as(11, 7); process_run_char(1, 2, 3); process_run_int(1, 2, 1000); process_kill(7); return process_id(); }\n'
gives "serial output" "$(printf 'A\nexit 7 IOErr: void\n%s\n%s' \
	"tea: a read of 1 byte at port fffe was refused: no host program answers this host port" \
	"--host-port PORT=VALUE makes it a register")" '#include <serial.tea>\nvoid main() { serial_write(65); asm { pushmb 0xFFFE } }\n'

# preprocessor
gives "conditions" 5 '#define A 2\n#if A > 2\n#error a\n#elif defined(A) && A == 2\n#define B 5\n#elif 1 / 0\n#else\n#error b\n#endif\n#undef A\n#ifdef A\n#error c\n#endif\n#ifndef A\nint main() { return B; }\n#endif\n'
gives "a condition chooses with ?" 5 '#if 1 ? 0 : 1 / 0\n#error a\n#elif 0 ? 1 / 0 : 0\n#error b\n#elif (0 ? 0 : -1 ? 3 : 0) == 3 && !defined A\nint main() { return 5; }\n#endif\n'
gives "macros" 31 '#define ADD(a, b) ((a) + (b))\n#define TWICE(f, x) f(x, x)\n#define TEN ADD(4, \\\n 6)\nint main() { return ADD(TWICE(ADD, 10), ADD(1,\n TEN)); }\n'
gives "comments" 1 '/* a\n b */ int main() // c \\\n d\n{ return 1/**/; }\n'

printf 'int twice(int a) { return 2 * a; }\n' >"$work/twice.tea"
mkdir "$work/folder"
printf '#ifndef N\n#define N 1\n#endif\n' >"$work/folder/n.tea"
printf '#include "twice.tea"\n#include <n.tea>\nint main() { return twice(N); }\n' >"$work/a.tea"
ktap_same "-I" "exit 0 Normal: 2" "$(run_it "-I folder" "")"
ktap_same "-D" "exit 0 Normal: 14" "$(run_it "-I folder -D N=7" "")"
ktap_same "-E" "int twice(int a) { return 2 * a; }int main() { return twice(3); }" \
	"$(cd "$work" && "$TEA" cc -E -I folder -D N=3 a.tea | tr -d '\n')"
printf '#define NEG -\na-NEG b\n' >"$work/apart.tea"
ktap_same "-E keeps words of macros apart" "a- - b" \
	"$(cd "$work" && "$TEA" cc -E apart.tea | tr -d '\n')"
(cd "$work" && "$TEA" cc -I folder -g a.tea)
ktap_same "-g" "teamap 1 a.tea main twice twice.tea" "$(
	cd "$work" && {
		head -n 1 a.map
		sed -n 's/^function .* //p; s/^file [0-9]* //p' a.map | sort
	} | tr '\n' ' ' | sed 's/ $//')"
ktap_same "tea dis shows functions and source lines" "; function main
; a.tea:3  int main() { return twice(N); }
; function twice
; twice.tea:1  int twice(int a) { return 2 * a; }" "$(
	cd "$work" && "$TEA" dis --map=a.map a.cup >a.tas
	sed -n '/^; function/,$s/^; /; /p' "$work/a.tas"
)"
ktap_same "tea as makes the same of it, with a map of its own" "teamap 1 file 0 a.tas" "$(
	cd "$work" && "$TEA" as -g -o b.cup a.tas && cmp a.cup b.cup
	sed -n '1p; 3p' b.map | tr '\n' ' ' | sed 's/ $//')"
# A map that is older than the program would be one of another program.
for compile in "cc -I folder -o a.cup a.tea" "as -o a.cup a.tas"; do
	for map in "teamap 1" "keep this"; do
		# shellcheck disable=SC2086 # they are several words
		(cd "$work" && echo "$map" >a.map && "$TEA" $compile)
		ktap_same "$map beside what ${compile%% *} writes without -g" \
			"$(echo "$map" | grep keep)" \
			"$(cat "$work/a.map" 2>/dev/null)"
	done
done
ktap_same "standard input and output" 4 "$(
	echo 'int main() { return 4; }' | "$TEA" cc -o - - >"$work/a.cup"
	"$TEA" run "$work/a.cup" | sed 's/.* //')"


# A map of another machine: its paths do not exist here.
mkdir -p "$work/there/lib" "$work/here/sub"
printf 'int twice(int a)\n{\n\treturn 2 * a;\n}\n' >"$work/there/lib/two.tea"
printf '#include <two.tea>\nint main()\n{\n\treturn twice(3);\n}\n' >"$work/there/main.tea"
(cd "$work/there" && TEA_INCLUDE=$work/there/lib "$TEA" cc -g main.tea)
mv "$work/there/main.cup" "$work/there/main.map" "$work/there/main.tea" "$work/here/sub"
# shown FOLDER: the texts of the lines in the listing, with that library
shown()
{
	(cd "$work/here" && TEA_INCLUDE=$1 "$TEA" dis -m sub/main.map sub/main.cup) |
		sed -n 's/^; .*:[0-9]*  //p' | paste -sd '|'
}
ktap_same "a map of another machine: no library" "int main()|return twice(3);" \
	"$(rm -f "$work/moved"; mv "$work/there/lib" "$work/moved"; shown /none)"
ktap_same "a map of another machine: the library elsewhere" \
	"int main()|return twice(3);|return 2 * a;" "$(shown "$work/moved")"
mv "$work/moved/two.tea" "$work/here/sub"
ktap_same "a map of another machine: beside the map" \
	"int main()|return twice(3);|return 2 * a;" "$(shown /none)"
printf 'break two.tea:3\nrun\n' >"$work/commands"
ktap_same "a map of another machine: in the debugger" "3		return 2 * a;" \
	"$(cd "$work/here" && "$TEA" debug -x "$work/commands" sub/main.cup </dev/null 2>&1 | grep '^3')"
ktap_finish

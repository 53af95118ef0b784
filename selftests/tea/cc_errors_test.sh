#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The message of the compiler about each kind of mistake, its place, and that it leaves
# no object file behind.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

# said STATUS NAME SOURCE REMARK...: the source, with printf escapes, gives
# exactly these remarks in this order
said()
{
	wanted_status=$1
	name=$2
	# shellcheck disable=SC2059
	printf "$3" >"$work/a.tea"
	shift 3
	echo old >"$work/a.cup"
	# shellcheck disable=SC2086
	(cd "$work" && "$TEA" cc $options a.tea) >"$work/out" 2>"$work/err"
	status=$?
	wanted=$([ $# -eq 0 ] || printf 'a.tea:%s\n' "$@")
	got=$(grep '^[^ ].*:[0-9]*:[0-9]*: ' "$work/err")
	[ "$status" -eq "$wanted_status" ] || got="$got (status $status)"
	[ "$status" -eq 1 ] && [ -e "$work/a.cup" ] &&
		got="$got (an object file is left)"
	[ -s "$work/out" ] && got="$got (standard output is not empty)"
	ktap_same "$name" "$wanted" "$got"
}

refuse()
{
	options=
	said 1 "$@"
}

# what -W adds
wary()
{
	options=-W
	said 0 "$@"
}

warn()
{
	options=
	said 0 "$@"
}

# body NAME STATEMENTS REMARK...: in a function, from line 3, column 2 on
body()
{
	name=$1
	statements=$2
	shift 2
	refuse "$name" "int f(char c, int i)\n{\n\t$statements\n\treturn 0;\n}\nint main() { return f(1, 2); }\n" "$@"
}

ktap_start
refuse "no main" "int f() { return 1; }\n" "2:1: error: there is no function main"
refuse "unknown name" "int speed;\nint main() { return spede; }\n" \
	"2:21: error: 'spede' is not defined, did you mean 'speed'?"
refuse "unknown function" "int main() { return foo(1); }\n" \
	"1:21: error: 'foo' is not defined"
refuse "declared later" "int main() { return late; }\nint late = 1;\n" \
	"1:21: error: 'late' is declared only later, in line 2"
refuse "called, but not defined" "int f(int a);\nint main() { return f(1); }\n" \
	"1:5: error: 'f' is called, but nowhere defined"
refuse "another prototype" "int f(int a);\nint f(char a) { return 1; }\nint main() { return 1; }\n" \
	"2:5: error: 'f' is declared with another result or other parameters in line 1"
refuse "prototype with fewer parameters" \
	"int f(int a);\nint f(int a, int b) { return 1; }\nint main() { return 1; }\n" \
	"2:5: error: 'f' is declared with another result or other parameters in line 1"
refuse "function twice" "int f() { return 1; }\nint f() { return 1; }\nint main() { return 1; }\n" \
	"2:5: error: function 'f' is defined twice, first in line 1"
refuse "global twice" "int a;\nchar a;\nint main() { return 1; }\n" \
	"2:6: error: 'a' is declared already, in line 1"
refuse "local twice, in another block" "int main() { { int a; } { int a; } return 1; }\n" \
	"1:31: error: 'a' is declared already, in line 1"
refuse "gone" "int main() { { int a = 1; } return a; }\n" \
	"1:36: error: 'a' is out of scope: the block that declared it has ended"
refuse "not enough arguments" "int f(int a, char b) { return a; }\nint main() { return f(1); }\n" \
	"2:21: error: 'f' takes 2 arguments, not 1"
refuse "main called" "int main() { return main(); }\n" \
	"1:21: error: main cannot be called"
refuse "no return" "int main() { }\n" \
	"1:14: error: 'main' ends without 'return' and a value"
refuse "void value" "void f() { }\nint main() { return f(); }\n" \
	"2:21: error: a value is needed here, not void"
refuse "value of void" "void f() { return 1; }\nint main() { return 1; }\n" \
	"1:19: error: 'f' is void and returns no value"
refuse "string variable" "int main() { string s; return 1; }\n" \
	"1:21: error: only a parameter can be a string; an array of char holds text"
refuse "text as a value" "int main() { return \"a\"; }\n" \
	"1:21: error: text can only be an argument for a string, or what an array of char starts with"
refuse "no text for a string" "void f(string s) { }\nint main() { f(1); return 1; }\n" \
	"2:16: error: text in double quotes is needed here, the parameter is a string"
refuse "char too large" "int main() { char c = 200; return 1; }\n" \
	"1:23: error: 200 does not fit in char, from -128 to 127; write (char)200 for its low bits"
refuse "unsigned char too large" "unsigned char c = 200;\nint main() { return 1; }\n" \
	"1:19: error: 200 does not fit in unsigned char, from -128 to 127; write (unsigned char)200 for its low bits"
refuse "int too large" "int x = 40000;\nint main() { return x; }\n" \
	"1:9: error: 40000 does not fit in int, from -32768 to 32767; write (int)40000 for its low bits"
body "narrowing" "c = i;" \
	"3:6: error: int is not converted to char without a cast; write (char)"
body "narrowing, compound" "c += i;" \
	"3:7: error: int is not converted to char without a cast; write (char)"
body "signs mixed" "unsigned_char:\n\tif ((unsigned char)c < c) i = 1;" \
	"4:23: error: a signed and an unsigned value are compared; cast one of them"
body "division by zero" "i = i / 0;" "3:8: error: division by zero"
body "remainder by zero" "i = 5 %% (2 - 2);" "3:8: error: division by zero"
body "no variable" "5 = i;" "3:2: error: only variables can be assigned to"
body "a function, not called" "i = f;" "3:6: error: 'f' is a function, call it with '()'"
body "no array" "i = c[1];" "3:6: error: 'c' is no array"
body "read too early" "{ int u; i = u; }" \
	"3:15: error: 'u' is read before it is given a value"
body "break" "break;" "3:2: error: 'break' outside of a loop or switch"
body "continue" "switch (i) { default: continue; }" \
	"3:24: error: 'continue' outside of a loop"
body "case" "case 1:" "3:2: error: 'case' outside of a switch"
body "case twice" "switch (i) { case 1: case 0x1: ; }" \
	"3:23: error: case 1 is there twice"
body "default twice" "switch (i) { default: default: ; }" \
	"3:24: error: default is there twice"
body "no constant" "switch (i) { case c: ; }" \
	"3:20: error: a constant is needed here"
body "declarations of a switch" "switch (i) { int a; case 1: ; }" \
	"3:22: error: 'case' in a block of the switch, behind its declarations"
body "no label" "goto away;" "3:7: error: 'away' is not defined"
body "goto into a block" "goto in; { int a; in: ; }" \
	"3:2: error: goto into a block behind its declarations"
body "label twice" "l: ; l: ;" "3:7: error: label 'l' is there twice"
body "late declaration" "i = 1; int late;" \
	"3:9: error: expected a statement (declarations come first in a block), found 'int'"
body "parenthesis" "i = (1;" "3:8: error: expected ')', found ';'"
body "stray character" "i = 1 @ 2;" "3:8: error: unexpected character"
body "octal" "i = 010;" \
	"3:6: error: a number does not begin with 0, there are no octal ones"
body "no digits" "i = 0x; i = 0b;" "3:6: error: not a number" \
	"3:14: error: not a number"
body "no digits at the end" "i = 0x" "3:6: error: not a number"
body "a number of 40 bits" "i = 0xFFFFFFFFFF;" \
	"3:6: error: '0xFFFFFFFFFF' is too large, numbers go up to 2147483647"
body "the largest number" "i = (int)(2147483647 & 1);\ni = 2147483648;" \
	"4:5: error: '2147483648' is too large, numbers go up to 2147483647"
refuse "a number of 40 bits in a condition" "#if 0xFFFFFFFFFF\n#endif\nint main() { return 1; }\n" \
	"1:5: error: '0xFFFFFFFFFF' is too large, numbers go up to 2147483647"
refuse "a byte order mark" "\357\273\277int main() { return 1; }\n" \
	"1:1: error: unexpected character"
refuse "characters beyond ASCII" "int main() { int \303\244; return \303\266; }\n" \
	"1:18: error: unexpected character" "1:29: error: unexpected character"
refuse "an array of nothing" "int a[2] = {};\nchar b[2] = { }, c = none;\nint main() { int a[1] = {}; return 1; }\n" \
	"1:13: error: expected an expression, found '}'" \
	"2:15: error: expected an expression, found '}'" \
	"3:26: error: expected an expression, found '}'"
body "floating point" "i = 1.5;" "3:6: error: there are no floating-point numbers"
body "text without end" "i = \"abc;" "3:6: error: text without closing \""
body "unknown instruction" "asm { pushx }" \
	"3:8: error: expected an instruction or a label, found 'pushx'"
body "operand" "asm { popn 300 }" "3:13: error: 300 is not from -128 to 255"
body "target" "asm { goto away }" "3:13: error: 'away' is not defined"
refuse "array size" "int a[0];\nint main() { return 1; }\n" \
	"1:7: error: 0 is not from 1 to 16383"
refuse "index" "int a[3];\nint main() { return a[3]; }\n" \
	"2:23: error: index 3 of an array with 3 elements"
refuse "too many values" "int a[2] = { 1, 2, 3 };\nint main() { return 1; }\n" \
	"1:20: error: more values than the array has elements"
refuse "too much text" "char a[2] = \"abc\";\nint main() { return 1; }\n" \
	"1:13: error: more characters than the array has elements"
refuse "several errors in one run" "int main() { a = 1;\n b = 2;\n return c; }\n" \
	"1:14: error: 'a' is not defined" "2:2: error: 'b' is not defined" \
	"3:9: error: 'c' is not defined"
refuse "several errors of form" "int main() { a = ;\n b = );\n return 1 }\n" \
	"1:18: error: expected an expression, found ';'" \
	"2:6: error: expected an expression, found ')'" \
	"3:11: error: expected ';', found '}'"
# The compiler generated code after so many warnings, or did not show the error.
for count in 150 250; do
	{
		printf 'int main()\n{\n\tchar c;\n'
		yes '	c = 300;' | head -n $count
		printf '\tgoto nowhere;\n\treturn 0;\n}\n'
	} >"$work/a.tea"
	(cd "$work" && rm -f a.cup && "$TEA" cc a.tea) 2>"$work/err"
	ktap_same "an error after $count warnings" 1 $?
	[ ! -e "$work/a.cup" ]
	ktap_result $? "an error after $count warnings: no object file"
	contains "an error after $count warnings is shown" "$work/err" \
		"a.tea:$((count + 4)):7: error: 'nowhere' is not defined"
done
refuse "too far from the top" "int f() { char a[250]; int i = 1; char b[20]; return i; }\nint main() { return f(); }\n" \
	"1:40: warning: the variables up to this one take 276 bytes of stack, a program has 128; run it with --stack 278 or more" \
	"1:47: error: 276 bytes from the top of the stack, only 255 can be reached"

# habits from C
body "a pointer" "char *s;" \
	"3:7: error: there are no pointers; text is an array of char, or a string as a parameter"
refuse "a pointer as a parameter" "int f(char *s) { return 1; }\nint main() { return 1; }\n" \
	"1:12: error: there are no pointers; text is an array of char, or a string as a parameter"
body "an address" "i = &c;" "3:6: error: there are no pointers, nothing has an address"
body "a member" "i = c->a;" "3:7: error: there are no pointers and no structures"
refuse "a structure" "struct s { int a; };\nint main() { return 1; }\n" \
	"1:1: error: 'struct' is not a word of TEA: there are no structures, unions and enumerations"
body "a declaration in for" "for (int k = 0; k < 3; k++) { i = k; }" \
	"3:7: error: the head of 'for' declares no variable; declare it at the beginning of the block"
body "words that only C has" "static int x; i = 1; long l;" \
	"3:2: error: 'static' is not a word of TEA: leave it out, there is one kind of storage" \
	"3:23: error: 'long' is not a word of TEA: int has 16 bits, nothing has more"
body "functions that only C has" "printf(c); i = NULL;" \
	"3:2: error: 'printf' is not a word of TEA: #include <print.tea> has print(), print_int(), print_char() and others" \
	"3:17: error: 'NULL' is not a word of TEA: there are no pointers"
refuse "a function that only C has, and one of nearly its name" \
	'void print() { }\nvoid main() { printf(); }\n' \
	"2:15: error: 'printf' is not a word of TEA: #include <print.tea> has print(), print_int(), print_char() and others"
body "print without its library" "print(c); print_int(i);" \
	"3:2: error: 'print' is not defined: #include <print.tea> has print(), print_int(), print_char() and others" \
	"3:12: error: 'print_int' is not defined: #include <print.tea> has print(), print_int(), print_char() and others"
body "return, mistyped" "retrun 0;" \
	"3:2: error: 'retrun' is not a word of TEA, did you mean 'return'?"
body "while, mistyped" "whlie (i) { i--; }" \
	"3:2: error: 'whlie' is not a word of TEA, did you mean 'while'?"
body "while, mistyped, before a statement" "whlie (i) ;" \
	"3:2: error: 'whlie' is not defined, did you mean 'while'?"
body "for, mistyped" "fro (i = 0; i < 3; i++) c = 1;" \
	"3:2: error: 'fro' is not a word of TEA, did you mean 'for'?"
body "else, mistyped" "if (i) { c = 1; } esle { c = 2; }" \
	"3:20: error: 'esle' is not a word of TEA, did you mean 'else'?"
body "break, mistyped" "while (i) brek;" \
	"3:12: error: 'brek' is not defined, did you mean 'break'?"
refuse "int, mistyped" "itn main() { return 1; }\n" \
	"1:1: error: 'itn' is not a word of TEA, did you mean 'int'?"

# the preprocessor
main='int main() { return 1; }\n'
refuse "missing include" "#include \"none.tea\"\n$main" \
	"1:10: error: 'none.tea' is found nowhere"
refuse "missing system include" "#include <none.tea>\n$main" \
	"1:10: error: 'none.tea' is found nowhere"
refuse "a folder as include" "#include \"/\"\n$main" \
	"1:10: error: '/' is found nowhere"
refuse "a device as include" "#include \"/dev/zero\"\n$main" \
	"1:10: error: '/dev/zero' is found nowhere"
refuse "standard input as include" "#include \"-\"\n$main" \
	"1:10: error: '-' is found nowhere"
refuse "control characters in what is cited" "#error \033[1m\n$main" \
	"1:2: error: #error ?[1m"
refuse "#error" "#error no way\n$main" "1:2: error: #error no way"
refuse "unknown directive" "#inclde <a>\n$main" \
	"1:2: error: unknown directive '#inclde', did you mean '#include'?"
refuse "#endif without #if" "#endif\n$main" "1:2: error: #endif without #if"
refuse "#else after #else" "#if 1\n#else\n#else\n#endif\n$main" \
	"3:2: error: #else after #else"
refuse "#if without #endif" "#if 1\n$main" "1:2: error: 'if' without #endif"
refuse "#if and nothing" "#if\n#endif\n$main" \
	"1:4: error: expected a number or a name"
refuse "#if with ? and no :" "#if 1 ? 2\n#endif\n$main" "1:10: error: expected ':'"
refuse "#if with an open parenthesis" "#if (1\n#endif\n$main" "1:7: error: expected ')'"
refuse "#if defined and no name" "#if defined(1)\n#endif\n$main" \
	"1:13: error: expected the name of a macro, found '1'"
refuse "#if defined with an open parenthesis" "#if defined(A\n#endif\n$main" \
	"1:14: error: expected ')'"
refuse "#if 1 / 0" "#if 1 / 0\n#endif\n$main" "1:7: error: division by zero"
refuse "macro in another way" "#define A 1\n#define A 2\n$main" \
	"2:9: error: macro 'A' is defined already, in line 1 of a.tea"
refuse "macro that is itself" "#define A B\n#define B A\nint main() { return A; }\n" \
	"3:21: error: macro 'A' stands for itself"
refuse "macro arguments" "#define F(a, b) a\nint main() { return F(1); }\n" \
	"2:21: error: macro 'F' takes 2 arguments, not 1"
refuse "macro without end" "#define F(a) a\nint main() { return F(1; }\n" \
	"2:21: error: the arguments of macro 'F' have no closing ')'"
refuse "comment without end" "$main/* abc\n" "2:1: error: comment without end"

# warnings
warn "constants of 8 bits" "int main() { return 100 + 100; }\n" \
	"1:25: warning: constants of 8 bits give 200: it is kept as an int, 8 bits would have made it -56"
warn "constants of 16 bits" "int main() { return 300 * 300; }\n" \
	"1:25: warning: 90000 does not fit in 16 bits and becomes 24464"
warn "an unsigned char and a constant" "unsigned char c = 5;\nint main() { if (c == 5) c = 6; if (c < 200) return 1; return (int)(c == 200); }\n" \
	"2:39: warning: an unsigned char is widened by its sign for that; cast the constant to unsigned char" \
	"2:71: warning: an unsigned char is widened by its sign for that; cast the constant to unsigned char"
warn "no warning" "unsigned int a = 5;\nint main() { if (a > 5) return 1; return (int)(a == 0x8000); }\n"
warn "a constant above 32767" "int a = 5;\nint main() { return (int)(a > 0x8000); }\n" \
	"2:29: warning: a constant above 32767 is compared as a negative one"
warn "17 bits" "int main() { return 65536; }\n" \
	"1:21: warning: 65536 does not fit in 16 bits"
warn "an assigned constant is cut" "int g;\nint main() { char c; g = 0xFFFF; c = 200; return g + c; }\n" \
	"2:26: warning: 65535 does not fit in int and becomes -1; write (int)65535 if that is meant" \
	"2:38: warning: 200 does not fit in char and becomes -56; write (char)200 if that is meant"
warn "an argument is cut" "int f(int a, char b) { return a + b; }\nint main() { return f(40000, -129); }\n" \
	"2:23: warning: 40000 does not fit in int and becomes -25536; write (int)40000 if that is meant" \
	"2:30: warning: -129 does not fit in char and becomes 127; write (char)-129 if that is meant"
warn "unsigned types have the bits" "unsigned int g;\nint f(unsigned char a) { return a; }\nint main() { g = 0xFFFF; return f(200); }\n"
warn "a case of 17 bits" "int main() { int i = 1; switch (i) { case 65537: return 1; } return 0; }\n" \
	"1:43: warning: 65537 does not fit in 16 bits"
wary "not used" "int main() { int a; return 1; }\n" \
	"1:18: warning: 'a' is not used"
wary "no effect" "int main() { 1 == 2; return 1; }\n" \
	"1:16: warning: this has no effect"
wary "assignment as a condition" "int main() { int a; if (a = 1) return 2; return 1; }\n" \
	"1:27: warning: an assignment as a condition, '==' was perhaps meant"
warn "signed division" "int main() { unsigned int a = 1; return (int)(a / 2); }\n" \
	"1:49: warning: '/' takes its operands for signed ones"
warn "signed division of constants" "int main() { return (int)((unsigned int)50000 / 10) + (int)((unsigned int)500 / 10); }\n" \
	"1:47: warning: '/' takes its operands for signed ones"
warn "a sum that does not fit" "int main() { int i = 30000 + 30000; int j = 0xF000 + 1; return i + (0x7000 | 0x8000) + j - 32767 - 1; }\n" \
	"1:28: warning: 60000 does not fit in int and becomes -5536; only an unsigned int holds it"
warn "a global without value" "int a;\nint b;\nint c = 1;\nint d[2];\nint main() { b = 1; a++; return a + b + c + d[0]; }\n" \
	"1:5: warning: 'a' has no initial value and is not assigned to: it starts as -1, not as 0"
warn "a global that asm may set" "int a;\nint main() { asm { pushss 7 popss 0 } return a; }\n"
warn "more variables than stack" "char text[100];\nint table[20];\nint main() { return (int)text[0] + table[0]; }\n" \
	"2:5: warning: the variables up to this one take 142 bytes of stack, a program has 128; run it with --stack 144 or more"
warn "as many variables as stack" "char text[124];\nint main() { return (int)text[0]; }\n"
warn "a value below a string" "int f(string s) { return 1234; }\nint main() { return f(\"abc\") + f(\"\"); }\n" \
	"1:5: warning: 'f' has a string, and the length of the text is not known here: its value goes to a wrong place; make it void, and set a global"
warn "parameters below a string" "int g;\nvoid f(char a, int b, string s, string t) { g = b + a; }\nint main() { f(1, 2, \"abc\", \"\"); return g; }\n" \
	"2:6: warning: 'f' has a string, and the length of the text is not known here: the parameters before it are read at a wrong place; declare strings first"
warn "a value and a parameter below a string" "int f(string s, char a, string t);\nint main() { return f(\"a\", 1, \"b\"); }\nint f(string s, char a, string t) { return (int)a; }\n" \
	"3:5: warning: 'f' has a string, and the length of the text is not known here: its value and the parameters before it are at wrong places; make it void, set a global, and declare strings first"
warn "a parameter behind strings" "int g;\nvoid f(string s, string t, char a) { g = a; }\nvoid h(char unused, string s) { }\nint main() { f(\"a\", \"b\", 1); h(1, \"a\"); return g; }\n"
wary "unused label" "int main() { l: return 1; }\n" \
	"1:14: warning: nothing goes to label 'l'"

printf 'int main() {\n\treturn\tnone;\n}\n' >"$work/caret.tea"
"$TEA" cc "$work/caret.tea" 2>"$work/err"
ktap_same "the line and a caret" "$(printf '  \treturn\tnone;\n  \t      \t^')" \
	"$(sed -n '2,3p' "$work/err")"
printf 'void main() { }\n' >"$work/a.tea"
(cd "$work" && "$TEA" cc -g a.tea)
printf 'void main() { x }\n' >"$work/a.tea"
(cd "$work" && "$TEA" cc -g a.tea) 2>"$work/err"
ktap_same "no debug map is left" "" "$(cd "$work" && ls a.cup a.map 2>/dev/null)"
printf 'int broken() { return x; }\n' >"$work/inner.tea"
printf '#include "inner.tea"\nint main() { return broken(); }\n' \
	>"$work/outer.tea"
ktap_same "an error in an include" \
	"$work/inner.tea:1:23: error: 'x' is not defined" \
	"$("$TEA" cc "$work/outer.tea" 2>&1 | head -n 1)"

# diagnosed NAME STATUS ERRORS WARNINGS DIAGNOSTIC SOURCE: what --json prints
diagnosed()
{
	# shellcheck disable=SC2059
	printf "$6" >"$work/a.tea"
	(cd "$work" && "$TEA" cc --json a.tea) >"$work/out" 2>&1
	status=$?
	output=null
	[ "$2" -eq 0 ] && output='"a.cup"'
	ktap_same "--json: $1" \
		"$2|{\"output\":$output,\"errors\":$3,\"warnings\":$4,\"diagnostics\":[$5]}" \
		"$status|$(cat "$work/out")"
}

diagnosed "nothing wrong" 0 0 0 "" 'int main() { return 1; }\n'
diagnosed "a word replaced" 1 1 0 \
	'{"severity":"error","message":"'"'retrun' is not a word of TEA, did you mean 'return'?"'","file":"a.tea","line":2,"column":2,"end_column":8,"text":"\tretrun 0;","fix":{"column":2,"end_column":8,"text":"return"}}' \
	'int main() {\n\tretrun 0;\n}\n'
diagnosed "a cast inserted" 1 1 0 \
	'{"severity":"error","message":"int is not converted to char without a cast; write (char)","file":"a.tea","line":1,"column":26,"end_column":27,"text":"void f(int a) { char c = a; }","fix":{"column":26,"end_column":26,"text":"(char)"}}' \
	'void f(int a) { char c = a; }\nint main() { return 1; }\n'
diagnosed "a semicolon inserted" 1 1 0 \
	'{"severity":"error","message":"expected '"';', found '}'"'","file":"a.tea","line":1,"column":23,"end_column":24,"text":"int main() { return 1 }","fix":{"column":23,"end_column":23,"text":";"}}' \
	'int main() { return 1 }\n'
diagnosed "a macro is not replaced" 1 1 0 \
	'{"severity":"error","message":"'"'speid' is not defined, did you mean 'speed'?"'","file":"a.tea","line":3,"column":21,"end_column":22,"text":"int main() { return X; }","fix":null}' \
	'#define X speid\nint speed = 1;\nint main() { return X; }\n'
diagnosed "a warning, bytes that are no UTF-8" 0 0 1 \
	'{"severity":"warning","message":"65536 does not fit in 16 bits","file":"a.tea","line":1,"column":21,"end_column":26,"text":"int main() { return 65536; } // \u00FF","fix":null}' \
	'int main() { return 65536; } // \377\n'
diagnosed "a warning of a function with a string" 0 0 1 \
	'{"severity":"warning","message":"'"'f' has a string, and the length of the text is not known here: its value goes to a wrong place; make it void, and set a global"'","file":"a.tea","line":1,"column":5,"end_column":6,"text":"int f(string s) { return 1234; }","fix":null}' \
	'int f(string s) { return 1234; }\nint main() { return f("abc"); }\n'
ktap_finish

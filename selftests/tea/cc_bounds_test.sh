#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Sources beyond the limits of the compiler: an error that names the limit, with
# little memory. What would never end is ended by the limit of processor time.
# shellcheck disable=SC3045 # dash has both limits

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

SECONDS_MAX=1
MEMORY_KB=100000

# repeat COUNT TEXT
repeat()
{
	awk -v count="$1" -v text="$2" \
		'BEGIN { for (i = 0; i < count; i++) printf "%s", text }'
}

# refuses NAME MESSAGE: big.tea gives just that one error
refuses()
{
	(
		ulimit -t $SECONDS_MAX
		ulimit -v $MEMORY_KB
		cd "$work" && exec "$TEA" cc big.tea
	) >"$work/out" 2>"$work/err"
	ktap_same "$1" "1 $2" "$? $(sed -n 's/^.*error: //p; s/^tea: //p' "$work/err")"
}

ktap_start
{
	repeat 10000000 x
} >"$work/big.tea"
refuses "a line of 10 MB" "big.tea: a source may have at most 4194304 bytes"
{
	printf 'int main() { return 1; } //'
	repeat 3000000 x
} >"$work/big.tea"
refuses "a line of 3 MB" "a line may have at most 65536 bytes"
{
	printf 'int main() { return '
	repeat 10000 '('
	printf 1
	repeat 10000 ')'
	echo '; }'
} >"$work/big.tea"
refuses "parentheses 10,000 deep" "nested more than 200 deep"
{
	printf 'int main() { '
	repeat 10000 '{'
	repeat 10000 '}'
	echo 'return 1; }'
} >"$work/big.tea"
refuses "blocks 10,000 deep" "nested more than 200 deep"
{
	printf 'int main() { return '
	repeat 10000 '-'
	echo '1; }'
} >"$work/big.tea"
refuses "operators 10,000 deep" "nested more than 200 deep"
{
	printf 'int main() { return '
	repeat 10000 '1+'
	echo '1; }'
} >"$work/big.tea"
refuses "a sum of 10,000 terms" "an expression of more than 1000 levels"
{
	printf 'int f(int a) { return a; } int main() { return '
	repeat 10000 'f('
	repeat 10000 ')'
	echo '; }'
} >"$work/big.tea"
refuses "calls 10,000 deep" "nested more than 200 deep"
{
	printf 'int a; int main() { return a'
	repeat 10000 '++'
	echo '; }'
} >"$work/big.tea"
refuses "10,000 steps" "an expression of more than 1000 levels"
{
	printf 'int main() { '
	repeat 5000 'if (1) ;
else '
	echo '; return 1; }'
} >"$work/big.tea"
refuses "else 5,000 deep" "nested more than 200 deep"
repeat 10000 '#if 1
' >"$work/big.tea"
refuses "#if 10,000 deep" "#if is nested more than 64 deep"
{
	printf '#if '
	repeat 10000 '('
	printf '\n#endif\n'
} >"$work/big.tea"
refuses "a condition 10,000 deep" \
	"expected a condition that is nested less deep, found '('"
{
	echo '#define A0 1 +'
	awk 'BEGIN { for (i = 1; i < 60; i++)
		print "#define A" i " A" i - 1 " A" i - 1 }'
	echo 'int main() { return A59 1; }'
} >"$work/big.tea"
refuses "macros that double 60 times" \
	"more than 1000000 words with all macros expanded"
{
	echo '#define A0'
	awk 'BEGIN { for (i = 1; i < 60; i++)
		print "#define A" i " A" i - 1 " A" i - 1 }'
	echo 'int main() { return A59 1; }'
} >"$work/big.tea"
refuses "empty macros that double 60 times" \
	"more than 1000000 words with all macros expanded"
{
	echo '#define F(x) x'
	printf 'int main() { return '
	repeat 500 'F('
	printf 1
	repeat 500 ')'
	echo '; }'
} >"$work/big.tea"
refuses "macros 500 deep" \
	"macros are used more than 200 deep within each other"
printf '#define F(x) F(x) F(x)\nint main() { return F(1); }\n' >"$work/big.tea"
refuses "a macro without end" "macro 'F' stands for itself"
printf '#include "big.tea"\n#include "big.tea"\n' >"$work/big.tea"
refuses "a source that includes itself" \
	"sources are included more than 32 deep"
{
	printf 'int main() { '
	repeat 3000 'int a;
'
	echo ' return 1; }'
} >"$work/big.tea"
(cd "$work" && "$TEA" cc big.tea) 2>"$work/err"
ktap_same "as many errors as help" "100 errors" \
	"$(sed -n 's/^big.tea: \(.*\), nothing written/\1/p' "$work/err")"
awk 'BEGIN {
	print "int a = 1;"
	print "int main() {"
	for (i = 0; i < 9000; i++)
		print "a = a * 3;"
	print "return a; }"
}' >"$work/big.tea"
refuses "too much code" "the program has 90014 bytes of code, more than 65535"
{
	repeat 4000000 '
'
	echo 'int main() { return none; }'
} >"$work/big.tea"
refuses "4,000,000 empty lines are no words" "'none' is not defined"
{
	echo '#define F(a) a'
	echo 'int F'
	repeat 4000000 '
'
	echo ';'
	echo 'int main() { return none; }'
} >"$work/big.tea"
refuses "a macro far from its parenthesis" "'none' is not defined"
ktap_finish

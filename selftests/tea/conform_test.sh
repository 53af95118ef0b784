#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every vector file on every host given as "conform_test.sh [HOST...]"; the
# default is user space, with and without translation, and the model. The number of cases is known, so that a
# file that lost lines does not pass. "HOST:random" runs only the random
# programs, "HOST:differential" only those that are bytecode.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

check_file()
{
	host=$1
	file=$2
	count=$3

	output=$("$here/conform" --backend "$host" "$here/vectors/$file") ||
		printf '%s\n' "$output" | head -n 20 | sed 's/^/# /'
	ktap_same "$host: $count cases of $file" "$count passed, 0 failed" \
		"$(printf '%s\n' "$output" | tail -n 1)"
}

# A vector that is wrong on purpose: conform must notice each field.
check_notices()
{
	field=$1
	line=$2

	echo "$line" >"$work/wrong.txt"
	"$here/conform" "$work/wrong.txt" >"$work/output"
	status=$?
	grep -q ": $field:" "$work/output" && [ "$status" -eq 1 ]
	ktap_result $? "conform notices a wrong $field"
}

[ $# -gt 0 ] || set -- user jit model
ktap_start
for host; do
	case $host in
	*:random)
		check_file "${host%:*}" differential.txt 2000
		check_file "${host%:*}" programs.txt 300
		continue
		;;
	*:differential)
		check_file "${host%:*}" differential.txt 2000
		continue
		;;
	esac
	check_file "$host" tea-conformance.txt 5850
	check_file "$host" tea-hostile.txt 600
	check_file "$host" differential.txt 2000
	check_file "$host" programs.txt 300
done
check_notices message 'wrong|1||014100000053|801a010042|41||3'
check_notices stack 'wrong|1||220101410053|801a010041|42||3'
check_notices text 'wrong|0||0141130011530000|801a0100||42|3'
check_notices steps 'wrong|0||0000000053|801a0100|||4'
check_notices steps 'endless|0||4800000000|801a0101|||7'
ktap_finish

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Checks of the source tree itself; each is a function that prints what is
# wrong and fails.  tree_checks runs them all and prints TAP.
# shellcheck disable=SC2154 # check sets top and logs

generated="uapi/teavmx.h module/netlink/gen.h module/netlink/gen.c module/trace/names_gen.h
	userspace/lib/name_gen.c"

# sources [PATTERN...]: the files that belong to the tree.
sources()
{
	git -C "$top" ls-files --cached --others --exclude-standard -- "$@" |
		while read -r file; do
			[ ! -f "$file" ] || echo "$file"
		done
}

scripts()
{
	local file

	sources '*.sh'
	sources | while read -r file; do
		case $file in
		*.sh) continue ;;
		esac
		head -n 1 "$file" | tr -d '\0' |
			grep -E '^#! ?(/usr/bin/env )?(/bin/)?(ba)?sh' >/dev/null &&
			echo "$file"
	done
	return 0
}

check_generated()
{
	local file bad=0

	mkdir -p "$logs/generated"
	Documentation/netlink/regen "$logs/generated" || return
	for file in $generated; do
		diff -u "$file" "$logs/generated/$file" || bad=1
	done
	[ $bad = 0 ] || echo "generated files differ from the specification: run 'make spec'"
	return $bad
}

# excepted FILE TYPE: is it in checkpatch-exceptions?  Notes which line it was.
excepted()
{
	local pattern type reason i=0

	while read -r pattern type reason; do
		i=$((i + 1))
		# shellcheck disable=SC2053 # the file's first column is a pattern
		if [[ $1 == $pattern && $2 == "$type" && -n $reason ]]; then
			needed[i]=1
			return 0
		fi
	done < <(grep -vE '^(#|$)' selftests/checkpatch-exceptions)
	return 1
}

# An exception that nothing needs any more is an error too.
check_checkpatch()
{
	local found=$logs/checkpatch.found bad=0 i=0 file type rest needed=()

	# shellcheck disable=SC2046 # no file of ours has a space in its name
	perl build/ksrc/scripts/checkpatch.pl --no-tree --strict --terse --show-types \
		-f $(sources '*.c' '*.h' '*.S') >"$logs/checkpatch.out" 2>/dev/null
	grep -q '^total: ' "$logs/checkpatch.out" || { echo "checkpatch did not run"; return 1; }
	sed -nE 's/^([^:]+):([0-9]+): [A-Z]+:([A-Z_]+): /\1 \3 \2 /p' \
		"$logs/checkpatch.out" >"$found"
	while read -r file type rest; do
		excepted "$file" "$type" || { echo "$file: $type, line $rest"; bad=1; }
	done <"$found"
	while read -r file type rest; do
		i=$((i + 1))
		[ -n "${needed[i]-}" ] || { echo "exception not needed: $file $type"; bad=1; }
	done < <(grep -vE '^(#|$)' selftests/checkpatch-exceptions)
	return $bad
}

check_shellcheck()
{
	# shellcheck disable=SC2046
	shellcheck -x -P SCRIPTDIR $(scripts)
}

check_yamllint()
{
	# shellcheck disable=SC2046
	yamllint -s -d '{extends: relaxed, rules: {line-length: {max: 100}}}' \
		$(sources '*.yaml' '*.yml')
}

# Forges execute them, and nothing here does.
check_workflows()
{
	selftests/tree/workflows
}

# Tests of messages about mistyped words have such words, and so has this file.
# Others must not.
check_codespell()
{
	local mistyped='^selftests/(tree_checks\.sh|tea/cc_errors_test\.sh|tea/debug/strings\.dbg|uapi/teavmx_cli_test\.sh)$'
	local bad=0

	# UE is a flag of MXCSR.
	# shellcheck disable=SC2046
	codespell -L ue $(sources | grep -vE "$mistyped" |
		grep -vE '^(LICENSES/|selftests/.*/vectors/|selftests/fuzz/corpus/.*/)') || bad=1
	# shellcheck disable=SC2046
	codespell -L ue,raed,expection,wriet,retrun,whlie,fro,esle,divison \
		$(sources | grep -E "$mistyped") || bad=1
	return $bad
}

# Plain data has no comments to put the line in.
check_spdx()
{
	local file bad=0

	for file in $(sources | grep -vE '^(LICENSES/|VERSION$|MAINTAINERS$|debian/(changelog|source/format|.*\.symbols)$)|/vectors/.*\.(txt|tea)$|/fuzz/corpus/.*/'); do
		head -n 3 "$file" | tr -d '\0' | grep 'SPDX-License-Identifier: ' >/dev/null ||
			{ echo "$file: no SPDX line"; bad=1; }
	done
	return $bad
}

check_length()
{
	local file lines bad=0

	for file in $(sources | grep -vE '^LICENSES/|/vectors/|/specs/|/released/|/fuzz/corpus/'); do
		lines=$(wc -l <"$file")
		[ "$lines" -lt 900 ] || { echo "$file: $lines lines"; bad=1; }
	done
	return $bad
}

# build_module has compiled it.
check_module_warnings()
{
	local log=$logs/module-warnings.log

	grep -q CHECK "$log" || { echo "sparse did not run"; return 1; }
	! grep -iE -A 3 'warning|error:' "$log"
}

check_without_kvm()
{
	selftests/tree/without_kvm "$logs/without-kvm"
}

# An operation's array of attributes ends with its own highest one, and many
# functions serve several operations: netlink_attr() knows where it ends.
check_attributes()
{
	# shellcheck disable=SC2046
	! grep -nE 'attrs *\[|->attrs|teavmx_dump_attrs|nla_parse_nested\(' \
		$(sources 'module/*.c') |
		grep -vE '^module/netlink/(gen|request)\.c:'
}

# Circles of files, calls from the engine upwards, lengths: the script explains.
check_structure()
{
	selftests/tree/structure
}

# A program that includes uapi/ has names of its own and of other headers too.
check_namespace()
{
	selftests/tree/namespace
}

# The words that CONTRIBUTING replaces: selftests/tree/banned-words has all of them.
check_words()
{
	selftests/tree/words_test && selftests/tree/words
}

# Programs that were built with a release work with each later module.
check_released()
{
	selftests/tree/released && selftests/tree/released_test
}

check_clang()
{
	command -v clang >/dev/null || return 4
	make --no-print-directory tools B="$logs/clang" CC=clang
}

# Sphinx warns of markup that is wrong, references that lead nowhere, and pages
# that the index does not reach; a warning is an error.
check_docs()
{
	make --no-print-directory docs B="$logs/docs"
}

# paths_in FILE: the quoted paths in it that begin with a folder of the tree, and
# the relative links of Markdown.  "*" and "{a,b}" mean what they mean in a shell,
# and NAME stands for any name.
paths_in()
{
	local folders='module|userspace|selftests|uapi|Documentation'

	case $1 in
	*.md) grep -oP '\]\(\K(?!https?:|mailto:)[^)#]+' "$1" ;;
	esac
	grep -oE "(\`\`?|\*)($folders)/[A-Za-z0-9_./*{},-]*" "$1" |
		sed -E 's/[.,]+$//; s/^\*(.*)\*$/\1/; s/^[`*]+//; s/NAME/*/'
}

check_paths()
{
	local page path file bad=0

	for page in $(sources '*.md' '*.rst'); do
		while read -r path; do
			# paths_in() lets only characters through that eval expands to names
			for file in $(eval "printf '%s\n' $path"); do
				[ -e "$file" ] || { echo "$page: $file does not exist"; bad=1; }
			done
		done < <(paths_in "$page" | sort -u)
	done
	return $bad
}

# Pages name tests as ``NAME_test``.
check_tests_named()
{
	local page name bad=0

	for page in $(sources 'Documentation/*.rst' CONTRIBUTING.rst); do
		# shellcheck disable=SC2016 # the backquotes are those of the page
		while read -r name; do
			compgen -G "selftests/*/$name*" >/dev/null ||
				{ echo "$page: there is no $name"; bad=1; }
		done < <(grep -oP '``\K(?!pm_test)[a-z_0-9]+_test(?=``)' "$page" | sort -u)
	done
	return $bad
}

# Editors highlight each keyword, directive and instruction, and nothing else as such.
check_editors()
{
	selftests/tree/editors
}

# The page on one run names functions as ``NAME()`` in ``FILE``.
check_one_run()
{
	local page=Documentation/engine/one_run.rst text pairs name file bad=0

	text=$(tr -s '[:space:]' ' ' <"$page" | tr -d '`')
	pairs=$(grep -oE '\w+\(\) in [A-Za-z0-9_./-]+' <<<"$text") ||
		{ echo "$page: no functions"; return 1; }
	[ "$(grep -oE '\w+\(\)' <<<"$text" | wc -l)" = "$(wc -l <<<"$pairs")" ] ||
		{ echo "$page: a function without its file"; bad=1; }
	while read -r name _ file; do
		name=${name%??}
		file=${file%[.]}
		grep -qE "^([a-z][a-z_0-9 ]*[ *]|SYM_FUNC_START\()${name}[()]|^$name:" "$file" ||
			{ echo "$page: $file has no $name()"; bad=1; }
	done <<<"$pairs"
	return $bad
}

# The C programs of these pages are compiled, and not run.
check_example()
{
	local page

	mkdir -p "$logs"
	for page in raw_payloads library; do
		sed -n '/^    #include <stdio.h>$/,/^[^ ]/s/^    //p' \
			"Documentation/$page.rst" >"$logs/example.c"
		# shellcheck disable=SC2046
		${CC:-cc} -Wall -Werror -fsyntax-only -I. \
			$(PKG_CONFIG_PATH=build pkg-config --cflags libteavmx) \
			"$logs/example.c" && grep -q '^int main' "$logs/example.c" || return
	done
}

# "make coverage" finds out whether a listed file still has a gap.
check_gaps()
{
	local list=selftests/coverage/gaps line path reason bad=0

	while read -r line; do
		path=${line%%: *}
		reason=${line#"$path"}
		[ -f "$path" ] || { echo "$list: $path does not exist"; bad=1; }
		[[ $reason =~ ^:\ [A-Z][^\ ]*(\ [^\ ]+){3,}\.$ ]] ||
			{ echo "$list: $path has no reason with a capital and a full stop"; bad=1; }
	done < <(grep -vE '^(#|$)' $list)
	grep -vE '^(#|$)' $list | cut -d: -f1 | sort | uniq -d | grep . &&
		{ echo "$list: these are listed twice"; bad=1; }
	return $bad
}

# The numbers are compared with the header, the commands with those of the module.
check_syzkaller()
{
	local dir=$logs/syzkaller

	/usr/bin/python3 -B selftests/netfuzz/syzkaller.py build/ksrc/tools/net/ynl \
		Documentation/netlink/specs/teavmx.yaml "$dir" || return
	{
		echo '#include <uapi/teavmx.h>'
		sed -n 's/^\(TEAVMX.*\) = \(.*\)/_Static_assert(\1 == \2, "\1");/p' \
			"$dir/teavmx.txt.const"
	} | gcc -I. -fsyntax-only -x c - || return
	diff <(grep -o 'TEAVMX_CMD_[A-Z_]*' module/netlink/gen.c | sort -u) \
		<(sed -n 's,^sendmsg.\(TEAVMX_CMD_[A-Z_]*\)(.*,\1,p' "$dir/teavmx.txt" |
			sort -u)
}

# The programs that compare and show what "make bench" and "make bench-functions" found
check_bench()
{
	selftests/bench/figures_test && selftests/bench/functions_test
}

tree_checks()
{
	local names=(generated checkpatch shellcheck yamllint workflows codespell spdx length
		attributes structure namespace released words docs paths one_run
		tests_named editors
		gaps syzkaller example bench module_warnings without_kvm clang)
	local titles=("generated files match the specification"
		"checkpatch --strict, apart from written exceptions"
		"shellcheck" "yamllint"
		"workflows are pinned and limited, and what they run exists" "codespell"
		"an SPDX line in every file" "no file of 900 lines or more"
		"attributes of requests are read by netlink_attr() only"
		"the module's files keep their structure"
		"names in uapi/ have a prefix of the project"
		"the netlink specification only adds to the released one"
		"words that CONTRIBUTING replaces are not used"
		"HTML and manual pages are made without a warning"
		"the files that pages name exist"
		"the functions that the page on one run names exist"
		"the tests that pages name exist"
		"editors highlight the words of the compiler"
		"the list of gaps of make coverage has files that exist, and reasons"
		"descriptions for syzkaller have each command, and its numbers"
		"the examples of libteavmx on two pages compile"
		"figures of make bench and make bench-functions are shown as they are"
		"the module builds without a warning with W=1 C=2"
		"the module builds for a kernel without KVM"
		"the tools build with clang")
	local i output status bad=0

	echo "TAP version 13"
	echo "1..${#names[@]}"
	for i in "${!names[@]}"; do
		output=$("check_${names[i]}" 2>&1)
		status=$?
		case $status in
		0) echo "ok $((i + 1)) ${titles[i]}" ;;
		4) echo "ok $((i + 1)) ${titles[i]} # SKIP not installed" ;;
		*)
			echo "not ok $((i + 1)) ${titles[i]}"
			echo "# ${output//$'\n'/$'\n'# }"
			bad=1
			;;
		esac
	done
	return $bad
}

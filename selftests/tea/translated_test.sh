#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The tests that run programs, once more with "tea run --engine jit".

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

cat >"$work/tea" <<END
#!/bin/sh
verb=\$1
[ "\$verb" = run ] || exec "$TEA" "\$@"
shift
exec "$TEA" run --engine jit "\$@"
END
chmod +x "$work/tea"

ktap_start
for test in bad_input cc cli examples lang serial; do
	TEA="$work/tea" "$here/${test}_test.sh" >"$work/output" 2>&1
	status=$?
	grep '^not ok' "$work/output" | sed 's/^/# /'
	ktap_result $status "${test}_test.sh"
done

printf '\tpushls 7\n\tpopss 1\n\texit\n' >"$work/error.tas"
"$TEA" as -o "$work/error.cup" "$work/error.tas"
ktap_same "an error" "$("$TEA" run --json "$work/error.cup")" \
	"$("$TEA" run --engine jit --json "$work/error.cup")"
"$TEA" run --engine fast "$work/error.cup" 2>"$work/err"
ktap_same "another engine" \
	"2|tea: run: --engine: expected interp or jit, got 'fast'" \
	"$?|$(head -n 1 "$work/err")"
ktap_finish

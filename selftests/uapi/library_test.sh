#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# libteavmx as other programs see it: what the shared library exports, and programs
# that are built with it by pkg-config.

# shellcheck source=../ktap.sh
. "$(dirname "$0")/../ktap.sh"

build=$(cd "$here/../.." && pwd)
library=$build/libteavmx.so.0
export PKG_CONFIG_PATH="$build" LC_ALL=C

# The preprocessor has removed the comments, which name functions too.
declared()
{
	# shellcheck disable=SC2046 # an option has no space
	echo '#include <teavmx/teavmx.h>' |
		cc -E -P $(pkg-config --cflags libteavmx) - | tr '\n' ' ' |
		grep -oE '\bteavmx_[a-z0-9_]+ *\(' | tr -d ' (' | sort -u
}

exported()
{
	nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' | sort
}

# builds NAME OPTION...: compile and link standard input, and run it
builds()
{
	name=$1
	shift
	cc -std=c11 -Wall -Wextra -Werror -pedantic -x c -o "$work/$name" - "$@" &&
		LD_LIBRARY_PATH=$build "$work/$name"
}

# The program shows that it was linked with the library: a name is in no header.
client()
{
	cat <<-'EOF'
	#include <stdio.h>
	#include <teavmx/teavmx.h>

	int main(void)
	{
		puts(teavmx_state_name(TEAVMX_VCPU_STATE_PAUSED));
		return 0;
	}
	EOF
}

ktap_start

declared >"$work/declared"
exported | sed 's/@@TEAVMX_0\.1$//' >"$work/exported"
ktap_same "the public headers declare what the library exports, in version 0.1" "" \
	"$(diff "$work/declared" "$work/exported" 2>&1)"
ktap_same "there are such functions" yes \
	"$(grep -qx teavmx_open "$work/exported" && echo yes)"

ktap_same "the shared library has the soname libteavmx.so.0" libteavmx.so.0 \
	"$(objdump -p "$library" | sed -n 's/^ *SONAME *//p')"
contains "teavmx has the version that pkg-config shows" "$TEAVMX" \
	"$(pkg-config --modversion libteavmx)"

# shellcheck disable=SC2046
ktap_same "a program is built with the shared library" paused \
	"$(client | builds shared $(pkg-config --cflags --libs libteavmx) 2>&1)"
# shellcheck disable=SC2046
ktap_same "a program is built with the archive" paused \
	"$(client | builds static $(pkg-config --cflags libteavmx) -Wl,-Bstatic \
		$(pkg-config --static --libs libteavmx) -Wl,-Bdynamic 2>&1)"
# The names of functions in C++ would have their parameters in them.
# shellcheck disable=SC2046
ktap_same "the headers declare C functions for C++" teavmx_state_name \
	"$(client | clang++ -x c++ $(pkg-config --cflags libteavmx) -c \
		-o "$work/client.o" - 2>&1 && nm "$work/client.o" | sed -n 's/.* U teavmx/teavmx/p')"
contains "the first one loads the library" "$work/shared" libteavmx.so.0
lacks "the second one does not" "$work/static" 'libteavmx\.so|libnl'

ktap_finish

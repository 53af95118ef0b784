#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# "make install" and "make uninstall": what they leave, and what they refuse.

# shellcheck source=../ktap.sh
. "$(dirname "$0")/../ktap.sh"

build=$(cd "$here/../.." && pwd)
top=$(dirname "$build")
installer=$top/userspace/install_files
dest=$work/dest
export LC_ALL=C

make_target()
{
	MAKEFLAGS='' make --no-print-directory -s -C "$top" "$@" DESTDIR="$dest" prefix=/usr \
		>"$work/out" 2>&1
}

# What is in a folder but folders
files_in()
{
	(cd "$1" && find . ! -type d | sort)
}

# as_other COMMAND...: as a user who may not write to the folders of root
as_other()
{
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
	else
		"$@"
	fi
}

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

from_pkg_config()
{
	PKG_CONFIG_PATH=$dest/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$dest \
		pkg-config "$@" libteavmx
}

ktap_start

make_target install
ktap_same "make install" 0 $?
for file in bin/tea bin/teavmx lib/libteavmx.a lib/libteavmx.so.0 lib/libteavmx.so \
	include/libteavmx/teavmx/teavmx.h include/libteavmx/uapi/teavmx.h \
	share/man/man1/tea.1 share/man/man8/teavmx.8 share/teavmx/examples/hello.cup \
	share/teavmx/vscode/package.json share/teavmx/vim/syntax/tea.vim \
	share/teavmx/vim/ftdetect/tea.vim share/teavmx/gallery/cpuid.bin \
	share/bash-completion/completions/tea \
	share/zsh/site-functions/_teavmx share/fish/vendor_completions.d/tea.fish; do
	[ -s "$dest/usr/$file" ]
	ktap_result $? "$file is installed"
done
ktap_same "nothing is installed elsewhere" usr "$(ls "$dest")"
for program in tea teavmx; do
	ktap_same "the first try of the installed $program is installed" \
		"A first try: $program run $(realpath "$dest")/usr/share/teavmx/examples/hello.cup" \
		"$("$dest/usr/bin/$program" help | tail -n 1)"
done
ktap_same "the installed teavmx runs" "$("$TEAVMX" version)" "$("$dest/usr/bin/teavmx" version)"

# shellcheck disable=SC2046 # an option has no space
client | cc -Wall -Wextra -Werror -x c -o "$work/client" - \
	$(from_pkg_config --cflags --libs) >"$work/out" 2>&1
ktap_same "a program is built with the installed library" "0|" "$?|$(cat "$work/out")"
ktap_same "it runs" paused "$(LD_LIBRARY_PATH=$dest/usr/lib "$work/client")"

printf '#include <print.tea>\nint main(void) { print("hi\\n"); return 0; }\n' \
	>"$work/hi.tea"
(unset TEA_INCLUDE && "$dest/usr/bin/tea" cc "$work/hi.tea") >"$work/out" 2>&1
ktap_same "the installed tea finds the library of the language" "0|" "$?|$(cat "$work/out")"
contains "it is the installed one" "$dest/usr/share/teavmx/include/print.tea" "void print(string text)"

files_in "$dest" >"$work/files"
echo old >"$dest/usr/bin/teavmx"
make_target install
ktap_same "make install replaces an older version" "0|$("$TEAVMX" version)" \
	"$?|$("$dest/usr/bin/teavmx" version)"
ktap_same "and leaves no other file" "$(cat "$work/files")" "$(files_in "$dest")"

# The second file of this list does not exist.
"$installer" install "$dest" "644:$top/VERSION:/usr/bin/tea" \
	"644:$work/none:/usr/bin/teavmx" >"$work/out" 2>&1
ktap_same "a file that cannot be installed" 1 $?
contains "is named" "$work/out" \
	"install: $dest/usr/bin/teavmx cannot be written, so no file was changed"
cmp -s "$TEA" "$dest/usr/bin/tea"
ktap_result $? "and the files before it are those of the older version"
ktap_same "nor does it leave a file" "$(cat "$work/files")" "$(files_in "$dest")"

chmod 755 "$work"
for action in install uninstall; do
	as_other sh "$installer" $action "$dest" "644:$top/VERSION:/usr/bin/tea" \
		>"$work/out" 2>&1
	ktap_same "$action without the permission to write" 1 $?
	contains "names the folder" "$work/out" \
		"$action: $dest/usr/bin cannot be written, so nothing was changed: run it as root"
	cmp -s "$TEA" "$dest/usr/bin/tea"
	ktap_result $? "and changes nothing"
done
rm "$dest/usr/bin/tea"
mkdir "$dest/usr/bin/tea"
make_target install
ktap_same "a folder with the name of a program" "2" $?
contains "is named too" "$work/out" "$dest/usr/bin/tea is a folder, so nothing was changed"
rmdir "$dest/usr/bin/tea"

touch "$dest/usr/share/teavmx/examples/mine.cup"
make_target uninstall
ktap_same "make uninstall" "0|" "$?|$(cat "$work/out")"
ktap_same "removes all but what it has not installed" \
	./usr/share/teavmx/examples/mine.cup "$(files_in "$dest")"
rm "$dest/usr/share/teavmx/examples/mine.cup"
make_target uninstall
ktap_same "make uninstall, once more" "0|" "$?|$(cat "$work/out")"
ktap_same "removes the folders of the project too" "" "$(find "$dest" -name '*teavmx*')"

ktap_finish

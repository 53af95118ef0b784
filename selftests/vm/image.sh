# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The machine's file system: cpio archives the kernel unpacks one over the
# other.  "base" and "project" are kept in build/vm and made again only when
# what is in them changed; "run" is made for each run.

# shellcheck disable=SC2154 # vmrun sets build, vmdir, here and die()
pack()
{
	local root=$1 archive=$2

	(cd "$root" && find . -mindepth 1 -print0 | LC_ALL=C sort -z |
		cpio -0 -o -H newc -R 0:0 --reproducible --quiet) >"$archive.tmp" ||
		die "cannot write $archive: is the disk full?"
	mv "$archive.tmp" "$archive"
}

# Prints a fingerprint of files and folders: names, sizes, times, modes.
fingerprint()
{
	find "$@" -printf '%p %s %T@ %m\n' 2>/dev/null | LC_ALL=C sort | sha256sum
}

# layer NAME FINGERPRINT BUILDER: calls BUILDER ROOT if NAME is out of date.
layer()
{
	local name=$1 print=$2 builder=$3 root=$vmdir/$1.root

	if [ -e "$vmdir/$name.cpio" ] &&
		[ "$print" = "$(cat "$vmdir/$name.stamp" 2>/dev/null)" ]; then
		return
	fi
	rm -rf "$root"
	mkdir -p "$root"
	"$builder" "$root"
	pack "$root" "$vmdir/$name.cpio"
	rm -rf "$root"
	echo "$print" >"$vmdir/$name.stamp"
}

# Prints the shared libraries that the programs given load when they use them.
late_libraries()
{
	local name

	for name in $(readelf -p .note.dlopen "$@" 2>/dev/null |
		grep -o '"soname":\["[^"]*"' | sed 's/.*"\(.*\)"/\1/' | sort -u); do
		"$(PATH=$PATH:/sbin:/usr/sbin command -v ldconfig)" -p |
			awk -v name="$name" '$1 == name && !found++ { print $NF }'
	done
}

# Copies the shared libraries that the programs given need.
copy_libraries()
{
	local root=$1 lib late
	shift

	late=$(late_libraries "$@")
	# shellcheck disable=SC2086 # no library has a space in its name
	for lib in $late $(ldd "$@" $late 2>/dev/null | grep -o '/[^ ]*' | grep -v ':$' |
		sort -u); do
		[ ! -e "$root$lib" ] || continue
		mkdir -p "$root$(dirname "$lib")"
		cp -L "$lib" "$root$lib"
	done
}

# Scripts of the project may want an interpreter busybox does not have.
copy_interpreters()
{
	local root=$1 name

	# shellcheck disable=SC2046 # names of programs hold no spaces
	for name in $(find "$root" -type f -perm -100 -exec head -q -n 1 {} + |
		tr -d '\0' | sed -nE 's,^#! *(/usr/bin/env )? *([^ ]+).*,\2,p' | sort -u); do
		name=${name##*/}
		if busybox --list | grep -x "$name" >/dev/null || ! command -v "$name" >/dev/null; then
			continue
		fi
		mkdir -p "$root/bin"
		cp -L "$(command -v "$name")" "$root/bin/$name"
		copy_libraries "$root" "$root/bin/$name"
	done
}

build_base()
{
	local root=$1

	mkdir -p "$root"/{bin,sbin,dev,proc,sys,tmp,run,root,etc,vm,usr/bin,usr/sbin,usr/share,var}
	cp "$(command -v busybox)" "$root/bin/busybox"
	cp "$here/init" "$root/init"
	cp "$vmdir/vmexec" "$root/bin/vmexec"
	chmod 755 "$root/init"
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/sh\n' \
		>"$root/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
	# what programs that edit a line look their terminal up in
	cp -rL /lib/terminfo "$root/usr/share/terminfo"
	printf 'passwd: files\ngroup: files\n' >"$root/etc/nsswitch.conf"
}

# The module tree of RELEASE: KVM and msr from the distribution, teavmx if it is built.
build_modules()
{
	local root=$1 from=$kernel_dir/lib/modules/$release to=$1/lib/modules/$release
	local ko=$build/module/$release/teavmx.ko path

	mkdir -p "$to"
	cp "$from"/modules.{builtin,order} "$to/" 2>/dev/null || true
	cp "$from/modules.builtin.modinfo" "$to/" 2>/dev/null || true
	for path in arch/x86/kvm/kvm arch/x86/kvm/kvm-intel virt/lib/irqbypass \
		arch/x86/kernel/msr; do
		path=$(compgen -G "$from/kernel/$path.ko*" | head -n 1) || continue
		mkdir -p "$to/${path%/*}" "$to/kernel"
		install -D -m 644 "$path" "$to/kernel/${path##*/}"
		rmdir -p --ignore-fail-on-non-empty "$to/${path%/*}" 2>/dev/null || true
		unpack_module "$to/kernel/${path##*/}"
	done
	if [ -e "$ko" ]; then
		install -D -m 644 "$ko" "$to/updates/teavmx.ko"
		strip --strip-debug "$to/updates/teavmx.ko"
	fi
	"$(PATH=$PATH:/sbin:/usr/sbin command -v depmod)" -b "$root" "$release"
}

# busybox's modprobe takes compressed modules only as far as it was built to.
unpack_module()
{
	case $1 in
	*.xz) xz -d "$1" ;;
	*.zst) zstd -q --rm -d "$1" ;;
	*.gz) gzip -d "$1" ;;
	esac
}

build_project()
{
	local root=$1 file

	for file in tea teavmx; do
		[ ! -x "$build/$file" ] ||
			install -D "$build/$file" "$root/usr/bin/$file"
	done
	# where the dynamic linker finds it without a setting
	[ ! -e "$build/libteavmx.so.0" ] ||
		install -D "$build/libteavmx.so.0" "$root/usr/lib/libteavmx.so.0"
	for file in watch_exits run_program; do
		[ ! -x "$build/examples/$file" ] ||
			install -D "$build/examples/$file" "$root/usr/lib/teavmx/examples/$file"
	done
	for file in "$build"/examples/*.cup; do
		[ ! -e "$file" ] ||
			install -D -m 644 "$file" "$root/usr/share/teavmx/examples/${file##*/}"
	done
	for file in "$build"/gallery/*.bin; do
		[ ! -e "$file" ] ||
			install -D -m 644 "$file" "$root/usr/share/teavmx/gallery/${file##*/}"
	done
	for file in "$build"/include/tea/*.tea; do
		[ ! -e "$file" ] ||
			install -D -m 644 "$file" "$root/usr/share/teavmx/include/${file##*/}"
	done
	if [ -d "$build/selftests" ]; then
		mkdir -p "$root/usr/lib/teavmx"
		cp -a "$build/selftests" "$root/usr/lib/teavmx/selftests" ||
			die "cannot copy the selftests: is the disk full?"
		find "$root/usr/lib/teavmx" \( -name "*.[od]" -o -name "*.gc[dn][ao]" \) -delete
	fi
	# trace_test has it decode the module's events
	file=$(command -v trace-cmd) && install -D "$file" "$root/usr/bin/trace-cmd"
	# every megabyte is a quarter of a second of an emulated CD drive
	find "$root" -type f -perm -100 -exec strip --strip-debug {} + 2>/dev/null || true
	# shellcheck disable=SC2046 # no file of ours has a space in its name
	copy_libraries "$root" $(find "$root" -type f -perm -100)
	copy_interpreters "$root"
}

# What this run alone needs: the command, its settings, files of --copy.
build_run()
{
	local root=$1 item source dest how=run

	[ "$shell" = 0 ] || how=shell
	mkdir -p "$root/vm"
	printf '%s\0' "${command[@]}" >"$root/vm/argv"
	printf 'kvm=%s\nmachine=%s\nbochs=%s\ninput=%s\nhow=%s\n' "$kvm" "$machine" \
		"$bochs_version" "$([ "$input" = 0 ] || echo /dev/ttyS2)" \
		"$how" >"$root/vm/settings"
	# QEMU's machine for the inner one has no ACPI, so its end is a reset
	[ "$machine" != kvm-in-bochs ] || echo "leave='reboot -f'" >>"$root/vm/settings"
	for item in "${copies[@]}"; do
		source=${item%%:*}
		dest=/root/$(basename "$source")
		[ "$source" = "$item" ] || dest=${item#*:}
		[ -e "$source" ] || die "--copy: $source does not exist"
		case $dest in
		*/) dest=$dest$(basename "$source") ;;
		/*) ;;
		*) dest=/root/$dest ;;
		esac
		mkdir -p "$root$(dirname "$dest")"
		cp -aL "$source" "$root$dest" || die "--copy: cannot copy $source"
		if [ -f "$source" ] && [ -x "$source" ]; then
			copy_libraries "$root" "$source"
		fi
	done
}

# One builder at a time: several vmruns share build/vm.
build_layers()
{
	local source lock

	exec {lock}>"$vmdir/.lock"
	flock "$lock"
	for source in vmexec vmwatch vmterm; do
		[ "$vmdir/$source" -nt "$here/$source.c" ] &&
			[ "$vmdir/$source" -nt "$here/channel.c" ] &&
			[ "$vmdir/$source" -nt "$here/channel.h" ] && continue
		"${CC:-gcc}" -D_GNU_SOURCE -Wall -Wextra -O2 -static \
			-o "$vmdir/$source" "$here/$source.c" "$here/channel.c" ||
			die "cannot compile $source.c: run 'make setup'"
	done
	layer base "$(fingerprint "$here/init" "$here/image.sh" "$vmdir/vmexec" \
		"$(command -v busybox)")" build_base
	layers=("$vmdir/base.cpio")
	if [ -n "$kernel_dir" ]; then
		layer "modules-$release" "$(fingerprint "$here/image.sh" \
			"$kernel_dir/boot" "$build/module/$release/teavmx.ko")" build_modules
		layers+=("$vmdir/modules-$release.cpio")
	fi
	layer project "$(fingerprint "$here/image.sh" "$build/tea" "$build/teavmx" \
		"$build/libteavmx.so.0" "$build/examples" "$build/gallery" \
		"$build/include" "$build/selftests" "$(command -v trace-cmd)")" build_project
	layers+=("$vmdir/project.cpio")
	# a run keeps what it starts with, whatever is built meanwhile
	ln "${layers[@]}" "$run/"
	exec {lock}>&-
	layers=("${layers[@]##*/}")
	mkdir "$run/root"
	build_run "$run/root"
	pack "$run/root" "$run/run.cpio"
	layers+=(run.cpio)
}

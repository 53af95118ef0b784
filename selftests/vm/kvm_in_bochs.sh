# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The machine kvm-in-bochs: an emulated Intel host (outer machine, L0) in which
# QEMU runs the machine that the command is for (inner machine, L1) on KVM's
# nested VMX.  The outer machine is an ordinary one whose command is the script
# "outer", so that report channel, time limit and kernel log work as always.

# shellcheck disable=SC2154 # vmrun sets what this file uses
# shellcheck disable=SC2034 # and uses what this file sets

# The outer machine's clock counts instructions.  What both hypervisors do for one
# exit of a guest must be short against the distance of the inner machine's timer
# interrupts: at 160 million it took most of the 4 ms when the doctor read the
# VMCS before each entry, and the guest was interrupted before it got anywhere.
outer_ips=1000000000
inner_memory=256
outer_memory=1024

# What the machine needs is there, or one line says what is missing.
choose_outer()
{
	[ "$bochs" != 2.7 ] || usage_error "--bochs: kvm-in-bochs has been made for 3.0 only"
	[ -n "$kernel_dir" ] ||
		usage_error "--image: kvm-in-bochs needs the modules of --kernel RELEASE too"
	need qemu-system-x86_64
	bochs=3.0
	choose_bochs
}

# QEMU with its libraries and the firmware of its machine "microvm".
build_qemu()
{
	local root=$1 file

	install -D "$(command -v qemu-system-x86_64)" "$root/usr/bin/qemu-system-x86_64"
	copy_libraries "$root" "$root/usr/bin/qemu-system-x86_64"
	for file in qboot.rom linuxboot_dma.bin; do
		install -D -m 644 "/usr/share/qemu/$file" "$root/usr/share/qemu/$file" ||
			die "QEMU's firmware $file is not installed: run 'make setup'"
	done
	install -D "$vmdir/vmwatch" "$root/bin/vmwatch"
}

# The inner machine as the outer one finds it
build_inner()
{
	local root=$1 parameters

	mkdir -p "$root/inner" "$root/vm"
	printf '/inner/outer\0' >"$root/vm/argv"
	: >"$root/vm/settings"
	(cd "$run" && cat "${layers[@]}") >"$root/inner/initrd" ||
		die "cannot write the initramfs: is the disk full?"
	cp -L "$image" "$root/inner/vmlinuz"
	cp "$here/outer" "$root/inner/outer"
	parameters=$(kernel_parameters inner)
	check_parameters "$parameters"
	echo "$parameters" >"$root/inner/parameters"
	printf '%s\n' "${VMRUN_OUTER:-true}" >"$root/inner/before"
	printf 'cpus=%s\nmemory=%s\n' "$cpus" "$inner_memory" >"$root/inner/settings"
}

prepare_kvm_in_bochs()
{
	local lock

	exec {lock}>"$vmdir/.lock"
	flock "$lock"
	layer qemu "$(fingerprint "$here/kvm_in_bochs.sh" "$vmdir/vmwatch" \
		"$(command -v qemu-system-x86_64)")" build_qemu
	ln "$vmdir/qemu.cpio" "$run/"
	exec {lock}>&-
	mkdir "$run/outer"
	build_inner "$run/outer"
	pack "$run/outer" "$run/outer.cpio"
	# the boot CD takes what lies in the run's folder
	rm -r "$run/outer" "$run/project.cpio" "$run/run.cpio"
	layers=(base.cpio "modules-$release.cpio" qemu.cpio outer.cpio)
	# Bochs 3.0 does not initialize MXCSR where XRSTOR or XRSTORS initializes the SSE state
	# from the compacted format: QEMU's MXCSR would become that of the inner machine.
	# shellcheck disable=SC2054 # the comma belongs to the kernel parameter
	appended=(loglevel=5 clearcpuid=xsavec,xsaves)
	bochs_ips=$outer_ips
	bochs_memory=$outer_memory
	prepare_bochs
}

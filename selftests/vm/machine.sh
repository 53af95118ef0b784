# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# How each machine is started: sets the array "emulator".  The console goes to
# the file console, the report channel to /dev/fd/9, input comes from the terminal
# "input" (see vmwatch.c).
# shellcheck disable=SC2154 # vmrun sets run, cpus, layers, image, machine, appended, input
# shellcheck disable=SC2034 # and uses emulator

# Both the emulated clock and the TSC count instructions; the kernel gets
# the frequency, since the processor model reports 3.5 GHz and a second would last
# a minute.
bochs_ips=40000000
bochs_memory=512
bochs_version=
bochs_folder=

# COMMAND_LINE_SIZE of the x86 kernel, without the NUL at the end
parameters_max=2047

choose_bochs()
{
	local chosen

	chosen=$("$here/emulator" choose "$bochs") || exit 125
	read -r bochs_version bochs_folder <<<"$chosen"
	[ -z "${VMRUN_DEBUGGER-}" ] || check_debugger
	if [ -n "${VMRUN_SLOW-}" ]; then
		number VMRUN_SLOW "$VMRUN_SLOW"
		bochs_ips=$((bochs_ips * VMRUN_SLOW))
	fi
}

check_debugger()
{
	[ "$bochs_version" != 2.7 ] || usage_error "VMRUN_DEBUGGER: needs --bochs 3.0"
	[ -f "$VMRUN_DEBUGGER" ] || die "VMRUN_DEBUGGER: $VMRUN_DEBUGGER does not exist"
}

kernel_parameters()
{
	# Debian's kernels zero what is allocated; without that a read beyond an
	# array or of memory that was never written finds something, and is seen.
	# shellcheck disable=SC2054 # the comma belongs to the kernel parameter
	local words=(console=ttyS0,115200 panic=-1 oops=panic softlockup_panic=1
		sysctl.kernel.hung_task_panic=1 log_buf_len=1M init_on_alloc=0
		random.trust_cpu=on cryptomgr.notests)

	case $1 in
	# Bochs loses stores that end an MWAIT: MONITOR has it forget translations of
	# the physical address, not of the linear one, so another CPU goes on storing
	# past the monitor. A CPU that has just come online then sleeps forever.
	bochs) words+=(tsc=reliable no_timer_check idle=halt reboot=t
		"tsc_early_khz=$((bochs_ips / 1000))") ;;
	# Each character on the console costs exits of both hypervisors, so that it gets
	# warnings only; each switched MSR of a mitigation costs them at every exit.
	inner) words+=(tsc=reliable no_timer_check loglevel=5 mitigations=off edd=off reboot=t) ;;
	# beside a loaded host the check of the timer finds too few interrupts
	*) words+=(no_timer_check reboot=t) ;;
	esac
	words+=("${appended[@]}")
	echo "${words[*]}"
}

# check_parameters PARAMETERS: the kernel would cut a longer command line silently
check_parameters()
{
	[ ${#1} -le $parameters_max ] ||
		usage_error "--append: the kernel's command line holds $parameters_max characters," \
			"with the machine's own parameters these are ${#1}"
}

# Bochs starts from media only: a CD with the kernel and the archives on it.
make_cd()
{
	local iso=$run/iso initrds parameters

	mkdir "$iso"
	ln "$run"/*.cpio "$iso/"
	cp -L --reflink=auto "$image" "$iso/vmlinuz" ||
		die "cannot copy the kernel: is the disk full?"
	cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$iso/" ||
		die "isolinux is not installed: run 'make setup'"
	initrds=$(printf ',/%s' "${layers[@]}")
	parameters=$(kernel_parameters bochs)
	# isolinux puts the names of these files before the parameters
	check_parameters "BOOT_IMAGE=/vmlinuz initrd=${initrds#,} $parameters"
	cat >"$iso/isolinux.cfg" <<-EOF
		DEFAULT linux
		PROMPT 0
		LABEL linux
		KERNEL /vmlinuz
		INITRD ${initrds#,}
		APPEND $parameters
	EOF
	xorriso -as mkisofs -quiet -R -J -o "$run/cd.iso" -b isolinux.bin -c boot.cat \
		-no-emul-boot -boot-load-size 4 -boot-info-table "$iso" >"$run/xorriso.log" 2>&1 ||
		die "cannot write the boot CD: $(tail -n 1 "$run/xorriso.log")"
}

# start_bochs: sets the command that starts the chosen Bochs with its settings
start_bochs()
{
	if [ -n "$bochs_folder" ]; then
		# shellcheck disable=SC2207 # the loader's words hold no spaces
		emulator=(env "LTDL_LIBRARY_PATH=$bochs_folder/usr/lib/x86_64-linux-gnu/bochs/plugins"
			"BXSHARE=$bochs_folder/usr/share/bochs"
			$("$here/emulator" loader "$bochs_folder") "$bochs_folder/usr/bin/bochs-bin")
	else
		need bochs
		emulator=(bochs)
	fi
	emulator+=(-q -f "$run/bochsrc")
	[ "$bochs_version" != 2.7 ] || {
		# the one with a debugger waits in it for a command
		echo c >"$run/debugger"
		emulator+=(-rc "$run/debugger")
	}
	[ -z "${VMRUN_DEBUGGER-}" ] || debug_bochs
}

# The debugger prints all that is in its log on the terminal, too, which takes long.
debug_bochs()
{
	echo "magic_break: enabled=1" >>"$run/bochsrc"
	# shellcheck disable=SC2016 # the shell that is started expands them
	emulator=(sh -c 'exec "$@" >/dev/null' sh "${emulator[@]}" -debugger
		-rc "$VMRUN_DEBUGGER" -dbglog "$VMRUN_DEBUGGER.log")
}

prepare_bochs()
{
	local roms=$bochs_folder/usr/share/bochs

	make_cd
	# the terminal is vmwatch's: no window, no network port
	cat >"$run/bochsrc" <<-EOF
		config_interface: textconfig
		display_library: term
		cpu: model=${VMRUN_CPU:-corei7_skylake_x}, count=$cpus, ips=$bochs_ips, reset_on_triple_fault=0
		megs: $bochs_memory
		romimage: file=$roms/BIOS-bochs-latest
		vgaromimage: file=$roms/VGABIOS-lgpl-latest
		ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
		ata0-slave: type=cdrom, path=$run/cd.iso, status=inserted
		boot: cdrom
		com1: enabled=1, mode=file, dev=$run/console
		com2: enabled=1, mode=file, dev=/dev/fd/9
		panic: action=fatal
		error: action=report
		info: action=report
		clock: sync=none
		sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
		speaker: enabled=0
		log: $run/emulator
	EOF
	[ "$input" = 0 ] ||
		echo "com3: enabled=1, mode=term, dev=$run/input" >>"$run/bochsrc"
	start_bochs
}

prepare_qemu()
{
	local accel=$1 cpu=$2 parameters

	parameters=$(kernel_parameters qemu)
	check_parameters "$parameters"
	(cd "$run" && cat "${layers[@]}" >initrd) ||
		die "cannot write the initramfs: is the disk full?"
	# A kernel without ACPI finds one CPU of each socket.
	emulator=(qemu-system-x86_64 -accel "$accel" -cpu "$cpu" -smp "$cpus,sockets=$cpus" -m 512
		-nodefaults -no-user-config -no-reboot -display none -monitor none
		-kernel "$image" -initrd "$run/initrd" -append "$parameters"
		-serial "file:$run/console" -serial file:/dev/fd/9
		-D "$run/emulator")
	# shellcheck disable=SC2054 # the commas belong to the options
	[ "$input" = 0 ] || emulator+=(-chardev "serial,id=input,path=$run/input"
		-device isa-serial,index=2,chardev=input)
}

# Real hardware needs VMX here and a KVM that hands it on to its guests.
can_nest()
{
	grep -qw vmx /proc/cpuinfo && [ -w /dev/kvm ] &&
		grep -q '[Y1]' /sys/module/kvm_intel/parameters/nested 2>/dev/null
}

# The processor "host" belongs to KVM; everything else is the same without it.
prepare_nested()
{
	local accel=${VMRUN_ACCEL:-kvm} cpu=host

	case $accel in
	kvm)
		can_nest || die "--machine nested needs a processor with VMX, write access to" \
			"/dev/kvm and kvm_intel with nested=Y; use --machine bochs instead"
		;;
	tcg) cpu=max ;;
	*) usage_error "VMRUN_ACCEL: expected kvm or tcg, got '$accel'" ;;
	esac
	need qemu-system-x86_64
	prepare_qemu "$accel" "$cpu"
}

prepare_machine()
{
	case $machine in
	bochs) need xorriso; prepare_bochs ;;
	kvm-in-bochs) need xorriso; prepare_kvm_in_bochs ;;
	qemu) need qemu-system-x86_64; prepare_qemu tcg max ;;
	nested) prepare_nested ;;
	esac
}

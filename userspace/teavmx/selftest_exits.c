// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include "selftest.h"

/*
 * Each payload causes one exit and does no harm if the exit does not occur. The
 * RAM after it is zero, except for a HLT right after the payload.
 */

SELFTEST_PAYLOAD(exit_exception, "	ud2\n	hlt");
SELFTEST_PAYLOAD(exit_cpuid, "	xor	%eax, %eax\n	cpuid\n	hlt");
SELFTEST_PAYLOAD(exit_hlt, "	hlt");
SELFTEST_PAYLOAD(exit_invlpg, "	invlpg	0x2000\n	hlt");
SELFTEST_PAYLOAD(exit_rdpmc, "	xor	%ecx, %ecx\n	rdpmc\n	hlt");
SELFTEST_PAYLOAD(exit_rdtsc, "	rdtsc\n	hlt");
SELFTEST_PAYLOAD(exit_rdtscp, "	rdtscp\n	hlt");
SELFTEST_PAYLOAD(exit_vmcall, "	vmcall\n	hlt");
SELFTEST_PAYLOAD(exit_vmclear, "	vmclear	0x2000\n	hlt");
SELFTEST_PAYLOAD(exit_vmlaunch, "	vmlaunch\n	hlt");
SELFTEST_PAYLOAD(exit_vmptrld, "	vmptrld	0x2000\n	hlt");
SELFTEST_PAYLOAD(exit_vmread, "	vmread	%rax, %rbx\n	hlt");
SELFTEST_PAYLOAD(exit_vmwrite, "	vmwrite	%rax, %rbx\n	hlt");
SELFTEST_PAYLOAD(exit_vmxoff, "	vmxoff\n	hlt");
SELFTEST_PAYLOAD(exit_vmxon, "	vmxon	0x2000\n	hlt");
SELFTEST_PAYLOAD(exit_cr, "	mov	%cr8, %rax\n	hlt");
SELFTEST_PAYLOAD(exit_dr, "	mov	%dr0, %rax\n	hlt");
SELFTEST_PAYLOAD(exit_io, "	in	$0x80, %al\n	hlt");
SELFTEST_PAYLOAD(exit_rdmsr, "	mov	$0x1a0, %ecx\n	rdmsr\n	hlt");
SELFTEST_PAYLOAD(exit_wrmsr,
	"	mov	$0x1a0, %ecx\n"
	"	xor	%eax, %eax\n"
	"	xor	%edx, %edx\n"
	"	wrmsr\n"
	"	hlt");
SELFTEST_PAYLOAD(exit_mwait, "	xor	%ecx, %ecx\n	mwait\n	hlt");
SELFTEST_PAYLOAD(exit_monitor,
	"	mov	$0x2000, %eax\n"
	"	xor	%ecx, %ecx\n"
	"	xor	%edx, %edx\n"
	"	monitor\n"
	"	hlt");
SELFTEST_PAYLOAD(exit_pause, "	pause\n	hlt");
SELFTEST_PAYLOAD(exit_gdtr, "	sgdt	0x2000\n	hlt");
SELFTEST_PAYLOAD(exit_tr, "	str	%eax\n	hlt");
SELFTEST_PAYLOAD(exit_ept, "	mov	0x200000, %al\n	hlt");
SELFTEST_PAYLOAD(exit_invpcid,
	"	xor	%eax, %eax\n"
	"	invpcid	0x2000, %rax\n"
	"	hlt");
SELFTEST_PAYLOAD(exit_wbinvd, "	wbinvd\n	hlt");
SELFTEST_PAYLOAD(exit_rdrand, "	rdrand	%rax\n	hlt");
SELFTEST_PAYLOAD(exit_rdseed, "	rdseed	%rax\n	hlt");
SELFTEST_PAYLOAD(exit_xsetbv,
	"	mov	%cr4, %rax\n"
	"	or	$0x40000, %rax\n"
	"	mov	%rax, %cr4\n"
	"	xor	%ecx, %ecx\n"
	"	xor	%edx, %edx\n"
	"	mov	$1, %eax\n"
	"	xsetbv\n"
	"	hlt");

struct provoked {
	uint32_t reason;
	const uint8_t *code;
	const uint8_t *end;
	/* Some processors lack the instruction, or the control for it. */
	bool optional;
};

#define ALWAYS(name, code) { VMX_EXIT_##name, code, code##_end, false }
#define PERHAPS(name, code) { VMX_EXIT_##name, code, code##_end, true }

static const struct provoked provoked[] = {
	ALWAYS(EXCEPTION_NMI, exit_exception),
	ALWAYS(TRIPLE_FAULT, exit_exception),
	ALWAYS(CPUID, exit_cpuid),
	ALWAYS(HLT, exit_hlt),
	ALWAYS(INVLPG, exit_invlpg),
	ALWAYS(RDPMC, exit_rdpmc),
	ALWAYS(RDTSC, exit_rdtsc),
	ALWAYS(VMCALL, exit_vmcall),
	ALWAYS(VMCLEAR, exit_vmclear),
	ALWAYS(VMLAUNCH, exit_vmlaunch),
	ALWAYS(VMPTRLD, exit_vmptrld),
	ALWAYS(VMREAD, exit_vmread),
	ALWAYS(VMWRITE, exit_vmwrite),
	ALWAYS(VMXOFF, exit_vmxoff),
	ALWAYS(VMXON, exit_vmxon),
	ALWAYS(CR_ACCESS, exit_cr),
	ALWAYS(DR_ACCESS, exit_dr),
	ALWAYS(IO_INSTRUCTION, exit_io),
	ALWAYS(MSR_READ, exit_rdmsr),
	ALWAYS(MSR_WRITE, exit_wrmsr),
	PERHAPS(MWAIT_INSTRUCTION, exit_mwait),
	PERHAPS(MONITOR_INSTRUCTION, exit_monitor),
	ALWAYS(PAUSE_INSTRUCTION, exit_pause),
	PERHAPS(GDTR_IDTR, exit_gdtr),
	PERHAPS(LDTR_TR, exit_tr),
	ALWAYS(EPT_VIOLATION, exit_ept),
	PERHAPS(RDTSCP, exit_rdtscp),
	PERHAPS(WBINVD, exit_wbinvd),
	PERHAPS(XSETBV, exit_xsetbv),
	PERHAPS(RDRAND, exit_rdrand),
	PERHAPS(INVPCID, exit_invpcid),
	PERHAPS(RDSEED, exit_rdseed),
};

#define INVALID_OPCODE	6

static int exit_route(struct selftest *test, const struct selftest_guest *guest,
		      uint32_t reason)
{
	uint8_t reasons[TEAVMX_HOST_REASONS_SIZE] = { };

	reasons[reason / 8] = 1 << reason % 8;
	if (reason == VMX_EXIT_EXCEPTION_NMI)
		return teavmx_host_exceptions(test->teavmx, guest->vm,
					      1u << INVALID_OPCODE);
	return teavmx_host_reasons(test->teavmx, guest->vm, reasons);
}

static void note_exit(struct selftest *test, const struct provoked *row,
		      const char *name, int stop,
		      const struct teavmx_record *exit)
{
	const char *came = vmx_exit_reason_name(exit->reason);

	if (stop < 0)
		selftest_error(test, name);
	else if (stop == TEAVMX_STOP_EXIT && exit->reason == row->reason)
		selftest_note(test, name, SELFTEST_PASS, "exit reason %u",
			      row->reason);
	else if (stop == TEAVMX_STOP_EXIT && row->optional &&
		 (exit->reason == VMX_EXIT_HLT ||
		  exit->reason == VMX_EXIT_TRIPLE_FAULT))
		selftest_note(test, name, SELFTEST_SKIP,
			      "not on this processor");
	else
		selftest_note(test, name, SELFTEST_FAIL,
			      "stop %s, exit reason %u %s",
			      teavmx_stop_name(stop), exit->reason,
			      came ? came : "");
}

static void exit_provoke(struct selftest *test, const struct provoked *row)
{
	struct selftest_guest guest = { };
	struct teavmx_record exit = { };
	char name[32];
	int stop = -1;

	snprintf(name, sizeof(name), "exit %s",
		 vmx_exit_reason_name(row->reason));
	if (!selftest_guest_new(test, TEAVMX_MODE_LONG, row->code, row->end,
				&guest) &&
	    !exit_route(test, &guest, row->reason))
		stop = selftest_guest_run(test, &guest, NULL, &exit);
	note_exit(test, row, name, stop, &exit);
	selftest_guest_free(test, &guest);
}

void selftest_exits(struct selftest *test)
{
	size_t i;

	for (i = 0; i < sizeof(provoked) / sizeof(*provoked); i++)
		exit_provoke(test, &provoked[i]);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "gallery.h"

#define ROW(file, name, text, ...) \
	{ .payload = #file, .reason = VMX_EXIT_##name, .words = text, \
	  ##__VA_ARGS__ }

#define ROUTED		.routed = true
#define VECTOR_EOI	0x51

#define RFLAGS_IF	BIT(9)
/* SDM "Guest Non-Register State" */
#define BLOCKING_BY_NMI	BIT(3)

#define X2APIC_CONTROLS \
	(SECONDARY(VIRTUALIZE_X2APIC_MODE) | \
	 SECONDARY(VIRTUAL_INTERRUPT_DELIVERY))

/* Both modes of the APIC would exclude each other. */
#define X2APIC_WRITES \
	SET(PRIMARY_CONTROLS, \
	    PRIMARY(USE_TPR_SHADOW) | PRIMARY(USE_MSR_BITMAPS)), \
	SET_AND_CLEAR(SECONDARY_CONTROLS, X2APIC_CONTROLS, \
		      SECONDARY(VIRTUALIZE_APIC_ACCESSES)), \
	ADDRESS(VIRTUAL_APIC_ADDRESS, VIRTUAL_APIC, 0), \
	ADDRESS(MSR_BITMAPS, MSR_BITMAPS, 0)

const struct gallery_row gallery_rows[] = {
	ROW(exception, EXCEPTION_NMI,
	    "hardware exception, vector 14, #PF, with error code, linear address 0x8000000000",
	    .exceptions = BIT(14)),
	ROW(software_exception, EXCEPTION_NMI,
	    "software exception (INT3 or INTO), vector 3, #BP",
	    .exceptions = BIT(3)),
	ROW(external_interrupt, EXTERNAL_INTERRUPT, "", ROUTED),
	ROW(triple_fault, TRIPLE_FAULT, ""),
	ROW(interrupt_window, INTERRUPT_WINDOW, "", ROUTED,
	    .number = TEAVMX_REG_RFLAGS, .clear = RFLAGS_IF),
	ROW(nmi_window, NMI_WINDOW, "", ROUTED,
	    .number = TEAVMX_REG_INTERRUPTIBILITY, .set = BLOCKING_BY_NMI),
	ROW(task_switch, TASK_SWITCH, "by JMP, TSS selector 0x8"),
	ROW(cpuid, CPUID, ""),
	ROW(hlt, HLT, ""),
	ROW(invd, INVD, ""),
	ROW(invlpg, INVLPG, "linear address 0x12345", ROUTED),
	ROW(rdpmc, RDPMC, "", ROUTED),
	ROW(rdtsc, RDTSC, "", ROUTED),
	ROW(vmcall, VMCALL, "number 0x7"),
	ROW(vmclear, VMCLEAR,
	    "displacement 16, address size 64, segment ds, base rbx, index rsi, scale 4",
	    ROUTED),
	ROW(vmlaunch, VMLAUNCH, "", ROUTED),
	ROW(vmptrld, VMPTRLD,
	    "displacement 0, address size 64, segment ds, base rdi", ROUTED),
	ROW(vmptrst, VMPTRST,
	    "displacement -8, address size 64, segment ss, base rbp", ROUTED),
	ROW(vmread, VMREAD,
	    "displacement 8, reg2 rax, address size 64, segment ds, base rdx",
	    ROUTED),
	ROW(vmresume, VMRESUME, "", ROUTED),
	ROW(vmwrite, VMWRITE,
	    "displacement 0, reg2 rax, address size 64, segment ds, base rcx",
	    ROUTED),
	ROW(vmxoff, VMXOFF, "", ROUTED),
	ROW(vmxon, VMXON,
	    "displacement 32, address size 64, segment fs, index rax, scale 8",
	    ROUTED),
	ROW(cr_access, CR_ACCESS, "MOV to CR, CR 4, register rdx",
	    ROUTED),
	ROW(dr_access, DR_ACCESS, "MOV from DR, DR 7, register rcx",
	    ROUTED),
	ROW(io_out, IO_INSTRUCTION,
	    "out, port 0x42, size 1, immediate port, value 0x55"),
	ROW(io_in, IO_INSTRUCTION, "in, port 0xcf8, size 4"),
	ROW(io_string, IO_INSTRUCTION,
	    "out, port 0x1f0, size 2, string, repeated, address size 32, segment es"),
	ROW(rdmsr, MSR_READ, "", ROUTED),
	ROW(wrmsr, MSR_WRITE, "", ROUTED),
	ROW(invalid_guest_state, INVALID_GUEST_STATE,
	    "the VMCS link pointer is invalid",
	    .writes = { VALUE(LINK_POINTER, 0x123) }),
	ROW(msr_load_fail, MSR_LOAD_FAIL,
	    "entry of the MSR-load area 1",
	    .writes = { ADDRESS(ENTRY_MSR_LOAD_ADDRESS, MSR_LOAD, 0),
			VALUE(ENTRY_MSR_LOAD_COUNT, 1) }),
	ROW(mwait, MWAIT_INSTRUCTION, "", ROUTED),
	ROW(monitor_trap_flag, MONITOR_TRAP_FLAG, "", ROUTED,
	    .primary = PRIMARY(MONITOR_TRAP_FLAG)),
	ROW(monitor, MONITOR_INSTRUCTION, "", ROUTED),
	ROW(pause, PAUSE_INSTRUCTION, "", ROUTED),
	ROW(tpr_below_threshold, TPR_BELOW_THRESHOLD, "",
	    .primary = PRIMARY(USE_TPR_SHADOW),
	    .writes = { SET_AND_CLEAR(PRIMARY_CONTROLS,
				      PRIMARY(USE_TPR_SHADOW),
				      PRIMARY(CR8_LOAD_EXITING)),
			ADDRESS(VIRTUAL_APIC_ADDRESS, VIRTUAL_APIC, 0),
			VALUE(TPR_THRESHOLD, 3) }),
	ROW(apic_access, APIC_ACCESS,
	    "linear data read, type 0, offset 0x20",
	    .secondary = SECONDARY(VIRTUALIZE_APIC_ACCESSES),
	    .own_memory = true,
	    .writes = { SET(SECONDARY_CONTROLS,
			    SECONDARY(VIRTUALIZE_APIC_ACCESSES)),
			ADDRESS(APIC_ACCESS_ADDRESS, DATA, 0),
			ADDRESS(EPT_POINTER, EPT_4, EPTP_FLAGS) }),
	ROW(virtualized_eoi, VIRTUALIZED_EOI, "vector 81",
	    .primary = PRIMARY(USE_TPR_SHADOW),
	    .secondary = X2APIC_CONTROLS,
	    .writes = { X2APIC_WRITES,
			/* the vector in service is in bits 15:8 */
			VALUE(GUEST_INTERRUPT_STATUS, VECTOR_EOI << 8),
			VALUE(EOI_EXIT_BITMAP_1, BIT(VECTOR_EOI % 64)) }),
	ROW(gdtr_idtr, GDTR_IDTR,
	    "displacement 6, SIDT, operand size 16, address size 16, segment ds, base rbx",
	    ROUTED, .secondary = SECONDARY(DESCRIPTOR_TABLE_EXITING)),
	ROW(ldtr_tr, LDTR_TR,
	    "displacement 4, STR, address size 64, segment ds, base rbx",
	    ROUTED,
	    .secondary = SECONDARY(DESCRIPTOR_TABLE_EXITING)),
	ROW(ept_violation, EPT_VIOLATION,
	    "write, translated linear address",
	    /* SDM: without paging each address counts as such. */
	    .advanced = ", user-mode address, guest tables allow write"),
	ROW(ept_misconfig, EPT_MISCONFIG, "", .own_memory = true,
	    .data_rights = BIT(1),
	    .writes = { ADDRESS(EPT_POINTER, EPT_4, EPTP_FLAGS) }),
	ROW(invept, INVEPT,
	    "displacement 0, reg2 rax, address size 64, segment ds, base rbx",
	    ROUTED),
	ROW(rdtscp, RDTSCP, "", ROUTED,
	    .secondary = SECONDARY(ENABLE_RDTSCP)),
	ROW(preemption_timer, PREEMPTION_TIMER, "", ROUTED,
	    .time = 20000),
	ROW(invvpid, INVVPID,
	    "displacement 8, reg2 rdx, address size 64, segment ss, base rsp",
	    ROUTED),
	ROW(wbinvd, WBINVD, "", ROUTED,
	    .secondary = SECONDARY(WBINVD_EXITING)),
	ROW(xsetbv, XSETBV, "", ROUTED, .number = TEAVMX_REG_CR4,
	    .set = CR4_OSXSAVE),
	ROW(apic_write, APIC_WRITE, "offset 0x3f0",
	    .primary = PRIMARY(USE_TPR_SHADOW), .secondary = X2APIC_CONTROLS,
	    .writes = { X2APIC_WRITES }),
	ROW(rdrand, RDRAND, "reg1 r9, operand size 64", ROUTED,
	    .secondary = SECONDARY(RDRAND_EXITING)),
	ROW(invpcid, INVPCID,
	    "displacement 0, reg2 rax, address size 64, segment ds, base rbx",
	    ROUTED,
	    .secondary = SECONDARY(ENABLE_INVPCID)),
	ROW(vmfunc, VMFUNC, "", ROUTED,
	    .secondary = SECONDARY(ENABLE_VM_FUNCTIONS)),
	ROW(rdseed, RDSEED, "reg1 rdx, operand size 64", ROUTED,
	    .secondary = SECONDARY(RDSEED_EXITING)),
	ROW(pml_full, PML_FULL, "", .own_memory = true,
	    .secondary = SECONDARY(ENABLE_PML),
	    .writes = { SET(SECONDARY_CONTROLS, SECONDARY(ENABLE_PML)),
			ADDRESS(EPT_POINTER, EPT_4,
				EPTP_FLAGS | EPTP_DIRTY_FLAGS),
			ADDRESS(PML_ADDRESS, LOG, 0),
			/* the log fills from its end */
			VALUE(PML_INDEX, 0) }),
	{ }
};

#define ABSENT(name, text)	{ VMX_EXIT_##name, text }
#define TOO_NEW			"the emulated processor is older than this"
#define NO_XSS			"guests have no XSAVES and no XRSTORS (#UD)"
#define NO_SMM			"needs the dual-monitor treatment of SMM, which Bochs does not have"

const struct gallery_absent gallery_absent[] = {
	ABSENT(INIT, "the host sends no INIT to a CPU that runs a guest"),
	ABSENT(SIPI, "the host cannot interrupt a guest that waits for a SIPI"),
	ABSENT(IO_SMI, NO_SMM),
	ABSENT(OTHER_SMI, NO_SMM),
	ABSENT(GETSEC, "the emulated processor has no SMX"),
	ABSENT(RSM, "needs a guest in SMM; outside of it RSM is an invalid opcode"),
	ABSENT(MCE_DURING_VMENTRY, "Bochs raises no machine checks"),
	ABSENT(ENCLS, "the emulated processor has no SGX"),
	ABSENT(XSAVES, NO_XSS),
	ABSENT(XRSTORS, NO_XSS),
	ABSENT(PCONFIG, TOO_NEW),
	ABSENT(SPP_EVENT, "the emulated processor has no sub-page write permissions"),
	ABSENT(UMWAIT, TOO_NEW),
	ABSENT(TPAUSE, TOO_NEW),
	ABSENT(LOADIWKEY, TOO_NEW),
	ABSENT(ENCLV, "the emulated processor has no SGX"),
	ABSENT(ENQCMD, TOO_NEW),
	ABSENT(ENQCMDS, TOO_NEW),
	ABSENT(BUS_LOCK, "Bochs has no bus-lock detection"),
	ABSENT(NOTIFY, "Bochs has no instruction timeout"),
	ABSENT(SEAMCALL, "needs TDX"),
	ABSENT(TDCALL, "needs TDX"),
	ABSENT(RDMSRLIST, TOO_NEW),
	ABSENT(WRMSRLIST, TOO_NEW),
	ABSENT(URDMSR, TOO_NEW),
	ABSENT(UWRMSR, TOO_NEW),
	ABSENT(RDMSR_IMM, TOO_NEW),
	ABSENT(WRMSR_IMM, TOO_NEW),
	{ }
};

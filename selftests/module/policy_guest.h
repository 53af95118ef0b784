/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef POLICY_GUEST_H
#define POLICY_GUEST_H

/*
 * A guest that goes from real mode through all others and back; on port 0x80
 * it reports where it has arrived.
 */
enum stage {
	STAGE_PROTECTED = 1,
	STAGE_PAE,
	STAGE_LONG,
	STAGE_REAL,
};

extern const char policy_trip[], policy_trip_end[];

#define AT(label) #label " - policy_trip + 0x1000"
#define STAGE(number) "mov $" #number ", %al\n\tout %al, $0x80\n\t"

asm(".pushsection .rodata\n"
	".code16\n"
	"policy_trip:\n\t"
	"lgdtl " AT(policy_gdt) "\n\t"
	"mov %cr0, %eax\n\t"
	"or $1, %al\n\t"
	"mov %eax, %cr0\n\t"
	"ljmpl $8, $" AT(1f) "\n"
	".code32\n"
	"1:\n\t"
	"mov $16, %eax\n\t"
	"mov %eax, %ds\n\t"
	"mov %eax, %es\n\t"
	"mov %eax, %ss\n\t"
	STAGE(1)
	"mov $0x2000, %eax\n\t"
	"mov %eax, %cr3\n\t"
	"mov $0x20, %eax\n\t"
	"mov %eax, %cr4\n\t"
	"mov %cr0, %ebx\n\t"
	"or $0x80000000, %ebx\n\t"
	"mov %ebx, %cr0\n\t"
	STAGE(2)
	"and $0x7fffffff, %ebx\n\t"
	"mov %ebx, %cr0\n\t"
	"mov $0x4000, %eax\n\t"
	"mov %eax, %cr3\n\t"
	"mov $0xc0000080, %ecx\n\t"
	"rdmsr\n\t"
	"or $0x100, %eax\n\t"
	"wrmsr\n\t"
	"or $0x80000000, %ebx\n\t"
	"mov %ebx, %cr0\n\t"
	"ljmpl $24, $" AT(2f) "\n"
	".code64\n"
	"2:\n\t"
	STAGE(3)
	"push $8\n\t"
	"push $" AT(3f) "\n\t"
	"lretq\n"
	".code32\n"
	"3:\n\t"
	"and $0x7fffffff, %ebx\n\t"
	"mov %ebx, %cr0\n\t"
	"mov $0xc0000080, %ecx\n\t"
	"xor %eax, %eax\n\t"
	"xor %edx, %edx\n\t"
	"wrmsr\n\t"
	"mov %eax, %cr4\n\t"
	"ljmpl $32, $" AT(4f) "\n"
	".code16\n"
	"4:\n\t"
	"mov $40, %ax\n\t"
	"mov %ax, %ds\n\t"
	"mov %ax, %es\n\t"
	"mov %ax, %ss\n\t"
	"and $0xfe, %bl\n\t"
	"mov %ebx, %cr0\n\t"
	"ljmpl $0, $" AT(5f) "\n"
	"5:\n\t"
	"xor %ax, %ax\n\t"
	"mov %ax, %ss\n\t"
	STAGE(4)
	"hlt\n"
	".balign 8\n"
	"policy_table:\n\t"
	".quad 0\n\t"
	".quad 0x00cf9b000000ffff\n\t"
	".quad 0x00cf93000000ffff\n\t"
	".quad 0x00af9b000000ffff\n\t"
	".quad 0x00009b000000ffff\n\t"
	".quad 0x000093000000ffff\n"
	"policy_gdt:\n\t"
	".word 47\n\t"
	".long " AT(policy_table) "\n"
	"policy_trip_end:\n"
	".code64\n"
	".popsection\n");

#endif

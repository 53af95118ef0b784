/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A test program in the form of kvm-unit-tests, for selftests/vm/kut_test: a multiboot
 * program whose cases use each device that multiboot_guest has. The first letter of
 * its argument chooses what it does: p passes, f has a case that fails, s skips, u
 * executes an undefined instruction, e does not end.
 */
/* What a program ends with that has skipped all of its cases */
#define ALL_SKIPPED	38

#define MAGIC		0x1badb002
#define LOADED		0x2badb002
#define COMMAND_LINE	16

#define LINE_STATUS	0x3fd
#define DATA		0x3f8
#define SENT		0x20
#define EXIT_PORT	0xf4
#define ECHO_PORT	0xe0
#define FIRMWARE_SELECT	0x510
#define FIRMWARE_DATA	0x511
#define FIRMWARE_CPUS	5
#define TEST_MEMORY	0xff000000

#define APIC_BASE_MSR	0x1b
#define APIC_ENABLE	0x800
#define APIC		0xfee00000
#define APIC_EOI	0xb0
#define APIC_SPURIOUS	0xf0
#define APIC_COMMAND	0x300
#define TO_SELF		0x40000
#define VECTOR		0x30
#define OTHER_VECTOR	0x41

#define CODE		0x08
#define GATE_32		0x8e00

	.text
	.globl _start
	.code32
	.balign 4
	.long MAGIC, 0, -MAGIC
_start:	movl $stack, %esp
	lgdt gdt_pointer
	ljmp $CODE, $1f
1:
	movl $1, %ebp
	cmpl $LOADED, %eax
	jne end
	movl COMMAND_LINE(%ebx), %esi
word:	lodsb
	testb %al, %al
	jz end
	cmpb $' ', %al
	jne word
	lodsb
	cmpb $'p', %al
	je cases
	cmpb $'f', %al
	je fails
	cmpb $'s', %al
	je skips
	cmpb $'e', %al
	je .
	ud2

fails:	movl $passed, %edi
	call print
	movl $failed, %edi
	call print
	jmp end

skips:	movl $skipped, %edi
	call print
	movl $ALL_SKIPPED, %ebp
end:	movl %ebp, %eax
	outl %eax, $EXIT_PORT
stay:	hlt
	jmp stay

/* Each case leaves ZF set if it has passed. */
cases:	xorl %ebp, %ebp
	call test_device
	movl $device, %edi
	call report
	call firmware
	movl $processors, %edi
	call report
	call interrupts
	movl $order, %edi
	call report
	jmp end

test_device:
	movw $ECHO_PORT, %dx
	movl $0x12345678, %eax
	outl %eax, %dx
	xorl %eax, %eax
	inl %dx, %eax
	movl %eax, TEST_MEMORY
	lock addl $1, TEST_MEMORY
	cmpl $0x12345679, TEST_MEMORY
	ret

firmware:
	movw $FIRMWARE_SELECT, %dx
	movw $FIRMWARE_CPUS, %ax
	outw %ax, %dx
	movw $FIRMWARE_DATA, %dx
	inb %dx, %al
	cmpb $1, %al
	ret

/* Two interrupts that wait arrive in the order of their priority. */
interrupts:
	movl $VECTOR, %eax
	movl $lower, %ebx
	call set_gate
	movl $OTHER_VECTOR, %eax
	movl $higher, %ebx
	call set_gate
	lidt idt_pointer
	movl $APIC_BASE_MSR, %ecx
	rdmsr
	andl $~APIC_ENABLE, %eax
	wrmsr
	orl $APIC_ENABLE, %eax
	wrmsr
	movl $0x1ff, APIC + APIC_SPURIOUS
	movl $TO_SELF | VECTOR, APIC + APIC_COMMAND
	movl $TO_SELF | OTHER_VECTOR, APIC + APIC_COMMAND
	xorl %ecx, %ecx
	movl $1000, %eax
	sti
1:	decl %eax
	jnz 1b
	cli
	cmpl $2 << 4 | 1, %ecx
	ret
lower:	nop
	shll $4, %ecx
	orl $1, %ecx
	movl $0, APIC + APIC_EOI
	iret
higher:	nop
	shll $4, %ecx
	orl $2, %ecx
	movl $0, APIC + APIC_EOI
	iret

/* EAX vector, EBX handler */
set_gate:
	leal idt(, %eax, 8), %edi
	movw %bx, (%edi)
	movw $CODE, 2(%edi)
	movw $GATE_32, 4(%edi)
	shrl $16, %ebx
	movw %bx, 6(%edi)
	ret

/* EDI name of a case, ZF whether it has passed */
report:	movl $pass, %esi
	jz 1f
	movl $fail, %esi
	movl $1, %ebp
1:	xchgl %esi, %edi
	call print
	movl %esi, %edi
	call print
	movl $line, %edi

/* EDI text */
print:	movb (%edi), %bl
	testb %bl, %bl
	jz 2f
	movw $LINE_STATUS, %dx
wait:	inb %dx, %al
	testb $SENT, %al
	jz wait
	movb %bl, %al
	movw $DATA, %dx
	outb %al, %dx
	incl %edi
	jmp print
2:	ret

pass:	.asciz "PASS: "
fail:	.asciz "FAIL: "
line:	.asciz "\r\n"
passed:	.asciz "PASS: one case\r\n"
failed:	.asciz "FAIL: another one\r\n"
skipped: .asciz "SKIP: nothing to test\r\n"
device:	.asciz "test device"
processors: .asciz "number of processors"
order:	.asciz "order of interrupts"

	.balign 8
gdt:	.quad 0
	.quad 0xcf9b000000ffff
gdt_pointer:
	.word 2 * 8 - 1
	.long gdt
	.balign 8
idt_pointer:
	.word 8 * 0x80 - 1
	.long idt
	.balign 8
idt:	.fill 8 * 0x80
	.fill 1024
stack:

/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _UAPI_TEA_H
#define _UAPI_TEA_H

/*
 * The numbers of the TEA machine: object file, opcodes, ports, exit codes. The
 * kernel module, the guest payload and the tools include this header, so it
 * includes no other one.
 */

/*
 * Object file: signature, version, bytes of main's return value, bytes of
 * main's arguments, then the code. Code address 0 is file offset 6.
 */
#define TEA_SIGNATURE_0		0x61
#define TEA_SIGNATURE_1		0x54
#define TEA_VERSION_MAJOR	0
#define TEA_VERSION_MINOR	9
#define TEA_HEADER_SIZE		6
#define TEA_CODE_MAX		65535
#define TEA_FILE_MIN		11
#define TEA_FILE_MAX		(TEA_HEADER_SIZE + TEA_CODE_MAX)
#define TEA_RETURN_MAX		2
#define TEA_ARGUMENTS_MAX	255

/**
 * enum tea_header - offsets in the object file's header
 * @TEA_HEADER_SIGNATURE: two bytes, TEA_SIGNATURE_0 and TEA_SIGNATURE_1
 * @TEA_HEADER_MAJOR: TEA_VERSION_MAJOR
 * @TEA_HEADER_MINOR: TEA_VERSION_MINOR
 * @TEA_HEADER_RETURN: size of the return value, 0 to TEA_RETURN_MAX
 * @TEA_HEADER_ARGUMENTS: size of the arguments
 */
enum tea_header {
	TEA_HEADER_SIGNATURE	= 0,
	TEA_HEADER_MAJOR	= 2,
	TEA_HEADER_MINOR	= 3,
	TEA_HEADER_RETURN	= 4,
	TEA_HEADER_ARGUMENTS	= 5,
};

#define TEA_STACK_DEFAULT	128
#define TEA_STACK_MAX		65535
#define TEA_PID_MAX		255

/* Bits of the state register */
#define TEA_FLAG_N		0x08
#define TEA_FLAG_Z		0x04
#define TEA_FLAG_C		0x02

/* Messages from a VM: `80 1A pid code [data]` and `84 pid character` */
#define TEA_CMD_MSG		0x80
#define TEA_MSG_VM_EXIT		0x1A
#define TEA_CMD_VM_MSG		0x84
#define TEA_MESSAGE_MIN		4
#define TEA_MESSAGE_MAX		6

/* Packets of popcmd: address, length, data; data begins with a command */
#define TEA_PACKET_MIN		2
#define TEA_PACKET_MAX		10
#define TEA_CMD_VM_RUN		0x15
#define TEA_CMD_VM_KILL		0x16

/*
 * The second byte of VM_RUN; the first packet has the slot, later ones the pid
 */
#define TEA_RUN_FIRST		0x01
#define TEA_RUN_LAST		0x02
#define TEA_RUN_PID		0x04
#define TEA_RUN_DEBUG		0x08

/**
 * enum tea_operand - what the bytes after an opcode mean
 * @TEA_OPERAND_NONE: there are none
 * @TEA_OPERAND_BYTE: one byte, a literal
 * @TEA_OPERAND_SHORT: two bytes, a literal
 * @TEA_OPERAND_PORT: two bytes, a port number
 * @TEA_OPERAND_DEPTH: one byte, a distance from the top of the stack
 * @TEA_OPERAND_COUNT: one byte, a number of bytes
 * @TEA_OPERAND_ADDRESS: two bytes, an index from the bottom of the stack
 * @TEA_OPERAND_TARGET: two bytes, a code address
 *
 * Two-byte operands are big-endian.
 */
enum tea_operand {
	TEA_OPERAND_NONE,
	TEA_OPERAND_BYTE,
	TEA_OPERAND_SHORT,
	TEA_OPERAND_PORT,
	TEA_OPERAND_DEPTH,
	TEA_OPERAND_COUNT,
	TEA_OPERAND_ADDRESS,
	TEA_OPERAND_TARGET,
};

/**
 * define TEA_OPCODES - the instruction set, one row an opcode
 * @X: called as X(NAME, number, mnemonic, operand bytes, operand kind,
 *	"meaning", "before", "after", "flags", "errors"); the mnemonic is an
 *	identifier, the kind the end of a TEA_OPERAND_ name
 *
 * "byte" is 8 bits, "short" 16 bits with the high byte deeper in the stack.
 *
 * Before and after: what the instruction pops from the stack and what it pushes,
 * with the top at the right. b is a byte and s a short; n is a byte with a
 * number; p, a and t are shorts with a port, a stack address and a code address;
 * "..." are n bytes, and what is in brackets depends on the operands.
 *
 * Flags: the letters of those that the instruction may change.
 *
 * Errors: U StackUnderflow, O StackOverflow, E StackError, A AddressRange,
 * D DivByZero, I IOErr, R BadRetVal, C BadCommand. Every instruction ends the
 * process with AddressRange when the code ends within it.
 */
#define TEA_OPCODES(X) \
	X(NOP, 0x00, nop, 0, NONE, \
	  "do nothing", \
	  "", "", "", "") \
	X(PUSHLB, 0x01, pushlb, 1, BYTE, \
	  "push the literal byte", \
	  "", "b", "NZ", "O") \
	X(PUSHLS, 0x02, pushls, 2, SHORT, \
	  "push the literal short", \
	  "", "s", "NZ", "O") \
	X(PUSHMB, 0x03, pushmb, 2, PORT, \
	  "read a byte from the port and push it", \
	  "", "b", "NZ", "O I") \
	X(PUSHMBX, 0x04, pushmbx, 0, NONE, \
	  "pop a port number, read a byte from that port and push it", \
	  "p", "b", "NZ", "U I") \
	X(PUSHMS, 0x05, pushms, 2, PORT, \
	  "read a short from the port and push it", \
	  "", "s", "NZ", "O I") \
	X(PUSHMSX, 0x06, pushmsx, 0, NONE, \
	  "pop a port number, read a short from that port and push it", \
	  "p", "s", "NZ", "U I") \
	X(PUSHSB, 0x07, pushsb, 1, DEPTH, \
	  "push a copy of the byte n below the top", \
	  "", "b", "NZ", "O E") \
	X(PUSHSBX, 0x08, pushsbx, 0, NONE, \
	  "pop n and push a copy of the byte n below the top", \
	  "n", "b", "NZ", "U O E") \
	X(PUSHSS, 0x09, pushss, 1, DEPTH, \
	  "push a copy of the short whose high byte is n below the top", \
	  "", "s", "NZ", "U O E") \
	X(PUSHSSX, 0x0A, pushssx, 0, NONE, \
	  "pop n and push a copy of the short whose high byte is n below the top", \
	  "n", "s", "NZ", "U O") \
	X(PUSHSBA, 0x0B, pushsba, 2, ADDRESS, \
	  "push a copy of the byte at the stack address", \
	  "", "b", "NZ", "O E") \
	X(PUSHSBAX, 0x0C, pushsbax, 0, NONE, \
	  "pop a stack address and push a copy of the byte there", \
	  "a", "b", "NZ", "U E") \
	X(PUSHSSA, 0x0D, pushssa, 2, ADDRESS, \
	  "push a copy of the short at the stack address", \
	  "", "s", "NZ", "U O E") \
	X(PUSHSSAX, 0x0E, pushssax, 0, NONE, \
	  "pop a stack address and push a copy of the short there", \
	  "a", "s", "NZ", "U O") \
	X(PUSHN, 0x0F, pushn, 1, COUNT, \
	  "grow the stack by n bytes that keep their old contents", \
	  "", "...", "", "O") \
	X(PUSHNX, 0x10, pushnx, 0, NONE, \
	  "pop n and grow the stack by n bytes that keep their old contents", \
	  "n", "...", "", "U O") \
	X(CONVBS, 0x11, convbs, 0, NONE, \
	  "widen the byte on top to a short by its sign", \
	  "b", "s", "NZ", "U O") \
	X(CONVSB, 0x12, convsb, 0, NONE, \
	  "narrow the short on top to its low byte and note in C a value that does not fit", \
	  "s", "b", "NZC", "U") \
	X(POPBM, 0x13, popbm, 2, PORT, \
	  "pop a byte and write it to the port", \
	  "b", "", "", "U I") \
	X(POPBMX, 0x14, popbmx, 0, NONE, \
	  "pop a port number, then a byte, and write the byte to that port", \
	  "b p", "", "", "U I") \
	X(POPSM, 0x15, popsm, 2, PORT, \
	  "pop a short and write it to the port", \
	  "s", "", "", "U I") \
	X(POPSMX, 0x16, popsmx, 0, NONE, \
	  "pop a port number, then a short, and write the short to that port", \
	  "s p", "", "", "U I") \
	X(POPBS, 0x17, popbs, 1, DEPTH, \
	  "pop a byte and store it n below the new top", \
	  "b", "", "", "U E") \
	X(POPBSX, 0x18, popbsx, 0, NONE, \
	  "pop n, then a byte, and store the byte n below the new top", \
	  "b n", "", "", "U E") \
	X(POPSS, 0x19, popss, 1, DEPTH, \
	  "pop a short and store it with its high byte n below the new top", \
	  "s", "", "", "U E") \
	X(POPSSX, 0x1A, popssx, 0, NONE, \
	  "pop n, then a short, and store the short with its high byte n below the new top", \
	  "s n", "", "", "U E") \
	X(POPBSA, 0x1B, popbsa, 2, ADDRESS, \
	  "pop a byte and store it at the stack address", \
	  "b", "", "", "U E") \
	X(POPBSAX, 0x1C, popbsax, 0, NONE, \
	  "pop a stack address, then a byte, and store the byte there", \
	  "b a", "", "", "U E") \
	X(POPSSA, 0x1D, popssa, 2, ADDRESS, \
	  "pop a short and store it at the stack address", \
	  "s", "", "", "U E") \
	X(POPSSAX, 0x1E, popssax, 0, NONE, \
	  "pop a stack address, then a short, and store the short there", \
	  "s a", "", "", "U E") \
	X(POPCMD, 0x1F, popcmd, 0, NONE, \
	  "pop n, then a packet of n bytes, and send the packet", \
	  "... n", "", "", "U C") \
	X(POPB, 0x20, popb, 0, NONE, \
	  "drop a byte and set N and Z from it", \
	  "b", "", "NZ", "U") \
	X(POPS, 0x21, pops, 0, NONE, \
	  "drop a short and set N and Z from it", \
	  "s", "", "NZ", "U") \
	X(POPN, 0x22, popn, 1, COUNT, \
	  "drop n bytes", \
	  "...", "", "", "U") \
	X(POPNX, 0x23, popnx, 0, NONE, \
	  "pop n and drop n bytes", \
	  "... n", "", "", "U") \
	X(DECB, 0x24, decb, 1, DEPTH, \
	  "subtract one from the byte n below the top", \
	  "", "", "NZC", "O E") \
	X(DECS, 0x25, decs, 1, DEPTH, \
	  "subtract one from the short whose high byte is n below the top", \
	  "", "", "NZC", "U O E") \
	X(INCB, 0x26, incb, 1, DEPTH, \
	  "add one to the byte n below the top", \
	  "", "", "NZC", "O E") \
	X(INCS, 0x27, incs, 1, DEPTH, \
	  "add one to the short whose high byte is n below the top", \
	  "", "", "NZC", "U O E") \
	X(ADDB, 0x28, addb, 0, NONE, \
	  "add two bytes", \
	  "b b", "b", "NZC", "U") \
	X(ADDS, 0x29, adds, 0, NONE, \
	  "add two shorts", \
	  "s s", "s", "NZC", "U") \
	X(SUBB, 0x2A, subb, 0, NONE, \
	  "subtract the top byte from the byte below it", \
	  "b b", "b", "NZC", "U") \
	X(SUBS, 0x2B, subs, 0, NONE, \
	  "subtract the top short from the short below it", \
	  "s s", "s", "NZC", "U") \
	X(NEGB, 0x2C, negb, 0, NONE, \
	  "negate the byte on top", \
	  "b", "b", "NZC", "U") \
	X(NEGS, 0x2D, negs, 0, NONE, \
	  "negate the short on top", \
	  "s", "s", "NZC", "U") \
	X(MULTB, 0x2E, multb, 0, NONE, \
	  "multiply two unsigned bytes to a short", \
	  "b b", "s", "NZC", "U") \
	X(MULTS, 0x2F, mults, 0, NONE, \
	  "multiply two shorts and keep the low 16 bits", \
	  "s s", "s", "NZC", "U") \
	X(DIVB, 0x30, divb, 0, NONE, \
	  "divide the byte below the top by the top byte, signed", \
	  "b b", "b", "NZC", "U D") \
	X(DIVS, 0x31, divs, 0, NONE, \
	  "divide the short below the top by the top short, signed", \
	  "s s", "s", "NZC", "U D") \
	X(MODB, 0x32, modb, 0, NONE, \
	  "remainder of the byte below the top divided by the top byte, signed", \
	  "b b", "b", "NZC", "U D") \
	X(MODS, 0x33, mods, 0, NONE, \
	  "remainder of the short below the top divided by the top short, signed", \
	  "s s", "s", "NZC", "U D") \
	X(ANDB, 0x34, andb, 0, NONE, \
	  "bitwise and of two bytes", \
	  "b b", "b", "NZC", "U") \
	X(ANDS, 0x35, ands, 0, NONE, \
	  "bitwise and of two shorts", \
	  "s s", "s", "NZC", "U") \
	X(ORB, 0x36, orb, 0, NONE, \
	  "bitwise or of two bytes", \
	  "b b", "b", "NZC", "U") \
	X(ORS, 0x37, ors, 0, NONE, \
	  "bitwise or of two shorts", \
	  "s s", "s", "NZC", "U") \
	X(XORB, 0x38, xorb, 0, NONE, \
	  "bitwise exclusive or of two bytes", \
	  "b b", "b", "NZC", "U") \
	X(XORS, 0x39, xors, 0, NONE, \
	  "bitwise exclusive or of two shorts", \
	  "s s", "s", "NZC", "U") \
	X(COMPB, 0x3A, compb, 0, NONE, \
	  "flip every bit of the byte on top", \
	  "b", "b", "NZC", "U") \
	X(COMPS, 0x3B, comps, 0, NONE, \
	  "flip every bit of the short on top", \
	  "s", "s", "NZC", "U") \
	X(RLB, 0x3C, rlb, 0, NONE, \
	  "pop a count and shift the byte on top left", \
	  "b n", "b", "NZC", "U") \
	X(RLS, 0x3D, rls, 0, NONE, \
	  "pop a count byte and shift the short on top left", \
	  "s n", "s", "NZC", "U") \
	X(RRB, 0x3E, rrb, 0, NONE, \
	  "pop a count and shift the byte on top right, filling with its sign", \
	  "b n", "b", "NZC", "U") \
	X(RRS, 0x3F, rrs, 0, NONE, \
	  "pop a count byte and shift the short on top right, filling with its sign", \
	  "s n", "s", "NZC", "U") \
	X(BRNEG, 0x40, brneg, 2, TARGET, \
	  "go to the target if N is set", \
	  "", "", "", "A") \
	X(BRPOS, 0x41, brpos, 2, TARGET, \
	  "go to the target if neither N nor Z is set", \
	  "", "", "", "A") \
	X(BRZ, 0x42, brz, 2, TARGET, \
	  "go to the target if Z is set", \
	  "", "", "", "A") \
	X(BRNZ, 0x43, brnz, 2, TARGET, \
	  "go to the target if Z is clear", \
	  "", "", "", "A") \
	X(BRC, 0x44, brc, 2, TARGET, \
	  "go to the target if C is set", \
	  "", "", "", "A") \
	X(BRNC, 0x45, brnc, 2, TARGET, \
	  "go to the target if C is clear", \
	  "", "", "", "A") \
	X(CMPBBR, 0x46, cmpbbr, 2, TARGET, \
	  "pop a byte; if the one below is equal, drop it too and go to the target", \
	  "b b", "[b]", "NZ", "U A") \
	X(CMPSBR, 0x47, cmpsbr, 2, TARGET, \
	  "pop a short; if the one below is equal, drop it too and go to the target", \
	  "s s", "[s]", "NZ", "U A") \
	X(GOTO, 0x48, goto, 2, TARGET, \
	  "go to the target", \
	  "", "", "", "A") \
	X(CALL, 0x49, call, 2, TARGET, \
	  "push the address of the next instruction and go to the target", \
	  "", "t", "", "O") \
	X(RETURN, 0x4A, return, 0, NONE, \
	  "pop an address and go there", \
	  "t", "", "", "U") \
	X(FMTBB, 0x4B, fmtbb, 0, NONE, \
	  "replace the byte on top by its 8 binary digits and their number", \
	  "b", "... n", "", "U O") \
	X(FMTBD, 0x4C, fmtbd, 0, NONE, \
	  "replace the byte on top by its signed decimal digits and their number", \
	  "b", "... n", "", "U O") \
	X(FMTBU, 0x4D, fmtbu, 0, NONE, \
	  "replace the byte on top by its unsigned decimal digits and their number", \
	  "b", "... n", "", "U O") \
	X(FMTBH, 0x4E, fmtbh, 0, NONE, \
	  "replace the byte on top by its 2 hexadecimal digits and their number", \
	  "b", "... n", "NZ", "U O") \
	X(FMTSB, 0x4F, fmtsb, 0, NONE, \
	  "replace the short on top by its 16 binary digits and their number", \
	  "s", "... n", "", "U O") \
	X(FMTSD, 0x50, fmtsd, 0, NONE, \
	  "replace the short on top by its signed decimal digits and their number", \
	  "s", "... n", "", "U O") \
	X(FMTSU, 0x51, fmtsu, 0, NONE, \
	  "replace the short on top by its unsigned decimal digits and their number", \
	  "s", "... n", "", "U O") \
	X(FMTSH, 0x52, fmtsh, 0, NONE, \
	  "replace the short on top by its 4 hexadecimal digits and their number", \
	  "s", "... n", "NZ", "U O") \
	X(EXIT, 0x53, exit, 0, NONE, \
	  "end the process and return what is on the stack", \
	  "", "", "", "R")

/**
 * enum tea_opcode - TEA_OP_NAME for each row of TEA_OPCODES
 * @TEA_OP_COUNT: number of opcodes; they are 0 to TEA_OP_COUNT - 1
 */
enum tea_opcode {
#define TEA_OPCODE_ENUM(NAME, number, ...) \
	TEA_OP_##NAME = number,
	TEA_OPCODES(TEA_OPCODE_ENUM)
#undef TEA_OPCODE_ENUM
	TEA_OP_COUNT
};

/**
 * define TEA_EXIT_CODES - how a process can end, one row a code
 * @X: called as X(NAME, number, "name", "meaning")
 */
#define TEA_EXIT_CODES(X) \
	X(NORMAL, 0, "Normal", \
	  "the program executed its exit instruction") \
	X(KILL, 1, "Kill", \
	  "the process was killed") \
	X(STACK_UNDERFLOW, 2, "StackUnderflow", \
	  "an instruction took more from the stack than was there") \
	X(STACK_OVERFLOW, 3, "StackOverflow", \
	  "an instruction put more on the stack than fits") \
	X(STACK_ERROR, 4, "StackError", \
	  "an instruction addressed a place outside the stack") \
	X(ADDRESS_RANGE, 5, "AddressRange", \
	  "execution left the program's code") \
	X(DIV_BY_ZERO, 6, "DivByZero", \
	  "the program divided by zero") \
	X(IO_ERR, 7, "IOErr", \
	  "a port refused the access, its size, direction or value") \
	X(BAD_OPCODE, 8, "BadOpcode", \
	  "the code holds a byte that is no instruction") \
	X(BAD_STARTUP, 9, "BadStartup", \
	  "the arguments do not match what the program declares or do not fit") \
	X(BAD_VERSION, 10, "BadVersion", \
	  "the object file has a version this machine does not run") \
	X(BAD_CODE, 11, "BadCode", \
	  "the file is not a TEA object file") \
	X(BAD_RET_VAL, 12, "BadRetVal", \
	  "the return value does not have the declared size") \
	X(BAD_COMMAND, 13, "BadCommand", \
	  "the program sent a malformed packet")

/**
 * enum tea_exit - TEA_EXIT_NAME for each row of TEA_EXIT_CODES
 * @TEA_EXIT_COUNT: number of codes; they are 0 to TEA_EXIT_COUNT - 1
 */
enum tea_exit {
#define TEA_EXIT_ENUM(NAME, number, ...) \
	TEA_EXIT_##NAME = number,
	TEA_EXIT_CODES(TEA_EXIT_ENUM)
#undef TEA_EXIT_ENUM
	TEA_EXIT_COUNT
};

/* Access sizes of a port, as a mask; each bit is the size itself */
#define TEA_SIZE_NONE		0
#define TEA_SIZE_CHAR		1
#define TEA_SIZE_INT		2
#define TEA_SIZE_BOTH		3

/**
 * define TEA_PORTS - the port map, one row for a port or a range of ports
 * @X: called as X(NAME, first, count, "name", read sizes, write sizes,
 *	"meaning")
 */
#define TEA_PORTS(X) \
	X(TIMER, 0x0000, 1, "sleep", TEA_SIZE_NONE, TEA_SIZE_BOTH, \
	  "write: sleep so many tenths of a millisecond") \
	X(PROCESS_ID, 0x0002, 1, "process id", TEA_SIZE_CHAR, TEA_SIZE_NONE, \
	  "read: the number of the process") \
	X(SERIAL, 0x0010, 1, "serial", TEA_SIZE_CHAR, TEA_SIZE_CHAR, \
	  "write: send a byte; read: wait for a byte of input") \
	X(DISPLAY, 0x0011, 1, "display", TEA_SIZE_NONE, TEA_SIZE_CHAR, \
	  "write: show a character") \
	X(QUIET, 0x0015, 1, "quiet", TEA_SIZE_CHAR, TEA_SIZE_CHAR, \
	  "1 keeps the VM from showing characters, 0 lets it") \
	X(ADDRESS, 0x0080, 1, "address", TEA_SIZE_CHAR, TEA_SIZE_CHAR, \
	  "the module address, even and not 0") \
	X(VERSION, 0x0088, 1, "version", TEA_SIZE_INT, TEA_SIZE_NONE, \
	  "read: the version of the machine") \
	X(BUILD, 0x0089, 1, "build", TEA_SIZE_INT, TEA_SIZE_NONE, \
	  "read: the build number of the machine") \
	X(SEMAPHORE, 0x0100, TEA_SEMAPHORES, "semaphore", TEA_SIZE_CHAR, TEA_SIZE_CHAR, \
	  "write: store a value; read: wait for a value and take it") \
	X(SCRATCH_PAD, 0x0200, TEA_PAD_SIZE, "scratch pad", TEA_SIZE_BOTH, \
	  TEA_SIZE_BOTH, \
	  "memory shared by the processes of a VM, shorts big-endian") \
	X(HOST, 0xF000, 4096, "host port", TEA_SIZE_BOTH, TEA_SIZE_BOTH, \
	  "answered by the host program, where the VM has host ports")

/**
 * enum tea_port - TEA_PORT_NAME, the first port number of each row of
 *	TEA_PORTS
 */
enum tea_port {
#define TEA_PORT_ENUM(NAME, first, ...) \
	TEA_PORT_##NAME = first,
	TEA_PORTS(TEA_PORT_ENUM)
#undef TEA_PORT_ENUM
};

#define TEA_PORT_VERSION_VALUE	0x0001
#define TEA_PORT_BUILD_VALUE	0
#define TEA_ADDRESS_DEFAULT	2
#define TEA_PAD_SIZE		256
#define TEA_SEMAPHORES		256
#define TEA_SERIAL_MAX		1024

/*
 * RAX of a VMCALL of the payload, which is the value in the record of that exit: in
 * bits 31:16 the code pointer of the process, after the instruction that made the
 * call; the other bits are enum teavmx_tea_service.
 */
#define TEA_CALL(service, cp)	((unsigned long)(cp) << 16 | (service))
#define TEA_CALL_SERVICE(rax)	((rax) & ~0xFFFF0000ULL)
#define TEA_CALL_CP(rax)	((unsigned int)((rax) >> 16) & 0xFFFF)

/**
 * tea_exit_name() - short name of an exit code
 * @code: any number
 *
 * Return: the name, such as "DivByZero", or a null pointer for an unknown
 * code.
 */
static inline const char *tea_exit_name(unsigned int code)
{
	switch (code) {
#define TEA_EXIT_CASE(NAME, number, name, meaning) \
	case number: \
		return name;
	TEA_EXIT_CODES(TEA_EXIT_CASE)
#undef TEA_EXIT_CASE
	}
	return (const char *)0;
}

/**
 * tea_exit_meaning() - what an exit code means, as a phrase
 * @code: any number
 *
 * Return: the phrase or a null pointer for an unknown code.
 */
static inline const char *tea_exit_meaning(unsigned int code)
{
	switch (code) {
#define TEA_EXIT_CASE(NAME, number, name, meaning) \
	case number: \
		return meaning;
	TEA_EXIT_CODES(TEA_EXIT_CASE)
#undef TEA_EXIT_CASE
	}
	return (const char *)0;
}

/**
 * tea_opcode_name() - mnemonic of an opcode
 * @opcode: any number
 *
 * Return: the mnemonic or a null pointer for an unknown opcode.
 */
static inline const char *tea_opcode_name(unsigned int opcode)
{
	switch (opcode) {
#define TEA_OPCODE_CASE(NAME, number, mnemonic, ...) \
	case number: \
		return #mnemonic;
	TEA_OPCODES(TEA_OPCODE_CASE)
#undef TEA_OPCODE_CASE
	}
	return (const char *)0;
}

/**
 * tea_opcode_meaning() - what an instruction does, as a phrase
 * @opcode: any number
 *
 * Return: the phrase or a null pointer for an unknown opcode.
 */
static inline const char *tea_opcode_meaning(unsigned int opcode)
{
	switch (opcode) {
#define TEA_OPCODE_CASE(NAME, number, mnemonic, bytes, kind, \
			sentence, ...) \
	case number: \
		return sentence;
	TEA_OPCODES(TEA_OPCODE_CASE)
#undef TEA_OPCODE_CASE
	}
	return (const char *)0;
}

/**
 * tea_opcode_operand() - kind of operand an opcode takes
 * @opcode: any number
 *
 * Return: the kind; TEA_OPERAND_NONE for an unknown opcode.
 */
static inline enum tea_operand tea_opcode_operand(unsigned int opcode)
{
	switch (opcode) {
#define TEA_OPCODE_CASE(NAME, number, mnemonic, bytes, kind, ...) \
	case number: \
		return TEA_OPERAND_##kind;
	TEA_OPCODES(TEA_OPCODE_CASE)
#undef TEA_OPCODE_CASE
	}
	return TEA_OPERAND_NONE;
}

/**
 * tea_opcode_bytes() - number of operand bytes an opcode takes
 * @opcode: any number
 *
 * Return: 0 to 2; 0 for an unknown opcode.
 */
static inline unsigned int tea_opcode_bytes(unsigned int opcode)
{
	switch (opcode) {
#define TEA_OPCODE_CASE(NAME, number, mnemonic, bytes, ...) \
	case number: \
		return bytes;
	TEA_OPCODES(TEA_OPCODE_CASE)
#undef TEA_OPCODE_CASE
	}
	return 0;
}

#endif

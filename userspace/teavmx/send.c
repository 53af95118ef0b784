// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include <userspace/common/tea_result.h>

#include "output.h"
#include "target.h"

struct packet {
	uint32_t vm;
	enum teavmx_backend backend;
	enum teavmx_engine engine;
	unsigned char bytes[TEA_PACKET_MAX];
	size_t size;
};

static int take_word(struct packet *packet, const char *word)
{
	size_t room = TEA_PACKET_MAX - packet->size;
	size_t size = cli_hex(word, packet->bytes + packet->size, room);

	if (!size)
		return command_usage(&command_send,
				     "expected bytes of two hexadecimal digits each, got '%s'",
				     word);
	if (size > room)
		return command_usage(&command_send,
				     "expected a packet of at most %d bytes",
				     TEA_PACKET_MAX);
	packet->size += size;
	return CLI_OK;
}

static int take_packet(int argc, char **argv, struct packet *packet)
{
	int status = CLI_OK;

	if (optind == argc)
		return command_usage(&command_send,
				     "expected a packet in hexadecimal: address, length, data");
	while (!status && optind < argc)
		status = take_word(packet, argv[optind++]);
	return status;
}

static void print_json(const struct packet *packet,
		       const struct teavmx_launched *launched)
{
	json_t *object = json_object();

	json_object_set_new(object, "vm", json_integer(packet->vm));
	json_object_set_new(object, "reply", launched->message_size ?
			    tea_json_hex(launched->message,
					 launched->message_size) :
			    json_null());
	json_object_set_new(object, "vcpu", launched->vcpu ?
			    json_integer(launched->vcpu) : json_null());
	tea_json_print(object, stdout);
}

static void print_launched(const struct packet *packet,
			   const struct teavmx_launched *launched)
{
	size_t i;

	if (!launched->message_size)
		return;
	for (i = 0; i < launched->message_size; i++)
		printf("%s%02x", i ? " " : "", launched->message[i]);
	if (launched->vcpu)
		printf(" vCPU %u.%u", packet->vm, launched->vcpu);
	putchar('\n');
}

static int send_packet(struct teavmx *teavmx, void *state)
{
	const struct packet *packet = state;
	struct teavmx_launched launched;

	if (teavmx_packet_send(teavmx, packet->vm, packet->backend,
			       packet->engine, packet->bytes, packet->size,
			       &launched))
		return output_failure(teavmx_error(teavmx), NULL);
	if (cli_json)
		print_json(packet, &launched);
	else
		print_launched(packet, &launched);
	return CLI_OK;
}

static int send_option(int option, void *state)
{
	struct packet *packet = state;

	return option == 'e' ?
	       engine_take(&command_send, &packet->engine) :
	       backend_take(&command_send, &packet->backend);
}

static int send_run(int argc, char **argv, void *state)
{
	struct packet *packet = state;

	return target_vm(&command_send, argc, argv, &packet->vm) ?:
	       take_packet(argc, argv, packet) ?:
	       output_with(send_packet, packet);
}

static const struct option options[] = {
	{ "backend", required_argument, NULL, 'b' },
	{ "engine", required_argument, NULL, 'e' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_send = {
	.name = "send",
	.synopsis = "[OPTION...] VM HEX...",
	.summary = "Send a VM a packet: VM_RUN or VM_KILL.",
	.help =
	"A packet is address, length and data, such as 02 03 15 03 00: the module at\n"
	"address 2 launches the program of slot 0. Prints the module's answer, 15 and the\n"
	"process number, and the vCPU. See 'teavmx slots' for the programs.\n\n"
	"  -b, --backend=B  vmx (a VMX guest) or soft (in the kernel, without VMX)\n"
	"  -e, --engine=E   interp, or jit: translated in the guest to x86-64 (interp)\n"
	"  -j, --json       print one JSON object\n"
	"  -h, --help       show this text\n",
	.options = options,
	.state_size = sizeof(struct packet),
	.initial = &(const struct packet){ .backend = TEAVMX_BACKEND_VMX },
	.option = send_option,
	.run = send_run,
};

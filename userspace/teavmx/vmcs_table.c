// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <strings.h>

#include <uapi/vmcs.h>

#include "output.h"
#include "vmcs_table.h"
#include "words.h"

/* Width of the longest name in uapi/vmcs.h */
#define NAME_WIDTH	27
/* "  NAME " and a value of 64 bits */
#define WORDS_COLUMN	(2 + NAME_WIDTH + 1 + 18 + 2)
/* More than MANY_WORDS words begin below the value, in this column. */
#define BELOW_COLUMN	6
#define MANY_WORDS	3

/* Bits of an encoding, SDM "VMCS Component Encoding" */
#define AREA_OF(field)	((field) >> 10 & 3)
#define WIDTH_OF(field)	((field) >> 13 & 3)

enum area {
	AREA_CONTROL,
	AREA_EXIT,
	AREA_GUEST,
	AREA_HOST,
	AREAS,
};

static const char *const titles[AREAS] = {
	[AREA_CONTROL] = "controls",
	[AREA_EXIT] = "exit information",
	[AREA_GUEST] = "guest state",
	[AREA_HOST] = "host state",
};

static const char *const area_names[AREAS] = {
	[AREA_CONTROL] = "control",
	[AREA_EXIT] = "exit",
	[AREA_GUEST] = "guest",
	[AREA_HOST] = "host",
};

/* Hexadecimal digits of a field: 16, 64, 32 bits, natural width */
static const int digits[] = { 4, 16, 8, 16 };

static uint64_t value_of(const struct vmcs_table *table, uint32_t field)
{
	size_t i;

	for (i = 0; i < table->count; i++)
		if (table->fields[i].field == field)
			return table->fields[i].value;
	return 0;
}

/* Other fields decide on the meaning of an exit qualification. */
static void spell_qualification(const struct vmcs_table *table,
				struct words *words)
{
	struct teavmx_record record = {
		.type = TEAVMX_EVENT_TYPE_VMX_EXIT,
		.has = 1u << TEAVMX_A_RECORD_INTR_INFO,
		.reason = value_of(table, VMCS_FIELD_EXIT_REASON),
		.qualification = value_of(table, VMCS_FIELD_EXIT_QUALIFICATION),
		.intr_info = value_of(table, VMCS_FIELD_EXIT_INTERRUPTION_INFO),
	};
	struct teavmx_fields fields;

	teavmx_decode_fields(&record, &fields);
	words_fields(words, &fields);
}

static void field_words(const struct vmcs_table *table,
			const struct teavmx_vmcs_write *field, struct words *words)
{
	struct teavmx_fields fields;

	switch (field->field) {
	case VMCS_FIELD_EXIT_QUALIFICATION:
		spell_qualification(table, words);
		break;
	case VMCS_FIELD_EXIT_INSTRUCTION_INFO:
		teavmx_decode_instruction(value_of(table,
						   VMCS_FIELD_EXIT_REASON),
					  (uint32_t)field->value, &fields);
		words_fields(words, &fields);
		break;
	default:
		words_field(words, field->field, field->value);
		break;
	}
}

static void print_field(const struct vmcs_table *table,
			const struct teavmx_vmcs_write *field, FILE *file)
{
	const char *text = vmcs_field_text(field->field);
	const char *name = vmcs_field_name(field->field);
	unsigned long long value = field->value;
	struct words words;
	char number[16];
	char plain[24];

	snprintf(number, sizeof(number), "0x%04x", field->field);
	snprintf(plain, sizeof(plain), "0x%llx", value);
	field_words(table, field, &words);
	if (table->texts) {
		fprintf(file, "  %s %-*s 0x%0*llx\n      %s\n", number,
			NAME_WIDTH, name ? name : "?",
			digits[WIDTH_OF(field->field)], value,
			text ? text : "a field without a name");
		if (words.count) {
			fprintf(file, "%*s", BELOW_COLUMN, "");
			words_print(&words, BELOW_COLUMN, file);
		}
		return;
	}
	fprintf(file, "  %-*s ", NAME_WIDTH, name ? name : number);
	if (!words.count) {
		fprintf(file, "%s\n", plain);
	} else if (words.count > MANY_WORDS) {
		fprintf(file, "%s\n%*s", plain, BELOW_COLUMN, "");
		words_print(&words, BELOW_COLUMN, file);
	} else {
		fprintf(file, "%-18s  ", plain);
		words_print(&words, WORDS_COLUMN, file);
	}
}

static bool field_is_wanted(const struct vmcs_table *table, uint32_t field)
{
	const char *name = vmcs_field_name(field);

	return !table->begin ||
	       (name && !strncasecmp(name, table->begin, strlen(table->begin)));
}

size_t vmcs_table_print(const struct vmcs_table *table, FILE *file)
{
	static const enum area order[] = { AREA_EXIT, AREA_GUEST, AREA_CONTROL,
					   AREA_HOST };
	size_t printed = 0;
	size_t i, area;

	for (area = 0; area < AREAS; area++) {
		bool open = false;

		for (i = 0; i < table->count; i++) {
			if (AREA_OF(table->fields[i].field) != order[area] ||
			    !field_is_wanted(table, table->fields[i].field))
				continue;
			if (!open)
				fprintf(file, "%s%s\n", printed ? "\n" : "",
					titles[order[area]]);
			open = true;
			printed++;
			print_field(table, &table->fields[i], file);
		}
	}
	return printed;
}

static json_t *json_field(const struct vmcs_table *table,
			  const struct teavmx_vmcs_write *field)
{
	const char *name = vmcs_field_name(field->field);
	const char *text = vmcs_field_text(field->field);
	json_t *object = json_object();
	struct words words;

	field_words(table, field, &words);
	json_object_set_new(object, "encoding", json_integer(field->field));
	json_object_set_new(object, "name", name ? json_string(name) :
			    json_null());
	json_object_set_new(object, "text", text ? json_string(text) :
			    json_null());
	json_object_set_new(object, "area",
			    json_string(area_names[AREA_OF(field->field)]));
	json_object_set_new(object, "value", json_u64(field->value));
	json_object_set_new(object, "decoded", words_json(&words));
	return object;
}

json_t *vmcs_table_json(const struct vmcs_table *table)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < table->count; i++)
		json_array_append_new(array,
				      json_field(table, &table->fields[i]));
	return array;
}

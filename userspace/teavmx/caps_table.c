// SPDX-License-Identifier: GPL-2.0-only
#include "caps_table.h"
#include "output.h"

/* Widest name in uapi/vmx_caps.h; the texts begin in the column after it */
#define NAME_WIDTH	30

static const char *yes(bool value)
{
	return value ? "yes" : "no";
}

static void print_cpus(const struct caps_table *table, FILE *file)
{
	size_t i;

	for (i = 0; i < table->count; i++) {
		const struct teavmx_caps *caps = &table->caps[i];

		fprintf(file, "CPU %u: ", caps->cpu);
		if (caps->count)
			fprintf(file, "%zu capability MSRs\n", caps->count);
		else
			fprintf(file, "%s\n", caps->missing);
	}
}

static bool same_msr(const struct teavmx_msr *a, const struct teavmx_msr *b)
{
	return !a == !b && (!a || a->value == b->value);
}

static void print_msr(const struct caps_table *table, uint32_t number,
		      FILE *file)
{
	const struct teavmx_msr *first =
		teavmx_caps_msr(table->caps, number);
	const char *name = teavmx_msr_name(number);
	bool differs = false;
	size_t i;

	for (i = 1; i < table->count; i++)
		differs |= !same_msr(first, teavmx_caps_msr(&table->caps[i],
							    number));
	for (i = 0; i < (differs ? table->count : 1); i++) {
		const struct teavmx_msr *msr =
			teavmx_caps_msr(&table->caps[i], number);

		if (i && same_msr(first, msr))
			continue;
		fprintf(file, "%c ", differs ? '!' : ' ');
		if (msr)
			fprintf(file, "0x%03x  0x%016llx  ", number,
				(unsigned long long)msr->value);
		else
			fprintf(file, "0x%03x  %-18s  ", number, "none");
		if (i)
			fprintf(file, "on CPU %u\n", table->caps[i].cpu);
		else
			fprintf(file, "IA32_%s%s\n",
				number == 0x3a || !name ? "" : "VMX_",
				name ? name : "?");
	}
}

/* The next MSR that one of the CPUs has, by number; 0 after the last one */
static uint32_t next_msr(const struct caps_table *table, uint32_t after)
{
	uint32_t next = 0;
	size_t i, j;

	for (i = 0; i < table->count; i++)
		for (j = 0; j < table->caps[i].count; j++) {
			uint32_t number = table->caps[i].msrs[j].number;

			if (number > after && (!next || number < next))
				next = number;
		}
	return next;
}

static void print_number(const struct caps_table *table, unsigned int index,
			 FILE *file)
{
	struct teavmx_number first, other;
	size_t i;

	teavmx_number_get(table->caps, index, &first);
	if (first.present)
		fprintf(file, "  %-15s %10llu  %s\n", first.name,
			(unsigned long long)first.value, first.text);
	for (i = 1; i < table->count; i++) {
		teavmx_number_get(&table->caps[i], index, &other);
		if (other.present && (!first.present ||
				      other.value != first.value))
			fprintf(file, "! %-15s %10llu  on CPU %u\n",
				other.name, (unsigned long long)other.value,
				table->caps[i].cpu);
	}
}

static bool same_control(const struct teavmx_control *a,
			 const struct teavmx_control *b)
{
	return a->can_be_0 == b->can_be_0 && a->can_be_1 == b->can_be_1;
}

static void print_cells(const struct teavmx_group *group, unsigned int bit,
			const struct teavmx_control *control, bool differs,
			FILE *file)
{
	const char *used = control->has_used ? yes(control->used) : "-";

	fprintf(file, "%c %3u  ", differs ? '!' : ' ', bit);
	if (group->control)
		fprintf(file, "%-3s  %-3s  %-4s  ", yes(control->can_be_0),
			yes(control->can_be_1), used);
	else
		fprintf(file, "%-3s  ", yes(control->can_be_1));
}

/*
 * Returns whether other CPUs differ from the first one; prints them to @file,
 * if any.
 */
static bool print_others(const struct caps_table *table, unsigned int group,
			 unsigned int bit, const struct teavmx_control *first,
			 FILE *file)
{
	struct teavmx_control other;
	bool differs = false;
	size_t i;

	for (i = 1; i < table->count; i++) {
		teavmx_control_get(&table->caps[i], group, bit, &other);
		if (same_control(first, &other))
			continue;
		differs = true;
		if (!file)
			continue;
		print_cells(teavmx_group(group), bit, &other, true, file);
		fprintf(file, "on CPU %u\n", table->caps[i].cpu);
	}
	return differs;
}

/* The control on the first CPU. Returns whether any of the CPUs has it. */
static bool find_control(const struct caps_table *table, unsigned int group,
			 unsigned int bit, struct teavmx_control *control)
{
	struct teavmx_control other;
	bool tells = teavmx_control_get(table->caps, group, bit, control);
	size_t i;

	for (i = 1; i < table->count && !tells; i++)
		tells = teavmx_control_get(&table->caps[i], group, bit, &other);
	return tells;
}

static void print_bit(const struct caps_table *table, unsigned int group,
		      unsigned int bit, FILE *file)
{
	struct teavmx_control control;
	char number[16];

	if (!find_control(table, group, bit, &control))
		return;
	print_cells(teavmx_group(group), bit, &control,
		    print_others(table, group, bit, &control, NULL), file);
	snprintf(number, sizeof(number), "bit %u", bit);
	if (table->texts && control.text)
		fprintf(file, "%-*s  %s\n", NAME_WIDTH, control.name,
			control.text);
	else
		fprintf(file, "%s\n", control.name ? control.name : number);
	print_others(table, group, bit, &control, file);
}

static void print_group(const struct caps_table *table, unsigned int index,
			FILE *file)
{
	const struct teavmx_group *group = teavmx_group(index);
	unsigned int bit;

	fprintf(file, "\n%s\n  bit  %s  name\n", group->title,
		group->control ? "0    1    used" : "has");
	for (bit = 0; bit < group->bits; bit++)
		print_bit(table, index, bit, file);
}

void caps_table_print(const struct caps_table *table, FILE *file)
{
	struct teavmx_number number;
	uint32_t msr = 0;
	unsigned int i;

	print_cpus(table, file);
	if (!next_msr(table, 0))
		return;
	fputs("\ncapability MSRs\n", file);
	while ((msr = next_msr(table, msr)))
		print_msr(table, msr, file);
	fputs("\nnumbers\n", file);
	for (i = 0; teavmx_number_get(table->caps, i, &number); i++)
		print_number(table, i, file);
	for (i = 0; teavmx_group(i); i++)
		print_group(table, i, file);
}

static json_t *json_words(const char *words)
{
	return words ? json_string(words) : json_null();
}

static json_t *json_cpu(const struct teavmx_caps *caps)
{
	json_t *msrs = json_array();
	size_t i;

	for (i = 0; i < caps->count; i++) {
		const struct teavmx_msr *msr = &caps->msrs[i];
		json_t *object = json_object();

		json_object_set_new(object, "number",
				    json_integer(msr->number));
		json_object_set_new(object, "name",
				    json_words(teavmx_msr_name(msr->number)));
		json_object_set_new(object, "value", json_u64(msr->value));
		json_array_append_new(msrs, object);
	}
	return json_pack("{s:I, s:s*, s:o}", "cpu", (json_int_t)caps->cpu,
			 "missing", caps->count ? NULL : caps->missing,
			 "msrs", msrs);
}

static json_t *json_number(const struct caps_table *table, unsigned int index)
{
	json_t *values = json_array();
	struct teavmx_number number;
	size_t i;

	for (i = 0; i < table->count; i++) {
		teavmx_number_get(&table->caps[i], index, &number);
		json_array_append_new(values, number.present ?
				      json_u64(number.value) : json_null());
	}
	return json_pack("{s:s, s:s, s:o}", "name", number.name, "text",
			 number.text, "values", values);
}

static json_t *json_bit(const struct caps_table *table, unsigned int group,
			unsigned int bit)
{
	struct teavmx_control control;
	json_t *zero = json_array();
	json_t *one = json_array();
	json_t *object = json_object();
	bool used, has_used;
	size_t i;

	find_control(table, group, bit, &control);
	used = control.used;
	has_used = control.has_used;
	json_object_set_new(object, "bit", json_integer(bit));
	json_object_set_new(object, "name", json_words(control.name));
	json_object_set_new(object, "text", json_words(control.text));
	json_object_set_new(object, "differs",
			    json_boolean(print_others(table, group, bit,
						      &control, NULL)));
	for (i = 0; i < table->count; i++) {
		teavmx_control_get(&table->caps[i], group, bit, &control);
		json_array_append_new(zero, json_boolean(control.can_be_0));
		json_array_append_new(one, json_boolean(control.can_be_1));
	}
	if (teavmx_group(group)->control) {
		json_object_set(object, "can_be_0", zero);
		json_object_set(object, "can_be_1", one);
		json_object_set_new(object, "used", has_used ?
				    json_boolean(used) : json_null());
	} else {
		json_object_set(object, "has", one);
	}
	json_decref(zero);
	json_decref(one);
	return object;
}

static json_t *json_group(const struct caps_table *table, unsigned int index)
{
	const struct teavmx_group *group = teavmx_group(index);
	struct teavmx_control control;
	json_t *bits = json_array();
	unsigned int bit;

	for (bit = 0; bit < group->bits; bit++)
		if (find_control(table, index, bit, &control))
			json_array_append_new(bits,
					      json_bit(table, index, bit));
	return json_pack("{s:s, s:s, s:b, s:o}", "name", group->name, "title",
			 group->title, "control", group->control, "bits", bits);
}

json_t *caps_table_json(const struct caps_table *table)
{
	json_t *cpus = json_array();
	json_t *numbers = json_array();
	json_t *groups = json_array();
	struct teavmx_number number;
	bool any = next_msr(table, 0);
	unsigned int i;

	for (i = 0; i < table->count; i++)
		json_array_append_new(cpus, json_cpu(&table->caps[i]));
	for (i = 0; any && teavmx_number_get(table->caps, i, &number); i++)
		json_array_append_new(numbers, json_number(table, i));
	for (i = 0; any && teavmx_group(i); i++)
		json_array_append_new(groups, json_group(table, i));
	return json_pack("{s:o, s:o, s:o}", "cpus", cpus, "numbers", numbers,
			 "groups", groups);
}

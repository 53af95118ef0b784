// SPDX-License-Identifier: GPL-2.0-only
#include "output.h"

static json_t *json_field(const struct teavmx_field *field)
{
	switch (field->kind) {
	case TEAVMX_FIELD_FLAG:
		return json_boolean(field->value);
	case TEAVMX_FIELD_WORD:
	case TEAVMX_FIELD_NAMED:
		return json_string(field->words);
	case TEAVMX_FIELD_ADDRESS:
		return json_u64(field->value);
	case TEAVMX_FIELD_SIGNED:
	case TEAVMX_FIELD_NUMBER:
	case TEAVMX_FIELD_HEX:
		break;
	}
	return json_integer((json_int_t)field->value);
}

json_t *output_json_decoded(const struct teavmx_record *record)
{
	json_t *object = json_object();
	struct teavmx_fields fields;
	size_t i;

	teavmx_decode_fields(record, &fields);
	for (i = 0; i < fields.count; i++)
		json_object_set_new(object, fields.field[i].name,
				    json_field(&fields.field[i]));
	return object;
}

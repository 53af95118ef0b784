/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_RECORD_H
#define TEAVMX_RECORD_H

#include <uapi/compact.h>

#include "internal.h"

struct recording_tap;

/**
 * struct record_node - A record in a list, or an array of compact ones.
 * @next: the one after it
 * @record: the record; of an array only its VM
 * @snapshot: what @record.snapshot points to, for free()
 * @left: records that record_step() has not taken
 * @item: of an array the next one of them, else NULL
 * @bytes: what @record.bytes points to, or the array
 */
struct record_node {
	struct record_node *next;
	struct teavmx_record record;
	struct teavmx_snapshot *snapshot;
	size_t left;
	const struct teavmx_compact *item;
	uint8_t bytes[];
};

/**
 * record_step() - Take the next record of a node.
 * @node: node, or NULL
 * @record: receives it; it points into the node
 *
 * Return: whether there was one.
 */
bool record_step(struct record_node *node, struct teavmx_record *record);

/**
 * struct record_list - Records in their order.
 * @head: first, or NULL
 * @tail: last, if there is a first
 */
struct record_list {
	struct record_node *head;
	struct record_node *tail;
};

/**
 * record_free() - Free a record that is in no list.
 * @node: record, or NULL
 */
void record_free(struct record_node *node);

/**
 * record_list_push() - Add a record at the end.
 * @list: list
 * @node: record; NULL is no record
 *
 * Return: 0, or -1 without @node.
 */
int record_list_push(struct record_list *list, struct record_node *node);

/**
 * record_list_pop() - Take the first record off.
 * @list: list
 *
 * Return: the record for record_free(), or NULL.
 */
struct record_node *record_list_pop(struct record_list *list);

/**
 * record_node() - Make a node of an attribute of an event that holds records.
 * @vm: their VM
 * @attr: the attribute
 * @compact_size: bytes of an item, if it is an array of compact records
 *
 * Return: the node for record_free(), or NULL if the attribute is malformed or there is
 * no memory.
 */
struct record_node *record_node(uint32_t vm, struct nlattr *attr,
				size_t compact_size);

/**
 * record_list_parse() - Add the records of a message.
 * @list: list
 * @message: an event, or an answer to EVENT_GET
 *
 * Return: number of records, or -1 with errno set.
 */
int record_list_parse(struct record_list *list, struct nlmsghdr *message);

/**
 * record_copy() - Copy the attributes of an event that hold records.
 * @message: the event
 * @tap: where to
 */
void record_copy(struct nlmsghdr *message, const struct recording_tap *tap);

/**
 * record_exit() - Read the record of an exit outside of the log.
 * @vm: its VM
 * @nest: attribute with the attributes of the record
 * @exit: receives it, without bytes
 *
 * Return: 0, or -1 with errno set.
 */
int record_exit(uint32_t vm, struct nlattr *nest, struct teavmx_record *exit);

#endif

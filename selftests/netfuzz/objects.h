/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef OBJECTS_H
#define OBJECTS_H

/* The VMs and files that requests are about; all callers share them. */

#include <stdbool.h>
#include <stdint.h>

/* Few, so that callers meet */
#define OBJECTS_VMS	10
#define OBJECTS_FILES	16

/**
 * struct object_vm - a VM
 * @id: its number, 0 for none
 * @raw: it is a raw one
 * @vcpus: the highest number of a vCPU in it
 */
struct object_vm {
	uint32_t id;
	bool raw;
	uint8_t vcpus;
};

/**
 * objects_vm() - a VM
 * @place: 0 to OBJECTS_VMS - 1
 *
 * Return: the VM; another caller may delete it at any time.
 */
struct object_vm objects_vm(unsigned int place);

/**
 * objects_put_vm() - put a VM in place of another one
 * @place: 0 to OBJECTS_VMS - 1
 * @vm: the VM
 *
 * Return: number of the VM that was there, 0 for none.
 */
uint32_t objects_put_vm(unsigned int place, struct object_vm vm);

/**
 * objects_vcpu() - note that a VM has a vCPU
 * @vm: number of the VM
 * @vcpu: number of the vCPU
 */
void objects_vcpu(uint32_t vm, uint32_t vcpu);

/**
 * objects_forget_vm() - note that a VM does not exist
 * @vm: its number
 */
void objects_forget_vm(uint32_t vm);

/**
 * objects_has_vm() - is a VM among the objects?
 * @vm: its number
 *
 * Return: true if it is.
 */
bool objects_has_vm(uint32_t vm);

/**
 * objects_vms() - VMs that there are
 *
 * Return: how many.
 */
unsigned int objects_vms(void);

/**
 * objects_file() - a file of the module
 * @place: 0 to OBJECTS_FILES - 1
 *
 * Return: the descriptor, -1 for none; another caller may close it at any time.
 */
int objects_file(unsigned int place);

/**
 * objects_put_file() - put a file in place of another one, which is closed
 * @place: 0 to OBJECTS_FILES - 1
 * @fd: the descriptor, -1 for none
 */
void objects_put_file(unsigned int place, int fd);

#endif

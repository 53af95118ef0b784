/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_STOP_H
#define TEAVMX_STOP_H

#include "findings.h"
#include "output.h"
#include "target.h"

/**
 * struct stop - why a vCPU stopped
 * @teavmx: handle
 * @target: the vCPU
 * @tea: it is a TEA process, whose registers are seen only while it is debugged
 * @debugged: a TEA process that pauses also while it sleeps or waits at a port
 * @state: enum teavmx_vcpu_state: paused, exited, or still running
 * @stop: enum teavmx_stop
 * @interrupted: the user requested it by a signal
 * @pause_ms: when the pause that was requested has to have come, on
 *	CLOCK_MONOTONIC in ms; 0 if none was requested
 * @has_exit: @exit is valid
 * @exit: its last VMX exit
 * @has_first: @first is valid
 * @first: the exit of the exception that led to a triple fault
 * @cause: why VM entry failed, or empty
 * @findings: findings of the doctor on that
 */
struct stop {
	struct teavmx *teavmx;
	struct target target;
	bool tea;
	bool debugged;
	uint32_t state;
	uint32_t stop;
	bool interrupted;
	long long pause_ms;
	bool has_exit;
	struct teavmx_record exit;
	bool has_first;
	struct teavmx_record first;
	char cause[256];
	struct findings findings;
};

/**
 * stop_watch() - begin to collect events, so that no stop of a vCPU is missed
 * @teavmx: handle
 * @target: the vCPU
 * @stop: receives the state for stop_wait()
 *
 * SIGINT only counts from now on, see interrupt_catch().
 *
 * Return: 0 or -1.
 */
int stop_watch(struct teavmx *teavmx, const struct target *target,
	       struct stop *stop);

/**
 * stop_pause() - request that the vCPU pauses
 * @stop: state of stop_watch()
 *
 * Then stop_wait() does not wait for a TEA process that sleeps or waits at a port and is
 * not debugged, nor longer than a second for the program that has to answer an exit.
 *
 * Return: 0 or -1.
 */
int stop_pause(struct stop *stop);

/**
 * stop_registers() - read the registers of a vCPU that is paused
 * @stop: state of stop_watch()
 * @registers: receives them, for free()
 *
 * Return: number of them, 0 for a TEA process that is not debugged, or -1.
 */
int stop_registers(const struct stop *stop, struct teavmx_register **registers);

/**
 * stop_look() - read the state of a vCPU instead of waiting for its record
 * @stop: state of stop_watch(); receives the state
 *
 * Return: 0 or -1.
 */
int stop_look(struct stop *stop);

/**
 * stop_wait() - wait until a vCPU is paused or has exited, or cannot pause yet
 * @stop: state of stop_watch(); receives why it stopped
 *
 * SIGINT pauses it.
 *
 * Return: 0 or -1.
 */
int stop_wait(struct stop *stop);

/**
 * stop_explain() - look for what led to a stop by a triple fault
 * @stop: the stop, of a vCPU that this program has run; see first_fault_look()
 */
void stop_explain(struct stop *stop);

/**
 * stop_print() - print why a vCPU stopped, and which registers have changed
 * @stop: the stop
 * @before: its registers before it ran; NULL prints no changes
 * @count: number of them
 *
 * Return: exit status.
 */
int stop_print(struct stop *stop, const struct teavmx_register *before,
	       size_t count);

#endif

/*
 * Event latch: what happened between two polls is still there at the next one.
 *
 * Every alarm level and every status bit that begins is an event: it adds one to the sequence
 * and stays latched. Acknowledging sequence number n clears the latches of events up to n and
 * of none later, so that what happened after the master's read survives its acknowledgement.
 *
 * No allocation, no global state. Calls on one fp_events must not overlap.
 */
#ifndef FP_EVENTS_H
#define FP_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

/* The highest alarm level that the alarm word can carry. */
#define FP_ALARM_LEVELS 3U

/* Bits of the status word, now; the latched ones stand eight bits higher. */
enum fp_status {
	FP_STATUS_FAULT = 0,
	FP_STATUS_TAMPER = 1,
	FP_STATUS_BATTERY = 2,
	FP_STATUS_DIRTY = 3,
	FP_STATUS_SELF_TEST = 4,
	FP_STATUS_TEST = 5,
	FP_STATUS_RESTARTED = 7
};
#define FP_STATUS_BITS 8U

typedef struct fp_events {
	uint16_t sequence;
	uint16_t acknowledged;
	uint8_t level;         /* present alarm level, 0 is normal */
	uint8_t levels_latched; /* bit n-1: level n is latched */
	uint8_t status;
	uint8_t status_latched;
	uint16_t level_at[FP_ALARM_LEVELS]; /* sequence number of the latest event of a level */
	uint16_t status_at[FP_STATUS_BITS];
} fp_events;

/* Starts with nothing present. first is the last sequence number before the restart, from
 * storage, or any number that differs from start to start; the restart is the first event. */
void fp_events_init(fp_events *e, uint16_t first);

/* Sets the present alarm level. A level above FP_ALARM_LEVELS is refused: false, and nothing
 * changes but the fault bit, which is set: a detector that says nonsense is a faulty one. */
bool fp_events_set_level(fp_events *e, uint8_t level);

/* Sets or clears a status bit. A bit that does not exist is ignored. */
void fp_events_set_status(fp_events *e, uint8_t bit, bool on);

/* Acknowledges all events up to sequence number n. False, and nothing changes, when n is not
 * between the last acknowledged number and the present one. */
bool fp_events_acknowledge(fp_events *e, uint16_t n);

/* True while an alarm level is present or latched. */
bool fp_events_alarming(const fp_events *e);

/* The alarm word: low byte level and highest latched level, high byte their complement. */
uint16_t fp_events_alarm_word(const fp_events *e);

/* The status word: bits now in the low byte, latched ones in the high byte. */
uint16_t fp_events_status_word(const fp_events *e);

#endif

/*
 * Address, speed and format of the port, and the procedure that changes them without ever
 * stranding a device: unlock by serial number, stage, apply after the reply, commit in the new
 * settings; what is not committed in time is undone.
 *
 * No allocation, no global state, no clock: fp_settings_second is called once a second.
 */
#ifndef FP_SETTINGS_H
#define FP_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

enum fp_format { FP_8N1 = 0, FP_8E1 = 1, FP_8O1 = 2, FP_8N2 = 3 };

/* How the port is set. */
typedef struct fp_port {
	uint32_t baud;
	uint8_t address; /* 1 to 247 */
	uint8_t format;  /* enum fp_format */
} fp_port;

enum fp_settings_state { FP_LOCKED = 0, FP_UNLOCKED = 1, FP_TRIAL = 2 };

/* Words that are written; see the contract. */
#define FP_KEY_UNLOCK 0x554EU
#define FP_ACTION_APPLY 0x4150U
#define FP_ACTION_COMMIT 0x434FU
#define FP_ACTION_CANCEL 0x4341U
#define FP_ACTION_FACTORY 0x4652U

/* How long a device stays unlocked without a write, and how long a trial lasts, in s. */
#define FP_SETTINGS_SECONDS 60U

typedef struct fp_settings {
	fp_port stored; /* what survives a restart */
	fp_port staged;
	fp_port active; /* what holds on the wire */
	uint8_t state;  /* enum fp_settings_state */
	uint8_t seconds_left;
	bool switching; /* active changes once the reply has left */
} fp_settings;

/* True for an address, speed and format that the device can have. */
bool fp_port_valid(const fp_port *p);

/* Starts locked with the stored settings. Settings that can't be (a blank or damaged memory)
 * are replaced by the factory's, and false is returned. */
bool fp_settings_init(fp_settings *s, const fp_port *stored);

/* The factory's settings: address 1, 9600 baud, 8N1. */
fp_port fp_port_factory(void);

/* Unlocks, or prolongs. An earlier trial goes on. */
void fp_settings_unlock(fp_settings *s);

/* True when the value may be staged: unlocked, and the whole is possible. */
bool fp_settings_stage(fp_settings *s, const fp_port *staged);

/* Starts a trial of what is staged; it holds after fp_settings_switch. */
bool fp_settings_apply(fp_settings *s);

/* Ends a trial, or the unlocking, and returns to what is stored. */
void fp_settings_cancel(fp_settings *s);

/* To be called when the reply has left, or at once where there is none. True when the port
 * must now be set to active. */
bool fp_settings_switch(fp_settings *s);

/* Counts down; at the end of the time everything that was not committed is undone. */
void fp_settings_second(fp_settings *s);

/* Locks with p as the new stored settings; it holds after fp_settings_switch. */
void fp_settings_keep(fp_settings *s, const fp_port *p);

#endif

/*
 * The protocol core of Firepost's own sensors: a Modbus RTU slave with event latch and safe
 * change of settings. Portable C11: no allocation, no operating system, no C library, no global
 * state, no clock. Bytes and time come from the caller, bytes to send go to it.
 *
 *     fp_slave_init(&slave, &identity, &application, &stored, sequence, now);
 *     for (;;) {
 *         while a byte was received:      fp_slave_rx(&slave, byte, when);
 *         fp_slave_poll(&slave, now());
 *         while ((b = fp_slave_tx(&slave)) >= 0) send b;
 *         when the last bit has left:     fp_slave_tx_done(&slave, now());
 *         if (fp_slave_port_changed(&slave, &port)) set the UART to port;
 *     }
 *
 * Functions 3 and 4 read the same registers, 6 and 16 write; others are refused. The master
 * named in the contract reads a consistent picture: all registers of a reply are of the moment
 * at which fp_slave_poll makes it. Calls on one fp_slave must not overlap.
 */
#ifndef FP_SLAVE_H
#define FP_SLAVE_H

#include "fp_events.h"
#include "fp_line.h"
#include "fp_registers.h"
#include "fp_settings.h"

/* Exceptions of MODBUS Application Protocol V1.1b3, section 7; 0 is success. */
typedef enum fp_result {
	FP_OK = 0,
	FP_ILLEGAL_FUNCTION = 1,
	FP_ILLEGAL_ADDRESS = 2,
	FP_ILLEGAL_VALUE = 3,
	FP_DEVICE_FAILURE = 4,
	FP_BUSY = 6
} fp_result;

/* Who the device is. */
typedef struct fp_identity {
	uint64_t serial;
	uint32_t magic;
	uint32_t firmware;
	uint16_t model;
	uint16_t contract;
	uint16_t hardware;
	uint16_t restarts;
	uint8_t levels; /* the highest alarm level that the contract names: 2 smoke, 3 gauge */
} fp_identity;

/* What the device's own code does. Any function may be null. */
typedef struct fp_application {
	void *context;
	/* Reads one of the application's registers: 0x0004 to 0x0007 and from 0x0040 on. Without
	 * it, or when it returns false, the register reads 0. A value that is not known must be
	 * given as the contract's "invalid". */
	bool (*read)(void *context, uint16_t address, uint16_t *value);
	/* Writes one of the application's registers, from 0x0040 on; only while unlocked. It is
	 * called for every register of a request with commit false, to check, and only if all are
	 * FP_OK again with commit true. */
	fp_result (*write)(void *context, uint16_t address, uint16_t value, bool commit);
	/* Stores the port's settings so that they survive a restart; false when that failed. */
	bool (*store)(void *context, const fp_port *port);
	/* Returns the application's own settings to the factory's; false when that failed. */
	bool (*factory)(void *context);
	/* Starts a self-test; its result comes with fp_slave_self_test. False when it can't. */
	bool (*self_test)(void *context);
} fp_application;

typedef struct fp_slave {
	fp_line line;
	fp_events events;
	fp_settings settings;
	fp_identity identity;
	fp_application application;
	uint32_t uptime;
	uint32_t last;   /* time of the last poll */
	uint32_t micros; /* of the present second */
	uint16_t heartbeat;
	uint16_t self_test;
	bool port_changed;
} fp_slave;

/* Starts. stored are the settings from memory (if they are damaged, the factory's are taken
 * and the fault bit is set); sequence is described at fp_events_init. */
void fp_slave_init(fp_slave *s, const fp_identity *identity, const fp_application *application,
                   const fp_port *stored, uint16_t sequence, uint32_t now);

/* A received character, and when it ended (microseconds that may wrap). */
void fp_slave_rx(fp_slave *s, uint8_t byte, uint32_t now);

/* A character that arrived with a parity, framing or overrun error. */
void fp_slave_rx_error(fp_slave *s, uint32_t now);

/* Lets time pass and answers a complete frame. Call it at least every millisecond or two. */
void fp_slave_poll(fp_slave *s, uint32_t now);

/* The next byte to send, or -1. */
int fp_slave_tx(fp_slave *s);

/* The last bit has left the transmitter. */
void fp_slave_tx_done(fp_slave *s, uint32_t now);

/* True once after the port's settings have changed: the UART must be set to *port. */
bool fp_slave_port_changed(fp_slave *s, fp_port *port);

/* Other times than the standard's; they hold until the port's settings change. */
void fp_slave_retime(fp_slave *s, const fp_timing *timing);

/* Called by the measuring loop each time round: a master sees that it still turns. */
void fp_slave_beat(fp_slave *s);

/* The present alarm level. False for one that the contract does not name; then the fault bit
 * is set and the level stays. */
bool fp_slave_level(fp_slave *s, uint8_t level);

/* A status bit, enum fp_status. */
void fp_slave_status(fp_slave *s, uint8_t bit, bool on);

/* The result of a self-test, enum fp_self_test. A failure sets the status bit, a pass clears it. */
void fp_slave_self_test(fp_slave *s, uint16_t result);

#endif

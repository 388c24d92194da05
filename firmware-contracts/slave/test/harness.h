/* A device on a desk: a slave, its application, and a line on which time is a number. */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdio.h>
#include <string.h>

#include "../fp_slave.h"

#define CHECK(what)                                                        \
	do {                                                                   \
		checks++;                                                          \
		if (!(what)) {                                                     \
			failures++;                                                    \
			printf("%s:%d: %s\n", __FILE__, __LINE__, #what);              \
		}                                                                  \
	} while (0)

extern int checks;
extern int failures;

typedef struct desk {
	fp_slave slave;
	fp_port stored;
	uint32_t now;
	uint16_t measured[4];
	uint16_t limits[2];
	int stores, resets, tests;
	bool store_fails, echoes;
	uint8_t reply[256];
	size_t length; /* of the reply, 0 when there was none */
} desk;

/* A smoke detector with serial number 0x0123456789ABCDEF at address 1, 9600 8N1. */
void desk_start(desk *d, uint32_t now);

/* Sends bytes one after another at 9600 baud, then 20 ms of silence, and takes the reply. */
void desk_send(desk *d, const uint8_t *bytes, size_t length);

/* The same with a check sum of the test's own behind it. */
void desk_ask(desk *d, const uint8_t *bytes, size_t length);

/* Sends without the silence. */
void desk_bytes(desk *d, const uint8_t *bytes, size_t length);

/* Lets time pass in steps of a millisecond. */
void desk_wait(desk *d, uint32_t us);

bool desk_replied(const desk *d, const uint8_t *bytes, size_t length);

/* One register, read at the device's present address; 0xDEAD without a reply. */
uint16_t desk_read(desk *d, uint16_t address);

/* Writes one register by function 6; the exception, 0 for success, -1 without a reply. */
int desk_write(desk *d, uint16_t address, uint16_t value);

/* Unlocks by serial number; as desk_write. to is a unit address or 0. */
int desk_unlock(desk *d, uint8_t to, uint64_t serial);

#define SEND(d, ...)                                          \
	do {                                                      \
		const uint8_t bytes_[] = {__VA_ARGS__};               \
		desk_send(d, bytes_, sizeof bytes_);                  \
	} while (0)
#define ASK(d, ...)                                           \
	do {                                                      \
		const uint8_t bytes_[] = {__VA_ARGS__};               \
		desk_ask(d, bytes_, sizeof bytes_);                   \
	} while (0)
#define REPLIED(d, ...)                                       \
	do {                                                      \
		const uint8_t want_[] = {__VA_ARGS__};                \
		CHECK(desk_replied(d, want_, sizeof want_));          \
	} while (0)

void test_events(void);
void test_line(void);
void test_registers(void);
void test_settings(void);
void test_noise(void);

#endif

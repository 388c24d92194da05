/*
 * Modbus RTU framing by ticks (MODBUS over Serial Line V1.02, 2.5.1): a frame ends with 3.5
 * characters of silence; a gap of more than 1.5 characters within it spoils it. A transceiver
 * that hears itself is tolerated: the echo of our own reply is recognised and dropped, which
 * matters because the reply to a write is, byte for byte, a request.
 *
 * No allocation, no global state, no clock: the caller gives the time in microseconds, a
 * uint32_t that may wrap. Calls on one fp_line must not overlap; where bytes come from an
 * interrupt, put them with their time into a queue and feed it from the main loop.
 */
#ifndef FP_LINE_H
#define FP_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FP_FRAME_MAX 256U

/* How long the line's silences are, in microseconds. */
typedef struct fp_timing {
	uint32_t character; /* one character on the wire */
	uint32_t gap;       /* the longest silence within a frame; 0: not checked */
	uint32_t end;       /* the silence that ends a frame */
	uint32_t reply;     /* a reply that would start later than this after it is not sent */
	uint32_t echo;      /* how long after sending an echo may arrive */
} fp_timing;

typedef struct fp_line {
	fp_timing timing;
	uint8_t rx[FP_FRAME_MAX];
	uint8_t tx[FP_FRAME_MAX];
	uint16_t rx_length;
	uint16_t tx_length;
	uint16_t tx_next;
	uint16_t echo_next; /* how much of our own reply has come back */
	uint32_t rx_at;     /* when the last character ended */
	uint32_t tx_at;     /* when sending ended */
	uint16_t errors;    /* frames that were dropped as damaged; wraps */
	bool rx_spoilt;
	bool sending;
	bool echo_open;
} fp_line;

/* The standard's times for a speed and a number of bits per character (10 for 8N1, 11 for
 * the others): 1.5 and 3.5 characters up to 19 200 baud, 750 and 1750 us above. */
fp_timing fp_timing_of(uint32_t baud, uint32_t bits);

void fp_line_init(fp_line *l, const fp_timing *timing);

/* Other times, for another speed. What was being received is dropped. */
void fp_line_retime(fp_line *l, const fp_timing *timing);

/* Takes one received character; now is when it ended. */
void fp_line_rx(fp_line *l, uint8_t byte, uint32_t now);

/* Takes a character with a framing, parity or overrun error: the frame is spoilt. */
void fp_line_rx_error(fp_line *l, uint32_t now);

/* Looks for the end of a frame. True when rx holds an undamaged one, check sum included, of
 * rx_length bytes. The frame must be answered or dropped before the next character. */
bool fp_line_poll(fp_line *l, uint32_t now);

/* Drops the frame. */
void fp_line_drop(fp_line *l);

/* Completes the tx_length bytes in tx with the check sum and starts sending. */
void fp_line_send(fp_line *l);

/* The next byte to send, or -1. */
int fp_line_tx(fp_line *l);

/* To be called when the last bit has left. */
void fp_line_tx_done(fp_line *l, uint32_t now);

uint16_t fp_crc(const uint8_t *data, size_t length);

#endif

#include "fp_line.h"

/* The shortest frame: address, function, check sum. */
#define FRAME_MIN 4U
/* A reply later than this helps nobody and could be taken for another's. */
#define REPLY_US 50000U

uint16_t fp_crc(const uint8_t *data, size_t length)
{
	uint16_t crc = 0xFFFFU;
	for (size_t i = 0; i < length; i++) {
		crc = (uint16_t)(crc ^ data[i]);
		for (int bit = 0; bit < 8; bit++) {
			crc = (uint16_t)((crc & 1U) != 0U ? (crc >> 1) ^ 0xA001U : crc >> 1);
		}
	}
	return crc;
}

fp_timing fp_timing_of(uint32_t baud, uint32_t bits)
{
	fp_timing t;
	t.character = bits * 1000000U / baud;
	if (baud > 19200U) {
		t.gap = 750;
		t.end = 1750;
	} else {
		t.gap = t.character * 3U / 2U;
		t.end = t.character * 7U / 2U;
	}
	t.reply = REPLY_US;
	t.echo = t.end;
	return t;
}

void fp_line_init(fp_line *l, const fp_timing *timing)
{
	l->errors = 0;
	l->tx_length = 0;
	l->tx_next = 0;
	l->echo_next = 0;
	l->rx_at = 0;
	l->tx_at = 0;
	l->sending = false;
	l->echo_open = false;
	fp_line_retime(l, timing);
}

void fp_line_retime(fp_line *l, const fp_timing *timing)
{
	l->timing = *timing;
	fp_line_drop(l);
}

void fp_line_drop(fp_line *l)
{
	l->rx_length = 0;
	l->rx_spoilt = false;
}

static void count_error(fp_line *l) { l->errors = (uint16_t)(l->errors + 1U); }

/* begun is true while a frame is being received. */
static bool begun(const fp_line *l) { return l->rx_length > 0U || l->rx_spoilt; }

static void note_time(fp_line *l, uint32_t now)
{
	const uint32_t since = (uint32_t)(now - l->rx_at);
	l->rx_at = now;
	if (!begun(l)) {
		return;
	}
	if (since >= l->timing.character + l->timing.end) {
		/* Nobody looked for the end of the last frame; it is too late for a reply. */
		count_error(l);
		fp_line_drop(l);
	} else if (l->timing.gap != 0U && since > l->timing.character + l->timing.gap) {
		l->rx_spoilt = true;
	}
}

static void keep(fp_line *l, uint8_t byte, uint32_t now)
{
	note_time(l, now);
	if (l->rx_length < FP_FRAME_MAX) {
		l->rx[l->rx_length] = byte;
		l->rx_length = (uint16_t)(l->rx_length + 1U);
	} else {
		l->rx_spoilt = true;
	}
}

/* No echo after all: what looked like its beginning was a request's. */
static void end_echo(fp_line *l)
{
	const uint16_t held = l->echo_next < l->tx_length ? l->echo_next : 0U;
	l->echo_open = false;
	for (uint16_t i = 0; i < held; i++) {
		keep(l, l->tx[i], l->rx_at);
	}
}

void fp_line_rx(fp_line *l, uint8_t byte, uint32_t now)
{
	if (l->echo_open) {
		if (l->echo_next < l->tx_length && byte == l->tx[l->echo_next]) {
			l->echo_next = (uint16_t)(l->echo_next + 1U);
			l->rx_at = now;
			return;
		}
		if (!l->sending) {
			end_echo(l);
		}
	}
	if (!l->sending) {
		keep(l, byte, now);
	}
}

void fp_line_rx_error(fp_line *l, uint32_t now)
{
	if (l->sending) {
		return;
	}
	note_time(l, now);
	l->rx_spoilt = true;
}

/* whole is true for an intact frame. One or two bytes of noise before a read (a transceiver
 * that switches on) are forgiven: its length is known, and it changes nothing. */
static bool whole(fp_line *l)
{
	if (l->rx_length < FRAME_MIN) {
		return false;
	}
	if (fp_crc(l->rx, l->rx_length) == 0U) {
		return true;
	}
	for (uint16_t skip = 1; skip <= 2U; skip++) {
		if (l->rx_length != 8U + skip) {
			continue;
		}
		const uint8_t function = l->rx[skip + 1U];
		if ((function == 3U || function == 4U) && fp_crc(&l->rx[skip], 8) == 0U) {
			for (uint16_t i = 0; i < 8U; i++) {
				l->rx[i] = l->rx[i + skip];
			}
			l->rx_length = 8;
			return true;
		}
	}
	return false;
}

bool fp_line_poll(fp_line *l, uint32_t now)
{
	if (l->echo_open && !l->sending && (uint32_t)(now - l->tx_at) > l->timing.echo) {
		end_echo(l);
	}
	if (l->sending || !begun(l)) {
		return false;
	}
	const uint32_t silence = (uint32_t)(now - l->rx_at);
	if (silence < l->timing.end) {
		return false;
	}
	if (silence > l->timing.end + l->timing.reply || l->rx_spoilt || !whole(l)) {
		count_error(l);
		fp_line_drop(l);
		return false;
	}
	return true;
}

void fp_line_send(fp_line *l)
{
	const uint16_t crc = fp_crc(l->tx, l->tx_length);
	l->tx[l->tx_length] = (uint8_t)(crc & 0xFFU);
	l->tx[l->tx_length + 1U] = (uint8_t)(crc >> 8);
	l->tx_length = (uint16_t)(l->tx_length + 2U);
	l->tx_next = 0;
	l->echo_next = 0;
	l->echo_open = true;
	l->sending = true;
	fp_line_drop(l);
}

int fp_line_tx(fp_line *l)
{
	if (!l->sending || l->tx_next >= l->tx_length) {
		return -1;
	}
	const uint8_t byte = l->tx[l->tx_next];
	l->tx_next = (uint16_t)(l->tx_next + 1U);
	return byte;
}

void fp_line_tx_done(fp_line *l, uint32_t now)
{
	if (l->sending) {
		l->sending = false;
		l->tx_at = now;
	}
}

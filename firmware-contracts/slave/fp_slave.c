#include "fp_access.h"

#define BROADCAST 0U
#define READ_MAX 125U
#define WRITE_MAX 123U

static void put_word(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)(value & 0xFFU);
}

static uint32_t char_bits(const fp_port *p) { return p->format == (uint8_t)FP_8N1 ? 10U : 11U; }

static void set_line(fp_slave *s)
{
	const fp_timing t = fp_timing_of(s->settings.active.baud, char_bits(&s->settings.active));
	fp_line_retime(&s->line, &t);
}

void fp_slave_init(fp_slave *s, const fp_identity *identity, const fp_application *application,
                   const fp_port *stored, uint16_t sequence, uint32_t now)
{
	s->identity = *identity;
	s->application = *application;
	s->uptime = 0;
	s->last = now;
	s->micros = 0;
	s->heartbeat = 0;
	s->self_test = FP_SELF_TEST_NOT_RUN;
	fp_events_init(&s->events, sequence);
	if (!fp_settings_init(&s->settings, stored)) {
		fp_events_set_status(&s->events, FP_STATUS_FAULT, true);
	}
	const fp_port *port = &s->settings.active;
	const fp_timing t = fp_timing_of(port->baud, char_bits(port));
	fp_line_init(&s->line, &t);
	s->port_changed = true;
}

static fp_result read_request(fp_slave *s, uint16_t length)
{
	const uint8_t *rx = s->line.rx;
	uint8_t *tx = s->line.tx;
	if (length != 6U) {
		return FP_ILLEGAL_VALUE;
	}
	const uint16_t first = fp_word_at(&rx[2]);
	const uint16_t count = fp_word_at(&rx[4]);
	if (count == 0U || count > READ_MAX) {
		return FP_ILLEGAL_VALUE;
	}
	if ((uint32_t)first + count - 1U > FP_REG_LAST) {
		return FP_ILLEGAL_ADDRESS;
	}
	tx[2] = (uint8_t)(2U * count);
	for (uint16_t i = 0; i < count; i++) {
		put_word(&tx[3U + 2U * i], fp_read_register(s, (uint16_t)(first + i)));
	}
	s->line.tx_length = (uint16_t)(3U + 2U * count);
	return FP_OK;
}

static fp_result write_request(fp_slave *s, uint16_t length)
{
	const uint8_t *rx = s->line.rx;
	fp_write w = {&rx[4], fp_word_at(&rx[2]), 1, rx[0] == BROADCAST};
	if (rx[1] == 16U) {
		w.values = &rx[7];
		w.count = length >= 7U ? fp_word_at(&rx[4]) : 0U;
		if (w.count == 0U || w.count > WRITE_MAX || rx[6] != 2U * w.count || length != 7U + 2U * w.count) {
			return FP_ILLEGAL_VALUE;
		}
	} else if (length != 6U) {
		return FP_ILLEGAL_VALUE;
	}
	const fp_result r = fp_write_registers(s, &w);
	for (uint16_t i = 2; i < 6U; i++) {
		s->line.tx[i] = rx[i];
	}
	s->line.tx_length = 6;
	return r;
}

/* Answers the frame that the line holds, or drops it. */
static void answer(fp_slave *s)
{
	fp_line *line = &s->line;
	const uint8_t address = line->rx[0];
	const uint8_t function = line->rx[1];
	const uint16_t length = (uint16_t)(line->rx_length - 2U);
	/* Functions from 0x80 on are other slaves' exceptions, never requests. */
	if ((address != s->settings.active.address && address != BROADCAST) || function == 0U || function >= 0x80U) {
		fp_line_drop(line);
		return;
	}
	fp_result r = FP_ILLEGAL_FUNCTION;
	line->tx[0] = address;
	line->tx[1] = function;
	if (function == 3U || function == 4U) {
		r = read_request(s, length);
	} else if (function == 6U || function == 16U) {
		r = write_request(s, length);
	}
	if (address == BROADCAST) {
		fp_line_drop(line);
		return;
	}
	if (r != FP_OK) {
		line->tx[1] = (uint8_t)(function | 0x80U);
		line->tx[2] = (uint8_t)r;
		line->tx_length = 3;
	}
	fp_line_send(line);
}

static void pass_time(fp_slave *s, uint32_t now)
{
	const uint32_t passed = (uint32_t)(now - s->last);
	s->last = now;
	const uint64_t total = (uint64_t)s->micros + passed;
	s->micros = (uint32_t)(total % 1000000U);
	for (uint32_t seconds = (uint32_t)(total / 1000000U); seconds > 0U; seconds--) {
		s->uptime++;
		fp_settings_second(&s->settings);
	}
}

void fp_slave_poll(fp_slave *s, uint32_t now)
{
	pass_time(s, now);
	if (fp_line_poll(&s->line, now)) {
		answer(s);
	}
	/* Never under a reply: it goes out in the settings in which it was asked for. */
	if (!s->line.sending && fp_settings_switch(&s->settings)) {
		set_line(s);
		s->port_changed = true;
	}
}

void fp_slave_rx(fp_slave *s, uint8_t byte, uint32_t now) { fp_line_rx(&s->line, byte, now); }

void fp_slave_rx_error(fp_slave *s, uint32_t now) { fp_line_rx_error(&s->line, now); }

int fp_slave_tx(fp_slave *s) { return fp_line_tx(&s->line); }

void fp_slave_tx_done(fp_slave *s, uint32_t now)
{
	fp_line_tx_done(&s->line, now);
	fp_slave_poll(s, now);
}

bool fp_slave_port_changed(fp_slave *s, fp_port *port)
{
	const bool changed = s->port_changed;
	*port = s->settings.active;
	s->port_changed = false;
	return changed;
}

void fp_slave_retime(fp_slave *s, const fp_timing *timing) { fp_line_retime(&s->line, timing); }

void fp_slave_beat(fp_slave *s) { s->heartbeat = (uint16_t)(s->heartbeat + 1U); }

bool fp_slave_level(fp_slave *s, uint8_t level)
{
	return fp_events_set_level(&s->events, level <= s->identity.levels ? level : 0xFFU);
}

void fp_slave_status(fp_slave *s, uint8_t bit, bool on) { fp_events_set_status(&s->events, bit, on); }

void fp_slave_self_test(fp_slave *s, uint16_t result)
{
	s->self_test = result;
	fp_events_set_status(&s->events, FP_STATUS_SELF_TEST, result >= FP_SELF_TEST_ELEMENT);
}

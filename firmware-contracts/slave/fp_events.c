#include "fp_events.h"

static uint16_t next(fp_events *e)
{
	e->sequence = (uint16_t)(e->sequence + 1U);
	if (e->sequence == e->acknowledged) {
		/* 65 536 events without an acknowledgement: the oldest numbers are given up, their
		 * latches are not. */
		e->acknowledged = (uint16_t)(e->acknowledged + 1U);
	}
	return e->sequence;
}

static void latch_status(fp_events *e, uint8_t bit)
{
	e->status_at[bit] = next(e);
	e->status_latched = (uint8_t)(e->status_latched | (1U << bit));
}

void fp_events_init(fp_events *e, uint16_t first)
{
	e->sequence = first;
	e->acknowledged = first;
	e->level = 0;
	e->levels_latched = 0;
	e->status = 0;
	e->status_latched = 0;
	for (uint8_t i = 0; i < FP_ALARM_LEVELS; i++) {
		e->level_at[i] = first;
	}
	for (uint8_t i = 0; i < FP_STATUS_BITS; i++) {
		e->status_at[i] = first;
	}
	latch_status(e, FP_STATUS_RESTARTED);
}

bool fp_events_set_level(fp_events *e, uint8_t level)
{
	if (level > FP_ALARM_LEVELS) {
		fp_events_set_status(e, FP_STATUS_FAULT, true);
		return false;
	}
	if (level != e->level && level != 0U) {
		e->level_at[level - 1U] = next(e);
		e->levels_latched = (uint8_t)(e->levels_latched | (1U << (level - 1U)));
	}
	e->level = level;
	return true;
}

void fp_events_set_status(fp_events *e, uint8_t bit, bool on)
{
	if (bit >= FP_STATUS_BITS) {
		return;
	}
	const uint8_t mask = (uint8_t)(1U << bit);
	if (on && (e->status & mask) == 0U) {
		latch_status(e, bit);
	}
	e->status = (uint8_t)(on ? e->status | mask : e->status & ~mask);
}

bool fp_events_acknowledge(fp_events *e, uint16_t n)
{
	/* Ages count back from the present number, so that a wrap at 65 536 does not matter. */
	const uint16_t age = (uint16_t)(e->sequence - n);
	if (age > (uint16_t)(e->sequence - e->acknowledged)) {
		return false;
	}
	for (uint8_t i = 0; i < FP_ALARM_LEVELS; i++) {
		if ((uint16_t)(e->sequence - e->level_at[i]) >= age) {
			e->levels_latched = (uint8_t)(e->levels_latched & ~(1U << i));
		}
	}
	for (uint8_t i = 0; i < FP_STATUS_BITS; i++) {
		if ((uint16_t)(e->sequence - e->status_at[i]) >= age) {
			e->status_latched = (uint8_t)(e->status_latched & ~(1U << i));
		}
	}
	e->acknowledged = n;
	return true;
}

bool fp_events_alarming(const fp_events *e)
{
	return e->level != 0U || e->levels_latched != 0U;
}

uint16_t fp_events_alarm_word(const fp_events *e)
{
	uint8_t highest = 0;
	for (uint8_t i = 0; i < FP_ALARM_LEVELS; i++) {
		if ((e->levels_latched & (1U << i)) != 0U) {
			highest = (uint8_t)(i + 1U);
		}
	}
	const uint8_t low = (uint8_t)((unsigned)e->level | ((unsigned)highest << 4));
	return (uint16_t)((((unsigned)low ^ 0xFFU) << 8) | low);
}

uint16_t fp_events_status_word(const fp_events *e)
{
	return (uint16_t)(((unsigned)e->status_latched << 8) | e->status);
}

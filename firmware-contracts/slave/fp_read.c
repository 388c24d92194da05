#include "fp_access.h"

static uint16_t read_identity(const fp_identity *id, uint16_t a)
{
	if (a >= FP_REG_MAGIC && a < FP_REG_MAGIC + 2) {
		return fp_part(id->magic, 2, (unsigned)a - FP_REG_MAGIC);
	}
	if (a >= FP_REG_FIRMWARE && a < FP_REG_FIRMWARE + 2) {
		return fp_part(id->firmware, 2, (unsigned)a - FP_REG_FIRMWARE);
	}
	if (a >= FP_REG_SERIAL && a < FP_REG_SERIAL + 4) {
		return fp_part(id->serial, 4, (unsigned)a - FP_REG_SERIAL);
	}
	switch (a) {
	case FP_REG_MODEL:
		return id->model;
	case FP_REG_CONTRACT:
		return id->contract;
	case FP_REG_HARDWARE:
		return id->hardware;
	default:
		return 0;
	}
}

static uint16_t read_settings(const fp_settings *s, uint16_t a)
{
	const fp_port *p = s->state == (uint8_t)FP_LOCKED ? &s->active : &s->staged;
	switch (a) {
	case FP_REG_STATE:
		return s->state;
	case FP_REG_TIME_LEFT:
		return s->seconds_left;
	case FP_REG_SET_ADDRESS:
		return p->address;
	case FP_REG_SET_BAUD:
		return (uint16_t)(p->baud / 100U);
	case FP_REG_SET_FORMAT:
		return p->format;
	default:
		return 0; /* keys and actions are never read back */
	}
}

static uint16_t read_application(const fp_slave *s, uint16_t a)
{
	uint16_t value = 0;
	if (s->application.read == NULL || !s->application.read(s->application.context, a, &value)) {
		return 0;
	}
	return value;
}

uint16_t fp_read_register(const fp_slave *s, uint16_t a)
{
	switch (a) {
	case FP_REG_ALARM:
		return fp_events_alarm_word(&s->events);
	case FP_REG_STATUS:
		return fp_events_status_word(&s->events);
	case FP_REG_SEQUENCE:
		return s->events.sequence;
	case FP_REG_HEARTBEAT:
		return s->heartbeat;
	case FP_REG_UPTIME:
		return fp_part(s->uptime, 2, 0);
	case FP_REG_UPTIME + 1:
		return fp_part(s->uptime, 2, 1);
	case FP_REG_SELF_TEST:
		return s->self_test;
	case FP_REG_RESTARTS:
		return s->identity.restarts;
	case FP_REG_FRAME_ERRORS:
		return s->line.errors;
	case FP_REG_ACKNOWLEDGED:
		return s->events.acknowledged;
	default:
		break;
	}
	if (a < FP_REG_UPTIME || a >= FP_REG_APPLICATION) {
		return read_application(s, a);
	}
	if (a >= FP_REG_MAGIC && a <= FP_REG_HARDWARE) {
		return read_identity(&s->identity, a);
	}
	return a >= FP_REG_KEY && a <= FP_REG_ACTION ? read_settings(&s->settings, a) : 0U;
}

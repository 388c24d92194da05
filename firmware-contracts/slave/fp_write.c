#include "fp_access.h"

static fp_result unlock(fp_slave *s, const fp_write *w)
{
	if (w->first != FP_REG_KEY || w->count != 5U) {
		return FP_ILLEGAL_VALUE; /* key and serial number come in one request */
	}
	bool mine = fp_word_at(w->values) == FP_KEY_UNLOCK;
	for (uint16_t i = 0; i < 4U; i++) {
		mine = mine && fp_word_at(&w->values[2U + 2U * i]) == fp_part(s->identity.serial, 4, i);
	}
	if (!mine) {
		return FP_ILLEGAL_VALUE;
	}
	fp_settings_unlock(&s->settings);
	return FP_OK;
}

static fp_result factory_reset(fp_slave *s, bool broadcast)
{
	const fp_application *app = &s->application;
	const fp_port port = fp_port_factory();
	if (broadcast || s->settings.state != (uint8_t)FP_UNLOCKED) {
		return FP_ILLEGAL_VALUE;
	}
	if (fp_events_alarming(&s->events)) {
		return FP_BUSY;
	}
	if ((app->factory != NULL && !app->factory(app->context)) ||
	    (app->store != NULL && !app->store(app->context, &port))) {
		return FP_DEVICE_FAILURE;
	}
	fp_settings_keep(&s->settings, &port);
	return FP_OK;
}

static fp_result commit_trial(fp_slave *s)
{
	const fp_application *app = &s->application;
	if (s->settings.state != (uint8_t)FP_TRIAL) {
		return FP_ILLEGAL_VALUE;
	}
	if (app->store != NULL && !app->store(app->context, &s->settings.active)) {
		return FP_DEVICE_FAILURE;
	}
	const fp_port port = s->settings.active;
	fp_settings_keep(&s->settings, &port);
	return FP_OK;
}

static fp_result act(fp_slave *s, uint16_t value, bool broadcast)
{
	switch (value) {
	case FP_ACTION_APPLY:
		if (s->settings.state != (uint8_t)FP_UNLOCKED) {
			return FP_ILLEGAL_VALUE;
		}
		if (fp_events_alarming(&s->events)) {
			return FP_BUSY;
		}
		return fp_settings_apply(&s->settings) ? FP_OK : FP_ILLEGAL_VALUE;
	case FP_ACTION_COMMIT:
		return commit_trial(s);
	case FP_ACTION_CANCEL:
		if (s->settings.state == (uint8_t)FP_LOCKED) {
			return FP_ILLEGAL_VALUE;
		}
		fp_settings_cancel(&s->settings);
		return FP_OK;
	case FP_ACTION_FACTORY:
		return factory_reset(s, broadcast);
	default:
		return FP_ILLEGAL_VALUE;
	}
}

/* Stages address, speed and format, any run of them, as one step; an action may follow. */
static fp_result write_settings(fp_slave *s, const fp_write *w)
{
	fp_port port = s->settings.staged;
	uint16_t actions = 0;
	uint16_t action = 0;
	for (uint16_t i = 0; i < w->count; i++) {
		const uint16_t value = fp_word_at(&w->values[2U * i]);
		switch (w->first + i) {
		case FP_REG_SET_ADDRESS:
			port.address = value <= 0xFFU ? (uint8_t)value : 0U;
			break;
		case FP_REG_SET_BAUD:
			port.baud = 100U * (uint32_t)value;
			break;
		case FP_REG_SET_FORMAT:
			port.format = value <= 0xFFU ? (uint8_t)value : 0xFFU;
			break;
		case FP_REG_ACTION:
			actions++;
			action = value;
			break;
		default:
			return FP_ILLEGAL_ADDRESS;
		}
	}
	if (actions < w->count) {
		/* Before anything changes: an action that could not follow refuses the whole. */
		if (actions != 0U && (action != FP_ACTION_APPLY || fp_events_alarming(&s->events))) {
			return action != FP_ACTION_APPLY ? FP_ILLEGAL_VALUE : FP_BUSY;
		}
		if (!fp_settings_stage(&s->settings, &port)) {
			return FP_ILLEGAL_VALUE;
		}
	}
	return actions != 0U ? act(s, action, w->broadcast) : FP_OK;
}

static fp_result write_application(fp_slave *s, const fp_write *w)
{
	const fp_application *app = &s->application;
	if (app->write == NULL) {
		return FP_ILLEGAL_ADDRESS;
	}
	if (s->settings.state != (uint8_t)FP_UNLOCKED) {
		return FP_ILLEGAL_VALUE;
	}
	for (int commit = 0; commit < 2; commit++) {
		for (uint16_t i = 0; i < w->count; i++) {
			const fp_result r = app->write(app->context, (uint16_t)(w->first + i),
			                               fp_word_at(&w->values[2U * i]), commit != 0);
			if (r != FP_OK) {
				return r;
			}
		}
	}
	return FP_OK;
}

/* Sequence numbers are each device's own: acknowledgements and commands are never taken from
 * a broadcast. */
static fp_result write_single(fp_slave *s, const fp_write *w)
{
	const fp_application *app = &s->application;
	const uint16_t value = fp_word_at(w->values);
	if (w->count != 1U) {
		return FP_ILLEGAL_ADDRESS;
	}
	if (w->broadcast) {
		return FP_ILLEGAL_VALUE;
	}
	if (w->first == FP_REG_ACKNOWLEDGED) {
		return fp_events_acknowledge(&s->events, value) ? FP_OK : FP_ILLEGAL_VALUE;
	}
	if (value != FP_COMMAND_SELF_TEST) {
		return FP_ILLEGAL_VALUE;
	}
	if (app->self_test == NULL || !app->self_test(app->context)) {
		return FP_DEVICE_FAILURE;
	}
	s->self_test = FP_SELF_TEST_RUNNING;
	return FP_OK;
}

fp_result fp_write_registers(fp_slave *s, const fp_write *w)
{
	const uint32_t last = (uint32_t)w->first + w->count - 1U;
	if (w->first == FP_REG_ACKNOWLEDGED || w->first == FP_REG_COMMAND) {
		return write_single(s, w);
	}
	if (w->first >= FP_REG_KEY && w->first < FP_REG_STATE) {
		return unlock(s, w);
	}
	if (w->first >= FP_REG_SET_ADDRESS && last <= FP_REG_ACTION) {
		return write_settings(s, w);
	}
	if (w->first >= FP_REG_APPLICATION && last <= FP_REG_LAST) {
		return write_application(s, w);
	}
	return FP_ILLEGAL_ADDRESS;
}

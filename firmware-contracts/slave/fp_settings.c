#include "fp_settings.h"

#define FP_ADDRESS_MAX 247U

bool fp_port_valid(const fp_port *p)
{
	switch (p->baud) {
	case 4800:
	case 9600:
	case 19200:
	case 38400:
	case 57600:
	case 115200:
		break;
	default:
		return false;
	}
	return p->address >= 1U && p->address <= FP_ADDRESS_MAX && p->format <= (uint8_t)FP_8N2;
}

fp_port fp_port_factory(void)
{
	const fp_port p = {9600, 1, FP_8N1};
	return p;
}

static bool same(const fp_port *a, const fp_port *b)
{
	return a->baud == b->baud && a->address == b->address && a->format == b->format;
}

static void lock(fp_settings *s)
{
	s->state = FP_LOCKED;
	s->seconds_left = 0;
	s->staged = s->stored;
	s->switching = true;
}

bool fp_settings_init(fp_settings *s, const fp_port *stored)
{
	const bool good = fp_port_valid(stored);
	s->stored = good ? *stored : fp_port_factory();
	s->active = s->stored;
	lock(s);
	s->switching = false;
	return good;
}

void fp_settings_unlock(fp_settings *s)
{
	if (s->state == FP_LOCKED) {
		s->state = FP_UNLOCKED;
		s->staged = s->stored;
	}
	s->seconds_left = FP_SETTINGS_SECONDS;
}

bool fp_settings_stage(fp_settings *s, const fp_port *staged)
{
	if (s->state != FP_UNLOCKED || !fp_port_valid(staged)) {
		return false;
	}
	s->staged = *staged;
	s->seconds_left = FP_SETTINGS_SECONDS;
	return true;
}

bool fp_settings_apply(fp_settings *s)
{
	if (s->state != FP_UNLOCKED) {
		return false;
	}
	s->state = FP_TRIAL;
	s->seconds_left = FP_SETTINGS_SECONDS;
	s->switching = true;
	return true;
}

void fp_settings_cancel(fp_settings *s) { lock(s); }

void fp_settings_keep(fp_settings *s, const fp_port *p)
{
	s->stored = *p;
	lock(s);
}

bool fp_settings_switch(fp_settings *s)
{
	if (!s->switching) {
		return false;
	}
	s->switching = false;
	const fp_port wanted = s->state == FP_TRIAL ? s->staged : s->stored;
	const bool changed = !same(&wanted, &s->active);
	s->active = wanted;
	return changed;
}

void fp_settings_second(fp_settings *s)
{
	if (s->seconds_left > 0U) {
		s->seconds_left--;
		if (s->seconds_left == 0U) {
			lock(s);
		}
	}
}

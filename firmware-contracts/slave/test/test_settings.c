#include "harness.h"

#define SERIAL 0x0123456789ABCDEFU

static bool port_is(const fp_port *p, uint8_t address, uint32_t baud, uint8_t format)
{
	return p->address == address && p->baud == baud && p->format == format;
}

static void unlocking(void)
{
	desk d;
	desk_start(&d, 0);
	CHECK(desk_unlock(&d, 1, SERIAL ^ 1U) == 3);
	CHECK(desk_read(&d, FP_REG_STATE) == FP_LOCKED);
	/* Four of the five registers, six of them, or another beginning. */
	ASK(&d, 1, 16, 0, 0x30, 0, 4, 8, 0x55, 0x4E, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB);
	CHECK(d.length == 5 && d.reply[2] == 3);
	ASK(&d, 1, 16, 0, 0x30, 0, 6, 12, 0x55, 0x4E, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0, 0);
	CHECK(d.length == 5 && d.reply[2] == 3);
	ASK(&d, 1, 16, 0, 0x31, 0, 5, 10, 0x55, 0x4E, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF);
	CHECK(d.length == 5 && d.reply[2] == 3 && d.slave.settings.state == FP_LOCKED);
	CHECK(desk_unlock(&d, 1, SERIAL) == 0);
	CHECK(desk_read(&d, FP_REG_STATE) == FP_UNLOCKED);
	CHECK(desk_read(&d, FP_REG_KEY) == 0 && desk_read(&d, FP_REG_KEY_SERIAL + 3) == 0);
	CHECK(desk_read(&d, FP_REG_TIME_LEFT) > 55);
	desk_wait(&d, 61U * 1000000U);
	CHECK(desk_read(&d, FP_REG_STATE) == FP_LOCKED);
	CHECK(desk_write(&d, FP_REG_SET_ADDRESS, 9) == 3);
	/* Of several new devices with one address, a broadcast reaches the right one. */
	CHECK(desk_unlock(&d, 0, SERIAL ^ 1U) == -1);
	CHECK(d.slave.settings.state == FP_LOCKED);
	CHECK(desk_unlock(&d, 0, SERIAL) == -1);
	CHECK(d.slave.settings.state == FP_UNLOCKED);
}

static void change(void)
{
	desk d;
	desk_start(&d, 0);
	CHECK(desk_unlock(&d, 1, SERIAL) == 0);
	CHECK(desk_write(&d, FP_REG_SET_ADDRESS, 17) == 0);
	CHECK(desk_write(&d, FP_REG_SET_BAUD, 192) == 0);
	CHECK(desk_write(&d, FP_REG_SET_FORMAT, FP_8E1) == 0);
	CHECK(desk_read(&d, FP_REG_SET_ADDRESS) == 17); /* still answers at 1 */
	CHECK(port_is(&d.slave.settings.active, 1, 9600, FP_8N1));
	fp_port port;
	CHECK(fp_slave_port_changed(&d.slave, &port) && port_is(&port, 1, 9600, FP_8N1));
	CHECK(!fp_slave_port_changed(&d.slave, &port));
	/* The reply to "apply" comes from the old address. */
	ASK(&d, 1, 6, 0, 0x3A, 0x41, 0x50);
	CHECK(d.length == 8 && d.reply[0] == 1);
	CHECK(fp_slave_port_changed(&d.slave, &port) && port_is(&port, 17, 19200, FP_8E1));
	CHECK(d.slave.line.timing.character == 572 && d.stores == 0);
	ASK(&d, 1, 3, 0, 0, 0, 1);
	CHECK(d.length == 0);
	CHECK(desk_read(&d, FP_REG_STATE) == FP_TRIAL);
	CHECK(desk_write(&d, FP_REG_SET_ADDRESS, 18) == 3); /* not while on trial */
	CHECK(desk_write(&d, FP_REG_ACTION, FP_ACTION_COMMIT) == 0);
	CHECK(d.stores == 1 && port_is(&d.stored, 17, 19200, FP_8E1));
	CHECK(desk_read(&d, FP_REG_STATE) == FP_LOCKED);
	desk_wait(&d, 100U * 1000000U);
	CHECK(port_is(&d.slave.settings.active, 17, 19200, FP_8E1));
}

static void nobody_commits(void)
{
	desk d;
	fp_port port;
	desk_start(&d, 0);
	desk_unlock(&d, 1, SERIAL);
	ASK(&d, 1, 16, 0, 0x37, 0, 4, 8, 0, 17, 0x04, 0x80, 0, 3, 0x41, 0x50); /* all in one */
	CHECK(d.length == 8 && d.reply[0] == 1 && d.reply[1] == 16);
	CHECK(port_is(&d.slave.settings.active, 17, 115200, FP_8N2));
	CHECK(desk_read(&d, FP_REG_STATE) == FP_TRIAL);
	desk_wait(&d, 59U * 1000000U);
	CHECK(d.slave.settings.state == FP_TRIAL);
	fp_slave_port_changed(&d.slave, &port);
	desk_wait(&d, 2U * 1000000U);
	CHECK(fp_slave_port_changed(&d.slave, &port) && port_is(&port, 1, 9600, FP_8N1));
	CHECK(d.stores == 0 && desk_read(&d, FP_REG_STATE) == FP_LOCKED);
	CHECK(desk_read(&d, FP_REG_SET_ADDRESS) == 1);
}

static void cancelling(void)
{
	desk d;
	desk_start(&d, 0);
	CHECK(desk_write(&d, FP_REG_ACTION, FP_ACTION_CANCEL) == 3); /* nothing to cancel */
	desk_unlock(&d, 1, SERIAL);
	CHECK(desk_write(&d, FP_REG_ACTION, FP_ACTION_COMMIT) == 3);
	desk_write(&d, FP_REG_SET_ADDRESS, 17);
	desk_write(&d, FP_REG_ACTION, FP_ACTION_APPLY);
	CHECK(d.slave.settings.active.address == 17);
	/* Answered at the new address; the old one holds afterwards. */
	ASK(&d, 17, 6, 0, 0x3A, 0x43, 0x41);
	CHECK(d.length == 8 && d.reply[0] == 17 && d.slave.settings.active.address == 1 && d.stores == 0);
}

/* However slowly a reply goes out, it goes out in the settings in which it was asked for. */
static void never_under_a_reply(void)
{
	static const uint8_t request[] = {0x01, 0x03, 0x00, 0x00, 0x00, 0x01, 0x84, 0x0A};
	desk d;
	desk_start(&d, 0);
	desk_unlock(&d, 1, SERIAL);
	desk_write(&d, FP_REG_SET_ADDRESS, 17);
	desk_write(&d, FP_REG_ACTION, FP_ACTION_APPLY);
	fp_settings_cancel(&d.slave.settings);
	desk_wait(&d, 1000);
	CHECK(d.slave.settings.active.address == 1);
	desk_unlock(&d, 1, SERIAL);
	desk_write(&d, FP_REG_SET_ADDRESS, 17);
	desk_bytes(&d, request, sizeof request);
	d.now += 4000;
	fp_slave_poll(&d.slave, d.now); /* the reply waits */
	CHECK(d.slave.line.sending && fp_settings_apply(&d.slave.settings));
	fp_slave_poll(&d.slave, d.now);
	CHECK(d.slave.settings.active.address == 1);
	CHECK(fp_slave_tx(&d.slave) == 1);
	fp_slave_tx_done(&d.slave, d.now + 8000U);
	CHECK(d.slave.settings.active.address == 17);
}

static void impossible(void)
{
	desk d;
	desk_start(&d, 0);
	desk_unlock(&d, 1, SERIAL);
	CHECK(desk_write(&d, FP_REG_SET_ADDRESS, 0) == 3);
	CHECK(desk_write(&d, FP_REG_SET_ADDRESS, 248) == 3);
	CHECK(desk_write(&d, FP_REG_SET_ADDRESS, 0x0111) == 3);
	CHECK(desk_write(&d, FP_REG_SET_BAUD, 97) == 3);
	CHECK(desk_write(&d, FP_REG_SET_BAUD, 0xFFFF) == 3);
	CHECK(desk_write(&d, FP_REG_SET_FORMAT, 4) == 3);
	CHECK(desk_write(&d, FP_REG_SET_FORMAT, 0x0100) == 3);
	ASK(&d, 1, 16, 0, 0x37, 0, 2, 4, 0, 17, 0, 97); /* all of it or nothing */
	CHECK(d.reply[1] == 0x90 && d.reply[2] == 3 && desk_read(&d, FP_REG_SET_ADDRESS) == 1);
	ASK(&d, 1, 16, 0, 0x37, 0, 4, 8, 0, 17, 0, 96, 0, 0, 0x43, 0x4F);
	CHECK(d.reply[2] == 3 && desk_read(&d, FP_REG_SET_ADDRESS) == 1);
	ASK(&d, 1, 16, 0, 0x3A, 0, 2, 4, 0x41, 0x50, 0, 0);
	CHECK(d.reply[1] == 0x90 && d.slave.settings.state == FP_UNLOCKED);
	CHECK(desk_write(&d, FP_REG_ACTION, 0x1234) == 3);
}

static void not_during_an_alarm(void)
{
	desk d;
	desk_start(&d, 0);
	desk_unlock(&d, 1, SERIAL);
	desk_write(&d, FP_REG_SET_ADDRESS, 17);
	fp_slave_level(&d.slave, 2);
	fp_slave_level(&d.slave, 0);
	CHECK(desk_write(&d, FP_REG_ACTION, FP_ACTION_APPLY) == 6);
	CHECK(desk_write(&d, FP_REG_ACTION, FP_ACTION_FACTORY) == 6);
	ASK(&d, 1, 16, 0, 0x37, 0, 4, 8, 0, 18, 0, 96, 0, 0, 0x41, 0x50);
	CHECK(d.reply[1] == 0x90 && d.reply[2] == 6 && desk_read(&d, FP_REG_SET_ADDRESS) == 17);
	CHECK(d.slave.settings.active.address == 1 && d.resets == 0);
	CHECK(desk_write(&d, FP_REG_ACKNOWLEDGED, 0x0102) == 0);
	CHECK(desk_write(&d, FP_REG_ACTION, FP_ACTION_APPLY) == 0);
	CHECK(d.slave.settings.active.address == 17);
	/* A fire in the middle of a trial is told at the address on trial, and is not lost by
	 * the return to the old one. */
	fp_slave_level(&d.slave, 2);
	CHECK(desk_read(&d, FP_REG_ALARM) == 0xDD22);
	desk_wait(&d, 61U * 1000000U);
	CHECK(d.slave.settings.active.address == 1 && desk_read(&d, FP_REG_ALARM) == 0xDD22);
}

static void memory_fails(void)
{
	desk d;
	desk_start(&d, 0);
	desk_unlock(&d, 1, SERIAL);
	desk_write(&d, FP_REG_SET_ADDRESS, 17);
	desk_write(&d, FP_REG_ACTION, FP_ACTION_APPLY);
	d.store_fails = true;
	CHECK(desk_write(&d, FP_REG_ACTION, FP_ACTION_COMMIT) == 4);
	CHECK(desk_read(&d, FP_REG_STATE) == FP_TRIAL); /* it goes back, as a restart would */
	desk_wait(&d, 61U * 1000000U);
	CHECK(d.slave.settings.active.address == 1);
}

static void factory(void)
{
	desk d;
	desk_start(&d, 0);
	d.stored.address = 17;
	const fp_identity id = d.slave.identity;
	const fp_application app = d.slave.application;
	fp_slave_init(&d.slave, &id, &app, &d.stored, 0x0200, 0);
	CHECK(desk_write(&d, FP_REG_ACTION, FP_ACTION_FACTORY) == 3);
	desk_unlock(&d, 17, SERIAL);
	ASK(&d, 0, 6, 0, 0x3A, 0x46, 0x52); /* never from a broadcast */
	CHECK(d.resets == 0 && d.slave.settings.active.address == 17);
	ASK(&d, 17, 6, 0, 0x3A, 0x46, 0x52);
	CHECK(d.length == 8 && d.reply[0] == 17);
	CHECK(d.resets == 1 && d.stores == 1 && d.stored.address == 1);
	CHECK(d.slave.settings.active.address == 1 && desk_read(&d, FP_REG_SEQUENCE) == 0x0201);
	CHECK(desk_read(&d, FP_REG_RESTARTS) == 4);
}

static void broadcast_change(void)
{
	desk d;
	desk_start(&d, 0);
	desk_unlock(&d, 0, SERIAL);
	ASK(&d, 0, 16, 0, 0x37, 0, 4, 8, 0, 23, 0, 96, 0, 0, 0x41, 0x50);
	CHECK(d.length == 0 && d.slave.settings.active.address == 23);
	CHECK(desk_write(&d, FP_REG_ACTION, FP_ACTION_COMMIT) == 0);
	CHECK(d.stored.address == 23);
}

static void own_settings(void)
{
	desk d;
	desk_start(&d, 0);
	desk_unlock(&d, 1, SERIAL);
	ASK(&d, 1, 16, 0, 0x40, 0, 2, 4, 0x03, 0xE8, 0xFF, 0xFF); /* the second is refused */
	CHECK(d.reply[1] == 0x90 && d.limits[0] == 0);
	ASK(&d, 1, 16, 0, 0x40, 0, 2, 4, 0x03, 0xE8, 0x05, 0xDC);
	CHECK(d.length == 8 && d.limits[0] == 1000 && d.limits[1] == 1500);
	CHECK(desk_read(&d, 0x0041) == 1500);
}

void test_settings(void)
{
	unlocking();
	change();
	nobody_commits();
	cancelling();
	never_under_a_reply();
	impossible();
	not_during_an_alarm();
	memory_fails();
	factory();
	broadcast_change();
	own_settings();
}

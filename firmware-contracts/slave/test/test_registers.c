#include "../../include/firepost_gauge_1.h"
#include "../../include/firepost_smoke_1.h"
#include "harness.h"

/* The core's registers are the contracts' registers. */
#define SAME(core, point)                                                                              \
	_Static_assert((core) == FIREPOST_SMOKE_1_##point##_ADDRESS, "firepost-smoke@1 has moved " #point); \
	_Static_assert((core) == FIREPOST_GAUGE_1_##point##_ADDRESS, "firepost-gauge@1 has moved " #point)
_Static_assert(FP_REG_ALARM == FIREPOST_SMOKE_1_SMOKE_ADDRESS, "alarm word");
_Static_assert(FP_REG_ALARM == FIREPOST_GAUGE_1_ALARM_ADDRESS, "alarm word");
SAME(FP_REG_STATUS, FAULT);
SAME(FP_REG_STATUS, TAMPER);
SAME(FP_REG_SEQUENCE, EVENT_SEQUENCE);
SAME(FP_REG_HEARTBEAT, HEARTBEAT);
SAME(FP_REG_UPTIME, UPTIME);
SAME(FP_REG_SELF_TEST, SELF_TEST);
SAME(FP_REG_RESTARTS, RESTARTS);
SAME(FP_REG_FRAME_ERRORS, FRAME_ERRORS);
SAME(FP_REG_MAGIC, MAGIC);
SAME(FP_REG_MODEL, MODEL);
SAME(FP_REG_CONTRACT, CONTRACT_VERSION);
SAME(FP_REG_FIRMWARE, FIRMWARE_VERSION);
SAME(FP_REG_SERIAL, SERIAL_NUMBER);
SAME(FP_REG_HARDWARE, HARDWARE_REVISION);
SAME(FP_REG_ACKNOWLEDGED, EVENT_ACKNOWLEDGED);
SAME(FP_REG_COMMAND, COMMAND);
SAME(FP_REG_KEY, SETTINGS_KEY);
SAME(FP_REG_KEY_SERIAL, SETTINGS_SERIAL);
SAME(FP_REG_STATE, SETTINGS_STATE);
SAME(FP_REG_TIME_LEFT, SETTINGS_TIME_LEFT);
SAME(FP_REG_SET_ADDRESS, SET_ADDRESS);
SAME(FP_REG_SET_BAUD, SET_BAUD);
SAME(FP_REG_SET_FORMAT, SET_FORMAT);
SAME(FP_REG_ACTION, SETTINGS_ACTION);
_Static_assert(FP_REG_APPLICATION == FIREPOST_GAUGE_1_LOW_LIMIT_ADDRESS, "the application's settings");
#define X(first, last) _Static_assert((first) == 0U && (last) == FP_REG_LAST, "readable registers");
FIREPOST_SMOKE_1_SPANS_HOLDING(X)
FIREPOST_GAUGE_1_SPANS_HOLDING(X)
#undef X

/* So are its words and bits. */
#define WORD(core, point)                                                         \
	_Static_assert((core) == FIREPOST_SMOKE_1_##point, "firepost-smoke@1: " #point); \
	_Static_assert((core) == FIREPOST_GAUGE_1_##point, "firepost-gauge@1: " #point)
WORD(FP_COMMAND_SELF_TEST, COMMAND_VALUE_WRITE_START_SELF_TEST);
WORD(FP_KEY_UNLOCK, SETTINGS_KEY_VALUE_WRITE_UNLOCK);
WORD(FP_ACTION_APPLY, SETTINGS_ACTION_VALUE_WRITE_APPLY);
WORD(FP_ACTION_COMMIT, SETTINGS_ACTION_VALUE_WRITE_COMMIT);
WORD(FP_ACTION_CANCEL, SETTINGS_ACTION_VALUE_WRITE_CANCEL);
WORD(FP_ACTION_FACTORY, SETTINGS_ACTION_VALUE_WRITE_FACTORY_RESET);
WORD(FP_LOCKED, SETTINGS_STATE_VALUE_LOCKED);
WORD(FP_UNLOCKED, SETTINGS_STATE_VALUE_UNLOCKED);
WORD(FP_TRIAL, SETTINGS_STATE_VALUE_TRIAL);
WORD(FP_8N1, SET_FORMAT_VALUE_8N1);
WORD(FP_8E1, SET_FORMAT_VALUE_8E1);
WORD(FP_8O1, SET_FORMAT_VALUE_8O1);
WORD(FP_8N2, SET_FORMAT_VALUE_8N2);
WORD(FP_SELF_TEST_NOT_RUN, SELF_TEST_VALUE_NOT_RUN_YET);
WORD(FP_SELF_TEST_PASSED, SELF_TEST_VALUE_PASSED);
WORD(FP_SELF_TEST_RUNNING, SELF_TEST_VALUE_RUNNING);
WORD(FP_SELF_TEST_ELEMENT, SELF_TEST_VALUE_SENSING_ELEMENT_FAILED);
WORD(FP_SELF_TEST_MEMORY, SELF_TEST_VALUE_MEMORY_FAILED);
WORD(FP_SELF_TEST_SUPPLY, SELF_TEST_VALUE_SUPPLY_FAILED);
WORD(1U << FP_STATUS_FAULT, FAULT_BIT_SENSOR_FAULT);
WORD(1U << FP_STATUS_TAMPER, TAMPER_BIT_REMOVED_OR_OPENED);
WORD(256U << FP_STATUS_TAMPER, TAMPER_BIT_REMOVED_OR_OPENED_LATCHED);
WORD(1U << FP_STATUS_BATTERY, FAULT_BIT_BATTERY_LOW);
WORD(1U << FP_STATUS_SELF_TEST, FAULT_BIT_SELF_TEST_FAILED);
WORD(1U << FP_STATUS_TEST, FAULT_BIT_TEST_BUTTON);
WORD(256U << FP_STATUS_TEST, FAULT_BIT_TEST_BUTTON_LATCHED);
WORD(256U << FP_STATUS_RESTARTED, FAULT_BIT_RESTARTED_SINCE_THE_LAST_ACKNOWLEDGEMENT);
_Static_assert(1U << FP_STATUS_DIRTY == FIREPOST_SMOKE_1_FAULT_BIT_NEEDS_CLEANING, "dirty");

static void identity(void)
{
	desk d;
	desk_start(&d, 0);
	/* firepost-smoke@1.golden.yaml: identity. */
	SEND(&d, 0x01, 0x03, 0x00, 0x10, 0x00, 0x0B, 0x05, 0xC8);
	REPLIED(&d, 0x01, 0x03, 0x16, 0x46, 0x50, 0x53, 0x4D, 0x00, 0x01, 0x00, 0x01, 0x01, 0x02, 0x00, 0x03,
	        0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0x00, 0x02, 0xCF, 0x56);
	/* Function 4 reads the same. */
	ASK(&d, 0x01, 0x04, 0x00, 0x12, 0x00, 0x01);
	CHECK(d.length == 7 && d.reply[1] == 4 && d.reply[4] == 1);
}

static void measurements(void)
{
	desk d;
	desk_start(&d, 0);
	d.measured[0] = 35;
	d.measured[1] = 0xFFF6;
	d.measured[2] = 3600;
	d.measured[3] = 12;
	desk_wait(&d, 3661U * 1000U); /* 3.661 s */
	fp_slave_self_test(&d.slave, FP_SELF_TEST_PASSED);
	ASK(&d, 0x01, 0x03, 0x00, 0x04, 0x00, 0x08);
	const uint8_t want[] = {0x01, 0x03, 0x10, 0, 35, 0xFF, 0xF6, 0x0E, 0x10, 0, 12, 0, 0, 0, 3, 0, 1, 0, 4};
	CHECK(d.length == sizeof want + 2U && memcmp(d.reply, want, sizeof want) == 0);
	fp_slave_beat(&d.slave);
	CHECK(desk_read(&d, FP_REG_HEARTBEAT) == 1);
	CHECK(desk_read(&d, 0x000F) == 0 && desk_read(&d, 0x002F) == 0 && desk_read(&d, 0x004F) == 0);
}

static void refusals(void)
{
	desk d;
	desk_start(&d, 0);
	const struct { uint8_t f[12]; size_t n; int code; } cases[] = {
		{{1, 3, 0, 0x50, 0, 1}, 6, 2},
		{{1, 3, 0, 0x4F, 0, 2}, 6, 2},
		{{1, 3, 0xFF, 0xFF, 0, 2}, 6, 2},
		{{1, 3, 0, 0, 0, 0}, 6, 3},
		{{1, 3, 0, 0, 0, 126}, 6, 3},
		{{1, 3, 0, 0, 0xFF, 0xFF}, 6, 3},
		{{1, 3, 0, 0, 0}, 5, 3},
		{{1, 4, 0, 0, 0, 1, 0}, 7, 3},
		{{1, 1, 0, 0, 0, 1}, 6, 1},
		{{1, 5, 0, 0, 0xFF, 0}, 6, 1},
		{{1, 15, 0, 0, 0, 1, 1, 1}, 8, 1},
		{{1, 0x2B, 0x0E, 1, 0}, 5, 1},
		{{1, 6, 0, 0, 0, 0}, 6, 2},       /* the alarm word can't be written */
		{{1, 6, 0, 0x10, 0, 0}, 6, 2},
		{{1, 6, 0, 0x35, 0, 0}, 6, 2},
		{{1, 6, 0, 0x21, 0, 1}, 6, 3},    /* no such command */
		{{1, 6, 0, 0x20, 0x02, 0}, 6, 3}, /* no such event yet */
		{{1, 6, 0, 0x20, 0}, 5, 3},
		{{1, 16, 0, 0x20, 0, 1, 3, 1, 1}, 9, 3},
		{{1, 16, 0, 0x20, 0, 0, 0}, 7, 3},
		{{1, 16, 0, 0x20, 0, 2, 4, 1, 1, 0, 0}, 11, 2},
		{{1, 16, 0, 0x20}, 4, 3},
		{{1, 16, 0, 0x20, 0, 1, 2, 1}, 8, 3}, /* ends before its value does */
		{{1, 16, 0, 0x20, 0, 1, 2, 1, 1, 0}, 10, 3},
		{{1, 16, 0, 0x4F, 0, 2, 4, 0, 0, 0, 0}, 11, 2},
		{{1, 16, 0xFF, 0xFF, 0, 2, 4, 0, 0, 0, 0}, 11, 2},
		{{1, 6, 0, 0x40, 0, 1}, 6, 3}, /* locked */
		{{1, 6, 0, 0x37, 0, 9}, 6, 3}, /* locked */
		{{1, 6, 0, 0x3A, 0x41, 0x50}, 6, 3},
		{{1, 6, 0, 0x3A, 0x46, 0x52}, 6, 3},
		{{1, 6, 0, 0x30, 0x55, 0x4E}, 6, 3}, /* the key without the serial number */
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		desk_ask(&d, cases[i].f, cases[i].n);
		CHECK(d.length == 5 && d.reply[0] == 1 && d.reply[1] == (cases[i].f[1] | 0x80) && d.reply[2] == cases[i].code);
	}
	CHECK(d.stores == 0 && d.resets == 0 && d.slave.events.acknowledged == 0x0100);
	ASK(&d, 0x01, 0x00, 0x00); /* function 0 is none */
	CHECK(d.length == 0);
}

static void short_alarm(void)
{
	desk d;
	desk_start(&d, 0);
	CHECK(desk_write(&d, FP_REG_ACKNOWLEDGED, 0x0101) == 0);
	CHECK(desk_read(&d, FP_REG_ALARM) == 0xFF00);
	CHECK(fp_slave_level(&d.slave, 2) && fp_slave_level(&d.slave, 0));
	SEND(&d, 0x01, 0x03, 0x00, 0x00, 0x00, 0x04, 0x44, 0x09);
	const uint8_t want[] = {0x01, 0x03, 0x08, 0xDF, 0x20, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00};
	CHECK(d.length == 13 && memcmp(d.reply, want, sizeof want) == 0);
	fp_slave_level(&d.slave, 2);
	fp_slave_level(&d.slave, 0);
	CHECK(desk_write(&d, FP_REG_ACKNOWLEDGED, 0x0102) == 0);
	CHECK(desk_read(&d, FP_REG_ALARM) == 0xDF20);
	CHECK(desk_read(&d, FP_REG_SEQUENCE) == 0x0103);
	CHECK(desk_write(&d, FP_REG_ACKNOWLEDGED, 0x0103) == 0);
	CHECK(desk_read(&d, FP_REG_ALARM) == 0xFF00);
	CHECK(desk_read(&d, FP_REG_ACKNOWLEDGED) == 0x0103);
	CHECK(!fp_slave_level(&d.slave, 3)); /* a smoke detector has no third level */
	CHECK(desk_read(&d, FP_REG_STATUS) == 0x0101);
}

static void broadcasts(void)
{
	desk d;
	desk_start(&d, 0);
	ASK(&d, 0, 3, 0, 0, 0, 4);
	CHECK(d.length == 0);
	ASK(&d, 0, 6, 0, 0x20, 1, 1);
	CHECK(d.length == 0 && d.slave.events.acknowledged == 0x0100);
	ASK(&d, 0, 6, 0, 0x21, 0x53, 0x54);
	CHECK(d.length == 0 && d.tests == 0);
	CHECK(desk_write(&d, FP_REG_COMMAND, FP_COMMAND_SELF_TEST) == 0);
	CHECK(d.tests == 1 && desk_read(&d, FP_REG_SELF_TEST) == FP_SELF_TEST_RUNNING);
	fp_slave_self_test(&d.slave, FP_SELF_TEST_ELEMENT);
	CHECK(desk_read(&d, FP_REG_STATUS) == 0x9010);
	fp_slave_self_test(&d.slave, FP_SELF_TEST_PASSED);
	CHECK(desk_read(&d, FP_REG_STATUS) == 0x9000);
}

/* What has neither functions nor memory still answers, and refuses what it can't do. */
static void bare_application(void)
{
	desk d;
	desk_start(&d, 0);
	const fp_application none = {0};
	const fp_port damaged = {9601, 0, 9};
	const fp_identity id = d.slave.identity;
	fp_slave_init(&d.slave, &id, &none, &damaged, 0, 0);
	CHECK(d.slave.settings.active.address == 1 && d.slave.settings.active.baud == 9600);
	CHECK(desk_read(&d, FP_REG_STATUS) == 0x8101);
	CHECK(desk_read(&d, 4) == 0);
	CHECK(desk_write(&d, FP_REG_COMMAND, FP_COMMAND_SELF_TEST) == 4);
	CHECK(desk_unlock(&d, 1, id.serial) == 0);
	CHECK(desk_write(&d, FP_REG_APPLICATION, 1) == 2);
	CHECK(desk_write(&d, FP_REG_ACTION, FP_ACTION_FACTORY) == 0);
}

void test_registers(void)
{
	identity();
	measurements();
	refusals();
	short_alarm();
	broadcasts();
	bare_application();
}

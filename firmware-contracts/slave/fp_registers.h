/*
 * The registers that firepost-smoke@1 and firepost-gauge@1 have in common. The unit tests
 * compare them with the headers generated from both contracts.
 */
#ifndef FP_REGISTERS_H
#define FP_REGISTERS_H

enum fp_register {
	FP_REG_ALARM = 0x0000,
	FP_REG_STATUS = 0x0001,
	FP_REG_SEQUENCE = 0x0002,
	FP_REG_HEARTBEAT = 0x0003,
	/* 0x0004 to 0x0007 are measurements, the application's. */
	FP_REG_UPTIME = 0x0008, /* 32 bits */
	FP_REG_SELF_TEST = 0x000A,
	FP_REG_RESTARTS = 0x000B,
	FP_REG_FRAME_ERRORS = 0x000C,
	FP_REG_MAGIC = 0x0010, /* 32 bits */
	FP_REG_MODEL = 0x0012,
	FP_REG_CONTRACT = 0x0013,
	FP_REG_FIRMWARE = 0x0014, /* 32 bits */
	FP_REG_SERIAL = 0x0016,   /* 64 bits */
	FP_REG_HARDWARE = 0x001A,
	FP_REG_ACKNOWLEDGED = 0x0020,
	FP_REG_COMMAND = 0x0021,
	FP_REG_KEY = 0x0030,
	FP_REG_KEY_SERIAL = 0x0031, /* 64 bits */
	FP_REG_STATE = 0x0035,
	FP_REG_TIME_LEFT = 0x0036,
	FP_REG_SET_ADDRESS = 0x0037,
	FP_REG_SET_BAUD = 0x0038, /* in 100 Bd */
	FP_REG_SET_FORMAT = 0x0039,
	FP_REG_ACTION = 0x003A,
	/* 0x0040 and up are the application's own settings. */
	FP_REG_APPLICATION = 0x0040,
	FP_REG_LAST = 0x004F
};

/* Results of a self-test. */
enum fp_self_test {
	FP_SELF_TEST_NOT_RUN = 0,
	FP_SELF_TEST_PASSED = 1,
	FP_SELF_TEST_RUNNING = 2,
	FP_SELF_TEST_ELEMENT = 3,
	FP_SELF_TEST_MEMORY = 4,
	FP_SELF_TEST_SUPPLY = 5
};

#define FP_COMMAND_SELF_TEST 0x5354U

#endif

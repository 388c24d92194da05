#include "harness.h"

int checks;
int failures;

static bool app_read(void *context, uint16_t address, uint16_t *value)
{
	desk *d = context;
	if (address >= 4U && address < 8U) {
		*value = d->measured[address - 4U];
		return true;
	}
	if (address >= FP_REG_APPLICATION && address < FP_REG_APPLICATION + 2) {
		*value = d->limits[address - FP_REG_APPLICATION];
		return true;
	}
	return false;
}

static fp_result app_write(void *context, uint16_t address, uint16_t value, bool commit)
{
	desk *d = context;
	if (address >= FP_REG_APPLICATION + 2) {
		return FP_ILLEGAL_ADDRESS;
	}
	if (value > 4000U) {
		return FP_ILLEGAL_VALUE;
	}
	if (commit) {
		d->limits[address - FP_REG_APPLICATION] = value;
	}
	return FP_OK;
}

static bool app_store(void *context, const fp_port *port)
{
	desk *d = context;
	if (d->store_fails) {
		return false;
	}
	d->stored = *port;
	d->stores++;
	return true;
}

static bool app_factory(void *context)
{
	((desk *)context)->resets++;
	return true;
}

static bool app_test(void *context)
{
	((desk *)context)->tests++;
	return true;
}

void desk_start(desk *d, uint32_t now)
{
	memset(d, 0, sizeof *d);
	d->now = now;
	d->stored = fp_port_factory();
	const fp_identity id = {
		.serial = 0x0123456789ABCDEF, .magic = 0x4650534D, .firmware = 0x01020003,
		.model = 1, .contract = 1, .hardware = 2, .restarts = 4, .levels = 2,
	};
	const fp_application app = {d, app_read, app_write, app_store, app_factory, app_test};
	fp_slave_init(&d->slave, &id, &app, &d->stored, 0x0100, now);
}

/* Takes what is sent; the last bit leaves one character after the last byte. */
static void take(desk *d)
{
	const uint32_t character = d->slave.line.timing.character;
	int b = fp_slave_tx(&d->slave);
	if (b < 0) {
		return;
	}
	d->length = 0;
	for (; b >= 0; b = fp_slave_tx(&d->slave)) {
		d->reply[d->length++] = (uint8_t)b;
		d->now += character;
		if (d->echoes) {
			fp_slave_rx(&d->slave, (uint8_t)b, d->now);
		}
	}
	fp_slave_tx_done(&d->slave, d->now);
}

void desk_wait(desk *d, uint32_t us)
{
	for (uint32_t step; us > 0U; us -= step) {
		step = us < 1000U ? us : 1000U;
		d->now += step;
		fp_slave_poll(&d->slave, d->now);
		take(d);
	}
}

void desk_bytes(desk *d, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		d->now += d->slave.line.timing.character;
		fp_slave_rx(&d->slave, bytes[i], d->now);
		fp_slave_poll(&d->slave, d->now);
		take(d);
	}
}

void desk_send(desk *d, const uint8_t *bytes, size_t length)
{
	d->length = 0;
	desk_bytes(d, bytes, length);
	desk_wait(d, 20000);
}

/* Apart from the core's own: by half bytes with a table. */
static uint16_t checksum(const uint8_t *p, size_t n)
{
	static const uint16_t table[16] = {
		0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
		0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400,
	};
	uint16_t crc = 0xFFFF;
	for (size_t i = 0; i < n; i++) {
		crc = (uint16_t)((crc >> 4) ^ table[(crc ^ p[i]) & 15U]);
		crc = (uint16_t)((crc >> 4) ^ table[(crc ^ (p[i] >> 4)) & 15U]);
	}
	return crc;
}

void desk_ask(desk *d, const uint8_t *bytes, size_t length)
{
	uint8_t frame[300];
	memcpy(frame, bytes, length);
	const uint16_t crc = checksum(bytes, length);
	frame[length] = (uint8_t)(crc & 0xFFU);
	frame[length + 1U] = (uint8_t)(crc >> 8);
	desk_send(d, frame, length + 2U);
}

bool desk_replied(const desk *d, const uint8_t *bytes, size_t length)
{
	return d->length == length && memcmp(d->reply, bytes, length) == 0;
}

uint16_t desk_read(desk *d, uint16_t address)
{
	ASK(d, d->slave.settings.active.address, 3, (uint8_t)(address >> 8), (uint8_t)(address & 0xFFU), 0, 1);
	if (d->length != 7U || d->reply[1] != 3U || checksum(d->reply, 7) != 0U) {
		return 0xDEAD;
	}
	return (uint16_t)((d->reply[3] << 8) | d->reply[4]);
}

static int outcome(const desk *d)
{
	if (d->length == 0U) {
		return -1;
	}
	return (d->reply[1] & 0x80U) != 0U ? d->reply[2] : 0;
}

int desk_write(desk *d, uint16_t address, uint16_t value)
{
	ASK(d, d->slave.settings.active.address, 6, (uint8_t)(address >> 8), (uint8_t)(address & 0xFFU),
	    (uint8_t)(value >> 8), (uint8_t)(value & 0xFFU));
	return outcome(d);
}

int desk_unlock(desk *d, uint8_t to, uint64_t serial)
{
	uint8_t f[17] = {to, 16, 0x00, 0x30, 0, 5, 10, 0x55, 0x4E};
	for (int i = 0; i < 8; i++) {
		f[9 + i] = (uint8_t)((serial >> (56 - 8 * i)) & 0xFFU);
	}
	desk_ask(d, f, sizeof f);
	return outcome(d);
}

int main(void)
{
	test_events();
	test_line();
	test_registers();
	test_settings();
	test_noise();
	printf("%d checks, %d failures\n", checks, failures);
	return failures == 0 ? 0 : 1;
}

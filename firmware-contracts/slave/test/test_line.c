#include "harness.h"

/* Read 4 registers from 0 of unit 1, and what a device that has just started answers. */
#define READ4 0x01, 0x03, 0x00, 0x00, 0x00, 0x04, 0x44, 0x09
#define READ4_REPLY 0x01, 0x03, 0x08, 0xFF, 0x00, 0x80, 0x00, 0x01, 0x01, 0x00, 0x00

static bool first_reply(const desk *d)
{
	const uint8_t want[] = {READ4_REPLY};
	return d->length == 13U && memcmp(d->reply, want, sizeof want) == 0;
}

static void timings(void)
{
	const fp_timing slow = fp_timing_of(9600, 10);
	CHECK(slow.character == 1041 && slow.gap == 1561 && slow.end == 3643);
	const fp_timing fast = fp_timing_of(115200, 11);
	CHECK(fast.character == 95 && fast.gap == 750 && fast.end == 1750);
}

static void silence_ends_a_frame(void)
{
	static const uint8_t request[] = {READ4};
	desk d;
	desk_start(&d, 0xFFFFF000); /* the clock wraps within the frame */
	desk_bytes(&d, request, sizeof request);
	d.now += 3642;
	fp_slave_poll(&d.slave, d.now);
	CHECK(fp_slave_tx(&d.slave) == -1);
	d.now += 1;
	fp_slave_poll(&d.slave, d.now);
	CHECK(fp_slave_tx(&d.slave) == 0x01);
}

static void split_frames(void)
{
	static const uint8_t request[] = {READ4};
	desk d;
	/* A pause of 1.4 characters is allowed, of 1.6 it spoils, of 4 it ends the frame. */
	const struct { uint32_t pause; bool good; uint16_t errors; } cases[] = {
		{1457, true, 0}, {1666, false, 1}, {4164, false, 2},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		desk_start(&d, 5);
		desk_bytes(&d, request, 3);
		desk_wait(&d, cases[i].pause);
		desk_send(&d, &request[3], 5);
		CHECK(first_reply(&d) == cases[i].good);
		CHECK(d.slave.line.errors == cases[i].errors);
		SEND(&d, READ4);
		CHECK(first_reply(&d));
	}
}

static void damage(void)
{
	desk d;
	desk_start(&d, 0);
	SEND(&d, 0x01, 0x03, 0x00, 0x00, 0x00, 0x04, 0x44, 0x0A);
	CHECK(d.length == 0 && d.slave.line.errors == 1);
	SEND(&d, 0x01);
	SEND(&d, 0x01, 0x03, 0x00);
	CHECK(d.length == 0 && d.slave.line.errors == 3);
	fp_slave_rx_error(&d.slave, d.now);
	SEND(&d, READ4);
	CHECK(d.length == 0 && d.slave.line.errors == 4);
	SEND(&d, READ4);
	CHECK(first_reply(&d));
	CHECK(desk_read(&d, FP_REG_FRAME_ERRORS) == 4);
}

static void too_long(void)
{
	desk d;
	uint8_t noise[1000];
	desk_start(&d, 0);
	memset(noise, 0x55, sizeof noise);
	desk_send(&d, noise, sizeof noise);
	CHECK(d.length == 0 && d.slave.line.errors == 1);
	SEND(&d, READ4);
	CHECK(first_reply(&d));
}

static void noise_before_a_read(void)
{
	desk d;
	desk_start(&d, 0);
	SEND(&d, 0xFF, READ4);
	CHECK(first_reply(&d));
	SEND(&d, 0x00, 0xFF, READ4);
	CHECK(first_reply(&d));
	SEND(&d, 0x00, 0x00, 0xFF, READ4);
	CHECK(d.length == 0);
	/* A write changes something: it must stand alone. */
	SEND(&d, 0xFF, 0x01, 0x06, 0x00, 0x20, 0x01, 0x01, 0x48, 0x50);
	CHECK(d.length == 0 && d.slave.events.acknowledged == 0x0100);
	/* Noise with silence after it is a frame of its own. */
	SEND(&d, 0xFF, 0xFF, 0xFF);
	SEND(&d, READ4);
	CHECK(first_reply(&d));
}

static void other_addresses(void)
{
	desk d;
	desk_start(&d, 0);
	SEND(&d, 0x02, 0x03, 0x00, 0x00, 0x00, 0x04, 0x44, 0x3A);
	CHECK(d.length == 0 && d.slave.line.errors == 0);
	/* Another slave's reply and another's exception pass by. */
	SEND(&d, 0x32, 0x03, 0x02, 0x01, 0x00, 0xBD, 0xD0);
	CHECK(d.length == 0 && d.slave.line.errors == 0);
	SEND(&d, 0x01, 0x83, 0x02, 0xC0, 0xF1);
	CHECK(d.length == 0 && d.slave.line.errors == 0);
}

static void never_late(void)
{
	static const uint8_t request[] = {READ4};
	desk d;
	desk_start(&d, 0);
	desk_bytes(&d, request, sizeof request);
	d.now += 60000; /* the main loop was busy */
	fp_slave_poll(&d.slave, d.now);
	CHECK(fp_slave_tx(&d.slave) == -1 && d.slave.line.errors == 1);
	/* The next request comes before anybody has looked at the first. */
	desk_bytes(&d, request, sizeof request);
	d.now += 100000;
	fp_slave_rx(&d.slave, 0x01, d.now);
	d.length = 0;
	desk_bytes(&d, &request[1], 7);
	desk_wait(&d, 10000);
	CHECK(first_reply(&d));
}

static void echoes(void)
{
	desk d;
	desk_start(&d, 0);
	d.echoes = true;
	/* The reply to a write is the request: taken for one, it would go on for ever. */
	SEND(&d, 0x01, 0x06, 0x00, 0x20, 0x01, 0x01, 0x48, 0x50);
	REPLIED(&d, 0x01, 0x06, 0x00, 0x20, 0x01, 0x01, 0x48, 0x50);
	d.length = 0;
	desk_wait(&d, 200000);
	CHECK(d.length == 0 && d.slave.line.errors == 0);
	for (int i = 0; i < 5; i++) {
		SEND(&d, 0x01, 0x03, 0x00, 0x01, 0x00, 0x01, 0xD5, 0xCA);
		REPLIED(&d, 0x01, 0x03, 0x02, 0x00, 0x00, 0xB8, 0x44);
	}
	CHECK(d.slave.line.errors == 0);
}

/* An adapter may hand over the echo when everything has been sent, and cut it short. */
static void late_echo(void)
{
	static const uint8_t request[] = {0x01, 0x06, 0x00, 0x20, 0x01, 0x01, 0x48, 0x50};
	static const uint8_t read4[] = {READ4};
	desk d;
	for (size_t heard = 1; heard <= sizeof request; heard++) {
		desk_start(&d, 0);
		desk_send(&d, request, sizeof request);
		CHECK(d.length == 8);
		d.slave.line.tx_at = d.now; /* as if sending had ended just now */
		d.slave.line.echo_open = true;
		d.slave.line.echo_next = 0;
		d.length = 0;
		for (size_t i = 0; i < heard; i++) {
			fp_slave_rx(&d.slave, request[i], d.now + 100U);
		}
		d.now += 100;
		desk_wait(&d, 20000);
		CHECK(d.length == 0);
		desk_send(&d, read4, sizeof read4);
		CHECK(d.length == 13);
	}
}

static void echo_after_sending(void)
{
	static const uint8_t request[] = {0x01, 0x06, 0x00, 0x20, 0x01, 0x01, 0x48, 0x50};
	desk d;
	desk_start(&d, 0);
	desk_send(&d, request, sizeof request);
	CHECK(d.length == 8);
	/* By hand, so that the echo comes between the end of sending and the end of the window. */
	desk_bytes(&d, request, sizeof request);
	for (int i = 0; i < 5 && !d.slave.line.sending; i++) {
		d.now += 1000;
		fp_slave_poll(&d.slave, d.now);
	}
	while (fp_slave_tx(&d.slave) >= 0) {
	}
	fp_slave_tx_done(&d.slave, d.now);
	for (size_t i = 0; i < sizeof request; i++) {
		fp_slave_rx(&d.slave, request[i], d.now + 200U);
	}
	d.length = 0;
	d.now += 200;
	desk_wait(&d, 100000);
	CHECK(d.length == 0 && d.slave.line.errors == 0);
}

/* Without an echo a request that comes at once begins like the reply before it. */
static void no_echo(void)
{
	desk d;
	desk_start(&d, 0);
	static const uint8_t request[] = {READ4};
	desk_bytes(&d, request, sizeof request);
	desk_wait(&d, 3700);
	CHECK(first_reply(&d));
	d.length = 0;
	desk_bytes(&d, request, sizeof request); /* not even a pause */
	desk_wait(&d, 4000);
	CHECK(first_reply(&d));
	CHECK(d.slave.line.errors == 0);
}

void test_line(void)
{
	timings();
	silence_ends_a_frame();
	split_frames();
	damage();
	too_long();
	noise_before_a_read();
	other_addresses();
	never_late();
	echoes();
	late_echo();
	echo_after_sending();
	no_echo();
}

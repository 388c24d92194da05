/*
 * The reference slave as a program on a pseudo-terminal, for tests against real masters.
 *
 *     slave MODEL SERIAL [END_US]
 *
 * MODEL is smoke or gauge, SERIAL a hexadecimal number, END_US the silence that ends a frame
 * (the standard's is too short for a machine that is busy with other things).
 *
 * It prints the path of its line, then one line for each thing that happens, and obeys one
 * command a line from its standard input, each answered with "ok" or "what?":
 *
 *     level N      status BIT 0|1      beat      test RESULT
 *     skip SECONDS (lets time pass at once)      store fails|works
 *     echo on|off  (what it sends, it hears)     quit
 *
 * A pseudo-terminal has no speed. The program looks how the other end has set it, and takes
 * what comes at another speed than its own for line noise, as a UART would.
 */
#define _DEFAULT_SOURCE
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "../../include/firepost_gauge_1.h"
#include "../../include/firepost_smoke_1.h"
#include "../fp_slave.h"

typedef struct host {
	fp_slave slave;
	int master, line; /* both ends of the pseudo-terminal */
	uint32_t end, skipped;
	uint16_t measured[4], limits[2], errors;
	bool store_fails, echo;
	char command[128];
	size_t length;
} host;

static void say(const char *format, const fp_port *p)
{
	printf(format, p->address, (unsigned long)p->baud, p->format);
	fflush(stdout);
}

static bool app_read(void *context, uint16_t address, uint16_t *value)
{
	const host *h = context;
	if (address >= 4U && address < 8U) {
		*value = h->measured[address - 4U];
	} else if (address >= FP_REG_APPLICATION && address < FP_REG_APPLICATION + 2 && h->slave.identity.model == 2U) {
		*value = h->limits[address - FP_REG_APPLICATION];
	} else {
		return false;
	}
	return true;
}

static fp_result app_write(void *context, uint16_t address, uint16_t value, bool commit)
{
	host *h = context;
	if (h->slave.identity.model != 2U || address >= FP_REG_APPLICATION + 2) {
		return FP_ILLEGAL_ADDRESS;
	}
	if ((double)value * 0.001 > FIREPOST_GAUGE_1_LOW_LIMIT_RANGE_MAX) {
		return FP_ILLEGAL_VALUE;
	}
	if (commit) {
		h->limits[address - FP_REG_APPLICATION] = value;
	}
	return FP_OK;
}

static bool app_store(void *context, const fp_port *port)
{
	const host *h = context;
	if (!h->store_fails) {
		say("stored %u %lu %u\n", port);
	}
	return !h->store_fails;
}

static bool app_factory(void *context)
{
	host *h = context;
	h->limits[0] = 1000;
	h->limits[1] = 1500;
	return true;
}

static bool app_self_test(void *context)
{
	(void)context;
	puts("self-test");
	fflush(stdout);
	return true;
}

static uint32_t micros(const host *h)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint32_t)((uint64_t)t.tv_sec * 1000000U + (uint64_t)t.tv_nsec / 1000U) + h->skipped;
}

static speed_t speed(uint32_t baud)
{
	switch (baud) {
	case 4800:
		return B4800;
	case 19200:
		return B19200;
	case 38400:
		return B38400;
	case 57600:
		return B57600;
	case 115200:
		return B115200;
	default:
		return B9600;
	}
}

static void start(host *h, const char *model, uint64_t serial)
{
	const bool gauge = strcmp(model, "gauge") == 0;
	const fp_identity id = {
		.serial = serial,
		.magic = gauge ? FIREPOST_GAUGE_1_MAGIC_VALUE_PRESSURE_GAUGE : FIREPOST_SMOKE_1_MAGIC_VALUE_SMOKE_DETECTOR,
		.firmware = 0x01000000, .model = gauge ? 2 : 1, .contract = 1, .hardware = 1, .restarts = 1,
		.levels = gauge ? 3 : 2,
	};
	const fp_application app = {h, app_read, app_write, app_store, app_factory, app_self_test};
	const fp_port factory = fp_port_factory();
	app_factory(h);
	h->measured[0] = gauge ? 1200 : 35;
	h->measured[1] = 205;
	h->measured[2] = 3600;
	h->measured[3] = gauge ? 1200 : 12;
	fp_slave_init(&h->slave, &id, &app, &factory, 0x0100, micros(h));
}

static bool open_line(host *h)
{
	h->master = posix_openpt(O_RDWR | O_NOCTTY);
	if (h->master < 0 || grantpt(h->master) != 0 || unlockpt(h->master) != 0) {
		return false;
	}
	const char *path = ptsname(h->master);
	/* Held open, so that the line does not hang up when a master closes it. */
	h->line = path == NULL ? -1 : open(path, O_RDWR | O_NOCTTY);
	struct termios t;
	if (h->line < 0 || tcgetattr(h->line, &t) != 0) {
		return false;
	}
	cfmakeraw(&t);
	cfsetspeed(&t, B9600);
	if (tcsetattr(h->line, TCSANOW, &t) != 0) {
		return false;
	}
	printf("line %s\n", path);
	fflush(stdout);
	return true;
}

static bool receive(host *h)
{
	uint8_t bytes[512];
	struct termios t;
	const ssize_t n = read(h->master, bytes, sizeof bytes);
	if (n < 0) {
		return errno == EINTR || errno == EAGAIN;
	}
	const bool same = tcgetattr(h->line, &t) == 0 && cfgetospeed(&t) == speed(h->slave.settings.active.baud);
	const uint32_t now = micros(h);
	for (ssize_t i = 0; i < n; i++) {
		if (same) {
			fp_slave_rx(&h->slave, bytes[i], now);
		} else {
			fp_slave_rx_error(&h->slave, now);
		}
	}
	return true;
}

/* Sends the reply whole, then tells of everything that has changed. */
static bool transmit(host *h)
{
	uint8_t bytes[FP_FRAME_MAX];
	size_t n = 0;
	for (int b = fp_slave_tx(&h->slave); b >= 0; b = fp_slave_tx(&h->slave)) {
		bytes[n++] = (uint8_t)b;
	}
	if (n > 0) {
		for (size_t done = 0; done < n;) {
			const ssize_t w = write(h->master, bytes + done, n - done);
			if (w < 0 && errno != EINTR) {
				return false;
			}
			done += w > 0 ? (size_t)w : 0U;
		}
		const uint32_t now = micros(h);
		for (size_t i = 0; h->echo && i < n; i++) {
			fp_slave_rx(&h->slave, bytes[i], now);
		}
		fp_slave_tx_done(&h->slave, now);
	}
	fp_port port;
	if (fp_slave_port_changed(&h->slave, &port)) {
		fp_timing t = fp_timing_of(port.baud, port.format == FP_8N1 ? 10U : 11U);
		t.end = h->end != 0U ? h->end : t.end;
		t.gap = 0; /* a program is not woken for each character, nor always in time */
		t.reply = 10000000;
		fp_slave_retime(&h->slave, &t);
		say("port %u %lu %u\n", &port);
	}
	if (h->slave.line.errors != h->errors) {
		h->errors = h->slave.line.errors;
		printf("dropped %u\n", (unsigned)h->errors);
		fflush(stdout);
	}
	return true;
}

static bool obey(host *h, const char *line)
{
	unsigned a = 0;
	unsigned b = 0;
	char word[16] = "";
	bool known = true;
	if (sscanf(line, "level %u", &a) == 1) {
		known = fp_slave_level(&h->slave, (uint8_t)a);
	} else if (sscanf(line, "status %u %u", &a, &b) == 2) {
		fp_slave_status(&h->slave, (uint8_t)a, b != 0U);
	} else if (sscanf(line, "test %u", &a) == 1) {
		fp_slave_self_test(&h->slave, (uint16_t)a);
	} else if (sscanf(line, "skip %u", &a) == 1 && a < 3600U) {
		h->skipped += a * 1000000U;
		fp_slave_poll(&h->slave, micros(h));
	} else if (sscanf(line, "store %15s", word) == 1) {
		h->store_fails = strcmp(word, "fails") == 0;
	} else if (sscanf(line, "echo %15s", word) == 1) {
		h->echo = strcmp(word, "on") == 0;
	} else if (strcmp(line, "beat") == 0) {
		fp_slave_beat(&h->slave);
	} else if (strcmp(line, "quit") == 0) {
		return false;
	} else {
		known = false;
	}
	puts(known ? "ok" : "what?");
	fflush(stdout);
	return true;
}

static bool commands(host *h)
{
	char c;
	const ssize_t n = read(STDIN_FILENO, &c, 1);
	if (n <= 0) {
		return n < 0 && errno == EINTR;
	}
	if (c != '\n') {
		if (h->length < sizeof h->command - 1U) {
			h->command[h->length++] = c;
		}
		return true;
	}
	h->command[h->length] = '\0';
	h->length = 0;
	return obey(h, h->command);
}

int main(int argc, char **argv)
{
	static host h;
	if (argc < 3 || (strcmp(argv[1], "smoke") != 0 && strcmp(argv[1], "gauge") != 0)) {
		fputs("usage: slave smoke|gauge SERIAL [END_US]\n", stderr);
		return 2;
	}
	h.end = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0U;
	start(&h, argv[1], strtoull(argv[2], NULL, 16));
	if (!open_line(&h)) {
		perror("open a pseudo-terminal");
		return 1;
	}
	for (bool going = transmit(&h); going;) {
		struct pollfd fds[2] = {{h.master, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
		if (poll(fds, 2, 1) < 0 && errno != EINTR) {
			break;
		}
		fp_slave_poll(&h.slave, micros(&h));
		going = (fds[0].revents & POLLIN) == 0 || receive(&h);
		if (going && fds[1].revents != 0) {
			going = commands(&h);
		}
		going = going && transmit(&h);
	}
	close(h.line);
	close(h.master);
	return 0;
}

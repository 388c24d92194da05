#include "harness.h"

/* Two million characters of noise with requests among them: whatever comes, the slave stays
 * within its buffers (the sanitizers watch), changes nothing, and answers the next request. */
void test_noise(void)
{
	desk d;
	uint32_t random = 0x12345678;
	uint8_t junk[300];
	desk_start(&d, 0);
	for (int round = 0; round < 20000; round++) {
		size_t length = 0;
		do {
			random = random * 1664525U + 1013904223U;
			junk[length] = (uint8_t)(random >> 24);
			if (length < 2U) {
				/* Often the right address and a function that exists. */
				junk[length] = (uint8_t)(length == 0U ? (random >> 30) : 3U + ((random >> 28) & 15U));
			}
			length++;
		} while (length < sizeof junk && (random >> 10 & 127U) != 0U);
		if ((round & 3) == 0) {
			desk_ask(&d, junk, length < 298U ? length : 254U);
		} else {
			desk_send(&d, junk, length);
		}
		if ((random & 7U) == 0U) {
			fp_slave_rx_error(&d.slave, d.now);
		}
		desk_wait(&d, 60000);
	}
	CHECK(d.stores == 0 && d.resets == 0 && d.slave.settings.state == FP_LOCKED);
	CHECK(d.slave.events.sequence == 0x0101);
	SEND(&d, 0x01, 0x03, 0x00, 0x00, 0x00, 0x01, 0x84, 0x0A);
	REPLIED(&d, 0x01, 0x03, 0x02, 0xFF, 0x00, 0xF9, 0xB4);
}

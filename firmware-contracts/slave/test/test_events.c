#include "harness.h"

static void words(void)
{
	fp_events e;
	fp_events_init(&e, 0x0100);
	CHECK(fp_events_alarm_word(&e) == 0xFF00);
	CHECK(fp_events_status_word(&e) == 0x8000); /* the restart itself */
	CHECK(e.sequence == 0x0101 && e.acknowledged == 0x0100);
	CHECK(fp_events_set_level(&e, 2));
	CHECK(fp_events_alarm_word(&e) == 0xDD22);
	CHECK(fp_events_set_level(&e, 0));
	CHECK(fp_events_alarm_word(&e) == 0xDF20);
	CHECK(fp_events_alarming(&e));
	CHECK(fp_events_set_level(&e, 1));
	CHECK(fp_events_alarm_word(&e) == 0xDE21);
	CHECK(e.sequence == 0x0103);
}

static void later_events_survive(void)
{
	fp_events e;
	fp_events_init(&e, 0);
	fp_events_set_level(&e, 2);
	fp_events_set_level(&e, 0);
	const uint16_t seen = e.sequence;
	/* Between the master's read and its acknowledgement: the same again, and a tamper. */
	fp_events_set_level(&e, 2);
	fp_events_set_level(&e, 0);
	fp_events_set_status(&e, FP_STATUS_TAMPER, true);
	fp_events_set_status(&e, FP_STATUS_TAMPER, false);
	CHECK(fp_events_acknowledge(&e, seen));
	CHECK(fp_events_alarm_word(&e) == 0xDF20);
	CHECK(fp_events_status_word(&e) == 0x0200); /* the restart is cleared, the tamper is not */
	CHECK(fp_events_acknowledge(&e, e.sequence));
	CHECK(fp_events_alarm_word(&e) == 0xFF00);
	CHECK(fp_events_status_word(&e) == 0x0000);
	CHECK(fp_events_acknowledge(&e, e.sequence)); /* once more, after a lost reply */
}

static void present_stays(void)
{
	fp_events e;
	fp_events_init(&e, 0);
	fp_events_set_level(&e, 2);
	fp_events_set_status(&e, FP_STATUS_BATTERY, true);
	CHECK(fp_events_acknowledge(&e, e.sequence));
	CHECK(fp_events_alarm_word(&e) == 0xFD02);
	CHECK(fp_events_status_word(&e) == 0x0004);
	const uint16_t before = e.sequence;
	fp_events_set_level(&e, 2); /* no news */
	fp_events_set_status(&e, FP_STATUS_BATTERY, true);
	CHECK(e.sequence == before);
}

static void wrong_numbers(void)
{
	fp_events e;
	fp_events_init(&e, 0xFFFE); /* the numbers wrap within the test */
	fp_events_set_level(&e, 2); /* 0x0000 */
	CHECK(e.sequence == 0);
	CHECK(!fp_events_acknowledge(&e, 1));
	CHECK(!fp_events_acknowledge(&e, 0xFFFD));
	CHECK(!fp_events_acknowledge(&e, 0x8000));
	CHECK(fp_events_alarm_word(&e) == 0xDD22);
	CHECK(fp_events_acknowledge(&e, 0xFFFF)); /* the restart only */
	CHECK(fp_events_alarm_word(&e) == 0xDD22 && fp_events_status_word(&e) == 0);
	CHECK(!fp_events_acknowledge(&e, 0xFFFE)); /* older than the last one */
	CHECK(fp_events_acknowledge(&e, 0));
	CHECK(fp_events_alarm_word(&e) == 0xFD02);
}

static void nobody_acknowledges(void)
{
	fp_events e;
	fp_events_init(&e, 7);
	fp_events_set_status(&e, FP_STATUS_TAMPER, true);
	for (uint32_t i = 0; i < 200000U; i++) {
		fp_events_set_level(&e, 1U + (uint8_t)(i & 1U));
		CHECK((uint16_t)(e.sequence - e.acknowledged) != 0U);
	}
	CHECK((fp_events_status_word(&e) & 0x0200U) != 0U);
	CHECK(fp_events_acknowledge(&e, e.sequence));
	CHECK(fp_events_status_word(&e) == 0x0002 && e.levels_latched == 0U);
}

static void nonsense(void)
{
	fp_events e;
	fp_events_init(&e, 0);
	fp_events_set_level(&e, 2);
	CHECK(!fp_events_set_level(&e, 4));
	CHECK(fp_events_alarm_word(&e) == 0xDD22);
	CHECK((fp_events_status_word(&e) & 0x0101U) == 0x0101U);
	fp_events_set_status(&e, 8, true);
	CHECK((fp_events_status_word(&e) & 0xFFU) == 1U);
}

void test_events(void)
{
	words();
	later_events_survive();
	present_stays();
	wrong_numbers();
	nobody_acknowledges();
	nonsense();
}

/*
 * relay-r421a08@1: R421A08 eight-relay board (R421A08 八路继电器板)
 *
 * Generated from the device's contract. Change the contract, not this file.
 * Source [S]: relay_boards/R421A08.py and README (Erriez/R421A08-rs485-8ch-relay-board)
 * Source [V]: checksums of the frames (recomputed bit by bit)
 */
#ifndef FIREPOST_CONTRACT_RELAY_R421A08_1_H
#define FIREPOST_CONTRACT_RELAY_R421A08_1_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef FIREPOST_CONTRACT_SHARED
#define FIREPOST_CONTRACT_SHARED

/* The check sum of a Modbus RTU frame (MODBUS over Serial Line V1.02, 6.2.2), without a table.
 * The low byte goes first. Over a whole frame with its check sum it is 0. */
static inline uint16_t firepost_crc16(const uint8_t *data, uint32_t length)
{
	uint16_t crc = 0xFFFFU;
	for (uint32_t i = 0; i < length; i++) {
		crc = (uint16_t)(crc ^ data[i]);
		for (int bit = 0; bit < 8; bit++) {
			crc = (uint16_t)((crc & 1U) != 0U ? (crc >> 1) ^ 0xA001U : crc >> 1);
		}
	}
	return crc;
}

/* Register number index of a block as it stands on the wire: high byte first. */
static inline uint16_t firepost_register(const uint8_t *block, uint32_t index)
{
	return (uint16_t)(((unsigned)block[2U * index] << 8) | block[2U * index + 1U]);
}

static inline void firepost_put_register(uint8_t *block, uint32_t index, uint16_t value)
{
	block[2U * index] = (uint8_t)(value >> 8);
	block[2U * index + 1U] = (uint8_t)(value & 0xFFU);
}

/* Coil or input number index of a block as it stands on the wire: lowest bit first. */
static inline bool firepost_bit(const uint8_t *block, uint32_t index)
{
	return (((unsigned)block[index / 8U] >> (index % 8U)) & 1U) != 0U;
}

static inline void firepost_put_bit(uint8_t *block, uint32_t index, bool value)
{
	const uint8_t mask = (uint8_t)(1U << (index % 8U));
	block[index / 8U] = (uint8_t)(value ? block[index / 8U] | mask : block[index / 8U] & (uint8_t)~mask);
}

static inline uint16_t firepost_swap(uint16_t value)
{
	return (uint16_t)(((unsigned)value << 8) | ((unsigned)value >> 8));
}

#endif /* FIREPOST_CONTRACT_SHARED */

#define RELAY_R421A08_1_NAME "relay-r421a08"
#define RELAY_R421A08_1_VERSION 1

/* The serial port and the unit address as they leave the factory. */
#define RELAY_R421A08_1_BAUD INT32_C(9600)
#define RELAY_R421A08_1_FORMAT "8N1"
#define RELAY_R421A08_1_UNIT_DEFAULT 1
#define RELAY_R421A08_1_UNIT_MIN 1
#define RELAY_R421A08_1_UNIT_MAX 63

/* Limits of the device: registers and bits in one read, times in ms. */
#define RELAY_R421A08_1_LIMIT_REGISTERS 1
#define RELAY_R421A08_1_LIMIT_BITS 256
#define RELAY_R421A08_1_LIMIT_REPLY_WITHIN_MS 100
#define RELAY_R421A08_1_LIMIT_LATE_REPLY_MS 2000

/* Addresses of the table holding that can be read, as X(first, last) for each run. */
#define RELAY_R421A08_1_SPANS_HOLDING(X) X(0x0001U, 0x0008U)

/* relay_1: relay 1 status (继电器 1 状态).
 * holding register 0x0001, u16, role relay, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define RELAY_R421A08_1_RELAY_1_FUNCTION 3
#define RELAY_R421A08_1_RELAY_1_ADDRESS UINT16_C(0x0001)
#define RELAY_R421A08_1_RELAY_1_REGISTERS 1
#define RELAY_R421A08_1_RELAY_1_SCALE_NUM INT32_C(1)
#define RELAY_R421A08_1_RELAY_1_SCALE_DEN INT32_C(1)
#define RELAY_R421A08_1_RELAY_1_OFFSET_NUM INT32_C(0)
#define RELAY_R421A08_1_RELAY_1_OFFSET_DEN INT32_C(1)
#define RELAY_R421A08_1_RELAY_1_VALUE_RELEASED UINT16_C(0x0000) /* normal: released, 断开 */
#define RELAY_R421A08_1_RELAY_1_VALUE_ENERGISED UINT16_C(0x0001) /* normal: energised, 吸合 */
static inline uint16_t relay_r421a08_1_relay_1_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(RELAY_R421A08_1_RELAY_1_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void relay_r421a08_1_relay_1_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(RELAY_R421A08_1_RELAY_1_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double relay_r421a08_1_relay_1_value(uint16_t raw)
{
	return (double)raw;
}

/* relay_2: relay 2 status (继电器 2 状态).
 * holding register 0x0002, u16, role relay, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define RELAY_R421A08_1_RELAY_2_FUNCTION 3
#define RELAY_R421A08_1_RELAY_2_ADDRESS UINT16_C(0x0002)
#define RELAY_R421A08_1_RELAY_2_REGISTERS 1
#define RELAY_R421A08_1_RELAY_2_SCALE_NUM INT32_C(1)
#define RELAY_R421A08_1_RELAY_2_SCALE_DEN INT32_C(1)
#define RELAY_R421A08_1_RELAY_2_OFFSET_NUM INT32_C(0)
#define RELAY_R421A08_1_RELAY_2_OFFSET_DEN INT32_C(1)
#define RELAY_R421A08_1_RELAY_2_VALUE_RELEASED UINT16_C(0x0000) /* normal: released, 断开 */
#define RELAY_R421A08_1_RELAY_2_VALUE_ENERGISED UINT16_C(0x0001) /* normal: energised, 吸合 */
static inline uint16_t relay_r421a08_1_relay_2_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(RELAY_R421A08_1_RELAY_2_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void relay_r421a08_1_relay_2_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(RELAY_R421A08_1_RELAY_2_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double relay_r421a08_1_relay_2_value(uint16_t raw)
{
	return (double)raw;
}

/* relay_3: relay 3 status (继电器 3 状态).
 * holding register 0x0003, u16, role relay, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define RELAY_R421A08_1_RELAY_3_FUNCTION 3
#define RELAY_R421A08_1_RELAY_3_ADDRESS UINT16_C(0x0003)
#define RELAY_R421A08_1_RELAY_3_REGISTERS 1
#define RELAY_R421A08_1_RELAY_3_SCALE_NUM INT32_C(1)
#define RELAY_R421A08_1_RELAY_3_SCALE_DEN INT32_C(1)
#define RELAY_R421A08_1_RELAY_3_OFFSET_NUM INT32_C(0)
#define RELAY_R421A08_1_RELAY_3_OFFSET_DEN INT32_C(1)
#define RELAY_R421A08_1_RELAY_3_VALUE_RELEASED UINT16_C(0x0000) /* normal: released, 断开 */
#define RELAY_R421A08_1_RELAY_3_VALUE_ENERGISED UINT16_C(0x0001) /* normal: energised, 吸合 */
static inline uint16_t relay_r421a08_1_relay_3_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(RELAY_R421A08_1_RELAY_3_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void relay_r421a08_1_relay_3_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(RELAY_R421A08_1_RELAY_3_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double relay_r421a08_1_relay_3_value(uint16_t raw)
{
	return (double)raw;
}

/* relay_4: relay 4 status (继电器 4 状态).
 * holding register 0x0004, u16, role relay, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define RELAY_R421A08_1_RELAY_4_FUNCTION 3
#define RELAY_R421A08_1_RELAY_4_ADDRESS UINT16_C(0x0004)
#define RELAY_R421A08_1_RELAY_4_REGISTERS 1
#define RELAY_R421A08_1_RELAY_4_SCALE_NUM INT32_C(1)
#define RELAY_R421A08_1_RELAY_4_SCALE_DEN INT32_C(1)
#define RELAY_R421A08_1_RELAY_4_OFFSET_NUM INT32_C(0)
#define RELAY_R421A08_1_RELAY_4_OFFSET_DEN INT32_C(1)
#define RELAY_R421A08_1_RELAY_4_VALUE_RELEASED UINT16_C(0x0000) /* normal: released, 断开 */
#define RELAY_R421A08_1_RELAY_4_VALUE_ENERGISED UINT16_C(0x0001) /* normal: energised, 吸合 */
static inline uint16_t relay_r421a08_1_relay_4_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(RELAY_R421A08_1_RELAY_4_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void relay_r421a08_1_relay_4_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(RELAY_R421A08_1_RELAY_4_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double relay_r421a08_1_relay_4_value(uint16_t raw)
{
	return (double)raw;
}

/* relay_5: relay 5 status (继电器 5 状态).
 * holding register 0x0005, u16, role relay, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define RELAY_R421A08_1_RELAY_5_FUNCTION 3
#define RELAY_R421A08_1_RELAY_5_ADDRESS UINT16_C(0x0005)
#define RELAY_R421A08_1_RELAY_5_REGISTERS 1
#define RELAY_R421A08_1_RELAY_5_SCALE_NUM INT32_C(1)
#define RELAY_R421A08_1_RELAY_5_SCALE_DEN INT32_C(1)
#define RELAY_R421A08_1_RELAY_5_OFFSET_NUM INT32_C(0)
#define RELAY_R421A08_1_RELAY_5_OFFSET_DEN INT32_C(1)
#define RELAY_R421A08_1_RELAY_5_VALUE_RELEASED UINT16_C(0x0000) /* normal: released, 断开 */
#define RELAY_R421A08_1_RELAY_5_VALUE_ENERGISED UINT16_C(0x0001) /* normal: energised, 吸合 */
static inline uint16_t relay_r421a08_1_relay_5_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(RELAY_R421A08_1_RELAY_5_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void relay_r421a08_1_relay_5_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(RELAY_R421A08_1_RELAY_5_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double relay_r421a08_1_relay_5_value(uint16_t raw)
{
	return (double)raw;
}

/* relay_6: relay 6 status (继电器 6 状态).
 * holding register 0x0006, u16, role relay, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define RELAY_R421A08_1_RELAY_6_FUNCTION 3
#define RELAY_R421A08_1_RELAY_6_ADDRESS UINT16_C(0x0006)
#define RELAY_R421A08_1_RELAY_6_REGISTERS 1
#define RELAY_R421A08_1_RELAY_6_SCALE_NUM INT32_C(1)
#define RELAY_R421A08_1_RELAY_6_SCALE_DEN INT32_C(1)
#define RELAY_R421A08_1_RELAY_6_OFFSET_NUM INT32_C(0)
#define RELAY_R421A08_1_RELAY_6_OFFSET_DEN INT32_C(1)
#define RELAY_R421A08_1_RELAY_6_VALUE_RELEASED UINT16_C(0x0000) /* normal: released, 断开 */
#define RELAY_R421A08_1_RELAY_6_VALUE_ENERGISED UINT16_C(0x0001) /* normal: energised, 吸合 */
static inline uint16_t relay_r421a08_1_relay_6_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(RELAY_R421A08_1_RELAY_6_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void relay_r421a08_1_relay_6_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(RELAY_R421A08_1_RELAY_6_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double relay_r421a08_1_relay_6_value(uint16_t raw)
{
	return (double)raw;
}

/* relay_7: relay 7 status (继电器 7 状态).
 * holding register 0x0007, u16, role relay, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define RELAY_R421A08_1_RELAY_7_FUNCTION 3
#define RELAY_R421A08_1_RELAY_7_ADDRESS UINT16_C(0x0007)
#define RELAY_R421A08_1_RELAY_7_REGISTERS 1
#define RELAY_R421A08_1_RELAY_7_SCALE_NUM INT32_C(1)
#define RELAY_R421A08_1_RELAY_7_SCALE_DEN INT32_C(1)
#define RELAY_R421A08_1_RELAY_7_OFFSET_NUM INT32_C(0)
#define RELAY_R421A08_1_RELAY_7_OFFSET_DEN INT32_C(1)
#define RELAY_R421A08_1_RELAY_7_VALUE_RELEASED UINT16_C(0x0000) /* normal: released, 断开 */
#define RELAY_R421A08_1_RELAY_7_VALUE_ENERGISED UINT16_C(0x0001) /* normal: energised, 吸合 */
static inline uint16_t relay_r421a08_1_relay_7_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(RELAY_R421A08_1_RELAY_7_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void relay_r421a08_1_relay_7_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(RELAY_R421A08_1_RELAY_7_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double relay_r421a08_1_relay_7_value(uint16_t raw)
{
	return (double)raw;
}

/* relay_8: relay 8 status (继电器 8 状态).
 * holding register 0x0008, u16, role relay, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define RELAY_R421A08_1_RELAY_8_FUNCTION 3
#define RELAY_R421A08_1_RELAY_8_ADDRESS UINT16_C(0x0008)
#define RELAY_R421A08_1_RELAY_8_REGISTERS 1
#define RELAY_R421A08_1_RELAY_8_SCALE_NUM INT32_C(1)
#define RELAY_R421A08_1_RELAY_8_SCALE_DEN INT32_C(1)
#define RELAY_R421A08_1_RELAY_8_OFFSET_NUM INT32_C(0)
#define RELAY_R421A08_1_RELAY_8_OFFSET_DEN INT32_C(1)
#define RELAY_R421A08_1_RELAY_8_VALUE_RELEASED UINT16_C(0x0000) /* normal: released, 断开 */
#define RELAY_R421A08_1_RELAY_8_VALUE_ENERGISED UINT16_C(0x0001) /* normal: energised, 吸合 */
static inline uint16_t relay_r421a08_1_relay_8_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(RELAY_R421A08_1_RELAY_8_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void relay_r421a08_1_relay_8_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(RELAY_R421A08_1_RELAY_8_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double relay_r421a08_1_relay_8_value(uint16_t raw)
{
	return (double)raw;
}

/* Output relay_1: relay 1 (继电器 1). ON and OFF are the values written. */
#define RELAY_R421A08_1_OUT_RELAY_1_FUNCTION 6
#define RELAY_R421A08_1_OUT_RELAY_1_ADDRESS UINT16_C(0x0001)
#define RELAY_R421A08_1_OUT_RELAY_1_ON UINT16_C(0x0100)
#define RELAY_R421A08_1_OUT_RELAY_1_OFF UINT16_C(0x0200)
#define RELAY_R421A08_1_OUT_RELAY_1_READ_FUNCTION 3
#define RELAY_R421A08_1_OUT_RELAY_1_READ_ADDRESS UINT16_C(0x0001)
#define RELAY_R421A08_1_OUT_RELAY_1_READ_MASK UINT16_C(0xFFFF)
#define RELAY_R421A08_1_OUT_RELAY_1_READ_ON UINT16_C(0x0001)

/* Output relay_2: relay 2 (继电器 2). ON and OFF are the values written. */
#define RELAY_R421A08_1_OUT_RELAY_2_FUNCTION 6
#define RELAY_R421A08_1_OUT_RELAY_2_ADDRESS UINT16_C(0x0002)
#define RELAY_R421A08_1_OUT_RELAY_2_ON UINT16_C(0x0100)
#define RELAY_R421A08_1_OUT_RELAY_2_OFF UINT16_C(0x0200)
#define RELAY_R421A08_1_OUT_RELAY_2_READ_FUNCTION 3
#define RELAY_R421A08_1_OUT_RELAY_2_READ_ADDRESS UINT16_C(0x0002)
#define RELAY_R421A08_1_OUT_RELAY_2_READ_MASK UINT16_C(0xFFFF)
#define RELAY_R421A08_1_OUT_RELAY_2_READ_ON UINT16_C(0x0001)

/* Output relay_3: relay 3 (继电器 3). ON and OFF are the values written. */
#define RELAY_R421A08_1_OUT_RELAY_3_FUNCTION 6
#define RELAY_R421A08_1_OUT_RELAY_3_ADDRESS UINT16_C(0x0003)
#define RELAY_R421A08_1_OUT_RELAY_3_ON UINT16_C(0x0100)
#define RELAY_R421A08_1_OUT_RELAY_3_OFF UINT16_C(0x0200)
#define RELAY_R421A08_1_OUT_RELAY_3_READ_FUNCTION 3
#define RELAY_R421A08_1_OUT_RELAY_3_READ_ADDRESS UINT16_C(0x0003)
#define RELAY_R421A08_1_OUT_RELAY_3_READ_MASK UINT16_C(0xFFFF)
#define RELAY_R421A08_1_OUT_RELAY_3_READ_ON UINT16_C(0x0001)

/* Output relay_4: relay 4 (继电器 4). ON and OFF are the values written. */
#define RELAY_R421A08_1_OUT_RELAY_4_FUNCTION 6
#define RELAY_R421A08_1_OUT_RELAY_4_ADDRESS UINT16_C(0x0004)
#define RELAY_R421A08_1_OUT_RELAY_4_ON UINT16_C(0x0100)
#define RELAY_R421A08_1_OUT_RELAY_4_OFF UINT16_C(0x0200)
#define RELAY_R421A08_1_OUT_RELAY_4_READ_FUNCTION 3
#define RELAY_R421A08_1_OUT_RELAY_4_READ_ADDRESS UINT16_C(0x0004)
#define RELAY_R421A08_1_OUT_RELAY_4_READ_MASK UINT16_C(0xFFFF)
#define RELAY_R421A08_1_OUT_RELAY_4_READ_ON UINT16_C(0x0001)

/* Output relay_5: relay 5 (继电器 5). ON and OFF are the values written. */
#define RELAY_R421A08_1_OUT_RELAY_5_FUNCTION 6
#define RELAY_R421A08_1_OUT_RELAY_5_ADDRESS UINT16_C(0x0005)
#define RELAY_R421A08_1_OUT_RELAY_5_ON UINT16_C(0x0100)
#define RELAY_R421A08_1_OUT_RELAY_5_OFF UINT16_C(0x0200)
#define RELAY_R421A08_1_OUT_RELAY_5_READ_FUNCTION 3
#define RELAY_R421A08_1_OUT_RELAY_5_READ_ADDRESS UINT16_C(0x0005)
#define RELAY_R421A08_1_OUT_RELAY_5_READ_MASK UINT16_C(0xFFFF)
#define RELAY_R421A08_1_OUT_RELAY_5_READ_ON UINT16_C(0x0001)

/* Output relay_6: relay 6 (继电器 6). ON and OFF are the values written. */
#define RELAY_R421A08_1_OUT_RELAY_6_FUNCTION 6
#define RELAY_R421A08_1_OUT_RELAY_6_ADDRESS UINT16_C(0x0006)
#define RELAY_R421A08_1_OUT_RELAY_6_ON UINT16_C(0x0100)
#define RELAY_R421A08_1_OUT_RELAY_6_OFF UINT16_C(0x0200)
#define RELAY_R421A08_1_OUT_RELAY_6_READ_FUNCTION 3
#define RELAY_R421A08_1_OUT_RELAY_6_READ_ADDRESS UINT16_C(0x0006)
#define RELAY_R421A08_1_OUT_RELAY_6_READ_MASK UINT16_C(0xFFFF)
#define RELAY_R421A08_1_OUT_RELAY_6_READ_ON UINT16_C(0x0001)

/* Output relay_7: relay 7 (继电器 7). ON and OFF are the values written. */
#define RELAY_R421A08_1_OUT_RELAY_7_FUNCTION 6
#define RELAY_R421A08_1_OUT_RELAY_7_ADDRESS UINT16_C(0x0007)
#define RELAY_R421A08_1_OUT_RELAY_7_ON UINT16_C(0x0100)
#define RELAY_R421A08_1_OUT_RELAY_7_OFF UINT16_C(0x0200)
#define RELAY_R421A08_1_OUT_RELAY_7_READ_FUNCTION 3
#define RELAY_R421A08_1_OUT_RELAY_7_READ_ADDRESS UINT16_C(0x0007)
#define RELAY_R421A08_1_OUT_RELAY_7_READ_MASK UINT16_C(0xFFFF)
#define RELAY_R421A08_1_OUT_RELAY_7_READ_ON UINT16_C(0x0001)

/* Output relay_8: relay 8 (继电器 8). ON and OFF are the values written. */
#define RELAY_R421A08_1_OUT_RELAY_8_FUNCTION 6
#define RELAY_R421A08_1_OUT_RELAY_8_ADDRESS UINT16_C(0x0008)
#define RELAY_R421A08_1_OUT_RELAY_8_ON UINT16_C(0x0100)
#define RELAY_R421A08_1_OUT_RELAY_8_OFF UINT16_C(0x0200)
#define RELAY_R421A08_1_OUT_RELAY_8_READ_FUNCTION 3
#define RELAY_R421A08_1_OUT_RELAY_8_READ_ADDRESS UINT16_C(0x0008)
#define RELAY_R421A08_1_OUT_RELAY_8_READ_MASK UINT16_C(0xFFFF)
#define RELAY_R421A08_1_OUT_RELAY_8_READ_ON UINT16_C(0x0001)

#ifdef __cplusplus
}
#endif

#endif /* FIREPOST_CONTRACT_RELAY_R421A08_1_H */

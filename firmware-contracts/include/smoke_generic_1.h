/*
 * smoke-generic@1: generic RS-485 photoelectric smoke detector (通用 RS-485 光电感烟探测器)
 *
 * Generated from the device's contract. Change the contract, not this file.
 * Source [S]: ESP32 sketch with request and both replies (public source code; frames in the golden file)
 * Source [V]: checksums of these frames (recomputed bit by bit)
 */
#ifndef FIREPOST_CONTRACT_SMOKE_GENERIC_1_H
#define FIREPOST_CONTRACT_SMOKE_GENERIC_1_H

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

#define SMOKE_GENERIC_1_NAME "smoke-generic"
#define SMOKE_GENERIC_1_VERSION 1

/* The serial port and the unit address as they leave the factory. */
#define SMOKE_GENERIC_1_BAUD INT32_C(9600)
#define SMOKE_GENERIC_1_FORMAT "8N1"
#define SMOKE_GENERIC_1_UNIT_DEFAULT 1
#define SMOKE_GENERIC_1_UNIT_MIN 1
#define SMOKE_GENERIC_1_UNIT_MAX 247

/* Limits of the device: registers and bits in one read, times in ms. */
#define SMOKE_GENERIC_1_LIMIT_REGISTERS 1
#define SMOKE_GENERIC_1_LIMIT_BITS 256
#define SMOKE_GENERIC_1_LIMIT_REPLY_WITHIN_MS 100
#define SMOKE_GENERIC_1_LIMIT_LATE_REPLY_MS 2000

/* Addresses of the table holding that can be read, as X(first, last) for each run. */
#define SMOKE_GENERIC_1_SPANS_HOLDING(X) X(0x0010U, 0x0010U)

/* smoke: smoke alarm (烟雾报警).
 * holding register 0x0010, u16, role smoke, lane alarm.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define SMOKE_GENERIC_1_SMOKE_FUNCTION 3
#define SMOKE_GENERIC_1_SMOKE_ADDRESS UINT16_C(0x0010)
#define SMOKE_GENERIC_1_SMOKE_REGISTERS 1
#define SMOKE_GENERIC_1_SMOKE_SCALE_NUM INT32_C(1)
#define SMOKE_GENERIC_1_SMOKE_SCALE_DEN INT32_C(1)
#define SMOKE_GENERIC_1_SMOKE_OFFSET_NUM INT32_C(0)
#define SMOKE_GENERIC_1_SMOKE_OFFSET_DEN INT32_C(1)
#define SMOKE_GENERIC_1_SMOKE_VALUE_NORMAL UINT16_C(0x0000) /* normal: normal, 正常 */
#define SMOKE_GENERIC_1_SMOKE_VALUE_SMOKE_ALARM UINT16_C(0x0001) /* fire: smoke alarm, 火警 */
static inline uint16_t smoke_generic_1_smoke_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(SMOKE_GENERIC_1_SMOKE_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void smoke_generic_1_smoke_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(SMOKE_GENERIC_1_SMOKE_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double smoke_generic_1_smoke_value(uint16_t raw)
{
	return (double)raw;
}

#ifdef __cplusplus
}
#endif

#endif /* FIREPOST_CONTRACT_SMOKE_GENERIC_1_H */

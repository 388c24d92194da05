/*
 * pressure-cdab@1: pressure sensor with a word-swapped float (压力变送器 (浮点低字在前))
 *
 * Generated from the device's contract. Change the contract, not this file.
 * Source [S]: SII_Presion_Modbus.py: two registers swapped, then a big-endian float (ivan2350/SII_Teltonika)
 * Source [M]: unit and serial setting (not in the source)
 */
#ifndef FIREPOST_CONTRACT_PRESSURE_CDAB_1_H
#define FIREPOST_CONTRACT_PRESSURE_CDAB_1_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

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

#define PRESSURE_CDAB_1_NAME "pressure-cdab"
#define PRESSURE_CDAB_1_VERSION 1

/* The serial port and the unit address as they leave the factory. */
#define PRESSURE_CDAB_1_BAUD INT32_C(9600)
#define PRESSURE_CDAB_1_FORMAT "8N1"
#define PRESSURE_CDAB_1_UNIT_DEFAULT 255
#define PRESSURE_CDAB_1_UNIT_MIN 1
#define PRESSURE_CDAB_1_UNIT_MAX 255

/* Limits of the device: registers and bits in one read, times in ms. */
#define PRESSURE_CDAB_1_LIMIT_REGISTERS 2
#define PRESSURE_CDAB_1_LIMIT_BITS 256
#define PRESSURE_CDAB_1_LIMIT_REPLY_WITHIN_MS 100
#define PRESSURE_CDAB_1_LIMIT_LATE_REPLY_MS 2000

/* Addresses of the table holding that can be read, as X(first, last) for each run. */
#define PRESSURE_CDAB_1_SPANS_HOLDING(X) X(0x0000U, 0x0001U)

/* pressure: pressure (压力).
 * holding register 0x0000, f32, role pressure, lane slow.
 * Order: low register first.
 * Value = raw x 1.0 + 0.0 bar.
 * Valid from -1.0 to 100.0 bar.
 */
#define PRESSURE_CDAB_1_PRESSURE_FUNCTION 3
#define PRESSURE_CDAB_1_PRESSURE_ADDRESS UINT16_C(0x0000)
#define PRESSURE_CDAB_1_PRESSURE_REGISTERS 2
#define PRESSURE_CDAB_1_PRESSURE_SCALE_NUM INT32_C(1)
#define PRESSURE_CDAB_1_PRESSURE_SCALE_DEN INT32_C(1)
#define PRESSURE_CDAB_1_PRESSURE_OFFSET_NUM INT32_C(0)
#define PRESSURE_CDAB_1_PRESSURE_OFFSET_DEN INT32_C(1)
#define PRESSURE_CDAB_1_PRESSURE_UNIT "bar"
#define PRESSURE_CDAB_1_PRESSURE_RANGE_MIN (-1.0)
#define PRESSURE_CDAB_1_PRESSURE_RANGE_MAX (100.0)
static inline uint32_t pressure_cdab_1_pressure_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(PRESSURE_CDAB_1_PRESSURE_ADDRESS - start);
	uint32_t raw = 0;
	raw = (raw << 16) | firepost_register(block, at + 1U);
	raw = (raw << 16) | firepost_register(block, at);
	return raw;
}
static inline void pressure_cdab_1_pressure_put(uint8_t *block, uint16_t start, uint32_t value)
{
	const uint32_t at = (uint32_t)(PRESSURE_CDAB_1_PRESSURE_ADDRESS - start);
	const uint32_t raw = (uint32_t)value;
	firepost_put_register(block, at + 1U, (uint16_t)((raw >> 16) & 0xFFFFU));
	firepost_put_register(block, at, (uint16_t)((raw >> 0) & 0xFFFFU));
}
static inline double pressure_cdab_1_pressure_value(uint32_t raw)
{
	float number;
	memcpy(&number, &raw, sizeof number);
	return (double)number;
}

#ifdef __cplusplus
}
#endif

#endif /* FIREPOST_CONTRACT_PRESSURE_CDAB_1_H */

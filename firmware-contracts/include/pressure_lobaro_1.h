/*
 * pressure-lobaro@1: float pressure and temperature probe (Lobaro) (压力温度变送器 (Lobaro 浮点))
 *
 * Generated from the device's contract. Change the contract, not this file.
 * Source [S]: pressure probe, later revision, register table and configuration R,9600,8N1:010300160002 (doc.lobaro.com pageId 44106161)
 * Source [M]: valid ranges (usual for such probes)
 */
#ifndef FIREPOST_CONTRACT_PRESSURE_LOBARO_1_H
#define FIREPOST_CONTRACT_PRESSURE_LOBARO_1_H

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

#define PRESSURE_LOBARO_1_NAME "pressure-lobaro"
#define PRESSURE_LOBARO_1_VERSION 1

/* The serial port and the unit address as they leave the factory. */
#define PRESSURE_LOBARO_1_BAUD INT32_C(9600)
#define PRESSURE_LOBARO_1_FORMAT "8N1"
#define PRESSURE_LOBARO_1_UNIT_DEFAULT 1
#define PRESSURE_LOBARO_1_UNIT_MIN 1
#define PRESSURE_LOBARO_1_UNIT_MAX 247

/* Limits of the device: registers and bits in one read, times in ms. */
#define PRESSURE_LOBARO_1_LIMIT_REGISTERS 2
#define PRESSURE_LOBARO_1_LIMIT_BITS 256
#define PRESSURE_LOBARO_1_LIMIT_REPLY_WITHIN_MS 100
#define PRESSURE_LOBARO_1_LIMIT_LATE_REPLY_MS 2000

/* Addresses of the table holding that can be read, as X(first, last) for each run. */
#define PRESSURE_LOBARO_1_SPANS_HOLDING(X) X(0x0003U, 0x0003U) X(0x0016U, 0x0017U) X(0x0026U, 0x0027U)

/* unit_code: unit setting (单位设置).
 * holding register 0x0003, u16, role info, lane slow.
 * Any value that is not named here means fault, cause wrong_unit: probe is not set to kPa, 变送器单位不是 kPa.
 */
#define PRESSURE_LOBARO_1_UNIT_CODE_FUNCTION 3
#define PRESSURE_LOBARO_1_UNIT_CODE_ADDRESS UINT16_C(0x0003)
#define PRESSURE_LOBARO_1_UNIT_CODE_REGISTERS 1
#define PRESSURE_LOBARO_1_UNIT_CODE_SCALE_NUM INT32_C(1)
#define PRESSURE_LOBARO_1_UNIT_CODE_SCALE_DEN INT32_C(1)
#define PRESSURE_LOBARO_1_UNIT_CODE_OFFSET_NUM INT32_C(0)
#define PRESSURE_LOBARO_1_UNIT_CODE_OFFSET_DEN INT32_C(1)
#define PRESSURE_LOBARO_1_UNIT_CODE_VALUE_KPA UINT16_C(0x0000) /* normal: kPa, kPa */
static inline uint16_t pressure_lobaro_1_unit_code_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(PRESSURE_LOBARO_1_UNIT_CODE_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void pressure_lobaro_1_unit_code_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(PRESSURE_LOBARO_1_UNIT_CODE_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double pressure_lobaro_1_unit_code_value(uint16_t raw)
{
	return (double)raw;
}

/* pressure: pressure (压力).
 * holding register 0x0016, f32, role pressure, lane slow.
 * Value = raw x 1.0 + 0.0 kPa.
 * Valid from -100.0 to 10000.0 kPa.
 */
#define PRESSURE_LOBARO_1_PRESSURE_FUNCTION 3
#define PRESSURE_LOBARO_1_PRESSURE_ADDRESS UINT16_C(0x0016)
#define PRESSURE_LOBARO_1_PRESSURE_REGISTERS 2
#define PRESSURE_LOBARO_1_PRESSURE_SCALE_NUM INT32_C(1)
#define PRESSURE_LOBARO_1_PRESSURE_SCALE_DEN INT32_C(1)
#define PRESSURE_LOBARO_1_PRESSURE_OFFSET_NUM INT32_C(0)
#define PRESSURE_LOBARO_1_PRESSURE_OFFSET_DEN INT32_C(1)
#define PRESSURE_LOBARO_1_PRESSURE_UNIT "kPa"
#define PRESSURE_LOBARO_1_PRESSURE_RANGE_MIN (-100.0)
#define PRESSURE_LOBARO_1_PRESSURE_RANGE_MAX (10000.0)
static inline uint32_t pressure_lobaro_1_pressure_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(PRESSURE_LOBARO_1_PRESSURE_ADDRESS - start);
	uint32_t raw = 0;
	raw = (raw << 16) | firepost_register(block, at);
	raw = (raw << 16) | firepost_register(block, at + 1U);
	return raw;
}
static inline void pressure_lobaro_1_pressure_put(uint8_t *block, uint16_t start, uint32_t value)
{
	const uint32_t at = (uint32_t)(PRESSURE_LOBARO_1_PRESSURE_ADDRESS - start);
	const uint32_t raw = (uint32_t)value;
	firepost_put_register(block, at, (uint16_t)((raw >> 16) & 0xFFFFU));
	firepost_put_register(block, at + 1U, (uint16_t)((raw >> 0) & 0xFFFFU));
}
static inline double pressure_lobaro_1_pressure_value(uint32_t raw)
{
	float number;
	memcpy(&number, &raw, sizeof number);
	return (double)number;
}

/* temperature: temperature (温度).
 * holding register 0x0026, f32, role temperature, lane slow.
 * Value = raw x 1.0 + 0.0 °C.
 * Valid from -50.0 to 125.0 °C.
 */
#define PRESSURE_LOBARO_1_TEMPERATURE_FUNCTION 3
#define PRESSURE_LOBARO_1_TEMPERATURE_ADDRESS UINT16_C(0x0026)
#define PRESSURE_LOBARO_1_TEMPERATURE_REGISTERS 2
#define PRESSURE_LOBARO_1_TEMPERATURE_SCALE_NUM INT32_C(1)
#define PRESSURE_LOBARO_1_TEMPERATURE_SCALE_DEN INT32_C(1)
#define PRESSURE_LOBARO_1_TEMPERATURE_OFFSET_NUM INT32_C(0)
#define PRESSURE_LOBARO_1_TEMPERATURE_OFFSET_DEN INT32_C(1)
#define PRESSURE_LOBARO_1_TEMPERATURE_UNIT "\302\260C"
#define PRESSURE_LOBARO_1_TEMPERATURE_RANGE_MIN (-50.0)
#define PRESSURE_LOBARO_1_TEMPERATURE_RANGE_MAX (125.0)
static inline uint32_t pressure_lobaro_1_temperature_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(PRESSURE_LOBARO_1_TEMPERATURE_ADDRESS - start);
	uint32_t raw = 0;
	raw = (raw << 16) | firepost_register(block, at);
	raw = (raw << 16) | firepost_register(block, at + 1U);
	return raw;
}
static inline void pressure_lobaro_1_temperature_put(uint8_t *block, uint16_t start, uint32_t value)
{
	const uint32_t at = (uint32_t)(PRESSURE_LOBARO_1_TEMPERATURE_ADDRESS - start);
	const uint32_t raw = (uint32_t)value;
	firepost_put_register(block, at, (uint16_t)((raw >> 16) & 0xFFFFU));
	firepost_put_register(block, at + 1U, (uint16_t)((raw >> 0) & 0xFFFFU));
}
static inline double pressure_lobaro_1_temperature_value(uint32_t raw)
{
	float number;
	memcpy(&number, &raw, sizeof number);
	return (double)number;
}

#ifdef __cplusplus
}
#endif

#endif /* FIREPOST_CONTRACT_PRESSURE_LOBARO_1_H */

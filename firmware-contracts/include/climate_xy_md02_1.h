/*
 * climate-xy-md02@1: XY-MD02 temperature and humidity sensor (XY-MD02 温湿度传感器)
 *
 * Generated from the device's contract. Change the contract, not this file.
 * Source [S]: SHT20 example (e-tinkers/Modbus-RTU examples/SHT20/README.md)
 * Source [S]: device list (2SmartCloud/2smart-standalone-modbus-bridge docs)
 * Source [V]: checksums of the frames (recomputed bit by bit)
 */
#ifndef FIREPOST_CONTRACT_CLIMATE_XY_MD02_1_H
#define FIREPOST_CONTRACT_CLIMATE_XY_MD02_1_H

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

#define CLIMATE_XY_MD02_1_NAME "climate-xy-md02"
#define CLIMATE_XY_MD02_1_VERSION 1

/* The serial port and the unit address as they leave the factory. */
#define CLIMATE_XY_MD02_1_BAUD INT32_C(9600)
#define CLIMATE_XY_MD02_1_FORMAT "8N1"
#define CLIMATE_XY_MD02_1_UNIT_DEFAULT 1
#define CLIMATE_XY_MD02_1_UNIT_MIN 1
#define CLIMATE_XY_MD02_1_UNIT_MAX 247

/* Limits of the device: registers and bits in one read, times in ms. */
#define CLIMATE_XY_MD02_1_LIMIT_REGISTERS 2
#define CLIMATE_XY_MD02_1_LIMIT_BITS 256
#define CLIMATE_XY_MD02_1_LIMIT_REPLY_WITHIN_MS 100
#define CLIMATE_XY_MD02_1_LIMIT_LATE_REPLY_MS 2000

/* Addresses of the table input that can be read, as X(first, last) for each run. */
#define CLIMATE_XY_MD02_1_SPANS_INPUT(X) X(0x0001U, 0x0002U)

/* temperature: temperature (温度).
 * input register 0x0001, i16, role temperature, lane slow.
 * Value = raw x 0.1 + 0.0 °C.
 * Valid from -40.0 to 80.0 °C.
 */
#define CLIMATE_XY_MD02_1_TEMPERATURE_FUNCTION 4
#define CLIMATE_XY_MD02_1_TEMPERATURE_ADDRESS UINT16_C(0x0001)
#define CLIMATE_XY_MD02_1_TEMPERATURE_REGISTERS 1
#define CLIMATE_XY_MD02_1_TEMPERATURE_SCALE_NUM INT32_C(1)
#define CLIMATE_XY_MD02_1_TEMPERATURE_SCALE_DEN INT32_C(10)
#define CLIMATE_XY_MD02_1_TEMPERATURE_OFFSET_NUM INT32_C(0)
#define CLIMATE_XY_MD02_1_TEMPERATURE_OFFSET_DEN INT32_C(1)
#define CLIMATE_XY_MD02_1_TEMPERATURE_UNIT "\302\260C"
#define CLIMATE_XY_MD02_1_TEMPERATURE_RANGE_MIN (-40.0)
#define CLIMATE_XY_MD02_1_TEMPERATURE_RANGE_MAX (80.0)
static inline int16_t climate_xy_md02_1_temperature_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(CLIMATE_XY_MD02_1_TEMPERATURE_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return (int16_t)(raw <= 0x7FFFU ? (int32_t)raw : (int32_t)raw - INT32_C(0x10000));
}
static inline void climate_xy_md02_1_temperature_put(uint8_t *block, uint16_t start, int16_t value)
{
	const uint32_t at = (uint32_t)(CLIMATE_XY_MD02_1_TEMPERATURE_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double climate_xy_md02_1_temperature_value(int16_t raw)
{
	return (double)raw * 0.1;
}

/* humidity: relative humidity (相对湿度).
 * input register 0x0002, u16, role humidity, lane slow.
 * Value = raw x 0.1 + 0.0 %RH.
 * Valid from 0.0 to 100.0 %RH.
 */
#define CLIMATE_XY_MD02_1_HUMIDITY_FUNCTION 4
#define CLIMATE_XY_MD02_1_HUMIDITY_ADDRESS UINT16_C(0x0002)
#define CLIMATE_XY_MD02_1_HUMIDITY_REGISTERS 1
#define CLIMATE_XY_MD02_1_HUMIDITY_SCALE_NUM INT32_C(1)
#define CLIMATE_XY_MD02_1_HUMIDITY_SCALE_DEN INT32_C(10)
#define CLIMATE_XY_MD02_1_HUMIDITY_OFFSET_NUM INT32_C(0)
#define CLIMATE_XY_MD02_1_HUMIDITY_OFFSET_DEN INT32_C(1)
#define CLIMATE_XY_MD02_1_HUMIDITY_UNIT "%RH"
#define CLIMATE_XY_MD02_1_HUMIDITY_RANGE_MIN (0.0)
#define CLIMATE_XY_MD02_1_HUMIDITY_RANGE_MAX (100.0)
static inline uint16_t climate_xy_md02_1_humidity_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(CLIMATE_XY_MD02_1_HUMIDITY_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void climate_xy_md02_1_humidity_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(CLIMATE_XY_MD02_1_HUMIDITY_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double climate_xy_md02_1_humidity_value(uint16_t raw)
{
	return (double)raw * 0.1;
}

#ifdef __cplusplus
}
#endif

#endif /* FIREPOST_CONTRACT_CLIMATE_XY_MD02_1_H */

/*
 * meter-pzem-016@1: PZEM-016 AC power meter (PZEM-016 交流电表)
 *
 * Generated from the device's contract. Change the contract, not this file.
 * Source [S]: components/pzemac/pzemac.cpp (esphome)
 * Source [S]: config-pzem-016.json (wb-mqtt-serial templates)
 * Source [V]: checksum of the reply (recomputed bit by bit)
 */
#ifndef FIREPOST_CONTRACT_METER_PZEM_016_1_H
#define FIREPOST_CONTRACT_METER_PZEM_016_1_H

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

#define METER_PZEM_016_1_NAME "meter-pzem-016"
#define METER_PZEM_016_1_VERSION 1

/* The serial port and the unit address as they leave the factory. */
#define METER_PZEM_016_1_BAUD INT32_C(9600)
#define METER_PZEM_016_1_FORMAT "8N1"
#define METER_PZEM_016_1_UNIT_DEFAULT 1
#define METER_PZEM_016_1_UNIT_MIN 1
#define METER_PZEM_016_1_UNIT_MAX 247

/* Limits of the device: registers and bits in one read, times in ms. */
#define METER_PZEM_016_1_LIMIT_REGISTERS 10
#define METER_PZEM_016_1_LIMIT_BITS 256
#define METER_PZEM_016_1_LIMIT_REPLY_WITHIN_MS 100
#define METER_PZEM_016_1_LIMIT_LATE_REPLY_MS 2000

/* Addresses of the table input that can be read, as X(first, last) for each run. */
#define METER_PZEM_016_1_SPANS_INPUT(X) X(0x0000U, 0x0009U)

/* voltage: voltage (电压).
 * input register 0x0000, u16, role power, lane slow.
 * Value = raw x 0.1 + 0.0 V.
 * Valid from 0.0 to 300.0 V.
 */
#define METER_PZEM_016_1_VOLTAGE_FUNCTION 4
#define METER_PZEM_016_1_VOLTAGE_ADDRESS UINT16_C(0x0000)
#define METER_PZEM_016_1_VOLTAGE_REGISTERS 1
#define METER_PZEM_016_1_VOLTAGE_SCALE_NUM INT32_C(1)
#define METER_PZEM_016_1_VOLTAGE_SCALE_DEN INT32_C(10)
#define METER_PZEM_016_1_VOLTAGE_OFFSET_NUM INT32_C(0)
#define METER_PZEM_016_1_VOLTAGE_OFFSET_DEN INT32_C(1)
#define METER_PZEM_016_1_VOLTAGE_UNIT "V"
#define METER_PZEM_016_1_VOLTAGE_RANGE_MIN (0.0)
#define METER_PZEM_016_1_VOLTAGE_RANGE_MAX (300.0)
static inline uint16_t meter_pzem_016_1_voltage_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(METER_PZEM_016_1_VOLTAGE_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void meter_pzem_016_1_voltage_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(METER_PZEM_016_1_VOLTAGE_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double meter_pzem_016_1_voltage_value(uint16_t raw)
{
	return (double)raw * 0.1;
}

/* current: current (电流).
 * input register 0x0001, u32, role power, lane slow.
 * Order: low register first.
 * Value = raw x 0.001 + 0.0 A.
 * Valid from 0.0 to 110.0 A.
 */
#define METER_PZEM_016_1_CURRENT_FUNCTION 4
#define METER_PZEM_016_1_CURRENT_ADDRESS UINT16_C(0x0001)
#define METER_PZEM_016_1_CURRENT_REGISTERS 2
#define METER_PZEM_016_1_CURRENT_SCALE_NUM INT32_C(1)
#define METER_PZEM_016_1_CURRENT_SCALE_DEN INT32_C(1000)
#define METER_PZEM_016_1_CURRENT_OFFSET_NUM INT32_C(0)
#define METER_PZEM_016_1_CURRENT_OFFSET_DEN INT32_C(1)
#define METER_PZEM_016_1_CURRENT_UNIT "A"
#define METER_PZEM_016_1_CURRENT_RANGE_MIN (0.0)
#define METER_PZEM_016_1_CURRENT_RANGE_MAX (110.0)
static inline uint32_t meter_pzem_016_1_current_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(METER_PZEM_016_1_CURRENT_ADDRESS - start);
	uint32_t raw = 0;
	raw = (raw << 16) | firepost_register(block, at + 1U);
	raw = (raw << 16) | firepost_register(block, at);
	return raw;
}
static inline void meter_pzem_016_1_current_put(uint8_t *block, uint16_t start, uint32_t value)
{
	const uint32_t at = (uint32_t)(METER_PZEM_016_1_CURRENT_ADDRESS - start);
	const uint32_t raw = (uint32_t)value;
	firepost_put_register(block, at + 1U, (uint16_t)((raw >> 16) & 0xFFFFU));
	firepost_put_register(block, at, (uint16_t)((raw >> 0) & 0xFFFFU));
}
static inline double meter_pzem_016_1_current_value(uint32_t raw)
{
	return (double)raw * 0.001;
}

/* power: active power (有功功率).
 * input register 0x0003, u32, role power, lane slow.
 * Order: low register first.
 * Value = raw x 0.1 + 0.0 W.
 * Valid from 0.0 to 25000.0 W.
 */
#define METER_PZEM_016_1_POWER_FUNCTION 4
#define METER_PZEM_016_1_POWER_ADDRESS UINT16_C(0x0003)
#define METER_PZEM_016_1_POWER_REGISTERS 2
#define METER_PZEM_016_1_POWER_SCALE_NUM INT32_C(1)
#define METER_PZEM_016_1_POWER_SCALE_DEN INT32_C(10)
#define METER_PZEM_016_1_POWER_OFFSET_NUM INT32_C(0)
#define METER_PZEM_016_1_POWER_OFFSET_DEN INT32_C(1)
#define METER_PZEM_016_1_POWER_UNIT "W"
#define METER_PZEM_016_1_POWER_RANGE_MIN (0.0)
#define METER_PZEM_016_1_POWER_RANGE_MAX (25000.0)
static inline uint32_t meter_pzem_016_1_power_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(METER_PZEM_016_1_POWER_ADDRESS - start);
	uint32_t raw = 0;
	raw = (raw << 16) | firepost_register(block, at + 1U);
	raw = (raw << 16) | firepost_register(block, at);
	return raw;
}
static inline void meter_pzem_016_1_power_put(uint8_t *block, uint16_t start, uint32_t value)
{
	const uint32_t at = (uint32_t)(METER_PZEM_016_1_POWER_ADDRESS - start);
	const uint32_t raw = (uint32_t)value;
	firepost_put_register(block, at + 1U, (uint16_t)((raw >> 16) & 0xFFFFU));
	firepost_put_register(block, at, (uint16_t)((raw >> 0) & 0xFFFFU));
}
static inline double meter_pzem_016_1_power_value(uint32_t raw)
{
	return (double)raw * 0.1;
}

/* energy: energy (电能).
 * input register 0x0005, u32, role power, lane slow.
 * Order: low register first.
 * Value = raw x 1.0 + 0.0 Wh.
 */
#define METER_PZEM_016_1_ENERGY_FUNCTION 4
#define METER_PZEM_016_1_ENERGY_ADDRESS UINT16_C(0x0005)
#define METER_PZEM_016_1_ENERGY_REGISTERS 2
#define METER_PZEM_016_1_ENERGY_SCALE_NUM INT32_C(1)
#define METER_PZEM_016_1_ENERGY_SCALE_DEN INT32_C(1)
#define METER_PZEM_016_1_ENERGY_OFFSET_NUM INT32_C(0)
#define METER_PZEM_016_1_ENERGY_OFFSET_DEN INT32_C(1)
#define METER_PZEM_016_1_ENERGY_UNIT "Wh"
static inline uint32_t meter_pzem_016_1_energy_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(METER_PZEM_016_1_ENERGY_ADDRESS - start);
	uint32_t raw = 0;
	raw = (raw << 16) | firepost_register(block, at + 1U);
	raw = (raw << 16) | firepost_register(block, at);
	return raw;
}
static inline void meter_pzem_016_1_energy_put(uint8_t *block, uint16_t start, uint32_t value)
{
	const uint32_t at = (uint32_t)(METER_PZEM_016_1_ENERGY_ADDRESS - start);
	const uint32_t raw = (uint32_t)value;
	firepost_put_register(block, at + 1U, (uint16_t)((raw >> 16) & 0xFFFFU));
	firepost_put_register(block, at, (uint16_t)((raw >> 0) & 0xFFFFU));
}
static inline double meter_pzem_016_1_energy_value(uint32_t raw)
{
	return (double)raw;
}

/* frequency: frequency (频率).
 * input register 0x0007, u16, role power, lane slow.
 * Value = raw x 0.1 + 0.0 Hz.
 * Valid from 40.0 to 70.0 Hz.
 */
#define METER_PZEM_016_1_FREQUENCY_FUNCTION 4
#define METER_PZEM_016_1_FREQUENCY_ADDRESS UINT16_C(0x0007)
#define METER_PZEM_016_1_FREQUENCY_REGISTERS 1
#define METER_PZEM_016_1_FREQUENCY_SCALE_NUM INT32_C(1)
#define METER_PZEM_016_1_FREQUENCY_SCALE_DEN INT32_C(10)
#define METER_PZEM_016_1_FREQUENCY_OFFSET_NUM INT32_C(0)
#define METER_PZEM_016_1_FREQUENCY_OFFSET_DEN INT32_C(1)
#define METER_PZEM_016_1_FREQUENCY_UNIT "Hz"
#define METER_PZEM_016_1_FREQUENCY_RANGE_MIN (40.0)
#define METER_PZEM_016_1_FREQUENCY_RANGE_MAX (70.0)
static inline uint16_t meter_pzem_016_1_frequency_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(METER_PZEM_016_1_FREQUENCY_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void meter_pzem_016_1_frequency_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(METER_PZEM_016_1_FREQUENCY_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double meter_pzem_016_1_frequency_value(uint16_t raw)
{
	return (double)raw * 0.1;
}

/* power_factor: power factor (功率因数).
 * input register 0x0008, u16, role power, lane slow.
 * Value = raw x 0.01 + 0.0.
 * Valid from 0.0 to 1.0.
 */
#define METER_PZEM_016_1_POWER_FACTOR_FUNCTION 4
#define METER_PZEM_016_1_POWER_FACTOR_ADDRESS UINT16_C(0x0008)
#define METER_PZEM_016_1_POWER_FACTOR_REGISTERS 1
#define METER_PZEM_016_1_POWER_FACTOR_SCALE_NUM INT32_C(1)
#define METER_PZEM_016_1_POWER_FACTOR_SCALE_DEN INT32_C(100)
#define METER_PZEM_016_1_POWER_FACTOR_OFFSET_NUM INT32_C(0)
#define METER_PZEM_016_1_POWER_FACTOR_OFFSET_DEN INT32_C(1)
#define METER_PZEM_016_1_POWER_FACTOR_RANGE_MIN (0.0)
#define METER_PZEM_016_1_POWER_FACTOR_RANGE_MAX (1.0)
static inline uint16_t meter_pzem_016_1_power_factor_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(METER_PZEM_016_1_POWER_FACTOR_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void meter_pzem_016_1_power_factor_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(METER_PZEM_016_1_POWER_FACTOR_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double meter_pzem_016_1_power_factor_value(uint16_t raw)
{
	return (double)raw * 0.01;
}

/* overload: overload alarm (过载报警).
 * input register 0x0009, u16, role power, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define METER_PZEM_016_1_OVERLOAD_FUNCTION 4
#define METER_PZEM_016_1_OVERLOAD_ADDRESS UINT16_C(0x0009)
#define METER_PZEM_016_1_OVERLOAD_REGISTERS 1
#define METER_PZEM_016_1_OVERLOAD_SCALE_NUM INT32_C(1)
#define METER_PZEM_016_1_OVERLOAD_SCALE_DEN INT32_C(1)
#define METER_PZEM_016_1_OVERLOAD_OFFSET_NUM INT32_C(0)
#define METER_PZEM_016_1_OVERLOAD_OFFSET_DEN INT32_C(1)
#define METER_PZEM_016_1_OVERLOAD_VALUE_NORMAL UINT16_C(0x0000) /* normal: normal, 正常 */
#define METER_PZEM_016_1_OVERLOAD_VALUE_ABOVE_THE_SET_POWER UINT16_C(0xFFFF) /* supervisory, cause overload: above the set power, 超过设定功率 */
static inline uint16_t meter_pzem_016_1_overload_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(METER_PZEM_016_1_OVERLOAD_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void meter_pzem_016_1_overload_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(METER_PZEM_016_1_OVERLOAD_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double meter_pzem_016_1_overload_value(uint16_t raw)
{
	return (double)raw;
}

#ifdef __cplusplus
}
#endif

#endif /* FIREPOST_CONTRACT_METER_PZEM_016_1_H */

/*
 * gauge-mpd-380@1: extinguisher pressure gauge (MPD-380) (灭火器压力表 (MPD-380))
 *
 * Generated from the device's contract. Change the contract, not this file.
 * Source [S]: pressure probe, register table (doc.lobaro.com pageId 44105882)
 * Source [S]: mpd380.ino (AsuRaHan/mpd380)
 * Source [S]: site driver: FC03 0x0004, 1/1000 MPa (gonglijing/xunjiDrvs 压力传感器/pressure.go)
 */
#ifndef FIREPOST_CONTRACT_GAUGE_MPD_380_1_H
#define FIREPOST_CONTRACT_GAUGE_MPD_380_1_H

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

#define GAUGE_MPD_380_1_NAME "gauge-mpd-380"
#define GAUGE_MPD_380_1_VERSION 1

/* The serial port and the unit address as they leave the factory. */
#define GAUGE_MPD_380_1_BAUD INT32_C(9600)
#define GAUGE_MPD_380_1_FORMAT "8N1"
#define GAUGE_MPD_380_1_UNIT_DEFAULT 1
#define GAUGE_MPD_380_1_UNIT_MIN 1
#define GAUGE_MPD_380_1_UNIT_MAX 247

/* Limits of the device: registers and bits in one read, times in ms. */
#define GAUGE_MPD_380_1_LIMIT_REGISTERS 13
#define GAUGE_MPD_380_1_LIMIT_BITS 256
#define GAUGE_MPD_380_1_LIMIT_REPLY_WITHIN_MS 100
#define GAUGE_MPD_380_1_LIMIT_LATE_REPLY_MS 2000

/* Addresses of the table holding that can be read, as X(first, last) for each run. */
#define GAUGE_MPD_380_1_SPANS_HOLDING(X) X(0x0000U, 0x0006U)

/* unit_code: unit setting (单位设置).
 * holding register 0x0002, u16, role info, lane slow.
 * Any value that is not named here means fault, cause wrong_unit: gauge is not set to MPa, 压力表单位不是 MPa.
 */
#define GAUGE_MPD_380_1_UNIT_CODE_FUNCTION 3
#define GAUGE_MPD_380_1_UNIT_CODE_ADDRESS UINT16_C(0x0002)
#define GAUGE_MPD_380_1_UNIT_CODE_REGISTERS 1
#define GAUGE_MPD_380_1_UNIT_CODE_SCALE_NUM INT32_C(1)
#define GAUGE_MPD_380_1_UNIT_CODE_SCALE_DEN INT32_C(1)
#define GAUGE_MPD_380_1_UNIT_CODE_OFFSET_NUM INT32_C(0)
#define GAUGE_MPD_380_1_UNIT_CODE_OFFSET_DEN INT32_C(1)
#define GAUGE_MPD_380_1_UNIT_CODE_VALUE_MPA UINT16_C(0x0000) /* normal: MPa, MPa */
static inline uint16_t gauge_mpd_380_1_unit_code_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(GAUGE_MPD_380_1_UNIT_CODE_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void gauge_mpd_380_1_unit_code_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(GAUGE_MPD_380_1_UNIT_CODE_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double gauge_mpd_380_1_unit_code_value(uint16_t raw)
{
	return (double)raw;
}

/* decimals: decimals setting (小数位设置).
 * holding register 0x0003, u16, role info, lane slow.
 * Any value that is not named here means fault, cause wrong_scale: gauge is not set to three decimals, 压力表小数位不是 3.
 */
#define GAUGE_MPD_380_1_DECIMALS_FUNCTION 3
#define GAUGE_MPD_380_1_DECIMALS_ADDRESS UINT16_C(0x0003)
#define GAUGE_MPD_380_1_DECIMALS_REGISTERS 1
#define GAUGE_MPD_380_1_DECIMALS_SCALE_NUM INT32_C(1)
#define GAUGE_MPD_380_1_DECIMALS_SCALE_DEN INT32_C(1)
#define GAUGE_MPD_380_1_DECIMALS_OFFSET_NUM INT32_C(0)
#define GAUGE_MPD_380_1_DECIMALS_OFFSET_DEN INT32_C(1)
#define GAUGE_MPD_380_1_DECIMALS_VALUE_THREE_DECIMALS UINT16_C(0x0003) /* normal: three decimals, 三位小数 */
static inline uint16_t gauge_mpd_380_1_decimals_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(GAUGE_MPD_380_1_DECIMALS_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void gauge_mpd_380_1_decimals_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(GAUGE_MPD_380_1_DECIMALS_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double gauge_mpd_380_1_decimals_value(uint16_t raw)
{
	return (double)raw;
}

/* pressure: extinguisher pressure (灭火器压力).
 * holding register 0x0004, i16, role pressure, lane slow.
 * Value = raw x 0.001 + 0.0 MPa.
 * Valid from -0.1 to 4.0 MPa.
 */
#define GAUGE_MPD_380_1_PRESSURE_FUNCTION 3
#define GAUGE_MPD_380_1_PRESSURE_ADDRESS UINT16_C(0x0004)
#define GAUGE_MPD_380_1_PRESSURE_REGISTERS 1
#define GAUGE_MPD_380_1_PRESSURE_SCALE_NUM INT32_C(1)
#define GAUGE_MPD_380_1_PRESSURE_SCALE_DEN INT32_C(1000)
#define GAUGE_MPD_380_1_PRESSURE_OFFSET_NUM INT32_C(0)
#define GAUGE_MPD_380_1_PRESSURE_OFFSET_DEN INT32_C(1)
#define GAUGE_MPD_380_1_PRESSURE_UNIT "MPa"
#define GAUGE_MPD_380_1_PRESSURE_RANGE_MIN (-0.1)
#define GAUGE_MPD_380_1_PRESSURE_RANGE_MAX (4.0)
#define GAUGE_MPD_380_1_PRESSURE_INVALID_0 ((int16_t)32767)
#define GAUGE_MPD_380_1_PRESSURE_INVALID_1 ((int16_t)-32768)
static inline int16_t gauge_mpd_380_1_pressure_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(GAUGE_MPD_380_1_PRESSURE_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return (int16_t)(raw <= 0x7FFFU ? (int32_t)raw : (int32_t)raw - INT32_C(0x10000));
}
static inline void gauge_mpd_380_1_pressure_put(uint8_t *block, uint16_t start, int16_t value)
{
	const uint32_t at = (uint32_t)(GAUGE_MPD_380_1_PRESSURE_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double gauge_mpd_380_1_pressure_value(int16_t raw)
{
	return (double)raw * 0.001;
}

#ifdef __cplusplus
}
#endif

#endif /* FIREPOST_CONTRACT_GAUGE_MPD_380_1_H */

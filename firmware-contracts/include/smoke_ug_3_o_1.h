/*
 * smoke-ug-3-o@1: Calectro UG-3-O MB duct smoke detector (Calectro UG-3-O 风管感烟探测器)
 *
 * Generated from the device's contract. Change the contract, not this file.
 * Source [S]: UG-3-O MB manual, p. 7 (manualshive calectro/uniguard-superflow-ug-3-o-mb-r)
 * Source [M]: default address 1 (lowest DIP setting)
 */
#ifndef FIREPOST_CONTRACT_SMOKE_UG_3_O_1_H
#define FIREPOST_CONTRACT_SMOKE_UG_3_O_1_H

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

#define SMOKE_UG_3_O_1_NAME "smoke-ug-3-o"
#define SMOKE_UG_3_O_1_VERSION 1

/* The serial port and the unit address as they leave the factory. */
#define SMOKE_UG_3_O_1_BAUD INT32_C(9600)
#define SMOKE_UG_3_O_1_FORMAT "8N2"
#define SMOKE_UG_3_O_1_UNIT_DEFAULT 1
#define SMOKE_UG_3_O_1_UNIT_MIN 1
#define SMOKE_UG_3_O_1_UNIT_MAX 63

/* Limits of the device: registers and bits in one read, times in ms. */
#define SMOKE_UG_3_O_1_LIMIT_REGISTERS 1
#define SMOKE_UG_3_O_1_LIMIT_BITS 4
#define SMOKE_UG_3_O_1_LIMIT_REPLY_WITHIN_MS 100
#define SMOKE_UG_3_O_1_LIMIT_LATE_REPLY_MS 2000

/* Addresses of the table discrete that can be read, as X(first, last) for each run. */
#define SMOKE_UG_3_O_1_SPANS_DISCRETE(X) X(0x0000U, 0x0003U)

/* mounted: detector mounted (探测器就位).
 * discrete bit 0x0000, bool, role tamper, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define SMOKE_UG_3_O_1_MOUNTED_FUNCTION 2
#define SMOKE_UG_3_O_1_MOUNTED_ADDRESS UINT16_C(0x0000)
#define SMOKE_UG_3_O_1_MOUNTED_REGISTERS 1
#define SMOKE_UG_3_O_1_MOUNTED_VALUE_DETECTOR_REMOVED false /* fault, cause tamper: detector removed, 探测器被拆下 */
#define SMOKE_UG_3_O_1_MOUNTED_VALUE_MOUNTED true /* normal: mounted, 就位 */
static inline bool smoke_ug_3_o_1_mounted_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(SMOKE_UG_3_O_1_MOUNTED_ADDRESS - start);
	return firepost_bit(block, at);
}
static inline void smoke_ug_3_o_1_mounted_put(uint8_t *block, uint16_t start, bool value)
{
	const uint32_t at = (uint32_t)(SMOKE_UG_3_O_1_MOUNTED_ADDRESS - start);
	firepost_put_bit(block, at, value);
}

/* service: service alarm (维护报警).
 * discrete bit 0x0001, bool, role fault, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define SMOKE_UG_3_O_1_SERVICE_FUNCTION 2
#define SMOKE_UG_3_O_1_SERVICE_ADDRESS UINT16_C(0x0001)
#define SMOKE_UG_3_O_1_SERVICE_REGISTERS 1
#define SMOKE_UG_3_O_1_SERVICE_VALUE_NORMAL false /* normal: normal, 正常 */
#define SMOKE_UG_3_O_1_SERVICE_VALUE_NEEDS_CLEANING_OR_SERVICE true /* fault, cause dirty: needs cleaning or service, 需要清洁维护 */
static inline bool smoke_ug_3_o_1_service_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(SMOKE_UG_3_O_1_SERVICE_ADDRESS - start);
	return firepost_bit(block, at);
}
static inline void smoke_ug_3_o_1_service_put(uint8_t *block, uint16_t start, bool value)
{
	const uint32_t at = (uint32_t)(SMOKE_UG_3_O_1_SERVICE_ADDRESS - start);
	firepost_put_bit(block, at, value);
}

/* smoke: smoke alarm (烟雾报警).
 * discrete bit 0x0002, bool, role smoke, lane alarm.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define SMOKE_UG_3_O_1_SMOKE_FUNCTION 2
#define SMOKE_UG_3_O_1_SMOKE_ADDRESS UINT16_C(0x0002)
#define SMOKE_UG_3_O_1_SMOKE_REGISTERS 1
#define SMOKE_UG_3_O_1_SMOKE_VALUE_NORMAL false /* normal: normal, 正常 */
#define SMOKE_UG_3_O_1_SMOKE_VALUE_SMOKE_ALARM true /* fire: smoke alarm, 火警 */
static inline bool smoke_ug_3_o_1_smoke_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(SMOKE_UG_3_O_1_SMOKE_ADDRESS - start);
	return firepost_bit(block, at);
}
static inline void smoke_ug_3_o_1_smoke_put(uint8_t *block, uint16_t start, bool value)
{
	const uint32_t at = (uint32_t)(SMOKE_UG_3_O_1_SMOKE_ADDRESS - start);
	firepost_put_bit(block, at, value);
}

/* relay: relay status (继电器状态).
 * discrete bit 0x0003, bool, role relay, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define SMOKE_UG_3_O_1_RELAY_FUNCTION 2
#define SMOKE_UG_3_O_1_RELAY_ADDRESS UINT16_C(0x0003)
#define SMOKE_UG_3_O_1_RELAY_REGISTERS 1
#define SMOKE_UG_3_O_1_RELAY_VALUE_RELEASED false /* normal: released, 断开 */
#define SMOKE_UG_3_O_1_RELAY_VALUE_ENERGISED true /* normal: energised, 吸合 */
static inline bool smoke_ug_3_o_1_relay_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(SMOKE_UG_3_O_1_RELAY_ADDRESS - start);
	return firepost_bit(block, at);
}
static inline void smoke_ug_3_o_1_relay_put(uint8_t *block, uint16_t start, bool value)
{
	const uint32_t at = (uint32_t)(SMOKE_UG_3_O_1_RELAY_ADDRESS - start);
	firepost_put_bit(block, at, value);
}

#ifdef __cplusplus
}
#endif

#endif /* FIREPOST_CONTRACT_SMOKE_UG_3_O_1_H */

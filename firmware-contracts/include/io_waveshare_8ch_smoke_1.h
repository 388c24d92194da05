/*
 * io-waveshare-8ch-smoke@1: Waveshare IO 8CH with eight smoke alarm relays (微雪 IO 8CH 接八路烟感继电器)
 *
 * Generated from the device's contract. Change the contract, not this file.
 * Source [S]: Modbus RTU IO 8CH: defaults, function codes, example frames (waveshare.com/wiki/Modbus_RTU_IO_8CH)
 * Source [S]: Waveshare.Relay (2SmartCloud/2smart-standalone-modbus-bridge docs)
 * Source [V]: checksums of the requests (frames of brucetsao/Industry4_Gateway recomputed)
 * Source [M]: that a closed contact reads 1 (check by closing one)
 */
#ifndef FIREPOST_CONTRACT_IO_WAVESHARE_8CH_SMOKE_1_H
#define FIREPOST_CONTRACT_IO_WAVESHARE_8CH_SMOKE_1_H

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

#define IO_WAVESHARE_8CH_SMOKE_1_NAME "io-waveshare-8ch-smoke"
#define IO_WAVESHARE_8CH_SMOKE_1_VERSION 1

/* The serial port and the unit address as they leave the factory. */
#define IO_WAVESHARE_8CH_SMOKE_1_BAUD INT32_C(9600)
#define IO_WAVESHARE_8CH_SMOKE_1_FORMAT "8N1"
#define IO_WAVESHARE_8CH_SMOKE_1_UNIT_DEFAULT 1
#define IO_WAVESHARE_8CH_SMOKE_1_UNIT_MIN 1
#define IO_WAVESHARE_8CH_SMOKE_1_UNIT_MAX 247

/* Limits of the device: registers and bits in one read, times in ms. */
#define IO_WAVESHARE_8CH_SMOKE_1_LIMIT_REGISTERS 1
#define IO_WAVESHARE_8CH_SMOKE_1_LIMIT_BITS 8
#define IO_WAVESHARE_8CH_SMOKE_1_LIMIT_REPLY_WITHIN_MS 100
#define IO_WAVESHARE_8CH_SMOKE_1_LIMIT_LATE_REPLY_MS 2000

/* Addresses of the table discrete that can be read, as X(first, last) for each run. */
#define IO_WAVESHARE_8CH_SMOKE_1_SPANS_DISCRETE(X) X(0x0000U, 0x0007U)

/* smoke_1: smoke alarm 1 (烟感 1).
 * discrete bit 0x0000, bool, role smoke, lane alarm.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_1_FUNCTION 2
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_1_ADDRESS UINT16_C(0x0000)
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_1_REGISTERS 1
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_1_VALUE_NORMAL false /* normal: normal, 正常 */
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_1_VALUE_SMOKE_ALARM true /* fire: smoke alarm, 火警 */
static inline bool io_waveshare_8ch_smoke_1_smoke_1_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(IO_WAVESHARE_8CH_SMOKE_1_SMOKE_1_ADDRESS - start);
	return firepost_bit(block, at);
}
static inline void io_waveshare_8ch_smoke_1_smoke_1_put(uint8_t *block, uint16_t start, bool value)
{
	const uint32_t at = (uint32_t)(IO_WAVESHARE_8CH_SMOKE_1_SMOKE_1_ADDRESS - start);
	firepost_put_bit(block, at, value);
}

/* smoke_2: smoke alarm 2 (烟感 2).
 * discrete bit 0x0001, bool, role smoke, lane alarm.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_2_FUNCTION 2
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_2_ADDRESS UINT16_C(0x0001)
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_2_REGISTERS 1
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_2_VALUE_NORMAL false /* normal: normal, 正常 */
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_2_VALUE_SMOKE_ALARM true /* fire: smoke alarm, 火警 */
static inline bool io_waveshare_8ch_smoke_1_smoke_2_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(IO_WAVESHARE_8CH_SMOKE_1_SMOKE_2_ADDRESS - start);
	return firepost_bit(block, at);
}
static inline void io_waveshare_8ch_smoke_1_smoke_2_put(uint8_t *block, uint16_t start, bool value)
{
	const uint32_t at = (uint32_t)(IO_WAVESHARE_8CH_SMOKE_1_SMOKE_2_ADDRESS - start);
	firepost_put_bit(block, at, value);
}

/* smoke_3: smoke alarm 3 (烟感 3).
 * discrete bit 0x0002, bool, role smoke, lane alarm.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_3_FUNCTION 2
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_3_ADDRESS UINT16_C(0x0002)
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_3_REGISTERS 1
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_3_VALUE_NORMAL false /* normal: normal, 正常 */
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_3_VALUE_SMOKE_ALARM true /* fire: smoke alarm, 火警 */
static inline bool io_waveshare_8ch_smoke_1_smoke_3_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(IO_WAVESHARE_8CH_SMOKE_1_SMOKE_3_ADDRESS - start);
	return firepost_bit(block, at);
}
static inline void io_waveshare_8ch_smoke_1_smoke_3_put(uint8_t *block, uint16_t start, bool value)
{
	const uint32_t at = (uint32_t)(IO_WAVESHARE_8CH_SMOKE_1_SMOKE_3_ADDRESS - start);
	firepost_put_bit(block, at, value);
}

/* smoke_4: smoke alarm 4 (烟感 4).
 * discrete bit 0x0003, bool, role smoke, lane alarm.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_4_FUNCTION 2
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_4_ADDRESS UINT16_C(0x0003)
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_4_REGISTERS 1
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_4_VALUE_NORMAL false /* normal: normal, 正常 */
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_4_VALUE_SMOKE_ALARM true /* fire: smoke alarm, 火警 */
static inline bool io_waveshare_8ch_smoke_1_smoke_4_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(IO_WAVESHARE_8CH_SMOKE_1_SMOKE_4_ADDRESS - start);
	return firepost_bit(block, at);
}
static inline void io_waveshare_8ch_smoke_1_smoke_4_put(uint8_t *block, uint16_t start, bool value)
{
	const uint32_t at = (uint32_t)(IO_WAVESHARE_8CH_SMOKE_1_SMOKE_4_ADDRESS - start);
	firepost_put_bit(block, at, value);
}

/* smoke_5: smoke alarm 5 (烟感 5).
 * discrete bit 0x0004, bool, role smoke, lane alarm.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_5_FUNCTION 2
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_5_ADDRESS UINT16_C(0x0004)
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_5_REGISTERS 1
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_5_VALUE_NORMAL false /* normal: normal, 正常 */
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_5_VALUE_SMOKE_ALARM true /* fire: smoke alarm, 火警 */
static inline bool io_waveshare_8ch_smoke_1_smoke_5_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(IO_WAVESHARE_8CH_SMOKE_1_SMOKE_5_ADDRESS - start);
	return firepost_bit(block, at);
}
static inline void io_waveshare_8ch_smoke_1_smoke_5_put(uint8_t *block, uint16_t start, bool value)
{
	const uint32_t at = (uint32_t)(IO_WAVESHARE_8CH_SMOKE_1_SMOKE_5_ADDRESS - start);
	firepost_put_bit(block, at, value);
}

/* smoke_6: smoke alarm 6 (烟感 6).
 * discrete bit 0x0005, bool, role smoke, lane alarm.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_6_FUNCTION 2
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_6_ADDRESS UINT16_C(0x0005)
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_6_REGISTERS 1
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_6_VALUE_NORMAL false /* normal: normal, 正常 */
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_6_VALUE_SMOKE_ALARM true /* fire: smoke alarm, 火警 */
static inline bool io_waveshare_8ch_smoke_1_smoke_6_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(IO_WAVESHARE_8CH_SMOKE_1_SMOKE_6_ADDRESS - start);
	return firepost_bit(block, at);
}
static inline void io_waveshare_8ch_smoke_1_smoke_6_put(uint8_t *block, uint16_t start, bool value)
{
	const uint32_t at = (uint32_t)(IO_WAVESHARE_8CH_SMOKE_1_SMOKE_6_ADDRESS - start);
	firepost_put_bit(block, at, value);
}

/* smoke_7: smoke alarm 7 (烟感 7).
 * discrete bit 0x0006, bool, role smoke, lane alarm.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_7_FUNCTION 2
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_7_ADDRESS UINT16_C(0x0006)
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_7_REGISTERS 1
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_7_VALUE_NORMAL false /* normal: normal, 正常 */
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_7_VALUE_SMOKE_ALARM true /* fire: smoke alarm, 火警 */
static inline bool io_waveshare_8ch_smoke_1_smoke_7_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(IO_WAVESHARE_8CH_SMOKE_1_SMOKE_7_ADDRESS - start);
	return firepost_bit(block, at);
}
static inline void io_waveshare_8ch_smoke_1_smoke_7_put(uint8_t *block, uint16_t start, bool value)
{
	const uint32_t at = (uint32_t)(IO_WAVESHARE_8CH_SMOKE_1_SMOKE_7_ADDRESS - start);
	firepost_put_bit(block, at, value);
}

/* smoke_8: smoke alarm 8 (烟感 8).
 * discrete bit 0x0007, bool, role smoke, lane alarm.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_8_FUNCTION 2
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_8_ADDRESS UINT16_C(0x0007)
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_8_REGISTERS 1
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_8_VALUE_NORMAL false /* normal: normal, 正常 */
#define IO_WAVESHARE_8CH_SMOKE_1_SMOKE_8_VALUE_SMOKE_ALARM true /* fire: smoke alarm, 火警 */
static inline bool io_waveshare_8ch_smoke_1_smoke_8_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(IO_WAVESHARE_8CH_SMOKE_1_SMOKE_8_ADDRESS - start);
	return firepost_bit(block, at);
}
static inline void io_waveshare_8ch_smoke_1_smoke_8_put(uint8_t *block, uint16_t start, bool value)
{
	const uint32_t at = (uint32_t)(IO_WAVESHARE_8CH_SMOKE_1_SMOKE_8_ADDRESS - start);
	firepost_put_bit(block, at, value);
}

/* Output output_1: output 1 (输出 1). ON and OFF are the values written. */
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_1_FUNCTION 5
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_1_ADDRESS UINT16_C(0x0000)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_1_ON UINT16_C(0xFF00)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_1_OFF UINT16_C(0x0000)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_1_READ_FUNCTION 1
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_1_READ_ADDRESS UINT16_C(0x0000)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_1_READ_MASK UINT16_C(0xFFFF)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_1_READ_ON UINT16_C(0x0001)

/* Output output_2: output 2 (输出 2). ON and OFF are the values written. */
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_2_FUNCTION 5
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_2_ADDRESS UINT16_C(0x0001)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_2_ON UINT16_C(0xFF00)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_2_OFF UINT16_C(0x0000)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_2_READ_FUNCTION 1
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_2_READ_ADDRESS UINT16_C(0x0001)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_2_READ_MASK UINT16_C(0xFFFF)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_2_READ_ON UINT16_C(0x0001)

/* Output output_3: output 3 (输出 3). ON and OFF are the values written. */
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_3_FUNCTION 5
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_3_ADDRESS UINT16_C(0x0002)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_3_ON UINT16_C(0xFF00)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_3_OFF UINT16_C(0x0000)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_3_READ_FUNCTION 1
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_3_READ_ADDRESS UINT16_C(0x0002)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_3_READ_MASK UINT16_C(0xFFFF)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_3_READ_ON UINT16_C(0x0001)

/* Output output_4: output 4 (输出 4). ON and OFF are the values written. */
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_4_FUNCTION 5
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_4_ADDRESS UINT16_C(0x0003)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_4_ON UINT16_C(0xFF00)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_4_OFF UINT16_C(0x0000)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_4_READ_FUNCTION 1
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_4_READ_ADDRESS UINT16_C(0x0003)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_4_READ_MASK UINT16_C(0xFFFF)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_4_READ_ON UINT16_C(0x0001)

/* Output output_5: output 5 (输出 5). ON and OFF are the values written. */
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_5_FUNCTION 5
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_5_ADDRESS UINT16_C(0x0004)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_5_ON UINT16_C(0xFF00)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_5_OFF UINT16_C(0x0000)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_5_READ_FUNCTION 1
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_5_READ_ADDRESS UINT16_C(0x0004)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_5_READ_MASK UINT16_C(0xFFFF)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_5_READ_ON UINT16_C(0x0001)

/* Output output_6: output 6 (输出 6). ON and OFF are the values written. */
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_6_FUNCTION 5
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_6_ADDRESS UINT16_C(0x0005)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_6_ON UINT16_C(0xFF00)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_6_OFF UINT16_C(0x0000)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_6_READ_FUNCTION 1
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_6_READ_ADDRESS UINT16_C(0x0005)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_6_READ_MASK UINT16_C(0xFFFF)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_6_READ_ON UINT16_C(0x0001)

/* Output output_7: output 7 (输出 7). ON and OFF are the values written. */
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_7_FUNCTION 5
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_7_ADDRESS UINT16_C(0x0006)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_7_ON UINT16_C(0xFF00)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_7_OFF UINT16_C(0x0000)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_7_READ_FUNCTION 1
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_7_READ_ADDRESS UINT16_C(0x0006)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_7_READ_MASK UINT16_C(0xFFFF)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_7_READ_ON UINT16_C(0x0001)

/* Output output_8: output 8 (输出 8). ON and OFF are the values written. */
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_8_FUNCTION 5
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_8_ADDRESS UINT16_C(0x0007)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_8_ON UINT16_C(0xFF00)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_8_OFF UINT16_C(0x0000)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_8_READ_FUNCTION 1
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_8_READ_ADDRESS UINT16_C(0x0007)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_8_READ_MASK UINT16_C(0xFFFF)
#define IO_WAVESHARE_8CH_SMOKE_1_OUT_OUTPUT_8_READ_ON UINT16_C(0x0001)

#ifdef __cplusplus
}
#endif

#endif /* FIREPOST_CONTRACT_IO_WAVESHARE_8CH_SMOKE_1_H */

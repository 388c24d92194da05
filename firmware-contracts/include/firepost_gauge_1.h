/*
 * firepost-gauge@1: Firepost extinguisher pressure gauge (Firepost 灭火器压力表)
 *
 * Generated from the device's contract. Change the contract, not this file.
 * Source [V]: the reference slave (firmware-contracts/slave)
 * Source [S]: MODBUS over Serial Line V1.02, Application Protocol V1.1b3 (modbus.org)
 * Source [M]: a board with this firmware (none has been built yet)
 */
#ifndef FIREPOST_CONTRACT_FIREPOST_GAUGE_1_H
#define FIREPOST_CONTRACT_FIREPOST_GAUGE_1_H

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

#define FIREPOST_GAUGE_1_NAME "firepost-gauge"
#define FIREPOST_GAUGE_1_VERSION 1

/* The serial port and the unit address as they leave the factory. */
#define FIREPOST_GAUGE_1_BAUD INT32_C(9600)
#define FIREPOST_GAUGE_1_FORMAT "8N1"
#define FIREPOST_GAUGE_1_UNIT_DEFAULT 1
#define FIREPOST_GAUGE_1_UNIT_MIN 1
#define FIREPOST_GAUGE_1_UNIT_MAX 247

/* Limits of the device: registers and bits in one read, times in ms. */
#define FIREPOST_GAUGE_1_LIMIT_REGISTERS 80
#define FIREPOST_GAUGE_1_LIMIT_BITS 256
#define FIREPOST_GAUGE_1_LIMIT_REPLY_WITHIN_MS 100
#define FIREPOST_GAUGE_1_LIMIT_LATE_REPLY_MS 500

/* Addresses of the table holding that can be read, as X(first, last) for each run. */
#define FIREPOST_GAUGE_1_SPANS_HOLDING(X) X(0x0000U, 0x004FU)

/* alarm: pressure alarm (压力报警).
 * holding register 0x0000, u16, role fault, lane alarm.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define FIREPOST_GAUGE_1_ALARM_FUNCTION 3
#define FIREPOST_GAUGE_1_ALARM_ADDRESS UINT16_C(0x0000)
#define FIREPOST_GAUGE_1_ALARM_REGISTERS 1
#define FIREPOST_GAUGE_1_ALARM_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_ALARM_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_ALARM_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_ALARM_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_ALARM_VALUE_NORMAL UINT16_C(0xFF00) /* normal: normal, 正常 */
#define FIREPOST_GAUGE_1_ALARM_VALUE_LOW_PRESSURE_NOW UINT16_C(0xFE01) /* supervisory, cause low_pressure: low pressure now, 压力低 */
#define FIREPOST_GAUGE_1_ALARM_VALUE_HIGH_PRESSURE_NOW UINT16_C(0xFD02) /* supervisory, cause high_pressure: high pressure now, 压力高 */
#define FIREPOST_GAUGE_1_ALARM_VALUE_DISCHARGE_NOW UINT16_C(0xFC03) /* supervisory, cause discharge: discharge now, 正在喷放 */
#define FIREPOST_GAUGE_1_ALARM_VALUE_LOW_PRESSURE_LATCHED UINT16_C(0xEF10) /* supervisory, cause low_pressure: low pressure latched, 压力低（已锁存） */
#define FIREPOST_GAUGE_1_ALARM_VALUE_LOW_PRESSURE_NOW_AND_LATCHED UINT16_C(0xEE11) /* supervisory, cause low_pressure: low pressure now and latched, 压力低（当前并已锁存） */
#define FIREPOST_GAUGE_1_ALARM_VALUE_HIGH_PRESSURE_NOW_LOW_PRESSURE_LATCHED UINT16_C(0xED12) /* supervisory, cause high_pressure: high pressure now, low pressure latched, 压力高（压力低已锁存） */
#define FIREPOST_GAUGE_1_ALARM_VALUE_DISCHARGE_NOW_LOW_PRESSURE_LATCHED UINT16_C(0xEC13) /* supervisory, cause discharge: discharge now, low pressure latched, 正在喷放（压力低已锁存） */
#define FIREPOST_GAUGE_1_ALARM_VALUE_HIGH_PRESSURE_LATCHED UINT16_C(0xDF20) /* supervisory, cause high_pressure: high pressure latched, 压力高（已锁存） */
#define FIREPOST_GAUGE_1_ALARM_VALUE_LOW_PRESSURE_NOW_HIGH_PRESSURE_LATCHED UINT16_C(0xDE21) /* supervisory, cause high_pressure: low pressure now, high pressure latched, 压力低（压力高已锁存） */
#define FIREPOST_GAUGE_1_ALARM_VALUE_HIGH_PRESSURE_NOW_AND_LATCHED UINT16_C(0xDD22) /* supervisory, cause high_pressure: high pressure now and latched, 压力高（当前并已锁存） */
#define FIREPOST_GAUGE_1_ALARM_VALUE_DISCHARGE_NOW_HIGH_PRESSURE_LATCHED UINT16_C(0xDC23) /* supervisory, cause discharge: discharge now, high pressure latched, 正在喷放（压力高已锁存） */
#define FIREPOST_GAUGE_1_ALARM_VALUE_DISCHARGE_LATCHED UINT16_C(0xCF30) /* supervisory, cause discharge: discharge latched, 正在喷放（已锁存） */
#define FIREPOST_GAUGE_1_ALARM_VALUE_LOW_PRESSURE_NOW_DISCHARGE_LATCHED UINT16_C(0xCE31) /* supervisory, cause discharge: low pressure now, discharge latched, 压力低（正在喷放已锁存） */
#define FIREPOST_GAUGE_1_ALARM_VALUE_HIGH_PRESSURE_NOW_DISCHARGE_LATCHED UINT16_C(0xCD32) /* supervisory, cause discharge: high pressure now, discharge latched, 压力高（正在喷放已锁存） */
#define FIREPOST_GAUGE_1_ALARM_VALUE_DISCHARGE_NOW_AND_LATCHED UINT16_C(0xCC33) /* supervisory, cause discharge: discharge now and latched, 正在喷放（当前并已锁存） */
static inline uint16_t firepost_gauge_1_alarm_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_ALARM_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_alarm_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_ALARM_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_alarm_value(uint16_t raw)
{
	return (double)raw;
}

/* fault: device status (设备状态).
 * holding register 0x0001, u16, role fault, lane alarm.
 */
#define FIREPOST_GAUGE_1_FAULT_FUNCTION 3
#define FIREPOST_GAUGE_1_FAULT_ADDRESS UINT16_C(0x0001)
#define FIREPOST_GAUGE_1_FAULT_REGISTERS 1
#define FIREPOST_GAUGE_1_FAULT_MASK UINT16_C(0xB5B5)
#define FIREPOST_GAUGE_1_FAULT_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_FAULT_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_FAULT_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_FAULT_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_FAULT_BIT_SENSOR_FAULT UINT16_C(0x0001) /* fault, cause device: sensor fault, 传感器故障 */
#define FIREPOST_GAUGE_1_FAULT_BIT_BATTERY_LOW UINT16_C(0x0004) /* fault, cause battery: battery low, 电池电量低 */
#define FIREPOST_GAUGE_1_FAULT_BIT_SELF_TEST_FAILED UINT16_C(0x0010) /* fault, cause self_test: self-test failed, 自检失败 */
#define FIREPOST_GAUGE_1_FAULT_BIT_TEST_BUTTON UINT16_C(0x0020) /* supervisory, cause test: test button, 测试按钮 */
#define FIREPOST_GAUGE_1_FAULT_BIT_SENSOR_FAULT_LATCHED UINT16_C(0x0100) /* fault, cause device: sensor fault (latched), 传感器故障（已锁存） */
#define FIREPOST_GAUGE_1_FAULT_BIT_BATTERY_LOW_LATCHED UINT16_C(0x0400) /* fault, cause battery: battery low (latched), 电池电量低（已锁存） */
#define FIREPOST_GAUGE_1_FAULT_BIT_SELF_TEST_FAILED_LATCHED UINT16_C(0x1000) /* fault, cause self_test: self-test failed (latched), 自检失败（已锁存） */
#define FIREPOST_GAUGE_1_FAULT_BIT_TEST_BUTTON_LATCHED UINT16_C(0x2000) /* supervisory, cause test: test button (latched), 测试按钮（已锁存） */
#define FIREPOST_GAUGE_1_FAULT_BIT_RESTARTED_SINCE_THE_LAST_ACKNOWLEDGEMENT UINT16_C(0x8000) /* normal: restarted since the last acknowledgement, 上次确认后曾重启 */
static inline uint16_t firepost_gauge_1_fault_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_FAULT_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	raw = (uint16_t)(raw & FIREPOST_GAUGE_1_FAULT_MASK);
	return raw;
}
static inline void firepost_gauge_1_fault_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_FAULT_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	raw = (uint16_t)((raw & ~FIREPOST_GAUGE_1_FAULT_MASK) | (value & FIREPOST_GAUGE_1_FAULT_MASK));
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_fault_value(uint16_t raw)
{
	return (double)raw;
}

/* tamper: tamper (防拆).
 * holding register 0x0001, u16, role tamper, lane alarm.
 */
#define FIREPOST_GAUGE_1_TAMPER_FUNCTION 3
#define FIREPOST_GAUGE_1_TAMPER_ADDRESS UINT16_C(0x0001)
#define FIREPOST_GAUGE_1_TAMPER_REGISTERS 1
#define FIREPOST_GAUGE_1_TAMPER_MASK UINT16_C(0x0202)
#define FIREPOST_GAUGE_1_TAMPER_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_TAMPER_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_TAMPER_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_TAMPER_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_TAMPER_BIT_REMOVED_OR_OPENED UINT16_C(0x0002) /* fault, cause tamper: removed or opened, 被拆下或打开 */
#define FIREPOST_GAUGE_1_TAMPER_BIT_REMOVED_OR_OPENED_LATCHED UINT16_C(0x0200) /* fault, cause tamper: removed or opened (latched), 被拆下或打开（已锁存） */
static inline uint16_t firepost_gauge_1_tamper_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_TAMPER_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	raw = (uint16_t)(raw & FIREPOST_GAUGE_1_TAMPER_MASK);
	return raw;
}
static inline void firepost_gauge_1_tamper_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_TAMPER_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	raw = (uint16_t)((raw & ~FIREPOST_GAUGE_1_TAMPER_MASK) | (value & FIREPOST_GAUGE_1_TAMPER_MASK));
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_tamper_value(uint16_t raw)
{
	return (double)raw;
}

/* event_sequence: event sequence (事件序号).
 * holding register 0x0002, u16, role info, lane alarm.
 */
#define FIREPOST_GAUGE_1_EVENT_SEQUENCE_FUNCTION 3
#define FIREPOST_GAUGE_1_EVENT_SEQUENCE_ADDRESS UINT16_C(0x0002)
#define FIREPOST_GAUGE_1_EVENT_SEQUENCE_REGISTERS 1
#define FIREPOST_GAUGE_1_EVENT_SEQUENCE_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_EVENT_SEQUENCE_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_EVENT_SEQUENCE_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_EVENT_SEQUENCE_OFFSET_DEN INT32_C(1)
static inline uint16_t firepost_gauge_1_event_sequence_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_EVENT_SEQUENCE_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_event_sequence_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_EVENT_SEQUENCE_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_event_sequence_value(uint16_t raw)
{
	return (double)raw;
}

/* heartbeat: heartbeat of the measuring loop (测量心跳).
 * holding register 0x0003, u16, role info, lane alarm.
 */
#define FIREPOST_GAUGE_1_HEARTBEAT_FUNCTION 3
#define FIREPOST_GAUGE_1_HEARTBEAT_ADDRESS UINT16_C(0x0003)
#define FIREPOST_GAUGE_1_HEARTBEAT_REGISTERS 1
#define FIREPOST_GAUGE_1_HEARTBEAT_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_HEARTBEAT_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_HEARTBEAT_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_HEARTBEAT_OFFSET_DEN INT32_C(1)
static inline uint16_t firepost_gauge_1_heartbeat_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_HEARTBEAT_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_heartbeat_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_HEARTBEAT_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_heartbeat_value(uint16_t raw)
{
	return (double)raw;
}

/* pressure: extinguisher pressure (灭火器压力).
 * holding register 0x0004, i16, role pressure, lane slow.
 * Value = raw x 0.001 + 0.0 MPa.
 * Valid from -0.1 to 4.0 MPa.
 */
#define FIREPOST_GAUGE_1_PRESSURE_FUNCTION 3
#define FIREPOST_GAUGE_1_PRESSURE_ADDRESS UINT16_C(0x0004)
#define FIREPOST_GAUGE_1_PRESSURE_REGISTERS 1
#define FIREPOST_GAUGE_1_PRESSURE_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_PRESSURE_SCALE_DEN INT32_C(1000)
#define FIREPOST_GAUGE_1_PRESSURE_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_PRESSURE_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_PRESSURE_UNIT "MPa"
#define FIREPOST_GAUGE_1_PRESSURE_RANGE_MIN (-0.1)
#define FIREPOST_GAUGE_1_PRESSURE_RANGE_MAX (4.0)
#define FIREPOST_GAUGE_1_PRESSURE_INVALID_0 ((int16_t)-32768)
static inline int16_t firepost_gauge_1_pressure_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_PRESSURE_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return (int16_t)(raw <= 0x7FFFU ? (int32_t)raw : (int32_t)raw - INT32_C(0x10000));
}
static inline void firepost_gauge_1_pressure_put(uint8_t *block, uint16_t start, int16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_PRESSURE_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_pressure_value(int16_t raw)
{
	return (double)raw * 0.001;
}

/* temperature: temperature (温度).
 * holding register 0x0005, i16, role temperature, lane slow.
 * Value = raw x 0.1 + 0.0 °C.
 * Valid from -45.0 to 125.0 °C.
 */
#define FIREPOST_GAUGE_1_TEMPERATURE_FUNCTION 3
#define FIREPOST_GAUGE_1_TEMPERATURE_ADDRESS UINT16_C(0x0005)
#define FIREPOST_GAUGE_1_TEMPERATURE_REGISTERS 1
#define FIREPOST_GAUGE_1_TEMPERATURE_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_TEMPERATURE_SCALE_DEN INT32_C(10)
#define FIREPOST_GAUGE_1_TEMPERATURE_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_TEMPERATURE_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_TEMPERATURE_UNIT "\302\260C"
#define FIREPOST_GAUGE_1_TEMPERATURE_RANGE_MIN (-45.0)
#define FIREPOST_GAUGE_1_TEMPERATURE_RANGE_MAX (125.0)
#define FIREPOST_GAUGE_1_TEMPERATURE_INVALID_0 ((int16_t)-32768)
static inline int16_t firepost_gauge_1_temperature_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_TEMPERATURE_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return (int16_t)(raw <= 0x7FFFU ? (int32_t)raw : (int32_t)raw - INT32_C(0x10000));
}
static inline void firepost_gauge_1_temperature_put(uint8_t *block, uint16_t start, int16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_TEMPERATURE_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_temperature_value(int16_t raw)
{
	return (double)raw * 0.1;
}

/* battery: battery voltage (电池电压).
 * holding register 0x0006, u16, role battery, lane slow.
 * Value = raw x 0.001 + 0.0 V.
 * Valid from 0.0 to 36.0 V.
 */
#define FIREPOST_GAUGE_1_BATTERY_FUNCTION 3
#define FIREPOST_GAUGE_1_BATTERY_ADDRESS UINT16_C(0x0006)
#define FIREPOST_GAUGE_1_BATTERY_REGISTERS 1
#define FIREPOST_GAUGE_1_BATTERY_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_BATTERY_SCALE_DEN INT32_C(1000)
#define FIREPOST_GAUGE_1_BATTERY_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_BATTERY_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_BATTERY_UNIT "V"
#define FIREPOST_GAUGE_1_BATTERY_RANGE_MIN (0.0)
#define FIREPOST_GAUGE_1_BATTERY_RANGE_MAX (36.0)
#define FIREPOST_GAUGE_1_BATTERY_INVALID_0 UINT16_C(0xFFFF)
static inline uint16_t firepost_gauge_1_battery_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_BATTERY_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_battery_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_BATTERY_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_battery_value(uint16_t raw)
{
	return (double)raw * 0.001;
}

/* pressure_at_20: pressure compensated to 20 °C (20 °C 时的压力).
 * holding register 0x0007, i16, role info, lane slow.
 * Value = raw x 0.001 + 0.0 MPa.
 * Valid from -0.1 to 4.0 MPa.
 */
#define FIREPOST_GAUGE_1_PRESSURE_AT_20_FUNCTION 3
#define FIREPOST_GAUGE_1_PRESSURE_AT_20_ADDRESS UINT16_C(0x0007)
#define FIREPOST_GAUGE_1_PRESSURE_AT_20_REGISTERS 1
#define FIREPOST_GAUGE_1_PRESSURE_AT_20_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_PRESSURE_AT_20_SCALE_DEN INT32_C(1000)
#define FIREPOST_GAUGE_1_PRESSURE_AT_20_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_PRESSURE_AT_20_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_PRESSURE_AT_20_UNIT "MPa"
#define FIREPOST_GAUGE_1_PRESSURE_AT_20_RANGE_MIN (-0.1)
#define FIREPOST_GAUGE_1_PRESSURE_AT_20_RANGE_MAX (4.0)
#define FIREPOST_GAUGE_1_PRESSURE_AT_20_INVALID_0 ((int16_t)-32768)
static inline int16_t firepost_gauge_1_pressure_at_20_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_PRESSURE_AT_20_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return (int16_t)(raw <= 0x7FFFU ? (int32_t)raw : (int32_t)raw - INT32_C(0x10000));
}
static inline void firepost_gauge_1_pressure_at_20_put(uint8_t *block, uint16_t start, int16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_PRESSURE_AT_20_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_pressure_at_20_value(int16_t raw)
{
	return (double)raw * 0.001;
}

/* uptime: uptime (运行时间).
 * holding register 0x0008, u32, role info, lane slow.
 * Value = raw x 1.0 + 0.0 s.
 */
#define FIREPOST_GAUGE_1_UPTIME_FUNCTION 3
#define FIREPOST_GAUGE_1_UPTIME_ADDRESS UINT16_C(0x0008)
#define FIREPOST_GAUGE_1_UPTIME_REGISTERS 2
#define FIREPOST_GAUGE_1_UPTIME_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_UPTIME_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_UPTIME_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_UPTIME_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_UPTIME_UNIT "s"
static inline uint32_t firepost_gauge_1_uptime_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_UPTIME_ADDRESS - start);
	uint32_t raw = 0;
	raw = (raw << 16) | firepost_register(block, at);
	raw = (raw << 16) | firepost_register(block, at + 1U);
	return raw;
}
static inline void firepost_gauge_1_uptime_put(uint8_t *block, uint16_t start, uint32_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_UPTIME_ADDRESS - start);
	const uint32_t raw = (uint32_t)value;
	firepost_put_register(block, at, (uint16_t)((raw >> 16) & 0xFFFFU));
	firepost_put_register(block, at + 1U, (uint16_t)((raw >> 0) & 0xFFFFU));
}
static inline double firepost_gauge_1_uptime_value(uint32_t raw)
{
	return (double)raw;
}

/* self_test: self-test result (自检结果).
 * holding register 0x000A, u16, role fault, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define FIREPOST_GAUGE_1_SELF_TEST_FUNCTION 3
#define FIREPOST_GAUGE_1_SELF_TEST_ADDRESS UINT16_C(0x000A)
#define FIREPOST_GAUGE_1_SELF_TEST_REGISTERS 1
#define FIREPOST_GAUGE_1_SELF_TEST_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_SELF_TEST_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SELF_TEST_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_SELF_TEST_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SELF_TEST_VALUE_NOT_RUN_YET UINT16_C(0x0000) /* supervisory, cause not_tested: not run yet, 尚未自检 */
#define FIREPOST_GAUGE_1_SELF_TEST_VALUE_PASSED UINT16_C(0x0001) /* normal: passed, 通过 */
#define FIREPOST_GAUGE_1_SELF_TEST_VALUE_RUNNING UINT16_C(0x0002) /* normal: running, 自检中 */
#define FIREPOST_GAUGE_1_SELF_TEST_VALUE_SENSING_ELEMENT_FAILED UINT16_C(0x0003) /* fault, cause self_test: sensing element failed, 传感元件失败 */
#define FIREPOST_GAUGE_1_SELF_TEST_VALUE_MEMORY_FAILED UINT16_C(0x0004) /* fault, cause self_test: memory failed, 存储器失败 */
#define FIREPOST_GAUGE_1_SELF_TEST_VALUE_SUPPLY_FAILED UINT16_C(0x0005) /* fault, cause self_test: supply failed, 电源失败 */
static inline uint16_t firepost_gauge_1_self_test_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SELF_TEST_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_self_test_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SELF_TEST_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_self_test_value(uint16_t raw)
{
	return (double)raw;
}

/* restarts: restarts (重启次数).
 * holding register 0x000B, u16, role info, lane slow.
 */
#define FIREPOST_GAUGE_1_RESTARTS_FUNCTION 3
#define FIREPOST_GAUGE_1_RESTARTS_ADDRESS UINT16_C(0x000B)
#define FIREPOST_GAUGE_1_RESTARTS_REGISTERS 1
#define FIREPOST_GAUGE_1_RESTARTS_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_RESTARTS_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_RESTARTS_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_RESTARTS_OFFSET_DEN INT32_C(1)
static inline uint16_t firepost_gauge_1_restarts_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_RESTARTS_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_restarts_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_RESTARTS_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_restarts_value(uint16_t raw)
{
	return (double)raw;
}

/* frame_errors: bad frames received (收到的坏帧数).
 * holding register 0x000C, u16, role info, lane slow.
 */
#define FIREPOST_GAUGE_1_FRAME_ERRORS_FUNCTION 3
#define FIREPOST_GAUGE_1_FRAME_ERRORS_ADDRESS UINT16_C(0x000C)
#define FIREPOST_GAUGE_1_FRAME_ERRORS_REGISTERS 1
#define FIREPOST_GAUGE_1_FRAME_ERRORS_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_FRAME_ERRORS_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_FRAME_ERRORS_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_FRAME_ERRORS_OFFSET_DEN INT32_C(1)
static inline uint16_t firepost_gauge_1_frame_errors_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_FRAME_ERRORS_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_frame_errors_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_FRAME_ERRORS_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_frame_errors_value(uint16_t raw)
{
	return (double)raw;
}

/* magic: magic (标识).
 * holding register 0x0010, u32, role info, lane slow.
 * Any value that is not named here means fault, cause wrong_device: not this model, 不是本型号.
 */
#define FIREPOST_GAUGE_1_MAGIC_FUNCTION 3
#define FIREPOST_GAUGE_1_MAGIC_ADDRESS UINT16_C(0x0010)
#define FIREPOST_GAUGE_1_MAGIC_REGISTERS 2
#define FIREPOST_GAUGE_1_MAGIC_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_MAGIC_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_MAGIC_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_MAGIC_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_MAGIC_VALUE_PRESSURE_GAUGE UINT32_C(0x46504741) /* normal: pressure gauge, 灭火器压力表 */
static inline uint32_t firepost_gauge_1_magic_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_MAGIC_ADDRESS - start);
	uint32_t raw = 0;
	raw = (raw << 16) | firepost_register(block, at);
	raw = (raw << 16) | firepost_register(block, at + 1U);
	return raw;
}
static inline void firepost_gauge_1_magic_put(uint8_t *block, uint16_t start, uint32_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_MAGIC_ADDRESS - start);
	const uint32_t raw = (uint32_t)value;
	firepost_put_register(block, at, (uint16_t)((raw >> 16) & 0xFFFFU));
	firepost_put_register(block, at + 1U, (uint16_t)((raw >> 0) & 0xFFFFU));
}
static inline double firepost_gauge_1_magic_value(uint32_t raw)
{
	return (double)raw;
}

/* model: model (型号).
 * holding register 0x0012, u16, role info, lane slow.
 * Any value that is not named here means fault, cause wrong_device: not this model, 不是本型号.
 */
#define FIREPOST_GAUGE_1_MODEL_FUNCTION 3
#define FIREPOST_GAUGE_1_MODEL_ADDRESS UINT16_C(0x0012)
#define FIREPOST_GAUGE_1_MODEL_REGISTERS 1
#define FIREPOST_GAUGE_1_MODEL_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_MODEL_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_MODEL_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_MODEL_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_MODEL_VALUE_PRESSURE_GAUGE UINT16_C(0x0002) /* normal: pressure gauge, 灭火器压力表 */
static inline uint16_t firepost_gauge_1_model_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_MODEL_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_model_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_MODEL_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_model_value(uint16_t raw)
{
	return (double)raw;
}

/* contract_version: contract version (契约版本).
 * holding register 0x0013, u16, role info, lane slow.
 * Any value that is not named here means fault, cause wrong_device: another version of the contract, 契约版本不符.
 */
#define FIREPOST_GAUGE_1_CONTRACT_VERSION_FUNCTION 3
#define FIREPOST_GAUGE_1_CONTRACT_VERSION_ADDRESS UINT16_C(0x0013)
#define FIREPOST_GAUGE_1_CONTRACT_VERSION_REGISTERS 1
#define FIREPOST_GAUGE_1_CONTRACT_VERSION_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_CONTRACT_VERSION_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_CONTRACT_VERSION_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_CONTRACT_VERSION_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_CONTRACT_VERSION_VALUE_VERSION_1 UINT16_C(0x0001) /* normal: version 1, 第 1 版 */
static inline uint16_t firepost_gauge_1_contract_version_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_CONTRACT_VERSION_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_contract_version_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_CONTRACT_VERSION_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_contract_version_value(uint16_t raw)
{
	return (double)raw;
}

/* firmware_version: firmware version: 8 bits major, 8 minor, 16 patch (固件版本（主 8 位、次 8 位、修订 16 位）).
 * holding register 0x0014, u32, role info, lane slow.
 */
#define FIREPOST_GAUGE_1_FIRMWARE_VERSION_FUNCTION 3
#define FIREPOST_GAUGE_1_FIRMWARE_VERSION_ADDRESS UINT16_C(0x0014)
#define FIREPOST_GAUGE_1_FIRMWARE_VERSION_REGISTERS 2
#define FIREPOST_GAUGE_1_FIRMWARE_VERSION_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_FIRMWARE_VERSION_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_FIRMWARE_VERSION_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_FIRMWARE_VERSION_OFFSET_DEN INT32_C(1)
static inline uint32_t firepost_gauge_1_firmware_version_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_FIRMWARE_VERSION_ADDRESS - start);
	uint32_t raw = 0;
	raw = (raw << 16) | firepost_register(block, at);
	raw = (raw << 16) | firepost_register(block, at + 1U);
	return raw;
}
static inline void firepost_gauge_1_firmware_version_put(uint8_t *block, uint16_t start, uint32_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_FIRMWARE_VERSION_ADDRESS - start);
	const uint32_t raw = (uint32_t)value;
	firepost_put_register(block, at, (uint16_t)((raw >> 16) & 0xFFFFU));
	firepost_put_register(block, at + 1U, (uint16_t)((raw >> 0) & 0xFFFFU));
}
static inline double firepost_gauge_1_firmware_version_value(uint32_t raw)
{
	return (double)raw;
}

/* serial_number: serial number (序列号).
 * holding register 0x0016, u64, role info, lane slow.
 */
#define FIREPOST_GAUGE_1_SERIAL_NUMBER_FUNCTION 3
#define FIREPOST_GAUGE_1_SERIAL_NUMBER_ADDRESS UINT16_C(0x0016)
#define FIREPOST_GAUGE_1_SERIAL_NUMBER_REGISTERS 4
#define FIREPOST_GAUGE_1_SERIAL_NUMBER_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_SERIAL_NUMBER_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SERIAL_NUMBER_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_SERIAL_NUMBER_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SERIAL_NUMBER_INVALID_0 UINT64_C(0x0000000000000000)
#define FIREPOST_GAUGE_1_SERIAL_NUMBER_INVALID_1 UINT64_C(0xFFFFFFFFFFFFFFFF)
static inline uint64_t firepost_gauge_1_serial_number_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SERIAL_NUMBER_ADDRESS - start);
	uint64_t raw = 0;
	raw = (raw << 16) | firepost_register(block, at);
	raw = (raw << 16) | firepost_register(block, at + 1U);
	raw = (raw << 16) | firepost_register(block, at + 2U);
	raw = (raw << 16) | firepost_register(block, at + 3U);
	return raw;
}
static inline void firepost_gauge_1_serial_number_put(uint8_t *block, uint16_t start, uint64_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SERIAL_NUMBER_ADDRESS - start);
	const uint64_t raw = (uint64_t)value;
	firepost_put_register(block, at, (uint16_t)((raw >> 48) & 0xFFFFU));
	firepost_put_register(block, at + 1U, (uint16_t)((raw >> 32) & 0xFFFFU));
	firepost_put_register(block, at + 2U, (uint16_t)((raw >> 16) & 0xFFFFU));
	firepost_put_register(block, at + 3U, (uint16_t)((raw >> 0) & 0xFFFFU));
}
static inline double firepost_gauge_1_serial_number_value(uint64_t raw)
{
	return (double)raw;
}

/* hardware_revision: hardware revision (硬件版本).
 * holding register 0x001A, u16, role info, lane slow.
 */
#define FIREPOST_GAUGE_1_HARDWARE_REVISION_FUNCTION 3
#define FIREPOST_GAUGE_1_HARDWARE_REVISION_ADDRESS UINT16_C(0x001A)
#define FIREPOST_GAUGE_1_HARDWARE_REVISION_REGISTERS 1
#define FIREPOST_GAUGE_1_HARDWARE_REVISION_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_HARDWARE_REVISION_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_HARDWARE_REVISION_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_HARDWARE_REVISION_OFFSET_DEN INT32_C(1)
static inline uint16_t firepost_gauge_1_hardware_revision_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_HARDWARE_REVISION_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_hardware_revision_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_HARDWARE_REVISION_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_hardware_revision_value(uint16_t raw)
{
	return (double)raw;
}

/* event_acknowledged: event sequence acknowledged (已确认的事件序号).
 * holding register 0x0020, u16, role info, lane slow.
 */
#define FIREPOST_GAUGE_1_EVENT_ACKNOWLEDGED_FUNCTION 3
#define FIREPOST_GAUGE_1_EVENT_ACKNOWLEDGED_ADDRESS UINT16_C(0x0020)
#define FIREPOST_GAUGE_1_EVENT_ACKNOWLEDGED_REGISTERS 1
#define FIREPOST_GAUGE_1_EVENT_ACKNOWLEDGED_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_EVENT_ACKNOWLEDGED_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_EVENT_ACKNOWLEDGED_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_EVENT_ACKNOWLEDGED_OFFSET_DEN INT32_C(1)
static inline uint16_t firepost_gauge_1_event_acknowledged_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_EVENT_ACKNOWLEDGED_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_event_acknowledged_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_EVENT_ACKNOWLEDGED_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_event_acknowledged_value(uint16_t raw)
{
	return (double)raw;
}

/* command: command (命令).
 * holding register 0x0021, u16, role info, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define FIREPOST_GAUGE_1_COMMAND_FUNCTION 3
#define FIREPOST_GAUGE_1_COMMAND_ADDRESS UINT16_C(0x0021)
#define FIREPOST_GAUGE_1_COMMAND_REGISTERS 1
#define FIREPOST_GAUGE_1_COMMAND_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_COMMAND_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_COMMAND_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_COMMAND_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_COMMAND_VALUE_IDLE UINT16_C(0x0000) /* normal: idle, 空闲 */
#define FIREPOST_GAUGE_1_COMMAND_VALUE_WRITE_START_SELF_TEST UINT16_C(0x5354) /* normal: write: start self-test, 写入：开始自检 */
static inline uint16_t firepost_gauge_1_command_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_COMMAND_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_command_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_COMMAND_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_command_value(uint16_t raw)
{
	return (double)raw;
}

/* settings_key: settings key (设置解锁字).
 * holding register 0x0030, u16, role info, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define FIREPOST_GAUGE_1_SETTINGS_KEY_FUNCTION 3
#define FIREPOST_GAUGE_1_SETTINGS_KEY_ADDRESS UINT16_C(0x0030)
#define FIREPOST_GAUGE_1_SETTINGS_KEY_REGISTERS 1
#define FIREPOST_GAUGE_1_SETTINGS_KEY_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_SETTINGS_KEY_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SETTINGS_KEY_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_SETTINGS_KEY_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SETTINGS_KEY_VALUE_IDLE UINT16_C(0x0000) /* normal: idle, 空闲 */
#define FIREPOST_GAUGE_1_SETTINGS_KEY_VALUE_WRITE_UNLOCK UINT16_C(0x554E) /* normal: write: unlock, 写入：解锁 */
static inline uint16_t firepost_gauge_1_settings_key_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SETTINGS_KEY_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_settings_key_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SETTINGS_KEY_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_settings_key_value(uint16_t raw)
{
	return (double)raw;
}

/* settings_serial: serial number to unlock (解锁用序列号).
 * holding register 0x0031, u64, role info, lane slow.
 */
#define FIREPOST_GAUGE_1_SETTINGS_SERIAL_FUNCTION 3
#define FIREPOST_GAUGE_1_SETTINGS_SERIAL_ADDRESS UINT16_C(0x0031)
#define FIREPOST_GAUGE_1_SETTINGS_SERIAL_REGISTERS 4
#define FIREPOST_GAUGE_1_SETTINGS_SERIAL_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_SETTINGS_SERIAL_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SETTINGS_SERIAL_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_SETTINGS_SERIAL_OFFSET_DEN INT32_C(1)
static inline uint64_t firepost_gauge_1_settings_serial_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SETTINGS_SERIAL_ADDRESS - start);
	uint64_t raw = 0;
	raw = (raw << 16) | firepost_register(block, at);
	raw = (raw << 16) | firepost_register(block, at + 1U);
	raw = (raw << 16) | firepost_register(block, at + 2U);
	raw = (raw << 16) | firepost_register(block, at + 3U);
	return raw;
}
static inline void firepost_gauge_1_settings_serial_put(uint8_t *block, uint16_t start, uint64_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SETTINGS_SERIAL_ADDRESS - start);
	const uint64_t raw = (uint64_t)value;
	firepost_put_register(block, at, (uint16_t)((raw >> 48) & 0xFFFFU));
	firepost_put_register(block, at + 1U, (uint16_t)((raw >> 32) & 0xFFFFU));
	firepost_put_register(block, at + 2U, (uint16_t)((raw >> 16) & 0xFFFFU));
	firepost_put_register(block, at + 3U, (uint16_t)((raw >> 0) & 0xFFFFU));
}
static inline double firepost_gauge_1_settings_serial_value(uint64_t raw)
{
	return (double)raw;
}

/* settings_state: settings state (设置状态).
 * holding register 0x0035, u16, role info, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define FIREPOST_GAUGE_1_SETTINGS_STATE_FUNCTION 3
#define FIREPOST_GAUGE_1_SETTINGS_STATE_ADDRESS UINT16_C(0x0035)
#define FIREPOST_GAUGE_1_SETTINGS_STATE_REGISTERS 1
#define FIREPOST_GAUGE_1_SETTINGS_STATE_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_SETTINGS_STATE_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SETTINGS_STATE_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_SETTINGS_STATE_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SETTINGS_STATE_VALUE_LOCKED UINT16_C(0x0000) /* normal: locked, 已锁定 */
#define FIREPOST_GAUGE_1_SETTINGS_STATE_VALUE_UNLOCKED UINT16_C(0x0001) /* supervisory, cause settings_open: unlocked, 已解锁 */
#define FIREPOST_GAUGE_1_SETTINGS_STATE_VALUE_TRIAL UINT16_C(0x0002) /* supervisory, cause settings_open: trial, 试用中 */
static inline uint16_t firepost_gauge_1_settings_state_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SETTINGS_STATE_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_settings_state_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SETTINGS_STATE_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_settings_state_value(uint16_t raw)
{
	return (double)raw;
}

/* settings_time_left: settings time left (设置剩余时间).
 * holding register 0x0036, u16, role info, lane slow.
 * Value = raw x 1.0 + 0.0 s.
 * Valid from 0.0 to 60.0 s.
 */
#define FIREPOST_GAUGE_1_SETTINGS_TIME_LEFT_FUNCTION 3
#define FIREPOST_GAUGE_1_SETTINGS_TIME_LEFT_ADDRESS UINT16_C(0x0036)
#define FIREPOST_GAUGE_1_SETTINGS_TIME_LEFT_REGISTERS 1
#define FIREPOST_GAUGE_1_SETTINGS_TIME_LEFT_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_SETTINGS_TIME_LEFT_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SETTINGS_TIME_LEFT_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_SETTINGS_TIME_LEFT_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SETTINGS_TIME_LEFT_UNIT "s"
#define FIREPOST_GAUGE_1_SETTINGS_TIME_LEFT_RANGE_MIN (0.0)
#define FIREPOST_GAUGE_1_SETTINGS_TIME_LEFT_RANGE_MAX (60.0)
static inline uint16_t firepost_gauge_1_settings_time_left_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SETTINGS_TIME_LEFT_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_settings_time_left_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SETTINGS_TIME_LEFT_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_settings_time_left_value(uint16_t raw)
{
	return (double)raw;
}

/* set_address: address (地址).
 * holding register 0x0037, u16, role info, lane slow.
 * Valid from 1.0 to 247.0.
 */
#define FIREPOST_GAUGE_1_SET_ADDRESS_FUNCTION 3
#define FIREPOST_GAUGE_1_SET_ADDRESS_ADDRESS UINT16_C(0x0037)
#define FIREPOST_GAUGE_1_SET_ADDRESS_REGISTERS 1
#define FIREPOST_GAUGE_1_SET_ADDRESS_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_SET_ADDRESS_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SET_ADDRESS_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_SET_ADDRESS_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SET_ADDRESS_RANGE_MIN (1.0)
#define FIREPOST_GAUGE_1_SET_ADDRESS_RANGE_MAX (247.0)
static inline uint16_t firepost_gauge_1_set_address_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SET_ADDRESS_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_set_address_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SET_ADDRESS_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_set_address_value(uint16_t raw)
{
	return (double)raw;
}

/* set_baud: baud rate (波特率).
 * holding register 0x0038, u16, role info, lane slow.
 * Value = raw x 100.0 + 0.0 Bd.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define FIREPOST_GAUGE_1_SET_BAUD_FUNCTION 3
#define FIREPOST_GAUGE_1_SET_BAUD_ADDRESS UINT16_C(0x0038)
#define FIREPOST_GAUGE_1_SET_BAUD_REGISTERS 1
#define FIREPOST_GAUGE_1_SET_BAUD_SCALE_NUM INT32_C(100)
#define FIREPOST_GAUGE_1_SET_BAUD_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SET_BAUD_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_SET_BAUD_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SET_BAUD_UNIT "Bd"
#define FIREPOST_GAUGE_1_SET_BAUD_VALUE_4800_BD UINT16_C(0x0030) /* normal: 4800 Bd, 4800 波特 */
#define FIREPOST_GAUGE_1_SET_BAUD_VALUE_9600_BD UINT16_C(0x0060) /* normal: 9600 Bd, 9600 波特 */
#define FIREPOST_GAUGE_1_SET_BAUD_VALUE_19200_BD UINT16_C(0x00C0) /* normal: 19200 Bd, 19200 波特 */
#define FIREPOST_GAUGE_1_SET_BAUD_VALUE_38400_BD UINT16_C(0x0180) /* normal: 38400 Bd, 38400 波特 */
#define FIREPOST_GAUGE_1_SET_BAUD_VALUE_57600_BD UINT16_C(0x0240) /* normal: 57600 Bd, 57600 波特 */
#define FIREPOST_GAUGE_1_SET_BAUD_VALUE_115200_BD UINT16_C(0x0480) /* normal: 115200 Bd, 115200 波特 */
static inline uint16_t firepost_gauge_1_set_baud_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SET_BAUD_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_set_baud_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SET_BAUD_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_set_baud_value(uint16_t raw)
{
	return (double)raw * 100.0;
}

/* set_format: character format (数据格式).
 * holding register 0x0039, u16, role info, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define FIREPOST_GAUGE_1_SET_FORMAT_FUNCTION 3
#define FIREPOST_GAUGE_1_SET_FORMAT_ADDRESS UINT16_C(0x0039)
#define FIREPOST_GAUGE_1_SET_FORMAT_REGISTERS 1
#define FIREPOST_GAUGE_1_SET_FORMAT_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_SET_FORMAT_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SET_FORMAT_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_SET_FORMAT_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SET_FORMAT_VALUE_8N1 UINT16_C(0x0000) /* normal: 8N1, 8N1 */
#define FIREPOST_GAUGE_1_SET_FORMAT_VALUE_8E1 UINT16_C(0x0001) /* normal: 8E1, 8E1 */
#define FIREPOST_GAUGE_1_SET_FORMAT_VALUE_8O1 UINT16_C(0x0002) /* normal: 8O1, 8O1 */
#define FIREPOST_GAUGE_1_SET_FORMAT_VALUE_8N2 UINT16_C(0x0003) /* normal: 8N2, 8N2 */
static inline uint16_t firepost_gauge_1_set_format_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SET_FORMAT_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_set_format_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SET_FORMAT_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_set_format_value(uint16_t raw)
{
	return (double)raw;
}

/* settings_action: settings action (设置动作).
 * holding register 0x003A, u16, role info, lane slow.
 * A value that is not named here is unknown, and shown as a fault.
 */
#define FIREPOST_GAUGE_1_SETTINGS_ACTION_FUNCTION 3
#define FIREPOST_GAUGE_1_SETTINGS_ACTION_ADDRESS UINT16_C(0x003A)
#define FIREPOST_GAUGE_1_SETTINGS_ACTION_REGISTERS 1
#define FIREPOST_GAUGE_1_SETTINGS_ACTION_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_SETTINGS_ACTION_SCALE_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SETTINGS_ACTION_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_SETTINGS_ACTION_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_SETTINGS_ACTION_VALUE_IDLE UINT16_C(0x0000) /* normal: idle, 空闲 */
#define FIREPOST_GAUGE_1_SETTINGS_ACTION_VALUE_WRITE_APPLY UINT16_C(0x4150) /* normal: write: apply, 写入：试用 */
#define FIREPOST_GAUGE_1_SETTINGS_ACTION_VALUE_WRITE_COMMIT UINT16_C(0x434F) /* normal: write: commit, 写入：确认保存 */
#define FIREPOST_GAUGE_1_SETTINGS_ACTION_VALUE_WRITE_CANCEL UINT16_C(0x4341) /* normal: write: cancel, 写入：取消 */
#define FIREPOST_GAUGE_1_SETTINGS_ACTION_VALUE_WRITE_FACTORY_RESET UINT16_C(0x4652) /* normal: write: factory reset, 写入：恢复出厂 */
static inline uint16_t firepost_gauge_1_settings_action_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SETTINGS_ACTION_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_settings_action_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_SETTINGS_ACTION_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_settings_action_value(uint16_t raw)
{
	return (double)raw;
}

/* low_limit: low limit at 20 °C (压力下限（20 °C）).
 * holding register 0x0040, u16, role info, lane slow.
 * Value = raw x 0.001 + 0.0 MPa.
 * Valid from 0.0 to 4.0 MPa.
 */
#define FIREPOST_GAUGE_1_LOW_LIMIT_FUNCTION 3
#define FIREPOST_GAUGE_1_LOW_LIMIT_ADDRESS UINT16_C(0x0040)
#define FIREPOST_GAUGE_1_LOW_LIMIT_REGISTERS 1
#define FIREPOST_GAUGE_1_LOW_LIMIT_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_LOW_LIMIT_SCALE_DEN INT32_C(1000)
#define FIREPOST_GAUGE_1_LOW_LIMIT_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_LOW_LIMIT_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_LOW_LIMIT_UNIT "MPa"
#define FIREPOST_GAUGE_1_LOW_LIMIT_RANGE_MIN (0.0)
#define FIREPOST_GAUGE_1_LOW_LIMIT_RANGE_MAX (4.0)
static inline uint16_t firepost_gauge_1_low_limit_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_LOW_LIMIT_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_low_limit_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_LOW_LIMIT_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_low_limit_value(uint16_t raw)
{
	return (double)raw * 0.001;
}

/* high_limit: high limit at 20 °C (压力上限（20 °C）).
 * holding register 0x0041, u16, role info, lane slow.
 * Value = raw x 0.001 + 0.0 MPa.
 * Valid from 0.0 to 4.0 MPa.
 */
#define FIREPOST_GAUGE_1_HIGH_LIMIT_FUNCTION 3
#define FIREPOST_GAUGE_1_HIGH_LIMIT_ADDRESS UINT16_C(0x0041)
#define FIREPOST_GAUGE_1_HIGH_LIMIT_REGISTERS 1
#define FIREPOST_GAUGE_1_HIGH_LIMIT_SCALE_NUM INT32_C(1)
#define FIREPOST_GAUGE_1_HIGH_LIMIT_SCALE_DEN INT32_C(1000)
#define FIREPOST_GAUGE_1_HIGH_LIMIT_OFFSET_NUM INT32_C(0)
#define FIREPOST_GAUGE_1_HIGH_LIMIT_OFFSET_DEN INT32_C(1)
#define FIREPOST_GAUGE_1_HIGH_LIMIT_UNIT "MPa"
#define FIREPOST_GAUGE_1_HIGH_LIMIT_RANGE_MIN (0.0)
#define FIREPOST_GAUGE_1_HIGH_LIMIT_RANGE_MAX (4.0)
static inline uint16_t firepost_gauge_1_high_limit_get(const uint8_t *block, uint16_t start)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_HIGH_LIMIT_ADDRESS - start);
	uint16_t raw = 0;
	raw = firepost_register(block, at);
	return raw;
}
static inline void firepost_gauge_1_high_limit_put(uint8_t *block, uint16_t start, uint16_t value)
{
	const uint32_t at = (uint32_t)(FIREPOST_GAUGE_1_HIGH_LIMIT_ADDRESS - start);
	const uint16_t raw = (uint16_t)value;
	firepost_put_register(block, at, raw);
}
static inline double firepost_gauge_1_high_limit_value(uint16_t raw)
{
	return (double)raw * 0.001;
}

#ifdef __cplusplus
}
#endif

#endif /* FIREPOST_CONTRACT_FIREPOST_GAUGE_1_H */

/*
 * Within the core only: what reading and writing registers does.
 */
#ifndef FP_ACCESS_H
#define FP_ACCESS_H

#include "fp_slave.h"

static inline uint16_t fp_word_at(const uint8_t *p) { return (uint16_t)(((unsigned)p[0] << 8) | p[1]); }

/* 16 bits of a value of several registers, the highest first. */
static inline uint16_t fp_part(uint64_t value, unsigned registers, unsigned index)
{
	return (uint16_t)((value >> (16U * (registers - 1U - index))) & 0xFFFFU);
}

/* A write: the values as they stand on the wire, and whether it came to everybody. */
typedef struct fp_write {
	const uint8_t *values;
	uint16_t first;
	uint16_t count;
	bool broadcast;
} fp_write;

/* The present value of a register; 0 for one that is reserved. */
uint16_t fp_read_register(const fp_slave *s, uint16_t address);

/* Carries a write out, all of it or nothing. */
fp_result fp_write_registers(fp_slave *s, const fp_write *w);

#endif

/* Bytes from an interrupt to the program: one writer, one reader, neither waits for the other. */
#ifndef LLN_CORTEX_M7_RING_H
#define LLN_CORTEX_M7_RING_H

#include <stddef.h>
#include <stdint.h>

/* More than four messages of 4 096 bytes on the line. A power of two. */
#define LLN_RING_BYTES 32768u

typedef struct lln_ring {
  volatile uint32_t written;
  volatile uint32_t taken;
  volatile uint32_t lost;
  uint8_t bytes[LLN_RING_BYTES];
} lln_ring;

static inline int lln_ring_is_empty(const lln_ring *ring) { return ring->written == ring->taken; }

/* For the interrupt. A byte without room is counted and dropped. */
static inline void lln_ring_put(lln_ring *ring, uint8_t byte) {
  const uint32_t written = ring->written;
  if (written - ring->taken == LLN_RING_BYTES) {
    ring->lost = ring->lost + 1u;
    return;
  }
  ring->bytes[written % LLN_RING_BYTES] = byte;
  __asm__ volatile("dmb" ::: "memory");
  ring->written = written + 1u;
}

/* For the program. Returns how many bytes it took. */
static inline size_t lln_ring_take(lln_ring *ring, uint8_t *to, size_t room) {
  const uint32_t taken = ring->taken;
  const uint32_t waiting = ring->written - taken;
  const size_t count = waiting < room ? waiting : room;
  __asm__ volatile("dmb" ::: "memory");
  for (size_t i = 0; i < count; i++) to[i] = ring->bytes[(taken + i) % LLN_RING_BYTES];
  __asm__ volatile("dmb" ::: "memory");
  ring->taken = taken + (uint32_t)count;
  return count;
}

#endif

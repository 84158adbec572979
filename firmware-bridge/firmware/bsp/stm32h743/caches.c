/* Caches (both 16 KiB, lines of 32 bytes: one word of the flash) and what may be done with which memory. */
#include "../cortex_m7/start.h"
#include "board.h"
#include "registers.h"

#define LLN_LINE_BYTES 32u
#define LLN_LINE_LOG2 5u

/*
 * The processor reads ahead from normal memory, also from where there is none: so all of the external memory's range is
 * closed. Slots are data; of the flash only the firmware's sectors hold code, which runs from ITCM but for the start,
 * and neither can be written. Address 0 is ITCM, so that a null pointer that is written to faults.
 */
static void lln_protect_memory(void) {
  lln_mpu_region(0, 0x00000000u, MPU_NO_ACCESS | MPU_NO_EXECUTE | MPU_WITHOUT_SUBREGIONS(0x87) | MPU_SIZE(32));
  lln_mpu_region(1, 0x08000000u, MPU_READ_WRITE | MPU_NO_EXECUTE | MPU_NORMAL_WRITE_THROUGH | MPU_SIZE(21));
  lln_mpu_region(2, 0x08000000u, MPU_READ_ONLY | MPU_NORMAL_WRITE_THROUGH | MPU_SIZE(18));
  lln_mpu_region(3, 0x24000000u, MPU_READ_WRITE | MPU_NO_EXECUTE | MPU_NORMAL_WRITE_BACK | MPU_SIZE(19));
  lln_mpu_region(4, 0x00000000u, MPU_READ_ONLY | MPU_NORMAL_UNCACHED | MPU_SIZE(16));
  lln_mpu_region(5, 0x20000000u, MPU_READ_WRITE | MPU_NO_EXECUTE | MPU_NORMAL_UNCACHED | MPU_SIZE(17));
  lln_stack_guard(6);
  lln_mpu_on();
}

/* At power-on the cache's memory holds anything: every line is invalidated by set and way first. */
static void lln_data_cache_start(void) {
  SCB_CSSELR = 0;
  lln_barrier();
  const uint32_t size = SCB_CCSIDR;
  const uint32_t sets = (size >> 13 & 0x7FFFu) + 1u;
  const uint32_t ways = (size >> 3 & 0x3FFu) + 1u;
  for (uint32_t set = 0; set < sets; set++) {
    for (uint32_t way = 0; way < ways; way++) CACHE_DCISW = way << 30 | set << LLN_LINE_LOG2;
  }
  lln_barrier();
  SCB_CCR |= SCB_CCR_DATA_CACHE;
  lln_barrier();
}

void lln_caches_start(void) {
  lln_protect_memory();
  CACHE_ICIALLU = 0;
  lln_barrier();
  SCB_CCR |= SCB_CCR_INSTRUCTION_CACHE;
  lln_barrier();
  lln_data_cache_start();
}

void lln_cache_forget(uintptr_t address, uint32_t bytes) {
  lln_barrier();
  for (uint32_t i = 0; i < bytes; i += LLN_LINE_BYTES) CACHE_DCIMVAC = (uint32_t)address + i;
  lln_barrier();
}

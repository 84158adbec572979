/*
 * The Cortex-M7 itself: the registers that both boards use, as the ARMv7-M Architecture Reference Manual (DDI 0403,
 * chapter B3) and the Cortex-M7 manuals (DDI 0489, DUI 0646) name them.
 */
#ifndef LLN_CORTEX_M7_CORE_H
#define LLN_CORTEX_M7_CORE_H

#include <stddef.h>
#include <stdint.h>

#define LLN_REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define NVIC_ISER(n) LLN_REGISTER(0xE000E100u + 4u * (n))
#define SCB_VTOR LLN_REGISTER(0xE000ED08u)
#define SCB_AIRCR LLN_REGISTER(0xE000ED0Cu)
#define SCB_CCR LLN_REGISTER(0xE000ED14u)
#define SCB_CFSR LLN_REGISTER(0xE000ED28u)
#define SCB_BFAR LLN_REGISTER(0xE000ED38u)
#define SCB_CPACR LLN_REGISTER(0xE000ED88u)
#define MPU_CTRL LLN_REGISTER(0xE000ED94u)
#define MPU_RNR LLN_REGISTER(0xE000ED98u)
#define MPU_RBAR LLN_REGISTER(0xE000ED9Cu)
#define MPU_RASR LLN_REGISTER(0xE000EDA0u)
#define FPU_FPDSCR LLN_REGISTER(0xE000EF3Cu)

#define SCB_AIRCR_RESET (0x05FA0000u | 1u << 2)
#define SCB_CCR_IGNORE_BUS_FAULTS (1u << 8)
#define SCB_CFSR_PRECISE_BUS_FAULT (1u << 9)
#define SCB_CFSR_BFAR_VALID (1u << 15)
#define SCB_CFSR_BUS_FAULTS 0x0000FF00u
#define SCB_CPACR_FPU (0xFu << 20)

/* MPU_RASR: access (privileged code is all there is), memory type, size 2^(n + 1). */
#define MPU_NO_ACCESS (0u << 24)
#define MPU_READ_WRITE (3u << 24)
#define MPU_READ_ONLY (6u << 24)
#define MPU_NO_EXECUTE (1u << 28)
#define MPU_NORMAL_UNCACHED (1u << 19)
#define MPU_NORMAL_WRITE_THROUGH (1u << 17)
#define MPU_NORMAL_WRITE_BACK (1u << 19 | 1u << 17 | 1u << 16)
#define MPU_WITHOUT_SUBREGIONS(mask) ((uint32_t)(mask) << 8)
#define MPU_SIZE(log2) (((uint32_t)(log2)-1u) << 1)
#define MPU_REGION_ON 1u
#define MPU_CTRL_ON 1u
#define MPU_CTRL_DEFAULT_MAP (1u << 2)

static inline void lln_barrier(void) { __asm__ volatile("dsb\n isb" ::: "memory"); }
static inline void lln_wait_for_interrupt(void) { __asm__ volatile("dsb\n wfi" ::: "memory"); }
static inline void lln_interrupts_off(void) { __asm__ volatile("cpsid i" ::: "memory"); }
static inline void lln_interrupts_on(void) { __asm__ volatile("cpsie i\n isb" ::: "memory"); }

/* One region of the MPU; a later one wins where two overlap. Takes effect with lln_mpu_on. */
static inline void lln_mpu_region(uint32_t number, uint32_t base, uint32_t attributes) {
  MPU_RNR = number;
  MPU_RBAR = base;
  MPU_RASR = attributes | MPU_REGION_ON;
}

/* Fault handlers run without it: they must be able to use the stack whose guard was hit. */
static inline void lln_mpu_on(void) {
  MPU_CTRL = MPU_CTRL_ON | MPU_CTRL_DEFAULT_MAP;
  lln_barrier();
}

#endif

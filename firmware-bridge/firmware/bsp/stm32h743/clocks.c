/*
 * From the 64 MHz of the internal oscillator, with which the processor starts, to 400 MHz (RM0433, 8.5 and 6.6.2):
 *
 *     HSI 64 MHz / 4 * 50 = 800 MHz / 2 = 400 MHz processor, / 2 = 200 MHz AXI and AHB, / 2 = 100 MHz APB
 *
 * 400 MHz at VOS1 is what every revision of the chip can do. With LLN_HSE_HZ (8 000 000 or 25 000 000) the PLL runs
 * from a crystal instead, if that starts. Whatever does not come up in time is done without: the last resort is the
 * oscillator itself, and lln_clock_cycles_per_second tells.
 */
#include "board.h"
#include "registers.h"

#define LLN_HSI_HZ 64000000u
#define LLN_PLL_HZ 400000000u
/* A look takes at least ten cycles at 64 MHz: 16 ms, where data sheet limits are below 5 ms. */
#define LLN_LOOKS 100000u

/* 2 wait states and the delay for writing, as for 185 to 210 MHz AXI at VOS1 (RM0433, table 17); ample for less. */
#define LLN_FLASH_TIMING (2u << 0 | 2u << 4)
#define LLN_FLASH_TIMING_MASK (0xFu << 0 | 3u << 4)

typedef struct lln_pll {
  uint32_t source;
  uint32_t divide;
  uint32_t multiply;
  uint32_t range; /* of its input: 2 is 4 to 8 MHz, 3 is 8 to 16 MHz */
} lln_pll;

static const lln_pll lln_pll_of_hsi = {RCC_PLLCKSELR_HSI, 4, 50, 3};

#ifdef LLN_HSE_HZ
#if LLN_HSE_HZ == 8000000
static const lln_pll lln_pll_of_hse = {RCC_PLLCKSELR_HSE, 1, 100, 3};
#elif LLN_HSE_HZ == 25000000
static const lln_pll lln_pll_of_hse = {RCC_PLLCKSELR_HSE, 5, 160, 2};
#else
#error "LLN_HSE_HZ must be 8000000 or 25000000"
#endif
#endif

bool lln_wait_for(volatile uint32_t *at, uint32_t mask, uint32_t value, uint32_t looks) {
  for (uint32_t i = 0; i < looks; i++) {
    if ((*at & mask) == value) return true;
  }
  return false;
}

/* The supply can be chosen once after power-on; VOS can be raised only then (RM0433, 6.4.1 and 6.6.2). */
static bool lln_raise_voltage(void) {
  PWR_CR3 = (PWR_CR3 & ~PWR_CR3_BYPASS) | PWR_CR3_LDO;
  if (!lln_wait_for(&PWR_CSR1, PWR_CSR1_VOLTAGE_READY, PWR_CSR1_VOLTAGE_READY, LLN_LOOKS)) return false;
  PWR_D3CR |= PWR_D3CR_VOS1;
  return lln_wait_for(&PWR_D3CR, PWR_D3CR_VOS_READY, PWR_D3CR_VOS_READY, LLN_LOOKS);
}

static bool lln_slow_down_flash(void) {
  FLASH_ACR = LLN_FLASH_TIMING;
  return lln_wait_for(&FLASH_ACR, LLN_FLASH_TIMING_MASK, LLN_FLASH_TIMING, LLN_LOOKS);
}

/* Leaves the PLL off when it does not lock, so that another source can be tried. */
static bool lln_pll_start(const lln_pll *pll) {
  RCC_PLLCKSELR = pll->source | RCC_PLLCKSELR_DIVM1(pll->divide) | RCC_PLLCKSELR_UNUSED;
  RCC_PLLCFGR = RCC_PLLCFGR_RANGE1(pll->range) | RCC_PLLCFGR_P1_ON;
  RCC_PLL1DIVR = RCC_PLL1DIVR_N(pll->multiply) | RCC_PLL1DIVR_P(2);
  RCC_CR |= RCC_CR_PLL1_ON;
  if (lln_wait_for(&RCC_CR, RCC_CR_PLL1_READY, RCC_CR_PLL1_READY, LLN_LOOKS)) return true;
  RCC_CR &= ~RCC_CR_PLL1_ON;
  (void)lln_wait_for(&RCC_CR, RCC_CR_PLL1_READY, 0, LLN_LOOKS);
  return false;
}

static bool lln_any_pll_start(void) {
#ifdef LLN_HSE_HZ
  RCC_CR |= RCC_CR_HSE_ON;
  if (lln_wait_for(&RCC_CR, RCC_CR_HSE_READY, RCC_CR_HSE_READY, LLN_LOOKS) && lln_pll_start(&lln_pll_of_hse))
    return true;
  RCC_CR &= ~RCC_CR_HSE_ON;
#endif
  return lln_pll_start(&lln_pll_of_hsi);
}

/* Dividers first: no bus is ever faster than it may be. */
static bool lln_switch_to_pll(void) {
  RCC_D1CFGR = RCC_D1CFGR_HALF_AHB_HALF_APB3;
  RCC_D2CFGR = RCC_D2CFGR_HALF_APB1_HALF_APB2;
  RCC_D3CFGR = RCC_D3CFGR_HALF_APB4;
  RCC_CFGR = (RCC_CFGR & ~RCC_CFGR_SWITCH_MASK) | RCC_CFGR_SWITCH_PLL1;
  return lln_wait_for(&RCC_CFGR, RCC_CFGR_SWITCHED_MASK, RCC_CFGR_SWITCHED_PLL1, LLN_LOOKS);
}

static void lln_stay_with_hsi(void) {
  RCC_CFGR &= ~RCC_CFGR_SWITCH_MASK;
  RCC_D1CFGR = 0;
  RCC_D2CFGR = 0;
  RCC_D3CFGR = 0;
}

lln_clocks lln_clocks_start(void) {
  if (lln_raise_voltage() && lln_slow_down_flash() && lln_any_pll_start() && lln_switch_to_pll()) {
    const lln_clocks fast = {LLN_PLL_HZ, LLN_PLL_HZ / 4u, LLN_PLL_HZ / 2u};
    return fast;
  }
  lln_stay_with_hsi();
  const lln_clocks slow = {LLN_HSI_HZ, LLN_HSI_HZ, LLN_HSI_HZ};
  return slow;
}

/* The least that a Cortex-M7 needs to run a test under QEMU: vectors, FPU, semihosting. */
#include "board.h"

#define SEMIHOSTING_WRITE0 0x04u
#define SEMIHOSTING_EXIT_EXTENDED 0x20u
#define ADP_APPLICATION_EXIT 0x20026u
#define CPACR (*(volatile uint32_t *)0xE000ED88u)

extern const char lln_stack_top[];
void lln_reset(void);
static void lln_fault(void);

typedef struct lln_vectors {
  const char *stack_top;
  void (*handlers[15])(void);
} lln_vectors;

__attribute__((section(".vectors"), used)) static const lln_vectors vectors = {
    lln_stack_top, {lln_reset, lln_fault, lln_fault, lln_fault, lln_fault, lln_fault}
};

static void semihost(uint32_t operation, const void *argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

void lln_print(const char *text) { semihost(SEMIHOSTING_WRITE0, text); }

void lln_print_number(const char *name, uint32_t value) {
  char digits[9];
  size_t start = sizeof digits - 1;
  digits[start] = 0;
  uint32_t rest = value;
  do {
    digits[--start] = "0123456789abcdef"[rest & 15u];
    rest >>= 4;
  } while (rest > 0);
  lln_print(name);
  lln_print(" 0x");
  lln_print(digits + start);
  lln_print("\n");
}

void lln_exit(uint32_t status) {
  const uint32_t reason[2] = {ADP_APPLICATION_EXIT, status};
  semihost(SEMIHOSTING_EXIT_EXTENDED, reason);
  for (;;) {
  }
}

static void lln_fault(void) {
  lln_print("hard fault\n");
  lln_exit(3);
}

/* RAM is zero when QEMU starts, and its loader has put .data in place. The FPU is off until CPACR says otherwise. */
void lln_reset(void) {
  CPACR |= 0xFu << 20;
  __asm__ volatile("dsb\n isb" ::: "memory");
  lln_exit(lln_main());
}

/* Compilers call these on their own, for structs and loops. */
void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  unsigned char *target = to;
  const unsigned char *source = from;
  for (size_t i = 0; i < count; i++) target[i] = source[i];
  return to;
}

void *memset(void *memory, int value, size_t count) {
  unsigned char *bytes = memory;
  for (size_t i = 0; i < count; i++) bytes[i] = (unsigned char)value;
  return memory;
}

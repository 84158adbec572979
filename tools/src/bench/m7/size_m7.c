/*
 * Measures the memory that the kernel takes on an emulated Cortex-M7: sizes as the kernel reports them, and the stack,
 * by painting what lies below and looking how far it was written over.
 */
#include "../../../../firmware-bridge/kernel/src/kernel.h"
#include "../../../../firmware-bridge/kernel/test/m7/board.h"

#define PAINTED_WORDS 4096u
#define PAINT 0xA5C3965Au
#define STEPS 4u

/* Where the host puts the image, and its length. */
#define IMAGE (LLN_BOARD_DATA + 4096u)
#define IMAGE_BYTES (*(const uint32_t *)(const void *)LLN_BOARD_DATA)

static _Alignas(32) unsigned char scratch[1u << 18];
static float state[2048];
static float inputs[STEPS * 256u];
static float outputs[STEPS * 256u];
static float time_steps[STEPS];
static lln_network network;
static lln_status status;

typedef void work(void);

static void do_open(void) { status = lln_open(IMAGE, IMAGE_BYTES, &network); }

static void do_step(void) { status = lln_step(&network, state, scratch, inputs, 1.0f, outputs); }

static void do_sequence(void) { status = lln_sequence(&network, state, scratch, STEPS, inputs, time_steps, outputs); }

static inline uint32_t *stack_pointer(void) {
  uint32_t *pointer;
  __asm__ volatile("mov %0, sp" : "=r"(pointer));
  return pointer;
}

/* Bytes of stack that `run` and everything that it calls write, at most. */
static __attribute__((noinline)) uint32_t stack_of(work *volatile run) {
  volatile uint32_t *const top = stack_pointer();
  volatile uint32_t *const bottom = top - PAINTED_WORDS;
  for (volatile uint32_t *word = bottom; word < top; word++) *word = PAINT;
  run();
  const volatile uint32_t *word = bottom;
  while (word < top && *word == PAINT) word++;
  return (uint32_t)((const volatile unsigned char *)top - (const volatile unsigned char *)word);
}

static bool does_fit(void) {
  return lln_scratch_bytes(&network) <= sizeof scratch && lln_state_floats(&network) * sizeof(float) <= sizeof state &&
         network.input_size <= 256u && network.output_size <= 256u;
}

/* Large and small values: no activation takes another way through its code, but nothing relies on that. */
static void fill_inputs(void) {
  for (size_t i = 0; i < STEPS * (size_t)network.input_size; i++) inputs[i] = (float)((i * 7u) % 13u) - 6.0f;
  for (size_t i = 0; i < STEPS; i++) time_steps[i] = (float)i;
}

uint32_t lln_main(void) {
  const uint32_t open = stack_of(do_open);
  if (status != LLN_OK || !does_fit()) {
    lln_print("the image cannot be run\n");
    return 1;
  }
  fill_inputs();
  lln_print_number("open", open);
  lln_print_number("step", stack_of(do_step));
  if (status != LLN_OK) return 1;
  lln_print_number("sequence", stack_of(do_sequence));
  lln_print_number("scratch", (uint32_t)lln_scratch_bytes(&network));
  lln_print_number("state", (uint32_t)(lln_state_floats(&network) * sizeof(float)));
  lln_print_number("network", (uint32_t)sizeof network);
  return status == LLN_OK ? 0 : 1;
}

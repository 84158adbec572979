/*
 * Counts instructions of the kernel on an emulated Cortex-M7. With `-icount shift=10` an
 * instruction takes 1024 ns of virtual time, and a timer of 25 MHz sees every one of them.
 */
#include "../../../../firmware-bridge/kernel/src/kernel.h"
#include "../../../../firmware-bridge/kernel/test/m7/board.h"

#define TIMER_LOAD (*(volatile uint32_t *)0x40002000u)
#define TIMER_VALUE (*(volatile uint32_t *)0x40002004u)
#define TIMER_CONTROL (*(volatile uint32_t *)0x40002008u)
#define TIMER_RUN_FREELY_32_BITS 0x82u
#define TICK_NS 40u
#define INSTRUCTION_NS 1024u

#define SHAPES_MAX 8u
/* Where the host puts the image, and zeros for the plain loop to multiply with. */
#define IMAGE (LLN_BOARD_DATA + 4096u)
#define ZEROS ((const float *)(const void *)(LLN_BOARD_DATA + (8u << 20)))

/* What the host asks for: what the network's products are, for the plain loop. */
typedef struct lln_request {
  uint32_t image_bytes;
  uint32_t shapes;
  struct {
    uint32_t inputs;
    uint32_t outputs;
  } shape[SHAPES_MAX];
} lln_request;

static _Alignas(32) unsigned char scratch[1u << 18];
static float state[2048];
static float input[2048];
static float output[2048];
static lln_network network;

typedef void work(void);

static void do_nothing(void) {}

static void step(void) { lln_step(&network, state, scratch, input, 1.0f, output); }

/* The first table of the image alone, where it is a matrix. */
static void multiply(void) {
  if (network.tables[0].kind == LLN_TABLE_DENSE) {
    lln_apply_matrix(&network.tables[0], input, output);
  }
}

/* The loop that one writes without thinking: row by row, as PyTorch stores weights. */
static __attribute__((noinline)) void multiply_plainly(uint32_t inputs, uint32_t outputs) {
  const float *row = ZEROS;
  for (uint32_t i = 0; i < outputs; i++, row += inputs) {
    float sum = row[0];
    for (uint32_t j = 0; j < inputs; j++) {
      sum = lln_fmaf(row[j], input[j], sum);
    }
    output[i] = sum;
  }
}

static void multiply_all_plainly(void) {
  const lln_request *request = (const void *)LLN_BOARD_DATA;
  for (uint32_t i = 0; i < request->shapes; i++) {
    multiply_plainly(request->shape[i].inputs, request->shape[i].outputs);
  }
}

static uint32_t ticks_of(work *volatile run) {
  const uint32_t before = TIMER_VALUE;
  run();
  return before - TIMER_VALUE;
}

/* Rounded to whole instructions, without what the measurement itself takes. */
static uint32_t count(work *run) {
  const uint64_t ticks = ticks_of(run) - ticks_of(do_nothing);
  return (uint32_t)((ticks * TICK_NS + INSTRUCTION_NS / 2) / INSTRUCTION_NS);
}

uint32_t lln_main(void) {
  const lln_request *request = (const void *)LLN_BOARD_DATA;
  if (lln_open(IMAGE, request->image_bytes, &network) != LLN_OK || lln_scratch_bytes(&network) > sizeof scratch) {
    lln_print("the image cannot be run");
    return 1;
  }
  TIMER_LOAD = 0xFFFFFFFFu;
  TIMER_CONTROL = TIMER_RUN_FREELY_32_BITS;
  for (size_t i = 0; i < network.input_size; i++) {
    input[i] = 0.5f;
  }
  step();
  lln_print_number("step", count(step));
  lln_print_number("multiply", count(multiply));
  lln_print_number("plain", count(multiply_all_plainly));
  return 0;
}

#include "identity.h"

#include "../../src/elementary.h"
#include "../../src/kernel.h"
#include "batch.h"

#define SCRATCH_BYTES (1u << 20)

static _Alignas(32) unsigned char scratch[SCRATCH_BYTES];
static float state[2 * LLN_UNITS_MAX];
static float outputs[LLN_OUTPUTS_MAX];

static void digest_value(lln_digest *digest, float value) {
  const uint32_t bits = lln_bits_of(lln_canonical(value));
  const unsigned char bytes[4] = {(unsigned char)bits, (unsigned char)(bits >> 8), (unsigned char)(bits >> 16),
                                  (unsigned char)(bits >> 24)};
  for (size_t i = 0; i < sizeof bytes; i++) digest->fnv = (digest->fnv ^ bytes[i]) * 0x100000001B3u;
  digest->crc = lln_crc32(digest->crc, bytes, sizeof bytes);
  digest->words++;
}

void lln_digest_values(lln_digest *digest, const float *values, size_t count) {
  for (size_t i = 0; i < count; i++) digest_value(digest, values[i]);
}

static uint32_t padded(uint32_t bytes) { return lln_round_up(bytes, LLN_IMAGE_ALIGNMENT); }

static const char *run_alone(const lln_identity_set *set, lln_digest *digest) {
  const lln_network *network = set->network;
  const size_t state_floats = lln_state_floats(network);
  lln_copy(state, set->start, state_floats);
  for (uint32_t step = 0; step < set->steps; step++) {
    const float *row = set->inputs + (size_t)step * network->input_size;
    if (lln_step(network, state, scratch, row, set->time_steps[step], outputs) != LLN_OK) return "a step fails";
    lln_digest_values(digest, outputs, network->output_size);
  }
  lln_digest_values(digest, state, state_floats);
  return NULL;
}

/* Runs the set at `data`, and moves `data` behind it. Returns NULL, or what is wrong. */
static const char *run_set(const unsigned char **data, lln_digest *digest) {
  const uint32_t *head = (const uint32_t *)(const void *)*data;
  const uint32_t steps = head[1];
  const unsigned char *image = *data + LLN_IMAGE_ALIGNMENT;
  const float *start = (const float *)(const void *)(image + padded(head[0]));
  const float *time_steps = start + padded(head[2] * 4u) / 4u;
  const float *inputs = time_steps + padded(steps * 4u) / 4u;
  lln_network network;
  if (lln_open(image, head[0], &network) != LLN_OK) return "an image is refused";
  if (lln_scratch_bytes(&network) > SCRATCH_BYTES || lln_state_floats(&network) != head[2])
    return "a state does not fit";
  if (network.input_size != head[3]) return "inputs do not fit";
  *data = (const unsigned char *)(inputs + padded(steps * head[3] * 4u) / 4u);
  const lln_identity_set set = {&network, start, time_steps, inputs, steps};
  const char *fault = run_alone(&set, digest);
  return fault != NULL ? fault : lln_identity_batch(&set, scratch, SCRATCH_BYTES, digest);
}

/* Blocks of 16, so that compilers vectorise what they would vectorise in a network. */
static void run_arguments(const float *arguments, uint32_t count, lln_digest *digest) {
  float block[16];
  for (uint32_t at = 0; at + 18 <= count; at += 16) {
    for (uint8_t kind = LLN_ACTIVATION_LECUN_TANH; kind <= LLN_ACTIVATION_GELU; kind++) {
      lln_copy(block, arguments + at, 16);
      lln_activate(kind, block, 16);
      lln_digest_values(digest, block, 16);
    }
    for (size_t i = 0; i < 16; i++) block[i] = lln_exp(arguments[at + i]);
    lln_digest_values(digest, block, 16);
    for (size_t i = 0; i < 16; i++) block[i] = lln_sigmoid(arguments[at + i]);
    lln_digest_values(digest, block, 16);
    for (size_t i = 0; i < 16; i++)
      block[i] = lln_fmaf(arguments[at + i], arguments[at + i + 1], arguments[at + i + 2]);
    lln_digest_values(digest, block, 16);
  }
}

const char *lln_identity(const unsigned char *data, size_t length, lln_digest *digest) {
  const uint32_t *head = (const uint32_t *)(const void *)data;
  const lln_digest empty = {0xCBF29CE484222325u, 0, 0};
  *digest = empty;
  if (length < LLN_IMAGE_ALIGNMENT || head[0] != LLN_IDENTITY_MAGIC) return "this is no identity data";
  const unsigned char *at = data + LLN_IMAGE_ALIGNMENT;
  for (uint32_t set = 0; set < head[1]; set++) {
    if (at >= data + length) return "a set is missing";
    const char *fault = run_set(&at, digest);
    if (fault != NULL) return fault;
  }
  if (at + (size_t)head[2] * 4u > data + length) return "the arguments are cut off";
  run_arguments((const float *)(const void *)at, head[2], digest);
  return NULL;
}

static char *append_hex(char *text, uint64_t value, unsigned digits) {
  for (unsigned i = digits; i-- > 0;) *text++ = "0123456789abcdef"[(value >> (4 * i)) & 15u];
  return text;
}

void lln_format_digest(const lln_digest *digest, char text[37]) {
  text = append_hex(text, digest->crc, 8);
  *text++ = ' ';
  text = append_hex(text, digest->fnv, 16);
  *text++ = ' ';
  text = append_hex(text, digest->words, 8);
  *text++ = '\n';
  *text = 0;
}

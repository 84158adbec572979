#include "arithmetic.h"
#include "kernel.h"

static uint16_t lln_read_u16(const unsigned char *bytes) { return (uint16_t)(bytes[0] | (uint32_t)bytes[1] << 8); }

static uint32_t lln_read_u32(const unsigned char *bytes) {
  return (uint32_t)lln_read_u16(bytes) | (uint32_t)lln_read_u16(bytes + 2) << 16;
}

/* Magic, version, length and checksum: whether the bytes arrived as they were sent. */
static lln_status lln_check_envelope(const unsigned char *image, size_t length) {
  static const unsigned char zeros[4] = {0, 0, 0, 0};
  if (length < LLN_HEADER_BYTES) return LLN_ERROR_TRUNCATED;
  if (image[0] != 'L' || image[1] != 'N' || image[2] != 'E' || image[3] != 'T') return LLN_ERROR_MAGIC;
  if (lln_read_u16(image + 4) != LLN_ABI) return LLN_ERROR_ABI;
  if (length > LLN_IMAGE_BYTES_MAX || length % LLN_IMAGE_ALIGNMENT != 0) return LLN_ERROR_LENGTH;
  if (lln_read_u32(image + 8) != length) return LLN_ERROR_LENGTH;
  uint32_t crc = lln_crc32(0, image, 12);
  crc = lln_crc32(crc, zeros, sizeof zeros);
  crc = lln_crc32(crc, image + 16, length - 16);
  return crc == lln_read_u32(image + 12) ? LLN_OK : LLN_ERROR_CHECKSUM;
}

static void lln_read_header(const unsigned char *image, lln_network *network) {
  network->cell = image[16];
  network->mode = image[17];
  network->activation = image[18];
  network->flags = image[19];
  network->input_size = lln_read_u16(image + 20);
  network->units = lln_read_u16(image + 22);
  network->output_size = lln_read_u16(image + 24);
  network->cell_output_start = lln_read_u16(image + 26);
  network->cell_output_size = lln_read_u16(image + 28);
  network->layers = lln_read_u16(image + 30);
  network->unfolds = lln_read_u16(image + 32);
  network->table_count = lln_read_u16(image + 34);
  network->epsilon = lln_float_of(lln_read_u32(image + 36));
  network->default_time_step = lln_float_of(lln_read_u32(image + 40));
  network->work_floats = 0;
  network->macs_per_step = 0;
}

static bool lln_is_within(uint32_t value, uint32_t min, uint32_t max) { return value >= min && value <= max; }

static bool lln_are_zero(const unsigned char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (bytes[i] != 0) return false;
  }
  return true;
}

/* The fields that only some cells use: in range where they mean something, zero where they do not. */
static bool lln_has_valid_cell(const lln_network *n) {
  const uint32_t maps = LLN_FLAG_INPUT_MAP | LLN_FLAG_OUTPUT_MAP;
  const bool is_plain = n->unfolds == 0 && lln_bits_of(n->epsilon) == 0 && (n->flags & maps) == 0;
  switch (n->cell) {
    case LLN_CELL_CFC:
      return is_plain && n->mode <= LLN_MODE_PURE && n->layers <= LLN_BACKBONE_LAYERS_MAX &&
             (n->layers == 0 ? n->activation == LLN_ACTIVATION_NONE
                             : lln_is_within(n->activation, LLN_ACTIVATION_LECUN_TANH, LLN_ACTIVATION_GELU));
    case LLN_CELL_WIRED_CFC:
      return is_plain && n->mode <= LLN_MODE_PURE && n->activation == LLN_ACTIVATION_NONE &&
             lln_is_within(n->layers, 1, LLN_WIRING_LAYERS_MAX);
    case LLN_CELL_LTC:
      return n->mode == 0 && n->activation == LLN_ACTIVATION_NONE && n->layers == 0 &&
             lln_is_within(n->unfolds, 1, LLN_UNFOLDS_MAX) && n->epsilon >= 0.0f && lln_is_finite(n->epsilon);
    case LLN_CELL_GRU:
      return is_plain && n->mode == 0 && n->activation == LLN_ACTIVATION_NONE && n->layers == 0 &&
             !lln_has(n, LLN_FLAG_MEMORY);
    default: return false;
  }
}

static bool lln_has_valid_header(const unsigned char *image, const lln_network *n) {
  return lln_read_u16(image + 6) == LLN_HEADER_BYTES && (n->flags & ~(uint32_t)LLN_FLAGS_ALL) == 0 &&
         lln_is_within(n->input_size, 1, LLN_INPUTS_MAX) && lln_is_within(n->units, 1, LLN_UNITS_MAX) &&
         lln_is_within(n->output_size, 1, LLN_OUTPUTS_MAX) && lln_is_within(n->cell_output_size, 1, n->units) &&
         n->cell_output_start <= n->units - n->cell_output_size &&
         (lln_has(n, LLN_FLAG_READOUT) || n->output_size == n->cell_output_size) &&
         lln_is_within(n->table_count, 1, LLN_TABLES_MAX) && n->default_time_step > 0.0f &&
         lln_is_finite(n->default_time_step) && lln_are_zero(image + 44, LLN_HEADER_BYTES - 44) &&
         lln_has_valid_cell(n);
}

LLN_LINKAGE lln_status lln_open(const void *image, size_t length, lln_network *network) {
  if (image == NULL || network == NULL) return LLN_ERROR_ARGUMENT;
  if ((uintptr_t)image % LLN_IMAGE_ALIGNMENT != 0) return LLN_ERROR_ALIGNMENT;
  const unsigned char *bytes = image;
  const lln_status status = lln_check_envelope(bytes, length);
  if (status != LLN_OK) return status;
  lln_read_header(bytes, network);
  if (!lln_has_valid_header(bytes, network)) return LLN_ERROR_HEADER;
  return lln_open_tables(bytes, (uint32_t)length, network);
}

/* Group 0 (docs/spec/board.md, 3). */
#include "config.h"
#include "lln/lln.h"
#include "lln_platform/board.h"
#include "server.h"

enum { ECHO = 0, RESET = 5, PARAMETERS = 6, INFO = 7 };
enum { OS_INVALID_FORMAT = 2 };

static lln_failure echo(lln_app *app, const lln_request *request, lln_cbor_writer *answer) {
  (void)app;
  lln_field fields[] = {LLN_FIELD("d", LLN_FIELD_TEXT)};
  if (!LLN_READ_REQUEST(request, fields) || !fields[0].is_given) return LLN_SMP_INVALID;
  lln_cbor_key(answer, "r");
  lln_cbor_text(answer, (const char *)fields[0].bytes, fields[0].length);
  return LLN_SMP_OK;
}

/* The reset itself comes after the answer has been sent. */
static lln_failure reset(lln_app *app, const lln_request *request, lln_cbor_writer *answer) {
  (void)answer;
  if (!lln_read_request(request, NULL, 0)) return LLN_SMP_INVALID;
  app->wants_reset = true;
  return LLN_SMP_OK;
}

static lln_failure parameters(lln_app *app, const lln_request *request, lln_cbor_writer *answer) {
  (void)app;
  if (!lln_read_request(request, NULL, 0)) return LLN_SMP_INVALID;
  lln_cbor_put_number(answer, "buf_size", LLN_MESSAGE_BYTES_MAX);
  lln_cbor_put_number(answer, "buf_count", LLN_MESSAGES_UNDER_WAY);
  return LLN_SMP_OK;
}

static const char *text_of(char letter) {
  switch (letter) {
    case 's': return LLN_FIRMWARE_NAME;
    case 'n': return "unknown"; /* the node's name: the gateway gives it */
    case 'r': return LLN_FIRMWARE_VERSION;
    case 'v': return "kernel-" LLN_VERSION;
    case 'b': return "unknown"; /* builds can be repeated, so they have no date */
    case 'm':
    case 'p': return LLN_PROCESSOR;
    case 'i': return lln_board_kind();
    case 'o': return LLN_FIRMWARE_NAME;
    default: return NULL;
  }
}

#define LETTERS "snrvbmpio"

/* In the order of LETTERS, whatever the order of the request. */
static lln_failure info(lln_app *app, const lln_request *request, lln_cbor_writer *answer) {
  (void)app;
  lln_field fields[] = {LLN_FIELD("format", LLN_FIELD_TEXT)};
  if (!LLN_READ_REQUEST(request, fields)) return LLN_SMP_INVALID;
  /* Without a letter the first one is meant. */
  bool is_wanted[sizeof LETTERS - 1] = {fields[0].length == 0};
  for (size_t i = 0; i < fields[0].length; i++) {
    const char letter = (char)fields[0].bytes[i];
    if (letter != 'a' && text_of(letter) == NULL) return LLN_OF_GROUP | OS_INVALID_FORMAT;
    for (size_t k = 0; k < sizeof is_wanted; k++) is_wanted[k] = is_wanted[k] || letter == 'a' || LETTERS[k] == letter;
  }
  char output[256];
  size_t length = 0;
  for (size_t k = 0; k < sizeof is_wanted; k++) {
    if (!is_wanted[k]) continue;
    if (length > 0) output[length++] = ' ';
    for (const char *text = text_of(LETTERS[k]); *text != '\0'; text++) output[length++] = *text;
  }
  lln_cbor_key(answer, "output");
  lln_cbor_text(answer, output, length);
  return LLN_SMP_OK;
}

static uint8_t translate(uint8_t failure) { return failure == OS_INVALID_FORMAT ? LLN_SMP_INVALID : LLN_SMP_UNKNOWN; }

static const lln_command commands[] = {
    {ECHO,       echo,       echo },
    {RESET,      NULL,       reset},
    {PARAMETERS, parameters, NULL },
    {INFO,       info,       NULL }
};

const lln_group lln_os_group = {LLN_GROUP_OS, commands, sizeof commands / sizeof *commands, translate};

#include "log.h"

#include "lln_platform/clock.h"

lln_log_line *lln_log_begin(lln_log *log, lln_log_level level) {
  lln_log_line *line = &log->lines[log->next++ % LLN_LOG_LINES];
  line->uptime_ms = (uint32_t)(lln_clock_us() / 1000u);
  line->level = (uint8_t)level;
  line->length = 0;
  return line;
}

void lln_log_text(lln_log_line *line, const char *text) {
  while (*text != '\0' && line->length < LLN_LOG_CHARACTERS) line->text[line->length++] = *text++;
}

void lln_log_number(lln_log_line *line, uint32_t value) {
  char digits[11];
  size_t at = sizeof digits - 1;
  digits[at] = '\0';
  do {
    digits[--at] = (char)('0' + value % 10u);
    value /= 10u;
  } while (value > 0);
  lln_log_text(line, digits + at);
}

void lln_log_say(lln_log *log, lln_log_level level, const char *text) { lln_log_text(lln_log_begin(log, level), text); }

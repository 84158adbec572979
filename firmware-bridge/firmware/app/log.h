/* The newest lines of what happened, for a gateway to read. */
#ifndef LLN_APP_LOG_H
#define LLN_APP_LOG_H

#include <stddef.h>
#include <stdint.h>

#define LLN_LOG_LINES 64u
#define LLN_LOG_CHARACTERS 96u

typedef enum lln_log_level { LLN_LOG_DEBUG, LLN_LOG_INFO, LLN_LOG_WARN, LLN_LOG_ERROR } lln_log_level;

typedef struct lln_log_line {
  uint32_t uptime_ms;
  uint8_t level;
  uint8_t length;
  char text[LLN_LOG_CHARACTERS];
} lln_log_line;

typedef struct lln_log {
  lln_log_line lines[LLN_LOG_LINES];
  uint32_t next; /* the number of the next line */
} lln_log;

/* The oldest line that is still there. */
static inline uint32_t lln_log_oldest(const lln_log *log) {
  return log->next < LLN_LOG_LINES ? 0u : log->next - LLN_LOG_LINES;
}

static inline const lln_log_line *lln_log_at(const lln_log *log, uint32_t number) {
  return &log->lines[number % LLN_LOG_LINES];
}

/* Begins a line, which the other two go on with; what is too long is cut off. */
lln_log_line *lln_log_begin(lln_log *log, lln_log_level level);
void lln_log_text(lln_log_line *line, const char *text);
void lln_log_number(lln_log_line *line, uint32_t value);

/* A whole line. */
void lln_log_say(lln_log *log, lln_log_level level, const char *text);

#endif

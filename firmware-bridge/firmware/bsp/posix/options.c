#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

lln_posix_options lln_posix = {.kind = "posix", .time_scale = 1};

static const char help[] =
    "usage: liquid-lln-board-posix --flash FILE (--socket PATH | --pty LINK) [OPTION...]\n"
    "\n"
    "A board of liquid-lln as a Linux process. It answers SMP on its line (docs/spec/board.md) until it is ended.\n"
    "\n"
    "  --flash FILE          the flash; made, as delivered, if it does not exist\n"
    "  --socket PATH         the line is a unix socket that listens at PATH, for one peer at a time\n"
    "  --pty LINK            the line is a pseudo terminal; LINK is made to point to it\n"
    "  --layout h743|large   slots of 6 sectors, as on the STM32H743 (default), or of 13\n"
    "  --kind KIND           what it says it is: posix (default), or stm32h743, for trying out what is told to those\n"
    "  --baud N              the line carries N bits a second, 10 for a byte (default: no limit)\n"
    "  --time-scale N        the application's clock runs N times as fast\n"
    "  --watchdog-ms N       the watchdog's timeout, whatever the application asks for\n"
    "  --cut-at N            the power fails in operation N of the flash (programming a word, erasing a sector)\n"
    "  --cut-mode MODE       what that leaves: clean (nothing was done, default), torn, unreadable\n"
    "  --count-operations    print how many operations of the flash there were, at the end\n"
    "  --help                this text\n"
    "\n"
    "exit status: 0 ended by SIGTERM or SIGINT, 1 failed, 2 usage, 75 power cut\n";

static const lln_flash_layout layout_h743 = {
    LLN_MODEL_SECTOR_BYTES, {{8, 1}, {9, 1} },
     {{2, 6}, {10, 6}}
};
static const lln_flash_layout layout_large = {
    LLN_MODEL_SECTOR_BYTES, {{15, 1}, {16, 1} },
     {{2, 13}, {17, 13}}
};

void lln_posix_fail(const char *what, const char *which) {
  const char *reason = errno == 0 ? "" : strerror(errno);
  fprintf(stderr, "liquid-lln-board-posix: %s: %s%s%s\n", which, what, errno == 0 ? "" : ": ", reason);
  exit(LLN_EXIT_FAILED);
}

static _Noreturn void refuse(const char *what, const char *which) {
  fprintf(stderr, "liquid-lln-board-posix: %s: %s (--help shows the options)\n", which, what);
  exit(LLN_EXIT_USAGE);
}

static uint64_t number_of(const char *option, const char *text) {
  char *end;
  errno = 0;
  const unsigned long long value = strtoull(text, &end, 10);
  if (errno != 0 || *end != '\0' || text[0] < '0' || text[0] > '9' || value == 0) {
    refuse("needs a whole number above 0", option);
  }
  return value;
}

static void set_layout(const char *name) {
  if (strcmp(name, "h743") == 0)
    lln_posix.layout = &layout_h743;
  else if (strcmp(name, "large") == 0)
    lln_posix.layout = &layout_large;
  else
    refuse("there are the layouts h743 and large", name);
}

static void set_kind(const char *name) {
  if (strcmp(name, "posix") != 0 && strcmp(name, "stm32h743") != 0) {
    refuse("there are the kinds posix and stm32h743", name);
  }
  lln_posix.kind = name;
}

static void set_cut_mode(const char *name) {
  static const char *const names[] = {"clean", "torn", "unreadable"};
  for (int i = 0; i < 3; i++) {
    if (strcmp(name, names[i]) == 0) {
      lln_posix.cut_mode = (lln_cut_mode)i;
      return;
    }
  }
  refuse("there are the modes clean, torn and unreadable", name);
}

static void set_option(const char *option, const char *value) {
  if (strcmp(option, "--flash") == 0)
    lln_posix.flash = value;
  else if (strcmp(option, "--socket") == 0)
    lln_posix.socket = value;
  else if (strcmp(option, "--pty") == 0)
    lln_posix.pty = value;
  else if (strcmp(option, "--layout") == 0)
    set_layout(value);
  else if (strcmp(option, "--kind") == 0)
    set_kind(value);
  else if (strcmp(option, "--baud") == 0)
    lln_posix.baud = number_of(option, value);
  else if (strcmp(option, "--time-scale") == 0)
    lln_posix.time_scale = number_of(option, value);
  else if (strcmp(option, "--watchdog-ms") == 0)
    lln_posix.watchdog_ms = number_of(option, value);
  else if (strcmp(option, "--cut-at") == 0)
    lln_posix.cut_at = number_of(option, value);
  else if (strcmp(option, "--cut-mode") == 0)
    set_cut_mode(value);
  else
    refuse("there is no such option", option);
}

void lln_posix_parse(int count, char **arguments) {
  lln_posix.layout = &layout_h743;
  for (int i = 1; i < count; i++) {
    if (strcmp(arguments[i], "--help") == 0) {
      fputs(help, stdout);
      exit(0);
    }
    if (strcmp(arguments[i], "--count-operations") == 0) {
      lln_posix.counts_operations = true;
      continue;
    }
    if (arguments[i][0] != '-') refuse("is no option", arguments[i]);
    if (i + 1 == count) refuse("needs a value, or is no option", arguments[i]);
    set_option(arguments[i], arguments[i + 1]);
    i++;
  }
  if (lln_posix.flash == NULL) refuse("is missing", "--flash");
  if ((lln_posix.socket == NULL) == (lln_posix.pty == NULL)) refuse("one of them is needed", "--socket, --pty");
}

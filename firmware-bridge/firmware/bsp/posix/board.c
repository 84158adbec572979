/* The process as a board: its start, its resets, its watchdog. A reset starts the same program anew; the line stays
 * open. */
#include "lln_platform/board.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include "options.h"
#include "posix_board.h"

#define STACK_WORDS 16384u
#define KEPT_VARIABLE "LIQUID_LLN_BOARD_KEPT"
/* How much older than the newest feeding the watchdog's timer may be, as a part of its time. */
#define FEEDING_PARTS 8u

lln_posix_kept lln_posix_kept_state = {LLN_RESET_POWER, -1, -1, -1, 0};

static uint32_t stack[STACK_WORDS];
static char **own_arguments;
static uint64_t watchdog_ms;
static uint64_t fed_ns;

const char *lln_board_kind(void) { return lln_posix.kind; }

size_t lln_board_id(uint8_t id[16]) {
  memcpy(id, lln_posix_id, LLN_POSIX_ID_BYTES);
  return LLN_POSIX_ID_BYTES;
}

lln_reset_cause lln_board_reset_cause(void) { return (lln_reset_cause)lln_posix_kept_state.cause; }

lln_stack lln_board_stack(void) {
  const lln_stack bounds = {stack, stack + STACK_WORDS};
  return bounds;
}

/* Only what a signal handler may call: no printf. */
static char *put_number(char *at, uint64_t value, char end) {
  char digits[24];
  size_t count = 0;
  do {
    digits[count++] = (char)('0' + value % 10u);
    value /= 10u;
  } while (value > 0);
  while (count > 0) *at++ = digits[--count];
  *at++ = end;
  return at;
}

static void set_watchdog(uint64_t ms) {
  struct itimerval timer = {
      .it_value = {.tv_sec = (time_t)(ms / 1000u), .tv_usec = (suseconds_t)(ms % 1000u * 1000u)}
  };
  setitimer(ITIMER_REAL, &timer, NULL);
}

/* Files are handed on as their number and one, so that none is 0. */
static _Noreturn void start_anew(lln_reset_cause cause) {
  static char variable[160] = KEPT_VARIABLE "=";
  static char *environment[] = {variable, NULL};
  const lln_posix_kept *kept = &lln_posix_kept_state;
  set_watchdog(0);
  char *at = variable + sizeof KEPT_VARIABLE;
  at = put_number(at, cause, ' ');
  at = put_number(at, (uint64_t)(kept->listener + 1), ' ');
  at = put_number(at, (uint64_t)(kept->peer + 1), ' ');
  at = put_number(at, (uint64_t)(kept->terminal + 1), ' ');
  put_number(at, kept->operations, '\0');
  execve("/proc/self/exe", own_arguments, environment);
  _exit(LLN_EXIT_FAILED);
}

void lln_board_reset(void) { start_anew(LLN_RESET_SOFTWARE); }

static void bite(int signal_number) {
  (void)signal_number;
  start_anew(LLN_RESET_WATCHDOG);
}

void lln_watchdog_start(uint32_t timeout_ms) {
  watchdog_ms = lln_posix.watchdog_ms == 0 ? timeout_ms : lln_posix.watchdog_ms;
  signal(SIGALRM, bite);
  fed_ns = lln_posix_now_ns();
  set_watchdog(watchdog_ms);
}

void lln_watchdog_feed(void) {
  const uint64_t now_ns = lln_posix_now_ns();
  if (watchdog_ms == 0 || now_ns - fed_ns < watchdog_ms * 1000000u / FEEDING_PARTS) return;
  fed_ns = now_ns;
  set_watchdog(watchdog_ms);
}

static void end(int signal_number) {
  (void)signal_number;
  char text[32];
  char *after = put_number(text, lln_posix_kept_state.operations, '\n');
  lln_posix_remove_line();
  if (lln_posix.counts_operations && write(STDOUT_FILENO, text, (size_t)(after - text)) < 0) _exit(LLN_EXIT_FAILED);
  _exit(0);
}

/* What the process before the reset left, if there was one. */
static void take_over(void) {
  const char *text = getenv(KEPT_VARIABLE);
  if (text == NULL) return;
  lln_posix_kept *kept = &lln_posix_kept_state;
  unsigned long long operations;
  if (sscanf(text, "%d %d %d %d %llu", &kept->cause, &kept->listener, &kept->peer, &kept->terminal, &operations) != 5) {
    errno = 0;
    lln_posix_fail("is not what a board leaves to itself", KEPT_VARIABLE);
  }
  kept->listener--;
  kept->peer--;
  kept->terminal--;
  kept->operations = operations;
}

static void set_up_signals(void) {
  sigset_t alarm_only;
  set_watchdog(0);
  sigemptyset(&alarm_only);
  sigaddset(&alarm_only, SIGALRM);
  sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTERM, end);
  signal(SIGINT, end);
}

/* On a stack of its own, whose use can be seen. */
static void run_application(void) {
  static ucontext_t application;
  static ucontext_t caller;
  for (size_t i = 0; i < STACK_WORDS; i++) stack[i] = LLN_STACK_PAINT;
  getcontext(&application);
  application.uc_stack.ss_sp = stack;
  application.uc_stack.ss_size = sizeof stack;
  application.uc_link = &caller;
  makecontext(&application, (void (*)(void))lln_application, 0);
  swapcontext(&caller, &application);
}

int main(int count, char **arguments) {
  own_arguments = arguments;
  lln_posix_parse(count, arguments);
  take_over();
  set_up_signals();
  lln_posix_start_clock();
  lln_posix_open_flash();
  const int is_first = lln_posix_kept_state.listener < 0 && lln_posix_kept_state.terminal < 0;
  lln_posix_open_line();
  if (is_first) {
    printf("ready at %s\n", lln_posix.socket != NULL ? lln_posix.socket : lln_posix.pty);
    fflush(stdout);
  }
  run_application();
  return LLN_EXIT_FAILED;
}

/* The line's bytes, as fast as --baud allows. */
#include "lln_platform/serial.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lln_platform/board.h"
#include "options.h"
#include "posix_board.h"

#define NS_PER_SECOND 1000000000u
#define BITS_PER_BYTE 10u
#define PATIENCE_MS 1000
/* Moved at once on a line with a limit, so that time passes between bytes. */
#define SLOW_BYTES 16u

/*
 * Until when the bytes that were read so far have been coming in: one after the other from when the line was last seen
 * empty. Bytes that came while the application was busy are there at once, as in a UART's ring.
 */
static uint64_t busy_until_ns;

static int peer(void) { return lln_posix_kept_state.peer; }

static uint64_t duration_of(size_t bytes) {
  return lln_posix.baud == 0 ? 0 : bytes * BITS_PER_BYTE * (uint64_t)NS_PER_SECOND / lln_posix.baud;
}

static struct timespec time_of(uint64_t ns) {
  const struct timespec time = {.tv_sec = (time_t)(ns / NS_PER_SECOND), .tv_nsec = (long)(ns % NS_PER_SECOND)};
  return time;
}

static void hang_up(void) {
  if (lln_posix_kept_state.terminal >= 0) return;
  close(peer());
  lln_posix_kept_state.peer = -1;
}

/* Nothing has come in before now. */
static void see_empty(void) {
  const uint64_t now_ns = lln_posix_now_ns();
  if (busy_until_ns < now_ns) busy_until_ns = now_ns;
}

static void take_peer(void) {
  if (peer() < 0) lln_posix_kept_state.peer = accept4(lln_posix_kept_state.listener, NULL, NULL, SOCK_NONBLOCK);
}

size_t lln_serial_read(uint8_t *to, size_t room) {
  take_peer();
  if (busy_until_ns == 0) see_empty();
  const uint64_t now_ns = lln_posix_now_ns();
  if (peer() < 0 || now_ns < busy_until_ns) return 0;
  if (lln_posix.baud != 0 && room > SLOW_BYTES) room = SLOW_BYTES;
  const ssize_t count = read(peer(), to, room);
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) hang_up();
  if (count <= 0) {
    see_empty();
    return 0;
  }
  busy_until_ns += duration_of((size_t)count);
  return (size_t)count;
}

static void rest_until(uint64_t ns) {
  const struct timespec time = time_of(ns);
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

void lln_serial_write(const uint8_t *bytes, size_t count) {
  uint64_t sent_ns = lln_posix_now_ns();
  while (count > 0 && peer() >= 0) {
    lln_watchdog_feed();
    const ssize_t written = write(peer(), bytes, lln_posix.baud != 0 && count > SLOW_BYTES ? SLOW_BYTES : count);
    if (written > 0) {
      bytes += written;
      count -= (size_t)written;
      sent_ns += duration_of((size_t)written);
      if (lln_posix.baud != 0) rest_until(sent_ns);
      continue;
    }
    struct pollfd line = {.fd = peer(), .events = POLLOUT};
    if (errno != EAGAIN && errno != EINTR)
      hang_up();
    else if (poll(&line, 1, PATIENCE_MS) == 0)
      return;
  }
}

/* The operating system holds back whoever sends too fast. */
uint32_t lln_serial_lost(void) { return 0; }

void lln_posix_wait_for_line(uint64_t wait_ns) {
  const uint64_t now_ns = lln_posix_now_ns();
  if (now_ns < busy_until_ns) {
    rest_until(busy_until_ns - now_ns < wait_ns ? busy_until_ns : now_ns + wait_ns);
    return;
  }
  struct pollfd line = {.fd = peer() >= 0 ? peer() : lln_posix_kept_state.listener, .events = POLLIN};
  const struct timespec time = time_of(wait_ns);
  ppoll(&line, 1, &time, NULL);
  see_empty();
}

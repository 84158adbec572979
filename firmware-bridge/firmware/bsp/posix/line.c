/* How the line is opened: a socket that listens, or a pseudo terminal with a link to it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "options.h"
#include "posix_board.h"

/* What an earlier board left at `path`, but nothing else. */
static void remove_old(const char *path, mode_t kind) {
  struct stat status;
  if (lstat(path, &status) != 0) return;
  errno = 0;
  if ((status.st_mode & S_IFMT) != kind) lln_posix_fail("is in the way and is not a board's", path);
  if (unlink(path) != 0) lln_posix_fail("cannot be replaced", path);
}

static void open_socket(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  errno = 0;
  if (strlen(lln_posix.socket) >= sizeof address.sun_path) {
    lln_posix_fail("is too long for a socket's path", lln_posix.socket);
  }
  strcpy(address.sun_path, lln_posix.socket);
  remove_old(lln_posix.socket, S_IFSOCK);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (listener < 0 || bind(listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
      listen(listener, 1) != 0) {
    lln_posix_fail("cannot listen there", lln_posix.socket);
  }
  lln_posix_kept_state.listener = listener;
}

/* The board holds the other end too, so that the line stays up while nobody is there. */
static void open_terminal(void) {
  char name[64];
  struct termios settings;
  errno = 0;
  const int own = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
  if (own < 0 || grantpt(own) != 0 || unlockpt(own) != 0 || ptsname_r(own, name, sizeof name) != 0) {
    lln_posix_fail("there is no pseudo terminal for it", lln_posix.pty);
  }
  const int other = open(name, O_RDWR | O_NOCTTY);
  if (other < 0 || tcgetattr(other, &settings) != 0) lln_posix_fail("cannot be opened", name);
  cfmakeraw(&settings);
  if (tcsetattr(other, TCSANOW, &settings) != 0) lln_posix_fail("cannot be set up", name);
  remove_old(lln_posix.pty, S_IFLNK);
  if (symlink(name, lln_posix.pty) != 0) lln_posix_fail("cannot be made", lln_posix.pty);
  lln_posix_kept_state.peer = own;
  lln_posix_kept_state.terminal = other;
}

void lln_posix_open_line(void) {
  if (lln_posix_kept_state.listener >= 0 || lln_posix_kept_state.terminal >= 0) return;
  if (lln_posix.socket != NULL)
    open_socket();
  else
    open_terminal();
}

void lln_posix_remove_line(void) { unlink(lln_posix.socket != NULL ? lln_posix.socket : lln_posix.pty); }

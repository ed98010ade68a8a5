// Linux's calls around pipes and sockets, which Swift's Glibc module leaves out.
#if defined(__linux__)
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/// splice(2) of a pipe and a socket, without waiting: SPLICE_F_MOVE and SPLICE_F_NONBLOCK, and SPLICE_F_MORE where more is
/// about to follow.
static inline ssize_t splice_now(int from, int to, size_t count, int more) {
  return syscall(SYS_splice, from, (void *)0, to, (void *)0, count, 1 | 2 | (more ? 4 : 0));
}

/// F_SETPIPE_SZ; what it holds now, or -1.
static inline int resize_pipe(int pipe, int size) { return fcntl(pipe, 1031, size); }

/// Bytes a second that the other end of a TCP connection has lately confirmed; 0 where the kernel does not say.
static inline unsigned long long delivery_rate(int socket) {
  // The kernel's struct tcp_info (linux/tcp.h), whose tcpi_delivery_rate is at byte 160; the C library's lacks it.
  unsigned long long info[32] = {0};
  socklen_t size = sizeof info;
  return getsockopt(socket, IPPROTO_TCP, 11 /* TCP_INFO */, info, &size) == 0 ? info[20] : 0;
}
#endif

// What Swift's Glibc module lacks, declared for it. _GNU_SOURCE is defined in CLinux.c only:
// defined here, it would change fd_set's field names under the Glibc module.
#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

extern int accept4(int, struct sockaddr *__restrict, socklen_t *__restrict, int);

static const uint32_t CL_EPOLLIN = EPOLLIN;
static const uint32_t CL_EPOLLOUT = EPOLLOUT;
static const uint32_t CL_EPOLLRDHUP = EPOLLRDHUP;
static const uint32_t CL_EPOLLHUP = EPOLLHUP;
static const uint32_t CL_EPOLLERR = EPOLLERR;
static const uint32_t CL_EPOLLET = 1u << 31;
static const uint32_t CL_EPOLLEXCLUSIVE = 1u << 28;
static const int32_t CL_EPOLL_CLOEXEC = EPOLL_CLOEXEC;
static const int32_t CL_EFD_CLOEXEC = EFD_CLOEXEC;
static const int32_t CL_EFD_NONBLOCK = EFD_NONBLOCK;
static const int32_t CL_SOCK_STREAM = SOCK_STREAM;
static const int32_t CL_SOCK_NONBLOCK = SOCK_NONBLOCK;
static const int32_t CL_SOCK_CLOEXEC = SOCK_CLOEXEC;
static const int32_t CL_MSG_NOSIGNAL = MSG_NOSIGNAL;
static const int32_t CL_MSG_PEEK = MSG_PEEK;

/// recv and send without flags (but MSG_NOSIGNAL): bytes, or -1 and errno. The library's are cancellation points, which
/// costs two atomic operations a call where there are several threads; no thread here is ever cancelled.
ssize_t cl_receive(int descriptor, void *bytes, size_t count);
ssize_t cl_send(int descriptor, const void *bytes, size_t count);
/// The errno's text in the C locale, for messages made while other threads run.
const char *cl_strerror(int number);
/// The kernel's id of the calling thread (nginx's number after '#').
int32_t cl_gettid(void);
/// Names the calling thread (at most 15 bytes and NUL).
void cl_name_thread(const char *name);
/// Broken-down local time with the offset from UTC in seconds.
struct cl_local_time {
    int32_t year, month, day, hour, minute, second, weekday, offset_seconds;
};
void cl_read_local_time(int64_t unix_seconds, struct cl_local_time *out);
/// What the kernel measures of a TCP connection.
struct cl_tcp {
    uint32_t rtt_microseconds, rtt_variance_microseconds, send_window_segments, receive_space_bytes;
};
/// 0, or an errno.
int32_t cl_read_tcp(int32_t descriptor, struct cl_tcp *out);
/// Says on standard error where the process was when a signal of its own doing ends it (SIGILL is a broken invariant).
void cl_report_traps(void);
/// Keeps CAP_NET_BIND_SERVICE over the change of user that follows; 0 or an errno.
int32_t cl_keep_capabilities(void);
int32_t cl_restore_bind_capability(void);

#endif

#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <linux/capability.h>
#include <execinfo.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WATCHED 1 // The sanitizers watch the library's calls.
#endif
#endif

ssize_t cl_receive(int descriptor, void *bytes, size_t count) {
#ifdef WATCHED
    return recv(descriptor, bytes, count, 0);
#else
    return syscall(SYS_recvfrom, descriptor, bytes, count, 0, NULL, NULL);
#endif
}

ssize_t cl_send(int descriptor, const void *bytes, size_t count) {
#ifdef WATCHED
    return send(descriptor, bytes, count, MSG_NOSIGNAL);
#else
    return syscall(SYS_sendto, descriptor, bytes, count, MSG_NOSIGNAL, NULL, 0);
#endif
}

const char *cl_strerror(int number) {
    const char *text = strerrordesc_np(number);
    return text ? text : "Unknown error";
}

int32_t cl_gettid(void) { return (int32_t)syscall(SYS_gettid); }

void cl_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

void cl_read_local_time(int64_t unix_seconds, struct cl_local_time *out) {
    time_t seconds = (time_t)unix_seconds;
    struct tm parts;
    localtime_r(&seconds, &parts);
    out->year = parts.tm_year + 1900;
    out->month = parts.tm_mon + 1;
    out->day = parts.tm_mday;
    out->hour = parts.tm_hour;
    out->minute = parts.tm_min;
    out->second = parts.tm_sec;
    out->weekday = parts.tm_wday;
    out->offset_seconds = (int32_t)parts.tm_gmtoff;
}

int32_t cl_keep_capabilities(void) { return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 ? 0 : errno; }

int32_t cl_restore_bind_capability(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[2] = {{0}};
    data[0].effective = data[0].permitted = 1u << CAP_NET_BIND_SERVICE;
    return syscall(SYS_capset, &header, data) == 0 ? 0 : errno;
}

static void report_trap(int signal_number, siginfo_t *info, void *context) {
    (void)context;
    char line[256];
    void *frames[48];
    // None of this is promised to work in a process that is broken already; mostly it does, and then it ends as it would
    // have.
    int length = snprintf(line, sizeof line,
                          "postern: [alert] %d#%d: a bug in Postern: signal %d (%s) at address %p; please report these lines\n",
                          (int)getpid(), (int)cl_gettid(), signal_number, sigabbrev_np(signal_number), info->si_addr);
    ssize_t written = write(2, line, (size_t)length);
    (void)written;
    backtrace_symbols_fd(frames, backtrace(frames, 48), 2);
    raise(signal_number);
}

void cl_report_traps(void) {
    void *frame[1];
    backtrace(frame, 1); // loads what it needs now, not in the handler
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = report_trap;
    action.sa_flags = SA_SIGINFO | (int)SA_RESETHAND | SA_NODEFER;
    const int signals[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
}

int32_t cl_read_tcp(int32_t descriptor, struct cl_tcp *out) {
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return errno;
    out->rtt_microseconds = info.tcpi_rtt;
    out->rtt_variance_microseconds = info.tcpi_rttvar;
    out->send_window_segments = info.tcpi_snd_cwnd;
    out->receive_space_bytes = info.tcpi_rcv_space;
    return 0;
}

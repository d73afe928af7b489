/* A wrong oscillator for a program that knows nothing of it: preloaded, it maps the clocks that the program reads and the kernel's time
   stamps of its packets by the function that --simulated-clock uses, so that both stay one clock. RECORD_SYNCD_DRIFT holds the rate and the amplitude of its wander, in parts
   per billion, and the instant of CLOCK_MONOTONIC (ns) at which the clock is still right. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#define BILLION 1000000000LL
#define WANDER_PERIOD (60 * BILLION)

static int (*real_gettime)(clockid_t, struct timespec *);
static ssize_t (*real_recvmsg)(int, struct msghdr *, int);
static int (*real_recvmmsg)(int, struct mmsghdr *, unsigned, int, struct timespec *);
static double rate, wander;
static int64_t right_at, wall_ahead;

static int64_t read_real(clockid_t clock) {
    struct timespec t;
    real_gettime(clock, &t);
    return t.tv_sec * BILLION + t.tv_nsec;
}

__attribute__((constructor)) static void prepare(void) {
    real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    real_recvmsg = dlsym(RTLD_NEXT, "recvmsg");
    real_recvmmsg = dlsym(RTLD_NEXT, "recvmmsg");
    const char *text = getenv("RECORD_SYNCD_DRIFT");
    double rate_ppb, wander_ppb;
    if (!text || sscanf(text, "%lf %lf %ld", &rate_ppb, &wander_ppb, &right_at) != 3) {
        fputs("drift: RECORD_SYNCD_DRIFT wants rate and wander in ppb, and an instant in ns\n", stderr);
        exit(64);
    }
    rate = rate_ppb * 1e-9;
    wander = wander_ppb * 1e-9 * WANDER_PERIOD / (2 * M_PI);
    /* the narrowest of some pairs of reads */
    int64_t best = INT64_MAX;
    for (int i = 0; i < 20; i++) {
        int64_t before = read_real(CLOCK_MONOTONIC), wall = read_real(CLOCK_REALTIME), after = read_real(CLOCK_MONOTONIC);
        if (after - before < best) {
            best = after - before;
            wall_ahead = wall - (before + best / 2);
        }
    }
}

static double swing(int64_t monotonic) {
    return wander * (1 - cos(2 * M_PI * (double)(monotonic % WANDER_PERIOD) / WANDER_PERIOD));
}

/* how far the clock has gone wrong at that instant of CLOCK_MONOTONIC, ns */
static int64_t drift(int64_t monotonic) {
    return (int64_t)floor(rate * (double)(monotonic - right_at) + swing(monotonic) - swing(right_at));
}

static void add(struct timespec *t, int64_t ns) {
    int64_t sum = t->tv_nsec + ns;
    t->tv_sec += sum / BILLION;
    t->tv_nsec = sum % BILLION;
    if (t->tv_nsec < 0) {
        t->tv_nsec += BILLION;
        t->tv_sec--;
    }
}

static void map_wall(struct timespec *t) { add(t, drift(t->tv_sec * BILLION + t->tv_nsec - wall_ahead)); }

int clock_gettime(clockid_t clock, struct timespec *t) {
    if (!real_gettime)
        real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real_gettime(clock, t);
    if (result != 0)
        return result;
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
        map_wall(t);
    else if (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME)
        add(t, drift(read_real(CLOCK_MONOTONIC)));
    return 0;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone) {
    (void)zone;
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    t->tv_sec = exact.tv_sec;
    t->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

static void map_stamps(struct msghdr *message) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET)
            continue;
        struct timespec stamps[3];
        if (c->cmsg_type == SO_TIMESTAMP && c->cmsg_len >= CMSG_LEN(sizeof(struct timeval))) {
            struct timeval *coarse = (struct timeval *)CMSG_DATA(c);
            stamps[0] = (struct timespec){coarse->tv_sec, coarse->tv_usec * 1000};
            map_wall(&stamps[0]);
            *coarse = (struct timeval){stamps[0].tv_sec, stamps[0].tv_nsec / 1000};
        } else if (c->cmsg_type == SO_TIMESTAMPNS || c->cmsg_type == SO_TIMESTAMPING) {
            size_t length = c->cmsg_len - CMSG_LEN(0);
            size_t count = length / sizeof(struct timespec);
            if (count > 3)
                count = 3;
            memcpy(stamps, CMSG_DATA(c), count * sizeof(struct timespec));
            /* the third is the network card's own clock; a stamp of zero says that there is none */
            for (size_t i = 0; i < count && i < 2; i++)
                if (stamps[i].tv_sec != 0)
                    map_wall(&stamps[i]);
            memcpy(CMSG_DATA(c), stamps, count * sizeof(struct timespec));
        }
    }
}

ssize_t recvmsg(int socket, struct msghdr *message, int flags) {
    ssize_t received = real_recvmsg(socket, message, flags);
    if (received >= 0)
        map_stamps(message);
    return received;
}

int recvmmsg(int socket, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout) {
    int received = real_recvmmsg(socket, messages, count, flags, timeout);
    for (int i = 0; i < received; i++)
        map_stamps(&messages[i].msg_hdr);
    return received;
}

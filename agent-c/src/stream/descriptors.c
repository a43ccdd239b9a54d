#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <unistd.h>

#include "state/self.h"

/* Where the agent's descriptors are. */
struct places {
    _Atomic int stream;
    _Atomic int kept[FW_DESCRIPTORS];
};
static struct places own_places FW_CHILD_PAGE = {-1, {-1, -1, -1, -1}};
/* Its own, or those that processes with one table of descriptors share. */
static struct places *_Atomic places FW_CHILD_PAGE = &own_places;
/* Those that the running thread's next child shares; NULL where it does not. */
static __thread struct places *to_share __attribute__((tls_model("initial-exec")));
/* Threads between reading the stream's descriptor and the end of their write, and how often this one is: a signal
 * handler of it may come in between. Never more than that, also between the two counts' changes. */
static _Atomic uint32_t writers FW_CHILD_PAGE;
static __thread uint32_t own_writes __attribute__((tls_model("initial-exec")));
/* vfork's child shares this memory, but has descriptors of its own: what it has put in the place of one of the agent's
 * holds for it alone. */
static __thread struct {
    int stream;    /* where the stream is for this child; 0: where it is for the parent */
    unsigned gone; /* bit n: it has not the descriptor of role n any more */
} in_vfork __attribute__((tls_model("initial-exec")));

/* Not below 0: a handler's fork may come between a thread's two counts. */
static void write_done(void)
{
    uint32_t now = atomic_load(&writers);
    while (now && !atomic_compare_exchange_weak(&writers, &now, now - 1)) {
    }
}

void fw_stream_inherit_files(void)
{
    /* Vanished threads write no more. */
    atomic_store_explicit(&writers, own_writes, memory_order_relaxed);
    /* Forked by a vfork's child, it has that one's descriptors. */
    struct places *before = atomic_load(&places);
    atomic_store(&own_places.stream, in_vfork.stream ? in_vfork.stream : atomic_load(&before->stream));
    for (int role = 0; role < FW_DESCRIPTORS; role++) {
        bool gone = in_vfork.gone >> role & 1u;
        atomic_store(&own_places.kept[role], gone ? -1 : atomic_load(&before->kept[role]));
    }
    atomic_store(&places, &own_places);
    fw_stream_forget_vfork();
}

void fw_stream_before_sharing(void)
{
    to_share = NULL;
    if (fw_self.vfork_child) {
        return;
    }
    struct places *now = atomic_load(&places);
    if (now == &own_places && (now = fw_map_shared_apart(sizeof *now)) != NULL) {
        atomic_store(&now->stream, atomic_load(&own_places.stream));
        for (int role = 0; role < FW_DESCRIPTORS; role++) {
            atomic_store(&now->kept[role], atomic_load(&own_places.kept[role]));
        }
        atomic_store(&places, now);
    }
    to_share = now;
}

void fw_stream_share_files(void)
{
    if (to_share) {
        atomic_store(&places, to_share);
    }
}

void fw_stream_set_fd(int fd)
{
    atomic_store_explicit(&atomic_load(&places)->stream, fd, memory_order_release);
}

int fw_stream_fd(void)
{
    return fw_self.vfork_child && in_vfork.stream ? in_vfork.stream : atomic_load(&atomic_load(&places)->stream);
}

void fw_stream_keep(enum fw_descriptor role, int fd)
{
    atomic_store(&atomic_load(&places)->kept[role], fd);
}

int fw_stream_kept(enum fw_descriptor role)
{
    bool gone = fw_self.vfork_child && in_vfork.gone >> role & 1u;
    return gone ? -1 : atomic_load(&atomic_load(&places)->kept[role]);
}

/* A vfork child's descriptors are its own, and it may be killed in between. */
static void count_writer(void)
{
    if (!fw_self.vfork_child) {
        atomic_fetch_add(&writers, 1);
        own_writes++;
    }
}

int fw_stream_borrow_own(void)
{
    count_writer();
    return fw_stream_fd();
}

int fw_stream_borrow(enum fw_descriptor role)
{
    count_writer();
    return fw_stream_kept(role);
}

void fw_stream_give_back(void)
{
    if (!fw_self.vfork_child) {
        own_writes--;
        write_done();
    }
}

bool fw_stream_shares_files(void)
{
    return atomic_load(&places) != &own_places;
}

bool fw_stream_owns(int fd)
{
    bool owned = fd >= 0 && fd == fw_stream_fd();
    for (int role = 0; role < FW_DESCRIPTORS && !owned; role++) {
        owned = fd >= 0 && fd == fw_stream_kept((enum fw_descriptor)role);
    }
    return owned;
}

/* To the numbers of fw_fd_out_of_the_way, or any but the standard ones where those are all in use; -1 where there is
 * none left. Never fd itself, which is open. */
static int duplicate(int fd)
{
    enum { WANTED = 48, LOWEST = 3 };
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, WANTED);
    return copy >= 0 ? copy : fcntl(fd, F_DUPFD_CLOEXEC, LOWEST);
}

static void move(_Atomic int *at, int fd)
{
    if (atomic_load(at) != fd) {
        return;
    }
    int expected = fd;
    int copy = duplicate(fd);
    /* Another thread may have moved it, or the agent thread have turned to another descriptor. */
    if (!atomic_compare_exchange_strong(at, &expected, copy) && copy >= 0) {
        fw_close(copy);
    }
}

/* Either a writer shows among the writers here, or it sees the new number. It may be stopped where it is: no wait for
 * ever. */
static void wait_for_writers(void)
{
    const uint64_t slice_ns = 1000000;
    uint32_t now;
    for (int tries = 0; tries < 20 && (now = atomic_load(&writers)) > own_writes; tries++) {
        fw_futex_wait((const uint32_t *)&writers, now, slice_ns);
    }
}

void fw_stream_end(void)
{
    int fd = atomic_exchange(&atomic_load(&places)->stream, -1);
    wait_for_writers();
    /* One that stands still in between would write to whatever gets the number next. */
    if (fd >= 0 && atomic_load(&writers) <= own_writes) {
        fw_close(fd);
    }
}

static void make_way_in_vfork(int fd)
{
    if (fd == fw_stream_fd()) {
        in_vfork.stream = duplicate(fd);
    }
    for (int role = 0; role < FW_DESCRIPTORS; role++) {
        if (fd == fw_stream_kept((enum fw_descriptor)role)) {
            in_vfork.gone |= 1u << role;
        }
    }
}

void fw_stream_make_way(int fd)
{
    if (!fw_stream_owns(fd)) {
        return;
    }
    int saved = errno;
    if (fw_self.vfork_child) {
        make_way_in_vfork(fd);
    } else {
        struct places *now = atomic_load(&places);
        move(&now->stream, fd);
        for (int role = 0; role < FW_DESCRIPTORS; role++) {
            move(&now->kept[role], fd);
        }
        wait_for_writers();
    }
    errno = saved;
}

void fw_stream_forget_vfork(void)
{
    in_vfork.stream = 0;
    in_vfork.gone = 0;
}

package org.forkwitness.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the child of one fork says, and what is seen of it from outside, record by record. */
public final class ChildStory {
    /** Some functions of each category, as an agent's dictionary would number them. */
    private static final Map<Category, List<String>> FUNCTIONS = new TreeMap<>(Map.of(
            Category.ALLOCATOR, List.of("malloc", "free"),
            Category.STDIO, List.of("fflush", "puts"),
            Category.ENVIRONMENT, List.of("setenv", "getenv"),
            Category.TIMEZONE, List.of("tzset", "localtime"),
            Category.LOADER, List.of("dlopen", "dlsym", "dl_iterate_phdr"),
            Category.LOCK, List.of("pthread_mutex_lock", "pthread_mutex_unlock", "pthread_mutex_timedlock"),
            Category.CONDITION, List.of("pthread_cond_wait"),
            Category.SEMAPHORE, List.of("sem_wait"),
            Category.THREAD, List.of("pthread_create", "pthread_join"),
            Category.JVM, List.of("FindClass", "CallVoidMethod")));

    private static final int FIRST = 1;
    private static final long EPOCH = 1;

    private final StreamBuilder stream;
    private final long fork;

    /** The story of a fork's child. */
    public ChildStory(StreamBuilder stream, long fork) {
        this.stream = stream;
        this.fork = fork;
    }

    /** The dictionary of functions. */
    public static StreamBuilder dictionary(StreamBuilder stream) {
        int number = FIRST;
        for (Map.Entry<Category, List<String>> entry : FUNCTIONS.entrySet()) {
            stream.add(
                    RecordType.FUNCTIONS,
                    Key.INDEX,
                    number,
                    Key.CATEGORY,
                    entry.getKey().number(),
                    Key.TEXT,
                    String.join(" ", entry.getValue()));
            number += entry.getValue().size();
        }
        return stream;
    }

    /** The number of a function in it. */
    public static long number(String function) {
        List<String> all = FUNCTIONS.values().stream().flatMap(List::stream).toList();
        if (!all.contains(function)) {
            throw new IllegalArgumentException(function);
        }
        return all.indexOf(function) + FIRST;
    }

    /** Two forks of the main thread that have every kind of record a child can have, of one that hangs and one that ends. */
    public static StreamBuilder everything(StreamBuilder stream, long first) {
        dictionary(stream);
        for (long id = first; id <= first + 1; id++) {
            Scenario.fork(stream, id, Call.FORK, 1L, 10, null);
        }
        new ChildStory(stream, first)
                .begins(4900)
                .heldRows(
                        lock(3, 0x7200_8000L, LockKind.MUTEX, 0x7200_0511L, 900_000, 2),
                        lock(2, 0x7200_8100L, LockKind.FILE, 0x7200_0411L, 800_000, 0))
                .unrecorded(3, 2)
                .allocating(1)
                .holder(3, 0x7200_0511L, 0x9000_0000L, new byte[] {1, 2, 3})
                .inside(3, "setenv", 0x7200_0511L)
                .stack(77, new long[] {0x7200_0411L}, new long[] {2, 17})
                .calls("setenv", 77L)
                .counts("setenv", 4)
                .lockFails("pthread_mutex_unlock", 0x7200_9000L, LockKind.MUTEX, 1, 1L, null)
                .waits("pthread_cond_wait", 0x5000_0000L, 2L)
                .blocks("pthread_mutex_lock", 0x7200_8000L, LockKind.MUTEX, 3L, null)
                .hangs(0x7200_8000L, false, Key.OWNER, 4002, Key.SYMBOL, "Heap_lock", Key.LOST_THREAD, 2)
                .lives(1 << 14)
                .losesSignal(15)
                .reaped(4900, 9);
        new ChildStory(stream, first + 1)
                .begins(4901)
                .jvmCalls("malloc")
                .hangs(0x5000_0000L, false)
                .resumes()
                .ends("exit", 1)
                .seen(ChildState.ENDED, null, 256);
        return aroundForks(stream, first);
    }

    /** What is told beside the child: names, monitors, the guard, the allocator, a snapshot. */
    private static StreamBuilder aroundForks(StreamBuilder stream, long fork) {
        stream.add(
                RecordType.LOCK_NAME, Key.ADDRESS, 0x7200_8000L, Key.NAME, "the lock", Key.REASON, "it is read only");
        stream.add(RecordType.THREAD_AWARE, Key.THREAD, 3, Key.REASON, "has a fork handler");
        allocator(stream, "jemalloc", true, 7);
        stream.add(
                RecordType.SNAPSHOT,
                Key.INDEX,
                1,
                Key.LOCKS,
                lock(3, 0x7200_8000L, LockKind.MUTEX, 0x7200_0511L, 900_000, 2),
                Key.EPOCH,
                EPOCH,
                Key.MORE,
                false);
        monitor(stream, fork, 3);
        pythonFrame(stream, 1, "app.py", 12, "work");
        return guard(stream, fork, GuardAction.WAITED, 3L);
    }

    /** A word about the allocator. */
    public static StreamBuilder allocator(StreamBuilder stream, String name, Boolean isProtected, long arenas) {
        return stream.add(
                RecordType.ALLOCATOR,
                Key.NAME,
                name,
                Key.VERSION_TEXT,
                "5.3.0",
                Key.PATH,
                "/nowhere/lib" + name + ".so.2",
                Key.PROTECTED,
                isProtected,
                Key.REASON,
                isProtected == null ? null : "it was seen to register its handlers",
                Key.ARENAS,
                arenas,
                Key.ALLOCATED,
                1000,
                Key.MAPPED,
                4096);
    }

    /** A monitor of com.x.Launcher that a thread owned. */
    public static StreamBuilder monitor(StreamBuilder stream, long fork, long thread) {
        return stream.add(
                RecordType.MONITOR,
                Key.FORK,
                fork,
                Key.THREAD,
                thread,
                Key.ADDRESS,
                0x1f2e3dL,
                Key.CLASS,
                "Lcom/x/Launcher;",
                Key.METHOD,
                2,
                Key.BCI,
                17);
    }

    /** A line of a Python program. */
    public static StreamBuilder pythonFrame(StreamBuilder stream, long id, String file, int line, String function) {
        return stream.add(
                RecordType.PYTHON_FRAME, Key.PYTHON_FRAME, id, Key.FILE, file, Key.LINE, line, Key.NAME, function);
    }

    /** What the guard did, for the sake of a thread inside setenv. */
    public static StreamBuilder guard(StreamBuilder stream, long fork, GuardAction action, Long thread) {
        return stream.add(
                RecordType.GUARD,
                Key.FORK,
                fork,
                Key.GUARD,
                action.number(),
                Key.WAITED,
                3_250,
                Key.THREAD,
                thread,
                Key.CALLED,
                thread == null ? null : number("setenv"),
                Key.SITE,
                thread == null ? null : 0x7200_0511L,
                Key.EPOCH,
                EPOCH);
    }

    private ChildStory own(RecordType type, Object... keysAndValues) {
        stream.of(fork, type, keysAndValues);
        return this;
    }

    /** Its first record. */
    public ChildStory begins(long pid) {
        return own(RecordType.CHILD, Key.PID, pid);
    }

    /** A thread held a lock. */
    public ChildStory held(long thread, long address, LockKind kind, long site) {
        return heldRows(lock(thread, address, kind, site, 0, 0));
    }

    /** A thread held a lock that other processes may hold, too. */
    public ChildStory heldShared(long thread, long address, LockKind kind, long site) {
        long[] row = lock(thread, address, kind, site, 0, 0);
        row[2] += StreamRecord.Held.KINDS * StreamRecord.Held.SHARED;
        return heldRows(row);
    }

    /** The row of a lock. */
    public static long[] lock(long thread, long address, LockKind kind, long site, long takenUs, long origin) {
        return new long[] {thread, address, kind.number(), site, takenUs, origin};
    }

    /** Locks, each as {@link #lock} gives it. */
    public ChildStory heldRows(long[]... rows) {
        return own(RecordType.HELD, Key.LOCKS, differences(rows), Key.EPOCH, EPOCH);
    }

    /** A thread held more locks than its record had room for. */
    public ChildStory unrecorded(long thread, long count) {
        return own(
                RecordType.HELD, Key.LOCKS, new long[0], Key.UNRECORDED, new long[] {thread, count}, Key.EPOCH, EPOCH);
    }

    /** Rows as they are sent: each number less the one above it. */
    static long[] differences(long[]... rows) {
        List<Long> numbers = new ArrayList<>();
        for (int row = 0; row < rows.length; row++) {
            for (int column = 0; column < rows[row].length; column++) {
                numbers.add(rows[row][column] - (row == 0 ? 0 : rows[row - 1][column]));
            }
        }
        return numbers.stream().mapToLong(Long::longValue).toArray();
    }

    /** A thread was inside a function. */
    public ChildStory inside(long thread, String function, long site) {
        return inside(thread, function, site, 0);
    }

    /** The same, since that time. */
    public ChildStory inside(long thread, String function, long site, long sinceUs) {
        return own(
                RecordType.INSIDE, Key.REGIONS, new long[] {thread, number(function), site, sinceUs}, Key.EPOCH, EPOCH);
    }

    /** So many threads were inside of the allocator. */
    public ChildStory allocating(long threads) {
        return own(RecordType.INSIDE, Key.REGIONS, new long[0], Key.ALLOCATING, threads, Key.EPOCH, EPOCH);
    }

    /** Where a thread stood, with a part of its stack. */
    public ChildStory holder(long thread, long site, long stackPointer, byte[] stack) {
        own(
                RecordType.HOLDER,
                Key.THREAD,
                thread,
                Key.SITE,
                site,
                Key.STACK_POINTER,
                stackPointer,
                Key.FRAMES,
                new long[] {2, 17},
                Key.PYTHON,
                new long[] {1},
                Key.EPOCH,
                EPOCH);
        return slice(thread, stackPointer, stack);
    }

    /** A further part of its stack. */
    public ChildStory slice(long thread, long address, byte[] stack) {
        return own(RecordType.SLICE, Key.THREAD, thread, Key.ADDRESS, address, Key.DATA, stack);
    }

    /** Its first call of a function. */
    public ChildStory calls(String function, Long stack) {
        return own(RecordType.CALL, Key.CALLED, number(function), Key.STACK, stack);
    }

    /** Such a call by libjvm. */
    public ChildStory jvmCalls(String function) {
        return own(RecordType.CALL, Key.CALLED, number(function), Key.IN_JVM, true);
    }

    /** How often it has called a function. */
    public ChildStory counts(String function, long count) {
        return own(RecordType.CALLS, Key.COUNTS, new long[] {number(function), count});
    }

    /** It is about to wait for a lock. */
    public ChildStory blocks(String function, long address, LockKind kind, Long thread, Long site) {
        return own(
                RecordType.BLOCKED,
                Key.CALLED,
                number(function),
                Key.ADDRESS,
                address,
                Key.LOCK_KIND,
                kind.number(),
                Key.STACK,
                2,
                Key.THREAD,
                thread,
                Key.SITE,
                site);
    }

    /** A lock call failed. */
    public ChildStory lockFails(String function, long address, LockKind kind, int errno, Long thread, Long site) {
        return own(
                RecordType.LOCK_FAILED,
                Key.CALLED,
                number(function),
                Key.ADDRESS,
                address,
                Key.LOCK_KIND,
                kind.number(),
                Key.ERRNO,
                errno,
                Key.THREAD,
                thread,
                Key.SITE,
                site);
    }

    /** It is about to wait for something without an owner. */
    public ChildStory waits(String function, long address, Long thread) {
        return own(
                RecordType.WAIT, Key.CALLED, number(function), Key.ADDRESS, address, Key.STACK, 2, Key.THREAD, thread);
    }

    /** It execs. */
    public ChildStory execs(String path) {
        return own(RecordType.EXEC, Key.FUNCTION, "execve", Key.PATH, path);
    }

    /** The exec fails. */
    public ChildStory execFails() {
        return own(RecordType.EXEC_FAILED, Key.FUNCTION, "execve", Key.ERRNO, 2);
    }

    /** It ends. */
    public ChildStory ends(String function, int status) {
        return own(RecordType.EXIT, Key.FUNCTION, function, Key.STATUS, status);
    }

    /** It explains a stack. */
    public ChildStory stack(long id, long[] pcs, long[] java) {
        return own(RecordType.STACK, Key.STACK, id, Key.EPOCH, EPOCH, Key.PCS, pcs, Key.FRAMES, java, Key.MORE, false);
    }

    /** It is seen to sleep in a futex; further keys and values follow. */
    public ChildStory hangs(long address, boolean shared, Object... more) {
        Object[] all = new Object[8 + more.length];
        Object[] first = {Key.FORK, fork, Key.PID, 4711, Key.ADDRESS, address, Key.SHARED, shared};
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        stream.add(RecordType.HUNG, all);
        return this;
    }

    /** It is seen not to sleep any more. */
    public ChildStory resumes() {
        stream.add(RecordType.RESUMED, Key.FORK, fork);
        return this;
    }

    /** It is seen from outside to be another program, or to have ended. */
    public ChildStory seen(ChildState state, String path, Integer status) {
        stream.add(RecordType.OUTSIDE, Key.FORK, fork, Key.STATE, state.number(), Key.PATH, path, Key.STATUS, status);
        return this;
    }

    /** It is seen to live on. */
    public ChildStory lives(long signals) {
        stream.add(RecordType.LIVES, Key.FORK, fork, Key.SIGNALS, signals);
        return this;
    }

    /** A signal is sent to it and has no effect. */
    public ChildStory losesSignal(int signal) {
        stream.add(RecordType.KILL, Key.FORK, fork, Key.SIGNAL, signal);
        stream.add(RecordType.SIGNAL_LOST, Key.FORK, fork, Key.SIGNAL, signal);
        return this;
    }

    /** Its parent waits for it. */
    public ChildStory reaped(long pid, int status) {
        stream.add(RecordType.REAPED, Key.PID, pid, Key.STATUS, status);
        return this;
    }
}

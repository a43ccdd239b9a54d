package org.forkwitness.stream;

import java.util.Objects;

/**
 * One record of the stream. Immutable; arrays belong to the record and are not to be changed.
 *
 * <p>Addresses and ids are unsigned 64-bit values held as {@code long}. A component that the agent leaves out where it
 * does not know it is null. What each record means is said in {@code records.def}.
 */
public sealed interface StreamRecord {

    /** What every frame carries. */
    Header header();

    /**
     * The part that all frames have.
     *
     * @param proc 0 for the process that loaded the agent, else the id of the fork whose child wrote the frame
     * @param seq number of the frame among those of its process, from 0
     * @param time CLOCK_MONOTONIC, ns
     */
    record Header(long proc, long seq, long time) {}

    /**
     * The process and its machine.
     *
     * @param wall CLOCK_REALTIME at {@code header.time}, ns since 1970
     * @param start start of the process, ms since 1970, or null
     * @param malloc address of the malloc that the process uses, or null
     * @param attached true where the agent came after the JVM's start
     */
    record Hello(
            Header header,
            long version,
            long pid,
            long ppid,
            long wall,
            Long start,
            String host,
            String kernel,
            String arch,
            String libcName,
            String libcVersion,
            Long malloc,
            String options,
            boolean attached)
            implements StreamRecord {}

    /** One command-line argument, or a part of it. */
    record Argument(Header header, long index, String text) implements StreamRecord {}

    /** The JVM. */
    record Jvm(Header header, String version, String vendor, String home) implements StreamRecord {}

    /**
     * A loaded ELF object.
     *
     * @param buildId the bytes of its GNU build-id, or null
     * @param bias run-time address minus ELF address
     * @param end first address behind it
     */
    record Module(Header header, long module, String path, byte[] buildId, long bias, long start, long end, long epoch)
            implements StreamRecord {}

    /** An object that was unloaded; {@code epoch} is the first in which its addresses are free again. */
    record ModuleGone(Header header, long module, long epoch) implements StreamRecord {}

    /** A thread. {@code header.time} is its start where {@code seen}, else when it was found. */
    record Thread(
            Header header,
            long thread,
            long tid,
            String name,
            ThreadKind kind,
            boolean seen,
            Long stack,
            Long creator,
            Long startRoutine)
            implements StreamRecord {}

    /** A thread's new name or kind; null: unchanged. */
    record ThreadName(Header header, long thread, String name, ThreadKind kind) implements StreamRecord {}

    /** The end of a thread, with its last name or null. */
    record ThreadEnd(Header header, long thread, String name) implements StreamRecord {}

    /**
     * A stack or a part of it, innermost first.
     *
     * @param pcs program counters, each a return address
     * @param frames method, bci, method, bci, ...
     * @param python ids of {@link PythonFrame}s
     * @param more true where another frame continues this one
     * @param inSignal true where some frame of it is a signal handler's
     */
    record Stack(
            Header header,
            long stack,
            long epoch,
            long[] pcs,
            long[] frames,
            long[] python,
            boolean more,
            boolean inSignal)
            implements StreamRecord {}

    /** A Java method: JVM type descriptor of its class, its name, and the class's source file or null. */
    record Method(Header header, long method, String descriptor, String name, String file) implements StreamRecord {}

    /** The source line of one bytecode index of a method. */
    record Line(Header header, long method, long bci, long line) implements StreamRecord {}

    /** A fork is about to happen. {@code call} is null where this version does not know the number. */
    record Fork(Header header, long fork, Call call, long thread, long tid, String name, Long stack, String command)
            implements StreamRecord {}

    /** What the parent got: {@code pid}, or null and {@code errno}. */
    record ForkResult(Header header, long fork, Long pid, Long errno) implements StreamRecord {}

    /** A child's first frame. */
    record Child(Header header, long pid) implements StreamRecord {}

    /** The child is about to exec. */
    record Exec(Header header, String function, String path, Long stack) implements StreamRecord {}

    /** The exec failed and the child goes on. */
    record ExecFailed(Header header, String function, long errno) implements StreamRecord {}

    /** The child is about to end by this function. */
    record Exit(Header header, String function, long status, Long stack) implements StreamRecord {}

    /** Fork handlers that were registered: addresses, null where none was given. */
    record Atfork(Header header, Long prepare, Long parent, Long child, Long stack, long epoch)
            implements StreamRecord {}

    /** How many frames PROC 0 has sent so far, and how many of any process could not be written. */
    record State(Header header, long sent, long lost) implements StreamRecord {}

    /** The JVM ends. Forks may still follow. */
    record Bye(Header header, long sent, long lost) implements StreamRecord {}

    /** Something that limits what the report can say. */
    record Log(Header header, Level level, String text) implements StreamRecord {}

    /**
     * Functions that are not async-signal-safe.
     *
     * @param index number of the first one
     * @param text their names, apart by blanks
     */
    record Functions(Header header, long index, Category category, String text) implements StreamRecord {}

    /**
     * What the vanished threads held when the child was forked.
     *
     * @param locks thread, address, number of the {@link LockKind} + 16 * flags, return address of the call that took it,
     *     CLOCK_MONOTONIC in us or 0, stack that initialised it or 0; and so on
     * @param unrecorded thread, number of locks beyond the room of its record; and so on
     */
    record Held(Header header, long[] locks, long[] unrecorded, long epoch) implements StreamRecord {
        /** Numbers a lock. */
        public static final int GROUP = 6;

        /** Its kind is the number modulo this, its flags are the quotient. */
        public static final int KINDS = 16;

        /** Flag of a lock that other processes may hold as well. */
        public static final long SHARED = 1;
    }

    /**
     * What the vanished threads were inside of.
     *
     * @param regions thread, function, return address of the call, CLOCK_MONOTONIC in us or 0; and so on
     * @param allocating how many were inside of the allocator, where {@code regions} does not list them; else null
     */
    record Inside(Header header, long[] regions, Long allocating, long epoch) implements StreamRecord {
        /** Numbers a region. */
        public static final int GROUP = 4;
    }

    /** A child's first call of a function; {@code inJvm}: libjvm made the call. */
    record FirstCall(Header header, long called, Long stack, boolean inJvm) implements StreamRecord {}

    /** How often a child has called each function so far: function, count; and so on. */
    record Calls(Header header, long[] counts) implements StreamRecord {
        /** Numbers a function. */
        public static final int GROUP = 2;
    }

    /**
     * A child is about to wait for a lock whose holder does not exist in it.
     *
     * @param lockKind null where this version does not know the number
     * @param thread the holder, or null
     * @param owner the kernel id in the lock word, or null
     * @param site return address of the call that took it, or null
     */
    record Blocked(
            Header header, long called, long address, LockKind lockKind, Long stack, Long thread, Long owner, Long site)
            implements StreamRecord {}

    /** A child's lock call that failed because the lock belongs to a thread that is not there. */
    record LockFailed(
            Header header, long called, long address, LockKind lockKind, long errno, Long stack, Long thread, Long site)
            implements StreamRecord {}

    /** A child is about to wait for something without an owner; {@code thread} would have to end the wait, or null. */
    record Wait(Header header, long called, long address, Long stack, Long thread) implements StreamRecord {}

    /** A wait call of the writing process returned this child; {@code status} as waitpid(2) gives it. */
    record Reaped(Header header, long pid, long status) implements StreamRecord {}

    /**
     * A child sleeps in a futex.
     *
     * @param shared true where another process may end the wait
     * @param called its last call that may wait, where that fits the address; else null, as are object and stack
     * @param owner the kernel id in the lock word, or null
     * @param symbol the JVM's name of the lock, or null
     * @param lostThread the vanished thread that would have to end the wait, or null
     */
    record Hung(
            Header header,
            long fork,
            long pid,
            long address,
            boolean shared,
            Long called,
            Long object,
            Long stack,
            Long owner,
            String symbol,
            Long lostThread)
            implements StreamRecord {}

    /** The child of a {@link Hung} sleeps there no longer. */
    record Resumed(Header header, long fork) implements StreamRecord {}

    /** What became of a child that did not say it; {@code state} is null where this version does not know the number. */
    record Outside(Header header, long fork, ChildState state, String path, Long status) implements StreamRecord {}

    /** A child lives on without exec; bit n - 1 of {@code signals}: signal n would be lost. */
    record Lives(Header header, long fork, long signals) implements StreamRecord {}

    /** The writing process sent such a child a signal. */
    record Kill(Header header, long fork, long signal) implements StreamRecord {}

    /** The child has handled that signal and lives on. */
    record SignalLost(Header header, long fork, long signal) implements StreamRecord {}

    /**
     * Where a vanished thread stood that held or was inside of something.
     *
     * @param site return address of the call
     * @param stackPointer the caller's after that return
     * @param framePointer likewise, or null
     * @param address the lock, where the thread was inside of nothing; else null
     * @param frames its Java frames: method, bci, method, bci, ...
     * @param python ids of its {@link PythonFrame}s
     */
    record Holder(
            Header header,
            long thread,
            long site,
            long stackPointer,
            Long framePointer,
            Long address,
            long[] frames,
            long[] python,
            long epoch)
            implements StreamRecord {}

    /** A part of that thread's stack. */
    record Slice(Header header, long thread, long address, byte[] data) implements StreamRecord {}

    /** What a library says of a lock; null for what it does not say. With neither the lock is gone. */
    record LockName(Header header, long address, String name, String reason) implements StreamRecord {}

    /** Why forks need not fear a thread; empty where they must again. */
    record ThreadAware(Header header, long thread, String reason) implements StreamRecord {}

    /**
     * What serves malloc.
     *
     * @param name as in the report
     * @param isProtected whether it protects itself around fork; null where not known
     * @param reason how that is known; null likewise
     * @param arenas its own figures, each null where it does not tell; allocated and mapped in bytes
     */
    record Allocator(
            Header header,
            String name,
            String versionText,
            String path,
            Boolean isProtected,
            String reason,
            Long arenas,
            Long allocated,
            Long mapped)
            implements StreamRecord {}

    /** The locks that have been held for long, as in {@link Held}; {@code more}: another frame with this index follows. */
    record Snapshot(Header header, long index, long[] locks, long[] unrecorded, long epoch, boolean more)
            implements StreamRecord {}

    /**
     * A Java monitor that a thread owned at a fork.
     *
     * @param address the object's identity hash
     * @param descriptor JVM type descriptor of its class
     * @param method the frame that entered it, with bci; both null where not known
     */
    record Monitor(Header header, long fork, long thread, long address, String descriptor, Long method, Long bci)
            implements StreamRecord {}

    /** A line of a Python program; {@code name} is the function. */
    record PythonFrame(Header header, long pythonFrame, String file, long line, String name) implements StreamRecord {}

    /**
     * What the guard did about a fork.
     *
     * @param guard null where this version does not know the number
     * @param waited us
     * @param thread whom it saw first, null where nobody
     * @param address the lock that this one held, or null
     * @param called the function that it was inside of, or null
     * @param site return address of the call, or null
     */
    record Guard(
            Header header,
            long fork,
            GuardAction guard,
            long waited,
            Long thread,
            Long address,
            LockKind lockKind,
            Long called,
            Long site,
            long epoch)
            implements StreamRecord {}

    /** A record of a type that a newer agent knows: its number counts, its content does not. */
    record Unknown(Header header, long type) implements StreamRecord {
        public Unknown {
            Objects.requireNonNull(header);
        }
    }
}

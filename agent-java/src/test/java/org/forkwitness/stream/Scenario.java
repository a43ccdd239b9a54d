package org.forkwitness.stream;

/** A stream with one of everything: the usual story of a process that forks in its own class, with two threads more. */
public final class Scenario {
    /** The process id in it. */
    public static final long PID = 4000;

    private static final long MS = 1_000_000L;

    private Scenario() {}

    /** The start: process, modules, two threads, the stacks and the methods. */
    public static StreamBuilder start(String options) {
        StreamBuilder s = new StreamBuilder().hello(PID, options);
        s.add(RecordType.ARGUMENT, Key.INDEX, 0, Key.TEXT, "ja");
        s.add(RecordType.ARGUMENT, Key.INDEX, 0, Key.TEXT, "va");
        s.add(RecordType.ARGUMENT, Key.INDEX, 1, Key.TEXT, "Launcher");
        s.add(RecordType.JVM, Key.VERSION_TEXT, "17.0.15", Key.VENDOR, "V", Key.HOME, "/jdk");
        module(s, 1, "/nowhere/libc.so.6", 0x7000_0000L, 0x7010_0000L);
        module(s, 2, "/jdk/lib/libfoo_of_the_jdk.so", 0x7100_0000L, 0x7110_0000L);
        module(s, 3, "/nowhere/libown.so", 0x7200_0000L, 0x7210_0000L);
        thread(s, 1, 4000, "main", ThreadKind.JAVA, null);
        thread(s, 2, 4001, "VM Thread", ThreadKind.JVM, 0x7200_0010L);
        thread(s, 3, 4002, "worker", ThreadKind.NATIVE, 0x7200_0010L);
        s.add(
                RecordType.STACK,
                Key.STACK,
                1,
                Key.EPOCH,
                1,
                Key.PCS,
                new long[] {0x7000_0211L, 0x7100_0311L},
                Key.MORE,
                true);
        s.add(RecordType.STACK, Key.STACK, 1, Key.EPOCH, 1, Key.FRAMES, new long[] {1, -3, 2, 17}, Key.MORE, false);
        s.add(
                RecordType.STACK,
                Key.STACK,
                2,
                Key.EPOCH,
                1,
                Key.PCS,
                new long[] {0x7000_0211L, 0x7200_0411L},
                Key.MORE,
                false);
        method(s, 1, "Ljava/lang/ProcessImpl;", "forkAndExec", "ProcessImpl.java");
        method(s, 2, "Lcom/x/Launcher;", "start", "Launcher.java");
        s.add(RecordType.LINE, Key.METHOD, 2, Key.BCI, 17, Key.LINE, 42);
        s.add(
                RecordType.ATFORK,
                Key.PREPARE,
                0x7200_0020L,
                Key.CHILD_HANDLER,
                0x7200_0030L,
                Key.STACK,
                2,
                Key.EPOCH,
                1);
        return s;
    }

    /** A module whose addresses in the file begin at 0. */
    public static void module(StreamBuilder s, long id, String path, long start, long end) {
        s.add(
                RecordType.MODULE,
                Key.MODULE,
                id,
                Key.PATH,
                path,
                Key.BUILD_ID,
                new byte[] {(byte) 0xab, (byte) id},
                Key.BIAS,
                start,
                Key.MODULE_START,
                start,
                Key.MODULE_END,
                end,
                Key.EPOCH,
                1);
    }

    /** A thread whose creation was seen. */
    public static void thread(StreamBuilder s, long id, long tid, String name, ThreadKind kind, Long startRoutine) {
        s.add(
                RecordType.THREAD,
                Key.THREAD,
                id,
                Key.TID,
                tid,
                Key.NAME,
                name,
                Key.KIND,
                kind.number(),
                Key.SEEN,
                true,
                Key.START_ROUTINE,
                startRoutine);
    }

    /** A method. */
    public static void method(StreamBuilder s, long id, String descriptor, String name, String file) {
        s.add(RecordType.METHOD, Key.METHOD, id, Key.CLASS, descriptor, Key.NAME, name, Key.FILE, file);
    }

    /** A fork by the main thread, {@code ms} after the stream's start. */
    public static StreamBuilder fork(StreamBuilder s, long id, Call call, Long stack, long ms, String command) {
        return s.at(1_000_000_000L + ms * MS)
                .add(
                        RecordType.FORK,
                        Key.FORK,
                        id,
                        Key.CALL,
                        call.number(),
                        Key.THREAD,
                        1,
                        Key.TID,
                        4000,
                        Key.NAME,
                        "main",
                        Key.STACK,
                        stack,
                        Key.COMMAND,
                        command);
    }

    /** The whole story of one fork whose child execs {@code /bin/true} 1.7 ms later. */
    public static StreamBuilder forkAndExec(StreamBuilder s, long id, Long stack, long ms) {
        fork(s, id, Call.FORK, stack, ms, null);
        s.of(id, RecordType.CHILD, Key.PID, 4700 + id);
        s.add(RecordType.FORK_RESULT, Key.FORK, id, Key.PID, 4700 + id);
        s.at(1_000_000_000L + ms * MS + 1_700_000L);
        return s.of(id, RecordType.EXEC, Key.FUNCTION, "execve", Key.PATH, "/bin/true");
    }

    /** The JVM's farewell, that says how many frames there were. */
    public static StreamBuilder bye(StreamBuilder s, long ms) {
        return s.at(1_000_000_000L + ms * MS).add(RecordType.BYE, Key.SENT, 1, Key.LOST, 0);
    }
}

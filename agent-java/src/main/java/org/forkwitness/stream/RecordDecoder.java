package org.forkwitness.stream;

import org.forkwitness.stream.StreamRecord.Header;

/** Makes records of frames: which keys each type has, and which of them may be missing. Stateless. */
final class RecordDecoder {
    /** pid_t has 32 bits on Linux, and no process or thread has a number below 1 (proc(5), kernel/pid_max). */
    private static final long MAX_PID = Integer.MAX_VALUE;

    /** Milliseconds to the year 2262, where nanoseconds of 64 bits end. */
    private static final long MAX_MILLIS = Long.MAX_VALUE / 1_000_000;

    private RecordDecoder() {}

    static long inRange(Long value, long least, long most) throws DamagedFrameException {
        if (value < least || value > most) {
            throw new DamagedFrameException(value + " is out of range");
        }
        return value;
    }

    static long pid(Frame frame, Key key) throws DamagedFrameException {
        return inRange(frame.number(key), 1, MAX_PID);
    }

    /** A number of our own counting, from 1. */
    static long id(Frame frame, Key key) throws DamagedFrameException {
        return inRange(frame.number(key), 1, Long.MAX_VALUE);
    }

    static StreamRecord decode(Frame frame) throws DamagedFrameException {
        long number = frame.number(Key.TYPE);
        Header header = new Header(
                inRange(frame.number(Key.PROC), 0, Long.MAX_VALUE),
                inRange(frame.number(Key.SEQ), 0, Long.MAX_VALUE - 1),
                inRange(frame.number(Key.TIME), 0, Long.MAX_VALUE));
        RecordType type = RecordType.of(number);
        if (type == null) {
            return new StreamRecord.Unknown(header, number);
        }
        switch (type) {
            case HELLO:
                return hello(frame, header);
            case ARGUMENT:
                return new StreamRecord.Argument(header, frame.number(Key.INDEX), frame.text(Key.TEXT));
            case JVM:
                return new StreamRecord.Jvm(
                        header, frame.text(Key.VERSION_TEXT), frame.text(Key.VENDOR), frame.text(Key.HOME));
            case MODULE:
            case MODULE_GONE:
                return module(type, frame, header);
            case THREAD:
            case THREAD_NAME:
            case THREAD_END:
                return thread(type, frame, header);
            case STACK:
            case METHOD:
            case LINE:
                return stack(type, frame, header);
            case FORK:
            case FORK_RESULT:
                return fork(type, frame, header);
            case CHILD:
            case EXEC:
            case EXEC_FAILED:
            case EXIT:
                return child(type, frame, header);
            case FUNCTIONS:
            case HELD:
            case INSIDE:
            case CALL:
            case CALLS:
            case BLOCKED:
            case LOCK_FAILED:
            case WAIT:
            case REAPED:
            case HUNG:
            case RESUMED:
            case OUTSIDE:
            case LIVES:
            case KILL:
            case SIGNAL_LOST:
                return WitnessDecoder.decode(type, frame, header);
            case HOLDER:
            case SLICE:
            case LOCK_NAME:
            case THREAD_AWARE:
            case ALLOCATOR:
            case SNAPSHOT:
            case MONITOR:
            case PYTHON_FRAME:
            case GUARD:
                return HoldingDecoder.decode(type, frame, header);
            case ATFORK:
                return atfork(frame, header);
            case STATE:
                return new StreamRecord.State(header, frame.number(Key.SENT), frame.number(Key.LOST));
            case BYE:
                return new StreamRecord.Bye(header, frame.number(Key.SENT), frame.number(Key.LOST));
            case LOG:
                Level level = Level.of(frame.number(Key.LEVEL));
                return new StreamRecord.Log(header, level == null ? Level.WARN : level, frame.text(Key.TEXT));
            default:
                throw new IllegalStateException("no decoder for " + type);
        }
    }

    private static StreamRecord hello(Frame frame, Header header) throws DamagedFrameException {
        Long start = frame.numberOrNull(Key.START);
        return new StreamRecord.Hello(
                header,
                frame.number(Key.VERSION),
                pid(frame, Key.PID),
                inRange(frame.number(Key.PPID), 0, MAX_PID),
                inRange(frame.number(Key.WALL), 0, Long.MAX_VALUE),
                start == null ? null : inRange(start, 0, MAX_MILLIS),
                frame.text(Key.HOST),
                frame.text(Key.KERNEL),
                frame.text(Key.ARCH),
                frame.text(Key.LIBC_NAME),
                frame.text(Key.LIBC_VERSION),
                frame.numberOrNull(Key.MALLOC),
                frame.text(Key.OPTIONS),
                frame.flagOrFalse(Key.ATTACHED));
    }

    private static StreamRecord module(RecordType type, Frame frame, Header header) throws DamagedFrameException {
        if (type == RecordType.MODULE_GONE) {
            return new StreamRecord.ModuleGone(header, frame.number(Key.MODULE), frame.number(Key.EPOCH));
        }
        return new StreamRecord.Module(
                header,
                frame.number(Key.MODULE),
                frame.text(Key.PATH),
                frame.bytesOrNull(Key.BUILD_ID),
                frame.number(Key.BIAS),
                frame.number(Key.MODULE_START),
                frame.number(Key.MODULE_END),
                frame.number(Key.EPOCH));
    }

    private static StreamRecord thread(RecordType type, Frame frame, Header header) throws DamagedFrameException {
        long thread = id(frame, Key.THREAD);
        String name = frame.textOrNull(Key.NAME);
        if (type == RecordType.THREAD_END) {
            return new StreamRecord.ThreadEnd(header, thread, name);
        }
        Long number = frame.numberOrNull(Key.KIND);
        ThreadKind kind = number == null ? null : ThreadKind.of(number);
        if (type == RecordType.THREAD_NAME) {
            return new StreamRecord.ThreadName(header, thread, name, kind);
        }
        if (kind == null) {
            throw new DamagedFrameException("thread without a known kind");
        }
        return new StreamRecord.Thread(
                header,
                thread,
                pid(frame, Key.TID),
                frame.text(Key.NAME),
                kind,
                frame.flag(Key.SEEN),
                frame.numberOrNull(Key.STACK),
                frame.numberOrNull(Key.CREATOR),
                frame.numberOrNull(Key.START_ROUTINE));
    }

    private static StreamRecord stack(RecordType type, Frame frame, Header header) throws DamagedFrameException {
        switch (type) {
            case STACK:
                long[] frames = Rows.groups(frame, Key.FRAMES, 2);
                return new StreamRecord.Stack(
                        header,
                        frame.number(Key.STACK),
                        frame.number(Key.EPOCH),
                        frame.numbers(Key.PCS),
                        frames,
                        frame.numbers(Key.PYTHON),
                        frame.flag(Key.MORE),
                        frame.flagOrFalse(Key.IN_SIGNAL));
            case METHOD:
                return new StreamRecord.Method(
                        header,
                        frame.number(Key.METHOD),
                        frame.text(Key.CLASS),
                        frame.text(Key.NAME),
                        frame.textOrNull(Key.FILE));
            default:
                return new StreamRecord.Line(
                        header, frame.number(Key.METHOD), frame.number(Key.BCI), frame.number(Key.LINE));
        }
    }

    private static StreamRecord fork(RecordType type, Frame frame, Header header) throws DamagedFrameException {
        long fork = id(frame, Key.FORK);
        if (type == RecordType.FORK) {
            return new StreamRecord.Fork(
                    header,
                    fork,
                    Call.of(frame.number(Key.CALL)),
                    frame.number(Key.THREAD),
                    pid(frame, Key.TID),
                    frame.text(Key.NAME),
                    frame.numberOrNull(Key.STACK),
                    frame.textOrNull(Key.COMMAND));
        }
        Long pid = frame.numberOrNull(Key.PID);
        Long errno = frame.numberOrNull(Key.ERRNO);
        if (pid == null && errno == null) {
            throw new DamagedFrameException("neither a pid nor an error");
        }
        return new StreamRecord.ForkResult(header, fork, pid, errno);
    }

    private static StreamRecord child(RecordType type, Frame frame, Header header) throws DamagedFrameException {
        switch (type) {
            case CHILD:
                return new StreamRecord.Child(header, pid(frame, Key.PID));
            case EXEC:
                return new StreamRecord.Exec(
                        header, frame.text(Key.FUNCTION), frame.text(Key.PATH), frame.numberOrNull(Key.STACK));
            case EXEC_FAILED:
                return new StreamRecord.ExecFailed(header, frame.text(Key.FUNCTION), frame.number(Key.ERRNO));
            default:
                return new StreamRecord.Exit(
                        header, frame.text(Key.FUNCTION), frame.number(Key.STATUS), frame.numberOrNull(Key.STACK));
        }
    }

    private static StreamRecord atfork(Frame frame, Header header) throws DamagedFrameException {
        return new StreamRecord.Atfork(
                header,
                frame.numberOrNull(Key.PREPARE),
                frame.numberOrNull(Key.PARENT),
                frame.numberOrNull(Key.CHILD_HANDLER),
                frame.numberOrNull(Key.STACK),
                frame.number(Key.EPOCH));
    }
}

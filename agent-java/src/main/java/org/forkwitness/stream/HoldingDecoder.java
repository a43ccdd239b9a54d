package org.forkwitness.stream;

import org.forkwitness.stream.StreamRecord.Header;

/** Makes the records of what threads hold, of who says so, and of what stands behind malloc. Stateless. */
final class HoldingDecoder {
    private HoldingDecoder() {}

    static StreamRecord decode(RecordType type, Frame frame, Header header) throws DamagedFrameException {
        return switch (type) {
            case HOLDER -> holder(frame, header);
            case SLICE ->
                new StreamRecord.Slice(
                        header, RecordDecoder.id(frame, Key.THREAD), frame.number(Key.ADDRESS), frame.bytes(Key.DATA));
            case LOCK_NAME ->
                new StreamRecord.LockName(
                        header, frame.number(Key.ADDRESS), frame.textOrNull(Key.NAME), frame.textOrNull(Key.REASON));
            case THREAD_AWARE ->
                new StreamRecord.ThreadAware(header, RecordDecoder.id(frame, Key.THREAD), frame.text(Key.REASON));
            case ALLOCATOR -> allocator(frame, header);
            case SNAPSHOT ->
                new StreamRecord.Snapshot(
                        header,
                        frame.number(Key.INDEX),
                        Rows.sums(frame, Key.LOCKS, StreamRecord.Held.GROUP),
                        Rows.groups(frame, Key.UNRECORDED, 2),
                        frame.number(Key.EPOCH),
                        frame.flag(Key.MORE));
            case MONITOR ->
                new StreamRecord.Monitor(
                        header,
                        RecordDecoder.id(frame, Key.FORK),
                        RecordDecoder.id(frame, Key.THREAD),
                        frame.number(Key.ADDRESS),
                        frame.text(Key.CLASS),
                        frame.numberOrNull(Key.METHOD),
                        frame.numberOrNull(Key.BCI));
            case PYTHON_FRAME ->
                new StreamRecord.PythonFrame(
                        header,
                        frame.number(Key.PYTHON_FRAME),
                        frame.text(Key.FILE),
                        RecordDecoder.inRange(frame.number(Key.LINE), 0, Integer.MAX_VALUE),
                        frame.text(Key.NAME));
            case GUARD -> guard(frame, header);
            default -> throw new IllegalStateException("no decoder for " + type);
        };
    }

    private static StreamRecord holder(Frame frame, Header header) throws DamagedFrameException {
        return new StreamRecord.Holder(
                header,
                RecordDecoder.id(frame, Key.THREAD),
                frame.number(Key.SITE),
                frame.number(Key.STACK_POINTER),
                frame.numberOrNull(Key.FRAME_POINTER),
                frame.numberOrNull(Key.ADDRESS),
                Rows.groups(frame, Key.FRAMES, 2),
                frame.numbers(Key.PYTHON),
                frame.number(Key.EPOCH));
    }

    private static StreamRecord allocator(Frame frame, Header header) throws DamagedFrameException {
        return new StreamRecord.Allocator(
                header,
                frame.text(Key.NAME),
                frame.textOrNull(Key.VERSION_TEXT),
                frame.textOrNull(Key.PATH),
                frame.flagOrNull(Key.PROTECTED),
                frame.textOrNull(Key.REASON),
                frame.numberOrNull(Key.ARENAS),
                frame.numberOrNull(Key.ALLOCATED),
                frame.numberOrNull(Key.MAPPED));
    }

    private static StreamRecord guard(Frame frame, Header header) throws DamagedFrameException {
        Long kind = frame.numberOrNull(Key.LOCK_KIND);
        return new StreamRecord.Guard(
                header,
                RecordDecoder.id(frame, Key.FORK),
                GuardAction.of(frame.number(Key.GUARD)),
                RecordDecoder.inRange(frame.number(Key.WAITED), 0, Long.MAX_VALUE),
                frame.numberOrNull(Key.THREAD),
                frame.numberOrNull(Key.ADDRESS),
                kind == null ? null : LockKind.of(kind),
                frame.numberOrNull(Key.CALLED),
                frame.numberOrNull(Key.SITE),
                frame.number(Key.EPOCH));
    }
}

package org.forkwitness.stream;

import org.forkwitness.stream.StreamRecord.Header;

/** Makes the records by which children, and those who watch them, bear witness. Stateless. */
final class WitnessDecoder {
    private WitnessDecoder() {}

    static StreamRecord decode(RecordType type, Frame frame, Header header) throws DamagedFrameException {
        return switch (type) {
            case FUNCTIONS -> functions(frame, header);
            case HELD ->
                new StreamRecord.Held(
                        header,
                        Rows.sums(frame, Key.LOCKS, StreamRecord.Held.GROUP),
                        Rows.groups(frame, Key.UNRECORDED, 2),
                        frame.number(Key.EPOCH));
            case INSIDE ->
                new StreamRecord.Inside(
                        header,
                        Rows.sums(frame, Key.REGIONS, StreamRecord.Inside.GROUP),
                        frame.numberOrNull(Key.ALLOCATING),
                        frame.number(Key.EPOCH));
            case CALL ->
                new StreamRecord.FirstCall(
                        header, called(frame), frame.numberOrNull(Key.STACK), frame.flagOrFalse(Key.IN_JVM));
            case CALLS -> new StreamRecord.Calls(header, Rows.groups(frame, Key.COUNTS, StreamRecord.Calls.GROUP));
            case BLOCKED, LOCK_FAILED, WAIT -> waiting(type, frame, header);
            case REAPED -> new StreamRecord.Reaped(header, RecordDecoder.pid(frame, Key.PID), frame.number(Key.STATUS));
            default -> fromOutside(type, frame, header);
        };
    }

    private static StreamRecord functions(Frame frame, Header header) throws DamagedFrameException {
        Category category = Category.of(frame.number(Key.CATEGORY));
        return new StreamRecord.Functions(
                header,
                RecordDecoder.inRange(frame.number(Key.INDEX), 1, Integer.MAX_VALUE),
                category == null ? Category.OTHER : category,
                frame.text(Key.TEXT));
    }

    static long called(Frame frame) throws DamagedFrameException {
        return RecordDecoder.inRange(frame.number(Key.CALLED), 1, Integer.MAX_VALUE);
    }

    private static StreamRecord waiting(RecordType type, Frame frame, Header header) throws DamagedFrameException {
        long called = called(frame);
        long address = frame.number(Key.ADDRESS);
        Long stack = frame.numberOrNull(Key.STACK);
        Long thread = frame.numberOrNull(Key.THREAD);
        if (type == RecordType.WAIT) {
            return new StreamRecord.Wait(header, called, address, stack, thread);
        }
        LockKind kind = LockKind.of(frame.number(Key.LOCK_KIND));
        Long site = frame.numberOrNull(Key.SITE);
        if (type == RecordType.BLOCKED) {
            Long owner = frame.numberOrNull(Key.OWNER);
            return new StreamRecord.Blocked(header, called, address, kind, stack, thread, owner, site);
        }
        return new StreamRecord.LockFailed(header, called, address, kind, frame.number(Key.ERRNO), stack, thread, site);
    }

    private static StreamRecord fromOutside(RecordType type, Frame frame, Header header) throws DamagedFrameException {
        long fork = RecordDecoder.id(frame, Key.FORK);
        return switch (type) {
            case HUNG ->
                new StreamRecord.Hung(
                        header,
                        fork,
                        RecordDecoder.pid(frame, Key.PID),
                        frame.number(Key.ADDRESS),
                        frame.flag(Key.SHARED),
                        frame.numberOrNull(Key.CALLED),
                        frame.numberOrNull(Key.OBJECT),
                        frame.numberOrNull(Key.STACK),
                        frame.numberOrNull(Key.OWNER),
                        frame.textOrNull(Key.SYMBOL),
                        frame.numberOrNull(Key.LOST_THREAD));
            case RESUMED -> new StreamRecord.Resumed(header, fork);
            case OUTSIDE ->
                new StreamRecord.Outside(
                        header,
                        fork,
                        ChildState.of(frame.number(Key.STATE)),
                        frame.textOrNull(Key.PATH),
                        frame.numberOrNull(Key.STATUS));
            case LIVES -> new StreamRecord.Lives(header, fork, frame.number(Key.SIGNALS));
            case KILL -> new StreamRecord.Kill(header, fork, frame.number(Key.SIGNAL));
            case SIGNAL_LOST -> new StreamRecord.SignalLost(header, fork, frame.number(Key.SIGNAL));
            default -> throw new IllegalStateException("no decoder for " + type);
        };
    }
}

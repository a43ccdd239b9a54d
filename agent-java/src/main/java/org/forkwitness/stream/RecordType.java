package org.forkwitness.stream;

/** The types of records: {@code FW_RECORD} of {@code records.def}. */
public enum RecordType {
    HELLO(1),
    ARGUMENT(2),
    JVM(3),
    MODULE(4),
    MODULE_GONE(5),
    THREAD(6),
    THREAD_NAME(7),
    THREAD_END(8),
    STACK(9),
    METHOD(10),
    LINE(11),
    FORK(12),
    FORK_RESULT(13),
    CHILD(14),
    EXEC(15),
    EXEC_FAILED(16),
    EXIT(17),
    ATFORK(18),
    STATE(19),
    BYE(20),
    LOG(21),
    FUNCTIONS(22),
    HELD(23),
    INSIDE(24),
    CALL(25),
    CALLS(26),
    BLOCKED(27),
    LOCK_FAILED(28),
    WAIT(29),
    REAPED(30),
    HUNG(31),
    RESUMED(32),
    OUTSIDE(33),
    LIVES(34),
    KILL(35),
    SIGNAL_LOST(36),
    HOLDER(37),
    SLICE(38),
    LOCK_NAME(39),
    THREAD_AWARE(40),
    ALLOCATOR(41),
    SNAPSHOT(42),
    MONITOR(43),
    PYTHON_FRAME(44),
    GUARD(45);

    private static final RecordType[] BY_NUMBER = values();

    private final int number;

    RecordType(int number) {
        this.number = number;
    }

    /** The number in the stream. */
    public int number() {
        return number;
    }

    /** The type with this number, or null where this version knows none. */
    static RecordType of(long number) {
        for (RecordType type : BY_NUMBER) {
            if (type.number == number) {
                return type;
            }
        }
        return null;
    }
}

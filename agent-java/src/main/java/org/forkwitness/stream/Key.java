package org.forkwitness.stream;

/** The keys of a frame's map, as {@code FW_KEY} of {@code records.def} lists them. */
public enum Key {
    TYPE(0, Kind.UINT),
    PROC(1, Kind.UINT),
    SEQ(2, Kind.UINT),
    TIME(3, Kind.UINT),
    VERSION(4, Kind.UINT),
    PID(5, Kind.UINT),
    PPID(6, Kind.UINT),
    WALL(7, Kind.UINT),
    START(8, Kind.UINT),
    HOST(9, Kind.TEXT),
    KERNEL(10, Kind.TEXT),
    ARCH(11, Kind.TEXT),
    LIBC_NAME(12, Kind.TEXT),
    LIBC_VERSION(13, Kind.TEXT),
    MALLOC(14, Kind.UINT),
    OPTIONS(15, Kind.TEXT),
    ATTACHED(16, Kind.BOOL),
    INDEX(17, Kind.UINT),
    TEXT(18, Kind.TEXT),
    VERSION_TEXT(19, Kind.TEXT),
    VENDOR(20, Kind.TEXT),
    HOME(21, Kind.TEXT),
    MODULE(22, Kind.UINT),
    PATH(23, Kind.TEXT),
    BUILD_ID(24, Kind.BYTES),
    BIAS(25, Kind.UINT),
    MODULE_START(26, Kind.UINT),
    MODULE_END(27, Kind.UINT),
    EPOCH(28, Kind.UINT),
    THREAD(29, Kind.UINT),
    TID(30, Kind.UINT),
    NAME(31, Kind.TEXT),
    KIND(32, Kind.UINT),
    SEEN(33, Kind.BOOL),
    STACK(34, Kind.UINT),
    CREATOR(35, Kind.UINT),
    START_ROUTINE(36, Kind.UINT),
    PCS(37, Kind.INTS),
    FRAMES(38, Kind.INTS),
    MORE(39, Kind.BOOL),
    METHOD(40, Kind.UINT),
    CLASS(41, Kind.TEXT),
    FILE(42, Kind.TEXT),
    BCI(43, Kind.INT),
    LINE(44, Kind.UINT),
    FORK(45, Kind.UINT),
    CALL(46, Kind.UINT),
    COMMAND(47, Kind.TEXT),
    ERRNO(48, Kind.UINT),
    FUNCTION(49, Kind.TEXT),
    STATUS(50, Kind.INT),
    PREPARE(51, Kind.UINT),
    PARENT(52, Kind.UINT),
    CHILD_HANDLER(53, Kind.UINT),
    SENT(54, Kind.UINT),
    LOST(55, Kind.UINT),
    LEVEL(56, Kind.UINT),
    CATEGORY(57, Kind.UINT),
    LOCKS(58, Kind.INTS),
    REGIONS(59, Kind.INTS),
    CALLED(60, Kind.UINT),
    COUNTS(61, Kind.INTS),
    ADDRESS(62, Kind.UINT),
    LOCK_KIND(63, Kind.UINT),
    OWNER(64, Kind.UINT),
    SITE(65, Kind.UINT),
    SHARED(66, Kind.BOOL),
    SYMBOL(67, Kind.TEXT),
    SIGNAL(68, Kind.UINT),
    SIGNALS(69, Kind.UINT),
    IN_SIGNAL(70, Kind.BOOL),
    IN_JVM(71, Kind.BOOL),
    STATE(72, Kind.UINT),
    OBJECT(73, Kind.UINT),
    LOST_THREAD(74, Kind.UINT),
    UNRECORDED(75, Kind.INTS),
    ALLOCATING(76, Kind.UINT),
    STACK_POINTER(77, Kind.UINT),
    FRAME_POINTER(78, Kind.UINT),
    DATA(79, Kind.BYTES),
    REASON(80, Kind.TEXT),
    PROTECTED(81, Kind.BOOL),
    ARENAS(82, Kind.UINT),
    ALLOCATED(83, Kind.UINT),
    MAPPED(84, Kind.UINT),
    PYTHON_FRAME(85, Kind.UINT),
    PYTHON(86, Kind.INTS),
    GUARD(87, Kind.UINT),
    WAITED(88, Kind.UINT);

    /** The type of a key's value. Unsigned values of 64 bits are held as the {@code long} with the same bits. */
    public enum Kind {
        UINT,
        INT,
        BOOL,
        TEXT,
        BYTES,
        INTS
    }

    private static final Key[] BY_NUMBER = values();

    private final int number;
    private final Kind kind;

    Key(int number, Kind kind) {
        this.number = number;
        this.kind = kind;
    }

    /** The key as it stands in the map. */
    public int number() {
        return number;
    }

    /** The type of its value. */
    public Kind kind() {
        return kind;
    }

    /** The key with this number, or null where this version knows none: a newer agent may send more. */
    static Key of(long number) {
        for (Key key : BY_NUMBER) {
            if (key.number == number) {
                return key;
            }
        }
        return null;
    }
}

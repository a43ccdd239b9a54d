package org.forkwitness.stream;

/** How a process was made: {@code FW_CALL} of {@code records.def}. */
public enum Call {
    FORK(1, "fork"),
    FORKPTY(2, "forkpty"),
    DAEMON(3, "daemon"),
    VFORK(4, "vfork"),
    POSIX_SPAWN(5, "posix_spawn"),
    POSIX_SPAWNP(6, "posix_spawnp"),
    SYSTEM(7, "system"),
    POPEN(8, "popen"),
    UNDERSCORE_FORK(9, "_Fork"),
    CLONE(10, "clone"),
    SYSCALL(11, "syscall");

    private final int number;
    private final String text;

    Call(int number, String text) {
        this.number = number;
        this.text = text;
    }

    /** The number in the stream. */
    public int number() {
        return number;
    }

    /** The report's {@code call}. */
    public String text() {
        return text;
    }

    /** The constant with this number, or null where this version knows none. */
    static Call of(long number) {
        for (Call value : values()) {
            if (value.number == number) {
                return value;
            }
        }
        return null;
    }
}

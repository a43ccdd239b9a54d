package org.forkwitness.stream;

/** What kind of lock, and how it is held: {@code FW_LOCK_KIND} of {@code records.def}. */
public enum LockKind {
    MUTEX(1, "mutex"),
    RWLOCK_READ(2, "rwlock"),
    RWLOCK_WRITE(3, "rwlock"),
    SPINLOCK(4, "spinlock"),
    SEMAPHORE(5, "semaphore"),
    FILE(6, "file"),
    MONITOR(7, "monitor");

    private final int number;
    private final String text;

    LockKind(int number, String text) {
        this.number = number;
        this.text = text;
    }

    /** The number in the stream. */
    public int number() {
        return number;
    }

    /** The report's {@code kind}. */
    public String text() {
        return text;
    }

    /** The constant with this number, or null where this version knows none. */
    public static LockKind of(long number) {
        for (LockKind value : values()) {
            if (value.number == number) {
                return value;
            }
        }
        return null;
    }
}

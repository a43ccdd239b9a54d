package org.forkwitness.stream;

/** What a function that is not async-signal-safe may harm: {@code FW_CATEGORY} of {@code records.def}. */
public enum Category {
    ALLOCATOR(1, "allocator"),
    STDIO(2, "stdio"),
    ENVIRONMENT(3, "environment"),
    TIMEZONE(4, "timezone"),
    LOADER(5, "loader"),
    RANDOM(6, "random"),
    ATEXIT(7, "atexit"),
    LOCALE(8, "locale"),
    RESOLVER(9, "resolver"),
    SYSLOG(10, "syslog"),
    USERS(11, "users"),
    DIRECTORY(12, "directory"),
    LOCK(13, "lock"),
    SEMAPHORE(14, "semaphore"),
    CONDITION(15, "condition"),
    THREAD(16, "thread"),
    PROCESS(17, "process"),
    FORMAT(18, "format"),
    TERMINAL(19, "terminal"),
    JVM(20, "jvm"),
    OTHER(21, "other");

    private final int number;
    private final String text;

    Category(int number, String text) {
        this.number = number;
        this.text = text;
    }

    /** The number in the stream. */
    public int number() {
        return number;
    }

    /** The report's {@code category}. */
    public String text() {
        return text;
    }

    /** The constant with this number, or null where this version knows none. */
    static Category of(long number) {
        for (Category value : values()) {
            if (value.number == number) {
                return value;
            }
        }
        return null;
    }
}

package org.forkwitness.stream;

/** What a thread is: {@code FW_THREAD_KIND} of {@code records.def}. */
public enum ThreadKind {
    NATIVE(0, "native"),
    JAVA(1, "java"),
    JVM(2, "jvm");

    private final int number;
    private final String text;

    ThreadKind(int number, String text) {
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
    static ThreadKind of(long number) {
        for (ThreadKind value : values()) {
            if (value.number == number) {
                return value;
            }
        }
        return null;
    }
}

package org.forkwitness.stream;

/** What the guard did about a fork: {@code FW_GUARD} of {@code records.def}. */
public enum GuardAction {
    WAITED(1, "waited"),
    TIMED_OUT(2, "timed-out"),
    DENIED(3, "denied"),
    ABORTED(4, "aborted");

    private final int number;
    private final String text;

    GuardAction(int number, String text) {
        this.number = number;
        this.text = text;
    }

    /** The number in the stream. */
    public int number() {
        return number;
    }

    /** The report's {@code action}. */
    public String text() {
        return text;
    }

    /** The constant with this number, or null where this version knows none. */
    static GuardAction of(long number) {
        for (GuardAction value : values()) {
            if (value.number == number) {
                return value;
            }
        }
        return null;
    }
}

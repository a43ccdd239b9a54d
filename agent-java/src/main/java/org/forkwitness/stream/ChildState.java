package org.forkwitness.stream;

/** What was seen of a child from outside: {@code FW_CHILD_STATE} of {@code records.def}. */
public enum ChildState {
    EXECED(1, "exec"),
    ENDED(2, "ended");

    private final int number;
    private final String text;

    ChildState(int number, String text) {
        this.number = number;
        this.text = text;
    }

    /** The number in the stream. */
    public int number() {
        return number;
    }

    /** Its name in a note. */
    public String text() {
        return text;
    }

    /** The constant with this number, or null where this version knows none. */
    static ChildState of(long number) {
        for (ChildState value : values()) {
            if (value.number == number) {
                return value;
            }
        }
        return null;
    }
}

package org.forkwitness.stream;

/** How much a LOG record limits the report: {@code FW_LEVEL} of {@code records.def}. */
public enum Level {
    INFO(0, "info"),
    WARN(1, "warn");

    private final int number;
    private final String text;

    Level(int number, String text) {
        this.number = number;
        this.text = text;
    }

    /** The number in the stream. */
    public int number() {
        return number;
    }

    /** The level's name in a note. */
    public String text() {
        return text;
    }

    /** The constant with this number, or null where this version knows none. */
    static Level of(long number) {
        for (Level value : values()) {
            if (value.number == number) {
                return value;
            }
        }
        return null;
    }
}

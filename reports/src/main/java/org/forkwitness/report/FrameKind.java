package org.forkwitness.report;

import com.fasterxml.jackson.annotation.JsonValue;

/** The language of a stack frame; it says which fields a {@link Frame} has. */
public enum FrameKind {
    /** Class, method, file, line. */
    JAVA("java"),
    /** Module, offset, build-id; where symbols were found function, file, line. */
    NATIVE("native"),
    /** Module, function, file, line. */
    PYTHON("python");

    private final String text;

    FrameKind(String text) {
        this.text = text;
    }

    /** The spelling in reports. */
    @JsonValue
    public String text() {
        return text;
    }
}

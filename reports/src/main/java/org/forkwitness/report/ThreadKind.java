package org.forkwitness.report;

import com.fasterxml.jackson.annotation.JsonValue;

/** Whose a thread is. */
public enum ThreadKind {
    /** A Java thread, or a native one that is attached to the JVM. */
    JAVA("java"),
    /** A thread of the JVM's own: collector, compiler, VM Thread. */
    JVM("jvm"),
    /** Any other: of a native library or of the program that hosts the JVM. */
    NATIVE("native");

    private final String text;

    ThreadKind(String text) {
        this.text = text;
    }

    /** The spelling in reports. */
    @JsonValue
    public String text() {
        return text;
    }
}

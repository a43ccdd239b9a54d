package org.forkwitness.report;

import com.fasterxml.jackson.annotation.JsonValue;

/** The allocator behind malloc. */
public enum AllocatorName {
    /** ptmalloc of glibc. */
    GLIBC("glibc"),
    /** jemalloc. */
    JEMALLOC("jemalloc"),
    /** gperftools' or Google's tcmalloc. */
    TCMALLOC("tcmalloc"),
    /** mimalloc. */
    MIMALLOC("mimalloc"),
    /** That of musl. */
    MUSL("musl"),
    /** Any other, or not found out. */
    UNKNOWN("unknown");

    private final String text;

    AllocatorName(String text) {
        this.text = text;
    }

    /** The spelling in reports. */
    @JsonValue
    public String text() {
        return text;
    }
}

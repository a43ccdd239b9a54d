package org.forkwitness.report.text;

import java.util.ArrayList;
import java.util.List;
import org.forkwitness.report.Allocator;
import org.forkwitness.report.AllocatorFigures;
import org.forkwitness.report.AllocatorName;

/** The allocator, and what it tells of itself. */
final class AllocatorText {
    private AllocatorText() {}

    /** Which one it is, and what a child finds of it. */
    static String of(Allocator allocator) {
        String name = allocator.name() == AllocatorName.UNKNOWN
                ? "an allocator not known"
                : allocator.name().text();
        String version = allocator.version() == null ? "" : " " + allocator.version();
        String library = allocator.library() == null ? "" : " in " + allocator.library();
        String protection = switch (allocator.forkProtection()) {
            case LIBC -> "made whole in a child by the C library";
            case HANDLERS -> "made whole in a child by its fork handlers";
            case NONE -> "not made whole in a child";
            case UNKNOWN -> "not known what a child finds of it";
        };
        String knownBy = allocator.knownBy() == null ? "" : " (" + allocator.knownBy() + ")";
        return name + version + library + ": " + protection + knownBy;
    }

    /** {@code 64 arenas, 1.4 GiB allocated, 1.8 GiB mapped}: only what it tells; empty for nothing. */
    static String figures(AllocatorFigures figures) {
        List<String> parts = new ArrayList<>();
        if (figures != null && figures.arenas() != null) {
            parts.add(Words.count(figures.arenas(), "arena"));
        }
        if (figures != null && figures.allocatedBytes() != null) {
            parts.add(Words.bytes(figures.allocatedBytes()) + " allocated");
        }
        if (figures != null && figures.mappedBytes() != null) {
            parts.add(Words.bytes(figures.mappedBytes()) + " mapped");
        }
        return String.join(", ", parts);
    }
}

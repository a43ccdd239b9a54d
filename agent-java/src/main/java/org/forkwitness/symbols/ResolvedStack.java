package org.forkwitness.symbols;

import java.util.List;
import org.forkwitness.report.Frame;

/**
 * A stack for a report, innermost frame first.
 *
 * @param frames its frames
 * @param modulePaths beside each native frame the path of its ELF object, null beside all others
 * @param complete false while a part, a method or a line of it may still arrive
 */
public record ResolvedStack(List<Frame> frames, List<String> modulePaths, boolean complete) {
    /** A stack of which nothing is known. */
    public static final ResolvedStack NONE = new ResolvedStack(List.of(), List.of(), true);

    public ResolvedStack {
        frames = List.copyOf(frames);
    }
}

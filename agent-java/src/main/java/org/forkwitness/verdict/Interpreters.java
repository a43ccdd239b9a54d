package org.forkwitness.verdict;

import java.util.List;
import org.forkwitness.report.Frame;
import org.forkwitness.report.FrameKind;

/**
 * Frames of interpreters, by {@code plumbing.tsv}: they carry out a program, and where that program's own frames stand in
 * the stack as well, those say more. Stateless.
 */
final class Interpreters {
    private static final List<String> LIBRARIES = patterns("interpreter");
    private static final List<String> PROGRAM_LIBRARY = patterns("python-file");

    private Interpreters() {}

    private static List<String> patterns(String kind) {
        return RuleTable.read("plumbing.tsv", 3).stream()
                .filter(row -> row.get(0).equals(kind))
                .map(row -> row.get(1))
                .toList();
    }

    /** True for a native frame of an interpreter. */
    static boolean isOne(Frame frame) {
        return frame.kind() == FrameKind.NATIVE && matches(LIBRARIES, frame.module());
    }

    /** The line of the program that an interpreter was at: its own, or else one of its library; null where none is known. */
    static Frame program(List<Frame> stack) {
        Frame first = null;
        for (Frame frame : stack) {
            if (frame.kind() == FrameKind.PYTHON && frame.file() != null) {
                if (!matches(PROGRAM_LIBRARY, frame.file())) {
                    return frame;
                }
                first = first == null ? frame : first;
            }
        }
        return first;
    }

    private static boolean matches(List<String> patterns, String text) {
        return text != null && patterns.stream().anyMatch(pattern -> RuleTable.matches(pattern, text));
    }

    /** A frame of this stack, or the line of the program that it carries out. */
    static Frame speaker(Frame frame, List<Frame> stack) {
        Frame program = isOne(frame) ? program(stack.subList(stack.indexOf(frame), stack.size())) : null;
        return program == null ? frame : program;
    }
}

package org.forkwitness.verdict;

import java.util.List;
import org.forkwitness.report.Frame;
import org.forkwitness.report.FrameKind;

/** Frames as a person says them. Stateless. */
final class Places {
    private Places() {}

    /** {@code method (file:line)}, {@code function (library, file:line)} or {@code library+offset}; Python as Java. */
    static String of(Frame frame) {
        String file = file(frame);
        if (frame.kind() == FrameKind.JAVA) {
            String name = frame.className() + "." + frame.method();
            return file.isEmpty() ? name : name + " (" + file + ")";
        }
        if (frame.kind() == FrameKind.PYTHON) {
            return file.isEmpty() ? frame.function() : frame.function() + " (" + file + ")";
        }
        String module = module(frame);
        if (frame.function() == null) {
            return module + "+" + frame.offset();
        }
        return frame.function() + " (" + module + (file.isEmpty() ? "" : ", " + file) + ")";
    }

    /** What stands in parentheses behind a function that was called there: {@code library, file:line}. */
    static String caller(Frame frame) {
        String file = file(frame);
        if (frame.kind() == FrameKind.JAVA) {
            return frame.className() + "." + frame.method() + (file.isEmpty() ? "" : ", " + file);
        }
        if (frame.kind() == FrameKind.PYTHON) {
            return file.isEmpty() ? frame.function() : file + ", " + frame.function();
        }
        if (!file.isEmpty()) {
            return module(frame) + ", " + file;
        }
        return frame.function() == null
                ? module(frame) + "+" + frame.offset()
                : module(frame) + ", " + frame.function();
    }

    /**
     * The frame that called a function: the first that is not the function itself, or the program's line where that is an
     * interpreter's; null where the stack has none.
     */
    static Frame callerOf(String function, List<Frame> stack) {
        return stack.stream()
                .filter(frame -> !function.equals(frame.function()))
                .findFirst()
                .map(frame -> Interpreters.speaker(frame, stack))
                .orElse(null);
    }

    /** A function with its caller, where a stack of the call shows that: {@code setenv (libfoo.so, init.c:88)}. */
    static String called(String function, List<Frame> stack) {
        Frame caller = callerOf(function, stack);
        return caller == null ? function : function + " (" + caller(caller) + ")";
    }

    private static String file(Frame frame) {
        if (frame.file() == null) {
            return "";
        }
        String name = frame.file().substring(frame.file().lastIndexOf('/') + 1);
        return frame.line() == null ? name : name + ":" + frame.line();
    }

    private static String module(Frame frame) {
        return frame.module() == null ? "unknown code" : frame.module();
    }
}

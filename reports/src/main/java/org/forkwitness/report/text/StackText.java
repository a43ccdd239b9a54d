package org.forkwitness.report.text;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.forkwitness.report.Frame;
import org.forkwitness.report.FrameKind;

/**
 * A stack, innermost frame first, so that native frames stand above the Java frames that called them. Frames of the C
 * library, the JVM and the JDK are dimmed, and in the short form folded where three or more of one origin follow each
 * other.
 */
final class StackText {
    private static final int FOLD_FROM = 3;

    /** A length for {@link #write}: nothing is folded or left out. */
    static final int WHOLE = Integer.MAX_VALUE;

    /** The usual length of a folded stack, in lines. */
    static final int FOLDED = 24;

    /** Files whose frames explain how a call got on, but never who asked for it. */
    private static final Pattern PLUMBING = Pattern.compile(
            "(libc|libpthread|libdl|libgcc_s|libstdc\\+\\+|ld-linux.*|ld-musl.*|libc\\.musl.*|libjvm|libjava|libjli|libnio|libR|"
                    + "libffi|libjffi.*|jffi.*|libforkwitness|libpython[0-9.]+)(-[0-9.]+)?\\.so.*|python[0-9.]*|_(jpype|multiprocessing|posixsubprocess)\\..*\\.so");

    /** Files of Python's own library, and of JPype, that only carry on a call. */
    private static final Pattern PYTHON_LIBRARY = Pattern.compile(
            "<frozen .*>|.*/((threading|subprocess|pty|socketserver)|(multiprocessing|concurrent/futures|jpype)/[^/]+)\\.py");

    private static final Pattern JDK = Pattern.compile("(java|javax|jdk|sun|com\\.sun)\\..*");

    private StackText() {}

    /** What stands above a stack. */
    static String title(List<Frame> stack) {
        return stack.isEmpty() ? "not known" : Words.count(stack.size(), "frame") + ", innermost first";
    }

    /** The first frame outwards that is not plumbing; empty where there is none. */
    static Optional<Frame> culprit(List<Frame> stack) {
        return stack.stream().filter(frame -> plumbing(frame).isEmpty()).findFirst();
    }

    /**
     * Writes the stack, the blamed frame marked.
     *
     * @param longest its lines where there are more, but never before the blamed frame; {@link #WHOLE} folds nothing
     * @param hint says where the rest of a long one can be seen
     */
    static void write(Page page, int indent, List<Frame> stack, Frame blame, int longest, String hint) {
        boolean whole = longest == WHOLE;
        int lines = 0;
        int i = 0;
        while (i < stack.size()) {
            if (!whole && lines >= longest && !stack.subList(i, stack.size()).contains(blame)) {
                int left = stack.size() - i;
                page.paragraph(indent, Style.DIM, "... " + Words.count(left, "more frame") + hint);
                return;
            }
            int run = run(stack, i, blame);
            // The innermost frame is the call that is reported: it is never folded away.
            if (!whole && i > 0 && run >= FOLD_FROM) {
                page.paragraph(
                        indent,
                        Style.DIM,
                        "... " + run + " frames of " + plumbing(stack.get(i)).orElseThrow());
                i += run;
            } else {
                Frame frame = stack.get(i);
                boolean blamed = frame.equals(blame);
                page.paragraph(
                        blamed ? indent - 2 : indent, style(frame, blame), (blamed ? "> " : "") + FrameText.of(frame));
                i++;
            }
            lines++;
        }
    }

    private static Style style(Frame frame, Frame blame) {
        if (frame.equals(blame)) {
            return Style.BOLD;
        }
        return plumbing(frame).isPresent() ? Style.DIM : Style.PLAIN;
    }

    /** How many frames from here on are plumbing of the same origin, the blame frame excluded. */
    private static int run(List<Frame> stack, int from, Frame blame) {
        Optional<String> origin = plumbing(stack.get(from));
        int end = from;
        while (origin.isPresent()
                && end < stack.size()
                && !Objects.equals(stack.get(end), blame)
                && plumbing(stack.get(end)).equals(origin)) {
            end++;
        }
        return end - from;
    }

    /** Whose plumbing a frame is; empty for code that can be somebody's. */
    private static Optional<String> plumbing(Frame frame) {
        if (frame.kind() == FrameKind.JAVA) {
            return JDK.matcher(frame.className()).matches() ? Optional.of("the JDK") : Optional.empty();
        }
        if (frame.kind() == FrameKind.PYTHON) {
            return Optional.ofNullable(frame.file())
                    .filter(f -> PYTHON_LIBRARY.matcher(f).matches())
                    .map(f -> "Python's library");
        }
        return Optional.ofNullable(frame.module())
                .filter(m -> PLUMBING.matcher(m).matches());
    }
}

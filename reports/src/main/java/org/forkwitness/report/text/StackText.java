package org.forkwitness.report.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.forkwitness.report.Frame;
import org.forkwitness.report.FrameKind;

/** Stacks: which frames of them are plumbing, of the C library, the JVM or the JDK, and can be folded. */
public final class StackText {
    private static final int FOLD_FROM = 3;

    /** A length for {@link Page#stack}: nothing is folded or left out. */
    public static final int WHOLE = Integer.MAX_VALUE;

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

    /**
     * What stands in one line of a stack.
     *
     * @param frames one, or three and more of one origin that are folded
     * @param blamed true for the frame to which the fork is attributed
     */
    public record Piece(List<Frame> frames, boolean blamed) {
        /** True where the frames are no more than counted. */
        public boolean folded() {
            return frames.size() > 1;
        }

        /** The line. */
        public String text() {
            Frame first = frames.get(0);
            return folded() ? frames.size() + " frames of " + plumbing(first).orElseThrow() : FrameText.of(first);
        }

        /** How it looks: plumbing steps back. */
        public Style style() {
            if (blamed) {
                return Style.BOLD;
            }
            return plumbing(frames.get(0)).isPresent() ? Style.DIM : Style.PLAIN;
        }
    }

    /** What stands above a stack. */
    static String title(List<Frame> stack) {
        return stack.isEmpty() ? "not known" : Words.count(stack.size(), "frame") + ", innermost first";
    }

    /** The first frame outwards that is not plumbing; empty where there is none. */
    public static Optional<Frame> culprit(List<Frame> stack) {
        return stack.stream().filter(frame -> plumbing(frame).isEmpty()).findFirst();
    }

    /** Every frame by itself. */
    static List<Piece> unfolded(List<Frame> stack, Frame blame) {
        return stack.stream()
                .map(frame -> new Piece(List.of(frame), frame.equals(blame)))
                .toList();
    }

    /** The innermost frame is the call that is reported: it is never folded away, and neither is the blamed one. */
    public static List<Piece> folded(List<Frame> stack, Frame blame) {
        List<Piece> pieces = new ArrayList<>();
        int i = 0;
        while (i < stack.size()) {
            int run = i == 0 ? 0 : run(stack, i, blame);
            int end = run >= FOLD_FROM ? i + run : i + 1;
            pieces.add(new Piece(stack.subList(i, end), stack.get(i).equals(blame)));
            i = end;
        }
        return pieces;
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

package org.forkwitness.report.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.forkwitness.report.Frame;
import org.junit.jupiter.api.Test;

class StackTextTest {
    private static final Frame FORK = library("libc.so.6", "fork");
    private static final Frame APP = Frame.java("com.x.App", "run", "App.java", 7);
    private static final Frame JDK = Frame.java("java.util.X", "x", "X.java", 1);
    private static final Frame JVM = library("libjvm.so", "v");

    @Test
    void threeFramesOfOneOriginAreFoldedTwoAreNot() {
        assertEquals(
                List.of(
                        "  fork (libc.so.6+0x1)",
                        "  ... 3 frames of libjvm.so",
                        "  ... 4 frames of the JDK",
                        "> com.x.App.run(App.java:7)",
                        "  java.util.X.x(X.java:1)",
                        "  java.util.X.x(X.java:1)"),
                lines(List.of(FORK, JVM, JVM, JVM, JDK, JDK, JDK, JDK, APP, JDK, JDK), APP, StackText.FOLDED));
    }

    @Test
    void nothingIsFoldedInTheWholeForm() {
        assertEquals(
                5,
                lines(List.of(FORK, JVM, JVM, JVM, APP), APP, StackText.WHOLE).size());
    }

    @Test
    void theReportedCallAndTheBlameFrameAreNeverFolded() {
        assertEquals(
                List.of("  fork (libc.so.6+0x1)", "  fork (libc.so.6+0x1)", "  fork (libc.so.6+0x1)"),
                lines(List.of(FORK, FORK, FORK), null, StackText.FOLDED));
        assertEquals(
                List.of("  v (libjvm.so+0x1)", "> java.util.X.x(X.java:1)"),
                lines(List.of(JVM, JDK), JDK, StackText.FOLDED));
    }

    @Test
    void aDeepStackIsCutButNotBeforeItsBlameFrame() {
        List<Frame> deep = new ArrayList<>();
        IntStream.range(0, 30).forEach(i -> deep.add(Frame.java("com.y.Recursion", "f" + i, null, null)));
        List<String> cut = lines(deep, deep.get(0), StackText.FOLDED);
        assertEquals(25, cut.size());
        assertEquals("  ... 6 more frames (here)", cut.get(24));
        List<String> toBlame = lines(deep, deep.get(28), StackText.FOLDED);
        assertEquals(30, toBlame.size());
        assertEquals("  ... 1 more frame (here)", toBlame.get(29));
    }

    private static List<String> lines(List<Frame> stack, Frame blame, int longest) {
        TextPage page = new TextPage(Layout.PLAIN);
        page.stack(2, stack, blame, longest, " (here)");
        return page.toString().lines().toList();
    }

    private static Frame library(String module, String function) {
        return Frame.resolved(module, function, null, null, "0x1", null, false);
    }
}

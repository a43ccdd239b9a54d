package org.forkwitness.report.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.forkwitness.report.BlockedOn;
import org.forkwitness.report.Frame;
import org.forkwitness.report.LockHolder;
import org.forkwitness.report.Report;
import org.forkwitness.report.Samples;
import org.forkwitness.report.SeenBy;
import org.forkwitness.report.Verdict;
import org.forkwitness.report.VerdictCheck;
import org.junit.jupiter.api.Test;

class TextReportTest {
    private static final Report REPORT = Samples.everyField();

    @Test
    void wholeReport() {
        Samples.expect("every-field.txt", TextReport.render(REPORT, Layout.PLAIN));
    }

    @Test
    void oneSite() {
        Samples.expect(
                "every-field.site-2.txt",
                TextReport.site(REPORT, 2, Layout.PLAIN).orElseThrow());
        assertEquals(Optional.empty(), TextReport.site(REPORT, 99, Layout.PLAIN));
    }

    @Test
    void oneFork() {
        Samples.expect(
                "every-field.fork-3.txt",
                TextReport.fork(REPORT, 3, Layout.PLAIN).orElseThrow());
        assertEquals(Optional.empty(), TextReport.fork(REPORT, 99, Layout.PLAIN));
    }

    @Test
    void everySiteAndForkCanBeShown() {
        REPORT.sites()
                .forEach(s -> assertTrue(TextReport.site(REPORT, s.id(), Layout.PLAIN)
                        .orElseThrow()
                        .contains("site " + s.id())));
        REPORT.forks()
                .forEach(f -> assertTrue(TextReport.fork(REPORT, f.id(), Layout.PLAIN)
                        .orElseThrow()
                        .contains("fork " + f.id())));
    }

    @Test
    void check() {
        Samples.expect(
                "every-field.check.txt", TextReport.check(VerdictCheck.of(REPORT, Verdict.UNSAFE), Layout.PLAIN));
        Report without = new Report(
                REPORT.schema(),
                REPORT.process(),
                REPORT.environment(),
                REPORT.summary(),
                null,
                null,
                null,
                null,
                null,
                null);
        assertEquals(
                "passed: nothing latent or worse; no finding\n",
                TextReport.check(VerdictCheck.of(without, Verdict.LATENT), Layout.PLAIN));
    }

    @Test
    void sentencesAreWrappedButPlacesAreNot() {
        String text = TextReport.render(REPORT, new Layout(60, false));
        for (String line : text.lines().toList()) {
            boolean oneWord = !line.strip().contains(" ") || line.strip().matches("(at|malloc|JVM) .*|.*\\S{30}.*");
            assertTrue(line.length() <= 60 || oneWord || line.contains("  site "), line);
        }
        assertTrue(text.contains("GitRunner.java:88)"), text);
    }

    @Test
    void colorsChangeNothingButTheLook() {
        String colored = TextReport.render(REPORT, new Layout(100, true));
        assertTrue(colored.contains("\033["));
        assertEquals(TextReport.render(REPORT, Layout.PLAIN), colored.replaceAll("\033\\[[0-9;]*m", ""));
    }

    @Test
    void colorsOnATerminalOnly() {
        Map<String, String> xterm = Map.of("TERM", "xterm");
        assertTrue(Layout.of(xterm, true).colors());
        assertFalse(Layout.of(xterm, false).colors());
        assertFalse(Layout.of(Map.of("TERM", "xterm", "NO_COLOR", "1"), true).colors());
        assertTrue(Layout.of(Map.of("TERM", "xterm", "NO_COLOR", ""), true).colors());
        assertFalse(Layout.of(Map.of("TERM", "dumb"), true).colors());
        assertFalse(Layout.of(Map.of(), true).colors());
    }

    @Test
    void widthOfTheTerminal() {
        assertEquals(132, Layout.of(Map.of("COLUMNS", "132"), true).width());
        assertEquals(100, Layout.of(Map.of("COLUMNS", "wide"), true).width());
        assertEquals(40, Layout.of(Map.of("COLUMNS", "3"), true).width());
    }

    @Test
    void namesCannotDriveTheTerminal() {
        assertEquals("a\\x1b[31mb\\x0ac\\x9bd\\x202ee\u00e9", Words.clean("a\033[31mb\nc\u009bd\u202ee\u00e9"));
    }

    @Test
    void whatAChildWaitsForIsSaidAsFarAsItIsKnown() {
        assertEquals("waits in f at 0x10, and nobody in it can wake it (seen from outside)", blocked(null, null, null));
        assertEquals(
                "waits in f on the lock at 0x10, held by 'pool' (tid 9), which was not copied (seen from outside)",
                blocked(null, new LockHolder(3, 9, "pool"), null));
        assertEquals(
                "waits in f for the thread 'VM Thread', which was not copied (seen from outside)",
                blocked(null, null, "VM Thread"));
        assertEquals("waits in f on the lock at 0x10 (seen from outside)", blocked(1L, null, null));
    }

    private static String blocked(Long lock, LockHolder holder, String lostThread) {
        return ChildText.blocked(
                REPORT.forks().get(0), new BlockedOn(lock, "0x10", "f", holder, lostThread, List.of(), SeenBy.OUTSIDE));
    }

    @Test
    void framesAreWrittenAsPeopleDo() {
        assertEquals("com.x.Y.z(Y.java:88)", FrameText.of(Frame.java("com.x.Y", "z", "Y.java", 88)));
        assertEquals("com.x.Y.z(Y.java)", FrameText.of(Frame.java("com.x.Y", "z", "Y.java", null)));
        assertEquals("com.x.Y.z(unknown source)", FrameText.of(Frame.java("com.x.Y", "z", null, null)));
        assertEquals("f (libfoo.so, init.c:88)", FrameText.of(resolved("/src/init.c", 88, false)));
        assertEquals("f (libfoo.so, init.c:88, inlined)", FrameText.of(resolved("/src/init.c", 88, true)));
        assertEquals("f (libfoo.so+0x1f2)", FrameText.of(resolved(null, null, false)));
        assertEquals("libfoo.so+0x1f2", FrameText.of(Frame.unresolved("libfoo.so", "0x1f2", null)));
        assertEquals(
                "libfoo.so+0x1f2 (build-id 00112233aabb...)",
                FrameText.of(Frame.unresolved("libfoo.so", "0x1f2", "00112233aabbccdd")));
        assertEquals("no module+0x7f00", FrameText.of(Frame.unresolved(null, "0x7f00", null)));
        assertEquals("train (app.py:12)", FrameText.of(Frame.python("app", "train", "/srv/app.py", 12)));
        assertEquals("train (app)", FrameText.of(Frame.python("app", "train", null, null)));
        assertEquals("train (unknown source)", FrameText.of(Frame.python(null, "train", null, null)));
    }

    @Test
    void wordsThatAreTooLongStayWhole() {
        assertEquals(List.of("a", "bbbbbbbbbbbb", "c d"), TextPage.wrap("a bbbbbbbbbbbb c d", 6));
    }

    private static Frame resolved(String file, Integer line, boolean inlined) {
        return Frame.resolved("libfoo.so", "f", file, line, "0x1f2", null, inlined);
    }
}

package org.forkwitness.symbols;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.forkwitness.model.LiveModel;
import org.forkwitness.report.Frame;
import org.forkwitness.report.FrameKind;
import org.forkwitness.stream.StreamRecord;
import org.forkwitness.stream.StreamRecord.Header;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the frames of a Python program stand among the others. */
class PythonFramesTest {
    private static final long BIAS = 0x7f0000000000L;

    @TempDir
    static Path directory;

    private static Compiled library;

    private LiveModel model;
    private long seq;
    private long stacks;

    @BeforeAll
    static void compile() throws Exception {
        String source = String.join(
                "\n",
                "void os_fork(void) {}",
                "void _PyEval_EvalFrameDefault(void) {}",
                "void _PyEval_Vector(void) {}",
                "void run_thread(void) {}");
        library = Compiled.library(directory, "cc", "python.c", source, "-O0");
    }

    @BeforeEach
    void load() throws Exception {
        model = new LiveModel();
        model.accept(new StreamRecord.Module(
                header(), 1, library.file().toString(), BuildId.read(library.file()), BIAS, BIAS, BIAS + 0x100000, 1));
        model.accept(new StreamRecord.PythonFrame(header(), 5, "/srv/app.py", 12, "work"));
        model.accept(new StreamRecord.PythonFrame(header(), 6, "/srv/app.py", 0, "<module>"));
        model.accept(new StreamRecord.Method(header(), 9, "Lcom/x/Y;", "m", null));
    }

    private Header header() {
        return new Header(0, seq++, 1);
    }

    private static long[] pcs(String... functions) throws Exception {
        long[] pcs = new long[functions.length];
        for (int i = 0; i < functions.length; i++) {
            pcs[i] = BIAS + library.function(functions[i]) + 1;
        }
        return pcs;
    }

    private ResolvedStack resolve(long[] pcs, long[] java, long... python) {
        try (Symbolizer symbolizer = new Symbolizer(1, Instant.now().plusSeconds(1), note -> {}, Runnable::run)) {
            StackResolver resolver = new StackResolver(model, symbolizer);
            model.accept(new StreamRecord.Stack(header(), ++stacks, 1, pcs, java, python, false, false));
            ResolvedStack stack = resolver.resolve(stacks);
            assertEquals(stack, resolver.resolve(new UnwoundStack(1, 1, pcs, java, python)));
            assertEquals(stack.frames().size(), stack.modulePaths().size());
            return stack;
        }
    }

    private static List<String> names(ResolvedStack stack) {
        return stack.frames().stream()
                .map(f -> f.kind() == FrameKind.JAVA ? f.method() : f.function())
                .toList();
    }

    @Test
    void theyStandBeforeTheInnermostFrameOfTheInterpretersLoop() throws Exception {
        ResolvedStack stack = resolve(
                pcs("os_fork", "_PyEval_EvalFrameDefault", "_PyEval_Vector", "_PyEval_EvalFrameDefault", "run_thread"),
                new long[] {9, -3},
                5,
                6);
        assertEquals(
                List.of(
                        "os_fork",
                        "work",
                        "<module>",
                        "_PyEval_EvalFrameDefault",
                        "_PyEval_Vector",
                        "_PyEval_EvalFrameDefault",
                        "run_thread",
                        "m"),
                names(stack));
        assertEquals(
                List.of(
                        Frame.python(null, "work", "/srv/app.py", 12),
                        Frame.python(null, "<module>", "/srv/app.py", null)),
                stack.frames().subList(1, 3));
        assertTrue(stack.complete());
    }

    @Test
    void withoutThatLoopTheyAreOutsideOfTheJavaFrames() throws Exception {
        assertEquals(List.of("os_fork", "m", "work"), names(resolve(pcs("os_fork"), new long[] {9, -3}, 5)));
        assertEquals(List.of("os_fork", "work"), names(resolve(pcs("os_fork"), new long[0], 5)));
    }

    @Test
    void oneThatHasNotArrivedIsUnknownUntilItDoes() throws Exception {
        ResolvedStack before = resolve(pcs("os_fork"), new long[0], 7);
        assertEquals(List.of("os_fork", "unknown"), names(before));
        assertFalse(before.complete());
        model.accept(new StreamRecord.PythonFrame(header(), 7, "/srv/late.py", 3, "late"));
        ResolvedStack after = resolve(pcs("os_fork"), new long[0], 7);
        assertEquals(List.of("os_fork", "late"), names(after));
        assertTrue(after.complete());
    }
}

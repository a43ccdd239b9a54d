package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Scenario;
import org.forkwitness.harness.SourceLine;
import org.forkwitness.report.ForkHandler;
import org.forkwitness.report.Report;
import org.forkwitness.scenarios.HandlersMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** pthread_atfork in a JNI library, by its constructor and later. */
@EveryJdk
class ForkHandlersTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private Report report() {
        FinishedScenario run = Scenario.of(jdk, HandlersMain.class, directory).runWell();
        assertEquals(0, run.number("before"));
        assertEquals(0, run.number("late"), "failed registrations");
        assertEquals(11, run.number("after"), "prepare and parent handler have run");
        return run.report();
    }

    private static ForkHandler handler(Report report, String childFunction) {
        List<ForkHandler> handlers = report.forkHandlers().stream()
                .filter(h -> h.child() != null && childFunction.equals(h.child().function()))
                .toList();
        assertEquals(1, handlers.size(), () -> childFunction + " in " + report.forkHandlers());
        assertEquals("libhandlers.so", handlers.get(0).library());
        return handlers.get(0);
    }

    @Test
    void registeredByConstructor() {
        ForkHandler early = handler(report(), "early_child");
        assertEquals("early_prepare", early.prepare().function());
        assertEquals("early_parent", early.parent().function());
        SourceLine.marked("atfork-constructor").in(early.registeredBy());
    }

    @Test
    void registeredByFunction() {
        ForkHandler late = handler(report(), "late_child");
        assertNull(late.prepare());
        assertNull(late.parent());
        assertEquals("handlers.c", Path.of(late.child().file()).getFileName().toString());
        SourceLine.marked("atfork-function").in(late.registeredBy());
        SourceLine.marked("java-register-handler").in(late.registeredBy());
    }
}

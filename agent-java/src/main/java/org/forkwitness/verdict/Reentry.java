package org.forkwitness.verdict;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.forkwitness.model.ChildRecords;
import org.forkwitness.model.StackTrace;
import org.forkwitness.stream.Category;
import org.forkwitness.stream.StreamRecord;

/** Finds that a child went back into the JVM. Stateless. */
final class Reentry {
    /** Bytecode indexes from here down say only that none is known (records.def, STACK). */
    private static final long UNKNOWN_BCI = -1;

    private static final String EXIT = "exit";

    private Reentry() {}

    /** The first stack of the child whose Java frames are others than those that forked. */
    static List<Finding> inJava(Evidence evidence) {
        Long own = evidence.fork().known() ? evidence.fork().record().stack() : null;
        StackTrace forking = own == null ? null : evidence.model().stacks().find(own);
        if (forking == null || !forking.complete()) {
            return List.of();
        }
        long[] before = forking.javaFrames();
        return stacks(evidence.child())
                .filter(Objects::nonNull)
                .distinct()
                .filter(stack -> differs(before, evidence, stack))
                .findFirst()
                .<List<Finding>>map(stack -> List.of(new Finding.InJava(stack)))
                .orElse(List.of());
    }

    private static Stream<Long> stacks(ChildRecords child) {
        return Stream.of(
                        child.calls().stream().map(StreamRecord.FirstCall::stack),
                        child.blocked().stream().map(StreamRecord.Blocked::stack),
                        child.waits().stream().map(StreamRecord.Wait::stack),
                        child.execs().stream().map(StreamRecord.Exec::stack),
                        child.exits().stream().map(StreamRecord.Exit::stack))
                .flatMap(stream -> stream);
    }

    private static boolean differs(long[] before, Evidence evidence, long id) {
        StackTrace stack = evidence.model().stacks().find(id);
        return stack != null && stack.complete() && differ(before, stack.javaFrames());
    }

    /**
     * True where both stacks have Java frames, method and bytecode index, and not the same ones. The innermost ones tell:
     * whoever returns or calls changes them, and the outermost may have been cut off.
     */
    static boolean differ(long[] before, long[] now) {
        for (int i = 0; i < Math.min(before.length, now.length); i += 2) {
            boolean bciKnown = before[i + 1] > UNKNOWN_BCI && now[i + 1] > UNKNOWN_BCI;
            if (before[i] != now[i] || bciKnown && before[i + 1] != now[i + 1]) {
                return true;
            }
        }
        return false;
    }

    /** The first function of the JVM that the child called. */
    static List<Finding> called(Evidence evidence) {
        return first(evidence, call -> evidence.category(call.called()) == Category.JVM);
    }

    /** The first call that code of the JVM made, before the child called exit. */
    static List<Finding> ran(Evidence evidence) {
        long exit = exitSeq(evidence.child());
        return first(evidence, call -> call.inJvm() && call.header().seq() < exit);
    }

    /** The first call that code of the JVM made after that. */
    static List<Finding> exitHandlers(Evidence evidence) {
        long exit = exitSeq(evidence.child());
        return first(evidence, call -> call.inJvm() && call.header().seq() > exit);
    }

    private static long exitSeq(ChildRecords child) {
        return child.exits().stream()
                .filter(exit -> exit.function().equals(EXIT))
                .mapToLong(exit -> exit.header().seq())
                .min()
                .orElse(Long.MAX_VALUE);
    }

    private static List<Finding> first(Evidence evidence, Predicate<StreamRecord.FirstCall> condition) {
        List<Finding> found = new ArrayList<>(1);
        evidence.child().calls().stream()
                .filter(condition)
                .findFirst()
                .ifPresent(call -> found.add(new Finding.Called(call)));
        return found;
    }
}

package org.forkwitness.verdict;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiPredicate;
import org.forkwitness.report.Frame;
import org.forkwitness.report.FrameKind;
import org.forkwitness.symbols.ResolvedStack;

/** Which frames are not to blame, by {@code plumbing.tsv} and the option {@code blame-skip}. Immutable. */
public final class Plumbing {
    private static final String INTERPRETER = "interpreter";

    private final List<BiPredicate<Frame, String>> rules;
    private final List<BiPredicate<Frame, String>> interpreters;

    private Plumbing(List<BiPredicate<Frame, String>> rules, List<BiPredicate<Frame, String>> interpreters) {
        this.rules = rules;
        this.interpreters = interpreters;
    }

    /**
     * The rules for one process.
     *
     * @param jvmHome home of its JVM, or null
     * @param blameSkip prefixes of class or library names, apart by colons; empty for none
     */
    public static Plumbing of(String jvmHome, String blameSkip) {
        List<BiPredicate<Frame, String>> rules = new ArrayList<>();
        List<BiPredicate<Frame, String>> interpreters = new ArrayList<>();
        for (List<String> row : RuleTable.read("plumbing.tsv", 3)) {
            (row.get(0).equals(INTERPRETER) ? interpreters : rules).add(rule(row.get(0), row.get(1), jvmHome));
        }
        Arrays.stream(blameSkip.split(":"))
                .filter(prefix -> !prefix.isEmpty())
                .forEach(prefix -> rules.add(
                        (frame, path) -> startsWith(frame.className(), prefix) || startsWith(frame.module(), prefix)));
        return new Plumbing(List.copyOf(rules), List.copyOf(interpreters));
    }

    private static BiPredicate<Frame, String> rule(String kind, String pattern, String jvmHome) {
        return switch (kind) {
            case "library", INTERPRETER ->
                (frame, path) -> frame.kind() == FrameKind.NATIVE
                        && frame.module() != null
                        && RuleTable.matches(pattern, frame.module());
            case "python-file" ->
                (frame, path) -> frame.kind() == FrameKind.PYTHON
                        && frame.file() != null
                        && RuleTable.matches(pattern, frame.file());
            case "class" -> (frame, path) -> startsWith(frame.className(), pattern);
            case "class-part" ->
                (frame, path) -> frame.className() != null && frame.className().contains(pattern);
            case "hidden-class" ->
                (frame, path) ->
                        frame.className() != null && frame.className().indexOf('/') >= 0 && frame.line() == null;
            case "jvm-home" -> (frame, path) -> jvmHome != null && startsWith(path, jvmHome + "/");
            default -> throw new IllegalStateException("plumbing.tsv: no kind " + kind);
        };
    }

    private static boolean startsWith(String text, String prefix) {
        return text != null && text.startsWith(prefix);
    }

    /**
     * The frame to blame: the first one, from the fork outwards, that no rule skips. Where all are skipped it is the
     * outermost Java frame, or else the first native one; null for an empty stack.
     */
    public Frame blame(ResolvedStack stack) {
        Frame outermostJava = null;
        boolean python = stack.frames().stream().anyMatch(frame -> frame.kind() == FrameKind.PYTHON);
        for (int i = 0; i < stack.frames().size(); i++) {
            Frame frame = stack.frames().get(i);
            String path = stack.modulePaths().get(i);
            boolean interpreter = python && interpreters.stream().anyMatch(rule -> rule.test(frame, path));
            if (!interpreter && !skips(frame, path)) {
                return frame;
            }
            outermostJava = frame.kind() == FrameKind.JAVA ? frame : outermostJava;
        }
        if (outermostJava != null || stack.frames().isEmpty()) {
            return outermostJava;
        }
        return stack.frames().get(0);
    }

    /** True where this frame is not to blame; one in no known object is code that was generated at run time. */
    boolean skips(Frame frame, String modulePath) {
        boolean nowhere = frame.kind() == FrameKind.NATIVE && frame.module() == null;
        return nowhere || rules.stream().anyMatch(rule -> rule.test(frame, modulePath));
    }
}

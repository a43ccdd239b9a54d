package org.forkwitness.verdict;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.report.Call;
import org.forkwitness.report.Frame;
import org.forkwitness.report.FrameKind;

/** Fills a rule's sentence with what was recorded of a fork. Stateless. */
final class Sentence {
    private static final Pattern NAME = Pattern.compile("\\{(\\w+)}");
    private static final double NANOS_PER_MS = 1e6;

    private Sentence() {}

    static String of(String sentence, ProcessFork fork, Frame blame) {
        Map<String, String> values = values(fork, blame);
        return NAME.matcher(sentence).replaceAll(match -> Matcher.quoteReplacement(values.get(match.group(1))));
    }

    private static Map<String, String> values(ProcessFork fork, Frame blame) {
        Call call = fork.known() ? Calls.of(fork.record().call()) : Call.UNOBSERVED;
        Map<String, String> values = new HashMap<>();
        values.put("call", call == Call.UNOBSERVED ? "a fork" : call.text() + "()");
        values.put("in", blame == null ? "" : " in " + place(blame));
        values.put("child", fork.childPid() == null ? "a child" : "child " + fork.childPid());
        values.put("errno", fork.errno() == null ? "" : Errno.name(fork.errno()));
        values.put("exec", fork.exec() == null ? "" : fork.exec().path());
        values.put("function", fork.exit() == null ? "" : fork.exit().function() + "()");
        values.put(
                "status", fork.exit() == null ? "" : Long.toString(fork.exit().status()));
        values.put("ms", milliseconds(fork));
        String command = fork.known() ? fork.record().command() : null;
        values.put("command", command == null ? "" : " of " + command);
        return values;
    }

    /** Milliseconds from the call to what the child came to; null where it has not. */
    static Double durationMs(ProcessFork fork) {
        if (!fork.known() || !fork.childDone()) {
            return null;
        }
        long end = fork.exit() != null
                ? fork.exit().header().time()
                : fork.exec().header().time();
        return Math.max(0, end - fork.time()) / NANOS_PER_MS;
    }

    private static String milliseconds(ProcessFork fork) {
        Double ms = durationMs(fork);
        if (ms == null) {
            return "";
        }
        return String.format(Locale.ROOT, ms < 0.1 ? "%.2f" : ms < 100 ? "%.1f" : "%.0f", ms);
    }

    /** A frame as a person says it: method (file:line), function (library, file:line) or library+offset. */
    static String place(Frame frame) {
        String line = frame.line() == null ? "" : ":" + frame.line();
        String file =
                frame.file() == null ? "" : frame.file().substring(frame.file().lastIndexOf('/') + 1) + line;
        if (frame.kind() == FrameKind.JAVA) {
            String name = frame.className() + "." + frame.method();
            return file.isEmpty() ? name : name + " (" + file + ")";
        }
        String module = frame.module() == null ? "unknown code" : frame.module();
        if (frame.function() == null) {
            return module + "+" + frame.offset();
        }
        return frame.function() + " (" + module + (file.isEmpty() ? "" : ", " + file) + ")";
    }
}

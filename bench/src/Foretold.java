import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Frame;
import org.forkwitness.report.Report;
import org.forkwitness.report.ReportJson;
import org.forkwitness.report.Site;
import org.forkwitness.report.Verdict;

/** The verdicts that the children of a soak must get, and how a report differs from them. */
final class Foretold {
    private static final int SHOWN = 10;

    private record Child(String function, String verdict) {}

    /** What is kept of a line: another one of the same fork replaces it. */
    private record Line(long pid, String verdict, String reasons) {}

    private final Map<Long, Deque<Child>> byPid = new HashMap<>();
    private final Map<String, Long> counts = new TreeMap<>();

    /** The next child with this pid. */
    void add(long pid, String function, String verdict) {
        byPid.computeIfAbsent(pid, none -> new ArrayDeque<>()).add(new Child(function, verdict));
        counts.merge(function + "/" + verdict, 1L, Long::sum);
    }

    /** What the soak has met, so that nobody takes one without a deadlock for a proof. */
    void show() {
        counts.forEach((what, count) -> System.err.println("bench: soak: foretold " + what + " " + count));
    }

    /** Forks of the ndjson file that have another verdict than they must have, that were none, or that are missing. */
    long wrongForks(Path ndjson) throws IOException {
        long wrong = 0;
        for (Map.Entry<Long, Line> entry : lastLines(ndjson).entrySet()) {
            Line line = entry.getValue();
            Child child = byPid.getOrDefault(line.pid, new ArrayDeque<>()).poll();
            if (child == null || !child.verdict.equals(line.verdict)) {
                if (wrong++ < SHOWN) {
                    System.err.println("bench: soak: fork " + entry.getKey() + ", child " + line.pid + " of " + child
                            + ", is " + line.verdict + ": " + line.reasons);
                }
            }
        }
        for (Map.Entry<Long, Deque<Child>> entry : byPid.entrySet()) {
            for (Child child : entry.getValue()) {
                if (wrong++ < SHOWN) {
                    System.err.println("bench: soak: no line for child " + entry.getKey() + " of " + child);
                }
            }
        }
        return wrong;
    }

    private static Map<Long, Line> lastLines(Path ndjson) throws IOException {
        Map<Long, Line> lines = new TreeMap<>();
        try (BufferedReader reader = Files.newBufferedReader(ndjson)) {
            for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                Fork fork = ReportJson.mapper().readValue(text, Fork.class);
                long pid = fork.child() == null || fork.child().pid() == null
                        ? 0
                        : fork.child().pid();
                lines.put(
                        fork.id(),
                        new Line(pid, fork.verdict().text(), fork.reasons().toString()));
            }
        }
        return lines;
    }

    /** By how many the sites' counts of verdicts are wrong. */
    long wrongCounts(Report report) {
        Map<String, Long> differences = new TreeMap<>();
        counts.forEach((what, count) -> differences.put(what, -count));
        for (Site site : report.sites()) {
            for (Verdict verdict : Verdict.values()) {
                differences.merge(
                        function(site.blame()) + "/" + verdict.text(),
                        site.verdicts().of(verdict),
                        Long::sum);
            }
        }
        long missing = 0;
        long surplus = 0;
        for (Map.Entry<String, Long> entry : differences.entrySet()) {
            long difference = entry.getValue();
            missing += Math.max(0, -difference);
            surplus += Math.max(0, difference);
            if (difference != 0) {
                System.err.printf(
                        "bench: soak: %s: %+d of %d%n",
                        entry.getKey(), difference, counts.getOrDefault(entry.getKey(), 0L));
            }
        }
        return Math.max(missing, surplus);
    }

    private static String function(Frame blame) {
        return blame == null ? "nobody" : blame.function() != null ? blame.function() : blame.method();
    }
}

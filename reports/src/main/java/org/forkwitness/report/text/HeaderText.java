package org.forkwitness.report.text;

import java.time.Duration;
import java.util.Optional;
import org.forkwitness.report.Environment;
import org.forkwitness.report.JvmInfo;
import org.forkwitness.report.ProcessInfo;
import org.forkwitness.report.Report;
import org.forkwitness.report.Summary;

/** The top of a report: which process, on what, and the summary line. */
final class HeaderText {
    private HeaderText() {}

    static void write(Page page, Report report) {
        ProcessInfo process = report.process();
        page.row(0, "process", process.pid() + " on " + process.host() + ": " + String.join(" ", process.command()));
        page.row(0, "time", time(process));
        JvmInfo jvm = process.jvm();
        page.row(0, "JVM", jvm == null ? "not known yet" : jvm.version() + " (" + jvm.vendor() + "), " + jvm.home());
        page.row(0, "system", system(report.environment()));
        page.row(0, "malloc", AllocatorText.of(report.environment().allocator()));
        if (process.options() != null && !process.options().isEmpty()) {
            page.row(0, "options", process.options());
        }
        page.blank();
        page.paragraph(0, Style.BOLD, summary(report));
        incomplete(report).ifPresent(sentence -> page.paragraph(0, Style.YELLOW, sentence));
    }

    private static String time(ProcessInfo process) {
        String start = Words.time(process.startedAt());
        if (process.endedAt() == null) {
            return start + " UTC, " + process.end().text();
        }
        Duration duration = Duration.between(process.startedAt(), process.endedAt());
        return start + " to " + Words.time(process.endedAt()) + " UTC (" + Words.duration(duration) + "), "
                + process.end().text();
    }

    private static String system(Environment environment) {
        return environment.arch() + ", kernel " + environment.kernel() + ", "
                + environment.libc().name() + version(environment.libc().version());
    }

    private static String version(String version) {
        return version == null ? "" : " " + version;
    }

    private static String summary(Report report) {
        Summary summary = report.summary();
        if (summary.forks() == 0) {
            return "No fork was seen.";
        }
        String suppressed = summary.suppressed() == 0 ? "" : " (" + summary.suppressed() + " suppressed)";
        return Words.count(summary.forks(), "fork") + " at "
                + Words.count(report.sites().size(), "site") + ": " + Words.counts(summary.verdicts()) + suppressed;
    }

    /** What a report that is not complete says of that. */
    static Optional<String> incomplete(Report report) {
        if (report.summary().complete()) {
            return Optional.empty();
        }
        long lost = report.summary().lost().records();
        return Optional.of(
                lost == 0
                        ? "This report is not complete: the stream has not come to its end."
                        : "This report is not complete: " + Words.count(lost, "record")
                                + " lost. There may be more forks.");
    }
}

package org.forkwitness.report.text;

import java.util.Optional;
import org.forkwitness.report.Child;
import org.forkwitness.report.Descriptor;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Frame;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Report;
import org.forkwitness.report.Site;

/** One fork with all that is known of it. */
final class ForkText {
    private ForkText() {}

    static Heading heading(Fork fork) {
        return new Heading(
                fork.verdict(),
                fork.call().text(),
                "fork " + fork.id() + " of site " + fork.site() + ", " + Words.time(fork.at()));
    }

    static void write(Page page, Report report, Fork fork) {
        Optional<Site> site = report.site(fork.site());
        Frame blame = site.map(Site::blame).orElse(null);
        if (blame != null) {
            page.paragraph(2, Style.BOLD, "at " + FrameText.of(blame));
        }
        for (Reason reason : fork.reasons()) {
            page.row(2, "reason", reason.message() + " [" + reason.code() + "]");
        }
        // The site's advice is that for its worst forks.
        site.filter(s -> s.verdict() == fork.verdict() && s.advice() != null)
                .ifPresent(s -> page.row(2, "instead", s.advice()));
        if (fork.suppressedBy() != null) {
            page.row(2, "known", SiteText.known(fork));
        }
        page.row(2, "parent", parent(fork));
        page.row(2, "threads", threads(fork));
        String figures = AllocatorText.figures(fork.allocator().figures());
        if (!figures.isEmpty()) {
            page.row(2, "malloc", figures);
        }
        page.row(2, "child", (fork.child() == null ? "" : pid(fork.child())) + ChildText.outcome(fork));
        if (fork.child() != null) {
            child(page, fork.child());
        }
        EvidenceText.write(page, 2, report, fork, true);
        site.ifPresent(s -> {
            page.row(2, "stack", StackText.title(s.stack()));
            page.stack(4, s.stack(), blame, StackText.WHOLE, "");
        });
    }

    private static String parent(Fork fork) {
        String text = "pid " + fork.parent().pid() + ", thread "
                + Words.thread(fork.parent().thread()) + " (tid "
                + fork.parent().tid() + ")";
        if (fork.parentFork() != null) {
            text += ", itself the child of fork " + fork.parentFork();
        }
        return fork.inSignalHandler() ? text + ", in a signal handler" : text;
    }

    private static String threads(Fork fork) {
        Integer inside = fork.allocator().threadsInside();
        return Words.alive(fork.alive()) + (inside == null ? "" : "; " + inside + " inside malloc");
    }

    private static String pid(Child child) {
        return child.pid() == null ? "" : "pid " + child.pid() + ", ";
    }

    private static void child(Page page, Child child) {
        if (child.durationMs() != null) {
            page.row(2, "after", Words.elapsed(child.durationMs()));
        }
        if (child.status() != null) {
            page.row(2, "status", String.valueOf(child.status()));
        }
        if (child.createdThreads() != null && child.createdThreads() > 0) {
            page.row(2, "created", Words.count(child.createdThreads(), "thread"));
        }
        for (Descriptor descriptor : child.descriptors()) {
            String target = descriptor.target() == null ? "" : " " + descriptor.target();
            page.row(2, "took over", "descriptor " + descriptor.fd() + ", " + descriptor.kind() + target);
        }
    }
}

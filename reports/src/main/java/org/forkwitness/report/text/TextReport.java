package org.forkwitness.report.text;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.forkwitness.report.ForkHandler;
import org.forkwitness.report.Frame;
import org.forkwitness.report.Report;
import org.forkwitness.report.Site;
import org.forkwitness.report.VerdictCheck;

/** Renders a report, or one site or fork of it, as text that ends with a line feed. Stateless. */
public final class TextReport {
    private TextReport() {}

    /** The whole report: process, summary, sites from the worst, fork handlers, notes. */
    public static String render(Report report, Layout layout) {
        Page page = new Page(layout);
        HeaderText.write(page, report);
        List<Site> sites = report.sites().stream().sorted(SiteText.worstFirst()).toList();
        for (Site site : sites) {
            page.blank();
            SiteText.write(page, report, site, false);
        }
        LastStateText.write(page, report);
        handlers(page, report.forkHandlers());
        notes(page, report.notes());
        if (!sites.isEmpty()) {
            page.blank();
            page.paragraph(0, Style.DIM, "All of one site or fork: forkwitness report --site N, --fork N");
        }
        return page.toString();
    }

    /** One site with its whole stack, its evidence and its forks; empty where the report has none with this id. */
    public static Optional<String> site(Report report, long id, Layout layout) {
        return report.site(id).map(site -> {
            Page page = new Page(layout);
            SiteText.write(page, report, site, true);
            return page.toString();
        });
    }

    /** One fork with all that is known of it; empty where the report does not keep one with this id. */
    public static Optional<String> fork(Report report, long id, Layout layout) {
        return report.fork(id).map(fork -> {
            Page page = new Page(layout);
            ForkText.write(page, report, fork);
            return page.toString();
        });
    }

    /** The result of a check: one line, and one more for each site that fails. */
    public static String check(VerdictCheck check, Layout layout) {
        Page page = new Page(layout);
        if (!check.failed()) {
            String worst =
                    check.worst().map(v -> "the worst finding is " + v.text()).orElse("no finding");
            page.paragraph(0, Style.PLAIN, "passed: nothing " + check.failOn().text() + " or worse; " + worst);
            return page.toString();
        }
        page.paragraph(
                0,
                Style.of(check.worst().orElseThrow()),
                "failed: " + Words.count(check.sites().size(), "site") + " with forks that are "
                        + check.failOn().text() + " or worse");
        for (VerdictCheck.Match match : check.sites()) {
            Frame blame = match.site().blame();
            page.paragraph(
                    2,
                    Style.PLAIN,
                    match.verdict().text() + " x" + match.count() + ", site "
                            + match.site().id() + ", at "
                            + (blame == null ? "a place not known" : FrameText.of(blame)) + ": "
                            + match.site().reason());
        }
        return page.toString();
    }

    private static void handlers(Page page, List<ForkHandler> handlers) {
        if (handlers.isEmpty()) {
            return;
        }
        page.blank();
        page.raw(page.styled(Style.BOLD, "Fork handlers"));
        for (ForkHandler handler : handlers) {
            String functions = Stream.of(
                            named("prepare", handler.prepare()),
                            named("parent", handler.parent()),
                            named("child", handler.child()))
                    .flatMap(Optional::stream)
                    .collect(Collectors.joining("; "));
            String library = handler.library() == null ? "library not known" : handler.library();
            page.paragraph(2, Style.PLAIN, library + ": " + functions);
        }
    }

    private static Optional<String> named(String what, Frame frame) {
        return Optional.ofNullable(frame).map(f -> what + " " + FrameText.of(f));
    }

    private static void notes(Page page, List<String> notes) {
        if (notes.isEmpty()) {
            return;
        }
        page.blank();
        page.raw(page.styled(Style.BOLD, "Notes"));
        notes.forEach(n -> page.paragraph(2, Style.PLAIN, "- " + n));
    }
}

package org.forkwitness.report.text;

import java.util.List;
import java.util.Optional;
import org.forkwitness.report.Frame;
import org.forkwitness.report.Report;
import org.forkwitness.report.Site;
import org.forkwitness.report.VerdictCheck;

/** Renders a report, or one site or fork of it, as text that ends with a line feed. Stateless. */
public final class TextReport {
    private TextReport() {}

    /** The whole report: process, summary, sites from the worst, fork handlers, notes. */
    public static String render(Report report, Layout layout) {
        TextPage page = new TextPage(layout);
        Narration.head(page, report);
        List<Site> sites = Narration.worstFirst(report);
        for (Site site : sites) {
            page.blank();
            site(page, report, site, false);
        }
        Narration.end(page, report);
        if (!sites.isEmpty()) {
            page.blank();
            page.paragraph(0, Style.DIM, "All of one site or fork: forkwitness report --site N, --fork N");
        }
        return page.toString();
    }

    /** One site with its whole stack, its evidence and its forks; empty where the report has none with this id. */
    public static Optional<String> site(Report report, long id, Layout layout) {
        return report.site(id).map(site -> {
            TextPage page = new TextPage(layout);
            site(page, report, site, true);
            return page.toString();
        });
    }

    private static void site(TextPage page, Report report, Site site, boolean whole) {
        page.heading(Narration.heading(site));
        Narration.site(page, report, site, whole);
    }

    /** One fork with all that is known of it; empty where the report does not keep one with this id. */
    public static Optional<String> fork(Report report, long id, Layout layout) {
        return report.fork(id).map(fork -> {
            TextPage page = new TextPage(layout);
            page.heading(Narration.heading(fork));
            Narration.fork(page, report, fork);
            return page.toString();
        });
    }

    /** The result of a check: one line, and one more for each site that fails. */
    public static String check(VerdictCheck check, Layout layout) {
        TextPage page = new TextPage(layout);
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
}

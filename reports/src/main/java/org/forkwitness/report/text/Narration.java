package org.forkwitness.report.text;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.forkwitness.report.Fork;
import org.forkwitness.report.ForkHandler;
import org.forkwitness.report.Frame;
import org.forkwitness.report.Report;
import org.forkwitness.report.Site;

/** What a report tells, in the order in which people read it, whatever the page. Stateless. */
public final class Narration {
    private Narration() {}

    /** The top: which process, on what, and the summary. */
    public static void head(Page page, Report report) {
        HeaderText.write(page, report);
    }

    /** One sentence where a report is not complete. */
    public static Optional<String> incomplete(Report report) {
        return HeaderText.incomplete(report);
    }

    /** The sites, worst first; of the same verdict those that nobody suppressed, then those with the most forks. */
    public static List<Site> worstFirst(Report report) {
        return report.sites().stream().sorted(SiteText.worstFirst()).toList();
    }

    /** The line above a site. */
    public static Heading heading(Site site) {
        return SiteText.heading(site);
    }

    /** Where a site's forks came from, in one line. */
    public static String place(Site site) {
        return SiteText.place(site);
    }

    /** A site with the fork that shows best what is wrong; {@code whole} with nothing folded. */
    public static void site(Page page, Report report, Site site, boolean whole) {
        SiteText.write(page, report, site, whole);
    }

    /** The forks of a site that the report keeps: first the one that shows best what is wrong, then the worst. */
    public static List<Fork> forks(Report report, Site site) {
        List<Fork> kept = SiteText.kept(report, site);
        Optional<Fork> witness = SiteText.witness(kept);
        return Stream.concat(
                        witness.stream(),
                        kept.stream()
                                .filter(f -> witness.map(Fork::id)
                                        .filter(id -> id == f.id())
                                        .isEmpty())
                                .sorted(Comparator.comparing(Fork::verdict).thenComparing(Fork::id)))
                .toList();
    }

    /** The line above a fork. */
    public static Heading heading(Fork fork) {
        return ForkText.heading(fork);
    }

    /** What became of a fork's child, in a few words. */
    public static String outcome(Fork fork) {
        return ChildText.outcome(fork);
    }

    /** A fork with all that is known of it. */
    public static void fork(Page page, Report report, Fork fork) {
        ForkText.write(page, report, fork);
    }

    /** What stands below the sites: how the process was last seen, its fork handlers, and what limits the report. */
    public static void end(Page page, Report report) {
        LastStateText.write(page, report);
        handlers(page, report.forkHandlers());
        notes(page, report.notes());
    }

    private static void handlers(Page page, List<ForkHandler> handlers) {
        if (handlers.isEmpty()) {
            return;
        }
        page.blank();
        page.title("Fork handlers", "");
        for (ForkHandler handler : handlers) {
            String functions = Stream.of(
                            named("prepare", handler.prepare()),
                            named("parent", handler.parent()),
                            named("child", handler.child()))
                    .flatMap(Optional::stream)
                    .collect(Collectors.joining("; "));
            String library = handler.library() == null ? "library not known" : handler.library();
            String registered = StackText.culprit(handler.registeredBy())
                    .map(frame -> "; registered by " + FrameText.of(frame))
                    .orElse("");
            page.paragraph(2, Style.PLAIN, library + ": " + functions + registered);
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
        page.title("Notes", "");
        notes.forEach(n -> page.paragraph(2, Style.PLAIN, "- " + n));
    }
}

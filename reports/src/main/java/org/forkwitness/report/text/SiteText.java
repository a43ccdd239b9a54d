package org.forkwitness.report.text;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Report;
import org.forkwitness.report.Site;
import org.forkwitness.report.Verdict;
import org.forkwitness.report.VerdictCounts;

/** One site. */
final class SiteText {
    private SiteText() {}

    /** Worst first; of the same verdict those that nobody suppressed, then those with the most forks. */
    static Comparator<Site> worstFirst() {
        return Comparator.comparing(Site::verdict)
                .thenComparing(SiteText::suppressed)
                .thenComparing(Site::count, Comparator.reverseOrder())
                .thenComparing(Site::id);
    }

    /** Writes it; {@code whole} with nothing folded and its forks listed. */
    static void write(Page page, Report report, Site site, boolean whole) {
        page.paragraph(2, Style.BOLD, "at " + place(site));
        page.paragraph(2, Style.PLAIN, site.reason());
        if (site.advice() != null) {
            page.row(2, "instead", site.advice());
        }
        List<Fork> forks = kept(report, site);
        if (!forks.isEmpty()) {
            String kept = forks.size() < site.count()
                    ? " (in the " + Words.count(forks.size(), "fork") + " that the report keeps)"
                    : "";
            page.row(2, "child", ChildText.outcomes(forks) + kept);
        }
        known(page, forks);
        witness(forks).ifPresent(fork -> {
            page.row(2, "seen at", "fork " + fork.id() + ", " + Words.time(fork.at()));
            // The site's own sentence is the weightiest.
            fork.reasons().stream().skip(1).forEach(reason -> page.row(4, "also", reason.message()));
            EvidenceText.write(page, 4, report, fork, whole);
        });
        // A safe site is no reason to read a stack at night.
        if (whole || site.verdict() != Verdict.SAFE) {
            page.row(2, "stack", StackText.title(site.stack()));
            page.stack(
                    4,
                    site.stack(),
                    site.blame(),
                    whole ? StackText.WHOLE : StackText.FOLDED,
                    " (" + page.placeOfSite(site.id()) + " shows all)");
        }
        if (whole) {
            list(page, forks);
        }
    }

    /** The forks of a site that the report keeps. */
    static List<Fork> kept(Report report, Site site) {
        return report.forks().stream().filter(f -> f.site() == site.id()).toList();
    }

    /** Of these forks the one that shows best what is wrong. */
    static Optional<Fork> witness(List<Fork> forks) {
        return forks.stream()
                .filter(EvidenceText::any)
                .min(Comparator.comparing(Fork::verdict).thenComparing(Fork::id));
    }

    static String place(Site site) {
        return site.blame() == null ? "a place not known: no frame but plumbing" : FrameText.of(site.blame());
    }

    static Heading heading(Site site) {
        String times = site.firstAt().equals(site.lastAt())
                ? Words.time(site.firstAt())
                : Words.time(site.firstAt()) + " to " + Words.time(site.lastAt());
        return new Heading(
                site.verdict(),
                site.call().text() + " x" + site.count(),
                "site " + site.id() + ", " + times + mixed(site));
    }

    /** What the heading's verdict does not tell of the site's forks. */
    private static String mixed(Site site) {
        VerdictCounts counts = site.verdicts();
        String mixed = counts.of(site.verdict()) < site.count() ? ", " + Words.counts(counts) : "";
        return suppressed(site) ? mixed + ", suppressed" : mixed;
    }

    /** Why forks of a site are marked as known. */
    private static void known(Page page, List<Fork> forks) {
        Map<String, Long> counts = forks.stream()
                .filter(fork -> fork.suppressedBy() != null)
                .collect(Collectors.groupingBy(SiteText::known, LinkedHashMap::new, Collectors.counting()));
        counts.forEach((reason, count) ->
                page.row(2, "known", reason + (count < forks.size() ? " (" + Words.count(count, "fork") + ")" : "")));
    }

    /** The reason, and that it is of no use where a deadlock is proven. */
    static String known(Fork fork) {
        return (fork.suppressed() ? "" : "not suppressed, for it is proven: ") + fork.suppressedBy();
    }

    private static boolean suppressed(Site site) {
        return site.verdict() != Verdict.DEADLOCKED
                && site.suppressed().of(site.verdict()) > 0
                && site.suppressed().of(site.verdict()) == site.verdicts().of(site.verdict());
    }

    private static void list(Page page, List<Fork> forks) {
        for (Fork fork : forks) {
            page.row(
                    2,
                    "fork " + fork.id(),
                    Words.time(fork.at()) + "  " + fork.verdict().text() + "  " + ChildText.outcome(fork));
        }
    }
}

package org.forkwitness.report.html;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Report;
import org.forkwitness.report.Site;
import org.forkwitness.report.ThreadInfo;
import org.forkwitness.report.text.Heading;
import org.forkwitness.report.text.Narration;
import org.forkwitness.report.text.StackText;
import org.forkwitness.report.text.Words;

/**
 * Renders a report, or one site or fork of it, as one HTML file in UTF-8 that needs nothing but itself: no script, no
 * picture, no address of another machine. Not for more than one use, and for one thread.
 */
public final class HtmlReport {
    /** So many forks of a site are shown with all that is known of them; each of the others in one line. */
    private static final int MOST_FORKS = 20;

    private final Report report;
    private final Markup markup;
    private final HtmlPage page;

    private HtmlReport(Report report, Markup markup) {
        this.report = report;
        this.markup = markup;
        this.page = new HtmlPage(markup);
    }

    /**
     * Writes the whole report: process, summary, sites from the worst with their forks, fork handlers, threads, notes.
     *
     * @param out stays open
     * @throws IOException where it cannot be written
     */
    public static void write(Report report, OutputStream out) throws IOException {
        write(report, "", out, HtmlReport::everything);
    }

    /**
     * Writes one site with its forks, as {@link #write(Report, OutputStream)}.
     *
     * @param site is one of the report's
     */
    public static void write(Report report, Site site, OutputStream out) throws IOException {
        write(report, ", site " + site.id() + " alone", out, html -> html.site(site));
    }

    /** Likewise one fork. */
    public static void write(Report report, Fork fork, OutputStream out) throws IOException {
        write(report, ", fork " + fork.id() + " alone", out, html -> html.fork(fork, true));
    }

    private static void write(Report report, String part, OutputStream out, Consumer<HtmlReport> content)
            throws IOException {
        try {
            // Behind a BufferedWriter the XML writer leaves the encoding to us. It splits pairs where it knows it.
            Markup markup = new Markup(new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8)));
            new HtmlReport(report, markup).document(part, content);
            markup.flush();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void document(String part, Consumer<HtmlReport> content) {
        String title = "Forkwitness: process " + report.process().pid() + " on "
                + report.process().host() + part;
        markup.doctype().open("html", "lang", "en").open("head");
        markup.empty("meta", "charset", "utf-8");
        // A second wall: should a name ever get through as markup, it still can neither run nor load anything.
        markup.empty(
                "meta",
                "http-equiv",
                "Content-Security-Policy",
                "content",
                "default-src 'none'; style-src 'unsafe-inline'");
        markup.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        markup.element("title", title).open("style").lines(styleSheet()).close().closeLine();
        markup.open("body").element("h1", title);
        markup.open("header");
        Narration.head(page, report);
        markup.closeLine();
        content.accept(this);
        markup.open("section");
        Narration.end(page, report);
        threads(report.threads());
        markup.closeLine();
        markup.close().closeLine();
    }

    private void everything() {
        List<Site> sites = Narration.worstFirst(report);
        if (sites.size() > 1) {
            overview(sites);
        }
        sites.forEach(this::site);
    }

    private void overview(List<Site> sites) {
        markup.open("nav").open("table");
        for (Site site : sites) {
            Heading heading = Narration.heading(site);
            markup.open("tr")
                    .open("td")
                    .element(
                            "span",
                            heading.verdictText(),
                            "class",
                            "verdict " + site.verdict().text())
                    .close()
                    .element("td", heading.what())
                    .open("td")
                    .element("a", Narration.place(site), "href", "#" + anchor(site))
                    .element("div", site.reason())
                    .element("small", heading.details())
                    .close()
                    .closeLine();
        }
        markup.close().closeLine();
    }

    private void site(Site site) {
        markup.open("section", "class", "site " + site.verdict().text(), "id", anchor(site))
                .open("h2");
        page.heading(Narration.heading(site));
        markup.closeLine();
        Narration.site(page, report, site, false);
        List<Fork> forks = Narration.forks(report, site);
        int whole = Math.min(MOST_FORKS, forks.size());
        forks.subList(0, whole).forEach(fork -> fork(fork, false));
        rest(forks.subList(whole, forks.size()));
        markup.closeLine();
    }

    private void fork(Fork fork, boolean open) {
        String[] folded = {"class", "fork", "id", "fork-" + fork.id()};
        String[] unfolded = {"class", "fork", "id", "fork-" + fork.id(), "open", "open"};
        markup.open("details", open ? unfolded : folded).open("summary");
        page.heading(Narration.heading(fork));
        markup.text(" " + Narration.outcome(fork) + (fork.suppressed() ? ", suppressed" : ""))
                .closeLine();
        Narration.fork(page, report, fork);
        markup.closeLine();
    }

    private void rest(List<Fork> forks) {
        if (forks.isEmpty()) {
            return;
        }
        markup.open("details", "class", "fork")
                .element("summary", Words.count(forks.size(), "more fork") + " (forkwitness report --fork N shows all)")
                .open("table");
        for (Fork fork : forks) {
            markup.open("tr")
                    .element("td", "fork " + fork.id())
                    .element("td", Words.time(fork.at()))
                    .element("td", fork.verdict().text() + (fork.suppressed() ? ", suppressed" : ""))
                    .element("td", Narration.outcome(fork))
                    .closeLine();
        }
        markup.close().closeLine();
    }

    private void threads(List<ThreadInfo> threads) {
        if (threads.isEmpty()) {
            return;
        }
        markup.open("details", "class", "fork")
                .element("summary", Words.count(threads.size(), "thread"))
                .open("table")
                .open("tr");
        List.of("name", "tid", "kind", "from", "to", "created from").forEach(head -> markup.element("th", head));
        markup.closeLine();
        for (ThreadInfo thread : threads) {
            markup.open("tr")
                    .element("td", thread.name(), "class", "free")
                    .element("td", String.valueOf(thread.tid()))
                    .element("td", thread.kind().text())
                    .element("td", thread.startedAt() == null ? "" : Words.time(thread.startedAt()))
                    .element("td", thread.endedAt() == null ? "" : Words.time(thread.endedAt()))
                    .open("td");
            created(thread);
            markup.close().closeLine();
        }
        markup.close().closeLine();
    }

    private void created(ThreadInfo thread) {
        String from = thread.createdFrom() == null ? "" : thread.createdFrom();
        if (thread.createdBy() == null || thread.createdBy().isEmpty()) {
            markup.text(from);
            return;
        }
        markup.open("details").element("summary", from);
        page.stack(0, thread.createdBy(), StackText.culprit(thread.createdBy()).orElse(null), StackText.WHOLE, "");
        markup.close();
    }

    private static String anchor(Site site) {
        return "site-" + site.id();
    }

    private static String styleSheet() {
        try (InputStream sheet = HtmlReport.class.getResourceAsStream("style.css")) {
            return new String(sheet.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
